"""When new times are expected where none is free now."""

import datetime
from typing import NamedTuple

from booking.models import Release
from servicepoints import supply
from servicepoints.horizon import last_bookable_date
from servicepoints.models import DeskGroup, Offering, Service, ServicePoint

A_DAY = datetime.timedelta(days=1)
# Somewhere people work within as many days; longer than a month's end and a holiday take.
DAYS_AHEAD = 21


class NextDay(NamedTuple):
    """The local date `opens_on` at whose beginning the day `date` can be booked at a point."""

    opens_on: datetime.date
    date: datetime.date


class Expected(NamedTuple):
    """What is known of new times for a service; None for what is not."""

    release: Release | None
    next_day: NextDay | None


def new_times(service: Service) -> Expected:
    """
    Return the next release with times for `service`, and when the horizon opens its next day.

    The day is the first on which some desks that serve it are open; it opens at the point's
    midnight, and the hourly job then makes its times.
    """
    release = (
        Release.objects.coming_for(service).select_related("desk_group__service_point").first()
    )
    groups = DeskGroup.objects.with_supply().filter(
        services=service, service_point__in=ServicePoint.objects.offering(service)
    )
    offerings = list(Offering.objects.filter(service=service, bookable=True))
    days = (_next_day(group, service, offerings) for group in groups)
    return Expected(release, min(filter(None, days), default=None))


def _next_day(group: DeskGroup, service: Service, offerings: list[Offering]) -> NextDay | None:
    point = group.service_point
    known = last_bookable_date(point.today)
    for ahead in range(1, DAYS_AHEAD + 1):
        opens_on = point.today + A_DAY * ahead
        # At the end of a month a night may open no day, or one night several.
        while known < last_bookable_date(opens_on):
            known += A_DAY
            if _is_served(group, known, service, offerings):
                return NextDay(opens_on, known)
    return None


def _is_served(
    group: DeskGroup, date: datetime.date, service: Service, offerings: list[Offering]
) -> bool:
    in_force = any(
        offering.service_point_id == group.service_point_id
        and offering.valid_from <= date
        and (offering.valid_until is None or date <= offering.valid_until)
        for offering in offerings
    )
    return in_force and any(
        cell.public_desks and (cell.service_ids is None or service.pk in cell.service_ids)
        for cell in supply.planned_cells(group, date)
    )
