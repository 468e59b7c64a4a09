"""Numbers and desks through the API."""

import datetime
import uuid

import pytest
import time_machine

from accounts.devices import cookie_name
from accounts.models import Device
from accounts.operations import revoke
from queueing.models import Ticket
from tests.api.conftest import ApiClient, code_of
from tests.factories import (
    enrol_client,
    make_appointment,
    make_group,
    make_opening,
    make_point,
    make_service,
    make_slot,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db

MORNING = datetime.datetime(2026, 12, 14, 8, tzinfo=datetime.UTC)  # A Monday, 10.00 in Helsinki.
URGENT = {"service": "study", "urgent": True, "language": "sv"}


@pytest.fixture(autouse=True)
def morning():
    with time_machine.travel(MORNING):
        yield


@pytest.fixture
def group():
    group = make_group(make_point("raisio"), services=[make_service("study")], desks=2)
    make_opening(group, 0, desks=2)
    return group


def kiosk_of(point, kind: str = Device.Kind.KIOSK) -> ApiClient:
    client = ApiClient()
    client.device = enrol_client(client, point, kind)
    return client


@pytest.fixture
def clerk(group, signed_in):
    client = signed_in(make_staff(group.service_point))
    client.call("POST", "desk/sit-down", {"desk": group.desks.first().pk})
    return client


def test_a_kiosk_takes_a_number_whose_state_its_code_shows(api: ApiClient, group):
    answer = kiosk_of(group.service_point).call("POST", "service-points/raisio/tickets", URGENT)
    assert (answer.status_code, answer.json()["number"]) == (201, "B1")
    state = api.get(answer["Location"]).json()
    assert state == {k: v for k, v in answer.json().items() if k != "code"}
    assert (state["status"], state["desk"]) == ("waiting", None)


def test_staff_of_the_point_take_a_number(group, clerk):
    answer = clerk.call("POST", "service-points/raisio/tickets", URGENT)
    assert answer.status_code == 201


def test_a_repeated_request_gives_the_same_number(group):
    kiosk, key = kiosk_of(group.service_point), str(uuid.uuid4())
    answers = [
        kiosk.call("POST", "service-points/raisio/tickets", URGENT, key=key) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert [answer.status_code for answer in answers] == [201, 201]
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("change", [{"urgent": False}, {"language": "fi"}, {"service": "work"}])
def test_a_repeated_key_with_another_body_is_refused(group, change):
    make_service("work")
    kiosk, key = kiosk_of(group.service_point), str(uuid.uuid4())
    kiosk.call("POST", "service-points/raisio/tickets", URGENT, key=key)
    answer = kiosk.call("POST", "service-points/raisio/tickets", URGENT | change, key=key)
    assert code_of(answer) == (422, "idempotency_key_reused")


def test_a_number_needs_a_key(group):
    kiosk = kiosk_of(group.service_point)
    answer = kiosk.call("POST", "service-points/raisio/tickets", URGENT, key=None)
    assert code_of(answer) == (400, "idempotency_key_required")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (URGENT | {"urgent": False}, "not_urgent"),
        (URGENT | {"service": "work"}, "not_served_by_number"),
        (URGENT | {"service": "nothing"}, "invalid"),
        (URGENT | {"urgent": []}, "invalid"),
        (URGENT | {"language": "\ud800"}, "invalid"),
        ({}, "invalid"),
    ],
)
def test_a_number_is_refused_with_its_reason(group, body, code):
    make_service("work")
    kiosk = kiosk_of(group.service_point)
    answer = kiosk.call("POST", "service-points/raisio/tickets", body)
    assert code_of(answer) == (422, code)


def test_numbers_are_given_while_the_point_is_open(group):
    group.openings.all().delete()
    kiosk = kiosk_of(group.service_point)
    answer = kiosk.call("POST", "service-points/raisio/tickets", URGENT)
    assert code_of(answer) == (409, "point_closed")


@pytest.mark.parametrize("path", ["tickets", "check-ins"])
def test_a_kiosk_of_another_point_a_screen_and_a_revoked_kiosk_are_refused(group, path):
    elsewhere = kiosk_of(make_point())
    screen = kiosk_of(group.service_point, Device.Kind.DISPLAY)
    screen.cookies[cookie_name(Device.Kind.KIOSK)] = screen.cookies[cookie_name("display")].value
    revoked = kiosk_of(group.service_point)
    revoke(revoked.device)
    answers = [
        client.call("POST", f"service-points/raisio/{path}", URGENT)
        for client in (elsewhere, screen, revoked)
    ]
    assert [code_of(answer)[0] for answer in answers] == [403, 401, 403]


@pytest.mark.parametrize("path", ["tickets", "check-ins"])
def test_who_may_not_act_at_the_point(api: ApiClient, group, signed_in, path):
    address = f"service-points/raisio/{path}"
    assert code_of(api.call("POST", address))[0] == 401
    assert code_of(signed_in(make_user()).call("POST", address))[0] == 403
    other = signed_in(make_staff(make_point()))
    assert code_of(other.call("POST", address, URGENT))[0] == 404


def test_a_kiosk_needs_the_csrf_token_for_a_change(group):
    client = kiosk_of(group.service_point)
    client.handler.enforce_csrf_checks = True
    answer = client.call("POST", "service-points/raisio/tickets", URGENT)
    assert code_of(answer) == (403, "csrf_failed")


