"""One request, one person, one user at many moments: each gets what is theirs (P4, P5, I2, I3)."""

import datetime
import uuid
from functools import partial

import pytest
from django.db import transaction
from django.db.models import F

from accounts.models import User
from booking import operations
from booking.exceptions import HoldExpired, NotActive, QuotaReached, TimeTaken
from booking.models import Appointment, Attendee, Slot
from booking.operations import Person
from notifications.models import Message
from servicepoints.models import DeskGroup
from servicepoints.pair_models import ServicePair
from tests.factories import (
    make_group,
    make_hold,
    make_person,
    make_service,
    make_slot,
    make_slots,
    make_user,
)
from tests.races.naive import write_appointment, write_person
from tests.races.racing import (
    Meeting,
    broken,
    check_invariants,
    interleave,
    is_deadlock,
    kinds,
    race,
)

pytestmark = pytest.mark.django_db(transaction=True)

AINO = datetime.date(1990, 5, 17)


# One request, sent many times -------------------------------------------------------


def test_the_same_request_at_one_moment_gets_one_hold():
    slot, user, key = make_slot(capacity=20), make_user(), uuid.uuid4()

    outcomes = race([partial(make_hold, slot, user=user, request_id=key) for _ in range(20)])

    assert {(held.pk, held.status) for held in outcomes} == {(outcomes[0].pk, "held")}
    assert Slot.objects.get().taken == 1
    check_invariants()


def naive_request(slot: Slot, user: User, key: uuid.UUID, meeting: Meeting) -> Appointment:
    """Look for the request's hold, and make it if there is none."""
    earlier = Appointment.objects.filter(user=user, request_id=key).first()
    meeting.wait()
    with transaction.atomic():
        Slot.objects.filter(pk=slot.pk).update(taken=F("taken") + 1)
        return earlier or write_appointment(slot, user, request_id=key)


def test_the_same_request_at_one_moment_gets_many_holds_without_the_constraints(without):
    without(Appointment, "one_appointment_per_request", "one_hold_per_user")
    slot, user, key = make_slot(capacity=20), make_user(), uuid.uuid4()
    meeting = Meeting(20)

    outcomes = race([partial(naive_request, slot, user, key, meeting) for _ in range(20)])

    assert len({held.pk for held in outcomes}) == 20


LOOKS_FOR_OWN_HOLDS = '"booking_appointment"."status" ='


def test_a_request_sent_twice_does_not_let_its_own_hold_go():
    slot, user, key = make_slot(capacity=3), make_user(), uuid.uuid4()
    make_hold(slot, user=user)
    request = partial(make_hold, slot, user=user, request_id=key)

    one, other = interleave(request, before=LOOKS_FOR_OWN_HOLDS, others=[request])

    assert (one.pk, one.status) == (other.pk, "held")
    check_invariants()


def naive_new_choice(slot: Slot, user: User, key: uuid.UUID) -> Appointment:
    """Let go whatever the user holds, then hold the new time."""
    for hold in Appointment.objects.filter(user=user, status="held"):
        operations.let_go(hold)
    return make_hold(slot, user=user, request_id=key)


def test_a_request_sent_twice_lets_its_own_hold_go_without_the_exception():
    slot, user, key = make_slot(capacity=3), make_user(), uuid.uuid4()
    make_hold(slot, user=user)
    request = partial(naive_new_choice, slot, user, key)

    one, other = interleave(request, before=LOOKS_FOR_OWN_HOLDS, others=[request])

    assert (one.pk, one.status) == (other.pk, "expired")


# One person, one visit for a service -------------------------------------------------


def confirm(hold: Appointment, *people: Person) -> Appointment:
    return operations.confirm(hold, people=list(people))


def test_one_person_confirmed_by_twenty_holds_at_one_moment_gets_one_visit():
    slot = make_slot(capacity=20)
    spellings = ["Aino Virtanen", "AINO VIRTANEN", " aino  virtanen "]
    holds = [make_hold(slot) for _ in range(20)]

    outcomes = race(
        [partial(confirm, hold, Person(spellings[i % 3], AINO)) for i, hold in enumerate(holds)]
    )

    assert kinds(outcomes) == {"Appointment": 1, "PersonHasVisit": 19}
    assert Appointment.objects.filter(status="confirmed").count() == 1
    check_invariants()


ONE_VISIT = ("one_active_visit_per_person_and_service", "one_active_visit_per_person_and_matter")


def test_one_person_gets_twenty_visits_without_the_constraints(without):
    without(Attendee, *ONE_VISIT)
    slot, aino = make_slot(capacity=20), Person("Aino Virtanen", AINO)

    race([partial(confirm, make_hold(slot), aino) for _ in range(20)])

    assert Appointment.objects.filter(status="confirmed").count() == 20
    assert broken() == {"I2"}


def holds_of_crossing_matters(count: int) -> list[Appointment]:
    """Holds for one matter, for the other, and for both, of so many users each."""
    one, other = make_service(), make_service()
    ServicePair.objects.create(one=one, other=other)
    slot = make_slots(make_group(services=[one, other]), 2, capacity=3 * count)[0]
    return [
        operations.hold(
            user=make_user(),
            service=service,
            second_service=second,
            service_point=slot.desk_group.service_point,
            starts_at=slot.starts_at,
            people=1,
        )
        for service, second in [(one, other), (other, None), (other, one)] * count
    ]


