"""The only way a view turns a URL or a session into a desk or a ticket."""

import uuid

from django.core.exceptions import PermissionDenied
from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import Http404

from accounts.models import Device, User
from queueing.models import DeskSession, Ticket
from queueing.querysets import TicketQuerySet
from servicepoints.access import ANY_ROLE, public_point, staffed_points
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
    """Return the desks at `point` that `user` may sit down at, and the `person` who sits there."""
    sitting = DeskSession.objects.going_on().of_those_who_may().filter(desk=OuterRef("pk"))
    return (
        desks_of(user)
        .filter(desk_group__service_point=point)
        .annotate(person=Subquery(sitting.values(name=_name_of_user())))
    )


def _name_of_user() -> Coalesce:
    return Coalesce(NullIf("user__name", Value("")), "user__email", output_field=CharField())


def desks_of(user: User) -> QuerySet[Desk]:
    """Return every desk that `user` may sit down at, at any of their points."""
    return Desk.objects.filter(
        active=True, desk_group__service_point__in=staffed_points(user, *ANY_ROLE)
    ).select_related("desk_group__service_point")


def desk_for(user: User, desk_id: int) -> Desk:
    """Return a desk that `user` may sit down at; any other does not exist for them."""
    desk = desks_of(user).filter(pk=desk_id).first()
    if desk is None:
        raise Http404
    return desk


def ticket_at(desk: Desk) -> Ticket | None:
    """Return the ticket that is called to `desk` or served at it."""
    return Ticket.objects.at_a_desk().with_place().filter(desk=desk).first()


def point_of_kiosk(kiosk: Device, slug: str) -> ServicePoint:
    """Return the kiosk's own point; at any other it may do nothing (T8)."""
    point = public_point(slug)
    if kiosk.service_point_id != point.pk:
        raise PermissionDenied
    return point


def line_at(user: User, point: ServicePoint) -> QuerySet[Ticket]:
    """Return who is waiting at `point` now, in the order of calling, for its staff."""
    return _for_staff(user, point).waiting()


def ticket_at_desk_of(user: User, ticket_id: uuid.UUID) -> Ticket:
    """Return a ticket at the desk where `user` sits; any other does not exist for them."""
    desk = desk_of(user)
    ticket = Ticket.objects.with_place().filter(pk=ticket_id, desk=desk).first() if desk else None
    if ticket is None:
        raise Http404
    return ticket


def missed_at(user: User, point: ServicePoint) -> QuerySet[Ticket]:
    """Return who was called at `point` today and did not come, the last first, for its staff."""
    missed = _for_staff(user, point).filter(status=Ticket.Status.MISSED)
    return missed.order_by("-ended_at", "pk")


def _for_staff(user: User, point: ServicePoint) -> TicketQuerySet:
    """Return the tickets of `point` today with who comes; none to who does not work there."""
    return (
        tickets_today(point)
        .prefetch_related("appointment__attendees")
        .filter(queue_day__service_point__in=staffed_points(user, *ANY_ROLE))
    )


def ticket_for_staff(user: User, ticket_id: uuid.UUID) -> Ticket:
    """Return a ticket of today at a point where `user` works; any other does not exist for them."""
    points = staffed_points(user, *ANY_ROLE)
    ticket = (
        Ticket.objects.with_place()
        .filter(pk=ticket_id, queue_day__service_point__in=points)
        .first()
    )
    if ticket is None or ticket.queue_day.date != ticket.queue_day.service_point.today:
        raise Http404
    return ticket


def tickets_today(point: ServicePoint) -> TicketQuerySet:
    """Return the tickets of `point` today; who asks is its enrolled device or its staff."""
    return Ticket.objects.with_place().filter(
        queue_day__service_point=point, queue_day__date=point.today
    )


def ticket_by_code(code: str) -> Ticket:
    """Return the ticket of a private link: 128 bits nobody guesses. It dies with the day."""
    ticket = Ticket.objects.with_place().filter(code=code, queue_day__closed_at=None).first()
    if ticket is None or ticket.queue_day.date != ticket.queue_day.service_point.today:
        raise Http404
    return ticket


def count_ahead_of(ticket: Ticket) -> int:
    """Return how many are to be called before `ticket`, which was found by one of the above."""
    return Ticket.objects.ahead_of(ticket).count()
