"""What to bring, for programs."""

import pytest

from servicepoints.bring_models import BringItem
from tests.api.conftest import ApiClient
from tests.factories import make_service
from tests.guides import texts

pytestmark = pytest.mark.django_db


def test_a_service_says_what_to_bring_in_each_situation(api: ApiClient):
    study, work = make_service("study"), make_service("work")
    for service, text in ((None, "Form"), (study, "Certificate"), (work, "Contract")):
        BringItem.objects.create(situation="paper", service=service, **texts("text", text))
    answers = api.call("GET", "services").json()["services"]
    answer = next(row for row in answers if row["slug"] == "study")
    assert answer["bring"] == ["Passport"]
    assert answer["bring_in_situations"] == [
        {
            "situation": "paper",
            "title": "If you apply on paper",
            "things": ["Form (en)", "Certificate (en)"],
        }
    ]


def test_the_services_cost_the_same_however_many_there_are(
    api: ApiClient, django_assert_num_queries
):
    for number in range(5):
        service = make_service()
        BringItem.objects.create(situation="child", service=service, **texts("text", str(number)))
    with django_assert_num_queries(3):
        api.call("GET", "services")
