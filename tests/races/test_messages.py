"""Many workers, one message: it is queued once and sent once (I7)."""

from functools import partial

import pytest
from django.core import mail
from django.db import IntegrityError

from notifications import outbox, senders
from notifications.models import Message
from tests.races.racing import Meeting, interleave, kinds, race

pytestmark = pytest.mark.django_db(transaction=True)


def enqueue(key: str = "once") -> None:
    outbox.enqueue(
        key=key,
        template="sign_in_code",
        to="aino@example.org",
        language="fi",
        context={"code": "492 817"},
    )


def test_a_message_queued_many_times_at_one_moment_is_queued_once():
    race([enqueue] * 20)

    assert Message.objects.count() == 1


def naive_enqueue(meeting: Meeting) -> Message:
    """See that the key is new, then queue the message."""
    assert not Message.objects.filter(key="once").exists()
    meeting.wait()
    return Message.objects.create(
        key="once", template="sign_in_code", to="aino@example.org", language="fi"
    )


def test_a_message_queued_many_times_at_one_moment_is_an_error_without_the_statement():
    outcomes = race([partial(naive_enqueue, Meeting(20))] * 20, expect=(IntegrityError,))

    assert kinds(outcomes) == {"IntegrityError": 19, "Message": 1}


def test_a_message_that_many_workers_are_asked_to_send_is_sent_once():
    enqueue()
    message = Message.objects.get()

    sent = race([partial(outbox.send, message.pk)] * 10)

    assert sorted(sent) == [False] * 9 + [True]
    assert len(mail.outbox) == 1


def test_workers_that_send_all_that_is_due_share_it():
    for n in range(20):
        enqueue(f"message {n}")

    assert sum(race([partial(outbox.send_all_due, "email", seconds=20)] * 4)) == 20
    assert len(mail.outbox) == 20
    assert not Message.objects.exclude(status="sent", attempts=1).exists()


def test_a_message_that_one_worker_is_sending_is_passed_over_by_another():
    enqueue()
    message = Message.objects.get()
    send = partial(outbox.send, message.pk)

    first, second = interleave(send, before='UPDATE "notifications_message"', others=[send])

    assert (first, second) == (True, False)
    assert len(mail.outbox) == 1


def naive_send(meeting: Meeting) -> None:
    """See what is due, send it, then note that it was sent."""
    for message in Message.objects.due():
        meeting.wait()
        senders.send_email(message)
        Message.objects.filter(pk=message.pk).update(status="sent")


def test_a_message_is_sent_by_each_worker_without_the_claim():
    enqueue()
    meeting = Meeting(10)

    race([partial(naive_send, meeting)] * 10)

    assert len(mail.outbox) == 10
