"""How long an offer stands: an hour by day, until the morning at night. Pure."""

import datetime
import zoneinfo

# Source: the rule of the waiting list: 60 minutes from 8 to 20, longer at night.
DAY_BEGINS, DAY_ENDS = datetime.time(8), datetime.time(20)


def offer_ends(now: datetime.datetime, zone: zoneinfo.ZoneInfo, minutes: int) -> datetime.datetime:
    """
    Return until when an offer that is made at `now` stands, in `zone`'s wall time.

    What is made at night stands until `minutes` after the day has begun, so that nobody
    loses a time by sleeping.
    """
    local = now.astimezone(zone)
    span = datetime.timedelta(minutes=minutes)
    if DAY_BEGINS <= local.time() < DAY_ENDS:
        return now + span
    date = local.date() + datetime.timedelta(days=local.time() >= DAY_ENDS)
    morning = datetime.datetime.combine(date, DAY_BEGINS, zone).astimezone(datetime.UTC)
    return morning + span