def test_matters_that_cross_at_one_moment_give_one_visit_and_no_deadlock():
    aino = Person("Aino Virtanen", AINO)

    outcomes = race([partial(confirm, hold, aino) for hold in holds_of_crossing_matters(6)])

    assert kinds(outcomes) == {"Appointment": 1, "PersonHasVisit": 17}
    check_invariants()


def test_matters_that_cross_give_many_visits_without_the_constraints(without):
    without(Attendee, *ONE_VISIT)
    aino = Person("Aino Virtanen", AINO)

    race([partial(confirm, hold, aino) for hold in holds_of_crossing_matters(6)])

    assert Appointment.objects.filter(status="confirmed").count() == 18
    assert broken() == {"I2"}


def test_families_with_people_in_common_do_not_deadlock():
    slot, family = make_slot(two_cells_group(), capacity=10), [make_person() for _ in range(2)]
    holds = [make_hold(slot, people=2) for _ in range(10)]

    outcomes = race(
        [partial(confirm, hold, *family[:: 1 if i % 2 else -1]) for i, hold in enumerate(holds)]
    )

    assert kinds(outcomes) == {"Appointment": 1, "PersonHasVisit": 9}
    check_invariants()


def two_cells_group() -> DeskGroup:
    """A group whose grid holds two people in one cell."""
    return make_group(services=[make_service(minutes=5)])


def naive_naming(hold: Appointment, people: list[Person], meeting: Meeting) -> None:
    """Name people in the order in which they were typed."""
    with transaction.atomic():
        for position, person in enumerate(people, start=1):
            write_person(hold, position, person)
            meeting.wait()


def test_families_with_people_in_common_deadlock_without_the_order_of_the_names():
    slot, family = make_slot(two_cells_group(), capacity=10), [make_person() for _ in range(2)]
    meeting = Meeting(2)
    clients = [
        partial(naive_naming, make_hold(slot, people=2), family[::order], meeting)
        for order in (1, -1)
    ]

    outcomes = race(clients, expect=(Exception,))

    assert sum(is_deadlock(outcome) for outcome in outcomes) == 1


def test_confirming_many_times_at_one_moment_confirms_once():
    hold, aino = make_hold(make_slot()), make_person()

    outcomes = race([partial(confirm, hold, aino) for _ in range(20)])

    assert {(visit.pk, visit.status) for visit in outcomes} == {(hold.pk, "confirmed")}
    assert (Attendee.objects.count(), Message.objects.count()) == (1, 1)
    check_invariants()


def naive_confirm(hold: Appointment, person: Person, meeting: Meeting) -> None:
    """See that it is held, then confirm it."""
    assert Appointment.objects.get(pk=hold.pk).status == "held"
    meeting.wait()
    with transaction.atomic():
        Appointment.objects.filter(pk=hold.pk).update(status="confirmed")
        write_person(hold, 1, person)


def test_confirming_many_times_names_many_without_the_guard_and_the_constraints(without):
    without(Attendee, "each_attendee_has_a_position", *ONE_VISIT)
    hold, aino, meeting = make_hold(make_slot()), make_person(), Meeting(20)

    race([partial(naive_confirm, hold, aino, meeting) for _ in range(20)])

    assert Attendee.objects.count() == 20
    assert broken() == {"I2"}


# A few appointments for each e-mail --------------------------------------------------


def book_until_refused(user: User, slot: Slot) -> Appointment | None:
    """Hold and confirm as somebody with many tabs: what another tab let go is tried again."""
    while True:
        try:
            return confirm(make_hold(slot, user=user), make_person())
        except (HoldExpired, NotActive, TimeTaken):
            continue
        except QuotaReached:
            return None


def test_holding_and_confirming_in_many_tabs_gives_no_more_than_the_quota():
    user, group = make_user(), make_group()
    tabs = [partial(book_until_refused, user, slot) for slot in make_slots(group, 12, capacity=9)]

    outcomes = race(tabs)

    assert kinds(outcomes) == {"Appointment": 3, "NoneType": 9}
    assert Appointment.objects.active().filter(user=user).count() == 3
    check_invariants()


def naive_booking(user: User, slot: Slot, meeting: Meeting) -> Appointment:
    """Count what the user has, then book one more."""
    if Appointment.objects.active().filter(user=user).count() >= 3:
        raise QuotaReached(limit=3)
    meeting.wait()
    Slot.objects.filter(pk=slot.pk).update(taken=F("taken") + 1)
    return write_appointment(slot, user, status="confirmed", quota_place=1)


def test_booking_in_many_tabs_exceeds_the_quota_without_its_constraint(without):
    without(Appointment, "appointments_per_user_within_quota")
    user, meeting = make_user(), Meeting(12)
    tabs = [partial(naive_booking, user, slot, meeting) for slot in make_slots(make_group(), 12)]

    race(tabs)

    assert Appointment.objects.active().filter(user=user).count() == 12
