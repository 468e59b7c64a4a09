"""A manager's changes to one day: open an extra one, close one, take the closing back."""

import datetime
from typing import NamedTuple

from django.db import transaction
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
    InThePast,
    NotOffered,
    ReleaseInThePast,
    ReleaseMomentPassed,
    ReservedTooMuch,
    ReturnOutOfRange,
    RightDoesNotFit,
    SkippedByClock,
    TooManyDesks,
)
from booking.models import Appointment, BookingRight, Release, Slot
from booking.operations.ended_holds import expire_holds
from booking.operations.offers import withdraw_offers
from booking.operations.releases import add_slots, open_horizon
from servicepoints import plan, supply
from servicepoints.models import DateOverride, DeskGroup, Offering, Service, ServicePoint

# Closings are planned further ahead than times are sold: a holiday season, a move of the office.
CLOSING_DAYS_AHEAD = 2 * 366


class Reservation(NamedTuple):
    """`desks` of an extra day are for who has `right`, until `returns_at`, an instant."""

    right: BookingRight
    desks: int
    returns_at: datetime.datetime


def extra_day_times(
    group: DeskGroup,
    hours: plan.ProposedHours,
    *,
    release_at: datetime.datetime | None = None,
    reservation: Reservation | None = None,
) -> dict[Service, int]:
    """
    Return how many visits of each service the proposed hours would give, saving nothing.

    Each number stands alone: all desks for that service, one person a visit. Refuses what
    `open_extra_day` refuses, so a preview that was shown can be saved.
    """
    cells = _checked_cells(group, hours)
    _check_moment(release_at, cells)
    _check_reservation(reservation, group, hours, release_at, cells)
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
    policy: str = Release.Policy.AT_ONCE,
    window_minutes: int = 0,
    reservation: Reservation | None = None,
) -> Release:
    """
    Save extra hours, make their slots, and set the moment at which these become bookable.

    `release_at` None means now: Celery beat releases all that is due within seconds, by
    `policy`, whose window is `window_minutes` long (see Release). Saving
    the same hours twice is refused with HoursOverlap. Refuses with DayOutOfRange, DayClosed,
    TooManyDesks, NotOffered, HoursTooShort, InThePast, SkippedByClock, ReleaseInThePast,
    ReleaseMomentPassed, and for what is reserved with RightDoesNotFit, ReservedTooMuch and
    ReturnOutOfRange.
    """
    # One plan of a group changes at a time: a closing waits for this, and this for a closing.
    list(DeskGroup.objects.filter(pk=group.pk).lock_in_order())
    cells = _checked_cells(group, hours)
    _check_moment(release_at, cells)
    _check_reservation(reservation, group, hours, release_at, cells)
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
        policy=policy,
        window_minutes=window_minutes,
        reserved_for=reservation.right if reservation else None,
        reserved_desks=reservation.desks if reservation else 0,
        returns_at=reservation.returns_at if reservation else None,
        override=override,
        created_by=by,
    )
    if add_slots(release, cells, released=False) != len(cells):
        # Someone else opened some of them since the check above.
        raise HoursOverlap
    return release


def _checked_cells(group: DeskGroup, hours: plan.ProposedHours) -> list[plan.Cell]:
    """Return the cells that `hours` give, or refuse them."""
    point = group.service_point
    if not (point.today <= hours.date <= point.last_bookable_date and point.exists_on(hours.date)):
        raise DayOutOfRange(last=messages.date_text(point.last_bookable_date))
    if any(
        plan.is_skipped(hours.date, time, point.zone) for time in (hours.opens_at, hours.closes_at)
    ):
        raise SkippedByClock
    if group.overrides.filter(date=hours.date, kind=DateOverride.Kind.CLOSED).exists():
        raise DayClosed
    desks = group.desks.filter(active=True).count()
    if hours.desks > desks:
        raise TooManyDesks(desks=desks)
    if not _offerings(group, hours):
        raise NotOffered
    cells = plan.cells(supply.proposed_hours(group, hours), group.grid_minutes)
    if not cells or not hours.public_desks:
        raise HoursTooShort
    if cells[0].starts_at <= timezone.now():
        raise InThePast
    # Also where the cells would only half cover what is open: the desks are the same.
    grid = datetime.timedelta(minutes=group.grid_minutes)
    first, last = cells[0].starts_at, cells[-1].starts_at
    if group.slots.filter(starts_at__gt=first - grid, starts_at__lt=last + grid).exists():
        raise HoursOverlap
    return cells


def _check_moment(release_at: datetime.datetime | None, cells: list[plan.Cell]) -> None:
    if release_at and release_at > cells[0].starts_at:
        raise ReleaseInThePast
    if release_at and release_at <= timezone.now():
        raise ReleaseMomentPassed


