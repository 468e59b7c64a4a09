"""Free times on wanted days and hours, at points that suit."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from booking import availability
from booking.models import Slot
from booking.wanted import Wanted
from servicepoints.models import Offering
from tests.factories import (
    let_expire,
    make_group,
    make_hold,
    make_point,
    make_service,
    make_slots,
    next_morning,
)

pytestmark = pytest.mark.django_db

HELSINKI = ZoneInfo("Europe/Helsinki")
HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)
NOON = datetime.time(12)
MONDAY, TUESDAY, WEDNESDAY = 0, 1, 2


def day(weekday: int, weeks: int = 2) -> datetime.date:
    """A weekday some weeks ahead."""
    today = timezone.localdate()
    return today + DAY * (weekday - today.weekday() + 7 * weeks)


def at(date: datetime.date, hour: int, minute: int = 0) -> datetime.datetime:
    return datetime.datetime.combine(date, datetime.time(hour, minute), HELSINKI)


def first_free(group, wanted: Wanted, people: int = 1) -> datetime.datetime | None:
    (found,) = availability.first_free_times(group.services.first(), people, wanted)
    return found.starts_at


def listed(group, date: datetime.date, wanted: Wanted, people: int = 1):
    point, service = group.service_point, group.services.first()
    return availability.free_times(service, point, people, date, wanted)


@pytest.fixture
def group():
    return make_group(services=[make_service(minutes=20)])


def test_a_wanted_weekday_passes_over_earlier_days(group):
    make_slots(group, 4, starts_at=at(day(TUESDAY), 9))
    wednesday = make_slots(group, 4, starts_at=at(day(WEDNESDAY), 9))[0]
    assert first_free(group, Wanted(weekdays=(WEDNESDAY,))) == wednesday.starts_at
    assert first_free(group, Wanted(weekdays=(MONDAY, WEDNESDAY))) == wednesday.starts_at


def test_without_wishes_the_earlier_day_comes_first(group):
    tuesday = make_slots(group, 4, starts_at=at(day(TUESDAY), 9))[0]
    make_slots(group, 4, starts_at=at(day(WEDNESDAY), 9))
    assert first_free(group, Wanted()) == tuesday.starts_at


def test_a_weekday_on_which_nobody_works_has_no_time(group):
    make_slots(group, 4, starts_at=at(day(TUESDAY), 9))
    assert first_free(group, Wanted(weekdays=(MONDAY,))) is None
    assert listed(group, day(TUESDAY), Wanted(weekdays=(MONDAY,))) == []


@pytest.mark.parametrize(
    ("wanted", "hour", "minute"),
    [
        (Wanted(until_time=NOON), 11, 30),
        (Wanted(from_time=NOON), 12, 0),
        (Wanted(from_time=datetime.time(12, 15)), 12, 20),
        (Wanted(from_time=datetime.time(11, 40), until_time=NOON), 11, 40),
    ],
)
def test_a_visit_begins_in_the_wanted_hours_and_may_end_after(group, wanted, hour, minute):
    make_slots(group, 9, starts_at=at(day(TUESDAY), 11, 30))
    assert first_free(group, wanted) == at(day(TUESDAY), hour, minute)


def test_the_last_visit_of_the_morning_may_end_after_noon(group):
    make_slots(group, 3, starts_at=at(day(TUESDAY), 11, 50))
    assert first_free(group, Wanted(until_time=NOON)) == at(day(TUESDAY), 11, 50)
    assert listed(group, day(TUESDAY), Wanted(until_time=NOON)) == [at(day(TUESDAY), 11, 50)]


def test_it_does_not_when_the_hour_after_is_taken(group):
    slots = make_slots(group, 3, starts_at=at(day(TUESDAY), 11, 50))
    Slot.objects.filter(pk=slots[1].pk).update(taken=1)
    assert first_free(group, Wanted(until_time=NOON)) is None


@pytest.mark.parametrize("people", [1, 2, 3])
@pytest.mark.parametrize("taken", [[], [2], [0, 1, 5], [9], [3, 10, 11]])
@pytest.mark.parametrize(
    "wanted",
    [Wanted(until_time=NOON), Wanted(from_time=NOON), Wanted((TUESDAY,), datetime.time(11, 30))],
)
def test_the_first_time_of_the_search_is_the_first_of_the_list(group, people, taken, wanted):
    slots = make_slots(group, 16, starts_at=at(day(TUESDAY), 11))
    Slot.objects.filter(pk__in=[slots[index].pk for index in taken]).update(taken=1)
    times = listed(group, day(TUESDAY), wanted, people)
    assert first_free(group, wanted, people) == next(iter(times), None)
    assert all(wanted.fits(time.astimezone(HELSINKI)) for time in times)


def test_hours_are_those_of_the_point(group):
    stockholm = make_group(
        make_point(time_zone="Europe/Stockholm"), services=[make_service(minutes=20)]
    )
    make_slots(stockholm, 6, starts_at=at(day(TUESDAY), 12))
    morning = Wanted(until_time=NOON)
    # Noon in Helsinki is eleven in Stockholm.
    assert first_free(stockholm, morning) == at(day(TUESDAY), 12)
    make_slots(group, 6, starts_at=at(day(TUESDAY), 12))
    assert first_free(group, morning) is None


@pytest.mark.parametrize(
    ("now", "date"),
    [
        ("2027-03-20T08:00Z", datetime.date(2027, 3, 28)),
        ("2027-10-20T08:00Z", datetime.date(2027, 10, 31)),
    ],
)
def test_hours_keep_to_the_clock_on_the_wall_when_it_changes(time_machine, group, now, date):
    time_machine.move_to(now)
    make_slots(group, 6, starts_at=at(date, 11, 30))
    sunday = Wanted(weekdays=(6,), from_time=NOON)
    assert first_free(group, sunday) == at(date, 12)
    assert listed(group, date, sunday)[0] == at(date, 12)


def test_a_visit_over_midnight_is_on_the_day_on_which_it_begins(group):
    make_slots(group, 6, starts_at=at(day(MONDAY), 23, 50))
    assert first_free(group, Wanted(weekdays=(MONDAY,))) == at(day(MONDAY), 23, 50)
    assert first_free(group, Wanted(weekdays=(TUESDAY,))) == at(day(TUESDAY), 0)


def test_a_wanted_day_beyond_the_horizon_is_none(group):
    last = group.service_point.last_bookable_date
    make_slots(group, 4, starts_at=at(last + DAY, 9))
    assert first_free(group, Wanted(weekdays=((last + DAY).weekday(),))) is None
    slot = make_slots(group, 4, starts_at=at(last, 9))[0]
    assert first_free(group, Wanted(weekdays=(last.weekday(),))) == slot.starts_at


def test_a_hold_that_has_run_out_is_found_on_a_wanted_day(group):
    slots = make_slots(group, 2, starts_at=at(day(TUESDAY), 9))
    let_expire(make_hold(slots[0]))
    assert first_free(group, Wanted(weekdays=(TUESDAY,))) == slots[0].starts_at


def test_a_hold_that_lasts_is_not(group):
    slots = make_slots(group, 2, starts_at=at(day(TUESDAY), 9))
    make_hold(slots[0])
    assert first_free(group, Wanted(weekdays=(TUESDAY,))) is None


def test_a_wanted_time_lies_in_the_period_of_the_offering(group):
    make_slots(group, 4, starts_at=at(day(TUESDAY), 9))
    later = make_slots(group, 4, starts_at=at(day(TUESDAY, weeks=3), 9))[0]
    Offering.objects.update(valid_from=day(WEDNESDAY))
    assert first_free(group, Wanted(weekdays=(TUESDAY,))) == later.starts_at


def test_days_of_a_month_count_wanted_times_only(group):
    make_slots(group, 6, starts_at=at(day(TUESDAY), 11, 30))
    date, service = day(TUESDAY), group.services.first()
    found = availability.free_days(
        service, group.service_point, 1, date, date, Wanted(from_time=NOON)
    )
    assert found == {date: 1}


def test_only_points_that_suit_are_found():
    service = make_service()
    for slug, fields in (("steps", {}), ("free", {"step_free": True})):
        group = make_group(make_point(slug, **fields), services=[service])
        make_slots(group, 1, starts_at=next_morning())
    found = availability.first_free_times(service, 1, Wanted(step_free=True))
    assert [row.service_point.slug for row in found] == ["free"]
    assert len(availability.first_free_times(service, 1)) == 2


def test_only_points_that_serve_in_the_language_are_found():
    service = make_service()
    make_group(make_point("russian", languages=["fi", "ru"]), services=[service])
    make_group(make_point("english"), services=[service])
    found = availability.first_free_times(service, 1, Wanted(language="ru"))
    assert [row.service_point.slug for row in found] == ["russian"]
    assert availability.first_free_times(service, 1, Wanted(language="ar")) == []


def test_before_a_date_is_before_it_by_the_points_calendar():
    point = make_point(time_zone="Europe/Stockholm")
    wanted = Wanted(before=datetime.date(2027, 3, 3))
    # Half past midnight in Helsinki is still the day before in Stockholm.
    assert wanted.is_in_time(point, at(datetime.date(2027, 3, 3), 0, 30))
    assert not wanted.is_in_time(point, at(datetime.date(2027, 3, 3), 1, 30))
    assert not wanted.is_in_time(point, None)
