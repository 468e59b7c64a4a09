"""Days that open, are released and close while people book (P7, I9)."""

import datetime
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from booking import operations
from booking.exceptions import DayClosed, DayHasBookings
from booking.models import Appointment, Release, Slot
from servicepoints import plan, supply
from servicepoints.models import DateOverride, DeskGroup, ServicePoint
from tests.factories import (
    make_appointment,
    make_group,
    make_hold,
    make_person,
    make_slot,
    make_slots,
    make_user,
    next_morning,
)
from tests.races.racing import Meeting, check_invariants, interleave, kinds, race

pytestmark = pytest.mark.django_db(transaction=True)

NINE, TEN, ELEVEN = (datetime.time(hour) for hour in (9, 10, 11))


def date_of(slot: Slot) -> datetime.date:
    return slot.starts_at.astimezone(slot.desk_group.service_point.zone).date()


def planned_group(closes_at: datetime.time = TEN, desks: int = 1) -> DeskGroup:
    """A group with hours from 9 on one day next week, on which no slot has been made yet."""
    group = make_group(desks=desks)
    DateOverride.objects.create(
        desk_group=group,
        date=next_morning().date(),
        kind=DateOverride.Kind.CHANGED,
        opens_at=NINE,
        closes_at=closes_at,
        desks=desks,
        public_desks=desks,
    )
    return group


# Releases ------------------------------------------------------------------------------


def due_releases(count: int) -> None:
    for days in range(count):
        make_slot(make_group(), starts_at=next_morning(7 + days), released=False)


def test_many_that_release_at_one_moment_release_each_once():
    due_releases(30)

    assert sum(race([operations.release_due] * 8)) == 30
    assert not Slot.objects.filter(released=False).exists()


def naive_release(meeting: Meeting) -> int:
    """Find what is due, then release it."""
    due = list(Release.objects.due())
    meeting.wait()
    for release in due:
        release.slots.update(released=True)
        Release.objects.filter(pk=release.pk).update(released_at=timezone.now())
    return len(due)


def test_many_that_release_at_one_moment_release_each_many_times_without_the_guard():
    due_releases(3)
    meeting = Meeting(8)

    assert race([partial(naive_release, meeting)] * 8) == [3] * 8


def lengthen(group: DeskGroup) -> int:
    """Plan one hour more, and make its times."""
    group.overrides.update(closes_at=ELEVEN)
    return operations.open_horizon(DeskGroup.objects.with_supply().filter(pk=group.pk))


def test_times_that_are_added_while_their_release_happens_are_released_too():
    group = planned_group()
    operations.open_horizon()

    outcomes = interleave(
        operations.release_due, before="SET released = true", others=[partial(lengthen, group)]
    )

    assert outcomes == [1, 6]
    assert list(Slot.objects.values_list("released", flat=True)) == [True] * 12


def naive_release_of_what_was_there() -> None:
    """Look for the slots to release before the releases are locked."""
    due = list(Release.objects.due())
    closed = list(Slot.objects.filter(release__in=due).values_list("pk", flat=True))
    with transaction.atomic():
        Release.objects.filter(pk__in=[release.pk for release in due]).update(
            released_at=timezone.now()
        )
        Slot.objects.filter(pk__in=closed).update(released=True)


def test_times_that_are_added_while_their_release_happens_stay_closed_without_the_lock():
    group = planned_group()
    operations.open_horizon()

    interleave(
        naive_release_of_what_was_there,
        before='UPDATE "booking_release"',
        others=[partial(lengthen, group)],
    )

    assert Slot.objects.filter(released=False).count() == 6
    assert operations.release_due() == 0


# The horizon ---------------------------------------------------------------------------


def test_many_that_open_the_horizon_at_one_moment_make_each_time_once():
    for _ in range(3):
        planned_group()

    assert sum(race([operations.open_horizon] * 6)) == 3 * 6
    assert (Slot.objects.count(), Release.objects.count()) == (3 * 6, 3)


def naive_opening(group: DeskGroup, release: Release, meeting: Meeting) -> None:
    """See which times there are, then make those that lack."""
    loaded = DeskGroup.objects.with_supply().get(pk=group.pk)
    lacking = supply.planned_cells(loaded, release.date) if not group.slots.exists() else []
    meeting.wait()
    for cell in lacking:
        Slot.objects.create(
            desk_group=group,
            starts_at=cell.starts_at,
            capacity=cell.desks,
            public_capacity=cell.public_desks,
            release=release,
        )


def test_many_that_open_the_horizon_make_each_time_twice_without_the_constraint(without):
    without(Slot, "one_slot_per_group_and_start")
    group, meeting = planned_group(), Meeting(2)
    release = Release.objects.create(
        desk_group=group, kind="horizon", date=next_morning().date(), release_at=timezone.now()
    )

    race([partial(naive_opening, group, release, meeting)] * 2)

    assert Slot.objects.count() == 2 * 6


# Closing -------------------------------------------------------------------------------


