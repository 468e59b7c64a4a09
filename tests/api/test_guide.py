"""The guide before booking, for programs."""

import pytest

from servicepoints import guide_operations
from tests.api.conftest import ApiClient
from tests.guides import make_draft, make_guide

pytestmark = pytest.mark.django_db


def test_the_published_guide_can_be_walked(api: ApiClient):
    guide = make_guide()
    answer = api.call("GET", "guide").json()
    questions = {row["id"]: row for row in answer["questions"]}
    first = questions[answer["first_question"]]
    assert (answer["version"], len(questions), len(answer["endings"])) == (1, 2, 4)
    assert [row["service"] for row in first["choices"]] == ["study", None, None]
    assert first["choices"][0]["question"] == guide.expires.pk
    assert first["choices"][2]["ending"] == guide.online.ending_id


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_guide_is_in_the_language_that_is_asked_for(api: ApiClient, language):
    make_guide()
    answer = api.call("GET", "guide", Accept_Language=language).json()
    assert answer["endings"][0]["steps"] == [f"Do this ({language})"]


def test_without_a_published_guide_there_is_none(api: ApiClient):
    make_draft()
    answer = api.call("GET", "guide")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_draft_is_not_shown(api: ApiClient):
    make_guide()
    draft = guide_operations.start_draft(None)
    assert api.call("GET", "guide").json()["version"] == draft.number - 1


def test_the_guide_costs_few_queries(api: ApiClient, django_assert_num_queries):
    make_guide()
    with django_assert_num_queries(5):
        api.call("GET", "guide")
