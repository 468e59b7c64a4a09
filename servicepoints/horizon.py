"""How far ahead people can book (P2). Pure."""

import calendar
import datetime

# Source: the agency's rule, "up to six months ahead" (mission.md).
HORIZON_MONTHS = 6


def last_bookable_date(today: datetime.date) -> datetime.date:
    """Return the last local date that can be booked on `today`: six calendar months ahead."""
    return months_after(today, HORIZON_MONTHS)


def months_after(date: datetime.date, months: int) -> datetime.date:
    """
    Return the same day of the month, `months` calendar months after `date`.

    Where that month has no such day, its last day: six after 31 August is 28 or 29 February.
    """
    month_index = date.month - 1 + months
    year, month = date.year + month_index // 12, month_index % 12 + 1
    last_day = calendar.monthrange(year, month)[1]
    return datetime.date(year, month, min(date.day, last_day))
