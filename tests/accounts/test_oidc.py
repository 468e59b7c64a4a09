"""Strong identification, at a real OpenID provider on loopback; and at one that lies (T13, T14)."""

import datetime
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from accounts import operations
from accounts.exceptions import IdentityTaken, OtherIdentity
from accounts.models import User
from accounts.operations import Identity
from notifications.models import Message
from tests.factories import make_point, make_staff, make_user
from tests.oidc_provider import CLIENT, Provider, running

pytestmark = pytest.mark.django_db

AINO = "131052-308T"
BORN = datetime.date(1952, 10, 13)
FAILED = "The identification did not succeed"


@pytest.fixture(scope="module")
def started() -> Iterator[Provider]:
    with running() as provider:
        provider.knows(AINO, name="Aino Virtanen", birthdate=str(BORN))
        yield provider


@pytest.fixture
def provider(started, settings, client) -> Provider:
    started.__dict__.update(
        token={}, userinfo={}, discovery={}, foreign_key=False, unsigned=False, asked={}
    )
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = started.issuer, CLIENT
    settings.OIDC_CLIENT_SECRET, settings.OIDC_NAME = "secret", "Suomi.fi"
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    cache.clear()
    return started


def address_of(client: Client, next_url: str = "") -> str:
    """Press the button, and return the provider's address on the page that goes on to it."""
    page = client.post("/account/identify/", {"next": next_url})
    return page.context["address"]


def come_back(client: Client, provider: Provider, subject: str = AINO, next_url: str = "") -> str:
    """Identify as `subject`, and return where one is sent in the end."""
    place = urlsplit(provider.answer(address_of(client, next_url), subject))
    return client.get(f"{place.path}?{place.query}").url


def sign_in_with_code(client: Client, email: str) -> None:
    client.post("/account/login/", {"email": email})
    code = Message.objects.filter(template="sign_in_code").latest("pk").context["code"]
    client.post("/account/login/code/confirm/", {"code": code})


def text_of(client: Client, path: str) -> str:
    return client.get(path).content.decode()


# The way there and back -----------------------------------------------------------------


def test_somebody_who_has_signed_in_identifies_and_keeps_name_and_birth_date(provider, client):
    user = make_user()
    client.force_login(user)

    assert come_back(client, provider, next_url="/book/") == "/book/"

    user.refresh_from_db()
    assert (user.name, user.birth_date) == ("Aino Virtanen", BORN)
    assert user.identity_key


def test_somebody_who_has_identified_before_is_signed_in_by_it_alone(provider, client):
    user = make_user()
    client.force_login(user)
    come_back(client, provider)
    again = Client()

    come_back(again, provider)

    assert again.session["_auth_user_id"] == str(user.pk)


def test_somebody_new_is_asked_for_an_address_and_identified_once_it_is_proved(provider, client):
    assert come_back(client, provider, next_url="/book/") == "/account/login/?next=%2Fbook%2F"
    assert "You have identified as Aino Virtanen" in text_of(client, "/account/login/")

    sign_in_with_code(client, "aino@example.org")

    user = User.objects.get(email="aino@example.org")
    assert (user.name, user.birth_date) == ("Aino Virtanen", BORN)


def test_an_address_that_the_provider_sends_finds_nobodys_account(provider, client):
    make_user("victim@example.org")
    provider.knows("thief", name="Thief", email="victim@example.org", email_verified="true")

    come_back(client, provider, "thief")

    assert "_auth_user_id" not in client.session


def test_who_works_here_is_not_signed_in_by_it(provider, client):
    staff = make_staff(make_point())
    client.force_login(staff)
    come_back(client, provider)
    again = Client()

    come_back(again, provider)

    assert "_auth_user_id" not in again.session


def test_a_closed_account_is_not_signed_in_by_it(provider, client):
    user = make_user()
    client.force_login(user)
    come_back(client, provider)
    User.objects.filter(pk=user.pk).update(is_active=False)
    again = Client()

    come_back(again, provider)

    assert "_auth_user_id" not in again.session


def test_nobody_is_sent_to_another_site_afterwards(provider, client):
    client.force_login(make_user())

    assert come_back(client, provider, next_url="https://evil.example/") == "/visits/"


def test_who_turns_back_is_told_that_nothing_has_changed(provider, client):
    place = urlsplit(provider.answer(address_of(client), AINO, deny=True))
    client.get(f"{place.path}?{place.query}")

    assert "You did not identify" in text_of(client, "/account/login/")


def test_a_provider_that_is_away_is_said(provider, client, settings):
    settings.OIDC_ISSUER = "http://localhost:9"

    assert client.post("/account/identify/").url == "/account/login/"
    assert FAILED in text_of(client, "/account/login/")


def test_without_a_provider_there_is_no_identification(client, settings):
    settings.OIDC_ISSUER = ""

    assert client.post("/account/identify/").status_code == 404
    assert client.get("/account/identify/callback/").status_code == 404
    assert "identify" not in text_of(client, "/account/login/")


def test_the_browser_goes_on_by_itself_without_a_script(provider, client):
    page = client.post("/account/identify/").content.decode()

    assert re.search(r'<meta http-equiv="refresh" content="0; url=http://localhost:\d+/', page)


# What is asked ---------------------------------------------------------------------------


