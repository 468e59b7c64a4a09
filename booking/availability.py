"""
What is free: the one place that knows, for applicants, staff, the API and the claim itself.

A cell has room when it is released, lies in the future and has fewer visits, and places kept
for the waiting list or reserved for a group, than public capacity; for staff who say why, than
capacity. A hold whose end has passed counts as free at once by the database's clock, whether or
not a worker has tidied it (I8); so do reserved places from the moment they return to everybody.
A visit of k cells fits where k cells in a row have room.
"""

import datetime
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from booking.room import (
    FREED_UP_TO,
    HAS_ROOM,
    HAS_ROOM_OR_FREED,
    HAS_ROOM_OR_FREED_UP_TO,
    HAS_ROOM_UP_TO,
    Room,
)
from servicepoints.models import DeskGroup, Service, ServicePoint
from servicepoints.rows import columns, instance

# How a service can be booked at a point: desk group, period, minutes and cells of a visit.
_WAYS = """
    SELECT g.id AS desk_group_id, g.grid_minutes,
           COALESCE(o.minutes, s.minutes) * %(people)s AS minutes,
           ceil(COALESCE(o.minutes, s.minutes) * %(people)s::numeric / g.grid_minutes)::int
               AS cells,
           GREATEST(o.valid_from, p.valid_from)::timestamp AT TIME ZONE p.time_zone AS opens_at,
           (LEAST(o.valid_until, p.valid_until) + 1)::timestamp AT TIME ZONE p.time_zone AS ends_at
    FROM servicepoints_offering o
    JOIN servicepoints_service s ON s.id = o.service_id
    JOIN servicepoints_servicepoint p ON p.id = o.service_point_id
    JOIN servicepoints_deskgroup g ON g.service_point_id = o.service_point_id
    JOIN servicepoints_deskgroup_services gs
      ON gs.deskgroup_id = g.id AND gs.service_id = o.service_id
    WHERE o.service_id = %(service)s AND o.bookable
"""

# The first run of enough cells with room for a `way`. The order stands inside and no end is
# given, so that PostgreSQL walks the index of open slots from now on and stops at the first
# run, instead of sorting half a year (performance.md).
_FIRST_RUN = """
    SELECT cell.starts_at, cell.last_at
    FROM (
        SELECT slot.starts_at,
               lead(slot.starts_at, way.cells - 1) OVER (ORDER BY slot.starts_at) AS last_at
        FROM booking_slot slot
        WHERE slot.desk_group_id = way.desk_group_id
          AND {has_room}
          AND slot.starts_at >= way.opens_at
        ORDER BY slot.starts_at
    ) AS cell
    WHERE cell.last_at = cell.starts_at + (way.cells - 1) * way.grid_minutes * interval '1 minute'
    LIMIT 1
"""

_FIRST_OPEN_RUN = _FIRST_RUN.format(has_room=HAS_ROOM)

# Only where there are freed slots, since these are not in the index of open ones.
_FIRST_FREED_RUN = _FIRST_RUN.format(
    has_room=f"""
          way.desk_group_id = ANY(ARRAY(SELECT unnest(%(freed_groups)s::bigint[])))
          AND {HAS_ROOM_OR_FREED}"""
)

# The points are those of ServicePoint.objects.offering().
_FIRST_FREE = f"""
    SELECT first.starts_at, {columns(ServicePoint, "point")}
    FROM servicepoints_servicepoint point
    CROSS JOIN LATERAL (
        SELECT min(run.starts_at) AS starts_at
        FROM ({_WAYS} AND o.service_point_id = point.id) AS way
        CROSS JOIN LATERAL (
            ({_FIRST_OPEN_RUN}) UNION ALL ({_FIRST_FREED_RUN})
        ) AS run
        WHERE way.ends_at IS NULL OR run.last_at < way.ends_at
    ) AS first
    WHERE (point.valid_until IS NULL OR point.valid_until >= %(today)s)
      AND EXISTS (
          SELECT FROM servicepoints_offering offering
          WHERE offering.service_point_id = point.id AND offering.service_id = %(service)s
            AND offering.bookable
            AND (offering.valid_until IS NULL OR offering.valid_until >= %(today)s)
      )
"""

_OPEN_CELLS = f"""
    SELECT way.desk_group_id, way.grid_minutes, way.cells, slot.starts_at
    FROM ({_WAYS} AND o.service_point_id = %(point)s) AS way
    JOIN booking_slot slot
      ON slot.desk_group_id = way.desk_group_id
     AND slot.starts_at >= %(start)s
     AND slot.starts_at < %(end)s
     AND slot.starts_at >= way.opens_at
     AND (way.ends_at IS NULL OR slot.starts_at < way.ends_at)
    WHERE {{has_room}}
    ORDER BY way.desk_group_id, slot.starts_at
"""

