"""What becomes of an appointment afterwards: cancel and move."""

import contextlib
import datetime
from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, F, Q
from django.db.models.functions import Now
from django.db.models.lookups import GreaterThan
from django.utils import timezone

from accounts.models import Mandate
from booking import availability, messages
from booking.exceptions import (
    AlreadyHandled,
    ChangedMeanwhile,
    MovedTooOften,
    NotActive,
    NotOffered,
    TooLateToMove,
)
from booking.models import Appointment, RightHolder
from booking.operations import freed, slots
from booking.operations.behalf import under
from booking.operations.ended_holds import expire_overlapping
from booking.operations.holds import check_time
from booking.room import Room
from servicepoints.models import ServicePoint


def cancel(appointment: Appointment, *, mandate: Mandate | None = None) -> Appointment:
    """
    Free the appointment's time, offer it to the waiting list first (T3), and tell the person.

    Later than the point's `cancel_until_hours` before, it is the same but counted apart.
    Cancelling twice is harmless. A visit that has begun, or whose time has come, cannot be
    cancelled, because the desk has already counted it: raise AlreadyHandled. One that is moved
    at the same moment is cancelled where it then is. A representative cancels under the `mandate`
    of the appointment: once that has ended, raise MandateEnded.
    """
    return cancel_noting(appointment, mandate=mandate)


def cancel_noting(
    appointment: Appointment,
    note: Callable[[Appointment], object] | None = None,
    mandate: Mandate | None = None,
) -> Appointment:
    """Cancel as `cancel` does, and call `note` with the visit in the same transaction."""
    while True:
        with contextlib.suppress(ChangedMeanwhile), transaction.atomic(), under(mandate):
            return _cancel(appointment, note, mandate)


def _cancel(
    appointment: Appointment,
    note: Callable[[Appointment], object] | None,
    mandate: Mandate | None,
) -> Appointment:
    before = Appointment.objects.get(pk=appointment.pk)
    slots.lock_cells([before])
    current = _locked(before)
    if current.status in Appointment.GIVEN_BACK:
        return current
    cancelled = Appointment.objects.filter(
        pk=current.pk, status__in=["held", "confirmed"], starts_at__gt=Now()
    ).update(
        status=Appointment.Status.CANCELLED,
        ended_at=Now(),
        cancelled_late=_is_late(current.service_point),
    )
    if not cancelled:
        raise AlreadyHandled
    slots.give_back([current])
    current = Appointment.objects.with_place().get(pk=current.pk)
    if current.confirmed_at:
        freed.keep_back(current)
        current.attendees.update(active=False)
        messages.queue_cancellation(current, by=mandate)
    if note:
        note(current)
    return current


def _is_late(point: ServicePoint) -> ExpressionWrapper:
    """By the database's clock; nobody counts on a mere hold, so it is never late."""
    in_good_time = F("starts_at") - datetime.timedelta(hours=point.cancel_until_hours)
    late = Q(confirmed_at__isnull=False) & Q(GreaterThan(Now(), in_good_time))
    return ExpressionWrapper(late, output_field=BooleanField())


def _locked(before: Appointment) -> Appointment:
    """
    Lock an appointment whose slots are locked, and return it as it is now.

    Raise ChangedMeanwhile if it has been moved to other slots: to lock these too would be
    out of order.
    """
    current = Appointment.objects.with_place().lock_for_change().get(pk=before.pk)
    if (current.desk_group_id, current.starts_at) != (before.desk_group_id, before.starts_at):
        raise ChangedMeanwhile
    return current


def move(
    appointment: Appointment,
    *,
    service_point: ServicePoint,
    starts_at: datetime.datetime,
    mandate: Mandate | None = None,
) -> Appointment:
    """
    Move a confirmed appointment to another time, whole or not at all (I10), and tell the person.

    The old time is kept until the new one is certain: both change in one transaction, with all
    slots locked in the order of their ids. Moving to where it already is, at whichever desks,
    changes nothing, so pressing twice moves once.
    A representative moves under the `mandate` of the appointment. Refuses with NotActive,
    AlreadyHandled, MovedTooOften, TooLateToMove, MandateEnded, and what `hold` refuses.
    """
    terms = MoveTerms(check_movable, mandate=mandate)
    ways = ways_to_move(appointment, service_point, starts_at)
    moved = move_on(appointment, service_point, starts_at, ways, terms)
    if moved is None:
        raise slots.why_not(ways, starts_at)
    return moved


