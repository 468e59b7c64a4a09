"""Times before one's own that are free right now: no need to wait for those."""

import datetime
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from accounts.exceptions import Refusal
from booking import availability, operations
from booking.answers import value_of
from booking.models import Appointment
from booking.waiting_forms import SHORTEST_NOTICE
from servicepoints.models import ServicePoint

SHOWN = 3
# A point's first free day is near its next ones: further than this nobody need look.
DAYS = datetime.timedelta(days=31)


class FreeNow(NamedTuple):
    """A free time, and where the visit is moved to it."""

    point: ServicePoint
    starts_at: datetime.datetime
    url: str


def can_wait(visit: Appointment) -> bool:
    """Whether an earlier time could still be offered: it is confirmed, and not too soon."""
    is_ahead = visit.starts_at > timezone.now() + SHORTEST_NOTICE
    return visit.status == Appointment.Status.CONFIRMED and is_ahead


def free_now(visit: Appointment, points: Iterable[ServicePoint]) -> list[FreeNow]:
    """Return the first free times at `points` before the visit's; none if it cannot be moved."""
    try:
        operations.check_movable(visit)
    except Refusal:
        return []
    wanted = {point.pk for point in points}
    rows = availability.first_free_times(visit.service, visit.people, second=visit.second_service)
    first = [
        (row.service_point, row.starts_at)
        for row in rows
        if row.service_point.pk in wanted and row.starts_at and row.starts_at < visit.starts_at
    ]
    # The earliest first: so many times are surely found at so many points.
    found = [
        FreeNow(point, starts_at, _move_url(visit, point, starts_at))
        for point, first_at in first[:SHOWN]
        for starts_at in _before(visit, point, first_at)
    ]
    return sorted(found, key=lambda free: (free.starts_at, free.point.name))[:SHOWN]


def _before(
    visit: Appointment, point: ServicePoint, first: datetime.datetime
) -> list[datetime.datetime]:
    days = availability.free_times_by_day(
        visit.service,
        point,
        visit.people,
        first.astimezone(point.zone).date(),
        min(first + DAYS, visit.starts_at).astimezone(point.zone).date(),
        second=visit.second_service,
    )
    times = [time for of_day in days.values() for time in of_day]
    return [time for time in times if time < visit.starts_at][:SHOWN]


def _move_url(visit: Appointment, point: ServicePoint, starts_at: datetime.datetime) -> str:
    query = urlencode({"point": point.slug, "time": value_of(starts_at)})
    return f"{reverse('visit_move_check', args=[visit.pk])}?{query}"
