"""Jobs of the outbox. Each may run twice: what is sent is not sent again."""

from celery import shared_task

from notifications import outbox


@shared_task
def send_message(message_id: int) -> None:
    """Send one message that was just queued."""
    outbox.send(message_id)


@shared_task
def send_due() -> None:
    """Send what is due: what failed before, and what no broker was told of."""
    outbox.send_all_due(seconds=12)