_WAYS_AT = f"""
    SELECT way.minutes, way.cells, {columns(DeskGroup, "desk_group")}
    FROM ({_WAYS} AND o.service_point_id = %(point)s) AS way
    JOIN servicepoints_deskgroup desk_group ON desk_group.id = way.desk_group_id
    WHERE way.opens_at <= %(starts_at)s
      AND (way.ends_at IS NULL OR %(starts_at)s < way.ends_at)
    ORDER BY way.desk_group_id
"""


class FirstFree(NamedTuple):
    """The first free time at a point, UTC; None when it is booked out to the horizon."""

    service_point: ServicePoint
    starts_at: datetime.datetime | None


class Way(NamedTuple):
    """A desk group that can take a visit, how long it is there, and in how many cells."""

    desk_group: DeskGroup
    minutes: int
    cells: int

    @property
    def desk_group_id(self) -> int:
        return self.desk_group.pk

    def starts(self, starts_at: datetime.datetime) -> list[datetime.datetime]:
        """Return the starts of all cells of a visit from `starts_at`."""
        grid = datetime.timedelta(minutes=self.desk_group.grid_minutes)
        return [starts_at + grid * i for i in range(self.cells)]


def first_free_times(service: Service, people: int) -> list[FirstFree]:
    """
    Return the first free time of each point that offers `service`, the earliest first.

    Points without a free time come last, by name.
    """
    freed = _freed()
    parameters = {
        "service": service.pk,
        "people": people,
        "today": timezone.localdate(),
        "freed": list(freed),
        "freed_groups": list(set(freed.values())),
    }
    rows = _rows(_FIRST_FREE, parameters)
    free = [_within_horizon(instance(ServicePoint, point), first) for first, *point in rows]
    return sorted(free, key=lambda row: (row.starts_at is None, row.starts_at, row[0].name_fi))


def _within_horizon(point: ServicePoint, first: datetime.datetime | None) -> FirstFree:
    return FirstFree(point, first if first and first < _horizon_end(point) else None)


def free_times(
    service: Service, point: ServicePoint, people: int, date: datetime.date
) -> list[datetime.datetime]:
    """
    Return the times at which a visit can start at `point` on the local `date`, UTC, in order.

    Days that are over or beyond the horizon have none.
    """
    if not point.today <= date <= point.last_bookable_date:
        return []
    return _offered_between(service, point, people, *point.day_bounds(date))


def free_days(
    service: Service,
    point: ServicePoint,
    people: int,
    first: datetime.date,
    last: datetime.date,
) -> dict[datetime.date, int]:
    """Return the number of free times of each local date of [first, last] that has any."""
    days = free_times_by_day(service, point, people, first, last)
    return {date: len(times) for date, times in days.items()}


def free_times_by_day(
    service: Service,
    point: ServicePoint,
    people: int,
    first: datetime.date,
    last: datetime.date,
) -> dict[datetime.date, list[datetime.datetime]]:
    """Return the free times, UTC, of each local date of [first, last] that has any, in order."""
    first, last = max(first, point.today), min(last, point.last_bookable_date)
    if last < first:
        return {}
    start, end = point.day_bounds(first)[0], point.day_bounds(last)[1]
    return _by_day(point, _offered_between(service, point, people, start, end))


def _by_day(
    point: ServicePoint, times: Iterable[datetime.datetime]
) -> dict[datetime.date, list[datetime.datetime]]:
    days: dict[datetime.date, list[datetime.datetime]] = defaultdict(list)
    for starts_at in times:
        days[starts_at.astimezone(point.zone).date()].append(starts_at)
    return dict(days)


def next_free_times(
    service: Service,
    point: ServicePoint,
    people: int,
    after: datetime.datetime,
    limit: int = 6,
) -> list[datetime.datetime]:
    """Return the next free times at `point` from `after`, at most `limit`: for a taken time."""
    for days in (7, 31, 190):
        found = _offered_between(
            service, point, people, after, after + datetime.timedelta(days=days)
        )
        if len(found) >= limit:
            break
    return found[:limit]


def times_beyond_public(
    service: Service, point: ServicePoint, people: int, date: datetime.date
) -> list[datetime.datetime]:
    """
    Return the times of the local `date` that only staff can book, UTC, in order.

    At each, some cell has no room for the public, and all have room within their capacity.
    """
    if not point.today <= date <= point.last_bookable_date:
        return []
    start, end = point.day_bounds(date)
    public = _open_cells(service, point, people, start, end)
    beyond: set[datetime.datetime] = set()
    for way, starts in _open_cells(service, point, people, start, end, Room.CAPACITY).items():
        _group, grid_minutes, cells = way
        grid, open_to_all = datetime.timedelta(minutes=grid_minutes), set(public.get(way, ()))
        beyond.update(
            starts_at
            for starts_at in offered_starts(starts, grid, cells)
            if not open_to_all.issuperset(starts_at + grid * i for i in range(cells))
        )
    return sorted(beyond - _offered(public))


