from collections.abc import Iterator
from typing import Any

import pytest

from notifications import sms
from tests.notifications.smtp_server import SmtpServer


@pytest.fixture
def smtp(settings: Any) -> Iterator[SmtpServer]:
    """A running mail server, which mails are sent to by SMTP."""
    server = SmtpServer()
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    server.stop()


@pytest.fixture
def texts(settings: Any) -> list[dict[str, str]]:
    """The text messages a gateway has taken."""
    GATEWAY.clear()
    settings.SMS_BACKEND = f"{__name__}.take"
    return GATEWAY


GATEWAY: list[dict[str, str]] = []


def take(*, to: str, text: str, message_id: str) -> None:
    GATEWAY.append({"to": to, "text": text, "message_id": message_id})


def refuse(*, to: str, text: str, message_id: str) -> None:
    raise ConnectionError(f"no answer for {to}")


_conforms: list[sms.SmsSender] = [take, refuse]
