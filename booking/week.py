"""A manager's week at a point: what is planned, what can be booked and what is taken. Read only."""

import datetime
from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import F, Prefetch, Q, Sum
from django.db.models.functions import Greatest, TruncDate

from booking.models import Release, Slot
from servicepoints import plan, supply
from servicepoints.models import DateOverride, DeskGroup, ServicePoint

DAYS = 7


@dataclass(frozen=True)
class Times:
    """Times for applicants, counted in grid cells of one desk."""

    total: int = 0
    booked: int = 0
    free: int = 0
    waiting: int = 0

    @property
    def percent_booked(self) -> int:
        return round(100 * self.booked / self.total) if self.total else 0


@dataclass(frozen=True)
class Day:
    """One local date of one desk group."""

    date: datetime.date
    is_today: bool
    is_holiday: bool
    planned: list[plan.Planned]
    overrides: list[DateOverride]
    times: Times
    waiting: list[Release] = field(default_factory=list)

    @property
    def is_closed(self) -> bool:
        """Whether a closing, and not the week's rhythm, is why there are no hours."""
        return any(row.kind == DateOverride.Kind.CLOSED for row in self.overrides)


@dataclass(frozen=True)
class GroupWeek:
    group: DeskGroup
    days: list[Day]


def week_at(point: ServicePoint, monday: datetime.date) -> list[GroupWeek]:
    """
    Return each desk group of `point` with the seven local days from `monday`.

    The number of queries does not depend on how many groups, days and times there are.
    """
    days = [monday + datetime.timedelta(days=n) for n in range(DAYS)]
    groups = _groups(point, days)
    times = _times(point, days)
    waiting = _waiting(point, days)
    return [
        GroupWeek(
            group,
            [_day(group, date, times[group.pk, date], waiting[group.pk, date]) for date in days],
        )
        for group in groups
    ]


def _day(group: DeskGroup, date: datetime.date, times: Times, waiting: list[Release]) -> Day:
    point = group.service_point
    return Day(
        date=date,
        is_today=date == point.today,
        is_holiday=supply.is_public_holiday(point.country, date),
        planned=supply.planned_hours(group, date),
        overrides=[row for row in group.overrides.all() if row.date == date],
        times=times,
        waiting=waiting,
    )


def _groups(point: ServicePoint, days: list[datetime.date]) -> list[DeskGroup]:
    """Load the groups with their supply, and of the overrides those of the week only."""
    overrides = (
        DateOverride.objects.filter(date__range=(days[0], days[-1]))
        .select_related("release")
        .prefetch_related("services")
        .order_by("date", "opens_at")
    )
    groups = point.desk_groups.select_related("service_point").prefetch_related(
        "openings", Prefetch("overrides", queryset=overrides)
    )
    return list(groups)


def _times(
    point: ServicePoint, days: list[datetime.date]
) -> defaultdict[tuple[int, datetime.date], Times]:
    start, end = point.day_bounds(days[0])[0], point.day_bounds(days[-1])[1]
    rows = (
        Slot.objects.at(point)
        .between(start, end)
        .annotate(date=TruncDate("starts_at", tzinfo=point.zone))
        .values("desk_group_id", "date")
        .annotate(
            total=Sum("public_capacity"),
            booked=Sum("taken"),
            free=Sum(
                Greatest(F("public_capacity") - F("taken"), 0),
                filter=Q(released=True),
                default=0,
            ),
            waiting=Sum("public_capacity", filter=Q(released=False), default=0),
        )
    )
    found: defaultdict[tuple[int, datetime.date], Times] = defaultdict(Times)
    for row in rows:
        found[row["desk_group_id"], row["date"]] = Times(
            row["total"], row["booked"], row["free"], row["waiting"]
        )
    return found


def _waiting(
    point: ServicePoint, days: list[datetime.date]
) -> defaultdict[tuple[int, datetime.date], list[Release]]:
    found: defaultdict[tuple[int, datetime.date], list[Release]] = defaultdict(list)
    releases = Release.objects.filter(
        desk_group__service_point=point,
        date__range=(days[0], days[-1]),
        released_at__isnull=True,
    )
    for release in releases.with_numbers().with_times():
        found[release.desk_group_id, release.date].append(release)
    return found
