"""Service points, services and free times are public."""

import datetime

import pytest
from django.utils import timezone

from tests.api.conftest import ApiClient, code_of
from tests.factories import (
    make_group,
    make_hold,
    make_point,
    make_service,
    make_slot,
    make_slots,
    next_morning,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def slot():
    return make_slot(make_group(make_point("raisio"), services=[make_service("study")]))


def test_points_are_listed_for_everybody(api: ApiClient, slot):
    listed = api.call("GET", "service-points").json()["service_points"]
    assert [row["slug"] for row in listed] == ["raisio"]
    assert api.call("GET", "service-points/raisio").json()["services"] == ["study"]


def test_a_point_that_is_over_is_not_there(api: ApiClient):
    make_point("gone", valid_until="2021-12-31")
    assert api.call("GET", "service-points").json()["service_points"] == []
    assert code_of(api.call("GET", "service-points/gone")) == (404, "not_found")


def test_names_are_in_the_readers_language(api: ApiClient):
    make_service(name_fi="Opiskelu", name_sv="Studier", name_en="Study")
    for language, name in (("fi", "Opiskelu"), ("sv", "Studier"), ("en", "Study")):
        answer = api.call("GET", "services", Accept_Language=language).json()
        assert answer["services"][0]["name"] == name


def test_the_first_free_time_of_each_point(api: ApiClient, slot):
    make_group(make_point("full"), services=[slot.desk_group.services.get()])
    rows = api.call("GET", "services/study/first-free-times").json()["service_points"]
    local = slot.starts_at.astimezone(slot.desk_group.service_point.zone).isoformat()
    assert [(row["service_point"], row["starts_at"]) for row in rows] == [
        ("raisio", local),
        ("full", None),
    ]


def test_the_free_times_of_a_day(api: ApiClient):
    group = make_group(make_point("raisio"), services=[make_service("study")])
    one, taken, other = make_slots(group, 3)
    make_hold(taken)
    path = f"service-points/raisio/free-times?service=study&date={one.starts_at.date()}"
    zone = group.service_point.zone
    assert api.call("GET", path).json()["times"] == [
        free.starts_at.astimezone(zone).isoformat() for free in (one, other)
    ]


def test_the_free_days_of_a_month(api: ApiClient, slot):
    month = slot.starts_at.date().isoformat()[:7]
    path = f"service-points/raisio/free-days?service=study&month={month}"
    days = api.call("GET", path).json()["days"]
    assert days == [{"date": slot.starts_at.date().isoformat(), "times": 1}]


def test_free_times_take_two_queries(api: ApiClient, slot, django_assert_num_queries):
    day = slot.starts_at.date()
    # Session and user are not asked for: who asks does not matter.
    with django_assert_num_queries(2):
        api.call("GET", f"service-points/raisio/free-times?service=study&date={day}")
    with django_assert_num_queries(2):
        api.call("GET", "services/study/first-free-times")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("service-points/raisio/free-times?service=study", "date"),
        ("service-points/raisio/free-times?service=study&date=yesterday", "date"),
        ("service-points/raisio/free-times?service=study&date=2026-02-30", "date"),
        ("service-points/raisio/free-times?service=nothing&date=2026-12-14", "service"),
        ("service-points/raisio/free-times?service=a%00b&date=2026-12-14", "service"),
        ("service-points/raisio/free-times?service=study&date=2026-12-14&people=0", "people"),
        ("service-points/raisio/free-times?service=study&date=2026-12-14&people=7", "people"),
        ("service-points/raisio/free-days?service=study&month=2026-13", "month"),
        ("service-points/raisio/free-days?service=study&month=2026-12-14", "month"),
        ("service-points/raisio/free-days?service=study&month=", "month"),
        ("services/study/first-free-times?people=1e3", "people"),
    ],
)
def test_a_wrong_question_names_the_field(api: ApiClient, slot, path, field):
    answer = api.call("GET", path)
    assert code_of(answer) == (422, "invalid")
    assert {error["field"] for error in answer.json()["errors"]} == {field}


@pytest.mark.parametrize("date", ["0001-01-01", "9999-12-31", "1970-01-01"])
def test_days_beyond_the_horizon_are_empty(api: ApiClient, slot, date):
    day = f"service-points/raisio/free-times?service=study&date={date}"
    month = f"service-points/raisio/free-days?service=study&month={date[:7]}"
    assert api.call("GET", day).json()["times"] == []
    assert api.call("GET", month).json()["days"] == []


