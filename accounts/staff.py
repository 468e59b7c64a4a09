"""Every write about who works here. Their roles at the points are rows that the admin edits."""

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.exceptions import LastAdministrator, NoRole
from accounts.models import User
from accounts.operations import revoke_tokens

# What an administrator gives; the rest of a user's row is written by signing in.
GIVEN = ["email", "name", "language", "is_active", "is_superuser", "is_staff"]


def applicant_with(email: str) -> User | None:
    """Return the applicant who has this address already and does not work here, if any."""
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None or User.objects.who_work_here().filter(pk=user.pk).exists():
        return None
    return user


def check_can_save(user: User, *, roles: int) -> None:
    """
    Refuse what would leave somebody without a place here, or nobody to administer.

    Call it in the transaction that saves `user`: it locks the administrators, so that two of
    them cannot take the right from each other at one moment. Refuses with NoRole and
    LastAdministrator.
    """
    if not roles and not user.is_superuser:
        raise NoRole
    administrators = list(User.objects.administrators().lock_in_order())
    stays = user.is_superuser and user.is_active
    if not stays and [other.pk for other in administrators] == [user.pk]:
        raise LastAdministrator


@transaction.atomic
def save(user: User) -> None:
    """
    Keep a member of staff as given; the address counts as proved, since an administrator gave it.

    Whoever becomes inactive, or another address, loses every session and token at once (T7).
    """
    user.email = user.email.lower()
    user.is_staff = user.is_superuser
    before = User.objects.lock_in_order().filter(pk=user.pk).first()
    if before is None:
        user.set_unusable_password()
        user.save(force_insert=True)
    else:
        user.save(update_fields=GIVEN)
        if user.email != before.email or not user.is_active:
            end_sessions(user)
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )


def end_sessions(user: User) -> None:
    """
    Sign `user` out everywhere from the next request on, and end the tokens of their programs.

    A session is signed with the hash of the password. Nobody has one; what stands there instead
    is drawn anew, so no old session is valid, nor will be when the account is opened again.
    """
    user.set_unusable_password()
    user.save(update_fields=["password"])
    revoke_tokens(user)


def make_administrator(email: str) -> User:
    """
    Let the person with this address administer everything, and return them.

    Somebody who is known keeps what they have; twice is harmless. They sign in with a code.
    """
    user = User.objects.filter(email__iexact=email).first() or User(email=email)
    user.is_superuser = user.is_active = True
    save(user)
    return user
