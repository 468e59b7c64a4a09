"""What booking does later or repeatedly. Each is harmless when run twice, late or at once."""

from celery import shared_task

from booking import operations


@shared_task
def open_horizon() -> None:
    operations.open_horizon()


@shared_task
def release_due() -> None:
    operations.release_due()


@shared_task
def expire_holds() -> None:
    operations.expire_holds()


@shared_task
def return_reserved() -> None:
    operations.return_reserved()


@shared_task
def remind() -> None:
    operations.remind()


@shared_task
def offer_freed_times() -> None:
    operations.offer_freed_times()


@shared_task
def end_waiting() -> None:
    operations.end_waiting()
