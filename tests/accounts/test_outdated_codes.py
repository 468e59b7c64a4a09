"""A code opens the account it was sent for, while the account is what it was (T6)."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from accounts.models import User
from notifications.models import Message
from tests.factories import make_user

pytestmark = pytest.mark.django_db
LOGIN, CONFIRM = reverse("account_login"), reverse("account_confirm_login_code")


@pytest.fixture
def user():
    return make_user("amina@example.org")


def ask(client, email="amina@example.org"):
    return client.post(LOGIN, {"email": email})


def confirm(client):
    code = Message.objects.get(template="sign_in_code").context["code"]
    return client.post(CONFIRM, {"code": code})


def is_signed_in(client):
    return client.get("/visits/").status_code == 200


def test_a_code_opens_the_account(client, user):
    ask(client)
    confirm(client)
    assert is_signed_in(client)


def test_a_code_opens_no_account_that_was_closed_meanwhile(client, user):
    ask(client)
    User.objects.update(is_active=False)
    assert confirm(client).url == reverse("account_inactive")
    assert not is_signed_in(client)


def test_a_code_opens_no_account_whose_address_changed_meanwhile(client, user):
    ask(client)
    User.objects.update(email="moved@example.org")
    EmailAddress.objects.update(email="moved@example.org")
    assert confirm(client).url == LOGIN
    assert not is_signed_in(client)


def test_a_closed_account_is_answered_like_any_other_and_sent_nothing(client, user):
    open_one = ask(client, "other@example.org")
    User.objects.filter(pk=user.pk).update(is_active=False)
    closed = ask(client)
    assert (closed.status_code, closed.url) == (open_one.status_code, open_one.url)
    assert not Message.objects.filter(to="amina@example.org").exists()
