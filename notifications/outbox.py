"""
The outbox: a message is written with the change it tells of, and sent afterwards.

So there is a message if and only if the change was committed (I7), and no request waits for
a mail server or for Celery (P10).
"""

import datetime
import logging
import time
from collections.abc import Collection, Sequence
from typing import Any

from celery.exceptions import CeleryError
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from kombu.exceptions import KombuError

from notifications import senders
from notifications.models import Message

logger = logging.getLogger(__name__)

GIVE_UP_AFTER_ATTEMPTS = 20
LONGEST_PAUSE = datetime.timedelta(hours=1)
# After the broker failed it is left alone for a while; send_due finds the messages meanwhile.
SECONDS_WITHOUT_BROKER = 30
_broker_away_until = 0.0


def enqueue(
    *,
    key: str,
    template: str,
    to: str,
    language: str,
    context: dict[str, Any],
    attachments: Sequence[dict[str, str]] = (),
    channel: str = Message.Channel.EMAIL,
    not_after: datetime.datetime | None = None,
) -> None:
    """
    Queue one message, in the caller's transaction; a key that was used before is harmless.

    `template` names files in templates/emails/ (`x.subject.txt`, `x.txt`, `x.html`) or in
    templates/sms/ (`x.txt`), rendered in `language` with `context`, which must be JSON: format
    times and names before. An attachment is {"name", "content_type", "content"}, its content
    text. What has not gone out by `not_after` never does.
    """
    Message.objects.bulk_create(
        [
            Message(
                key=key,
                channel=channel,
                template=template,
                to=to,
                language=language,
                context=context,
                attachments=list(attachments),
                not_after=not_after,
            )
        ],
        ignore_conflicts=True,
    )
    transaction.on_commit(lambda: _ask_for_sending(key, channel), robust=True)


def withdraw(keys: Collection[str]) -> int:
    """
    Drop what is queued under these keys and no longer true; return how many it was.

    What has been sent stays sent; a message that a worker has in hand may still go out.
    """
    return Message.objects.filter(key__in=keys).end(Message.Status.DROPPED)


def send(message_id: int) -> bool:
    """Send this message if it is due and nobody else does; return whether it went out."""
    message = _claim(Message.objects.filter(pk=message_id))
    return message is not None and _deliver(message)


def send_all_due(channel: str, seconds: float) -> int:
    """
    Send what is due by one channel, for at most `seconds`, and return how many went out.

    One that fails is put off, so it never stands in the way of the others; each channel has a
    job of its own, so that no text message that hangs keeps a mail waiting.
    """
    deadline = time.monotonic() + seconds
    Message.objects.filter(channel=channel).outdated().end(Message.Status.DROPPED)
    sent = 0
    while time.monotonic() < deadline:
        message = _claim(Message.objects.filter(channel=channel))
        if message is None:
            break
        sent += _deliver(message)
    return sent


def forget_old() -> int:
    """Delete the rows of messages that ended MESSAGES_KEPT ago; return how many."""
    deleted, _ = Message.objects.ended_before(settings.MESSAGES_KEPT).delete()
    return deleted


def _claim(messages: Any) -> Message | None:
    """
    Take the first due message and put its next attempt off before trying.

    A worker that is killed while sending has then already left it to a later attempt, and
    no transaction stays open while a mail server is slow.
    """
    with transaction.atomic():
        message: Message | None = messages.due().that_nobody_else_sends().first()
        if message is None:
            return None
        message.attempts += 1
        Message.objects.filter(pk=message.pk).update(
            attempts=F("attempts") + 1,
            next_attempt_at=Now() + _pause_after(message.attempts),
        )
    return message


def _deliver(message: Message) -> bool:
    try:
        senders.send(message)
    except Exception as error:
        _note_failure(message, error)
        return False
    Message.objects.filter(pk=message.pk).end(Message.Status.SENT, sent_at=Now(), error="")
    return True


def _note_failure(message: Message, error: Exception) -> None:
    """Keep the kind of error only: its text may hold an address."""
    logger.warning(
        "Message not sent", extra={"message_id": message.pk, "error": type(error).__name__}
    )
    kind = type(error).__name__
    failed = Message.objects.filter(pk=message.pk)
    if message.attempts >= GIVE_UP_AFTER_ATTEMPTS:
        failed.end(Message.Status.FAILED, error=kind)
    else:
        failed.queued().update(error=kind)


def _pause_after(attempts: int) -> datetime.timedelta:
    """1, 2, 4, ... minutes, an hour at most: some 15 hours in all before it is given up."""
    return min(datetime.timedelta(minutes=2 ** min(attempts - 1, 6)), LONGEST_PAUSE)


def _ask_for_sending(key: str, channel: str) -> None:
    """Have a worker send it at once. Without a broker `send_due` does so a little later."""
    global _broker_away_until
    from notifications.tasks import send_message

    if time.monotonic() < _broker_away_until:
        return
    due = Message.objects.filter(key=key, channel=channel).due()
    for message_id in due.values_list("pk", flat=True):
        try:
            send_message.apply_async((message_id,), expires=600)
        except (KombuError, CeleryError, OSError) as error:
            _broker_away_until = time.monotonic() + SECONDS_WITHOUT_BROKER
            logger.warning("The broker is away: %s", type(error).__name__)
