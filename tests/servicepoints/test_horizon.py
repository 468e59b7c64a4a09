"""How far ahead one can book (P2): six calendar months, clamped to the month's end."""

import datetime

import pytest

from servicepoints.horizon import last_bookable_date


@pytest.mark.parametrize(
    ("today", "last"),
    [
        ("2026-08-31", "2027-02-28"),
        ("2027-08-31", "2028-02-29"),
        ("2027-08-29", "2028-02-29"),
        ("2028-02-29", "2028-08-29"),
        ("2026-08-30", "2027-02-28"),
        ("2026-12-31", "2027-06-30"),
        ("2026-03-31", "2026-09-30"),
        ("2026-10-31", "2027-04-30"),
        ("2026-06-30", "2026-12-30"),
        ("2026-07-01", "2027-01-01"),
    ],
)
def test_the_last_bookable_date_is_six_calendar_months_ahead(today, last):
    day = datetime.date.fromisoformat

    assert last_bookable_date(day(today)) == day(last)


@pytest.mark.parametrize("sunday", ["2027-03-28", "2027-10-31"])
def test_a_clock_change_week_moves_the_horizon_by_calendar_days_only(sunday):
    changes = datetime.date.fromisoformat(sunday)
    week = [changes + datetime.timedelta(days=day) for day in range(-3, 1)]

    assert [last_bookable_date(day).day for day in week[:3]] == [day.day for day in week[:3]]


def test_the_horizon_never_goes_back_as_days_pass():
    days = [datetime.date(2026, 1, 1) + datetime.timedelta(days=n) for n in range(3 * 366)]
    horizons = [last_bookable_date(day) for day in days]

    assert horizons == sorted(horizons)


@pytest.mark.parametrize(
    ("utc", "zone", "today"),
    [
        # Helsinki is at +3 until 01:00 UTC on 31 October 2027, and at +2 from then on.
        ("2027-10-30T21:30", "Europe/Helsinki", "2027-10-31"),
        ("2027-10-31T21:30", "Europe/Helsinki", "2027-10-31"),
        ("2027-10-31T22:30", "Europe/Helsinki", "2027-11-01"),
        ("2027-03-27T21:59", "Europe/Helsinki", "2027-03-27"),
        ("2027-03-28T20:59", "Europe/Helsinki", "2027-03-28"),
        ("2027-03-28T21:00", "Europe/Helsinki", "2027-03-29"),
        ("2027-03-28T21:00", "Europe/Stockholm", "2027-03-28"),
    ],
)
def test_a_point_counts_from_its_own_local_date(time_machine, utc, zone, today):
    from servicepoints.models import ServicePoint

    time_machine.move_to(datetime.datetime.fromisoformat(utc + "+00:00"), tick=False)
    point = ServicePoint(time_zone=zone)

    assert point.today == datetime.date.fromisoformat(today)
    assert point.last_bookable_date == last_bookable_date(point.today)
