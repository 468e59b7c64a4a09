"""The API says of itself what it does."""

import re
from io import StringIO

import jsonschema
import pytest
from django.core.management import call_command

from config import api_urls
from tests.api.conftest import ApiClient
from tests.factories import (
    make_appointment,
    make_hold,
    make_mandate,
    make_slot,
    make_staff,
    make_user,
)
from tests.guides import make_guide

pytestmark = pytest.mark.django_db


@pytest.fixture
def schema(api: ApiClient):
    return api.call("GET", "schema/").json()


def test_the_schema_is_valid_openapi_without_warnings():
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_the_schema_is_openapi_3_1(schema):
    assert schema["openapi"].startswith("3.1")


def test_the_description_begins_with_how_to_get_a_token_and_the_steps_exist(schema):
    description = schema["info"]["description"]
    assert description.index("## Getting started") < description.index("## Errors")
    named = set(re.findall(r"(GET|POST|DELETE) (/api/v1/[\w/-]+)", description))
    assert {("POST", "/api/v1/auth/token"), ("DELETE", "/api/v1/auth/token")} <= named
    assert all(method.lower() in schema["paths"][path] for method, path in named)


def described(schema) -> list[tuple[str, str, dict]]:
    return [
        (method, path, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_route_is_described(schema):
    names = {row.name for row in api_urls.version_1}
    assert len(schema["paths"]) == len(names - {"schema", "docs"})


def test_every_operation_has_a_summary_and_says_its_errors(schema):
    for method, path, operation in described(schema):
        assert operation["summary"], path
        problems = {
            status: answer["content"]
            for status, answer in operation["responses"].items()
            if status >= "400"
        }
        assert problems, path
        assert all(list(kind) == ["application/problem+json"] for kind in problems.values())
        if "auth" not in path and method == "post":
            assert "422" in problems or "404" in problems or "409" in problems


def test_every_operation_that_creates_asks_for_a_key(schema):
    asking = {
        operation["operationId"]
        for _method, _path, operation in described(schema)
        if any(p["name"] == "Idempotency-Key" for p in operation.get("parameters", []))
    }
    assert asking == {
        "hold_time",
        "hold_time_for_somebody",
        "join_waiting_list",
        "take_ticket",
        "wait_for_earlier",
    }


def check(schema, name: str, answer) -> None:
    document = {"$ref": f"#/components/schemas/{name}", "components": schema["components"]}
    jsonschema.Draft202012Validator(document).validate(answer.json())


def test_answers_are_what_the_schema_says(api: ApiClient, schema, signed_in):
    user, slot = make_user(), make_slot(capacity=3)
    make_guide()
    point, service = slot.desk_group.service_point.slug, slot.desk_group.services.get().slug
    visit, client = make_appointment(slot, user=user), signed_in(user)
    held = make_hold(slot, user=user)
    clerk = signed_in(make_staff(slot.desk_group.service_point))
    day = slot.starts_at.date().isoformat()
    mandate = make_mandate()
    for name, answer in {
        "ServicePointList": api.call("GET", "service-points"),
        "OneServicePoint": api.call("GET", f"service-points/{point}"),
        "ServiceList": api.call("GET", "services"),
        "GuideAnswer": api.call("GET", "guide"),
        "FirstFreeList": api.call("GET", f"services/{service}/first-free-times"),
        "FreeTimesAnswer": api.call(
            "GET", f"service-points/{point}/free-times?service={service}&date={day}"
        ),
        "FreeDaysAnswer": api.call(
            "GET", f"service-points/{point}/free-days?service={service}&month={day[:7]}"
        ),
        "AppointmentList": client.call("GET", "appointments"),
        "AppointmentAnswer": client.call("GET", f"appointments/{visit.pk}"),
        "ClientList": signed_in(mandate.representative.user).call("GET", "clients"),
        "DeskState": clerk.call("GET", "desk"),
        "ProblemKinds": api.call("GET", "problems"),
        "Problem": client.call("POST", f"appointments/{held.pk}/confirm"),
    }.items():
        check(schema, name, answer)


def test_the_docs_load_nothing_from_elsewhere(api: ApiClient):
    page = api.get("/api/v1/docs/")
    assert page.status_code == 200
    assert b"http://" not in page.content.replace(b"http://www.w3.org", b"")
    assert b"https://" not in page.content
    assert b"<script>" not in page.content


def test_a_query_never_stands_in_a_header_of_the_document(client):
    answer = client.get("/api/v1/schema/", {"version": '1"; x=%0A'})
    assert answer.status_code == 200
    assert "x=" not in answer["Content-Disposition"]
