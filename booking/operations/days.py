"""A manager's changes to one day: open an extra one, close one, take the closing back."""

import datetime
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from booking import messages
from booking.availability import cells_needed
from booking.exceptions import (
    DayClosed,
    DayHasBookings,
    DayOutOfRange,
    HoursOverlap,
    HoursTooShort,
    NotOffered,
    ReleaseInThePast,
    TooManyDesks,
)
from booking.models import Appointment, Release, Slot
from booking.operations.releases import open_horizon, slots_of
from servicepoints import plan
from servicepoints.models import DateOverride, DeskGroup, Offering, Service, ServicePoint


def extra_day_times(group: DeskGroup, hours: plan.ProposedHours) -> dict[Service, int]:
    """
    Return how many visits of each service the proposed hours would give, saving nothing.

    Each number stands alone: all desks for that service, one person a visit. Refuses what
    `open_extra_day` refuses, so a preview that was shown can be saved.
    """
    cells = _checked_cells(group, hours)
    offerings = _offerings(group, hours)
    return {
        offering.service: plan.starts_that_fit(
            cells,
            group.grid_minutes,
            cells_needed(offering.minutes or offering.service.minutes, group.grid_minutes),
        )
        for offering in offerings
    }


@transaction.atomic
def open_extra_day(
    group: DeskGroup,
    hours: plan.ProposedHours,
    *,
    release_at: datetime.datetime | None,
    by: User,
) -> Release:
    """
    Save extra hours, make their slots, and set the moment at which these become bookable.

    `release_at` None means now: Celery beat releases all that is due within seconds. Saving
    the same hours twice is refused with HoursOverlap. Refuses with DayOutOfRange, DayClosed,
    TooManyDesks, NotOffered, HoursTooShort and ReleaseInThePast.
    """
    cells = _checked_cells(group, hours)
    if release_at and release_at > cells[0].starts_at:
        raise ReleaseInThePast
    override = DateOverride.objects.create(
        desk_group=group,
        date=hours.date,
        kind=DateOverride.Kind.EXTRA,
        opens_at=hours.opens_at,
        closes_at=hours.closes_at,
        desks=hours.desks,
        public_desks=hours.public_desks,
        created_by=by,
    )
    override.services.set(hours.service_ids or [])
    release = Release.objects.create(
        desk_group=group,
        kind=Release.Kind.EXTRA,
        date=hours.date,
        release_at=release_at or timezone.now(),
        override=override,
        created_by=by,
    )
    try:
        with transaction.atomic():
            Slot.objects.bulk_create(slots_of(group, release, cells, released=False))
    except IntegrityError as error:
        raise HoursOverlap from error
    return release


def _checked_cells(group: DeskGroup, hours: plan.ProposedHours) -> list[plan.Cell]:
    """Return the cells that `hours` give, or refuse them."""
    point = group.service_point
    if not (point.today <= hours.date <= point.last_bookable_date and point.exists_on(hours.date)):
        raise DayOutOfRange(last=messages.date_text(point.last_bookable_date))
    if any(row.date == hours.date and row.kind == plan.CLOSED for row in group.overrides.all()):
        raise DayClosed
    desks = group.desks.filter(active=True).count()
    if hours.desks > desks:
        raise TooManyDesks(desks=desks)
    if not _offerings(group, hours):
        raise NotOffered
    planned = plan.planned_hours(
        date=hours.date, zone=point.zone, openings=[], overrides=[hours], holiday=False
    )
    cells = plan.cells(planned, group.grid_minutes)
    if not cells or cells[0].starts_at <= timezone.now() or not hours.public_desks:
        raise HoursTooShort
    if Slot.objects.of_visit(group.pk, [cell.starts_at for cell in cells]).exists():
        raise HoursOverlap
    return cells


def _offerings(group: DeskGroup, hours: plan.ProposedHours) -> list[Offering]:
    services = set(group.services.values_list("pk", flat=True))
    chosen = services if hours.service_ids is None else services & hours.service_ids
    return list(
        Offering.objects.on(hours.date)
        .filter(service_point=group.service_point, service__in=chosen, bookable=True)
        .select_related("service")
        .order_by("service__position")
    )


@transaction.atomic
def close_day(point: ServicePoint, date: datetime.date, *, by: User, reason: str = "") -> None:
    """
    Close every desk group of `point` on the local `date`.

    Nobody is dropped silently (P7): while anybody has a time on that day, refuse with
    DayHasBookings, which lists them. Claims wait for this transaction and then find no slot.
    Closing twice is harmless.
    """
    day = point.day_bounds(date)
    slots = Slot.objects.at(point).between(*day)
    list(slots.lock_in_order().values_list("pk"))
    booked = [
        visit
        for visit in Appointment.objects.at(point).between(*day).with_place().order_by("starts_at")
        if visit.status not in [*Appointment.GIVEN_BACK, "served", "missed"]
    ]
    if booked:
        raise DayHasBookings(booked)
    for group in point.desk_groups.all():
        DateOverride.objects.get_or_create(
            desk_group=group,
            date=date,
            kind=DateOverride.Kind.CLOSED,
            defaults={"reason": reason, "created_by": by},
        )
    slots.delete()


@transaction.atomic
def reopen_day(point: ServicePoint, date: datetime.date) -> None:
    """Take a closing back: the day has its planned times again. Harmless if it was not closed."""
    DateOverride.objects.filter(
        desk_group__service_point=point, date=date, kind=DateOverride.Kind.CLOSED
    ).delete()
    groups: Iterable[DeskGroup] = DeskGroup.objects.with_supply().filter(service_point=point)
    open_horizon(groups)
