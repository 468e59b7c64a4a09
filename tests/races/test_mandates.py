"""A mandate ends while its representative acts: one after the other, never in between (T4)."""

from functools import partial

import pytest

from accounts import operations as accounts
from accounts.exceptions import MandateEnded
from accounts.models import Mandate, Representative
from booking import operations
from booking.models import Appointment, Slot
from tests.factories import (
    make_group,
    make_hold,
    make_mandate,
    make_person,
    make_representative,
    make_slot,
    make_slots,
    make_user,
)
from tests.races.naive import write_appointment
from tests.races.racing import Meeting, check_invariants, interleave, kinds, race

pytestmark = pytest.mark.django_db(transaction=True)

CONFIRMING = 'UPDATE "booking_appointment"'
ENDING = 'UPDATE "accounts_mandate"'


def hold_for(mandate: Mandate, slot: Slot) -> Appointment:
    return make_hold(slot, user=mandate.client, mandate=mandate)


def confirm(hold: Appointment, mandate: Mandate) -> Appointment:
    return operations.confirm(hold, people=[make_person()], mandate=mandate)


def end(mandate: Mandate) -> None:
    accounts.end_mandate(mandate, by=mandate.client)


def confirmed_before_the_end(hold: Appointment, mandate: Mandate) -> bool:
    hold.refresh_from_db()
    mandate.refresh_from_db()
    return hold.confirmed_at < mandate.ended_at


def test_ending_a_mandate_waits_for_what_is_being_confirmed_under_it():
    mandate = make_mandate()
    hold = hold_for(mandate, make_slot())

    interleave(partial(confirm, hold, mandate), before=CONFIRMING, others=[partial(end, mandate)])

    assert confirmed_before_the_end(hold, mandate)


def naive_confirm(hold: Appointment, mandate: Mandate) -> Appointment:
    """Look whether the mandate is in force, then confirm; lock nothing."""
    if not Mandate.objects.in_force().filter(pk=mandate.pk).exists():
        raise MandateEnded
    return operations.confirm(hold, people=[make_person()])


def test_something_is_confirmed_after_the_end_without_the_lock():
    mandate = make_mandate()
    hold = hold_for(mandate, make_slot())
    confirming = partial(naive_confirm, hold, mandate)

    interleave(confirming, before=CONFIRMING, others=[partial(end, mandate)])

    assert not confirmed_before_the_end(hold, mandate)


@pytest.mark.parametrize("ending", ["mandate", "role"])
def test_nothing_is_held_while_the_mandate_is_being_ended(ending):
    mandate, slot = make_mandate(), make_slot()
    ends = {
        "mandate": partial(end, mandate),
        "role": partial(accounts.end_representative, mandate.representative, by=make_user()),
    }

    _ended, outcome = interleave(
        ends[ending], before=ENDING, others=[partial(hold_for, mandate, slot)]
    )

    assert isinstance(outcome, MandateEnded)
    assert Slot.objects.get().taken == 0


def test_a_representative_holds_one_time_for_many_clients_at_one_moment():
    representative, slot = make_representative(), make_slot(capacity=8)
    mandates = [make_mandate(representative) for _ in range(8)]

    race([partial(hold_for, mandate, slot) for mandate in mandates])

    assert Appointment.objects.filter(status="held").count() == 1
    check_invariants()


def naive_hold(mandate: Mandate, slot: Slot, meeting: Meeting) -> Appointment | None:
    """Look whether the representative holds a time, then hold one; lock nothing."""
    held = Appointment.objects.filter(mandate__representative=mandate.representative_id).exists()
    meeting.wait()
    return None if held else write_appointment(slot, mandate.client, mandate=mandate)


def test_a_representative_holds_many_times_without_the_lock():
    representative, slot = make_representative(), make_slot(capacity=8)
    meeting = Meeting(8)
    mandates = [make_mandate(representative) for _ in range(8)]

    race([partial(naive_hold, mandate, slot, meeting) for mandate in mandates])

    assert Appointment.objects.filter(status="held").count() == 8


def test_client_and_representative_at_one_moment_never_deadlock():
    mandate = make_mandate()
    first, second = make_slots(make_group(), 2, capacity=5)
    visit = confirm(hold_for(mandate, first), mandate)
    point = visit.service_point
    move = partial(operations.move, visit, service_point=point)

    race(
        [
            partial(move, starts_at=second.starts_at, mandate=mandate),
            partial(move, starts_at=second.starts_at),
            partial(operations.cancel, visit, mandate=mandate),
            partial(operations.cancel, visit),
            partial(hold_for, mandate, second),
            partial(end, mandate),
        ]
        * 3
    )

    visit.refresh_from_db()
    assert visit.status == "cancelled"
    check_invariants()


def ask(representative: Representative) -> Mandate:
    return accounts.ask_for_mandate(representative, name="Carla", email="carla@example.org")


def test_a_client_asked_at_one_moment_is_asked_once():
    representative = make_representative()

    outcomes = race([partial(ask, representative) for _ in range(3)])

    assert kinds(outcomes) == {"Mandate": 1, "MandateExists": 2}


def test_a_client_is_asked_more_than_once_without_the_constraint(without):
    without(Mandate, "one_open_mandate_per_representative_and_address")
    representative = make_representative()

    assert kinds(race([partial(ask, representative) for _ in range(3)])) == {"Mandate": 3}
