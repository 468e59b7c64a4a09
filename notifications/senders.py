"""How a message leaves the house: by e-mail, or as a text message."""

import hashlib
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context
from django.template.loader import get_template
from django.utils import translation

from notifications import sms
from notifications.models import Message


def send(message: Message) -> None:
    """Render the message in its person's language and hand it on by its channel, or raise."""
    if message.channel == Message.Channel.SMS:
        send_sms(message)
    else:
        send_email(message)


def send_sms(message: Message) -> None:
    """Hand the text to the gateway. Sent again, it has the same id."""
    sms.sender()(to=message.to, text=compose_sms(message), message_id=_hash(message))


def compose_sms(message: Message) -> str:
    """Return the text, on one line."""
    with translation.override(message.language):
        text = _as_text(f"sms/{message.template}.txt", _context(message))
    return " ".join(text.split())


def send_email(message: Message) -> None:
    """Hand the mail to the mail server, or raise."""
    compose(message).send()


def compose(message: Message) -> EmailMultiAlternatives:
    """Return the mail with all its parts. Sent again, it has the same Message-ID."""
    context = _context(message)
    name = f"emails/{message.template}"
    with translation.override(message.language):
        email = EmailMultiAlternatives(
            subject=" ".join(_as_text(f"{name}.subject.txt", context).split()),
            body=_as_text(f"{name}.txt", context).strip() + "\n",
            to=[message.to],
            headers={
                "Message-ID": _message_id(message),
                "Auto-Submitted": "auto-generated",
                "Content-Language": message.language,
            },
        )
        email.attach_alternative(get_template(f"{name}.html").render(context), "text/html")
    for attachment in message.attachments:
        _attach(email, **attachment)
    return email


def _attach(email: EmailMultiAlternatives, name: str, content_type: str, content: str) -> None:
    """
    Attach a file; a calendar file also as one of the mail's alternatives.

    Gmail and Outlook show an invitation, and follow a change or cancellation of it, only where
    it is an alternative of type text/calendar with its method; others offer the file. The file
    is of another type, so that nobody takes it for a second invitation (RFC 6047).
    """
    if content_type.startswith("text/calendar"):
        email.attach_alternative(content, content_type)
        email.attach(name, content.encode(), "application/ics")
    else:
        email.attach(name, content, content_type)


def _context(message: Message) -> dict[str, Any]:
    return {**message.context, "language": message.language, "site_url": settings.SITE_URL}


def _as_text(name: str, context: dict[str, Any]) -> str:
    """Render a text template: no HTML escapes, so that O'Neill stays O'Neill."""
    template: Any = get_template(name)
    return str(template.template.render(Context(context, autoescape=False)))


def _message_id(message: Message) -> str:
    host = settings.SITE_URL.split("//")[-1].split(":")[0]
    return f"<{_hash(message)}@{host}>"


def _hash(message: Message) -> str:
    return hashlib.sha256(message.key.encode()).hexdigest()[:32]
