"""Slots come into being, become bookable, and go when a day closes."""

import datetime
import threading

import pytest
from django.db import connection
from django.utils import timezone

from booking import operations
from booking.exceptions import (
    DayClosed,
    DayHasBookings,
    DayOutOfRange,
    HoursOverlap,
    HoursTooShort,
    InThePast,
    NoSuchTime,
    NotOffered,
    ReleaseInThePast,
    ReleaseMomentPassed,
    SkippedByClock,
    TooManyDesks,
)
from booking.models import Release, Slot
from servicepoints.models import DateOverride
from servicepoints.plan import ProposedHours
from tests.factories import (
    let_expire,
    make_appointment,
    make_group,
    make_hold,
    make_opening,
    make_service,
    make_slot,
    make_slots,
    make_user,
    next_morning,
)

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 12, 1, 10, 0, tzinfo=datetime.UTC)  # a Tuesday
SATURDAY = datetime.date(2026, 12, 19)
EPIPHANY = datetime.date(2027, 1, 6)  # a Wednesday


@pytest.fixture
def december(time_machine):
    """A fixed day on this side of the database; its own clock still runs."""
    time_machine.move_to(NOW, tick=False)


def saturday(opens="09:00", closes="12:00", desks=2, public_desks=2, date=SATURDAY, services=None):
    as_time = datetime.time.fromisoformat
    return ProposedHours(date, as_time(opens), as_time(closes), desks, public_desks, services)


def open_saturday(group, release_at=None, **hours):
    return operations.open_extra_day(
        group, saturday(**hours), release_at=release_at, by=make_user()
    )


def by_hand_due(release):
    """Let the moment of a release be in the past by the database's clock."""
    Release.objects.filter(pk=release.pk).update(
        release_at=timezone.now() - datetime.timedelta(days=900)
    )


# The horizon ------------------------------------------------------------------


def test_the_horizon_opens_each_planned_cell_once(december):
    make_opening(make_group(), 2, opens_at=datetime.time(8), closes_at=datetime.time(9))

    first, second = operations.open_horizon(), operations.open_horizon()

    # Wednesdays from 2 December to 1 June, without Epiphany.
    assert (first, second) == (25 * 6, 0)
    assert Slot.objects.count() == 25 * 6


def test_a_day_that_enters_the_horizon_is_opened_and_missed_days_are_caught_up(
    december, time_machine
):
    make_opening(make_group(), 2, opens_at=datetime.time(8), closes_at=datetime.time(9))
    operations.open_horizon()
    time_machine.move_to(NOW + datetime.timedelta(days=15), tick=False)

    assert operations.open_horizon() == 3 * 6  # 2, 9 and 16 June


def test_hours_of_today_that_have_passed_are_not_opened(december):
    make_opening(make_group(), 1, opens_at=datetime.time(11), closes_at=datetime.time(13))
    operations.open_horizon()

    today = Slot.objects.filter(starts_at__date=NOW.date()).order_by("starts_at")

    assert today[0].starts_at == NOW + datetime.timedelta(minutes=10)


def test_a_public_holiday_gets_no_times(december):
    make_opening(make_group(), 2)
    operations.open_horizon()

    assert not Slot.objects.filter(starts_at__date=EPIPHANY).exists()


def test_a_group_is_opened_by_the_local_date_of_its_point(time_machine):
    # 21:30 UTC is 1 December in Stockholm and 2 December in Helsinki.
    time_machine.move_to(datetime.datetime(2026, 12, 1, 22, 30, tzinfo=datetime.UTC), tick=False)
    group = make_group()
    make_opening(group, 2)
    operations.open_horizon()

    assert group.releases.latest("date").date == datetime.date(2027, 6, 2)


# Releasing --------------------------------------------------------------------


def test_slots_of_a_due_release_become_bookable_once():
    group = make_group()
    slot = make_slots(group, 3, released=False)[0]

    assert operations.release_due() == 1
    assert operations.release_due() == 0
    assert Slot.objects.filter(is_open=True).count() == 3
    assert slot.release.released_at is None  # the row in hand is old; the database knows
    assert Release.objects.get().released_at is not None


def test_a_release_that_is_not_due_stays_closed():
    slot = make_slot(released=False)
    Release.objects.update(release_at=timezone.now() + datetime.timedelta(minutes=1))

    assert operations.release_due() == 0
    assert not Slot.objects.get(pk=slot.pk).is_open


def test_a_release_that_was_missed_happens_later_and_keeps_its_moment():
    slot = make_slot(released=False)
    planned = timezone.now() - datetime.timedelta(days=3)
    Release.objects.update(release_at=planned)
    operations.release_due()

    assert Slot.objects.get(pk=slot.pk).is_open
    assert Release.objects.get().release_at == planned
    assert Release.objects.get().released_at > planned


def test_a_release_happens_once_and_its_moment_never_changes():
    make_slot(released=False)
    operations.release_due()
    before = Release.objects.get().released_at
    operations.release_due()

    assert Release.objects.get().released_at == before


