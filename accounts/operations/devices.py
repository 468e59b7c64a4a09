"""Every write about devices (T8) and about the tokens of programs."""

import datetime
import hashlib
import secrets

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import salted_hmac
from knox.models import AuthToken

from accounts.exceptions import CodeRefused
from accounts.models import Device, User

# Without 0, 1, I, L and O, which look alike: 10 of 31 characters are some 49 bits.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 10
CODE_LIFETIME = datetime.timedelta(minutes=15)


def new_device(point: models.Model, kind: str, name: str) -> tuple[Device, str]:
    """
    Add a device of `point`, and return it with the one-time code that enrols it.

    The code lives 15 minutes and works once. Only its hash is kept: show it now or never.
    """
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    device = Device.objects.create(
        service_point_id=point.pk,
        kind=kind,
        name=name,
        code_hash=_hash_of_code(code),
        code_expires_at=timezone.now() + CODE_LIFETIME,
    )
    return device, code


def enrol(code: str) -> tuple[Device, str]:
    """
    Exchange a one-time code for a device and its token, in any case and with any spaces.

    Two at once get one token. A wrong, used or expired code is refused with CodeRefused, all
    by the same statement and so in the same time.
    """
    token = secrets.token_urlsafe(32)
    enrolled = Device.objects.filter(
        code_hash=_hash_of_code("".join(code.split()).upper().replace("-", "")),
        code_expires_at__gt=Now(),
        revoked_at__isnull=True,
    ).update(token_hash=hash_of_token(token), code_hash="", enrolled_at=Now())
    if not enrolled:
        raise CodeRefused
    return Device.objects.get(token_hash=hash_of_token(token)), token


def revoke(device: Device) -> None:
    """Refuse `device` from its next request on. Revoking twice is harmless."""
    Device.objects.filter(pk=device.pk, revoked_at__isnull=True).update(
        revoked_at=Now(), code_hash="", token_hash=None
    )


def hash_of_token(token: str) -> str:
    """Return what is kept of a token: it has 256 bits, so a plain hash will do."""
    return hashlib.sha256(token.encode()).hexdigest()


def _hash_of_code(code: str) -> str:
    # Keyed, since 49 bits could be tried out by someone who has the database.
    return salted_hmac("accounts.device.code", code, algorithm="sha256").hexdigest()


def issue_token(user: User) -> tuple[str, datetime.datetime]:
    """Make a token that acts for `user`; return it, shown once, and when it ends."""
    AuthToken.objects.filter(user=user, expiry__lt=Now()).delete()
    row, token = AuthToken.objects.create(user)
    return token, row.expiry


def revoke_tokens(user: User, *, only: AuthToken | None = None) -> None:
    """End the tokens of `user`, or `only` this one. Harmless when there is none."""
    tokens = AuthToken.objects.filter(user=user)
    (tokens.filter(pk=only.pk) if only else tokens).delete()
