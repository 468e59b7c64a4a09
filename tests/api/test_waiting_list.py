"""The waiting list over the API: the same operations as the pages."""

import datetime
import uuid

import pytest
from django.utils import timezone

from booking import operations
from booking.models import Appointment, Offer, WaitingListEntry
from tests.factories import (
    free,
    make_appointment,
    make_entry,
    make_group,
    make_slot,
    make_slots,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(client):
    person = make_user()
    client.force_login(person)
    return person


def body(slot, **changes):
    return {
        "service": slot.desk_group.services.first().slug,
        "people": [{"name": "Amina Ali", "birth_date": "1990-06-05"}],
        "service_points": [slot.desk_group.service_point.slug],
        "last_date": (timezone.localdate() + datetime.timedelta(days=60)).isoformat(),
        "notice_hours": 2,
        **changes,
    }


def post(client, path, data=None, key=None):
    headers = {"Idempotency-Key": str(key or uuid.uuid4())}
    return client.post(f"/api/v1/{path}", data or {}, "application/json", headers=headers)


def test_joining_gives_the_place_in_line(client, user):
    slot = make_slot()
    make_entry(slot)
    answer = post(client, "waiting-list", body(slot))
    assert (answer.status_code, answer.json()["place"]) == (201, 2)
    assert client.get(answer["Location"]).json()["id"] == answer.json()["id"]


def test_the_same_key_joins_once(client, user):
    slot, key = make_slot(), uuid.uuid4()
    answers = [post(client, "waiting-list", body(slot), key).json()["id"] for _ in range(2)]
    assert answers[0] == answers[1]
    assert WaitingListEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"last_date": "2999-01-01"}, 422, "outside_horizon"),
        ({"last_date": "2020-01-01"}, 422, "in_the_past"),
        ({"from_time": "12:00", "until_time": "10:00"}, 422, "invalid"),
        ({"need": "deadline"}, 422, "need_date_missing"),
        ({"need": "expiring", "need_date": None}, 422, "need_date_missing"),
        ({"service_points": []}, 422, "invalid"),
        ({"service_points": ["nowhere"]}, 422, "invalid"),
        ({"need": "very"}, 422, "invalid"),
        ({"people": []}, 422, "invalid"),
        ({"weekdays": [7]}, 422, "invalid"),
    ],
)
def test_bad_input_gets_a_problem_document(client, user, changes, status, code):
    answer = post(client, "waiting-list", body(make_slot(), **changes))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_who_only_wants_to_come_early_has_no_date(client, user):
    post(client, "waiting-list", body(make_slot(), need="none", need_date="2027-01-01"))
    assert WaitingListEntry.objects.get().need_date is None


def test_a_list_longer_than_any_wish_is_refused_before_anything_is_looked_up(client, user):
    slot = make_slot()
    for changes in (
        {"service_points": [slot.desk_group.service_point.slug] * 101},
        {"weekdays": [0] * 8},
    ):
        answer = post(client, "waiting-list", body(slot, **changes))
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_a_point_that_is_named_often_is_looked_up_once(client, user, django_assert_max_num_queries):
    slot = make_slot()
    with django_assert_max_num_queries(30):
        named = [slot.desk_group.service_point.slug] * 100
        answer = post(client, "waiting-list", body(slot, service_points=named))
    assert answer.json()["service_points"] == named[:1]


def test_a_person_who_waits_already_is_refused(client, user):
    slot = make_slot()
    post(client, "waiting-list", body(slot))
    answer = post(client, "waiting-list", body(slot))
    assert (answer.status_code, answer.json()["code"]) == (409, "already_waiting")


def test_only_ones_own_places_in_line_exist(client, user):
    entry = make_entry(make_slot())
    assert client.get("/api/v1/waiting-list").json() == {"entries": []}
    assert client.get(f"/api/v1/waiting-list/{entry.pk}").status_code == 404
    assert post(client, f"waiting-list/{entry.pk}/leave").status_code == 404


def test_leaving_twice_is_harmless(client, user):
    entry = make_entry(make_slot(), user=user)
    for _ in range(2):
        answer = post(client, f"waiting-list/{entry.pk}/leave")
        assert (answer.status_code, answer.json()["status"]) == (200, "left")


def test_an_appointment_can_wait_for_an_earlier_time(client, user):
    slots = make_slots(make_group(), 2)
    visit = make_appointment(slots[1], user=user)
    wishes = body(slots[1])
    answer = post(client, f"appointments/{visit.pk}/wait-for-earlier", wishes)
    assert (answer.status_code, answer.json()["appointment"]) == (201, str(visit.pk))


@pytest.fixture
def code():
    slot = make_slot()
    make_entry(slot)
    free(slot)
    operations.offer_freed_times()
    return Offer.objects.get().code


def test_an_offer_is_accepted_by_its_code_without_naming_anybody(client, code):
    answer = post(client, f"offers/{code}/accept")
    assert (answer.status_code, answer.json()["attendees"]) == (200, [])
    assert Appointment.objects.filter(status="confirmed").count() == 1


def test_a_declined_offer_cannot_be_accepted_any_more(client, code):
    assert post(client, f"offers/{code}/decline").json()["outcome"] == "declined"
    answer = post(client, f"offers/{code}/accept")
    assert (answer.status_code, answer.json()["code"]) == (410, "offer_ended")


def test_an_unknown_code_is_not_found(client):
    assert client.get("/api/v1/offers/unknown").status_code == 404