@pytest.mark.django_db(transaction=True)
def test_two_workers_releasing_at_once_release_each_once():
    for days in range(5, 25):
        make_slots(make_group(), 5, starts_at=next_morning(days), released=False)
    counts = []

    def work():
        counts.append(operations.release_due())
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(counts) == 20
    assert Slot.objects.filter(is_open=True).count() == 100


def test_slots_added_after_a_release_are_bookable_at_once(december):
    group = make_group()
    make_opening(group, 2, opens_at=datetime.time(8), closes_at=datetime.time(9))
    operations.open_horizon()
    Release.objects.update(released_at=NOW)
    Slot.objects.update(released=True)
    make_opening(group, 2, opens_at=datetime.time(9), closes_at=datetime.time(10))

    assert operations.open_horizon() == 25 * 6
    assert not Slot.objects.filter(released=False).exists()


# An extra day -------------------------------------------------------------------


def test_a_preview_says_what_an_extra_day_gives_and_saves_nothing(december):
    long, short = make_service(minutes=30), make_service(minutes=20)
    group = make_group(services=[long, short], desks=2)

    times = operations.extra_day_times(group, saturday())

    assert times == {long: 12, short: 18}
    assert not DateOverride.objects.exists() and not Slot.objects.exists()


def test_an_extra_day_is_closed_until_its_release_and_then_bookable(december):
    group = make_group(desks=2)
    moment = NOW + datetime.timedelta(days=1)
    release = open_saturday(group, moment, public_desks=1)

    assert release.release_at == moment
    assert release.slots.count() == 18
    assert set(release.slots.values_list("capacity", "public_capacity", "released")) == {
        (2, 1, False)
    }
    by_hand_due(release)
    operations.release_due()
    assert release.slots.filter(is_open=True).count() == 18


def test_an_extra_day_may_be_for_some_services_only(december):
    one, other = make_service(), make_service()
    group = make_group(services=[one, other], desks=2)
    release = open_saturday(group, services=frozenset({one.pk}))

    assert release.slots.first().only_services == [one.pk]
    assert list(release.override.services.all()) == [one]
    assert operations.open_horizon() == 0


def test_opening_the_same_extra_day_twice_is_refused(december):
    group = make_group(desks=2)
    open_saturday(group)

    with pytest.raises(HoursOverlap):
        open_saturday(group)
    assert Release.objects.count() == DateOverride.objects.count() == 1


def test_hours_that_half_cover_open_hours_are_refused(december):
    group = make_group(desks=2)
    open_saturday(group)

    with pytest.raises(HoursOverlap):
        open_saturday(group, opens="11:55", closes="13:00")
    assert open_saturday(group, opens="12:00", closes="13:00")


@pytest.mark.parametrize(
    ("refusal", "hours"),
    [
        (DayOutOfRange, {"date": datetime.date(2026, 11, 30)}),
        (DayOutOfRange, {"date": datetime.date(2027, 6, 2)}),
        (DayOutOfRange, {"date": datetime.date.max}),
        (DayOutOfRange, {"date": datetime.date.min}),
        (InThePast, {"date": NOW.date(), "opens": "11:00"}),
        (TooManyDesks, {"desks": 3}),
        (HoursTooShort, {"closes": "09:09"}),
        (HoursTooShort, {"opens": "12:00", "closes": "09:00"}),
        (HoursTooShort, {"public_desks": 0}),
        (NotOffered, {"services": frozenset({0})}),
        (SkippedByClock, {"date": datetime.date(2027, 3, 28), "opens": "03:30"}),
    ],
)
def test_an_extra_day_that_cannot_be_is_refused_and_saves_nothing(december, refusal, hours):
    group = make_group(desks=2)

    with pytest.raises(refusal):
        operations.extra_day_times(group, saturday(**hours))
    with pytest.raises(refusal):
        open_saturday(group, **hours)
    assert not DateOverride.objects.exists()


def test_a_closed_day_takes_no_extra_hours(december):
    group = make_group(desks=2)
    operations.close_day(group.service_point, SATURDAY, by=make_user())

    with pytest.raises(DayClosed):
        open_saturday(group)


def test_a_release_comes_after_now_and_before_the_hours_begin(december):
    group = make_group(desks=2)
    begins = datetime.datetime(2026, 12, 19, 7, 0, tzinfo=datetime.UTC)

    with pytest.raises(ReleaseInThePast):
        open_saturday(group, begins + datetime.timedelta(minutes=1))
    with pytest.raises(ReleaseMomentPassed):
        open_saturday(group, NOW)
    assert open_saturday(group, begins)


def test_an_extra_night_across_the_autumn_clock_change_has_its_repeated_hour(time_machine):
    time_machine.move_to(datetime.datetime(2027, 9, 1, tzinfo=datetime.UTC), tick=False)
    group = make_group(desks=2)
    release = open_saturday(group, date=datetime.date(2027, 10, 31), opens="02:00", closes="05:00")

    assert release.slots.count() == 4 * 6


