"""Text messages: numbers, lengths, and a gateway that fails."""

from typing import Any

import pytest
from django.core import mail

from notifications import outbox, sms, tasks
from notifications.models import Message

CONTEXT = {
    "short_day": "ma 14.12.",
    "time": "9.20",
    "short_point": "Lahti",
    "reference": "ABCDEFGHJK",
    "short_url": "https://vuoro.example/v/ABCDEFGHJK/",
}


def enqueue(key: str = "k1", to: str = "+358401234567", **fields: Any) -> None:
    fields = {"language": "fi", "context": CONTEXT, "channel": "sms"} | fields
    outbox.enqueue(key=key, template="visit_confirmed", to=to, **fields)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("040 123 4567", "+358401234567"),
        ("(050) 123-4567", "+358501234567"),
        ("+46 70 123 45 67", "+46701234567"),
        ("00 46 70 123 45 67", "+46701234567"),
        ("+1 202 555 0123", "+12025550123"),
    ],
)
def test_a_number_that_can_have_texts_is_written_in_full(typed: str, number: str) -> None:
    assert sms.number_for_texts(typed) == number


@pytest.mark.parametrize(
    "typed",
    ["", "12345", "abc", "09 123 4567", "+358 295 419 600", "0600 123 456", "+999 123456789"],
)
def test_no_texts_go_to_anything_else(typed: str) -> None:
    assert sms.number_for_texts(typed) == ""


def test_a_number_without_country_is_from_the_region_of_the_setting(settings: Any) -> None:
    settings.PHONE_REGION = "SE"
    assert sms.number_for_texts("070-123 45 67") == "+46701234567"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ä" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("王" * 70, 1),
        ("王" * 71, 2),
        ("š" + "a" * 70, 2),
        ("🙂" * 35, 1),
        ("🙂" * 36, 2),
    ],
)
def test_the_parts_of_a_text_are_counted_as_the_network_does(text: str, parts: int) -> None:
    assert sms.parts(text) == parts


@pytest.mark.django_db
def test_a_text_goes_to_the_gateway_in_the_language_of_its_person(
    texts: list[dict[str, str]],
) -> None:
    enqueue(language="en")
    tasks.send_due_texts()
    assert [text["to"] for text in texts] == ["+358401234567"]
    assert texts[0]["text"] == (
        "Visit booked: ma 14.12., 9.20, Lahti. Reference ABCDEFGHJK. "
        "Move or cancel: https://vuoro.example/v/ABCDEFGHJK/"
    )


@pytest.mark.django_db
def test_a_text_sent_again_has_the_same_id(texts: list[dict[str, str]]) -> None:
    enqueue()
    tasks.send_due_texts()
    Message.objects.update(status="queued", next_attempt_at="2020-01-01T00:00Z", context=CONTEXT)
    tasks.send_due_texts()
    assert texts[0]["message_id"] == texts[1]["message_id"]


@pytest.mark.django_db
def test_a_key_is_queued_once_by_each_channel(texts: list[dict[str, str]]) -> None:
    for _ in range(2):
        enqueue("same")
        enqueue("same", "aino@example.org", channel="email", context={**CONTEXT, "people": 1})
    tasks.send_due()
    tasks.send_due_texts()
    assert (len(texts), len(mail.outbox)) == (1, 1)


@pytest.mark.django_db
def test_a_gateway_that_fails_stops_no_mail(settings: Any) -> None:
    settings.SMS_BACKEND = "tests.notifications.conftest.refuse"
    enqueue("a text")
    enqueue("a mail", "aino@example.org", channel="email", context={**CONTEXT, "people": 1})
    tasks.send_due_texts()
    tasks.send_due()
    failed = Message.objects.get(channel="sms")
    assert (failed.status, failed.attempts, failed.error) == ("queued", 1, "ConnectionError")
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_the_job_of_the_mails_leaves_the_texts_alone(texts: list[dict[str, str]]) -> None:
    enqueue()
    tasks.send_due()
    assert texts == []


@pytest.mark.django_db
def test_a_text_that_was_sent_keeps_no_number(texts: list[dict[str, str]]) -> None:
    enqueue()
    tasks.send_due_texts()
    message = Message.objects.get()
    assert (message.status, message.to, message.context) == ("sent", "", {})
