"""
What has been promised on the supply, and so what an administrator cannot take away (P7).

Each check counts the visits in the way and raises; saving is up to the caller. A claim at that
very moment can still slip in before it: such a visit stands in every list, and nobody loses it.
"""

import datetime
from collections.abc import Iterable

from django.db.models import Max, Min, Q

from booking.exceptions import VisitsOfServices, VisitsOutsidePeriod
from booking.messages import date_text
from booking.models import Appointment, Slot
from booking.querysets import AppointmentQuerySet
from servicepoints.models import DeskGroup, Offering, Service, ServicePoint


def has_times(point: ServicePoint) -> bool:
    """Whether the point has slots: its clock and their grid are then part of a promise (P6)."""
    return Slot.objects.at(point).exists()


def group_has_times(group: DeskGroup) -> bool:
    """Whether the group has slots: a promise is a whole number of them."""
    return group.slots.exists()


def check_point_period(
    point: ServicePoint, valid_from: datetime.date, valid_until: datetime.date | None
) -> None:
    """Refuse a period of `point` that leaves visits outside, with VisitsOutsidePeriod."""
    outside = ~_within(point, valid_from, valid_until)
    _refuse_any(VisitsOutsidePeriod, point, Appointment.objects.at(point).filter(outside))


def check_offering_period(
    offering: Offering, valid_from: datetime.date, valid_until: datetime.date | None
) -> None:
    """
    Refuse a period that leaves visits of `offering` outside, with VisitsOutsidePeriod.

    `offering` is as it is now; visits outside it belong to another offering of the service.
    """
    point = offering.service_point
    outside = ~_within(point, valid_from, valid_until)
    _refuse_any(VisitsOutsidePeriod, point, _of(offering).filter(outside))


def visits_of(offering: Offering) -> int:
    """Count what was ever booked in the offering's period, whatever became of it."""
    return _of(offering).count()


def check_services(group: DeskGroup, services: Iterable[Service]) -> None:
    """Refuse to take from `group` a service that visits there are for, with VisitsOfServices."""
    kept = list(services)
    taken = ~Q(service__in=kept) | (Q(second_service__isnull=False) & ~Q(second_service__in=kept))
    visits = Appointment.objects.filter(taken, desk_group=group)
    promised = _promised(visits)
    of_visits = Q(pk__in=promised.values("service")) | Q(pk__in=promised.values("second_service"))
    lost = Service.objects.filter(of_visits).exclude(pk__in=[service.pk for service in kept])
    names = [service.name for service in lost]
    _refuse_any(VisitsOfServices, group.service_point, visits, services=", ".join(names))


def _of(offering: Offering) -> AppointmentQuerySet:
    point = offering.service_point
    return Appointment.objects.at(point).filter(
        Q(service=offering.service_id) | Q(second_service=offering.service_id),
        _within(point, offering.valid_from, offering.valid_until),
    )


def _within(point: ServicePoint, first: datetime.date, last: datetime.date | None) -> Q:
    """Match visits on the local dates from `first` to `last`; an empty end is without limit."""
    begun = Q(starts_at__gte=point.day_bounds(first)[0])
    return begun & Q(starts_at__lt=point.day_bounds(last)[1]) if last else begun


def _promised(visits: AppointmentQuerySet) -> AppointmentQuerySet:
    """Those of `visits` that somebody counts on: a hold counts until it expires."""
    return visits.active().exclude(pk__in=Appointment.objects.expired_holds())


def _refuse_any(
    refusal: type[VisitsOutsidePeriod] | type[VisitsOfServices],
    point: ServicePoint,
    visits: AppointmentQuerySet,
    **details: str,
) -> None:
    starts = _promised(visits).aggregate(first=Min("starts_at"), last=Max("starts_at"))
    if starts["first"] is None:
        return
    first, last = (starts[end].astimezone(point.zone).date() for end in ("first", "last"))
    raise refusal(
        count=_promised(visits).count(),
        first=date_text(first),
        last=date_text(last),
        **details,
    )
