from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone

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


def test_html_of_a_mail_may_have_the_styles_that_mail_programs_need(client: Client) -> None:
    name = mailbox.newest_first()[0].name
    policy = client.get(f"/-/mailbox/{name}/html/")["Content-Security-Policy"]
    assert "style-src 'unsafe-inline'" in policy


def test_no_other_page_may_have_them(client: Client) -> None:
    name = mailbox.newest_first()[0].name
    for page in ("/-/mailbox/", f"/-/mailbox/{name}/"):
        assert "unsafe-inline" not in client.get(page)["Content-Security-Policy"]


def test_a_text_message_stands_among_the_mails(client: Client) -> None:
    mailbox.send_sms(to="+358401234567", text="Käynti: " + "a" * 152, message_id="1")
    page = client.get("/-/mailbox/", headers={"accept-language": "en"}).content.decode()
    assert page.index("Text message") < page.index("Vahvistus")
    assert "+358401234567" in page and "Käynti: aaa" in page


def test_mails_and_text_messages_show_the_time_on_our_clocks(client: Client) -> None:
    mailbox.send_sms(to="1", text="Käynti", message_id="1")
    moments = [mail.sent_at for mail in mailbox.newest_first()]
    assert all(timezone.now() - moment < timedelta(hours=1) for moment in moments)


@pytest.mark.parametrize(
    ("signs", "says"),
    [(160, "160 characters, sent as one message"), (161, "161 characters, sent as 2 messages")],
)
def test_a_text_message_says_how_many_it_is(client: Client, signs: int, says: str) -> None:
    mailbox.send_sms(to="+358401234567", text="ä" * signs, message_id="1")
    name = mailbox.newest_first()[0].name
    page = client.get(f"/-/mailbox/{name}/", headers={"accept-language": "en"})
    assert says in page.content.decode()


def test_a_text_message_is_no_markup_and_its_link_can_be_followed(client: Client) -> None:
    mailbox.send_sms(to="1", text="<b>Käynti</b> https://vuoro.example/v/A/", message_id="1")
    name = mailbox.newest_first()[0].name
    page = client.get(f"/-/mailbox/{name}/").content.decode()
    assert "&lt;b&gt;Käynti" in page
    assert 'href="https://vuoro.example/v/A/"' in page


@pytest.mark.parametrize("name", ["no-such-mail", "..", "0" * 3000, "%00"])
def test_an_unknown_mail_is_not_found(client: Client, name: str) -> None:
    assert client.get(f"/-/mailbox/{name}/").status_code in {400, 404}
