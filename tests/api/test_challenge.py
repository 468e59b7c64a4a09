"""Programs above a rate: a problem that says how to go on, a challenge, and the header with it."""

import uuid

import pytest

from accounts.models import SpentChallenge
from booking.models import Appointment
from tests.api.conftest import code_of
from tests.factories import make_group, make_slots, make_user
from tests.proofs import solved

CHALLENGE = "/api/v1/challenge/"


@pytest.fixture(autouse=True)
def one_hold_is_free(settings):
    settings.HOLDS_PER_PERSON = 1


@pytest.fixture
def slots(db):
    return make_slots(make_group(), 4)


@pytest.fixture
def person(db, signed_in):
    return signed_in(make_user())


def hold(person, slot, key="", **headers):
    body = {
        "service": slot.desk_group.services.get().slug,
        "service_point": slot.desk_group.service_point.slug,
        "starts_at": slot.starts_at.isoformat(),
    }
    return person.call("POST", "appointments", body, key=key, **headers)


def test_a_program_above_the_rate_is_told_how_to_go_on(person, slots):
    hold(person, slots[0])
    response = hold(person, slots[1])
    problem = response.json()
    assert code_of(response) == (429, "proof_needed")
    assert problem["challenge"] == CHALLENGE
    assert response["Retry-After"] == str(problem["retry_after"])


def test_with_a_solved_challenge_it_goes_on(person, slots):
    hold(person, slots[0])
    challenge = person.get(CHALLENGE).json()
    assert hold(person, slots[1], Altcha=solved(challenge)).status_code == 201


def test_a_challenge_works_once(person, slots):
    proof = solved()
    hold(person, slots[0])
    assert hold(person, slots[1], Altcha=proof).status_code == 201
    assert code_of(hold(person, slots[2], Altcha=proof)) == (429, "proof_refused")


def test_the_same_request_sent_again_has_its_answer_without_a_proof(person, slots):
    key = str(uuid.uuid4())
    first = hold(person, slots[0], key).json()
    again = hold(person, slots[0], key)
    assert (again.status_code, again.json()["id"]) == (201, first["id"])


def test_far_above_the_rate_a_person_is_refused(person, slots, settings):
    settings.REFUSED_ABOVE_TIMES = 2
    hold(person, slots[0])
    hold(person, slots[1], Altcha=solved())
    problem = hold(person, slots[2], Altcha=solved()).json()
    assert problem["code"] == "too_many_requests"
    assert 3500 < problem["retry_after"] <= 3600
    assert "challenge" not in problem


def test_a_network_counts_for_all_who_book_from_it(person, slots, settings):
    settings.HOLDS_PER_NETWORK = 1
    settings.HOLDS_PER_PERSON = 10
    hold(person, slots[0])
    assert hold(person, slots[1]).json()["code"] == "proof_needed"
    assert Appointment.objects.count() == 1


def test_a_challenge_is_new_each_time_and_asking_leaves_nothing(client, db):
    first, second = client.get(CHALLENGE), client.get(CHALLENGE)
    assert first.json()["signature"] != second.json()["signature"]
    assert "no-store" in first["Cache-Control"]
    assert not SpentChallenge.objects.exists()


def test_a_challenge_that_was_made_easier_is_no_proof(person, slots):
    hold(person, slots[0])
    challenge = person.get(CHALLENGE).json()
    challenge["parameters"]["keyPrefix"] = "00"
    challenge["parameters"].pop("keySignature")
    easy = hold(person, slots[1], Altcha=solved(challenge))
    assert code_of(easy) == (429, "proof_refused")
