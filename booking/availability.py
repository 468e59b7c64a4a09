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

from booking.first_free import FIRST_FREE, FIRST_WANTED
from booking.room import (
    FREED_UP_TO,
    HAS_ROOM_FREED_UP_TO,
    HAS_ROOM_UP_TO,
    Room,
)
from booking.wanted import A_DAY, ANYTHING, Wanted
from booking.ways import WAYS, for_two
from servicepoints.horizon import last_bookable_date
from servicepoints.models import DeskGroup, Service, ServicePoint
from servicepoints.rows import columns, instance, instances

_CELLS = """
    SELECT way.desk_group_id, way.grid_minutes, way.cells, slot.starts_at
    FROM way
    JOIN booking_slot slot
      ON slot.desk_group_id = way.desk_group_id
     AND slot.starts_at >= %(start)s
     AND slot.starts_at < %(end)s
     AND slot.starts_at >= way.opens_at
     AND (way.ends_at IS NULL OR slot.starts_at < way.ends_at)
    WHERE {has_room}
"""

_OPEN_CELLS = {
    room: f"""
    WITH freed AS MATERIALIZED ({FREED_UP_TO[room]}),
    way AS MATERIALIZED ({WAYS} AND o.service_point_id = %(point)s)
    {_CELLS.format(has_room=HAS_ROOM_UP_TO[room])}
    UNION ALL {_CELLS.format(has_room=HAS_ROOM_FREED_UP_TO[room])}
    ORDER BY desk_group_id, starts_at
"""
    for room in Room
}

_WAYS_AT = f"""
    SELECT way.minutes, way.cells, {columns(DeskGroup, "desk_group")}
    FROM ({WAYS} AND o.service_point_id = %(point)s) AS way
    JOIN servicepoints_deskgroup desk_group ON desk_group.id = way.desk_group_id
    WHERE way.opens_at <= %(starts_at)s
      AND (way.ends_at IS NULL OR %(starts_at)s < way.ends_at)
    ORDER BY way.desk_group_id
"""

# The same with the service and the point, each by its slug.
_OFFERED_AT = f"""
    SELECT {columns(Service, "service")}, {columns(ServicePoint, "point")}, way.*
    FROM servicepoints_service service, servicepoints_servicepoint point,
         LATERAL ({_WAYS_AT}) AS way
    WHERE service.slug = %(service_slug)s AND point.slug = %(point_slug)s
""".replace("%(service)s", "service.id").replace("%(point)s", "point.id")


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


class Offered(NamedTuple):
    """A service and a point that offers it, with the ways of a visit if they have been asked."""

    service: Service
    service_point: ServicePoint
    ways: list[Way] | None = None


def first_free_times(
    service: Service, people: int, wanted: Wanted = ANYTHING, second: Service | None = None
) -> list[FirstFree]:
    """
    Return the first free time of each point that offers `service`, the earliest first.

    With `wanted`, the first on a wanted day and hour, of the points that suit; whether it is
    early enough is for the caller to see, who can then show what comes later. Points without
    a free time come last, by name. With a `second` service, of visits for both, at the points
    where some desks serve both.
    """
    today = timezone.localdate()
    parameters: dict[str, Any] = {
        **_matters(service, second),
        "people": people,
        "today": today,
        "right": None,
    }
    if wanted.narrows_hours:
        # A day more at both ends, since the points' dates may differ from ours.
        parameters |= {
            "dates": wanted.dates(today - A_DAY, last_bookable_date(today) + A_DAY),
            "from_midnight": wanted.from_midnight,
            "until_midnight": wanted.until_midnight,
        }
    statement = FIRST_WANTED if wanted.narrows_hours else FIRST_FREE
    rows = _rows(for_two(statement) if second else statement, parameters)
    found = ((instance(ServicePoint, point), first) for first, *point in rows)
    free = _within_horizon((point, first) for point, first in found if wanted.suits(point))
    if second:
        both = set(ServicePoint.objects.offering_both(service, second))
        free = [row for row in free if row.service_point in both]
    return sorted(free, key=lambda row: (row.starts_at is None, row.starts_at, row[0].name_fi))


def _within_horizon(
    found: Iterable[tuple[ServicePoint, datetime.datetime | None]],
) -> list[FirstFree]:
    ends: dict[str, datetime.datetime] = {}
    free = []
    for point, first in found:
        # It is the same in a whole time zone.
        end = ends.get(point.time_zone) or ends.setdefault(point.time_zone, _horizon_end(point))
        free.append(FirstFree(point, first if first and first < end else None))
    return free


def free_times(
    service: Service,
    point: ServicePoint,
    people: int,
    date: datetime.date,
    wanted: Wanted = ANYTHING,
    second: Service | None = None,
) -> list[datetime.datetime]:
    """
    Return the times at which a visit can start at `point` on the local `date`, UTC, in order.

    Days that are over or beyond the horizon have none.
    """
    if not point.today <= date <= point.last_bookable_date:
        return []
    return _offered_between(service, point, people, *point.day_bounds(date), wanted, second)


def free_days(
    service: Service,
    point: ServicePoint,
    people: int,
    first: datetime.date,
    last: datetime.date,
    wanted: Wanted = ANYTHING,
    second: Service | None = None,
) -> dict[datetime.date, int]:
    """Return the number of free times of each local date of [first, last] that has any."""
    days = free_times_by_day(service, point, people, first, last, wanted, second)
    return {date: len(times) for date, times in days.items()}


