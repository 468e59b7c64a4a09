"""Holding, confirming, moving and cancelling through the API."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking.models import Appointment, Slot
from servicepoints.models import ServicePoint
from servicepoints.pair_models import ServicePair
from tests.api.conftest import ApiClient, code_of
from tests.factories import (
    let_expire,
    make_appointment,
    make_group,
    make_hold,
    make_point,
    make_service,
    make_slot,
    make_slots,
    make_user,
    next_morning,
)

pytestmark = pytest.mark.django_db

PERSON = {"name": "Aino Virtanen", "birth_date": "1990-05-17"}


def hold_body(slot: Slot, **changes: object) -> dict[str, object]:
    return {
        "service": slot.desk_group.services.first().slug,
        "service_point": slot.desk_group.service_point.slug,
        "starts_at": slot.starts_at.isoformat(),
        "people": 1,
    } | changes


def test_a_hold_answers_201_with_its_address(signed_in):
    slot, client = make_slot(), signed_in(make_user())
    answer = client.call("POST", "appointments", hold_body(slot))
    held = Appointment.objects.get()
    assert (answer.status_code, answer.json()["status"]) == (201, "held")
    assert answer["Location"].endswith(f"/api/v1/appointments/{held.pk}")
    assert client.get(answer["Location"]).json() == answer.json()


def test_times_carry_the_offset_of_the_points_zone(signed_in):
    point = make_point(time_zone="Europe/Stockholm")
    slot = make_slot(make_group(point))
    answer = signed_in(make_user()).call("POST", "appointments", hold_body(slot)).json()
    assert answer["starts_at"] == slot.starts_at.astimezone(point.zone).isoformat()


def test_what_a_search_offers_at_a_point_that_opens_later_can_be_held(signed_in):
    slot, client = make_slot(), signed_in(make_user())
    ServicePoint.objects.update(valid_from=slot.starts_at.date())
    body = hold_body(slot)
    search = f"services/{body['service']}/first-free-times"
    (found,) = client.call("GET", search).json()["service_points"]
    day = f"service-points/{body['service_point']}/free-times"
    times = client.call(
        "GET", f"{day}?service={body['service']}&date={slot.starts_at.date()}"
    ).json()["times"]
    assert times == [found["starts_at"]]
    assert client.call("POST", "appointments", body).status_code == 201


def test_a_hold_in_a_session_takes_five_queries(signed_in):
    slot, client = make_slot(), signed_in(make_user())
    body = hold_body(slot)
    with CaptureQueriesContext(connection) as queries:
        client.call("POST", "appointments", body)
    asked = [q["sql"] for q in queries if "SAVEPOINT" not in q["sql"]]
    # Session, user, service and point with the ways, what is counted for the limits, the claim.
    assert len(asked) == 5, asked


def test_a_wrong_body_is_explained_in_the_language_of_each_reader(signed_in):
    client, body = signed_in(make_user()), hold_body(make_slot(), people=7)
    said = []
    for language in ("en", "fi", "sv", "en"):
        answer = client.call("POST", "appointments", body, accept_language=language)
        (error,) = answer.json()["errors"]
        said.append(error["detail"])
    assert said[0] == said[3] and len(set(said)) == 3


@pytest.mark.parametrize("field", ["mandate", "right_code"])
def test_what_the_framework_says_in_english_only_is_translated(signed_in, field):
    client, body = signed_in(make_user()), hold_body(make_slot(), **{field: [1]})
    said = set()
    for language in ("en", "fi", "sv"):
        answer = client.call("POST", "appointments", body, accept_language=language)
        said.add(answer.json()["errors"][0]["detail"])
    assert len(said) == 3


def test_the_same_key_gives_the_same_answer_once(signed_in):
    slot, client, key = make_slot(capacity=1), signed_in(make_user()), str(uuid.uuid4())
    first = client.call("POST", "appointments", hold_body(slot), key=key)
    second = client.call("POST", "appointments", hold_body(slot), key=key)
    slot.refresh_from_db()
    assert (second.status_code, second.json(), slot.taken) == (201, first.json(), 1)
    assert second["Location"] == first["Location"]


def test_the_key_may_be_quoted_as_in_the_draft_standard(signed_in):
    slot, client, key = make_slot(), signed_in(make_user()), str(uuid.uuid4())
    first = client.call("POST", "appointments", hold_body(slot), key=key)
    second = client.call("POST", "appointments", hold_body(slot), key=f'"{key}"')
    assert first.json() == second.json()


@pytest.mark.parametrize("change", ["starts_at", "people", "service", "service_point"])
def test_the_same_key_with_another_body_is_refused(signed_in, change):
    service = make_service()
    group = make_group(services=[service])
    one, other = make_slots(group, 2)
    elsewhere = make_group(make_point(), services=[service])
    group.services.add(make_service("other"))
    changes = {
        "starts_at": other.starts_at.isoformat(),
        "people": 2,
        "service": "other",
        "service_point": elsewhere.service_point.slug,
    }
    client, key = signed_in(make_user()), str(uuid.uuid4())
    body = {
        "service": service.slug,
        "service_point": group.service_point.slug,
        "starts_at": one.starts_at.isoformat(),
        "people": 1,
    }
    client.call("POST", "appointments", body, key=key)
    answer = client.call("POST", "appointments", body | {change: changes[change]}, key=key)
    assert code_of(answer) == (422, "idempotency_key_reused")
    assert Appointment.objects.filter(status="held").count() == 1


def test_a_key_belongs_to_its_user(signed_in):
    slot, key = make_slot(capacity=2), str(uuid.uuid4())
    one = signed_in(make_user()).call("POST", "appointments", hold_body(slot), key=key)
    other = signed_in(make_user()).call("POST", "appointments", hold_body(slot), key=key)
    assert one.json()["id"] != other.json()["id"]


@pytest.mark.parametrize(
    ("key", "code"), [(None, "idempotency_key_required"), ("abc", "idempotency_key_invalid")]
)
def test_a_hold_needs_a_key(signed_in, key, code):
    answer = signed_in(make_user()).call("POST", "appointments", hold_body(make_slot()), key=key)
    assert code_of(answer) == (400, code)


def test_a_taken_time_is_a_conflict(signed_in):
    slot = make_slot(capacity=1)
    make_hold(slot)
    answer = signed_in(make_user()).call("POST", "appointments", hold_body(slot))
    assert code_of(answer) == (409, "time_taken")


@pytest.mark.parametrize(
    ("days", "code"), [(-2, "in_the_past"), (250, "outside_horizon"), (3, "no_such_time")]
)
def test_a_time_that_cannot_be_booked_says_why(signed_in, days, code):
    body = hold_body(make_slot(), starts_at=next_morning(days).isoformat())
    answer = signed_in(make_user()).call("POST", "appointments", body)
    assert code_of(answer) == (422, code)


def test_a_service_the_point_does_not_offer_is_refused(signed_in):
    body = hold_body(make_slot(), service=make_service().slug)
    answer = signed_in(make_user()).call("POST", "appointments", body)
    assert code_of(answer) == (422, "not_offered")


@pytest.mark.parametrize("field", ["service", "service_point"])
def test_an_unknown_choice_names_its_field(signed_in, field):
    body = hold_body(make_slot(), **{field: "nowhere"})
    answer = signed_in(make_user()).call("POST", "appointments", body)
    assert code_of(answer) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("people", [0, 7, -1, 10**30, "two", None, 1.5, True, [1]])
def test_none_seven_and_strange_people_are_refused(signed_in, people):
    body = hold_body(make_slot(), people=people)
    answer = signed_in(make_user()).call("POST", "appointments", body)
    assert code_of(answer) == (422, "invalid")


def test_a_fourth_active_time_is_refused(signed_in):
    user, slots = make_user(), make_slots(make_group(), 4)
    for slot in slots[:3]:
        make_appointment(slot, user=user)
    answer = signed_in(user).call("POST", "appointments", hold_body(slots[3]))
    assert code_of(answer) == (409, "quota_reached")


def test_a_hold_is_confirmed_with_the_names(signed_in):
    user = make_user()
    held = make_hold(make_slot(), user=user)
    answer = signed_in(user).call("POST", f"appointments/{held.pk}/confirm", {"people": [PERSON]})
    assert (answer.status_code, answer.json()["status"]) == (200, "confirmed")
    assert answer.json()["attendees"] == [PERSON]
    assert answer.json()["expires_at"] is None


def test_confirming_twice_gives_the_same_answer_and_the_names_stay(signed_in):
    user = make_user()
    held, client = make_hold(make_slot(), user=user), signed_in(user)
    first = client.call("POST", f"appointments/{held.pk}/confirm", {"people": [PERSON]})
    other = {"people": [PERSON | {"name": "Somebody Else"}]}
    second = client.call("POST", f"appointments/{held.pk}/confirm", other)
    assert first.json() == second.json()


def test_an_expired_hold_is_gone_and_says_so(signed_in):
    user = make_user()
    held, client = make_hold(make_slot(), user=user), signed_in(user)
    let_expire(held)
    assert client.call("GET", f"appointments/{held.pk}").json()["status"] == "expired"
    answer = client.call("POST", f"appointments/{held.pk}/confirm", {"people": [PERSON]})
    assert code_of(answer) == (410, "hold_expired")


@pytest.mark.parametrize(
    ("person", "field"),
    [
        ({"name": ""}, "people.0.name"),
        ({"name": "a\x00b"}, "people.0.name"),
        ({"name": "\ud800"}, "people.0.name"),
        ({"name": ["x"]}, "people.0.name"),
        ({"name": "x" * 201}, "people.0.name"),
        ({"name": "12345"}, "people.0.name"),
        ({"name": "🙂"}, "people.0.name"),
        ({"name": "a\x1bb"}, "people.0.name"),
        ({"birth_date": "2090-01-01"}, "people.0.birth_date"),
        ({"birth_date": "1850-01-01"}, "people.0.birth_date"),
        ({"birth_date": "17.5.1990"}, "people.0.birth_date"),
        ({"birth_date": {}}, "people.0.birth_date"),
    ],
)
def test_what_is_wrong_with_a_name_is_said_at_its_field(signed_in, person, field):
    user = make_user()
    held = make_hold(make_slot(), user=user)
    body = {"people": [PERSON | person]}
    answer = signed_in(user).call("POST", f"appointments/{held.pk}/confirm", body)
    assert code_of(answer) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("phone", ["call me", "123", "٠٤٠١٢٣٤٥٦٧", "0" * 31, "040\x00123456"])
def test_what_is_no_phone_number_is_said(signed_in, phone):
    user = make_user()
    held = make_hold(make_slot(), user=user)
    body = {"people": [PERSON], "phone": phone}
    answer = signed_in(user).call("POST", f"appointments/{held.pk}/confirm", body)
    assert code_of(answer) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == ["phone"]


def test_a_name_is_kept_with_single_spaces(signed_in):
    user = make_user()
    held = make_hold(make_slot(), user=user)
    body = {"people": [PERSON | {"name": "  Amina   Said "}]}
    answer = signed_in(user).call("POST", f"appointments/{held.pk}/confirm", body)
    assert answer.json()["attendees"][0]["name"] == "Amina Said"


def test_the_same_person_has_one_visit_for_a_service(signed_in):
    user, (one, other) = make_user(), make_slots(make_group(), 2)
    client = signed_in(user)
    for slot, status in ((one, 200), (other, 409)):
        held = make_hold(slot, user=user)
        answer = client.call("POST", f"appointments/{held.pk}/confirm", {"people": [PERSON]})
        assert answer.status_code == status
    assert code_of(answer) == (409, "person_has_visit")


def test_an_appointment_is_moved(signed_in):
    user, (one, other) = make_user(), make_slots(make_group(), 2)
    visit = make_appointment(one, user=user)
    body = {
        "service_point": other.desk_group.service_point.slug,
        "starts_at": other.starts_at.isoformat(),
    }
    answer = signed_in(user).call("POST", f"appointments/{visit.pk}/move", body)
    visit.refresh_from_db()
    assert (answer.status_code, answer.json()["moves"]) == (200, 1)
    assert visit.starts_at == other.starts_at


def test_a_held_time_cannot_be_moved(signed_in):
    user, (one, other) = make_user(), make_slots(make_group(), 2)
    held = make_hold(one, user=user)
    body = {
        "service_point": other.desk_group.service_point.slug,
        "starts_at": other.starts_at.isoformat(),
    }
    answer = signed_in(user).call("POST", f"appointments/{held.pk}/move", body)
    assert code_of(answer) == (410, "not_active")


def test_cancelling_twice_is_harmless(signed_in):
    user, slot = make_user(), make_slot()
    visit, client = make_appointment(slot, user=user), signed_in(user)
    answers = [client.call("POST", f"appointments/{visit.pk}/cancel") for _ in range(2)]
    slot.refresh_from_db()
    assert [answer.json()["status"] for answer in answers] == ["cancelled", "cancelled"]
    assert slot.taken == 0


def test_mine_are_listed_and_nobody_elses(signed_in):
    user, (one, other) = make_user(), make_slots(make_group(), 2)
    mine = make_appointment(one, user=user)
    make_appointment(other)
    answer = signed_in(user).call("GET", "appointments").json()
    assert [row["id"] for row in answer["appointments"]] == [str(mine.pk)]


def test_a_list_takes_the_same_queries_for_one_and_three(signed_in, django_assert_num_queries):
    user, slots = make_user(), make_slots(make_group(), 3)
    client = signed_in(user)
    for slot in slots:
        make_appointment(slot, user=user)
        with django_assert_num_queries(4):
            client.call("GET", "appointments")


@pytest.mark.parametrize("step", ["", "/confirm", "/cancel", "/move"])
def test_a_strangers_appointment_does_not_exist(signed_in, step):
    visit = make_appointment(make_slot())
    client = signed_in(make_user())
    answer = client.call("POST" if step else "GET", f"appointments/{visit.pk}{step}")
    assert code_of(answer) == (404, "not_found")


@pytest.mark.parametrize("step", ["", "/confirm", "/cancel", "/move"])
def test_nobody_sees_an_appointment_without_signing_in(api: ApiClient, step):
    visit = make_appointment(make_slot())
    answer = api.call("POST" if step else "GET", f"appointments/{visit.pk}{step}")
    assert code_of(answer) == (401, "not_authenticated")


def test_nobody_holds_a_time_without_signing_in(api: ApiClient):
    answer = api.call("POST", "appointments", hold_body(make_slot()))
    assert code_of(answer) == (401, "not_authenticated")
    assert not Appointment.objects.exists() and ServicePoint.objects.exists()


@pytest.fixture
def for_two():
    """The first of six slots of a group whose two services may be one visit."""
    one, other = make_service("work", minutes=10), make_service("passport", minutes=20)
    ServicePair.objects.create(one=one, other=other)
    return make_slots(make_group(services=[one, other]), 6)[0]


def test_two_matters_are_held_confirmed_and_shown(signed_in, for_two):
    api = signed_in(make_user())
    body = hold_body(for_two, service="work", second_service="passport")
    held = api.call("POST", "appointments", body).json()
    assert (held["second_service"], held["second_service_name"]) == ("passport", "passport")
    assert held["minutes"] == 30
    shown = api.call("GET", f"appointments/{held['id']}").json()
    assert (shown["service"], shown["second_service"]) == ("work", "passport")


def test_two_matters_that_are_no_pair_are_refused(signed_in, for_two):
    make_service("study")
    body = hold_body(for_two, service="work", second_service="study")
    answer = signed_in(make_user()).call("POST", "appointments", body)
    assert code_of(answer) == (422, "not_in_one_visit")
    path = "services/work/first-free-times?second_service=study"
    assert code_of(ApiClient().call("GET", path)) == (422, "not_in_one_visit")


def test_an_unknown_second_matter_names_its_field(signed_in, for_two):
    body = hold_body(for_two, service="work", second_service="nothing")
    answer = signed_in(make_user()).call("POST", "appointments", body)
    assert code_of(answer) == (422, "invalid")
    assert [error["field"] for error in answer.json()["errors"]] == ["second_service"]


def test_free_times_for_two_matters_are_longer(for_two):
    api, point = ApiClient(), for_two.desk_group.service_point
    second = "second_service=passport"
    day = f"service-points/{point.slug}/free-times?service=work&date={for_two.starts_at.date()}"
    assert len(api.call("GET", day).json()["times"]) == 6
    assert len(api.call("GET", f"{day}&{second}").json()["times"]) == 2
    first = api.call("GET", f"services/work/first-free-times?{second}").json()
    assert [row["service_point"] for row in first["service_points"]] == [point.slug]


def test_a_service_says_with_which_it_can_be_one_visit(for_two):
    services = ApiClient().call("GET", "services").json()["services"]
    assert {row["slug"]: row["second_services"] for row in services} == {
        "work": ["passport"],
        "passport": ["work"],
    }


@pytest.mark.parametrize("path", ["appointments", "waiting-list", "desk"])
def test_no_cache_keeps_what_the_api_says_to_a_person(signed_in, path):
    answer = signed_in(make_user()).call("GET", path)
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("path", ["offers/some-code", "tickets/some-code"])
def test_no_cache_keeps_what_a_private_link_says(api, path):
    assert "no-store" in api.call("GET", path)["Cache-Control"]


def test_what_everybody_may_see_may_be_kept(api):
    assert "Cache-Control" not in api.call("GET", "services")
