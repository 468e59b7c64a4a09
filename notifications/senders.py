"""How a message leaves the house: today by e-mail."""

import hashlib
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context
from django.template.loader import get_template
from django.utils import translation

from notifications.models import Message


def send_email(message: Message) -> None:
    """Render the message in its person's language and hand it to the mail server, or raise."""
    email = compose(message)
    for attachment in message.attachments:
        email.attach(attachment["name"], attachment["content"], attachment["content_type"])
    email.send()


def compose(message: Message) -> EmailMultiAlternatives:
    """Return the mail with subject, text and HTML. Sent again, it has the same Message-ID."""
    context = {
        **message.context,
        "language": message.language,
        "site_url": settings.SITE_URL,
    }
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
    return email


def _as_text(name: str, context: dict[str, Any]) -> str:
    """Render a text template: no HTML escapes, so that O'Neill stays O'Neill."""
    template: Any = get_template(name)
    return str(template.template.render(Context(context, autoescape=False)))


def _message_id(message: Message) -> str:
    host = settings.SITE_URL.split("//")[-1].split(":")[0]
    return f"<{hashlib.sha256(message.key.encode()).hexdigest()[:32]}@{host}>"