def test_an_arrival_gets_one_number_by_its_reference(group):
    visit = make_appointment(make_slot(group, starts_at=MORNING + datetime.timedelta(minutes=20)))
    kiosk = kiosk_of(group.service_point)
    body = {"reference": f" {visit.reference.lower()} "}
    answers = [kiosk.call("POST", "service-points/raisio/check-ins", body) for _ in range(2)]
    assert [answer.json()["number"] for answer in answers] == ["A1", "A1"]
    assert [answer.status_code for answer in answers] == [201, 201]


@pytest.mark.parametrize("reference", ["2345678923", "ääkköset", "'; --", "x" * 40])
def test_an_unknown_reference_is_404(group, reference):
    kiosk = kiosk_of(group.service_point)
    answer = kiosk.call("POST", "service-points/raisio/check-ins", {"reference": reference})
    assert code_of(answer) == (404, "unknown_reference")


@pytest.mark.parametrize("reference", ["", "a\x00", "\ud800", None, [], "x" * 41])
def test_what_cannot_be_a_reference_is_invalid(group, reference):
    kiosk = kiosk_of(group.service_point)
    answer = kiosk.call("POST", "service-points/raisio/check-ins", {"reference": reference})
    assert code_of(answer) == (422, "invalid")


@pytest.mark.parametrize("code", ["nothing", "0" * 500])
def test_an_unknown_ticket_is_404(api: ApiClient, code):
    assert code_of(api.call("GET", f"tickets/{code}")) == (404, "not_found")


def test_a_clerk_calls_serves_and_finishes(group, clerk):
    taken = clerk.call("POST", "service-points/raisio/tickets", URGENT).json()
    assert [row["number"] for row in clerk.call("GET", "desk").json()["line"]] == ["B1"]
    called = clerk.call("POST", "desk/call-next").json()
    steps = [
        clerk.call("POST", f"tickets/{called['id']}/{step}").json()["status"]
        for step in ("call-again", "start", "finish")
    ]
    assert (called["number"], called["desk"]) == (taken["number"], group.desks.first().sign)
    assert steps == ["called", "in_service", "served"]
    assert clerk.call("GET", "desk").json()["current"] is None


def test_who_does_not_come_is_missed(group, clerk):
    clerk.call("POST", "service-points/raisio/tickets", URGENT)
    called = clerk.call("POST", "desk/call-next").json()
    answer = clerk.call("POST", f"tickets/{called['id']}/miss")
    assert answer.json()["status"] == "missed"
    assert code_of(clerk.call("POST", f"tickets/{called['id']}/start")) == (409, "wrong_state")


def test_calling_twice_calls_one_person(group, clerk):
    for _ in range(2):
        clerk.call("POST", "service-points/raisio/tickets", URGENT)
    clerk.call("POST", "desk/call-next")
    assert code_of(clerk.call("POST", "desk/call-next")) == (409, "desk_busy")
    assert code_of(clerk.call("POST", "desk/stand-up")) == (409, "desk_busy")


def test_an_empty_line_says_so(group, clerk):
    assert code_of(clerk.call("POST", "desk/call-next")) == (404, "nobody_waiting")


def test_calling_needs_a_desk(group, clerk):
    assert clerk.call("POST", "desk/stand-up").json()["desk"] is None
    assert code_of(clerk.call("POST", "desk/call-next")) == (409, "not_at_a_desk")


def test_a_desk_has_one_person(group, clerk, signed_in):
    other = signed_in(make_staff(group.service_point))
    answer = other.call("POST", "desk/sit-down", {"desk": group.desks.first().pk})
    assert code_of(answer) == (409, "desk_occupied")


@pytest.mark.parametrize(
    ("desk", "status"), [(10**12, 404), (2**63, 422), (0, 422), ("a", 422), (None, 422)]
)
def test_an_unknown_desk_is_refused(clerk, desk, status):
    assert code_of(clerk.call("POST", "desk/sit-down", {"desk": desk}))[0] == status


def test_a_desk_of_another_point_does_not_exist(clerk):
    desk = make_group().desks.first()
    answer = clerk.call("POST", "desk/sit-down", {"desk": desk.pk})
    assert code_of(answer) == (404, "not_found")


@pytest.mark.parametrize("step", ["call-again", "start", "finish", "miss"])
def test_a_ticket_at_another_desk_does_not_exist(group, clerk, signed_in, step):
    clerk.call("POST", "service-points/raisio/tickets", URGENT)
    called = clerk.call("POST", "desk/call-next").json()
    other = signed_in(make_staff(group.service_point))
    other.call("POST", "desk/sit-down", {"desk": group.desks.last().pk})
    answer = other.call("POST", f"tickets/{called['id']}/{step}")
    assert code_of(answer) == (404, "not_found")


NOBODYS = uuid.UUID(int=1)
STAFF_ROUTES = [
    ("GET", "desk"),
    ("POST", "desk/sit-down"),
    ("POST", "desk/stand-up"),
    ("POST", "desk/call-next"),
    *(("POST", f"tickets/{NOBODYS}/{step}") for step in ("call-again", "start", "finish", "miss")),
]


@pytest.mark.parametrize(("method", "path"), STAFF_ROUTES)
def test_desks_are_for_staff(api: ApiClient, signed_in, group, method, path):
    assert code_of(api.call(method, path)) == (401, "not_authenticated")
    assert code_of(signed_in(make_user()).call(method, path)) == (403, "permission_denied")
    kiosk = kiosk_of(group.service_point)
    assert code_of(kiosk.call(method, path)) == (401, "not_authenticated")
