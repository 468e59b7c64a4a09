"""What accounts does repeatedly. Harmless when run twice, late or at once."""

from importlib import import_module

from celery import shared_task
from django.conf import settings

from accounts import operations, proof_of_work, sign_in, tries


@shared_task
def forget_unproved() -> None:
    sign_in.forget_unproved()


@shared_task
def end_outdated_mandates() -> None:
    operations.end_outdated_mandates()


@shared_task
def forget_sessions() -> None:
    """Remove the sessions that have run out, with what was typed in them."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@shared_task
def forget_requests() -> None:
    """Remove what was counted of requests, and used proofs of work, as soon as they are over."""
    tries.forget_ended_tries()
    proof_of_work.forget_spent()
