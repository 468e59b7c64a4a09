"""A booking right at one moment: booked as often as it allows, from what is reserved for it."""

from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from booking import operations
from booking.exceptions import RightUsedUp
from booking.models import Appointment, BookingRight, RightHolder, Slot
from tests.factories import make_hold, make_person, make_reserved_slots, make_right, make_user
from tests.races.naive import write_appointment
from tests.races.racing import CONNECTIONS, Meeting, broken, check_invariants, kinds, race

pytestmark = pytest.mark.django_db(transaction=True)


def reserved(uses: int) -> Slot:
    """A slot with 50 places for a right that is for so many visits."""
    [slot] = make_reserved_slots(1, right=make_right(max_uses=uses), capacity=50)
    release = slot.release
    type(release).objects.filter(pk=release.pk).update(reserved_desks=50)
    Slot.objects.update(reserved=50)
    return slot


def holders(slot: Slot, count: int, *, uses: int = 1) -> list[RightHolder]:
    right = slot.release.reserved_for
    operations.new_codes(right, count, uses=uses)
    return list(right.holders.select_related("right").order_by("pk"))


def invited(slot: Slot, holder: RightHolder) -> Appointment:
    return make_hold(slot, user=make_user(), invitation=holder)


def test_fifty_clients_of_a_right_with_five_uses_book_five():
    slot = reserved(5)

    outcomes = race([partial(invited, slot, holder) for holder in holders(slot, 50)])

    assert kinds(outcomes) == {"Appointment": 5, "RightUsedUp": 45}
    assert BookingRight.objects.get().used == 5
    check_invariants()


def test_fifty_clients_with_one_code_of_five_uses_book_five():
    slot = reserved(100)
    [holder] = holders(slot, 1, uses=5)

    outcomes = race([partial(invited, slot, holder) for _ in range(50)])

    assert kinds(outcomes) == {"Appointment": 5, "RightUsedUp": 45}
    check_invariants()


def naive_invited(slot: Slot, holder: RightHolder, meeting: Meeting) -> Appointment:
    """See that the right has a use left, then use it."""
    right = BookingRight.objects.get()
    meeting.wait()
    if right.used >= right.max_uses:
        raise RightUsedUp
    with transaction.atomic():
        Slot.objects.filter(pk=slot.pk).update(taken=F("taken") + 1, reserved=F("reserved") - 1)
        RightHolder.objects.filter(pk=holder.pk).update(used=F("used") + 1)
        BookingRight.objects.update(used=F("used") + 1)
        return write_appointment(slot, make_user(), right_holder=holder)


def test_a_right_is_used_too_often_without_the_statement_and_its_check(without):
    without(BookingRight, "a_right_is_used_within_its_count")
    slot, meeting = reserved(5), Meeting(CONNECTIONS)

    outcomes = race([partial(naive_invited, slot, each, meeting) for each in holders(slot, 50)])

    assert kinds(outcomes)["Appointment"] >= CONNECTIONS
    assert broken() == {"I15"}


def test_the_database_refuses_a_use_that_is_only_counted():
    slot, meeting = reserved(5), Meeting(CONNECTIONS)
    clients = [partial(naive_invited, slot, each, meeting) for each in holders(slot, CONNECTIONS)]

    outcomes = race(clients, expect=(IntegrityError,))

    assert kinds(outcomes) == {"Appointment": 5, "IntegrityError": CONNECTIONS - 5}


def test_places_and_uses_that_come_and_go_at_once_are_all_counted():
    slot = reserved(50)
    visits = [
        operations.confirm(invited(slot, holder), people=[make_person()])
        for holder in holders(slot, 10)
    ]
    newcomers = [partial(invited, slot, holder) for holder in holders(slot, 10)[10:]]

    race([*[partial(operations.cancel, visit) for visit in visits], *newcomers])

    assert BookingRight.objects.get().used == 10
    check_invariants()


def test_the_moment_of_return_and_claims_meet_without_harm():
    slot = reserved(50)
    everybody = [partial(make_hold, slot, user=make_user()) for _ in range(30)]
    those_invited = [partial(invited, slot, holder) for holder in holders(slot, 30)]
    release = slot.release
    type(release).objects.filter(pk=release.pk).update(returns_at=release.release_at)

    outcomes = race([*everybody, *those_invited, *[operations.return_reserved] * 5])

    assert kinds(outcomes[:60]) == {"Appointment": 50, "TimeTaken": 10}
    check_invariants()
