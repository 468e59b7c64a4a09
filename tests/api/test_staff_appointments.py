"""Staff book, move, cancel and find for somebody, through the API."""

import uuid

import pytest

from booking.models import Appointment, VisitEvent
from tests.api.conftest import ApiClient, code_of
from tests.factories import (
    make_appointment,
    make_group,
    make_point,
    make_slot,
    make_slots,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db

WHY = "The permit expires tomorrow"
PERSON = {"name": "Grace Okonkwo", "birth_date": "1990-05-17"}
CONFIRM = {"people": [PERSON], "language": "en"}


def at_point(slot, path="") -> str:
    return f"service-points/{slot.desk_group.service_point.slug}/appointments{path}"


def hold_body(slot, **changes):
    service = slot.desk_group.services.get().slug
    return {"service": service, "starts_at": slot.starts_at.isoformat()} | changes


def hold(client: ApiClient, slot, **changes):
    return client.call("POST", at_point(slot), hold_body(slot, **changes))


@pytest.fixture
def clerk_of(signed_in):
    def sign_in(slot) -> ApiClient:
        return signed_in(make_staff(slot.desk_group.service_point))

    return sign_in


def test_a_clerk_books_for_somebody_and_it_is_recorded(clerk_of):
    slot = make_slot()
    client = clerk_of(slot)
    held = hold(client, slot)
    confirmed = client.call("POST", at_point(slot, f"/{held.json()['id']}/confirm"), CONFIRM)
    answer = confirmed.json()
    assert (held.status_code, confirmed.status_code, answer["status"]) == (201, 200, "confirmed")
    assert [event["kind"] for event in answer["events"]] == ["booked"]
    assert client.get(held["Location"]).json() == answer


def test_the_same_key_gives_the_same_hold_once(clerk_of):
    slot, key = make_slot(), str(uuid.uuid4())
    client = clerk_of(slot)
    first, second = (
        client.call("POST", at_point(slot), hold_body(slot), key=key) for _ in range(2)
    )
    assert first.json() == second.json()
    assert Appointment.objects.count() == 1


def test_the_same_key_for_another_time_is_refused(clerk_of):
    one, other = make_slots(make_group(), 2)
    client, key = clerk_of(one), str(uuid.uuid4())
    client.call("POST", at_point(one), hold_body(one), key=key)
    answer = client.call("POST", at_point(one), hold_body(other), key=key)
    assert code_of(answer) == (422, "idempotency_key_reused")


def test_a_hold_needs_a_key(clerk_of):
    slot = make_slot()
    answer = clerk_of(slot).call("POST", at_point(slot), hold_body(slot), key=None)
    assert code_of(answer) == (400, "idempotency_key_required")


def test_a_place_beyond_needs_a_reason(clerk_of):
    slot = make_slot(capacity=2, public_capacity=1)
    make_appointment(slot)
    client = clerk_of(slot)
    assert code_of(hold(client, slot)) == (409, "beyond_public")
    assert hold(client, slot, reason=WHY).status_code == 201


def test_nobody_goes_beyond_the_capacity(clerk_of):
    slot = make_slot()
    make_appointment(slot)
    assert code_of(hold(clerk_of(slot), slot, reason=WHY)) == (409, "time_taken")


def test_the_times_beyond_stand_apart(clerk_of):
    one, other = make_slots(make_group(), 2, capacity=2, public_capacity=1)
    make_appointment(one)
    point = one.desk_group.service_point
    date = one.starts_at.astimezone(point.zone).date()
    service = one.desk_group.services.get().slug
    answer = clerk_of(one).get(
        f"/api/v1/service-points/{point.slug}/staff-times?service={service}&date={date}"
    )
    assert answer.json()["times"] == [other.starts_at.astimezone(point.zone).isoformat()]
    assert answer.json()["beyond_public"] == [one.starts_at.astimezone(point.zone).isoformat()]


def test_a_clerk_moves_and_cancels(clerk_of):
    one, other = make_slots(make_group(), 2)
    visit, client = make_appointment(one), clerk_of(one)
    body = {"starts_at": other.starts_at.isoformat()}
    moved = client.call("POST", at_point(one, f"/{visit.pk}/move"), body)
    refused = client.call("POST", at_point(one, f"/{visit.pk}/cancel"), {})
    cancelled = client.call("POST", at_point(one, f"/{visit.pk}/cancel"), {"reason": "Phone"})
    assert (moved.status_code, code_of(refused)) == (200, (422, "reason_needed"))
    assert [event["kind"] for event in cancelled.json()["events"]] == ["moved", "cancelled"]
    assert VisitEvent.objects.count() == 2


@pytest.mark.parametrize(
    "asked",
    [
        lambda visit: {"reference": visit.reference.lower()},
        lambda visit: {
            "name": visit.attendees.get().name,
            "birth_date": visit.attendees.get().birth_date.isoformat(),
        },
        lambda visit: {"email": visit.email},
    ],
)
def test_a_visit_is_found_at_its_point_and_nowhere_else(signed_in, clerk_of, asked):
    visit = make_appointment(make_slot())
    point = make_point("elsewhere")
    body = asked(visit)
    here = clerk_of(visit).call("POST", at_point(visit, "/search"), body)
    there = signed_in(make_staff(point)).call(
        "POST", "service-points/elsewhere/appointments/search", body
    )
    assert [row["id"] for row in here.json()["appointments"]] == [str(visit.pk)]
    assert there.json()["appointments"] == []


@pytest.mark.parametrize("body", [{}, {"name": "Grace"}, {"birth_date": "1990-05-17"}])
def test_a_search_by_half_of_what_it_takes_is_refused(clerk_of, body):
    slot = make_slot()
    answer = clerk_of(slot).call("POST", at_point(slot, "/search"), body)
    assert code_of(answer) == (422, "invalid")


@pytest.mark.parametrize("step", ["confirm", "move", "cancel"])
def test_staff_of_another_point_are_told_that_there_is_nothing(signed_in, step):
    visit = make_appointment(make_slot())
    stranger = signed_in(make_staff(make_point("elsewhere")))
    for slug in (visit.service_point.slug, "elsewhere"):
        path = f"service-points/{slug}/appointments/{visit.pk}/{step}"
        assert code_of(stranger.call("POST", path, {})) == (404, "not_found")


def test_applicants_are_no_staff(signed_in):
    slot = make_slot()
    answer = hold(signed_in(make_user()), slot)
    assert code_of(answer) == (403, "permission_denied")


def test_a_second_visit_is_refused_with_the_first_named(clerk_of):
    one, other = make_slots(make_group(), 2)
    client = clerk_of(one)
    for slot in (one, other):
        held = hold(client, slot).json()["id"]
        answer = client.call("POST", at_point(one, f"/{held}/confirm"), CONFIRM)
    assert code_of(answer) == (409, "person_has_visit_here")
