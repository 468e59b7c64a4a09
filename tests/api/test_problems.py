"""Errors are problem documents with stable codes, in the reader's language, and never pages."""

import pytest
from django.test import override_settings

from accounts import problems
from booking.models import Appointment
from tests.api.conftest import ApiClient, code_of
from tests.factories import make_hold, make_slot, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path", ["", "nothing", "appointments/", "appointments/123", "tickets/a b"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_address_is_a_problem_too(api: ApiClient, method, path):
    assert code_of(api.call(method, path)) == (404, "not_found")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v2/services", "/api/v1"])
def test_around_the_api_there_are_no_pages_either(api: ApiClient, path):
    answer = api.get(path, follow=True)
    assert code_of(answer) == (404, "not_found")


def test_an_address_says_which_methods_it_knows(api: ApiClient):
    answer = api.call("POST", "services")
    assert code_of(answer) == (405, "method_not_allowed")
    assert "GET" in answer["Allow"] and "POST" not in answer["Allow"]


def test_html_is_not_available(api: ApiClient):
    answer = api.call("GET", "services", Accept="text/html")
    assert code_of(answer) == (406, "not_acceptable")


def test_a_form_cannot_be_read(signed_in):
    client = signed_in(make_user())
    answer = client.post(
        "/api/v1/appointments", {"people": 1}, headers={"Idempotency-Key": "0" * 32}
    )
    assert code_of(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    ["{", "nul", b"\xff\xfe", '{"people": NaN}', "[" * 100_000, '{"people": ' + "9" * 5000 + "}"],
)
def test_what_is_no_json_is_malformed(signed_in, body):
    answer = signed_in(make_user()).call("POST", "appointments", body)
    assert code_of(answer) == (400, "malformed")


@pytest.mark.parametrize("body", ["[]", "null", '"text"', "7", "[[1]]", "{}"])
def test_a_body_of_another_shape_is_invalid(signed_in, body):
    answer = signed_in(make_user()).call("POST", "appointments", body)
    assert code_of(answer) == (422, "invalid")


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100)
def test_a_huge_body_is_refused(signed_in):
    answer = signed_in(make_user()).call("POST", "appointments", {"service": "x" * 200})
    assert code_of(answer) == (413, "too_large")


@pytest.mark.parametrize(
    ("language", "start"), [("fi", "Joku muu"), ("sv", "Någon annan"), ("en", "Someone else")]
)
def test_a_refusal_speaks_the_readers_language(signed_in, language, start):
    slot = make_slot(capacity=1)
    make_hold(slot)
    body = {
        "service": slot.desk_group.services.get().slug,
        "service_point": slot.desk_group.service_point.slug,
        "starts_at": slot.starts_at.isoformat(),
    }
    client = signed_in(make_user())
    answer = client.call("POST", "appointments", body, Accept_Language=language)
    assert code_of(answer) == (409, "time_taken")
    assert answer.json()["detail"].startswith(start)
    assert answer["Content-Language"] == language


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_general_problem_is_said_in_every_language(api: ApiClient, language):
    listed = api.call("GET", "problems", Accept_Language=language).json()["problems"]
    english = {row["code"]: row for row in api.call("GET", "problems").json()["problems"]}
    for row in listed:
        assert row["title"] and row["detail"]
        if language != "en" and row["code"] in problems.GENERAL:
            assert row["detail"] != english[row["code"]]["detail"], row["code"]


def test_every_refusal_has_a_code_of_its_own():
    codes = [kind.code for kind in problems.every_refusal()]
    general = [code for code in codes if code in problems.GENERAL]
    assert sorted(general) == ["csrf_failed", "too_large"]
    assert len(codes) == len(set(codes))
    assert all(kind.status in problems.TITLES for kind in problems.every_refusal())


def test_an_unexpected_error_is_a_problem_without_its_reason(signed_in, monkeypatch):
    def fail(*args: object) -> None:
        raise RuntimeError("secret reason")

    client = signed_in(make_user())
    client.raise_request_exception = False
    monkeypatch.setattr(Appointment.objects, "with_place", fail)
    answer = client.call("GET", "appointments")
    assert code_of(answer) == (500, "server_error")
    assert b"secret" not in answer.content


def test_an_error_before_the_view_is_a_problem_too(api: ApiClient, monkeypatch):
    def fail(*args: object) -> None:
        raise RuntimeError

    api.raise_request_exception = False
    monkeypatch.setattr("django.middleware.common.CommonMiddleware.process_request", fail)
    assert code_of(api.call("GET", "services")) == (500, "server_error")


def test_a_wrong_host_is_a_problem_too(api: ApiClient):
    assert code_of(api.call("GET", "services", Host="evil.example")) == (400, "bad_request")
