"""How long an offer stands."""

import datetime
import zoneinfo

import pytest

from booking.offer_hours import offer_ends

HELSINKI = zoneinfo.ZoneInfo("Europe/Helsinki")


def at(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=HELSINKI)


@pytest.mark.parametrize(
    ("made", "ends"),
    [
        ("2026-11-25T08:00", "2026-11-25T09:00"),
        ("2026-11-25T19:59", "2026-11-25T20:59"),
        ("2026-11-25T20:00", "2026-11-26T09:00"),
        ("2026-11-25T23:59", "2026-11-26T09:00"),
        ("2026-11-25T00:00", "2026-11-25T09:00"),
        ("2026-11-25T07:59", "2026-11-25T09:00"),
        # Over the nights on which the clocks change it is nine in the morning all the same.
        ("2027-03-27T22:00", "2027-03-28T09:00"),
        ("2027-10-30T22:00", "2027-10-31T09:00"),
    ],
)
def test_an_offer_stands_an_hour_by_day_and_until_the_morning_at_night(made, ends):
    assert offer_ends(at(made), HELSINKI, 60) == at(ends)
