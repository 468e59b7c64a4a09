"""What accounts does repeatedly. Harmless when run twice, late or at once."""

from importlib import import_module

from celery import shared_task
from django.conf import settings

from accounts import operations, sign_in, tries


@shared_task
def forget_unproved() -> None:
    sign_in.forget_unproved()
    tries.forget_ended()


@shared_task
def end_outdated_mandates() -> None:
    operations.end_outdated_mandates()


@shared_task
def forget_sessions() -> None:
    """Remove the sessions that have run out, with what was typed in them."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
