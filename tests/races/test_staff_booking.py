"""Staff and applicants at one moment: capacity, quota, and one record of each thing done."""

from functools import partial

import pytest
from django.db import IntegrityError

from booking import availability, operations
from booking.models import Appointment, Slot, VisitEvent
from booking.operations import slots
from booking.room import Room
from tests.factories import (
    make_appointment,
    make_group,
    make_hold,
    make_person,
    make_slot,
    make_slots,
    make_staff,
    make_staff_hold,
    make_user,
)
from tests.races.racing import Meeting, broken, check_invariants, kinds, race

pytestmark = pytest.mark.django_db(transaction=True)

WHY = "Expires tomorrow"


def test_staff_and_applicants_together_get_exactly_the_capacity():
    slot = make_slot(capacity=5, public_capacity=3)
    applicants = [partial(make_hold, slot, user=make_user()) for _ in range(15)]
    clerks = [
        partial(make_staff_hold, slot, by=make_staff(slot.desk_group.service_point), reason=WHY)
        for _ in range(15)
    ]

    outcomes = race([client for pair in zip(applicants, clerks, strict=True) for client in pair])

    assert kinds(outcomes) == {"Appointment": 5, "TimeTaken": 25}
    assert Appointment.objects.exclude(beyond_reason="").count() == 2
    check_invariants()


def naive_hold_beyond(slot: Slot, meeting: Meeting) -> bool:
    """See that the desks have room, then take it."""
    [way] = availability.ways(
        slot.desk_group.services.get(), slot.desk_group.service_point, 1, slot.starts_at
    )
    has_room = slots.have_room(
        way, slot.starts_at, slot.desk_group.services.get().pk, room=Room.CAPACITY
    )
    taken = Slot.objects.get(pk=slot.pk).taken
    meeting.wait()
    if has_room:
        Slot.objects.filter(pk=slot.pk).update(taken=taken + 1)
    return has_room


def test_two_clerks_take_one_place_twice_without_the_one_statement():
    slot, meeting = make_slot(capacity=2, public_capacity=1), Meeting(2)
    make_appointment(slot)

    assert race([partial(naive_hold_beyond, slot, meeting)] * 2) == [True, True]
    assert broken() == {"I1"}


def book(held: Appointment, email: str) -> Appointment:
    return operations.confirm_for_somebody(
        held, by=held.staff, people=[make_person()], email=email, language="fi"
    )


def test_clerks_who_book_for_one_address_at_one_moment_keep_its_quota():
    holds = [make_staff_hold(slot) for slot in make_slots(make_group(), 6)]

    outcomes = race([partial(book, held, "amina@example.org") for held in holds])

    assert kinds(outcomes) == {"Appointment": 3, "QuotaReached": 3}
    assert VisitEvent.objects.count() == 3
    check_invariants()


def naive_book(held: Appointment, user_id: int, meeting: Meeting) -> int:
    """Count what the address has, then add one more."""
    has = Appointment.objects.active().filter(user=user_id).count()
    meeting.wait()
    if has >= 3:
        return 0
    return Appointment.objects.filter(pk=held.pk).update(
        user=user_id, status="confirmed", quota_place=has + 1
    )


def test_an_address_gets_more_than_its_quota_without_the_constraint(without):
    without(Appointment, "appointments_per_user_within_quota")
    holds = [make_staff_hold(slot) for slot in make_slots(make_group(), 6)]
    user, meeting = make_user(), Meeting(6)

    assert sum(race([partial(naive_book, held, user.pk, meeting) for held in holds])) == 6


def test_the_database_refuses_a_quota_that_is_only_counted():
    holds = [make_staff_hold(slot) for slot in make_slots(make_group(), 6)]
    user, meeting = make_user(), Meeting(6)

    outcomes = race(
        [partial(naive_book, held, user.pk, meeting) for held in holds], expect=(IntegrityError,)
    )

    assert kinds(outcomes) == {"IntegrityError": 5, "int": 1}


def test_one_request_of_a_clerk_sent_twenty_times_is_one_hold():
    slot = make_slot(capacity=20)
    clerk = make_staff(slot.desk_group.service_point)
    request_id = make_hold(make_slot()).pk

    outcomes = race([partial(make_staff_hold, slot, by=clerk, request_id=request_id)] * 20)

    assert len({held.pk for held in outcomes}) == 1
    assert Appointment.objects.filter(staff=clerk).count() == 1
    check_invariants()


def test_two_clerks_who_cancel_one_visit_leave_one_record():
    visit = make_appointment(make_slot())
    clerks = [make_staff(visit.service_point) for _ in range(10)]

    race([partial(operations.cancel_for_somebody, visit, by=by, reason=WHY) for by in clerks])

    assert VisitEvent.objects.count() == 1
    check_invariants()


def naive_cancel(visit: Appointment, by, meeting: Meeting) -> VisitEvent:
    """Look whether it is cancelled, then record that one did it."""
    meeting.wait()
    return VisitEvent.objects.create(
        appointment=visit, kind="cancelled", staff=by, starts_at=visit.starts_at, reason=WHY
    )


def test_two_clerks_leave_two_records_without_the_constraint(without):
    without(VisitEvent, "a_visit_is_booked_and_cancelled_by_staff_once")
    visit, meeting = make_appointment(make_slot()), Meeting(2)
    clerks = [make_staff(visit.service_point) for _ in range(2)]

    race([partial(naive_cancel, visit, by, meeting) for by in clerks])

    assert VisitEvent.objects.count() == 2
