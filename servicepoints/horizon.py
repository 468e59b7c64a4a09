"""How far ahead people can book (P2). Pure."""

import calendar
import datetime

# Source: the agency's rule, "up to six months ahead" (mission.md).
HORIZON_MONTHS = 6


def last_bookable_date(today: datetime.date) -> datetime.date:
    """
    Return the last local date that can be booked on `today`: six calendar months ahead.

    Where that month has no such day, its last day: 31 August gives 28 or 29 February.
    """
    month_index = today.month - 1 + HORIZON_MONTHS
    year, month = today.year + month_index // 12, month_index % 12 + 1
    last_day = calendar.monthrange(year, month)[1]
    return datetime.date(year, month, min(today.day, last_day))
