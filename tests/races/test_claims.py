"""Claims at one moment: what is sold is there, once and whole (P1, I1, I8)."""

import datetime
import random
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from booking import availability, operations
from booking.exceptions import TimeTaken
from booking.models import Appointment, Slot
from booking.operations import slots
from tests.factories import (
    make_appointment,
    make_group,
    make_hold,
    make_service,
    make_slot,
    make_slots,
    make_user,
)
from tests.races.naive import write_appointment
from tests.races.racing import (
    CONNECTIONS,
    Meeting,
    broken,
    check_invariants,
    interleave,
    is_deadlock,
    kinds,
    race,
)

pytestmark = pytest.mark.django_db(transaction=True)

# One time, more clients than places ------------------------------------------------


def test_fifty_clients_on_five_places_get_exactly_five():
    slot = make_slot(capacity=5)
    clients = [partial(make_hold, slot, user=make_user()) for _ in range(50)]

    assert kinds(race(clients)) == {"Appointment": 5, "TimeTaken": 45}
    check_invariants()


def naive_hold(slot: Slot, user: User, meeting: Meeting) -> Appointment:
    """See that there is room, then take it: what the one statement replaces."""
    seen = Slot.objects.get(pk=slot.pk)
    if seen.taken >= seen.capacity:
        raise TimeTaken
    meeting.wait()
    with transaction.atomic():
        Slot.objects.filter(pk=slot.pk).update(taken=F("taken") + 1)
        return write_appointment(slot, user)


def test_fifty_clients_oversell_five_places_without_the_statement_and_its_check(without):
    without(Slot, "slot_taken_within_capacity")
    slot, meeting = make_slot(capacity=5), Meeting(CONNECTIONS)
    clients = [partial(naive_hold, slot, make_user(), meeting) for _ in range(50)]

    assert kinds(race(clients))["Appointment"] >= CONNECTIONS
    assert broken() == {"I1"}


def test_the_database_refuses_what_a_naive_program_would_oversell():
    slot, meeting = make_slot(capacity=5), Meeting(CONNECTIONS)
    clients = [partial(naive_hold, slot, make_user(), meeting) for _ in range(CONNECTIONS)]

    outcomes = race(clients, expect=(IntegrityError,))

    assert kinds(outcomes) == {"Appointment": 5, "IntegrityError": CONNECTIONS - 5}
    assert Appointment.objects.count() == 5


# Visits of two cells that overlap --------------------------------------------------


def two_cells(count: int, **fields: int) -> list[Slot]:
    """Slots of a service whose visit takes two of them."""
    return make_slots(make_group(services=[make_service(minutes=20)]), count, **fields)


def test_overlapping_visits_of_two_cells_neither_deadlock_nor_half_succeed():
    day, chance = two_cells(6, capacity=4), random.Random(7)
    clients = [partial(make_hold, chance.choice(day[:-1]), user=make_user()) for _ in range(60)]

    outcomes = race(clients)

    assert set(kinds(outcomes)) == {"Appointment", "TimeTaken"}
    sold = sum(Slot.objects.values_list("taken", flat=True))
    assert sold == 2 * kinds(outcomes)["Appointment"]
    check_invariants()


def naive_claim_of_two(first: Slot, second: Slot, user: User, meeting: Meeting) -> Appointment:
    """Take one cell after the other, each caller in its own order."""
    with transaction.atomic():
        Slot.objects.filter(pk=first.pk).update(taken=F("taken") + 1)
        meeting.wait()
        Slot.objects.filter(pk=second.pk).update(taken=F("taken") + 1)
        return write_appointment(
            min(first, second, key=lambda s: s.pk), user, minutes=20, cells=2, claimed=2
        )


def test_overlapping_visits_of_two_cells_deadlock_without_the_order_of_the_locks():
    one, other = two_cells(2, capacity=4)
    meeting = Meeting(2)
    clients = [
        partial(naive_claim_of_two, one, other, make_user(), meeting),
        partial(naive_claim_of_two, other, one, make_user(), meeting),
    ]

    outcomes = race(clients, expect=(Exception,))

    assert sum(is_deadlock(outcome) for outcome in outcomes) == 1


def naive_claim_of_what_is_left(day: list[Slot], user: User) -> Appointment:
    """Take what has room among the cells, and do not look how many that were."""
    with transaction.atomic():
        chosen = Slot.objects.filter(pk__in=[s.pk for s in day], taken__lt=F("capacity"))
        claimed = chosen.update(taken=F("taken") + 1)
        return write_appointment(day[0], user, minutes=20, cells=2, claimed=claimed)


