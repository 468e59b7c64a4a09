"""Moves and cancellations at one moment: whole or not at all, and none lost (I10)."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import OperationalError, transaction

from booking import availability, operations
from booking.exceptions import TimeTaken
from booking.models import Appointment, Slot
from booking.operations import slots
from notifications.models import Message
from tests.factories import make_appointment, make_group, make_hold, make_person, make_slots
from tests.races.racing import (
    SECONDS,
    Meeting,
    broken,
    check_invariants,
    interleave,
    is_deadlock,
    kinds,
    race,
    wait_until_somebody_waits_for_me,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def moves_are_free(settings):
    settings.MOVES_PER_APPOINTMENT = 1000


def move(visit: Appointment, slot: Slot) -> Appointment:
    point = slot.desk_group.service_point
    return operations.move(visit, service_point=point, starts_at=slot.starts_at)


def to_and_fro(visit: Appointment, *stops: Slot, times: int) -> int:
    """Move a visit from stop to stop; return how often it got there."""
    return sum(move(visit, stops[i % len(stops)]) is not None for i in range(times))


# Moves ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("moves_are_free")
def test_two_visits_that_swap_times_a_thousand_times_neither_deadlock_nor_get_lost():
    # Room for all: what a move frees is kept for the waiting list, and not there for the other.
    one, other = make_slots(make_group(), 2, capacity=1002)
    a, b = make_appointment(one), make_appointment(other)
    swaps = [
        partial(to_and_fro, a, other, one, times=50),
        partial(to_and_fro, b, one, other, times=50),
    ]

    for _round in range(10):
        assert race(swaps) == [50, 50]

    assert [(v.starts_at, v.moves) for v in Appointment.objects.order_by("created_at")] == [
        (one.starts_at, 500),
        (other.starts_at, 500),
    ]
    check_invariants()


def naive_move(visit: Appointment, to: Slot, meeting: Meeting) -> None:
    """Lock the time that one has, then the time that one wants."""
    with transaction.atomic():
        Slot.objects.select_for_update().get(starts_at=visit.starts_at)
        meeting.wait()
        Slot.objects.select_for_update().get(pk=to.pk)


def test_two_visits_that_swap_times_deadlock_without_the_order_of_the_locks():
    one, other = make_slots(make_group(), 2, capacity=2)
    meeting = Meeting(2)
    clients = [
        partial(naive_move, make_appointment(one), other, meeting),
        partial(naive_move, make_appointment(other), one, meeting),
    ]

    outcomes = race(clients, expect=(Exception,))

    assert sum(is_deadlock(outcome) for outcome in outcomes) == 1


def test_ten_visits_that_want_one_free_place_get_it_once_and_the_others_stay():
    *taken, free = make_slots(make_group(), 11)
    visits = [make_appointment(slot) for slot in taken]

    outcomes = race([partial(move, visit, free) for visit in visits])

    assert kinds(outcomes) == {"Appointment": 1, "TimeTaken": 9}
    assert sum(Slot.objects.values_list("taken", flat=True)) == 10
    check_invariants()


def naive_move_in_two_steps(visit: Appointment, to: Slot) -> bool:
    """Give the old time back; then take the new one, or find that it is gone."""
    [way] = availability.ways(visit.service, visit.service_point, visit.people, to.starts_at)
    slots.give_back([visit])
    return slots.take(way, to.starts_at, visit)


def test_a_visit_loses_both_times_without_the_one_transaction():
    has, wants = make_slots(make_group(), 2)
    visit = make_appointment(has)

    outcomes = interleave(
        partial(naive_move_in_two_steps, visit, wants),
        before="SET taken = slot.taken + 1",
        others=[partial(make_hold, has), partial(make_hold, wants)],
    )

    assert outcomes[0] is False
    assert broken() == {"I1"}


# Cancellations -------------------------------------------------------------------------


def test_a_visit_cancelled_many_times_at_one_moment_gives_its_time_back_once():
    (slot,) = make_slots(make_group(), 1, capacity=20)
    visit, *_others = [make_appointment(slot) for _ in range(5)]

    outcomes = race([partial(operations.cancel, visit) for _ in range(20)])

    assert {current.status for current in outcomes} == {"cancelled"}
    assert Slot.objects.get().taken == 4
    assert Message.objects.filter(template="visit_cancelled").count() == 1
    check_invariants()


def naive_cancel(visit: Appointment, meeting: Meeting) -> None:
    """See that it is active, then give its time back."""
    assert Appointment.objects.get(pk=visit.pk).is_active
    meeting.wait()
    with transaction.atomic():
        slots.give_back([visit])
        Appointment.objects.filter(pk=visit.pk).update(status="cancelled")


def test_a_visit_cancelled_many_times_gives_many_times_back_without_the_guard():
    (slot,) = make_slots(make_group(), 1, capacity=20)
    visit, *_others = [make_appointment(slot) for _ in range(5)]
    meeting = Meeting(5)

    race([partial(naive_cancel, visit, meeting) for _ in range(5)])

    assert Slot.objects.get().taken == 0
    assert "I1" in broken()


def cancel_what_is_being_moved(cancel: Callable, others_may_move: threading.Event) -> list:
    """Cancel a visit that moves to an earlier time, while another moves away from there."""
    earlier, later = make_slots(make_group(), 2, capacity=3)
    visit, other = make_appointment(later), make_appointment(earlier)

    def move_the_other() -> Appointment:
        assert others_may_move.wait(SECONDS)
        return move(other, later)

    def move_and_cancel() -> list:
        return interleave(
            partial(move, visit, earlier),
            before='UPDATE "booking_appointment"',
            others=[partial(cancel, visit)],
            expect=(Exception,),
        )

    (moved, cancelled), other_moved = race(
        [move_and_cancel, move_the_other], expect=(OperationalError,)
    )
    return [moved, cancelled, other_moved]


def test_a_visit_that_is_moved_meanwhile_is_cancelled_where_it_is():
    at_once = threading.Event()
    at_once.set()

    outcomes = cancel_what_is_being_moved(operations.cancel, at_once)

    assert [outcome.status for outcome in outcomes] == ["confirmed", "cancelled", "confirmed"]
    assert list(Slot.objects.order_by("pk").values_list("taken", flat=True)) == [0, 1]
    check_invariants()


def test_a_visit_that_is_moved_meanwhile_deadlocks_without_the_second_look():
    has_locked = threading.Event()

    def hasty_cancel(visit: Appointment) -> None:
        """Lock the slots where the visit was, and give back those where it is."""
        with transaction.atomic():
            slots.lock_cells([visit])
            has_locked.set()
            wait_until_somebody_waits_for_me()
            slots.give_back([visit])

    outcomes = cancel_what_is_being_moved(hasty_cancel, has_locked)

    assert sum(is_deadlock(outcome) for outcome in outcomes) == 1


def test_a_hold_confirmed_and_cancelled_at_one_moment_is_cancelled_with_its_people():
    (slot,) = make_slots(make_group(), 1, capacity=20)
    holds = [make_hold(slot) for _ in range(10)]
    confirming = [partial(operations.confirm, hold, people=[make_person()]) for hold in holds]

    race([*confirming, *(partial(operations.cancel, hold) for hold in holds)])

    assert set(Appointment.objects.values_list("status", flat=True)) == {"cancelled"}
    check_invariants()


def naive_confirm(hold: Appointment) -> None:
    """See that it is held, then confirm it whatever it has become."""
    assert Appointment.objects.get(pk=hold.pk).status == "held"
    Appointment.objects.filter(pk=hold.pk).update(status="confirmed")


def test_a_hold_cancelled_while_it_is_confirmed_is_a_visit_without_a_place_without_the_guard():
    (slot,) = make_slots(make_group(), 1)
    hold = make_hold(slot)

    interleave(
        partial(naive_confirm, hold),
        before='UPDATE "booking_appointment"',
        others=[partial(operations.cancel, hold)],
    )

    assert Appointment.objects.get().status == "confirmed"
    assert "I1" in broken()


def test_a_time_given_back_goes_to_one_of_those_who_want_it():
    (slot,) = make_slots(make_group(), 1)
    visit = make_appointment(slot)

    cancelled, *outcomes = race(
        [partial(operations.cancel, visit), *(partial(make_hold, slot) for _ in range(19))]
    )

    assert cancelled.status == "cancelled"
    assert {type(outcome) for outcome in outcomes} <= {Appointment, TimeTaken}
    assert Slot.objects.get().taken == kinds(outcomes).get("Appointment", 0) <= 1
    check_invariants()
