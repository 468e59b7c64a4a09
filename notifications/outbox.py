"""Put a message to a person into the outbox, in the transaction of what it tells."""

from collections.abc import Sequence
from typing import Any

from notifications.models import Message


def enqueue(
    *,
    key: str,
    template: str,
    to: str,
    language: str,
    context: dict[str, Any],
    attachments: Sequence[dict[str, str]] = (),
) -> None:
    """Queue a message once: a `key` that is in the outbox already is left as it is (I7)."""
    Message.objects.bulk_create(
        [
            Message(
                key=key,
                template=template,
                to=to,
                language=language,
                context=context,
                attachments=list(attachments),
            )
        ],
        ignore_conflicts=True,
    )