def test_a_visit_of_two_cells_half_succeeds_without_the_count_and_its_check(without):
    without(Appointment, "appointment_has_every_cell_it_asked_for")
    day = two_cells(3)
    naive_claim_of_what_is_left(day[1:], make_user())

    assert naive_claim_of_what_is_left(day[:2], make_user()).claimed == 1
    assert broken() == {"I1"}


def test_the_database_refuses_a_visit_with_half_of_its_cells():
    day = two_cells(3)
    naive_claim_of_what_is_left(day[1:], make_user())

    with pytest.raises(IntegrityError, match="appointment_has_every_cell_it_asked_for"):
        naive_claim_of_what_is_left(day[:2], make_user())
    check_invariants()


# Holds that end ----------------------------------------------------------------------


def let_expire(hold: Appointment) -> None:
    """End a hold by the clock of the database, and tidy nothing."""
    past = timezone.now() - datetime.timedelta(minutes=1)
    Appointment.objects.filter(pk=hold.pk).update(expires_at=past)


def full_slot_with_an_expired_hold() -> Slot:
    slot = make_slot(capacity=2)
    make_appointment(slot)
    let_expire(make_hold(slot))
    return slot


def test_an_expired_hold_gives_its_place_back_once_to_many_who_want_it():
    slot = full_slot_with_an_expired_hold()
    clients = [partial(make_hold, slot, user=make_user()) for _ in range(10)]

    outcomes = race(clients + [operations.expire_holds] * 5)

    assert kinds(outcomes[:10]) == {"Appointment": 1, "TimeTaken": 9}
    check_invariants()


def naive_sweep(meeting: Meeting) -> None:
    """Find what has expired, then give it back."""
    expired = list(Appointment.objects.expired_holds())
    meeting.wait()
    with transaction.atomic():
        slots.give_back(expired)
        Appointment.objects.filter(pk__in=[hold.pk for hold in expired]).update(status="expired")


def test_an_expired_hold_gives_its_place_back_twice_without_the_locks():
    full_slot_with_an_expired_hold()
    meeting = Meeting(2)

    race([partial(naive_sweep, meeting) for _ in range(2)])

    assert Slot.objects.get().taken == 0
    assert broken() == {"I1"}


LOOKS_FOR_EXPIRED = '"expires_at" <='


def test_a_place_that_somebody_else_tidies_meanwhile_is_free():
    slot = full_slot_with_an_expired_hold()

    outcomes = interleave(
        partial(make_hold, slot, user=make_user()),
        before=LOOKS_FOR_EXPIRED,
        others=[operations.expire_holds],
    )

    assert kinds(outcomes) == {"Appointment": 1, "int": 1}
    check_invariants()


def impatient_hold(slot: Slot, user: User) -> Appointment:
    """Try again only after having tidied something oneself."""
    service = slot.desk_group.services.get()
    ways = availability.ways(service, slot.desk_group.service_point, 1, slot.starts_at)
    if Slot.objects.filter(pk=slot.pk, is_open=True).exists():
        return make_hold(slot, user=user)
    if not operations.holds.expire_overlapping(ways, slot.starts_at):
        raise TimeTaken
    return make_hold(slot, user=user)


def test_a_place_that_somebody_else_tidies_is_refused_without_the_last_try():
    slot = full_slot_with_an_expired_hold()

    outcomes = interleave(
        partial(impatient_hold, slot, make_user()),
        before=LOOKS_FOR_EXPIRED,
        others=[operations.expire_holds],
    )

    assert kinds(outcomes) == {"TimeTaken": 1, "int": 1}


# One person, two times at one moment ---------------------------------------------


LOCKS_WHAT_A_HOLD_HAS = "WITH visit AS MATERIALIZED"


def test_one_who_asks_for_two_times_at_once_keeps_the_last_and_neither_is_called_taken():
    held, one, other = make_slots(make_group(), 3)
    user = make_user()
    make_hold(held, user=user)

    outcomes = interleave(
        partial(make_hold, one, user=user),
        before=LOCKS_WHAT_A_HOLD_HAS,
        others=[partial(make_hold, other, user=user)],
    )

    assert kinds(outcomes) == {"Appointment": 2}
    assert Appointment.objects.get(status="held").starts_at == one.starts_at
    check_invariants()
