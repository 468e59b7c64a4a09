"""
From supply to planned desks. Pure: no query, no clock.

Everything that shows, previews, simulates or creates times calls `planned_hours`.
"""

import datetime
import zoneinfo
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

CLOSED, CHANGED = "closed", "changed"


class Hours(Protocol):
    """Local hours of an opening or an override."""

    @property
    def opens_at(self) -> datetime.time | None: ...
    @property
    def closes_at(self) -> datetime.time | None: ...
    @property
    def desks(self) -> int: ...
    @property
    def public_desks(self) -> int: ...


class WeeklyHours(Hours, Protocol):
    @property
    def weekday(self) -> int: ...
    @property
    def valid_from(self) -> datetime.date: ...
    @property
    def valid_until(self) -> datetime.date | None: ...


class DateHours(Hours, Protocol):
    @property
    def date(self) -> datetime.date: ...
    @property
    def kind(self) -> str: ...
    @property
    def service_ids(self) -> frozenset[int] | None: ...


class ProposedHours(NamedTuple):
    """Extra hours of one date that nobody has saved yet; what a preview is made of."""

    date: datetime.date
    opens_at: datetime.time
    closes_at: datetime.time
    desks: int
    public_desks: int
    service_ids: frozenset[int] | None = None
    kind: str = "extra"


class Planned(NamedTuple):
    """`desks` desks from `starts_at` to `ends_at` (UTC); `service_ids` None means every service."""

    starts_at: datetime.datetime
    ends_at: datetime.datetime
    desks: int
    public_desks: int
    service_ids: frozenset[int] | None = None


class Cell(NamedTuple):
    """One grid cell, as `Planned`; it ends one grid later."""

    starts_at: datetime.datetime
    desks: int
    public_desks: int
    service_ids: frozenset[int] | None = None


def planned_hours(
    *,
    date: datetime.date,
    zone: zoneinfo.ZoneInfo,
    openings: Iterable[WeeklyHours],
    overrides: Iterable[DateHours],
    holiday: bool,
) -> list[Planned]:
    """
    Return the planned desks of one group on the local `date`, by start.

    A closed override wins over everything; a changed one replaces the series; extra ones
    come on top. A public holiday counts as closed unless it is overridden. Hours that the
    clock skips or repeats on a clock-change night keep their wall time (P6).
    """
    of_date = [override for override in overrides if override.date == date]
    if any(override.kind == CLOSED for override in of_date):
        return []
    changed = [override for override in of_date if override.kind == CHANGED]
    hours: list[tuple[Hours, frozenset[int] | None]] = [
        (override, override.service_ids) for override in of_date
    ]
    if not changed and not holiday:
        hours += [(opening, None) for opening in openings if _applies(opening, date)]
    planned = [
        Planned(
            to_utc(date, row.opens_at, zone),
            to_utc(date, row.closes_at, zone),
            row.desks,
            row.public_desks,
            service_ids,
        )
        for row, service_ids in hours
        if row.opens_at is not None and row.closes_at is not None and row.desks
    ]
    return sorted(planned, key=lambda row: row.starts_at)


def _applies(opening: WeeklyHours, date: datetime.date) -> bool:
    return (
        opening.weekday == date.weekday()
        and opening.valid_from <= date
        and (opening.valid_until is None or date <= opening.valid_until)
    )


def most_desks(hours: WeeklyHours, others: Iterable[WeeklyHours]) -> int:
    """
    Return the most desks that are open at once during `hours`, with `others` of its weekday.

    The most is reached when something begins: so only those dates and times are looked at.
    """
    rows = [hours, *others]
    moments = [
        (date, time)
        for date in {row.valid_from for row in rows}
        for time in {row.opens_at for row in rows}
        if _is_open(hours, date, time)
    ]
    return max(
        (sum(row.desks for row in rows if _is_open(row, *moment)) for moment in moments),
        default=0,
    )


def _is_open(row: WeeklyHours, date: datetime.date, time: datetime.time | None) -> bool:
    """Whether `row` is open at `time` in the week of `date`."""
    if time is None or row.opens_at is None or row.closes_at is None:
        return False
    in_period = row.valid_from <= date and (row.valid_until is None or date <= row.valid_until)
    return in_period and row.opens_at <= time < row.closes_at


def to_utc(
    date: datetime.date, wall_time: datetime.time, zone: zoneinfo.ZoneInfo
) -> datetime.datetime:
    """Return the UTC instant at which a clock in `zone` shows `wall_time` on `date`."""
    return datetime.datetime.combine(date, wall_time, zone).astimezone(datetime.UTC)


def is_skipped(date: datetime.date, wall_time: datetime.time, zone: zoneinfo.ZoneInfo) -> bool:
    """Return whether a clock in `zone` never shows `wall_time` on `date`: it is put forward."""
    shown = to_utc(date, wall_time, zone).astimezone(zone)
    return shown.replace(tzinfo=None) != datetime.datetime.combine(date, wall_time)


def cells(planned: Iterable[Planned], grid_minutes: int) -> list[Cell]:
    """
    Cut planned hours into whole grid cells, by start; what is left over at the end is dropped.

    Where hours overlap, desks add up, and a cell serves what any of them serves.
    """
    by_start: dict[datetime.datetime, Cell] = {}
    for hours in planned:
        for starts_at in _starts(hours, datetime.timedelta(minutes=grid_minutes)):
            new = Cell(starts_at, hours.desks, hours.public_desks, hours.service_ids)
            old = by_start.get(starts_at)
            by_start[starts_at] = _joined(old, new) if old else new
    return sorted(by_start.values())


def _starts(hours: Planned, grid: datetime.timedelta) -> Iterator[datetime.datetime]:
    starts_at = hours.starts_at
    while starts_at + grid <= hours.ends_at:
        yield starts_at
        starts_at += grid


def _joined(one: Cell, other: Cell) -> Cell:
    everything = one.service_ids is None or other.service_ids is None
    return Cell(
        one.starts_at,
        one.desks + other.desks,
        one.public_desks + other.public_desks,
        None
        if everything
        else (one.service_ids or frozenset()) | (other.service_ids or frozenset()),
    )


def starts_that_fit(day: Iterable[Cell], grid_minutes: int, cells_needed: int) -> int:
    """
    Count how many visits of `cells_needed` consecutive cells the public desks of a day can take.

    Greedy from the morning, one desk at a time, which is optimal for equal lengths.
    """
    grid = datetime.timedelta(minutes=grid_minutes)
    room = {cell.starts_at: cell.public_desks for cell in day}
    count = 0
    for starts_at in sorted(room):
        needed = [starts_at + grid * i for i in range(cells_needed)]
        fits = min(room.get(start, 0) for start in needed)
        for start in needed:
            if fits:
                room[start] -= fits
        count += fits
    return count
