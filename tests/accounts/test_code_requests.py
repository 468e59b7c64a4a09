"""How often a sign-in code can be asked for, and what somebody reads who asks too often."""

import html
import re

import pytest
from django.db import connection
from django.test import Client

from accounts.models import SpentChallenge, TryCount, User
from notifications.models import Message
from tests.factories import make_user
from tests.proofs import solved

pytestmark = pytest.mark.django_db

LOGIN, CONFIRM = "/account/login/", "/account/login/code/confirm/"
ADDRESS = "amina@example.org"


def ask(email=ADDRESS, address="192.0.2.1", language="en", **more):
    """Ask for a code in a browser that nobody has seen before."""
    browser = Client(headers={"accept-language": language}, REMOTE_ADDR=address)
    return browser.post(LOGIN, {"email": email, **more})


def somebody(number):
    return f"person{number}@example.net"


def let_the_pause_pass():
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_trycount SET last_at = last_at - interval '31 seconds'")


def codes(email=ADDRESS):
    return Message.objects.filter(to=email).count()


def text_of(response):
    return html.unescape(re.sub(r"\s+", " ", response.content.decode()))


# An e-mail address ---------------------------------------------------------------------


def test_a_hundred_requests_for_a_stranger_s_address_give_three_mails_at_most():
    for number in range(100):
        ask(address=f"192.0.2.{number}", altcha=solved() if number % 10 == 0 else "")
    assert codes() == 3


def test_at_the_limit_of_an_address_one_reads_when_it_can_be_used_again():
    for _ in range(3):
        let_the_pause_pass()
        ask()
    response = ask()
    assert response.status_code == 429
    assert 3500 < int(response["Retry-After"]) <= 3600
    assert "You can press “Send the code” again in 60 minutes." in text_of(response)
    assert f'value="{ADDRESS}"' in text_of(response)


@pytest.mark.parametrize(
    ("language", "words"), [("fi", "60 minuutin kuluttua"), ("sv", "om 60 minuter")]
)
def test_when_it_can_be_tried_again_is_said_in_the_reader_s_language(settings, language, words):
    settings.CODES_PER_EMAIL = 1
    ask()
    assert words in text_of(ask(language=language))


def test_the_limit_tells_nobody_who_has_an_account():
    make_user("known@example.org")
    answers = []
    for email in ("known@example.org", "unknown@example.org"):
        for _ in range(3):
            let_the_pause_pass()
            ask(email)
        response = ask(email)
        answers.append((response.status_code, text_of(response).count("<p"), codes(email)))
    assert answers[0] == answers[1] == (429, answers[0][1], 3)


def test_ten_codes_a_day_go_to_an_address_at_most(settings):
    settings.CODES_PER_EMAIL = 100
    for _ in range(12):
        ask()
    assert codes() == 10


def test_who_reads_the_mails_may_ask_anew(client):
    ask()
    client.post(LOGIN, {"email": ADDRESS})
    client.post(CONFIRM, {"code": Message.objects.latest("pk").context["code"]})
    for _ in range(2):
        assert ask().status_code == 302
    assert codes() == 4


@pytest.fixture
def owner(client):
    """A browser in which the address was proved once."""
    client.post(LOGIN, {"email": ADDRESS})
    client.post(CONFIRM, {"code": Message.objects.latest("pk").context["code"]})
    client.post("/account/logout/")
    return client


def use_all_codes_up():
    for _ in range(3):
        let_the_pause_pass()
        ask()
    assert ask().status_code == 429


def test_nobody_keeps_the_owner_of_an_address_out_by_asking_for_its_codes(owner):
    use_all_codes_up()
    assert owner.post(LOGIN, {"email": ADDRESS}).status_code == 302


def test_a_known_browser_has_no_more_codes_than_others(owner):
    for _ in range(3):
        let_the_pause_pass()
        assert owner.post(LOGIN, {"email": ADDRESS}).status_code == 302
        owner.post("/account/logout/")
    let_the_pause_pass()
    assert owner.post(LOGIN, {"email": ADDRESS}).status_code == 429


def test_a_browser_is_known_for_its_own_address_alone(owner):
    owner.post(LOGIN, {"email": "bo@example.org"})
    owner.post(CONFIRM, {"code": Message.objects.latest("pk").context["code"]})
    owner.post("/account/logout/")
    use_all_codes_up()
    assert owner.post(LOGIN, {"email": ADDRESS}).status_code == 429


