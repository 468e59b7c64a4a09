"""Every write of signing in: users who ask for a code, the language they read."""

import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User

# Source: assurance.md, Privacy: a draft is kept for 24 hours.
UNPROVED_KEPT = datetime.timedelta(hours=24)


def user_for_sign_in(email: str, *, language: str) -> User | None:
    """
    Return the user of an e-mail address, made now if there is none; None for a closed account.

    The address is unproved until its code has been typed; forget_unproved removes those that
    never are. Twice at once makes one user: the address is unique whatever its case.
    """
    with transaction.atomic():
        user, _made = User.objects.get_or_create(
            email=email.lower(), defaults={"language": known_language(language)}
        )
        if not user.is_active:
            return None
        EmailAddress.objects.get_or_create(
            user=user, email=user.email, defaults={"primary": True, "verified": False}
        )
    return user


def keep_language(user: User, language: str) -> None:
    """Remember the language a person reads, so that later mails are in it."""
    User.objects.filter(pk=user.pk).update(language=known_language(language))


def known_language(code: str) -> str:
    """Return one of our languages for a language code such as `sv-fi`."""
    short = code[:2]
    return short if short in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def forget_unproved() -> int:
    """Remove the users who asked for a code and never used one; return how many."""
    never_signed_in = User.objects.filter(
        last_login__isnull=True,
        date_joined__lt=timezone.now() - UNPROVED_KEPT,
        emailaddress__verified=False,
        is_staff=False,
        roles__isnull=True,
        # A booking of theirs made another way, such as by staff, keeps the user.
        appointments__isnull=True,
        # So does a mandate that staff recorded for them.
        mandates_given__isnull=True,
    )
    removed, _rows = never_signed_in.delete()
    return removed
