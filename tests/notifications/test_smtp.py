"""Mails as a real mail server gets them."""

from email.message import EmailMessage
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from booking import calendar, messages
from booking.models import Appointment
from notifications import outbox, senders, tasks
from notifications.models import Message
from tests.factories import (
    make_appointment,
    make_group,
    make_person,
    make_slot,
    make_slots,
    make_user,
)
from tests.notifications.smtp_server import REFUSED, SmtpServer, free_port

pytestmark = pytest.mark.django_db

NAMES = ["Siobhán O'Neill", "王小明", "محمد عبد الله"]


def enqueue(key: str = "k1", to: str = "aino@example.org", language: str = "fi") -> None:
    outbox.enqueue(
        key=key, template="sign_in_code", to=to, language=language, context={"code": "492 817"}
    )


def make_due() -> None:
    """Let the pause after a failed attempt be over."""
    Message.objects.update(next_attempt_at=F("created_at"))


def confirmation(smtp: SmtpServer, **fields: Any) -> EmailMessage:
    """The mail that confirms a visit of three people."""
    visit = make_appointment(
        make_slots(make_group(), 3)[0],
        user=make_user("o'neill@example.org"),
        people=people_of(NAMES),
    )
    if fields:
        Message.objects.all().delete()
        Appointment.objects.update(**fields)
        messages.queue_confirmation(Appointment.objects.with_place().get(pk=visit.pk))
    tasks.send_due()
    (mail,) = smtp.mails
    return mail


def people_of(names: list[str]) -> list[Any]:
    return [make_person(name) for name in names]


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("language", "subject", "text"),
    [
        ("fi", "Kirjautumiskoodisi: 492 817", "Kirjautumiskoodisi on:"),
        ("sv", "Din inloggningskod: 492 817", "Din inloggningskod är:"),
        ("en", "Your sign-in code: 492 817", "Your sign-in code is:"),
    ],
)
def test_a_mail_arrives_in_the_language_of_its_person(
    smtp: SmtpServer, language: str, subject: str, text: str
) -> None:
    enqueue(language=language)
    tasks.send_due()
    (mail,) = smtp.mails
    assert (mail["Subject"], mail["To"]) == (subject, "aino@example.org")
    assert (mail["Content-Language"], mail["Auto-Submitted"]) == (language, "auto-generated")
    assert text in body(mail, "plain") and text in body(mail, "html")
    assert f'<html lang="{language}">' in body(mail, "html")


def test_names_in_any_script_arrive_whole(smtp: SmtpServer) -> None:
    mail = confirmation(smtp)
    assert all(f"- {name}\n" in body(mail, "plain") for name in NAMES)
    shown = body(mail, "html").replace("&#x27;", "'")
    assert all(f"<bdi>{name}</bdi>" in shown for name in NAMES)
    assert smtp.recipients == ["o'neill@example.org"]


def test_a_name_is_never_markup(smtp: SmtpServer) -> None:
    make_appointment(make_slot(), people=people_of(["<img src=x>"]))
    tasks.send_due()
    assert "<img" not in body(smtp.mails[0], "html")
    assert "- <img src=x>\n" in body(smtp.mails[0], "plain")


def test_the_invitation_is_one_of_the_alternatives_and_a_file(smtp: SmtpServer) -> None:
    mail = confirmation(smtp)
    alternatives, file = mail.iter_parts()
    kinds = [part.get_content_type() for part in alternatives.iter_parts()]
    assert mail.get_content_type() == "multipart/mixed"
    assert alternatives.get_content_type() == "multipart/alternative"
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    assert (file.get_content_type(), file.get_filename()) == ("application/ics", "visit.ics")


def test_the_invitation_says_its_method_and_character_set(smtp: SmtpServer) -> None:
    alternatives, file = confirmation(smtp, language="fi").iter_parts()
    *_, invitation = alternatives.iter_parts()
    said = invitation["Content-Type"].params
    assert (said["method"], said["charset"]) == ("REQUEST", "utf-8")
    as_text = invitation.get_content().replace("\r\n", "\n")
    assert "SUMMARY:Käynti: " in as_text
    assert file.get_content().decode().replace("\r\n", "\n") == as_text


def test_a_cancellation_says_so_to_the_mail_program(smtp: SmtpServer) -> None:
    visit = make_appointment(make_slot())
    Message.objects.all().delete()
    messages.queue_cancellation(Appointment.objects.with_place().get(pk=visit.pk))
    tasks.send_due()
    alternatives, _file = smtp.mails[0].iter_parts()
    *_, invitation = alternatives.iter_parts()
    assert invitation["Content-Type"].params["method"] == "CANCEL"
    assert "METHOD:CANCEL" in invitation.get_content()


def test_a_mail_sent_again_has_the_same_message_id(smtp: SmtpServer) -> None:
    enqueue()
    message = Message.objects.get()
    senders.send(message)
    senders.send(message)
    one, other = smtp.mails
    assert one["Message-ID"] == other["Message-ID"]


def test_two_messages_have_two_message_ids(smtp: SmtpServer) -> None:
    enqueue("one")
    enqueue("other")
    tasks.send_due()
    assert len({mail["Message-ID"] for mail in smtp.mails}) == 2


def test_an_address_that_the_server_refuses_stops_nobody_else(smtp: SmtpServer) -> None:
    enqueue("first", REFUSED)
    enqueue("second")
    tasks.send_due()
    assert smtp.recipients == ["aino@example.org"]
    refused = Message.objects.get(key="first")
    assert (refused.status, refused.attempts) == ("queued", 1)
    assert refused.error == "SMTPRecipientsRefused"


def test_a_mail_waits_for_a_server_that_is_down(settings: Any, smtp: SmtpServer) -> None:
    settings.EMAIL_PORT = free_port()
    enqueue()
    tasks.send_due()
    assert Message.objects.get().error == "ConnectionRefusedError"
    settings.EMAIL_PORT = smtp.port
    make_due()
    tasks.send_due()
    assert Message.objects.get().status == "sent"
    assert len(smtp.mails) == 1


def test_each_failure_doubles_the_pause(settings: Any, smtp: SmtpServer) -> None:
    settings.EMAIL_PORT = free_port()
    enqueue()
    pauses = []
    for _ in range(8):
        make_due()
        tasks.send_due()
        pause = Message.objects.get().next_attempt_at - timezone.now()
        pauses.append(round(pause.total_seconds() / 60))
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_line_break_in_a_name_adds_no_header(smtp: SmtpServer) -> None:
    outbox.enqueue(
        key="k",
        template="sign_in_code",
        to="aino@example.org",
        language="en",
        context={"code": "1\nBcc: eve@example.org"},
    )
    tasks.send_due()
    (mail,) = smtp.mails
    assert mail["Bcc"] is None
    assert smtp.recipients == ["aino@example.org"]


def test_the_calendar_file_survives_the_mail(smtp: SmtpServer) -> None:
    mail = confirmation(smtp)
    visit = Appointment.objects.with_place().get()
    (file,) = mail.iter_attachments()
    lines = file.get_content().decode().split("\r\n")
    expected = calendar.invitation(visit)["content"].split("\r\n")
    assert [line for line in lines if "DTSTAMP" not in line] == [
        line for line in expected if "DTSTAMP" not in line
    ]