def _check_reservation(
    reservation: Reservation | None,
    group: DeskGroup,
    hours: plan.ProposedHours,
    release_at: datetime.datetime | None,
    cells: list[plan.Cell],
) -> None:
    """Refuse to reserve times for a right that is not for them, too many, or for too long."""
    if reservation is None:
        return
    right = reservation.right
    services = [offering.service_id for offering in _offerings(group, hours)]
    if not (
        right.valid_from <= hours.date <= right.valid_until
        and right.points.filter(pk=group.service_point_id).exists()
        and right.services.filter(pk__in=services).exists()
    ):
        raise RightDoesNotFit
    if not 1 <= reservation.desks <= hours.public_desks:
        raise ReservedTooMuch
    released_at = release_at or timezone.now()
    if not released_at < reservation.returns_at <= cells[0].starts_at:
        raise ReturnOutOfRange


def _offerings(group: DeskGroup, hours: plan.ProposedHours) -> list[Offering]:
    services = set(group.services.values_list("pk", flat=True))
    chosen = services if hours.service_ids is None else services & hours.service_ids
    return list(
        Offering.objects.on(hours.date)
        .filter(service_point=group.service_point, service__in=chosen, bookable=True)
        .select_related("service")
        .order_by("service__position")
    )


def visits_in_the_way(point: ServicePoint, date: datetime.date) -> list[Appointment]:
    """
    Return who has a time on the local `date`, by time, and so keeps the day from closing (P7).

    A hold counts until it expires; what was served, missed or given back does not. Refuses
    with DayOutOfRange a date that is past or too far away to plan.
    """
    _check_can_close(point, date)
    visits = Appointment.objects.at(point).between(*point.day_bounds(date)).active()
    return list(
        visits.exclude(pk__in=Appointment.objects.expired_holds())
        .with_place()
        .order_by("starts_at", "pk")
    )


def _check_can_close(point: ServicePoint, date: datetime.date) -> None:
    last = point.today + datetime.timedelta(days=CLOSING_DAYS_AHEAD)
    if not (point.today <= date <= last and point.exists_on(date)):
        raise DayOutOfRange(last=messages.date_text(last))


def close_day(point: ServicePoint, date: datetime.date, *, by: User, reason: str = "") -> None:
    """
    Close every desk group of `point` on the local `date`.

    Nobody is dropped silently (P7): while anybody has a time on that day, refuse with
    DayHasBookings, which lists them. Claims wait for this transaction and then find no slot.
    Refuses a day in the past with DayOutOfRange. Closing twice is harmless.
    """
    _check_can_close(point, date)
    # Before the locks: what only expired holds fill can then be removed with the rest.
    expire_holds()
    _close_day(point, date, by=by, reason=reason)


@transaction.atomic
def _close_day(point: ServicePoint, date: datetime.date, *, by: User, reason: str) -> None:
    groups = list(DeskGroup.objects.filter(service_point=point).lock_in_order())
    slots = Slot.objects.at(point).between(*point.day_bounds(date))
    list(slots.lock_in_order().values_list("pk"))
    if booked := visits_in_the_way(point, date):
        raise DayHasBookings(booked)
    for group in groups:
        DateOverride.objects.get_or_create(
            desk_group=group,
            date=date,
            kind=DateOverride.Kind.CLOSED,
            defaults={"reason": reason, "created_by": by},
        )
    withdraw_offers(point, date)
    slots.filter(taken=0).delete()
    # Those already served today keep their slots, which nobody can book any more.
    slots.update(released=False, kept=0, reserved=0)


@transaction.atomic
def reopen_day(point: ServicePoint, date: datetime.date) -> None:
    """
    Take a closing back: the day has its planned times again. Harmless if it was not closed.

    An extra day that waits for its release goes on waiting.
    """
    groups = DeskGroup.objects.with_supply().filter(service_point=point)
    list(DeskGroup.objects.filter(service_point=point).lock_in_order())
    closings = DateOverride.objects.filter(
        desk_group__in=groups, date=date, kind=DateOverride.Kind.CLOSED
    )
    if not closings.delete()[0]:
        return
    _restore_extra_times(point, date)
    open_horizon(groups)
    slots = Slot.objects.at(point).between(*point.day_bounds(date))
    kept = slots.filter(released=False, release__released_at__isnull=False)
    Slot.objects.filter(pk__in=list(kept.lock_in_order().values_list("pk", flat=True))).update(
        released=True
    )


def _restore_extra_times(point: ServicePoint, date: datetime.date) -> None:
    """Make the slots of extra hours again, each under its own release."""
    releases = Release.objects.filter(
        desk_group__service_point=point, date=date, kind=Release.Kind.EXTRA
    )
    for release in releases.select_related("override", "desk_group").select_for_update(of=["self"]):
        overrides = [release.override] if release.override else []
        planned = plan.planned_hours(
            date=date, zone=point.zone, openings=[], overrides=overrides, holiday=False
        )
        cells = plan.cells(planned, release.desk_group.grid_minutes)
        coming = [cell for cell in cells if cell.starts_at > timezone.now()]
        add_slots(release, coming, released=release.released_at is not None)