def reserved_times_by_day(
    right: int,
    service: Service,
    point: ServicePoint,
    people: int,
    first: datetime.date,
    last: datetime.date,
) -> dict[datetime.date, list[datetime.datetime]]:
    """
    Return the times that are reserved for the booking right with this key, UTC, by local date.

    Of [first, last], kept within today and the horizon. What has returned to everybody, or is
    used up, is not among them.
    """
    first, last = max(first, point.today), min(last, point.last_bookable_date)
    if last < first:
        return {}
    start, end = point.day_bounds(first)[0], point.day_bounds(last)[1]
    cells = _open_cells(service, point, people, start, end, Room.RESERVED, right)
    return _by_day(point, sorted(_offered(cells)))


def ways(
    service: Service, point: ServicePoint, people: int, starts_at: datetime.datetime
) -> list[Way]:
    """Return the desk groups that could take a visit at `starts_at`, full or not."""
    parameters: dict[str, Any] = {
        "service": service.pk,
        "people": people,
        "point": point.pk,
        "starts_at": starts_at,
    }
    rows = _rows(_WAYS_AT, parameters)
    return [Way(instance(DeskGroup, group), minutes, cells) for minutes, cells, *group in rows]


def offered_starts(
    open_starts: Iterable[datetime.datetime], grid: datetime.timedelta, cells: int
) -> list[datetime.datetime]:
    """
    Choose, of a group's cells with room, those at which a visit of `cells` is offered. Pure.

    Each run of neighbouring cells is offered from its start in steps of a whole visit, so that
    people do not leave gaps too short for the next. Its start comes first: the first free time.
    """
    offered: list[datetime.datetime] = []
    run: list[datetime.datetime] = []
    for starts_at in open_starts:
        if run and starts_at != run[-1] + grid:
            offered += _steps(run, cells)
            run = []
        run.append(starts_at)
    return offered + _steps(run, cells)


def _steps(run: Sequence[datetime.datetime], cells: int) -> list[datetime.datetime]:
    return [run[i] for i in range(0, len(run) - cells + 1, cells)]


def cells_needed(minutes: int, grid_minutes: int) -> int:
    """Return how many cells a visit of `minutes` takes."""
    return math.ceil(minutes / grid_minutes)


_Cells = dict[tuple[int, int, int], list[datetime.datetime]]


def _offered_between(
    service: Service,
    point: ServicePoint,
    people: int,
    start: datetime.datetime,
    end: datetime.datetime,
) -> list[datetime.datetime]:
    return sorted(_offered(_open_cells(service, point, people, start, end)))


def _open_cells(
    service: Service,
    point: ServicePoint,
    people: int,
    start: datetime.datetime,
    end: datetime.datetime,
    room: Room = Room.PUBLIC,
    right: int | None = None,
) -> _Cells:
    """Return the starts of cells with room by group, grid and cells of a visit there."""
    freed = list(_freed(room, right))
    parameters = {
        "service": service.pk,
        "people": people,
        "point": point.pk,
        "start": max(start, timezone.now()),
        "end": min(end, _horizon_end(point)),
        "freed": freed,
        "right": right,
    }
    has_room = (HAS_ROOM_OR_FREED_UP_TO if freed else HAS_ROOM_UP_TO)[room]
    rows = _rows(_OPEN_CELLS.format(has_room=has_room), parameters)
    by_way: _Cells = defaultdict(list)
    for desk_group_id, grid_minutes, cells, starts_at in rows:
        by_way[desk_group_id, grid_minutes, cells].append(starts_at)
    return by_way


def _offered(open_cells: _Cells) -> set[datetime.datetime]:
    offered: set[datetime.datetime] = set()
    for (_group, grid_minutes, cells), starts in open_cells.items():
        offered.update(offered_starts(starts, datetime.timedelta(minutes=grid_minutes), cells))
    return offered


def _horizon_end(point: ServicePoint) -> datetime.datetime:
    return point.day_bounds(point.last_bookable_date)[1]


def _freed(room: Room = Room.PUBLIC, right: int | None = None) -> dict[int, int]:
    """Return the slots that are full only by what has run out, each with its desk group."""
    return dict(_rows(FREED_UP_TO[room], {"right": right}))


def _rows(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
