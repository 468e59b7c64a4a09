"""A representative books, moves and cancels for a client, as long as the mandate is in force."""

import datetime
import uuid

import pytest
from django.http import Http404
from django.utils import timezone

from accounts import operations as accounts
from accounts.exceptions import MandateEnded
from accounts.models import Mandate, User
from booking import access, operations
from booking.exceptions import ClientQuotaReached, PersonHasVisit, RequestReused
from booking.models import Appointment, Slot
from notifications.models import Message
from tests.factories import (
    make_appointment,
    make_entry,
    make_group,
    make_hold,
    make_mandate,
    make_person,
    make_representative,
    make_slot,
    make_slots,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def mandate() -> Mandate:
    client = make_user("carla@example.org", language="sv")
    return make_mandate(make_representative(make_user(language="en")), client)


def hold_for(mandate: Mandate, slot: Slot, **fields) -> Appointment:
    return make_hold(slot, user=mandate.client, mandate=mandate, **fields)


def book_for(mandate: Mandate, slot: Slot) -> Appointment:
    held = hold_for(mandate, slot)
    return operations.confirm(held, people=[make_person()], mandate=mandate)


def user_of(mandate: Mandate) -> User:
    return mandate.representative.user


def end(mandate: Mandate) -> None:
    accounts.end_mandate(mandate, by=mandate.client)


# Booking ----------------------------------------------------------------------------


def test_a_visit_booked_under_a_mandate_is_the_clients(mandate):
    visit = book_for(mandate, make_slot())

    assert (visit.user, visit.mandate, visit.email) == (
        mandate.client,
        mandate,
        "carla@example.org",
    )
    assert access.own_appointments(mandate.client).get() == visit
    assert not access.own_appointments(user_of(mandate)).exists()


def test_the_client_is_told_in_their_language_who_booked(mandate):
    visit = book_for(mandate, make_slot())

    mail = Message.objects.get(key=f"confirmed:{visit.pk}")
    assert (mail.to, mail.language) == ("carla@example.org", "sv")
    assert mail.context["by"] == "Leena Laki"


def test_the_representative_is_told_in_theirs(mandate):
    visit = book_for(mandate, make_slot())

    mail = Message.objects.get(key=f"confirmed:{visit.pk}:representative")
    assert (mail.to, mail.language) == (user_of(mandate).email, "en")
    assert mail.context["client"] == "Carla Client"


def test_what_the_client_cancels_is_told_to_the_representative(mandate):
    visit = book_for(mandate, make_slot())

    operations.cancel(visit)

    told = Message.objects.filter(template="visit_cancelled").values_list("to", flat=True)
    assert set(told) == {"carla@example.org", user_of(mandate).email}


def test_a_representative_is_told_nothing_after_the_end(mandate):
    visit = book_for(mandate, make_slot())
    end(mandate)

    operations.cancel(visit)

    told = Message.objects.filter(template="visit_cancelled").values_list("to", flat=True)
    assert set(told) == {"carla@example.org"}


def test_the_quota_is_the_clients_whoever_books(mandate):
    make_appointment(make_slot(), user=mandate.client)
    for _ in range(2):
        book_for(mandate, make_slot())

    with pytest.raises(ClientQuotaReached):
        hold_for(mandate, make_slot())


def test_a_representative_has_no_quota_of_their_own(mandate):
    mandates = [mandate, *(make_mandate(mandate.representative) for _ in range(4))]

    visits = [book_for(each, make_slot()) for each in mandates]

    assert {visit.status for visit in visits} == {"confirmed"}


def test_a_representative_holds_one_time_whichever_client_it_is_for(mandate):
    first = hold_for(mandate, make_slot())

    hold_for(make_mandate(mandate.representative), make_slot())

    first.refresh_from_db()
    assert first.status == "expired"


def test_a_representatives_own_hold_stays_when_they_hold_for_a_client(mandate):
    own = make_hold(make_slot(), user=user_of(mandate))

    hold_for(mandate, make_slot())

    own.refresh_from_db()
    assert own.status == "held"


def test_the_same_request_gives_the_same_hold(mandate):
    slot, key = make_slot(capacity=2), uuid.uuid4()

    assert hold_for(mandate, slot, request_id=key) == hold_for(mandate, slot, request_id=key)


def test_the_request_of_a_client_does_not_give_their_visit_to_a_representative(mandate):
    slot, key = make_slot(capacity=2), uuid.uuid4()
    make_hold(slot, user=mandate.client, request_id=key)

    with pytest.raises(RequestReused):
        hold_for(mandate, slot, request_id=key)


def test_one_person_has_one_visit_whoever_books_it(mandate):
    group, person = make_group(), make_person("Carla Client")
    first, second = make_slots(group, 2)
    make_appointment(first, people=[person])
    held = hold_for(mandate, second)

    with pytest.raises(PersonHasVisit):
        operations.confirm(held, people=[person], mandate=mandate)


# Without a mandate that is in force -----------------------------------------------------


def test_nothing_is_held_under_a_mandate_that_was_only_asked_for():
    asked = accounts.ask_for_mandate(make_representative(), name="Carla", email="carla@example.org")
    client = make_user("carla@example.org")

    with pytest.raises(MandateEnded):
        make_hold(make_slot(), user=client, mandate=asked)


def test_nothing_is_held_for_somebody_else_than_the_client(mandate):
    with pytest.raises(MandateEnded):
        make_hold(make_slot(), user=make_user(), mandate=mandate)


def test_nothing_is_held_after_the_end(mandate):
    end(mandate)

    with pytest.raises(MandateEnded):
        hold_for(mandate, make_slot())
    assert not Appointment.objects.exists()


def test_nothing_is_confirmed_after_the_end(mandate):
    held = hold_for(mandate, make_slot())
    end(mandate)

    with pytest.raises(MandateEnded):
        operations.confirm(held, people=[make_person()], mandate=mandate)
    with pytest.raises(MandateEnded):
        operations.extend(held, mandate=mandate)


def test_nothing_is_moved_or_cancelled_after_the_end(mandate):
    first, second = make_slots(make_group(), 2)
    visit = book_for(mandate, first)
    end(mandate)

    with pytest.raises(MandateEnded):
        operations.cancel(visit, mandate=mandate)
    with pytest.raises(MandateEnded):
        operations.move(
            visit, service_point=visit.service_point, starts_at=second.starts_at, mandate=mandate
        )
    visit.refresh_from_db()
    assert (visit.status, visit.starts_at) == ("confirmed", first.starts_at)


def test_nothing_is_done_after_the_last_day(mandate):
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    Mandate.objects.filter(pk=mandate.pk).update(valid_until=yesterday)

    with pytest.raises(MandateEnded):
        hold_for(mandate, make_slot())


def test_nothing_is_done_by_a_representative_whose_role_has_ended(mandate):
    accounts.end_representative(mandate.representative, by=make_user())

    with pytest.raises(MandateEnded):
        hold_for(mandate, make_slot())


def test_a_representative_moves_and_cancels_while_it_is_in_force(mandate):
    first, second = make_slots(make_group(), 2)
    visit = book_for(mandate, first)
    point = visit.service_point

    moved = operations.move(visit, service_point=point, starts_at=second.starts_at, mandate=mandate)
    cancelled = operations.cancel(moved, mandate=mandate)

    assert (moved.starts_at, cancelled.status) == (second.starts_at, "cancelled")
    assert Message.objects.get(key=f"cancelled:{visit.pk}").context["by"] == "Leena Laki"


def test_the_client_goes_on_with_their_visit_after_the_end(mandate):
    visit = book_for(mandate, make_slot())
    end(mandate)

    assert operations.cancel(visit).status == "cancelled"


# What a representative reaches ----------------------------------------------------------


def reaches(user: User, visit: Appointment) -> bool:
    try:
        return access.reached_visit(user, visit.pk) == visit
    except Http404:
        return False


def test_a_representative_reaches_what_was_booked_under_the_mandate(mandate):
    assert reaches(user_of(mandate), book_for(mandate, make_slot()))


def test_a_representative_does_not_reach_what_the_client_booked(mandate):
    assert not reaches(user_of(mandate), make_appointment(make_slot(), user=mandate.client))


def test_another_representative_of_the_client_does_not_reach_it(mandate):
    other = make_mandate(client=mandate.client)

    assert not reaches(user_of(other), book_for(mandate, make_slot()))


def test_a_representative_loses_the_visits_with_the_end(mandate):
    visit = book_for(mandate, make_slot())
    end(mandate)

    assert not reaches(user_of(mandate), visit)
    assert not access.visits_under(mandate).exists()
    assert reaches(mandate.client, visit)


def test_a_new_mandate_does_not_give_back_what_an_ended_one_opened(mandate):
    visit = book_for(mandate, make_slot())
    end(mandate)

    make_mandate(mandate.representative, mandate.client)

    assert not reaches(user_of(mandate), visit)


def test_the_place_in_line_of_a_client_is_not_reached(mandate):
    entry = make_entry(make_slot(), user=mandate.client)

    with pytest.raises(Http404):
        access.own_entry(user_of(mandate), entry.pk)
