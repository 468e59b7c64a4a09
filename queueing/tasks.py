"""What the queue does repeatedly. Harmless when run twice, late or at once."""

from celery import shared_task

from queueing import operations


@shared_task
def close_days() -> None:
    operations.close_days()
