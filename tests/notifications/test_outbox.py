import datetime
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from notifications import outbox, senders, tasks
from notifications.models import Message

CODE = "492 817"


def enqueue(key: str = "k1", to: str = "aino@example.org", **fields: Any) -> None:
    fields = {"language": "fi", "context": {"code": CODE}} | fields
    outbox.enqueue(key=key, template="sign_in_code", to=to, **fields)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("fi", f"Kirjautumiskoodisi: {CODE}"),
        ("sv", f"Din inloggningskod: {CODE}"),
        ("en", f"Your sign-in code: {CODE}"),
    ],
)
def test_a_message_is_in_the_language_of_its_person(language: str, subject: str) -> None:
    enqueue(language=language)
    tasks.send_due()
    assert mail.outbox[0].subject == subject


@pytest.mark.django_db
def test_a_key_is_queued_once() -> None:
    enqueue("same")
    enqueue("same")
    tasks.send_due()
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_a_sent_message_keeps_nothing_personal() -> None:
    enqueue(attachments=[{"name": "a.ics", "content_type": "text/calendar", "content": "x"}])
    tasks.send_due()
    message = Message.objects.get()
    assert (message.status, message.to) == ("sent", "")
    assert (message.context, message.attachments) == ({}, [])


@pytest.mark.django_db
def test_an_attachment_is_attached() -> None:
    enqueue(attachments=[{"name": "a.txt", "content_type": "text/plain", "content": "Hyvä"}])
    tasks.send_due()
    assert mail.outbox[0].attachments[0][:2] == ("a.txt", "Hyvä")


@pytest.mark.django_db
def test_sending_twice_sends_once() -> None:
    enqueue()
    message = Message.objects.get()
    tasks.send_message(message.pk)
    tasks.send_message(message.pk)
    tasks.send_due()
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_names_are_escaped_in_html_and_left_alone_in_text() -> None:
    enqueue(context={"code": "O'Neill & <b>"})
    email = senders.compose(Message.objects.get())
    assert "O'Neill & <b>" in email.body
    assert "O&#x27;Neill &amp; &lt;b&gt;" in email.alternatives[0][0]


@pytest.fixture
def refuse_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail server that refuses refused@example.org."""
    really_send = senders.send_email

    def send(message: Message) -> None:
        if message.to == "refused@example.org":
            raise OSError("550 refused@example.org is unknown")
        really_send(message)

    monkeypatch.setattr(senders, "send_email", send)


@pytest.mark.django_db
@pytest.mark.usefixtures("refuse_one")
def test_a_failing_message_does_not_stop_the_others() -> None:
    enqueue("first", "refused@example.org")
    enqueue("second", "aino@example.org")
    tasks.send_due()
    assert [m.to for m in mail.outbox] == [["aino@example.org"]]


@pytest.mark.django_db
@pytest.mark.usefixtures("refuse_one")
def test_a_failed_message_waits_for_its_next_attempt() -> None:
    enqueue(to="refused@example.org")
    tasks.send_due()
    message = Message.objects.get()
    assert (message.status, message.attempts, message.error) == ("queued", 1, "OSError")
    assert message.next_attempt_at > timezone.now() + datetime.timedelta(seconds=50)


@pytest.mark.django_db
@pytest.mark.usefixtures("refuse_one")
def test_a_message_that_never_goes_out_is_given_up_and_wiped() -> None:
    enqueue(to="refused@example.org")
    Message.objects.update(attempts=outbox.GIVE_UP_AFTER_ATTEMPTS - 1)
    tasks.send_due()
    message = Message.objects.get()
    assert (message.status, message.to, message.context) == ("failed", "", {})


def ago(**time: int) -> datetime.datetime:
    return timezone.now() - datetime.timedelta(**time)


@pytest.mark.django_db
def test_a_message_that_is_no_longer_true_is_not_sent() -> None:
    enqueue("late", not_after=ago(seconds=1))
    enqueue("in time", not_after=ago(hours=-1))
    tasks.send_due()
    assert len(mail.outbox) == 1
    late = Message.objects.get(key="late")
    assert (late.status, late.to, late.context) == ("dropped", "", {})


@pytest.mark.django_db
def test_a_worker_that_was_told_of_it_does_not_send_it_late_either() -> None:
    enqueue(not_after=ago(seconds=1))
    tasks.send_message(Message.objects.get().pk)
    assert mail.outbox == []


@pytest.mark.django_db
def test_what_is_withdrawn_is_not_sent() -> None:
    enqueue("untrue")
    enqueue("true")
    assert outbox.withdraw(["untrue", "unknown"]) == 1
    tasks.send_due()
    assert [message.key for message in Message.objects.filter(status="sent")] == ["true"]
    assert Message.objects.get(key="untrue").context == {}


@pytest.mark.django_db
def test_what_has_been_sent_is_not_withdrawn() -> None:
    enqueue()
    tasks.send_due()
    assert outbox.withdraw(["k1"]) == 0
    assert Message.objects.get().status == "sent"


@pytest.mark.django_db
def test_a_message_is_forgotten_after_a_month() -> None:
    for key in ("old", "young"):
        enqueue(key)
    tasks.send_due()
    Message.objects.filter(key="old").update(created_at=ago(days=30, minutes=1))
    Message.objects.filter(key="young").update(created_at=ago(days=29))
    tasks.forget_old()
    assert Message.objects.get().key == "young"


@pytest.mark.django_db
def test_a_message_that_still_waits_is_not_forgotten() -> None:
    enqueue()
    Message.objects.update(created_at=ago(days=40))
    tasks.forget_old()
    assert Message.objects.get().status == "queued"


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_change_sends_nothing() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue()
        raise ZeroDivisionError
    tasks.send_due()
    assert mail.outbox == []


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_neither_fails_nor_stops_the_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OSError

    monkeypatch.setattr(tasks.send_message, "apply_async", away)
    monkeypatch.setattr(outbox, "_broker_away_until", 0.0)
    enqueue()
    tasks.send_due()
    assert len(mail.outbox) == 1