@pytest.mark.parametrize("forged", ["x", "known:0", ""])
def test_a_forged_cookie_makes_no_browser_known(client, forged):
    use_all_codes_up()
    client.cookies["known-browser"] = forged
    assert client.post(LOGIN, {"email": ADDRESS}).status_code == 429


def test_the_cookie_of_a_known_browser_does_not_tell_the_address(owner):
    cookie = owner.cookies["known-browser"]
    assert "amina" not in cookie.value and cookie["httponly"]


def test_a_code_that_is_sent_anew_counts_like_the_first(client, settings):
    settings.CODES_PER_EMAIL = 2
    client.post(LOGIN, {"email": ADDRESS})
    response = client.post(CONFIRM, {"action": "resend"}, headers={"accept-language": "en"})
    assert response.status_code == 429
    assert "press “Send a new code” again" in text_of(response)
    assert client.post(CONFIRM, {"action": "resend", "altcha": solved()}).status_code == 302
    assert codes() == 2


@pytest.mark.parametrize("email", ["", "amina", "a" * 300])
def test_what_is_no_address_is_not_counted(email):
    assert ask(email).status_code == 422
    assert not TryCount.objects.exists()


# A network -----------------------------------------------------------------------------


@pytest.fixture
def one_is_free(settings):
    settings.CODES_PER_NETWORK = 1
    ask(somebody(0))


def test_above_the_rate_of_a_network_a_proof_is_asked_for(one_is_free):
    response = ask()
    assert (response.status_code, codes()) == (429, 0)
    assert "<altcha-widget" in text_of(response) and "vendor/altcha.js" in text_of(response)
    assert 0 < int(response["Retry-After"]) <= 30
    assert not User.objects.filter(email=ADDRESS).exists()


def test_with_the_proof_the_code_is_sent(one_is_free):
    assert ask(altcha=solved()).url == CONFIRM
    assert codes() == 1


@pytest.mark.parametrize("proof", ["x", "e30=", "W10=", "bnVsbA==", "A" * 5000, "ä", "\x00"])
def test_what_is_no_proof_is_refused(one_is_free, proof):
    response = ask(altcha=proof)
    assert (response.status_code, codes()) == (429, 0)
    assert "It did not work this time" in text_of(response)


def test_the_same_proof_twice_is_refused(one_is_free):
    proof = solved()
    assert ask(somebody(1), altcha=proof).status_code == 302
    assert ask(somebody(2), altcha=proof).status_code == 429
    assert SpentChallenge.objects.count() == 1


def test_below_the_rate_no_page_loads_the_widget(client):
    assert "altcha" not in text_of(client.get(LOGIN))


def test_an_office_with_one_address_signs_in_by_proofs_and_another_network_needs_none(one_is_free):
    for number in range(1, 15):
        assert ask(somebody(number), altcha=solved()).status_code == 302
    assert ask(address="198.51.100.7").status_code == 302


def test_far_above_the_rate_a_network_is_refused(one_is_free, settings):
    settings.REFUSED_ABOVE_TIMES = 2
    ask(somebody(1), altcha=solved())
    response = ask(altcha=solved())
    assert response.status_code == 429
    assert "There have been too many requests" in text_of(response)
    assert "altcha" not in text_of(response)


def test_a_network_of_ipv6_is_its_first_64_bits(one_is_free):
    ask(somebody(1), address="2001:db8:0:1::1")
    assert ask(somebody(2), address="2001:db8:0:1:ffff::2").status_code == 429
    assert ask(somebody(3), address="2001:db8:0:2::1").status_code == 302


def test_an_address_of_ipv4_is_the_same_written_as_ipv6(one_is_free):
    assert ask(address="::ffff:192.0.2.1").status_code == 429


def test_a_client_cannot_claim_another_address(one_is_free):
    browser = Client(REMOTE_ADDR="192.0.2.1", headers={"x-forwarded-for": "203.0.113.9"})
    assert browser.post(LOGIN, {"email": ADDRESS}).status_code == 429


def test_behind_a_proxy_the_clients_are_counted_apart(one_is_free, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for client in ("203.0.113.1", "203.0.113.2"):
        browser = Client(REMOTE_ADDR="192.0.2.1", headers={"x-forwarded-for": client})
        assert browser.post(LOGIN, {"email": f"{client}@example.org"}).status_code == 302