def book(slot: Slot) -> Appointment:
    return make_appointment(slot)


def close(point: ServicePoint, date: datetime.date) -> None:
    operations.close_day(point, date, by=make_user())


def is_closed(slot: Slot) -> bool:
    return slot.desk_group.overrides.filter(date=date_of(slot), kind=plan.CLOSED).exists()


@pytest.mark.parametrize("order", [1, -1], ids=["closing first", "booking first"])
def test_a_day_that_closes_while_people_book_has_either_visits_or_no_times(order):
    slots = make_slots(make_group(), 6, capacity=2)
    point, date = slots[0].desk_group.service_point, date_of(slots[0])
    clients = [partial(close, point, date), *(partial(book, slot) for slot in slots * 2)]

    outcomes = kinds(race(clients[::order]))

    if is_closed(slots[0]):
        assert not Appointment.objects.active().exists()
        assert outcomes == {"NoSuchTime": 12, "NoneType": 1}
    else:
        assert outcomes == {"Appointment": 12, "DayHasBookings": 1}
    check_invariants()


def when_closing(slot: Slot, *others: object) -> list:
    """Run the others when the closing has found nobody, and before it takes the slots away."""
    return interleave(
        partial(close, slot.desk_group.service_point, date_of(slot)),
        before='DELETE FROM "booking_slot"',
        others=others,
    )


def test_who_holds_a_time_while_its_day_closes_is_refused():
    slot = make_slot(capacity=5)

    outcomes = when_closing(slot, *(partial(make_hold, slot) for _ in range(5)))

    assert kinds(outcomes) == {"NoSuchTime": 5, "NoneType": 1}
    assert not Appointment.objects.exists()


def test_who_moves_to_a_day_while_it_closes_keeps_the_old_time():
    slot = make_slot()
    point = slot.desk_group.service_point
    old = make_slot(slot.desk_group, starts_at=next_morning(9))
    visit = make_appointment(old)

    outcomes = when_closing(
        slot, partial(operations.move, visit, service_point=point, starts_at=slot.starts_at)
    )

    assert kinds(outcomes) == {"NoSuchTime": 1, "NoneType": 1}
    assert Appointment.objects.get().starts_at == old.starts_at
    check_invariants()


def test_a_day_on_which_a_hold_is_confirmed_meanwhile_does_not_close():
    slot = make_slot(capacity=5)
    hold = make_hold(slot)

    outcomes = race(
        [
            partial(close, slot.desk_group.service_point, date_of(slot)),
            partial(operations.confirm, hold, people=[make_person()]),
        ]
    )

    assert kinds(outcomes) == {"Appointment": 1, "DayHasBookings": 1}
    assert not is_closed(slot)


def test_a_day_that_closes_gets_no_times_from_the_horizon_meanwhile():
    group = planned_group()
    operations.open_horizon()
    slot = group.slots.first()
    Slot.objects.exclude(pk=slot.pk).delete()

    when_closing(slot, operations.open_horizon)

    assert is_closed(slot)
    assert not Slot.objects.exists()


def test_a_day_that_closes_gets_no_extra_hours_meanwhile():
    slot = make_slot(make_group(desks=2))
    hours = plan.ProposedHours(date_of(slot), datetime.time(18), datetime.time(20), 1, 1)

    outcomes = when_closing(
        slot,
        partial(operations.open_extra_day, slot.desk_group, hours, release_at=None, by=make_user()),
    )

    assert isinstance(outcomes[1], DayClosed)
    assert not Slot.objects.exists()


def naive_close(point: ServicePoint, date: datetime.date) -> None:
    """See that nobody has a time, then close."""
    if booked := operations.visits_in_the_way(point, date):
        raise DayHasBookings(booked)
    with transaction.atomic():
        for group in point.desk_groups.all():
            DateOverride.objects.create(desk_group=group, date=date, kind=plan.CLOSED)
        slots = Slot.objects.at(point).between(*point.day_bounds(date))
        slots.filter(taken=0).delete()
        slots.update(released=False)


def test_who_books_while_a_day_closes_has_a_visit_on_a_closed_day_without_the_locks():
    slot = make_slot(capacity=5)

    outcomes = interleave(
        partial(naive_close, slot.desk_group.service_point, date_of(slot)),
        before='INSERT INTO "servicepoints_dateoverride"',
        others=[partial(book, slot)],
    )

    assert kinds(outcomes) == {"Appointment": 1, "NoneType": 1}
    assert is_closed(slot)
    assert Appointment.objects.active().filter(status="confirmed").exists()


def test_closing_and_reopening_at_one_moment_ends_as_one_of_both():
    group = planned_group()
    operations.open_horizon()
    operations.release_due()
    point, date = group.service_point, next_morning().date()

    race([partial(close, point, date), partial(operations.reopen_day, point, date)] * 5)

    closed = group.overrides.filter(kind=plan.CLOSED).exists()
    assert Slot.objects.filter(released=True).count() == (0 if closed else 6)
    check_invariants()
