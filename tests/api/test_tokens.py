"""Sessions and tokens."""

import pytest
import time_machine
from django.utils import timezone
from knox.models import AuthToken

from accounts.models import User
from tests.api.conftest import ApiClient, code_of
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def token_of(client: ApiClient) -> str:
    return client.call("POST", "auth/token").json()["token"]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_session_gets_a_token_that_acts_for_its_person(api: ApiClient, signed_in):
    token = token_of(signed_in(make_user()))
    assert api.call("GET", "appointments", **bearer(token)).status_code == 200


def test_only_a_hash_of_a_token_is_kept(signed_in):
    token = token_of(signed_in(make_user()))
    row = AuthToken.objects.get()
    assert token not in row.digest and len(row.token_key) < len(token) // 2


def test_a_token_gets_no_further_token(api: ApiClient, signed_in):
    token = token_of(signed_in(make_user()))
    assert code_of(api.call("POST", "auth/token", **bearer(token))) == (403, "session_required")


def test_nobody_gets_a_token_without_signing_in(api: ApiClient):
    answer = api.call("POST", "auth/token")
    assert code_of(answer) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_revoked_token_is_refused_at_once(api: ApiClient, signed_in):
    client = signed_in(make_user())
    token, other = token_of(client), token_of(client)
    assert api.call("DELETE", "auth/token", **bearer(token)).status_code == 204
    answer = api.call("GET", "appointments", **bearer(token))
    assert code_of(answer) == (401, "authentication_failed")
    assert api.call("GET", "appointments", **bearer(other)).status_code == 200


def test_a_session_revokes_every_token_of_its_person(signed_in):
    client, other = signed_in(make_user()), signed_in(make_user())
    for each in (client, client, other):
        token_of(each)
    client.call("DELETE", "auth/token")
    assert AuthToken.objects.count() == 1


def test_an_expired_token_is_refused(api: ApiClient, signed_in):
    token = token_of(signed_in(make_user()))
    with time_machine.travel(timezone.now() + timezone.timedelta(hours=11)):
        answer = api.call("GET", "appointments", **bearer(token))
    assert code_of(answer) == (401, "authentication_failed")


def test_a_disabled_account_is_refused_at_its_next_request(api: ApiClient, signed_in):
    user = make_user()
    client = signed_in(user)
    token = token_of(client)
    User.objects.update(is_active=False)
    assert code_of(api.call("GET", "appointments", **bearer(token)))[0] == 401
    assert code_of(client.call("GET", "appointments"))[0] == 401


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer a b", "Bearer \xff\x00", "Bearer " + "x" * 9000]
)
def test_a_token_that_is_none_is_refused(api: ApiClient, value):
    answer = api.call("GET", "appointments", Authorization=value)
    assert code_of(answer) == (401, "authentication_failed")


def test_a_token_takes_one_query(api: ApiClient, signed_in, django_assert_num_queries):
    token = token_of(signed_in(make_user()))
    with django_assert_num_queries(2):
        api.call("GET", "appointments", **bearer(token))


@pytest.mark.parametrize(("method", "path"), [("POST", "appointments"), ("DELETE", "auth/token")])
def test_a_change_in_a_session_needs_its_csrf_token(signed_in, method, path):
    client = signed_in(make_user())
    client.handler.enforce_csrf_checks = True
    assert code_of(client.call(method, path)) == (403, "csrf_failed")


def test_a_token_needs_no_csrf_token(signed_in):
    token = token_of(signed_in(make_user()))
    client = ApiClient(enforce_csrf_checks=True)
    answer = client.call("POST", "appointments", **bearer(token))
    assert code_of(answer) == (422, "invalid")
