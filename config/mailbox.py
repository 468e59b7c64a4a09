"""What `manage.py up` would send, mails and text messages, kept as files to read in the browser."""

import email
import email.policy
import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage as DjangoEmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from notifications import sms

KEPT = 200
NAME = re.compile(r"[0-9]{20}-[0-9a-f]{8}")
# Marks a file that is a text message and not a mail.
TEXT_MESSAGE = "X-Text-Message"


class EmailBackend(BaseEmailBackend):
    """Write each mail to MAILBOX_DIR, under a name that sorts by time; keep the last ones."""

    def send_messages(self, email_messages: Sequence[DjangoEmailMessage]) -> int:
        for message in email_messages:
            _keep(message.message().as_bytes())
        return len(email_messages)


def send_sms(*, to: str, text: str, message_id: str) -> None:
    """Keep a text message among the mails: the SMS_BACKEND of `manage.py up`."""
    kept = EmailMessage()
    kept["To"], kept["Date"], kept[TEXT_MESSAGE] = to, timezone.now(), message_id
    kept.set_content(text)
    _keep(kept.as_bytes())


def _keep(content: bytes) -> None:
    folder: Path = settings.MAILBOX_DIR
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{time.time_ns():020}-{uuid.uuid4().hex[:8]}"
    partial = folder / f"{name}.partial"
    partial.write_bytes(content)
    partial.replace(folder / f"{name}.eml")
    for old in sorted(folder.glob("*.eml"))[:-KEPT]:
        old.unlink(missing_ok=True)


@dataclass(frozen=True)
class Attachment:
    name: str
    content_type: str
    content: str | bytes


@dataclass(frozen=True)
class Mail:
    """One kept mail or text message. `name` is its file's, without the ending."""

    name: str
    parsed: EmailMessage

    @property
    def is_text_message(self) -> bool:
        return TEXT_MESSAGE in self.parsed

    @property
    def subject(self) -> str:
        """The mail's subject; a text message has none and is short enough to stand for itself."""
        return self.text if self.is_text_message else str(self.parsed["Subject"])

    @property
    def parts(self) -> int:
        """How many messages of a phone a text message takes."""
        return sms.parts(self.text)

    @property
    def to(self) -> str:
        return str(self.parsed["To"])

    @property
    def language(self) -> str:
        return str(self.parsed["Content-Language"] or "")

    @property
    def sent_at(self) -> datetime:
        date: datetime = self.parsed["Date"].datetime
        # Without a zone (-0000) it is UTC: RFC 5322.
        return date if date.tzinfo else date.replace(tzinfo=UTC)

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    @property
    def attachments(self) -> list[Attachment]:
        return [
            Attachment(part.get_filename() or "", part.get_content_type(), part.get_content())
            for part in self.parsed.iter_attachments()
        ]

    def _body(self, kind: str) -> str:
        part = self.parsed.get_body((kind,))
        return part.get_content().rstrip("\n") if part else ""


def newest_first() -> list[Mail]:
    """Return the kept mails."""
    files = sorted(Path(settings.MAILBOX_DIR).glob("*.eml"), reverse=True)
    return [_read(file) for file in files]


def find(name: str) -> Mail | None:
    """Return the mail of this name. The name must be one of ours, never a path."""
    file = Path(settings.MAILBOX_DIR) / f"{name}.eml"
    return _read(file) if NAME.fullmatch(name) and file.exists() else None


def _read(file: Path) -> Mail:
    parsed = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    return Mail(file.stem, parsed)