def free_times_by_day(
    service: Service,
    point: ServicePoint,
    people: int,
    first: datetime.date,
    last: datetime.date,
    wanted: Wanted = ANYTHING,
    second: Service | None = None,
) -> dict[datetime.date, list[datetime.datetime]]:
    """
    Return the free times, UTC, of each local date of [first, last] that has any, in order.

    With `wanted`, those on its days and hours; the rest of it is about points.
    """
    first, last = max(first, point.today), min(last, point.last_bookable_date)
    if last < first:
        return {}
    start, end = point.day_bounds(first)[0], point.day_bounds(last)[1]
    times = _offered_between(service, point, people, start, end, wanted, second)
    return _by_day(point, times)


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
    wanted: Wanted = ANYTHING,
    second: Service | None = None,
) -> list[datetime.datetime]:
    """Return the next free times at `point` from `after`, at most `limit`: for a taken time."""
    for days in (7, 31, 190):
        found = _offered_between(
            service, point, people, after, after + datetime.timedelta(days=days), wanted, second
        )
        if len(found) >= limit:
            break
    return found[:limit]


def times_beyond_public(
    service: Service,
    point: ServicePoint,
    people: int,
    date: datetime.date,
    second: Service | None = None,
) -> list[datetime.datetime]:
    """
    Return the times of the local `date` that only staff can book, UTC, in order.

    At each, some cell has no room for the public, and all have room within their capacity.
    """
    if not point.today <= date <= point.last_bookable_date:
        return []
    start, end = point.day_bounds(date)
    visit = (service, point, people, start, end)
    public = _open_cells(*visit, second=second)
    beyond: set[datetime.datetime] = set()
    for way, starts in _open_cells(*visit, Room.CAPACITY, second=second).items():
        _group, grid_minutes, cells = way
        grid, open_to_all = datetime.timedelta(minutes=grid_minutes), set(public.get(way, ()))
        beyond.update(
            starts_at
            for starts_at in offered_starts(starts, grid, cells)
            if not open_to_all.issuperset(starts_at + grid * i for i in range(cells))
        )
    return sorted(beyond - _offered(public, point))


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
    return _by_day(point, sorted(_offered(cells, point)))


def ways(
    service: Service,
    point: ServicePoint,
    people: int,
    starts_at: datetime.datetime,
    second: Service | None = None,
) -> list[Way]:
    """Return the desk groups that could take a visit at `starts_at`, full or not."""
    parameters: dict[str, Any] = {
        **_matters(service, second),
        "people": people,
        "point": point.pk,
        "starts_at": starts_at,
    }
    rows = _rows(for_two(_WAYS_AT) if second else _WAYS_AT, parameters)
    return [Way(instance(DeskGroup, group), minutes, cells) for minutes, cells, *group in rows]


def offered_at(
    service_slug: str, point_slug: str, people: int, starts_at: datetime.datetime
) -> Offered | None:
    """Return a service, a point and the ways as `ways` does, at once; None: there are none."""
    parameters: dict[str, Any] = {
        "service_slug": service_slug,
        "point_slug": point_slug,
        "people": people,
        "starts_at": starts_at,
    }
    found = _rows(_OFFERED_AT, parameters)
    if not found:
        return None
    width = -len(DeskGroup._meta.concrete_fields)
    ways = [Way(instance(DeskGroup, row[width:]), *row[width - 2 : width]) for row in found]
    return Offered(*instances(Service, ServicePoint, found[0][: width - 2]), ways)


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
    wanted: Wanted,
    second: Service | None,
) -> list[datetime.datetime]:
    cells = _open_cells(service, point, people, start, end, second=second)
    return sorted(_offered(cells, point, wanted))


def _open_cells(
    service: Service,
    point: ServicePoint,
    people: int,
    start: datetime.datetime,
    end: datetime.datetime,
    room: Room = Room.PUBLIC,
    right: int | None = None,
    second: Service | None = None,
) -> _Cells:
    """Return the starts of cells with room by group, grid and cells of a visit there."""
    parameters = {
        **_matters(service, second),
        "people": people,
        "point": point.pk,
        "start": max(start, timezone.now()),
        "end": min(end, _horizon_end(point)),
        "right": right,
    }
    rows = _rows(for_two(_OPEN_CELLS[room]) if second else _OPEN_CELLS[room], parameters)
    by_way: _Cells = defaultdict(list)
    for desk_group_id, grid_minutes, cells, starts_at in rows:
        by_way[desk_group_id, grid_minutes, cells].append(starts_at)
    return by_way


def _offered(
    open_cells: _Cells, point: ServicePoint, wanted: Wanted = ANYTHING
) -> set[datetime.datetime]:
    offered: set[datetime.datetime] = set()
    for (_group, grid_minutes, cells), starts in open_cells.items():
        grid = datetime.timedelta(minutes=grid_minutes)
        if wanted.narrows_hours:
            starts = wanted.within_reach(starts, grid, cells, point.zone)
        offered.update(offered_starts(starts, grid, cells))
    if wanted.narrows_hours:
        offered = {start for start in offered if wanted.fits(start.astimezone(point.zone))}
    return offered


def _matters(service: Service, second: Service | None) -> dict[str, int]:
    """Return the parameters of what a visit is for; one service counts as both."""
    return {"service": service.pk, "second": (second or service).pk}


def _horizon_end(point: ServicePoint) -> datetime.datetime:
    return point.day_bounds(point.last_bookable_date)[1]


def _rows(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
