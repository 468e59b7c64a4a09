"""How many queue numbers the day can still serve."""

import datetime

from django.db.models import Case, F, QuerySet, Sum, When
from django.utils import timezone

from booking.models import Appointment
from queueing.exceptions import NumbersExhausted, PointClosed
from queueing.models import QueueDay, Ticket
from servicepoints import supply
from servicepoints.models import DeskGroup, Offering, Service, ServicePoint


def walk_in_services(point: ServicePoint) -> QuerySet[Service]:
    """Return the services that `point` serves by queue number today, by rule urgent ones only."""
    offered = Offering.objects.on(point.today).walk_in().filter(service_point=point)
    return Service.objects.filter(can_be_urgent=True, pk__in=offered.values("service"))


def check_room(point: ServicePoint, day: QueueDay, service: Service, ticket: Ticket) -> None:
    """
    Refuse a number that the day cannot serve: call it with the day's row locked.

    PointClosed outside the hours of the groups that serve the matter; NumbersExhausted over
    the point's own cap, or when the desk minutes left are promised to others.
    """
    groups = DeskGroup.objects.with_supply().filter(service_point=point, services=service)
    if not any(_is_open(group) for group in groups):
        raise PointClosed
    if day.tickets.filter(series=Ticket.Series.WALK_IN).count() > point.tickets_per_day:
        raise NumbersExhausted
    if sum(minutes_left(group, besides=ticket) for group in groups) < service.minutes:
        raise NumbersExhausted


def _is_open(group: DeskGroup) -> bool:
    now = timezone.now()
    return any(
        hours.starts_at <= now < hours.ends_at
        for hours in supply.planned_hours(group, group.service_point.today)
    )


def minutes_left(group: DeskGroup, besides: Ticket | None = None) -> int:
    """
    Return the desk minutes of `group` left today that nobody has been promised.

    Planned desks from now to closing, less the visits still to come and the people in line.
    """
    now, point = timezone.now(), group.service_point
    planned = sum(
        ((hours.ends_at - max(now, hours.starts_at)) * hours.desks).total_seconds() // 60
        for hours in supply.planned_hours(group, point.today)
        if hours.ends_at > now
    )
    return int(planned) - _promised(group, now) - _in_line(group, besides)


def _promised(group: DeskGroup, now: datetime.datetime) -> int:
    late = datetime.timedelta(minutes=group.service_point.arrive_late_minutes)
    coming = Appointment.objects.filter(desk_group=group, status__in=["held", "confirmed"]).between(
        now - late, group.service_point.day_bounds(group.service_point.today)[1]
    )
    return coming.aggregate(minutes=Sum("minutes"))["minutes"] or 0


def _in_line(group: DeskGroup, besides: Ticket | None) -> int:
    waiting = Ticket.objects.filter(
        queue_day__service_point=group.service_point_id,
        queue_day__date=group.service_point.today,
        status__in=["waiting", "called"],
        service__in=group.services.all(),
    )
    if besides:
        waiting = waiting.exclude(pk=besides.pk)
    minutes = Case(
        When(appointment__isnull=False, then=F("appointment__minutes")),
        default=F("service__minutes"),
    )
    return waiting.aggregate(minutes=Sum(minutes))["minutes"] or 0
