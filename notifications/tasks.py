"""Jobs of the outbox. Each may run twice: what is sent is not sent again."""

from celery import shared_task

from notifications import outbox
from notifications.models import Message


@shared_task
def send_message(message_id: int) -> None:
    """Send one message that was just queued."""
    outbox.send(message_id)


@shared_task
def send_due() -> None:
    """Send the mails that are due: what failed before, and what no broker was told of."""
    outbox.send_all_due(Message.Channel.EMAIL, seconds=12)


@shared_task
def send_due_texts() -> None:
    """Send the text messages that are due."""
    outbox.send_all_due(Message.Channel.SMS, seconds=12)


@shared_task
def forget_old() -> None:
    """Forget the messages of more than a month ago."""
    outbox.forget_old()
