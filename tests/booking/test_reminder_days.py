"""On which days a reminder is true: local dates, whatever the clocks do (I12)."""

import datetime
import zoneinfo

import pytest

from booking.reminder_days import due_days, moment

HELSINKI, STOCKHOLM = zoneinfo.ZoneInfo("Europe/Helsinki"), zoneinfo.ZoneInfo("Europe/Stockholm")


def at(local: str, zone: zoneinfo.ZoneInfo = HELSINKI) -> datetime.datetime:
    """The instant at which a clock in `zone` shows `local`."""
    return datetime.datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(datetime.UTC)


def days(local: str, zone: zoneinfo.ZoneInfo = HELSINKI) -> dict[int, tuple[str, str]]:
    found = due_days(at(local, zone), zone)
    return {due.days: (due.first.isoformat(), due.last.isoformat()) for due in found}


def test_from_nine_on_the_week_and_the_day_before_are_due():
    assert days("2027-06-01T09:00") == {
        7: ("2027-06-03", "2027-06-08"),
        1: ("2027-06-01", "2027-06-02"),
    }


def test_before_nine_only_what_was_due_yesterday_is():
    assert days("2027-06-01T08:59") == {
        7: ("2027-06-02", "2027-06-07"),
        1: ("2027-06-01", "2027-06-01"),
    }


@pytest.mark.parametrize("local", ["2027-06-01T07:59", "2027-06-01T20:00", "2027-06-01T00:00"])
def test_nobody_is_reminded_by_night(local):
    assert days(local) == {}


@pytest.mark.parametrize("hour", range(24))
def test_no_day_is_due_for_two_reminders_at_once(hour):
    due = days(f"2027-06-01T{hour:02}:30")
    assert not due or due[1][1] < due[7][0]


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        # A week before each night on which the clocks change, and the day after it.
        ("2027-03-28", "2027-03-21T07:00Z"),
        ("2027-03-29", "2027-03-22T07:00Z"),
        ("2027-04-04", "2027-03-28T06:00Z"),
        ("2027-10-31", "2027-10-24T06:00Z"),
        ("2027-11-07", "2027-10-31T07:00Z"),
        ("2028-03-07", "2028-02-29T07:00Z"),
    ],
)
def test_seven_days_before_is_nine_on_the_wall_across_clock_changes(date, expected):
    found = moment(datetime.date.fromisoformat(date), 7, HELSINKI)
    assert found == datetime.datetime.fromisoformat(expected)
    assert found.astimezone(HELSINKI).time() == datetime.time(9)


@pytest.mark.parametrize("date", ["2027-03-28", "2027-03-29", "2027-10-31", "2027-11-01"])
@pytest.mark.parametrize("before", [7, 1])
def test_a_day_becomes_due_at_its_moment_and_not_before(date, before):
    visit = datetime.date.fromisoformat(date)
    begins = moment(visit, before, HELSINKI)
    just_before = due_days(begins - datetime.timedelta(seconds=1), HELSINKI)
    assert visit in {due.last for due in due_days(begins, HELSINKI) if due.days == before}
    assert all(due.last < visit for due in just_before if due.days == before)


def test_a_morning_is_that_of_the_point():
    instant = at("2027-06-01T09:30", HELSINKI)
    assert due_days(instant, HELSINKI)[1].last == datetime.date(2027, 6, 2)
    assert due_days(instant, STOCKHOLM)[1].last == datetime.date(2027, 6, 1)
