from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from config import mailbox

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.config.urls_with_mailbox")]


@pytest.fixture(autouse=True)
def sent(tmp_path: Path, settings: Any) -> None:
    """Two mails, the second with HTML and an attachment."""
    settings.MAILBOX_DIR = tmp_path
    first = EmailMultiAlternatives("Koodi", "teksti", to=["aino@example.org"])
    second = EmailMultiAlternatives("Vahvistus", "Pyöräilijä", to=["väinö@example.org"])
    second.attach_alternative("<p>Pyöräilijä</p><script>alert(1)</script>", "text/html")
    second.attach("aika.ics", "BEGIN:VCALENDAR", "text/calendar")
    mailbox.EmailBackend().send_messages([first, second])


def test_the_newest_mail_is_on_top(client: Client) -> None:
    page = client.get("/-/mailbox/").content.decode()
    assert page.index("Vahvistus") < page.index("Koodi")


def test_a_mail_is_shown_with_its_text_and_attachment(client: Client) -> None:
    name = mailbox.newest_first()[0].name
    page = client.get(f"/-/mailbox/{name}/").content.decode()
    assert "Pyöräilijä" in page
    assert "aika.ics" in page


def test_an_attachment_can_be_fetched(client: Client) -> None:
    name = mailbox.newest_first()[0].name
    assert client.get(f"/-/mailbox/{name}/0/").content == b"BEGIN:VCALENDAR"


def test_html_of_a_mail_is_framed_by_us_only_and_runs_nothing(client: Client) -> None:
    name = mailbox.newest_first()[0].name
    answer = client.get(f"/-/mailbox/{name}/html/")
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "script-src 'none'" in answer["Content-Security-Policy"]


def test_an_unknown_mail_is_not_found(client: Client) -> None:
    assert client.get("/-/mailbox/no-such-mail/").status_code == 404
