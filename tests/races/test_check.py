"""The check of the invariants is right while people book."""

from functools import partial

import pytest
from django.db.models import Sum

from booking import operations
from booking.models import Appointment, Slot
from tests.factories import make_appointment, make_group, make_hold, make_slot, make_slots
from tests.races.racing import CONNECTIONS, check_invariants, interleave, race

pytestmark = pytest.mark.django_db(transaction=True)


def book_and_cancel(slot: Slot) -> None:
    for _ in range(3):
        operations.cancel(make_appointment(slot))


def test_the_check_finds_nothing_while_people_book_and_cancel():
    slots = make_slots(make_group(), 3, capacity=CONNECTIONS)
    people = [partial(book_and_cancel, slots[n % 3]) for n in range(12)]

    race([*people, *[check_invariants] * 8])

    check_invariants()


SECOND_QUERY = "WHERE slot.id IS NULL"


def test_the_check_tells_of_one_moment_and_not_of_what_comes_after_it():
    visit = make_appointment(make_slot())
    slots = Slot.objects.filter(starts_at=visit.starts_at)

    interleave(check_invariants, before=SECOND_QUERY, others=[slots.delete])

    with pytest.raises(AssertionError, match=f"appointment {visit.pk}: no slot"):
        check_invariants()


def naive_check() -> bool:
    """Add up what is taken, then count the claims: two statements, two moments."""
    taken = Slot.objects.aggregate(total=Sum("taken"))["total"]
    return taken == Appointment.objects.count()


def test_a_check_of_two_moments_raises_a_false_alarm_without_the_snapshot():
    slot = make_slot(capacity=2)

    holds, _held = interleave(
        naive_check,
        before='FROM "booking_appointment"',
        others=[partial(make_hold, slot)],
    )

    assert not holds
    check_invariants()
