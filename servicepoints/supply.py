"""Bring a desk group's rows and its public holidays to the pure functions of `plan`."""

import datetime
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import holidays
from django.utils import timezone

from servicepoints import plan
from servicepoints.models import DeskGroup, ServicePoint

Hours = list[tuple[datetime.datetime, datetime.datetime]]


class OpenToday(NamedTuple):
    """A point and when it is open today, in instants; no hours when it is closed."""

    point: ServicePoint
    hours: Hours


@cache
def _public_holidays(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country)


def is_public_holiday(country: str, date: datetime.date) -> bool:
    """Return whether `date` is a public holiday of `country` (source: the holidays package)."""
    return date in _public_holidays(country)


def planned_hours(group: DeskGroup, date: datetime.date) -> list[plan.Planned]:
    """Return the planned desks of `group` on the local `date`; load it `with_supply()`."""
    point = group.service_point
    if not point.exists_on(date):
        return []
    return plan.planned_hours(
        date=date,
        zone=point.zone,
        openings=group.openings.all(),
        overrides=group.overrides.all(),
        holiday=is_public_holiday(point.country, date),
    )


def proposed_hours(group: DeskGroup, hours: plan.ProposedHours) -> list[plan.Planned]:
    """Return what extra hours alone would plan, as if they had been saved."""
    return plan.planned_hours(
        date=hours.date,
        zone=group.service_point.zone,
        openings=[],
        overrides=[hours],
        holiday=False,
    )


def planned_cells(group: DeskGroup, date: datetime.date) -> list[plan.Cell]:
    """Return the grid cells of `group` on the local `date`."""
    return plan.cells(planned_hours(group, date), group.grid_minutes)


def giving_numbers_today() -> list[OpenToday]:
    """Return the points that give queue numbers, each with its hours of today."""
    points = ServicePoint.objects.operating_on(timezone.localdate()).giving_numbers()
    return [
        OpenToday(row, opening_hours(row.desk_groups.all(), row.today))
        for row in points.with_supply()
    ]


def opening_hours(groups: Iterable[DeskGroup], date: datetime.date) -> Hours:
    """Return when a point with these groups is open on the local `date`: instants, joined."""
    hours = sorted(
        (row.starts_at, row.ends_at) for group in groups for row in planned_hours(group, date)
    )
    joined: Hours = []
    for starts_at, ends_at in hours:
        if joined and starts_at <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends_at))
        else:
            joined.append((starts_at, ends_at))
    return joined
