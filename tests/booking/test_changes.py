"""Cancelling and moving."""

import datetime

import pytest
from django.utils import timezone

from booking import operations
from booking.exceptions import AlreadyHandled, MovedTooOften, NotActive, TimeTaken, TooLateToMove
from booking.models import Appointment, Slot
from notifications.models import Message
from tests.factories import (
    let_expire,
    make_appointment,
    make_group,
    make_hold,
    make_person,
    make_point,
    make_service,
    make_slot,
    make_slots,
    next_morning,
)

pytestmark = pytest.mark.django_db


def move(appointment, slot):
    return operations.move(
        appointment, service_point=slot.desk_group.service_point, starts_at=slot.starts_at
    )


def taken():
    return list(Slot.objects.order_by("starts_at").values_list("taken", flat=True))


def test_cancelling_gives_the_time_back_and_tells_the_person():
    slot = make_slot()
    appointment = make_appointment(slot)
    operations.cancel(appointment)
    assert taken() == [0]
    assert Message.objects.filter(template="visit_cancelled").count() == 1


def test_cancelling_twice_is_harmless():
    appointment = make_appointment(make_slot())
    operations.cancel(appointment)
    operations.cancel(appointment)
    assert taken() == [0]


def test_a_person_who_cancelled_may_book_again():
    one, other = make_slots(make_group(), 2)
    person = make_person()
    operations.cancel(make_appointment(one, people=[person]))
    assert make_appointment(other, people=[person]).status == Appointment.Status.CONFIRMED


def test_a_visit_that_has_begun_cannot_be_cancelled():
    appointment = make_appointment(make_slot())
    operations.mark_arrived(appointment)
    with pytest.raises(AlreadyHandled):
        operations.cancel(appointment)


# Late ------------------------------------------------------------------------------


def visit_in(hours: float, **point: int) -> Appointment:
    """A visit that begins in so many hours by the database's clock."""
    appointment = make_appointment(make_slot(make_group(make_point(**point))))
    starts_at = timezone.now() + datetime.timedelta(hours=hours)
    Slot.objects.update(starts_at=starts_at)
    Appointment.objects.update(starts_at=starts_at)
    return Appointment.objects.get(pk=appointment.pk)


@pytest.mark.parametrize(("hours", "late"), [(4.1, False), (3.9, True), (0.1, True)])
def test_cancelling_in_the_last_four_hours_is_counted_apart(hours, late):
    cancelled = operations.cancel(visit_in(hours))
    assert (cancelled.status, cancelled.cancelled_late) == ("cancelled", late)


def test_a_point_decides_from_when_it_is_late():
    assert operations.cancel(visit_in(20, cancel_until_hours=24)).cancelled_late
    assert not operations.cancel(visit_in(3, cancel_until_hours=2)).cancelled_late


def test_a_time_that_is_given_up_late_is_free_for_who_waits():
    visit = visit_in(1)
    operations.cancel(visit)
    slot = Slot.objects.get()
    assert (slot.taken, slot.kept) == (0, 1)
    assert Message.objects.filter(template="visit_cancelled").count() == 1


def test_a_visit_whose_time_has_come_cannot_be_given_up_any_more():
    with pytest.raises(AlreadyHandled):
        operations.cancel(visit_in(-0.01))


def test_letting_a_hold_go_is_never_late():
    held = make_hold(make_slot())
    Appointment.objects.update(starts_at=timezone.now() + datetime.timedelta(hours=1))
    Slot.objects.update(starts_at=timezone.now() + datetime.timedelta(hours=1))
    assert not operations.cancel(Appointment.objects.get(pk=held.pk)).cancelled_late


def test_moving_takes_the_new_time_and_frees_the_old():
    one, other = make_slots(make_group(), 2)
    moved = move(make_appointment(one), other)
    assert (moved.starts_at, moved.moves, taken()) == (other.starts_at, 1, [0, 1])
    assert Message.objects.filter(template="visit_moved").count() == 1


def test_moving_by_one_cell_may_overlap_itself():
    slots = make_slots(make_group(services=[make_service(minutes=30)]), 4)
    appointment = make_appointment(slots[0])
    move(appointment, slots[1])
    assert taken() == [0, 1, 1, 1]


def test_a_move_to_a_taken_time_keeps_the_old_one():
    one, other = make_slots(make_group(), 2)
    appointment = make_appointment(one)
    make_hold(other)
    with pytest.raises(TimeTaken):
        move(appointment, other)
    assert taken() == [1, 1]


def test_a_move_may_take_the_place_of_an_expired_hold():
    one, other = make_slots(make_group(), 2)
    appointment = make_appointment(one)
    let_expire(make_hold(other))
    assert move(appointment, other).starts_at == other.starts_at


def test_a_time_can_be_moved_twice():
    slots = make_slots(make_group(), 4)
    appointment = make_appointment(slots[0])
    move(appointment, slots[1])
    move(appointment, slots[2])
    with pytest.raises(MovedTooOften):
        move(appointment, slots[3])


def test_moving_to_the_same_time_changes_nothing():
    slot = make_slot()
    assert move(make_appointment(slot), slot).moves == 0


def test_moving_to_the_same_time_changes_nothing_though_other_desks_are_free_then():
    group = make_group()
    twin = make_group(group.service_point, services=list(group.services.all()))
    rival = make_hold(make_slot(group))
    appointment = make_appointment(make_slot(twin))
    operations.let_go(rival)
    assert move(appointment, twin.slots.get()).moves == 0
    assert not Message.objects.filter(template="visit_moved").exists()


def test_a_cancelled_visit_cannot_be_moved_to_its_own_time_either():
    slot = make_slot()
    appointment = operations.cancel(make_appointment(slot))
    with pytest.raises(NotActive):
        move(appointment, slot)


def test_a_cancelled_visit_cannot_be_moved():
    one, other = make_slots(make_group(), 2)
    appointment = operations.cancel(make_appointment(one))
    with pytest.raises(NotActive):
        move(appointment, other)


def test_a_visit_cannot_be_moved_at_the_last_moment(time_machine):
    one, other = make_slots(make_group(), 2)
    appointment = make_appointment(one)
    time_machine.move_to(next_morning(7).replace(hour=4))
    with pytest.raises(TooLateToMove):
        move(appointment, other)
