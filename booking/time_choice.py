"""Which free times a page shows: a few days of them, a month's calendar, earlier and later."""

import calendar
import datetime
from dataclasses import dataclass, replace
from itertools import chain

from booking import availability, messages
from booking.answers import value_of
from booking.wanted import ANYTHING, Wanted
from servicepoints.models import Service, ServicePoint

DAYS_SHOWN = 3
ONE_DAY = datetime.timedelta(days=1)

Days = dict[datetime.date, list[datetime.datetime]]
Choices = list[tuple[str, list[tuple[str, str]]]]


@dataclass(frozen=True)
class Visit:
    """What a time is wanted for."""

    service: Service
    people: int
    point: ServicePoint
    wanted: Wanted = ANYTHING
    second: Service | None = None

    def free_between(self, first: datetime.date, last: datetime.date) -> Days:
        """Return the free times of [first, last], kept within today and the horizon."""
        first = max(first, self.point.today)
        last = min(last, self.point.last_bookable_date)
        if last < first:
            return {}
        return availability.free_times_by_day(
            self.service, self.point, self.people, first, last, self.wanted, self.second
        )

    def first_free_date(self, after: datetime.date) -> datetime.date | None:
        """Return the first date after `after` that has a free time."""
        start = self.point.day_bounds(after + ONE_DAY)[0]
        times = availability.next_free_times(
            self.service, self.point, self.people, start, 1, self.wanted, self.second
        )
        return times[0].astimezone(self.point.zone).date() if times else None


@dataclass(frozen=True)
class TimesShown:
    """
    The days whose times a page lists, and the month they are in.

    `free` has the number of free times of each date of the month. `earlier` and `later` are
    dates to go on from, `previous_month` and `next_month` the nearest months with free times.
    """

    days: Days
    month: datetime.date
    free: dict[datetime.date, int]
    earlier: datetime.date | None
    later: datetime.date | None
    previous_month: datetime.date | None
    next_month: datetime.date | None

    @property
    def first_date(self) -> datetime.date | None:
        return next(iter(self.days), None)

    @property
    def weeks(self) -> list[list[datetime.date | None]]:
        """Return the weeks of the month from Monday; None for days of other months."""
        weeks = calendar.Calendar().monthdatescalendar(self.month.year, self.month.month)
        return [
            [date if date.month == self.month.month else None for date in week] for week in weeks
        ]


def times_from(visit: Visit, start: datetime.date) -> TimesShown:
    """Return the next free times from the local date `start`, with the month of the first."""
    first = _first_date(visit, start)
    month = (first or start).replace(day=1)
    of_month = visit.free_between(month, _last_of(month))
    days = _next_days(visit, of_month, first) if first else {}
    last = max(days, default=None)
    before_month = _free_before(visit, month)
    before = [date for date in of_month if date < (first or start)]
    after_month = visit.first_free_date(_last_of(month))
    return TimesShown(
        days=days,
        month=month,
        free={date: len(times) for date, times in of_month.items()},
        earlier=(before or before_month)[-DAYS_SHOWN:][0] if before or before_month else None,
        later=visit.first_free_date(last) if last else None,
        previous_month=before_month[-1].replace(day=1) if before_month else None,
        next_month=after_month and after_month.replace(day=1),
    )


def hidden(visit: Visit, start: datetime.date, shown: TimesShown) -> int:
    """
    Count the free times from `start` to the last day shown that the wishes leave out.

    Where no day is shown, to the horizon.
    """
    if not visit.wanted.narrows_hours:
        return 0
    last = max(shown.days, default=visit.point.last_bookable_date)
    every = replace(visit, wanted=ANYTHING).free_between(min(start, last), last)
    zone = visit.point.zone
    return sum(not visit.wanted.fits(time.astimezone(zone)) for time in chain(*every.values()))


def grouped(times: list[datetime.datetime] | Days, zone: datetime.tzinfo) -> Choices:
    """Return times as the choices of a radio list by day."""
    found = list(chain(*times.values())) if isinstance(times, dict) else times
    days: dict[str, list[tuple[str, str]]] = {}
    for starts_at in found:
        local = starts_at.astimezone(zone)
        days.setdefault(messages.day_text(local.date()), []).append(
            (value_of(starts_at), messages.time_text(local))
        )
    return list(days.items())


def _first_date(visit: Visit, start: datetime.date) -> datetime.date | None:
    """Return the first date from `start` with a free time; if there is none, of any date."""
    found = visit.first_free_date(start - ONE_DAY)
    return found or visit.first_free_date(visit.point.today - ONE_DAY)


def _next_days(visit: Visit, of_month: Days, first: datetime.date) -> Days:
    found = [date for date in of_month if date >= first]
    following: Days = {}
    if len(found) < DAYS_SHOWN:
        after = _next(first.replace(day=1))
        following = visit.free_between(after, _last_of(after))
    days = {date: of_month[date] for date in found} | following
    return dict(list(days.items())[:DAYS_SHOWN])


def _free_before(visit: Visit, month: datetime.date) -> list[datetime.date]:
    """Return the dates with free times of the nearest earlier month that has any."""
    while month > visit.point.today:
        month = _previous(month)
        dates = list(visit.free_between(month, _last_of(month)))
        if dates:
            return dates
    return []


def _last_of(month: datetime.date) -> datetime.date:
    return _next(month) - ONE_DAY


def _next(month: datetime.date) -> datetime.date:
    return (month.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)


def _previous(month: datetime.date) -> datetime.date:
    return (month.replace(day=1) - ONE_DAY).replace(day=1)