# Closing and taking it back -------------------------------------------------------


def day_of(slot):
    return slot.starts_at.astimezone(slot.desk_group.service_point.zone).date()


def close(slot):
    return operations.close_day(
        slot.desk_group.service_point, day_of(slot), by=make_user(), reason="Water damage"
    )


def test_a_day_without_bookings_closes_and_its_times_are_gone():
    slot = make_slot()
    user = make_user()
    close(slot)
    close(slot)

    assert not Slot.objects.exists()
    assert DateOverride.objects.get().reason == "Water damage"
    with pytest.raises(NoSuchTime):
        make_hold(slot, user=user)


def test_a_day_with_a_booking_refuses_to_close_and_says_whose():
    slot = make_slot()
    appointment = make_appointment(slot)

    with pytest.raises(DayHasBookings) as refusal:
        close(slot)
    assert refusal.value.appointments == [appointment]
    assert Slot.objects.get().taken == 1 and not DateOverride.objects.exists()


def test_a_hold_keeps_a_day_open_until_it_expires():
    slot = make_slot()
    hold = make_hold(slot)
    with pytest.raises(DayHasBookings):
        close(slot)
    let_expire(hold)
    close(slot)

    assert not Slot.objects.exists()


def test_a_cancelled_visit_does_not_keep_a_day_open():
    slot = make_slot()
    operations.cancel(make_appointment(slot))
    close(slot)

    assert DateOverride.objects.get().kind == "closed"


def test_another_points_bookings_do_not_keep_a_day_open():
    slot = make_slot()
    make_appointment(make_slot())
    close(slot)

    assert Slot.objects.count() == 1


def test_closing_today_keeps_the_slots_of_those_already_served_but_sells_nothing():
    slot = make_slot(starts_at=next_morning(0), capacity=2)
    Slot.objects.update(taken=1)  # a visit that was served
    close(slot)

    kept = Slot.objects.get()
    assert (kept.taken, kept.is_open) == (1, False)
    operations.reopen_day(slot.desk_group.service_point, day_of(slot))


@pytest.mark.parametrize("days", [-1, 2 * 366 + 1])
def test_a_day_that_is_past_or_too_far_away_does_not_close(days):
    point = make_group().service_point

    with pytest.raises(DayOutOfRange):
        operations.close_day(point, point.today + datetime.timedelta(days=days), by=make_user())
    with pytest.raises(DayOutOfRange):
        operations.close_day(point, datetime.date.max, by=make_user())


def test_taking_a_closing_back_restores_the_planned_times(december):
    group = make_group()
    make_opening(group, 2)
    operations.open_horizon()
    before = Slot.objects.count()
    date = datetime.date(2026, 12, 9)
    operations.close_day(group.service_point, date, by=make_user())
    closed = Slot.objects.count()
    operations.reopen_day(group.service_point, date)
    operations.reopen_day(group.service_point, date)

    assert (closed, Slot.objects.count()) == (before - 48, before)


def test_an_extra_day_still_waits_for_its_release_after_a_closing_is_taken_back(december):
    group = make_group(desks=2)
    make_opening(group, 5, opens_at=datetime.time(8), closes_at=datetime.time(9))
    operations.open_horizon()
    Release.objects.update(released_at=NOW)
    Slot.objects.update(released=True)
    release = open_saturday(group, NOW + datetime.timedelta(days=3))
    operations.close_day(group.service_point, SATURDAY, by=make_user())
    operations.reopen_day(group.service_point, SATURDAY)

    assert release.slots.count() == 18
    assert not release.slots.filter(released=True).exists()


@pytest.mark.django_db(transaction=True)
def test_a_claim_waits_for_a_closing_and_then_finds_no_time():
    slot = make_slot(capacity=5)
    users = [make_user() for _ in range(5)]
    user = make_user()
    outcomes = []

    def claim(user):
        try:
            make_hold(slot, user=user)
            outcomes.append("held")
        except NoSuchTime:
            outcomes.append("no such time")
        finally:
            connection.close()

    def shut():
        try:
            operations.close_day(slot.desk_group.service_point, day_of(slot), by=user)
            outcomes.append("closed")
        except DayHasBookings:
            outcomes.append("has bookings")
        finally:
            connection.close()

    workers = [threading.Thread(target=claim, args=[user]) for user in users]
    workers.insert(2, threading.Thread(target=shut))
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert ("closed" in outcomes) != ("held" in outcomes)
    assert len(outcomes) == 6


@pytest.mark.django_db(transaction=True)
def test_the_nightly_job_opens_nothing_on_a_day_that_was_closed_meanwhile():
    group = make_group()
    point = group.service_point
    date = point.today + datetime.timedelta(days=7)
    make_opening(group, date.weekday(), valid_from=date, valid_until=date)
    loaded = list(type(group).objects.with_supply())  # what the job read before the closing
    operations.close_day(point, date, by=make_user())

    assert operations.open_horizon(loaded) == 0
