"""
What staff do for somebody at their point: book, move and cancel, and every time it is kept.

The same statements as for applicants, on other terms: a time may be beyond the public capacity
if they say why, moves are not counted, and no hour is too late to move. The rules about people
hold for staff too: one visit per person and service, and the quota of an e-mail address.
"""

import datetime
import uuid
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.models import User
from accounts.sign_in import user_for_sign_in
from booking import availability
from booking.exceptions import (
    BeyondPublic,
    PersonHasVisit,
    PersonHasVisitHere,
    QuotaReached,
    ReasonNeeded,
    TimeTaken,
)
from booking.messages import date_text, time_text
from booking.models import Appointment, Attendee, VisitEvent
from booking.operations import changes, slots
from booking.operations.holder import Holder
from booking.operations.holds import confirm_with, free_place, hold_as
from booking.operations.persons import Person
from booking.room import Room
from servicepoints.models import Service, ServicePoint


def hold_for_somebody(
    *,
    by: User,
    service: Service,
    service_point: ServicePoint,
    starts_at: datetime.datetime,
    people: int,
    reason: str = "",
    request_id: uuid.UUID | None = None,
) -> Appointment:
    """
    Keep a time for HOLD_TIME for somebody who is at the desk or on the phone.

    A time that the public can book is taken as such, whatever `reason` says. Of the places
    beyond, one is taken only with a `reason`: without it, refuse with BeyondPublic. The earlier
    hold of the member of staff is let go. Otherwise as `hold`.
    """
    asked: dict[str, Any] = {
        "service": service,
        "service_point": service_point,
        "starts_at": starts_at,
        "people": people,
        "request_id": request_id,
    }
    try:
        return hold_as(Holder(staff=by), **asked)
    except TimeTaken:
        if not reason:
            raise _taken(service, service_point, people, starts_at) from None
    return hold_as(Holder(staff=by, beyond_reason=reason), **asked)


def _taken(
    service: Service,
    service_point: ServicePoint,
    people: int,
    starts_at: datetime.datetime,
    second: Service | None = None,
) -> BeyondPublic | TimeTaken:
    """Tell a time that staff can have if they say why from one that nobody can have."""
    ways = availability.ways(service, service_point, people, starts_at, second)
    matters = (service.pk, second.pk if second else None)
    beyond = any(slots.have_room(way, starts_at, *matters, Room.CAPACITY) for way in ways)
    return BeyondPublic() if beyond else TimeTaken()


def confirm_for_somebody(
    hold: Appointment,
    *,
    by: User,
    people: list[Person],
    email: str = "",
    phone: str = "",
    language: str,
) -> Appointment:
    """
    Turn a hold of `by` into an appointment of named people, record it, and tell them.

    With an e-mail address the visit is that person's own, who finds it after signing in with
    the address, and it counts in the quota of the address. Without one the confirmation is on
    paper. Confirming twice gives the same appointment, once. Refuses what `confirm` refuses, with
    PersonHasVisitHere where the other visit is at the same point, and with QuotaReached.
    """
    user = user_for_sign_in(email, language=language) if email else None
    contact = {"email": email.lower(), "phone": phone, "language": language}
    while True:
        try:
            return _confirm(hold, by, people, contact | _place_of(user, hold))
        except PersonHasVisit as refusal:
            raise _visit_here(hold, people) or refusal from refusal
        except IntegrityError as error:
            # Another booking took the place in the quota at this moment; the next try sees it.
            if "appointments_per_user_within_quota" not in str(error):
                raise


@transaction.atomic
def _confirm(
    hold: Appointment, by: User, people: list[Person], booked: dict[str, Any]
) -> Appointment:
    visit = confirm_with(hold, people, booked)
    VisitEvent.objects.get_or_create(
        appointment=visit,
        kind=VisitEvent.Kind.BOOKED,
        defaults={
            "staff": by,
            "starts_at": visit.starts_at,
            "beyond_public": bool(visit.beyond_reason),
            "reason": visit.beyond_reason,
        },
    )
    return visit


def _place_of(user: User | None, hold: Appointment) -> dict[str, Any]:
    """Return whose visit it becomes, and the place it takes in the quota of the address."""
    if user is None:
        return {}
    place = free_place(user)
    confirmed = Appointment.objects.filter(pk=hold.pk, confirmed_at__isnull=False).exists()
    if place is None and not confirmed:
        raise QuotaReached(limit=settings.ACTIVE_APPOINTMENTS_PER_EMAIL)
    return {"user": user, "quota_place": place}


def _visit_here(hold: Appointment, people: list[Person]) -> PersonHasVisitHere | None:
    """Name the visit that one of `people` has already, if it is at the point of the hold."""
    # A visit for two matters is in the way of a visit for either.
    named = Attendee.objects.filter(
        Q(service__in=hold.services) | Q(second_service__in=hold.services),
        active=True,
        person_key__in=[person.key for person in people],
        appointment__desk_group__service_point=hold.service_point,
    ).select_related("appointment")
    person = named.first()
    if person is None:
        return None
    local = person.appointment.starts_at.astimezone(hold.service_point.zone)
    return PersonHasVisitHere(
        name=person.name,
        day=date_text(local.date()),
        time=time_text(local),
        reference=person.appointment.reference,
    )


def move_for_somebody(
    appointment: Appointment, *, by: User, starts_at: datetime.datetime, reason: str = ""
) -> Appointment:
    """
    Move a confirmed visit within its point, whole or not at all, record it, and tell the person.

    As often and as late as need be, and without using up the person's own moves. A time beyond
    the public capacity needs a `reason`: refuse with BeyondPublic without it. Moving to where it
    already is changes nothing. Refuses what `move` refuses, but MovedTooOften and TooLateToMove.
    """

    def note(before: Appointment, after: Appointment) -> None:
        VisitEvent.objects.create(
            appointment=after,
            kind=VisitEvent.Kind.MOVED,
            staff=by,
            starts_at=after.starts_at,
            moved_from=before.starts_at,
            beyond_public=bool(after.beyond_reason),
            reason=reason,
        )

    point = appointment.service_point
    ways = changes.ways_to_move(appointment, point, starts_at)
    terms = changes.MoveTerms(changes.check_coming, counts=0, note=note)
    moved = changes.move_on(appointment, point, starts_at, ways, terms)
    if moved is None and reason:
        beyond = terms._replace(beyond_reason=reason)
        moved = changes.move_on(appointment, point, starts_at, ways, beyond)
    if moved is None:
        refusal = slots.why_not(ways, starts_at)
        if isinstance(refusal, TimeTaken) and not reason:
            raise _taken(
                appointment.service,
                point,
                appointment.people,
                starts_at,
                appointment.second_service,
            )
        raise refusal
    return moved


def cancel_for_somebody(appointment: Appointment, *, by: User, reason: str) -> Appointment:
    """
    Free the visit's time, record who did it and why, and tell the person.

    Refuses an empty reason with ReasonNeeded, and otherwise what `cancel` refuses. Cancelling
    twice is harmless, and the first reason stays.
    """
    if not reason:
        raise ReasonNeeded

    def note(visit: Appointment) -> None:
        VisitEvent.objects.create(
            appointment=visit,
            kind=VisitEvent.Kind.CANCELLED,
            staff=by,
            starts_at=visit.starts_at,
            reason=reason,
        )

    return changes.cancel_noting(appointment, note)