@pytest.mark.parametrize(
    "path",
    [
        "service-points/nowhere",
        "service-points/nowhere/free-times?service=study&date=2026-12-14",
        "service-points/nowhere/free-days?service=study&month=2026-12",
        "services/nothing/first-free-times",
    ],
)
def test_an_unknown_point_or_service_in_the_address_is_404(api: ApiClient, slot, path):
    assert code_of(api.call("GET", path)) == (404, "not_found")


def test_the_horizon_is_said(api: ApiClient, slot):
    path = f"service-points/raisio/free-times?service=study&date={next_morning().date()}"
    last = slot.desk_group.service_point.last_bookable_date.isoformat()
    assert api.call("GET", path).json()["last_bookable_date"] == last


@pytest.fixture
def two_points():
    """Two points with a Tuesday of six times from half past eleven; Raisio is step-free."""
    service = make_service("study")
    today = timezone.localdate()
    tuesday = today + datetime.timedelta(days=8 - today.weekday() + 7)
    for slug, coordinates, fields in (
        ("raisio", ("60.4859", "22.1690"), {"step_free": True, "languages": ["fi", "ru"]}),
        ("oulu", ("65.0121", "25.4651"), {}),
    ):
        latitude, longitude = coordinates
        point = make_point(slug, latitude=latitude, longitude=longitude, **fields)
        starts_at = datetime.datetime.combine(tuesday, datetime.time(11, 30), point.zone)
        make_slots(make_group(point, services=[service]), 6, starts_at=starts_at)
    return tuesday


def first_free(api: ApiClient, query: str) -> dict[str, str]:
    """The local clock of the first free time of each point, in the order of the answer."""
    answer = api.call("GET", f"services/study/first-free-times?{query}").json()
    return {
        row["service_point"]: row["starts_at"] and row["starts_at"][11:16]
        for row in answer["service_points"]
    }


def test_wishes_narrow_the_first_free_times(api: ApiClient, two_points):
    assert first_free(api, "") == {"oulu": "11:30", "raisio": "11:30"}
    assert first_free(api, "from_time=12:00") == {"oulu": "12:00", "raisio": "12:00"}
    assert first_free(api, "weekdays=0,2") == {"oulu": None, "raisio": None}
    assert first_free(api, "weekdays=1&until_time=11:45&step_free=true") == {"raisio": "11:30"}
    assert first_free(api, "language=ru") == {"raisio": "11:30"}
    assert first_free(api, f"before={two_points}") == {"oulu": None, "raisio": None}


def test_distances_are_told_from_a_municipality(api: ApiClient, two_points):
    path = "services/study/first-free-times?near=Ule%C3%A5borg&order=distance"
    rows = api.call("GET", path).json()["service_points"]
    assert [(row["service_point"], row["distance_km"] > 400) for row in rows] == [
        ("oulu", False),
        ("raisio", True),
    ]
    rows = api.call("GET", "services/study/first-free-times").json()["service_points"]
    assert {row["distance_km"] for row in rows} == {None}


def test_wishes_narrow_the_times_of_a_day_and_the_days_of_a_month(api: ApiClient, two_points):
    point = "service-points/oulu"
    day = f"{point}/free-times?service=study&date={two_points}&from_time=12:00"
    assert [time[11:16] for time in api.call("GET", day).json()["times"]] == [
        "12:00",
        "12:10",
        "12:20",
    ]
    month = f"{point}/free-days?service=study&month={two_points:%Y-%m}"
    assert api.call("GET", f"{month}&from_time=12:00").json()["days"][0]["times"] == 3
    assert api.call("GET", f"{month}&weekdays=0").json()["days"] == []


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("weekdays=7", "weekdays", "invalid"),
        ("weekdays=monday", "weekdays", "invalid"),
        ("from_time=noon", "from_time", "invalid"),
        ("from_time=12:00&until_time=12:00", "until_time", "not_later"),
        ("before=soon", "before", "invalid"),
        ("step_free=perhaps", "step_free", "invalid"),
        ("language=xx", "language", "invalid_choice"),
        ("near=Atlantis", "near", "unknown_place"),
        ("near=%00", "near", "unknown_place"),
        ("order=distance", "near", "required"),
        ("order=sideways", "order", "invalid_choice"),
    ],
)
def test_a_wrong_wish_names_its_field_and_code(api: ApiClient, slot, query, field, code):
    answer = api.call("GET", f"services/study/first-free-times?{query}")
    assert code_of(answer) == (422, "invalid")
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == (field, code)
