"""A representative's program books, moves and cancels for clients."""

import pytest

from accounts import operations as accounts
from accounts.models import Mandate
from booking.models import Appointment
from tests.api.conftest import ApiClient, code_of
from tests.api.test_appointments import PERSON, hold_body
from tests.factories import (
    make_appointment,
    make_group,
    make_mandate,
    make_representative,
    make_slot,
    make_slots,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def mandate() -> Mandate:
    return make_mandate()


@pytest.fixture
def program(mandate, signed_in) -> ApiClient:
    return signed_in(mandate.representative.user)


def hold(program: ApiClient, mandate: Mandate, slot=None):
    body = hold_body(slot or make_slot(), mandate=str(mandate.pk))
    return program.call("POST", "appointments", body)


def book(program: ApiClient, mandate: Mandate, slot=None) -> dict:
    held = hold(program, mandate, slot).json()
    return program.call("POST", f"appointments/{held['id']}/confirm", {"people": [PERSON]}).json()


def end(mandate: Mandate) -> None:
    accounts.end_mandate(mandate, by=mandate.client)


def test_the_clients_are_listed_with_what_the_representative_knows(program, mandate):
    accounts.ask_for_mandate(mandate.representative, name="Dora", email="dora@example.org")

    clients = program.call("GET", "clients").json()["clients"]

    assert [(row["name"], row["state"]) for row in clients] == [
        ("Carla Client", "active"),
        ("Dora", "asked"),
    ]


def test_somebody_who_represents_nobody_has_no_clients(signed_in):
    assert signed_in(make_user()).call("GET", "clients").json() == {"clients": []}


def test_a_visit_is_held_and_confirmed_for_a_client(program, mandate):
    booked = book(program, mandate)

    assert (booked["status"], booked["mandate"]) == ("confirmed", str(mandate.pk))
    assert Appointment.objects.get().user == mandate.client
    assert program.call("GET", "appointments").json() == {"appointments": []}
    listed = program.call("GET", f"clients/{mandate.pk}/appointments").json()
    assert [row["id"] for row in listed["appointments"]] == [booked["id"]]


def test_the_same_request_for_a_client_gives_the_same_hold(program, mandate):
    body, key = hold_body(make_slot(capacity=2), mandate=str(mandate.pk)), str(mandate.pk)

    answers = [program.call("POST", "appointments", body, key=key) for _ in range(2)]

    assert answers[0].json() == answers[1].json()


def test_a_visit_of_a_client_is_moved_and_cancelled(program, mandate):
    first, second = make_slots(make_group(), 2)
    booked = book(program, mandate, first)
    there = {k: hold_body(second)[k] for k in ("service_point", "starts_at")}

    moved = program.call("POST", f"appointments/{booked['id']}/move", there)
    cancelled = program.call("POST", f"appointments/{booked['id']}/cancel")

    assert (moved.status_code, cancelled.json()["status"]) == (200, "cancelled")


def test_nothing_is_held_under_an_ended_mandate(program, mandate):
    end(mandate)

    assert code_of(hold(program, mandate)) == (410, "mandate_ended")


def test_nothing_is_held_under_a_mandate_that_waits_for_its_client(signed_in):
    representative = make_representative()
    asked = accounts.ask_for_mandate(representative, name="Dora", email="dora@example.org")

    answer = hold(signed_in(representative.user), asked)

    assert code_of(answer) == (410, "mandate_ended")


def test_the_mandate_of_another_representative_is_no_choice(mandate, signed_in):
    other = signed_in(make_representative().user)

    answer = hold(other, mandate)

    assert code_of(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["field"].startswith("mandate")


def test_the_client_is_no_representative_of_their_own_mandate(mandate, signed_in):
    assert code_of(hold(signed_in(mandate.client), mandate)) == (422, "invalid")


def test_the_quota_of_a_client_is_said_to_be_theirs(program, mandate):
    for _ in range(3):
        make_appointment(make_slot(), user=mandate.client)

    assert code_of(hold(program, mandate)) == (409, "client_quota_reached")


def test_a_visit_is_not_there_any_more_once_the_mandate_has_ended(program, mandate):
    booked = book(program, mandate)
    end(mandate)

    for method, path in (("GET", ""), ("POST", "/cancel"), ("POST", "/confirm"), ("POST", "/move")):
        answer = program.call(method, f"appointments/{booked['id']}{path}")
        assert code_of(answer) == (404, "not_found")


def test_a_representative_ends_a_mandate(program, mandate):
    answer = program.call("POST", f"clients/{mandate.pk}/end")

    assert answer.json()["state"] == "ended"
    assert program.call("GET", f"clients/{mandate.pk}/appointments").json()["appointments"] == []