def test_the_question_has_a_nonce_a_challenge_and_the_level_wanted(provider, client, settings):
    settings.OIDC_ACR_VALUES = ["substantial", "high"]

    asked = parse_qs(urlsplit(address_of(client)).query)

    assert asked["acr_values"] == ["substantial high"]
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["nonce"][0]) > 30


def test_the_token_is_asked_for_with_what_belongs_to_the_challenge(provider, client):
    come_back(client, provider)

    assert len(provider.asked["code_verifier"]) > 40


# Lies --------------------------------------------------------------------------------------

LIES = {
    "another issuer": {"token": {"iss": "https://evil.example"}},
    "another audience": {"token": {"aud": "somebody-else"}},
    "no audience": {"token": {"aud": None}},
    "for another party": {"token": {"azp": "somebody-else"}},
    "another question": {"token": {"nonce": "0" * 43}},
    "no question": {"token": {"nonce": None}},
    "over": {"token": {"exp": 1_000_000_000}},
    "without an end": {"token": {"exp": None}},
    "about nobody": {"token": {"sub": None}},
    "about an empty name": {"token": {"sub": ""}},
    "of a weak level": {"token": {"acr": "low"}},
    "of no level": {"token": {"acr": None}},
    "signed by somebody else": {"foreign_key": True},
    "not signed": {"unsigned": True},
    "two people": {"token": {"name": None}, "userinfo": {"sub": "somebody-else"}},
    "a provider by another name": {"discovery": {"issuer": "https://evil.example"}},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_provider_that_lies_identifies_nobody(provider, client, settings, lie):
    settings.OIDC_ACR_VALUES = ["substantial"]
    address = address_of(client)
    vars(provider).update({"token": {"acr": "substantial"}} | LIES[lie])
    if lie not in ("of a weak level", "of no level"):
        provider.token = {"acr": "substantial"} | provider.token
    place = urlsplit(provider.answer(address, AINO))

    assert client.get(f"{place.path}?{place.query}").url == "/account/login/"
    assert FAILED in text_of(client, "/account/login/")


def test_the_same_provider_identifies_when_it_tells_the_truth(provider, client, settings):
    settings.OIDC_ACR_VALUES = ["substantial"]
    provider.token = {"acr": "substantial"}

    come_back(client, provider)

    assert "You have identified as Aino Virtanen" in text_of(client, "/account/login/")


def test_an_answer_works_once(provider, client):
    client.force_login(make_user())
    place = urlsplit(provider.answer(address_of(client), AINO))
    first = client.get(f"{place.path}?{place.query}")
    second = client.get(f"{place.path}?{place.query}")

    assert first.status_code == second.status_code == 302
    assert FAILED in text_of(client, "/visits/")


def test_an_answer_to_another_session_works_nowhere(provider, client):
    place = urlsplit(provider.answer(address_of(client), AINO))
    victim = Client()
    victim.force_login(user := make_user())

    victim.get(f"{place.path}?{place.query}")

    user.refresh_from_db()
    assert user.identity_key is None


# What is kept --------------------------------------------------------------------------------


def everything_kept() -> str:
    """Return all rows of all tables as text."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT row::text FROM "{table}" AS row')
            rows += [text for (text,) in cursor.fetchall()]
    return "\n".join(rows)


def test_the_number_of_a_person_is_kept_nowhere(provider, client, caplog):
    come_back(client, provider)
    sign_in_with_code(client, "aino@example.org")

    assert "aino@example.org" in everything_kept()
    assert AINO not in everything_kept() + caplog.text + str(dict(client.session))


def test_the_hash_cannot_be_made_without_the_secret(settings):
    def key() -> str:
        return Identity.of("https://issuer.example", AINO, name="", birth_date=None).key

    before = key()
    settings.IDENTITY_SECRET = "another"

    assert key() != before


def test_subjects_of_two_providers_never_meet():
    keys = {
        Identity.of(f"https://{name}.example", AINO, name="", birth_date=None).key for name in "ab"
    }
    assert len(keys) == 2


def test_a_claim_of_the_settings_tells_people_apart(provider, client, settings):
    settings.OIDC_IDENTITY_CLAIM = "urn:oid:1.2.246.21"
    for subject in ("pair-1", "pair-2"):
        provider.knows(subject, **{"name": "Aino Virtanen", "urn:oid:1.2.246.21": AINO})
    client.force_login(user := make_user())
    come_back(client, provider, "pair-1")
    again = Client()

    come_back(again, provider, "pair-2")

    assert again.session["_auth_user_id"] == str(user.pk)


# One person, one account -----------------------------------------------------------------


def identity(key: str = "a", name: str = "Aino Virtanen") -> Identity:
    return Identity(key * 64, name, BORN)


def test_a_new_name_is_taken_over():
    user = operations.identify(make_user(), identity())

    assert operations.identify(user, identity(name="Aino Korhonen")).name == "Aino Korhonen"


def test_one_person_has_one_account():
    operations.identify(make_user(), identity())

    with pytest.raises(IdentityTaken):
        operations.identify(make_user(), identity())


def test_nobody_becomes_another_person():
    user = operations.identify(make_user(), identity())

    with pytest.raises(OtherIdentity):
        operations.identify(user, identity("b"))
