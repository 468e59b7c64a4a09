"""I7: every message is sent at least once, though workers are killed and the broker forgets."""

import asyncio
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from notifications import outbox, senders
from notifications.models import Message
from tests.factories import make_appointment, make_group, make_slots
from tests.faults.site import PATIENCE, Site, eventually
from tests.local_redis import LocalRedis
from tests.notifications.smtp_server import SmtpServer

MESSAGES = 4


class SlowServer(SmtpServer):
    """A mail server that takes a mail, and is long in saying so."""

    def __init__(self) -> None:
        super().__init__()
        self.has_one, self.answers = threading.Event(), threading.Event()

    async def handle_DATA(self, *details: Any) -> str:
        answer = await super().handle_DATA(*details)
        self.has_one.set()
        while not self.answers.is_set():
            await asyncio.sleep(0.02)
        return answer

    def copies(self) -> Counter[str]:
        return Counter(str(mail["Message-ID"]) for mail in self.mails)


@pytest.fixture
def smtp() -> Iterator[SlowServer]:
    server = SlowServer()
    server.start()
    yield server
    server.answers.set()
    server.stop()


@pytest.fixture
def site(
    transactional_db: None, tmp_path: Path, redis: LocalRedis, smtp: SlowServer
) -> Iterator[Site]:
    site = Site(tmp_path, redis.url)
    site.env |= {
        "ENVIRONMENT": "production",
        "SECRET_KEY": "only-for-this-test" * 4,
        "ALLOWED_HOSTS": "localhost",
        "EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}",
    }
    yield site
    site.stop()


def confirm_some() -> set[str]:
    """Confirm visits; return the keys of the messages that tell so."""
    for slot in make_slots(make_group(), MESSAGES):
        make_appointment(slot)
    return set(Message.objects.values_list("key", flat=True))


def let_the_pause_pass() -> None:
    """Let the next attempt be due."""
    Message.objects.update(next_attempt_at=timezone.now())


def all_are_sent() -> bool:
    return not Message.objects.exclude(status="sent").exists()


def test_every_message_goes_out_though_its_worker_is_killed_and_the_broker_forgets_it(
    site: Site, redis: LocalRedis, smtp: SlowServer
) -> None:
    keys = confirm_some()
    worker = site.start_worker()
    Celery(broker=redis.url).send_task("notifications.tasks.send_due")
    assert smtp.has_one.wait(PATIENCE)
    worker.stop(signal.SIGKILL)
    worker.process.wait(PATIENCE)
    redis.stop()
    redis.start()
    smtp.answers.set()
    let_the_pause_pass()
    assert Message.objects.filter(status="queued", attempts=1).count() == 1

    site.start_worker()
    site.start_beat()

    eventually(all_are_sent)
    # The one that was cut off came twice: as the same mail, for whoever compares.
    assert sorted(smtp.copies().values()) == [1] * (MESSAGES - 1) + [2]
    assert set(Message.objects.values_list("key", flat=True)) == keys
    assert Message.objects.count() == MESSAGES


# Without the outbox's order: first the claim, then the mail, then the note ----------------


class Killed(BaseException):
    """What ends a worker on the spot: nothing that it would do afterwards is done."""


class KillingBackend(BaseEmailBackend):
    """A mail server in whose hands the worker dies."""

    def send_messages(self, _mails: Any) -> int:
        raise Killed


def hasty_send(message: Message) -> None:
    """Note that it is sent, then send it."""
    Message.objects.filter(pk=message.pk).update(status=Message.Status.SENT)
    senders.send(message)


def survivors(settings: Any, send: Any) -> int:
    """Let a worker be killed while it sends, and return what another one sends afterwards."""
    (message,) = Message.objects.all()
    settings.EMAIL_BACKEND = f"{__name__}.KillingBackend"
    with pytest.raises(Killed):
        send(message)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    let_the_pause_pass()
    return outbox.send_all_due("email", seconds=5)


@pytest.fixture
def message(db: None) -> None:
    make_appointment(make_slots(make_group(), 1)[0])


@pytest.mark.usefixtures("message")
def test_a_message_is_sent_by_the_next_worker_when_one_is_killed(settings: Any) -> None:
    assert survivors(settings, lambda message: outbox.send(message.pk)) == 1
    assert len(mail.outbox) == 1


@pytest.mark.usefixtures("message")
def test_a_message_is_lost_with_its_worker_where_it_is_noted_before_it_is_sent(
    settings: Any,
) -> None:
    assert survivors(settings, hasty_send) == 0
    assert mail.outbox == []
