import pytest
from django.core import mail
from django.utils import translation

from accounts.adapters import AccountAdapter
from notifications import tasks
from notifications.models import Message

pytestmark = pytest.mark.django_db


def test_a_code_is_queued_and_not_mailed_in_the_request() -> None:
    AccountAdapter().send_mail("account/email/login_code", "a@example.org", {"code": "XK4-7PQ"})
    assert Message.objects.get().to == "a@example.org"
    assert mail.outbox == []


def test_a_code_is_in_the_language_of_the_page() -> None:
    with translation.override("sv"):
        AccountAdapter().send_mail("account/email/login_code", "a@example.org", {"code": "XK4"})
    tasks.send_due()
    assert mail.outbox[0].subject == "Din inloggningskod: XK4"


def test_nothing_but_a_code_goes_to_an_unknown_address() -> None:
    AccountAdapter().send_mail("account/email/unknown_account", "a@example.org", {})
    assert not Message.objects.exists()
