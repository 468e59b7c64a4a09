"""Booking rights: make them, give them by codes or a list of addresses, and find who has one."""

import datetime
import secrets
from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from accounts.models import User
from accounts.tries import count_try, forget_tries
from booking.exceptions import NoSuchRight, RightDoesNotFit
from booking.models import (
    REFERENCE_ALPHABET,
    REFERENCE_LENGTH,
    BookingRight,
    RightHolder,
)
from servicepoints.models import Service, ServicePoint

# Source: assurance.md, T5.
TRIES = 5
TRIES_PERIOD = datetime.timedelta(hours=1)


@transaction.atomic
def make_right(
    *,
    names: dict[str, str],
    services: Iterable[Service],
    points: Iterable[ServicePoint],
    valid_from: datetime.date,
    valid_until: datetime.date,
    max_uses: int,
    by: User,
) -> BookingRight:
    """Make a right to book reserved times; `names` are name_fi, name_sv and name_en."""
    right = BookingRight.objects.create(
        **names,
        valid_from=valid_from,
        valid_until=valid_until,
        max_uses=max_uses,
        created_by=by,
    )
    right.services.set(services)
    right.points.set(points)
    return right


def new_codes(right: BookingRight, count: int, *, uses: int = 1) -> list[str]:
    """
    Make `count` codes of the right, each for so many `uses`, and return them.

    Ten of 31 characters each, some 49 bits. Only keyed hashes are kept: show them now or never.
    """
    codes = [
        "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))
        for _ in range(count)
    ]
    RightHolder.objects.bulk_create(
        RightHolder(right=right, code_hash=hash_of_code(code), max_uses=uses) for code in codes
    )
    return codes


def invite(right: BookingRight, emails: Iterable[str], *, uses: int = 1) -> int:
    """Put addresses on the list of the right; return how many are new to it. Twice is harmless."""
    before = right.holders.count()
    RightHolder.objects.bulk_create(
        [RightHolder(right=right, email=email.lower(), max_uses=uses) for email in emails],
        ignore_conflicts=True,
    )
    return right.holders.count() - before


def hash_of_code(code: str) -> str:
    """Return what is kept of a code, which people type in any case and with spaces and hyphens."""
    plain = "".join(code.split()).replace("-", "").upper()
    # Keyed, since 49 bits could be tried out by someone who has the database.
    return salted_hmac("booking.right.code", plain, algorithm="sha256").hexdigest()


def holder_of_code(code: str, *, who: str, today: datetime.date) -> RightHolder:
    """
    Return who has a right by a code; `who` tries it, which only so many failures may.

    A wrong code, and that of a right that has ended, is refused with NoSuchRight by the same
    statement and so in the same time; too many of them with TooManyTries. Call it outside a
    transaction, so that a failure stays counted.
    """
    count_try("invitation", who, limit=TRIES, period=TRIES_PERIOD)
    holder = (
        RightHolder.objects.filter(code_hash=hash_of_code(code), right__valid_until__gte=today)
        .select_related("right")
        .first()
    )
    if holder is None:
        raise NoSuchRight
    forget_tries("invitation", who)
    return holder


def invitations_of(
    user: User, services: list[Service], service_point: ServicePoint, date: datetime.date
) -> QuerySet[RightHolder]:
    """Return how `user` is on the list of a right that is for such a visit on the local `date`."""
    holders = RightHolder.objects.of_address(user.email).that_can_book(date)
    for service in services:
        holders = holders.filter(right__services=service)
    return holders.filter(right__points=service_point, right__valid_from__lte=date).select_related(
        "right"
    )


def check_fits(
    invitation: RightHolder,
    services: list[Service],
    service_point: ServicePoint,
    date: datetime.date,
) -> None:
    """Refuse with RightDoesNotFit what the right is not for."""
    right = invitation.right
    if not (
        right.valid_from <= date <= right.valid_until
        and right.services.filter(pk__in=[each.pk for each in services]).count() == len(services)
        and right.points.filter(pk=service_point.pk).exists()
    ):
        raise RightDoesNotFit


def is_used_up(invitation: RightHolder) -> bool:
    """Whether the holder, or the right as a whole, has no use left now."""
    date = datetime.date.min
    return not RightHolder.objects.that_can_book(date).filter(pk=invitation.pk).exists()
