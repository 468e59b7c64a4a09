import pytest
from django.test import Client, RequestFactory

from config import error_views

pytestmark = pytest.mark.django_db


def test_a_missing_page_is_said_in_the_readers_language(client):
    response = client.get("/no-such-page/", headers={"accept-language": "sv"})
    assert response.status_code == 404
    assert "Sidan hittades inte" in response.content.decode()


def test_a_form_without_its_token_is_refused_with_the_next_step():
    client = Client(enforce_csrf_checks=True)
    response = client.post("/language/", {"language": "sv"}, headers={"accept-language": "en"})
    assert response.status_code == 403
    assert "load the page again" in response.content.decode()


@pytest.mark.parametrize(
    ("view", "status"), [(error_views.bad_request, 400), (error_views.permission_denied, 403)]
)
def test_a_refused_request_gets_a_page_with_its_status(view, status):
    response = view(RequestFactory().get("/"), Exception())
    assert response.status_code == status
    assert b"<h1>" in response.content


def test_the_page_for_a_fault_of_ours_asks_nothing_of_the_database(rf, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = error_views.server_error(rf.get("/"))
    assert response.status_code == 500
    assert b"<h1>" in response.content
