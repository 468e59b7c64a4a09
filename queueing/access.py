"""The only way a view turns a URL or a session into a desk or a ticket."""

import uuid

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from queueing.models import DeskSession, Ticket
from servicepoints.access import ANY_ROLE, staffed_points
from servicepoints.models import Desk, ServicePoint


def desk_of(user: User) -> Desk | None:
    """Return the desk at which `user` sits, if they may still work there."""
    session = (
        DeskSession.objects.filter(
            user=user,
            ended_at__isnull=True,
            desk__desk_group__service_point__in=staffed_points(user, *ANY_ROLE),
        )
        .select_related("desk__desk_group__service_point")
        .first()
    )
    return session.desk if session else None


def desks_at(user: User, point: ServicePoint) -> QuerySet[Desk]:
    """Return the desks at `point` that `user` may sit down at."""
    return Desk.objects.filter(
        active=True,
        desk_group__service_point=point,
        desk_group__service_point__in=staffed_points(user, *ANY_ROLE),
    ).select_related("desk_group__service_point")


def line_at(user: User, point: ServicePoint) -> QuerySet[Ticket]:
    """Return who is waiting at `point` now, in the order of calling, for its staff."""
    return (
        Ticket.objects.waiting()
        .with_place()
        .prefetch_related("appointment__attendees")
        .filter(
            queue_day__date=point.today,
            queue_day__service_point=point,
            queue_day__service_point__in=staffed_points(user, *ANY_ROLE),
        )
    )


def ticket_at_desk_of(user: User, ticket_id: uuid.UUID) -> Ticket:
    """Return a ticket at the desk where `user` sits; any other does not exist for them."""
    desk = desk_of(user)
    ticket = Ticket.objects.with_place().filter(pk=ticket_id, desk=desk).first() if desk else None
    if ticket is None:
        raise Http404
    return ticket


def ticket_by_code(code: str) -> Ticket:
    """Return the ticket of a private link: 128 bits nobody guesses. It dies with the day."""
    ticket = Ticket.objects.with_place().filter(code=code, queue_day__closed_at=None).first()
    if ticket is None or ticket.queue_day.date != ticket.queue_day.service_point.today:
        raise Http404
    return ticket