class MoveTerms(NamedTuple):
    """
    On what terms a visit is moved: an applicant's or those of staff.

    `check` refuses what no new time could allow; with a `beyond_reason` the new time may be
    beyond the public capacity; `counts` is by how much it uses up the applicant's own moves;
    `note` is called with the visit before and after, in the same transaction. A representative
    moves under the `mandate`.
    """

    check: Callable[[Appointment], None]
    beyond_reason: str = ""
    counts: int = 1
    note: Callable[[Appointment, Appointment], object] | None = None
    mandate: Mandate | None = None


def ways_to_move(
    appointment: Appointment, service_point: ServicePoint, starts_at: datetime.datetime
) -> list[availability.Way]:
    """Return the ways to have the visit at another time, tidied; refuse what `hold` refuses."""
    check_time(service_point, starts_at, appointment.people)
    ways = availability.ways(
        appointment.service,
        service_point,
        appointment.people,
        starts_at,
        appointment.second_service,
    )
    if not ways:
        raise NotOffered
    expire_overlapping(ways, starts_at)
    return ways


def move_on(
    appointment: Appointment,
    service_point: ServicePoint,
    starts_at: datetime.datetime,
    ways: list[availability.Way],
    terms: MoveTerms,
) -> Appointment | None:
    """Move to the first of `ways` that has room on these terms; None: no one has."""
    for way in ways:
        with transaction.atomic(), under(terms.mandate):
            moved = _move_to(appointment, service_point, way, starts_at, terms)
        if moved:
            return moved
    return None


def _move_to(
    appointment: Appointment,
    service_point: ServicePoint,
    way: availability.Way,
    starts_at: datetime.datetime,
    terms: MoveTerms,
) -> Appointment | None:
    before = Appointment.objects.with_place().get(pk=appointment.pk)
    slots.lock_for_move(before, way, starts_at)
    current = _locked(before)
    check_coming(current)
    if (current.service_point, current.starts_at) == (service_point, starts_at):
        return current
    terms.check(current)
    slots.give_back([current])
    holder = current.right_holder
    by_right = bool(holder and _take_reserved(holder, way, starts_at, current))
    room = Room.CAPACITY if terms.beyond_reason else Room.PUBLIC
    if not by_right and not slots.take(way, starts_at, current, room):
        transaction.set_rollback(True)
        return None
    same_group = way.desk_group_id == current.desk_group_id
    freed.keep_back(current, used=way.starts(starts_at) if same_group else [])
    Appointment.objects.filter(pk=current.pk).update(
        desk_group_id=way.desk_group_id,
        starts_at=starts_at,
        minutes=way.minutes,
        cells=way.cells,
        claimed=way.cells,
        beyond_reason="" if by_right else terms.beyond_reason,
        right_holder=holder if by_right else None,
        moves=F("moves") + terms.counts,
        revision=F("revision") + 1,
        moved_at=Now(),
    )
    moved = Appointment.objects.with_place().get(pk=current.pk)
    if terms.note:
        terms.note(current, moved)
    messages.queue_move(moved, by=terms.mandate)
    return moved


def _take_reserved(
    holder: RightHolder, way: availability.Way, starts_at: datetime.datetime, visit: Appointment
) -> bool:
    """Take places that are reserved for the right of the visit, and count its use again."""
    taken = slots.take(way, starts_at, visit, Room.RESERVED, holder.right_id)
    return taken and slots.use(holder)


def check_movable(appointment: Appointment) -> None:
    """Refuse a move that no new time could allow: what has ended, begun, moved often or is near."""
    check_coming(appointment)
    if appointment.moves >= settings.MOVES_PER_APPOINTMENT:
        raise MovedTooOften(limit=settings.MOVES_PER_APPOINTMENT)
    hours = appointment.service_point.move_until_hours
    if timezone.now() > appointment.starts_at - datetime.timedelta(hours=hours):
        raise TooLateToMove(hours=hours)


def check_coming(appointment: Appointment) -> None:
    """Refuse a move of what has ended or begun, with NotActive or AlreadyHandled."""
    if appointment.status in Appointment.GIVEN_BACK or appointment.status == "held":
        raise NotActive
    if appointment.status != Appointment.Status.CONFIRMED:
        raise AlreadyHandled
