"""On which local days a reminder is true. Pure."""

import datetime
import zoneinfo
from typing import NamedTuple

from booking.offer_hours import DAY_BEGINS, DAY_ENDS
from servicepoints import plan

# Days before a visit, the longest first; each is sent from REMINDED_FROM in the point's time.
DAYS_BEFORE = (7, 1)
REMINDED_FROM = datetime.time(9)
# Whoever has just booked or moved has just been told.
TOLD_ENOUGH = datetime.timedelta(hours=24)


class DueDays(NamedTuple):
    """Visits from `first` to `last`, both counted, are to be reminded of `days` before."""

    days: int
    first: datetime.date
    last: datetime.date


def due_days(now: datetime.datetime, zone: zoneinfo.ZoneInfo) -> list[DueDays]:
    """
    Return of which local days people are to be reminded at `now`; none by night.

    "Seven days before" is a local date, whatever the clocks do in between. What was missed is
    caught up with as long as it is true, but never by two reminders at once: from the morning
    before the visit, the last reminder stands for all.
    """
    local = now.astimezone(zone)
    if not DAY_BEGINS <= local.time() < DAY_ENDS:
        return []
    reached = local.date() - datetime.timedelta(days=local.time() < REMINDED_FROM)
    lasts = [reached + datetime.timedelta(days=days) for days in DAYS_BEFORE]
    firsts = [last + datetime.timedelta(days=1) for last in lasts[1:]] + [local.date()]
    return [DueDays(*row) for row in zip(DAYS_BEFORE, firsts, lasts, strict=True)]


def moment(date: datetime.date, days: int, zone: zoneinfo.ZoneInfo) -> datetime.datetime:
    """Return when the reminder `days` before a visit on the local `date` is first due."""
    return plan.to_utc(date - datetime.timedelta(days=days), REMINDED_FROM, zone)
