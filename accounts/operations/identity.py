"""Strong identification: who an identity provider says somebody is, kept as a keyed hash."""

import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from accounts.exceptions import IdentityTaken, OtherIdentity
from accounts.models import User


class Identity(NamedTuple):
    """
    What is kept of an identification. `key` tells people apart and can be read by nobody (T14).

    Make it with `Identity.of`, so that what the provider said goes no further.
    """

    key: str
    name: str
    birth_date: datetime.date | None = None

    @classmethod
    def of(
        cls, issuer: str, subject: str, *, name: str, birth_date: datetime.date | None
    ) -> "Identity":
        """Return the identity of a provider's subject; two providers' subjects never meet."""
        key = salted_hmac(
            "accounts.identity",
            f"{issuer}\n{subject}",
            secret=settings.IDENTITY_SECRET,
            algorithm="sha256",
        )
        return cls(key.hexdigest(), name, birth_date)


def user_of_identity(identity: Identity) -> User | None:
    """
    Return the active user who has identified so before, if any.

    Whoever works here signs in as staff do, and not by this.
    """
    known = User.objects.filter(identity_key=identity.key, is_active=True)
    return known.exclude(pk__in=User.objects.who_work_here()).first()


def identify(user: User, identity: Identity) -> User:
    """
    Keep that `user` is this person, with the name and the birth date that are known of them.

    Again is harmless, and takes a new name. Refuses with IdentityTaken who has another account,
    and with OtherIdentity an account whose owner is somebody else: nobody becomes another person.
    """
    known = {"name": identity.name} if identity.name else {}
    if identity.birth_date:
        known["birth_date"] = identity.birth_date  # type: ignore[assignment]
    same = Q(identity_key=None) | Q(identity_key=identity.key)
    try:
        with transaction.atomic():
            identified = User.objects.filter(same, pk=user.pk).update(
                identity_key=identity.key, identified_at=Now(), **known
            )
    except IntegrityError as error:
        raise IdentityTaken from error
    if not identified:
        raise OtherIdentity
    user.refresh_from_db()
    return user
