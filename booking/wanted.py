"""What somebody wants of a time and of its point, besides that it is free. Pure."""

import datetime
from collections.abc import Iterable
from typing import NamedTuple

from servicepoints.models import ServicePoint

A_DAY = datetime.timedelta(days=1)

# The first run of enough cells with room for a `way` (availability.py) on the wanted days and
# hours: day by day from `days_from` on, each by a short piece of the index of open slots. So
# neither a booked-out spring nor a weekday on which nobody works is walked through slot by
# slot. A visit may end after the last hour at which it can begin.
FIRST_RUN_OF_A_DAY = """
    SELECT first.starts_at, first.last_at
    FROM {days_from} AS since
    CROSS JOIN LATERAL (
        SELECT run.starts_at, run.last_at
        FROM unnest(%(dates)s::date[]) WITH ORDINALITY AS day(date, number)
        CROSS JOIN LATERAL (
            SELECT (day.date + %(from_midnight)s::interval) AT TIME ZONE way.time_zone AS begins_at,
                   (day.date + %(until_midnight)s::interval) AT TIME ZONE way.time_zone AS ends_at
        ) AS hours
        CROSS JOIN LATERAL (
            SELECT cell.starts_at, cell.last_at
            FROM (
                SELECT slot.starts_at,
                       lead(slot.starts_at, way.cells - 1) OVER (ORDER BY slot.starts_at) AS last_at
                FROM booking_slot slot
                WHERE slot.desk_group_id = way.desk_group_id
                  AND {has_room}
                  AND slot.starts_at >= GREATEST(way.opens_at, hours.begins_at)
                  AND slot.starts_at
                      < hours.ends_at + (way.cells - 1) * way.grid_minutes * interval '1 minute'
                ORDER BY slot.starts_at
            ) AS cell
            WHERE cell.starts_at < hours.ends_at
              AND cell.last_at
                  = cell.starts_at + (way.cells - 1) * way.grid_minutes * interval '1 minute'
            LIMIT 1
        ) AS run
        WHERE day.date >= since.date
        -- The order in which they come: PostgreSQL sorts nothing, and stops at the first.
        ORDER BY day.number
        LIMIT 1
    ) AS first
"""


class Wanted(NamedTuple):
    """
    What a time must be like. All dates and hours are local to the point; empty means any.

    A visit begins on one of the `weekdays` (Monday is 0), at `from_time` or later and before
    `until_time`, on an earlier date than `before`. The point is `step_free` and serves in
    `language`.
    """

    weekdays: tuple[int, ...] = ()
    from_time: datetime.time | None = None
    until_time: datetime.time | None = None
    before: datetime.date | None = None
    step_free: bool = False
    language: str = ""

    @property
    def narrows_hours(self) -> bool:
        """Whether weekdays or hours are wanted: what PostgreSQL must look for day by day."""
        return bool(self.weekdays or self.from_time or self.until_time)

    @property
    def only_hours(self) -> "Wanted":
        """Return the same without what concerns the point and the date before which."""
        return Wanted(self.weekdays, self.from_time, self.until_time)

    @property
    def from_midnight(self) -> datetime.timedelta:
        """How long after midnight, by the clock on the wall, a visit can begin."""
        return _since_midnight(self.from_time) if self.from_time else datetime.timedelta()

    @property
    def until_midnight(self) -> datetime.timedelta:
        """How long after midnight, by the clock on the wall, no visit begins any more."""
        return _since_midnight(self.until_time) if self.until_time else A_DAY

    def fits(self, local: datetime.datetime) -> bool:
        """Whether a visit that begins at this local moment is on a wanted day and hour."""
        if self.weekdays and local.weekday() not in self.weekdays:
            return False
        clock = local.time()
        if self.from_time and clock < self.from_time:
            return False
        return not self.until_time or clock < self.until_time

    def within_reach(
        self,
        open_starts: Iterable[datetime.datetime],
        grid: datetime.timedelta,
        cells: int,
        zone: datetime.tzinfo,
    ) -> list[datetime.datetime]:
        """
        Keep of a group's cells those that a wanted visit of `cells` could take.

        What is offered is chosen from these alone, as if the group were open for nothing else,
        so that the first of them is the first free time everywhere.
        """
        return [
            starts_at
            for starts_at in open_starts
            if any(self.fits((starts_at - grid * cell).astimezone(zone)) for cell in range(cells))
        ]

    def is_in_time(self, point: ServicePoint, starts_at: datetime.datetime | None) -> bool:
        """Whether there is a time, and on an earlier local date than `before`."""
        if starts_at is None:
            return False
        return not self.before or starts_at.astimezone(point.zone).date() < self.before

    def suits(self, point: ServicePoint) -> bool:
        """Whether the point is what is wanted of it."""
        if self.step_free and not point.step_free:
            return False
        return not self.language or self.language in point.languages

    def dates(self, first: datetime.date, last: datetime.date) -> list[datetime.date]:
        """Return the wanted dates of [first, last], in order."""
        days = (first + A_DAY * number for number in range((last - first).days + 1))
        return [date for date in days if not self.weekdays or date.weekday() in self.weekdays]


def _since_midnight(time: datetime.time) -> datetime.timedelta:
    return datetime.timedelta(hours=time.hour, minutes=time.minute)


ANYTHING = Wanted()
