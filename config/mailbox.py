"""Outgoing mail of `manage.py up`, kept as files so that it can be read in the browser."""

import email
import email.policy
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage as DjangoEmailMessage
from django.core.mail.backends.base import BaseEmailBackend

KEPT = 200


class EmailBackend(BaseEmailBackend):
    """Write each mail to MAILBOX_DIR, under a name that sorts by time; keep the last ones."""

    def send_messages(self, email_messages: Sequence[DjangoEmailMessage]) -> int:
        folder: Path = settings.MAILBOX_DIR
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{time.time_ns():020}-{uuid.uuid4().hex[:8]}"
            partial = folder / f"{name}.partial"
            partial.write_bytes(message.message().as_bytes())
            partial.replace(folder / f"{name}.eml")
        for old in sorted(folder.glob("*.eml"))[:-KEPT]:
            old.unlink(missing_ok=True)
        return len(email_messages)


@dataclass(frozen=True)
class Attachment:
    name: str
    content_type: str
    content: str | bytes


@dataclass(frozen=True)
class Mail:
    """One kept mail. `name` is its file's, without the ending."""

    name: str
    parsed: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.parsed["Subject"])

    @property
    def to(self) -> str:
        return str(self.parsed["To"])

    @property
    def language(self) -> str:
        return str(self.parsed["Content-Language"] or "")

    @property
    def sent_at(self) -> datetime:
        return self.parsed["Date"].datetime

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
        return part.get_content() if part else ""


def newest_first() -> list[Mail]:
    """Return the kept mails."""
    files = sorted(Path(settings.MAILBOX_DIR).glob("*.eml"), reverse=True)
    return [_read(file) for file in files]


def find(name: str) -> Mail | None:
    """Return the mail of this name. The name must be one of ours, never a path."""
    file = Path(settings.MAILBOX_DIR) / f"{name}.eml"
    return _read(file) if file.parent == settings.MAILBOX_DIR and file.exists() else None


def _read(file: Path) -> Mail:
    parsed = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    return Mail(file.stem, parsed)
