import pytest
from django.conf import settings
from django.db import DataError
from django.test import Client, RequestFactory, override_settings

from config import error_views
from tests.factories import make_user

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


# A quoted cookie may hold any sign, written in octal.
NULL_COOKIE = {"cookie": 'sessionid="\\000aaaaaaaa"', "accept-language": "en"}


@pytest.mark.parametrize("path", ["/offers/a%00b/", "/v/%00/", "/t/%00/", "/api/v1/offers/%00"])
def test_a_null_in_an_address_is_no_fault_of_ours(client, path):
    client.force_login(make_user())
    assert client.get(path).status_code == 400


@pytest.mark.parametrize("path", ["/", "/visits/", "/account/login/"])
def test_a_null_in_a_cookie_is_no_fault_of_ours(client, path):
    answer = client.get(path, headers=NULL_COOKIE)
    assert (answer.status_code, b"could not be read" in answer.content) == (400, True)


def test_a_null_in_an_address_of_the_api_is_a_problem(client):
    answer = client.get("/api/v1/offers/%00")
    assert (answer["Content-Type"], answer.json()["code"]) == (
        "application/problem+json",
        "bad_request",
    )


def test_a_null_in_a_filter_of_the_admin_is_no_fault_of_ours(admin_client):
    assert admin_client.get("/admin/accounts/user/?roles__kind=%00").status_code == 400


@pytest.mark.parametrize("path", ["/visits/", "/offers/%00/"])
@override_settings(MIDDLEWARE=[name for name in settings.MIDDLEWARE if "NoNulls" not in name])
def test_without_the_check_a_null_reaches_the_database(path):
    headers = NULL_COOKIE if path == "/visits/" else {}
    with pytest.raises(DataError):
        Client().get(path, headers=headers)


def test_a_form_in_another_charset_is_said_to_be_unreadable():
    client = Client(enforce_csrf_checks=True)
    client.get("/account/login/")
    kind = "application/x-www-form-urlencoded; charset=utf-16"
    answer = client.generic("POST", "/language/", b"language=sv", content_type=kind)
    assert answer.status_code == 400
    assert b"<h1>" in answer.content


def test_a_form_in_another_charset_is_refused_by_the_api_too():
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user())
    client.get("/account/login/")
    kind = "application/x-www-form-urlencoded; charset=utf-16"
    answer = client.generic("POST", "/api/v1/auth/token", b"a=b", content_type=kind)
    assert answer.status_code in {400, 403, 415}
