"""Signing in with a code by e-mail: the same for an address that is known and one that is not."""

import datetime
import html
import re
from urllib.parse import urlencode

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts import sign_in, tasks
from accounts.models import User
from notifications.models import Message
from tests.factories import make_appointment, make_point, make_slot, make_staff, make_user
from tests.proofs import solved

pytestmark = pytest.mark.django_db

ADDRESS = "amina@example.org"
LOGIN, CONFIRM = "/account/login/", "/account/login/code/confirm/"


@pytest.fixture(autouse=True)
def english(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    cache.clear()


def ask(client, email=ADDRESS, query=""):
    return client.post(f"{LOGIN}{query}", {"email": email})


def newest_code() -> str:
    return Message.objects.latest("pk").context["code"]


def type_code(client, code):
    return client.post(CONFIRM, {"code": code})


def signed_in(client):
    return client.get("/visits/").status_code == 200


def text_of(response):
    return html.unescape(response.content.decode())


def test_a_code_signs_in_who_has_never_been_here(client):
    assert ask(client).url == CONFIRM
    type_code(client, newest_code())
    assert signed_in(client)
    assert EmailAddress.objects.get(email=ADDRESS).verified


def form_with(page, text):
    """Return the address and the hidden inputs of the form on a page that has `text` in it."""
    (form,) = (form for form in re.findall(r"<form.*?</form>", page, re.DOTALL) if text in form)
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    return re.search('action="([^"]*)"', form)[1], dict(fields)


def test_signing_in_leads_back_to_the_page_one_came_from(client):
    wanted = "/book/hold/?service=study&people=1"
    address, fields = form_with(text_of(client.get(LOGIN, {"next": wanted})), 'name="email"')
    response = client.post(address, fields | {"email": ADDRESS})
    address, fields = form_with(text_of(client.get(response.url)), 'name="code"')
    assert client.post(address, fields | {"code": newest_code()}).url == wanted


def test_signing_in_never_leads_to_another_site(client):
    client.post(LOGIN, {"email": ADDRESS, "next": "https://evil.example/"})
    assert type_code(client, newest_code()).url == "/"


def test_the_answer_tells_nobody_who_has_an_account(client):
    make_user("known@example.org")
    answers = []
    for email in ("known@example.org", "unknown@example.org"):
        browser = Client(headers={"accept-language": "en"})
        response = browser.post(LOGIN, {"email": email})
        page = text_of(browser.get(response.url)).replace(email, "")
        answers.append((response.status_code, response.url, page.count("<p>"), len(page) // 100))
    assert answers[0] == answers[1]
    assert Message.objects.filter(template="sign_in_code").count() == 2


def test_a_closed_account_gets_the_same_answer_and_no_code(client):
    make_user(ADDRESS, is_active=False)
    assert ask(client).url == CONFIRM
    assert not Message.objects.exists()


def test_an_address_is_one_person_in_any_case(client):
    user = make_user(ADDRESS)
    ask(client, "AMINA@Example.ORG")
    type_code(client, newest_code())
    assert User.objects.get() == user and signed_in(client)


def test_the_code_is_sent_in_the_language_of_the_page_and_the_language_is_kept(client):
    client.cookies["django_language"] = "sv"
    ask(client)
    assert Message.objects.get().language == "sv"
    type_code(client, newest_code())
    assert User.objects.get().language == "sv"


@pytest.mark.parametrize("email", ["", "amina", "amina@", "a@b\x00.fi", f"{'a' * 300}@example.org"])
def test_what_is_no_address_is_said_and_kept(client, email):
    response = ask(client, email)
    page = text_of(response)
    assert response.status_code == 422
    assert page.count("There is a problem") == 1 and "<title>Error:" in page
    assert not email or f'value="{email}"' in page
    assert not User.objects.exists() and not Message.objects.exists()


@pytest.mark.parametrize("code", ["", "000000", "\x00", "x" * 1000])
def test_a_wrong_code_is_said_and_signs_nobody_in(client, code):
    ask(client)
    response = type_code(client, code)
    assert response.status_code == 422
    assert text_of(response).count("There is a problem") == 1
    assert not signed_in(client)


def test_a_code_has_three_tries(client):
    ask(client)
    code = newest_code()
    statuses = [type_code(client, "000000").status_code for _ in range(3)]
    assert statuses[:2] == [422, 422]
    type_code(client, code)
    assert not signed_in(client)


def test_a_code_works_once(client):
    ask(client)
    code = newest_code()
    type_code(client, code)
    client.post("/account/logout/")
    type_code(client, code)
    assert not signed_in(client)


def test_a_code_works_only_where_it_was_asked_for(client):
    ask(client)
    other = Client(headers={"accept-language": "en"})
    ask(other, "other@example.org")
    code = Message.objects.get(to=ADDRESS).context["code"]
    type_code(other, code)
    assert not signed_in(other)


def test_a_code_lives_ten_minutes(client, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    ask(client)
    time_machine.shift(datetime.timedelta(minutes=10, seconds=1))
    type_code(client, newest_code())
    assert not signed_in(client)


def test_a_new_code_takes_the_place_of_the_old_one(client):
    ask(client)
    old = newest_code()
    assert client.post(CONFIRM, {"action": "resend"}).url == CONFIRM
    assert newest_code() != old
    type_code(client, old)
    assert not signed_in(client)
    type_code(client, newest_code())
    assert signed_in(client)


def test_a_new_code_is_sent_twice_and_no_more(client):
    ask(client)
    for _press in range(3):
        client.post(CONFIRM, {"action": "resend", "altcha": solved()})
    assert Message.objects.count() == 3
    assert "Send a new code" not in text_of(client.get(CONFIRM))


def test_who_mistyped_the_address_types_it_again(client):
    wanted = "/book/hold/?service=study&people=1"
    ask(client, "amnia@example.org", query=f"?{urlencode({'next': wanted})}")
    page = text_of(client.get(CONFIRM, {"next": wanted}))
    address, fields = form_with(page, "Use another e-mail address")
    again = text_of(client.post(address, fields, follow=True))
    assert form_with(again, 'name="email"')[1]["next"] == wanted
    ask(client)
    assert Message.objects.latest("pk").to == ADDRESS


def test_following_a_link_signs_nobody_out(client):
    client.force_login(make_user())
    client.get("/account/logout/")
    assert signed_in(client)
    client.post("/account/logout/")
    assert not signed_in(client)


def test_who_never_typed_a_code_is_forgotten_after_a_day(client):
    ask(client)
    tasks.forget_unproved()
    assert User.objects.exists()
    User.objects.update(date_joined=timezone.now() - datetime.timedelta(hours=25))
    tasks.forget_unproved()
    assert not User.objects.exists() and not EmailAddress.objects.exists()


def test_nobody_else_is_forgotten(client):
    ask(client)
    type_code(client, newest_code())
    make_staff(make_point())
    booked = sign_in.user_for_sign_in("booked@example.org", language="fi")
    make_appointment(make_slot(), user=booked)
    User.objects.update(date_joined=timezone.now() - datetime.timedelta(days=2))
    assert sign_in.forget_unproved() == 0
    assert User.objects.count() == 3
