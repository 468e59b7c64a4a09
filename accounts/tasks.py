"""What accounts does repeatedly. Harmless when run twice, late or at once."""

from celery import shared_task

from accounts import sign_in


@shared_task
def forget_unproved() -> None:
    sign_in.forget_unproved()
