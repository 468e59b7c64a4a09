"""Holds that end without a visit: let go by their user, or run out."""

import datetime
import uuid

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from booking import availability
from booking.models import Appointment
from booking.operations import slots
from booking.querysets import AppointmentQuerySet

EXPIRE_AT_ONCE = 500


def let_go(hold: Appointment) -> None:
    """Free a held time that its user no longer wants. Harmless for anything but a hold."""
    end_holds([hold.pk])


def expire_holds() -> int:
    """
    Tidy the holds whose end has passed; return how many.

    Harmless at any time: what has expired already counts as free (I8).
    """
    total = 0
    while True:
        batch = list(
            Appointment.objects.expired_holds()
            .order_by("expires_at")
            .values_list("pk", flat=True)[:EXPIRE_AT_ONCE]
        )
        total += len(_end_expired(batch))
        if len(batch) < EXPIRE_AT_ONCE:
            return total


def expire_overlapping(ways: list[availability.Way], starts_at: datetime.datetime) -> int:
    """
    Tidy what has run out and fills cells of a visit at `starts_at`; return how much.

    That is expired holds, and reserved places that have returned to everybody.
    """
    last = max(way.starts(starts_at)[-1] for way in ways)
    stale = Appointment.objects.expired_holds().overlapping(
        [way.desk_group_id for way in ways], starts_at, last
    )
    ended = _end_expired(list(stale.values_list("pk", flat=True)[:EXPIRE_AT_ONCE]))
    return len(ended) + slots.return_reserved()


def expire_holds_of(user: User) -> None:
    """Tidy the user's own hold if it has run out, so that it takes no place of the quota."""
    stale = Appointment.objects.expired_holds().filter(user=user)
    _end_expired(list(stale.values_list("pk", flat=True)))


@transaction.atomic
def end_holds(ids: list[uuid.UUID]) -> list[uuid.UUID]:
    """Expire these holds, whether their end has passed or not; return those that were holds."""
    return _expire(Appointment.objects.filter(status="held"), ids)


@transaction.atomic
def _end_expired(ids: list[uuid.UUID]) -> list[uuid.UUID]:
    return _expire(Appointment.objects.expired_holds(), ids)


def _expire(holds: AppointmentQuerySet, ids: list[uuid.UUID]) -> list[uuid.UUID]:
    if not ids:
        return []
    slots.lock_cells(ids)
    ending = list(holds.filter(pk__in=ids).lock_for_change().values_list("pk", flat=True))
    slots.give_back(ending)
    Appointment.objects.filter(pk__in=ending).update(
        status=Appointment.Status.EXPIRED, ended_at=Now()
    )
    return ending
