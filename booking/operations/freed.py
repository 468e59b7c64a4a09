"""
Times that come back: kept for the waiting list first, public again after a random while (T3).

Whatever changes `Slot.kept` is here. Locks go slots, appointments, freed times, entries, offers.
"""

import datetime
import math
import secrets
from collections.abc import Collection, Iterable

from django.conf import settings
from django.contrib.postgres.functions import TransactionNow
from django.db import connection, transaction
from django.utils import timezone

from booking.models import Appointment, FreedTime, Release, Slot
from booking.operations import slots
from servicepoints.models import Offering

_KEEP = """
    UPDATE booking_slot SET kept = kept + 1
    WHERE desk_group_id = %(group)s AND starts_at = ANY(%(starts)s)
"""

_REOPEN = """
    UPDATE booking_slot SET kept = kept - 1
    WHERE desk_group_id = %(group)s AND starts_at = ANY(%(starts)s)
"""

_TAKE = """
    UPDATE booking_slot SET kept = kept - 1, taken = taken + 1
    WHERE desk_group_id = %(group)s AND starts_at = ANY(%(starts)s)
"""


def cell_starts(freed: FreedTime) -> list[datetime.datetime]:
    """Return the starts of the slots in which a freed time has its place."""
    grid = datetime.timedelta(minutes=freed.desk_group.grid_minutes)
    return [freed.starts_at + grid * i for i in range(freed.cells)]


def keep_back(visit: Appointment, used: Collection[datetime.datetime] = ()) -> None:
    """
    Keep the place that a visit has just given back for the waiting list, instead of the public.

    The slots are locked. `used` are the starts of cells that the same visit took again. What
    the public could not book anyway is not kept: a place beyond its capacity, that staff had
    given, or of a day that was closed meanwhile.
    """
    starts = [start for start in slots.cell_starts(visit) if start not in used]
    open_slots = Slot.objects.of_visit(visit.desk_group_id, starts).filter(is_open=True)
    if visit.right_holder:
        # Reserved places go back to the right that they are reserved for.
        open_slots = open_slots.exclude(
            release__reserved_for=visit.right_holder.right_id,
            release__returns_at__gt=TransactionNow(),
        )
    starts = sorted(open_slots.values_list("starts_at", flat=True))
    _execute(_KEEP, visit.desk_group_id, starts)
    grid = datetime.timedelta(minutes=visit.desk_group.grid_minutes)
    reopens_at = timezone.now() + _random_while()
    for starts_at, cells in runs([(start, 1) for start in starts], grid):
        FreedTime.objects.create(
            desk_group_id=visit.desk_group_id,
            starts_at=starts_at,
            cells=cells,
            reopens_at=reopens_at,
        )


def _random_while() -> datetime.timedelta:
    """Between 15 and 60 minutes: whoever cancels cannot know when to press (T3)."""
    shortest, longest = settings.FREED_TIME_MINUTES
    return datetime.timedelta(minutes=secrets.SystemRandom().uniform(shortest, longest))


@transaction.atomic
def reopen(freed: FreedTime) -> bool:
    """
    Make a kept time public if its moment has come; return whether it is now.

    False also where it was offered, taken or reopened meanwhile.
    """
    due = FreedTime.objects.to_reopen().filter(pk=freed.pk)
    if not due.exists():
        return False
    lock(freed)
    reopened = due.update(status=FreedTime.Status.REOPENED)
    if reopened:
        _execute(_REOPEN, freed.desk_group_id, cell_starts(freed))
    return bool(reopened)


def lock(freed: FreedTime, visit: Appointment | None = None) -> None:
    """Lock the slots of a freed time, and those of `visit`, in the order of their ids."""
    chosen = Slot.objects.of_visit(freed.desk_group_id, cell_starts(freed))
    if visit:
        chosen |= Slot.objects.of_visit(visit.desk_group_id, slots.cell_starts(visit))
    list(chosen.lock_in_order().values_list("pk"))


def take(freed: FreedTime) -> None:
    """Give the place of an offered time to the visit that is made of it; lock it first."""
    _execute(_TAKE, freed.desk_group_id, cell_starts(freed))


def split(freed: FreedTime, starts_at: datetime.datetime, cells: int) -> None:
    """
    Cut a kept time down to `cells` from `starts_at`; what is left over is kept for others.

    Lock the row first. The slots' `kept` does not change: it is the same places.
    """
    grid = datetime.timedelta(minutes=freed.desk_group.grid_minutes)
    before = (starts_at - freed.starts_at) // grid
    after = freed.cells - before - cells
    for start, length in ((freed.starts_at, before), (starts_at + grid * cells, after)):
        if length:
            FreedTime.objects.create(
                desk_group=freed.desk_group,
                starts_at=start,
                cells=length,
                freed_at=freed.freed_at,
                offers_from=freed.offers_from,
                reopens_at=freed.reopens_at,
                release=freed.release,
            )
    freed.starts_at, freed.cells = starts_at, cells
    freed.save(update_fields=["starts_at", "cells"])


def forget_of_day(day: Iterable[FreedTime]) -> None:
    """End the freed times of a day that is closed; its slots have no `kept` any more."""
    FreedTime.objects.filter(pk__in=[freed.pk for freed in day]).update(
        status=FreedTime.Status.REOPENED
    )


def keep_release(release: Release) -> None:
    """
    Keep the places of a release that its policy does not give to everybody at once.

    Its slots have all their places in `kept` already: call it in the transaction that releases
    them. Each desk's unbroken run of cells is one freed time, which is split as it is offered.
    """
    grid = datetime.timedelta(minutes=release.desk_group.grid_minutes)
    places = list(release.slots.order_by("starts_at").values_list("starts_at", "kept"))
    FreedTime.objects.bulk_create(
        FreedTime(
            desk_group=release.desk_group,
            starts_at=starts_at,
            cells=cells,
            release=release,
            **_moments(release),
        )
        for run in runs(places, grid)
        for starts_at, cells in _pieces(release, *run, grid)
    )


def _moments(release: Release) -> dict[str, datetime.datetime]:
    """Return from when a time of a release is offered, and when it is public, by the policy."""
    now, window = timezone.now(), datetime.timedelta(minutes=release.window_minutes)
    if release.policy == Release.Policy.LIST_FIRST:
        return {"offers_from": now, "reopens_at": now + window}
    if release.policy == Release.Policy.TRICKLE:
        moment = now + window * secrets.SystemRandom().random()
        return {"offers_from": moment, "reopens_at": moment}
    return {"offers_from": now + window, "reopens_at": now + window}


def _pieces(
    release: Release, starts_at: datetime.datetime, cells: int, grid: datetime.timedelta
) -> list[tuple[datetime.datetime, int]]:
    """Cut a run for a trickle into pieces that the longest visit of one person fits into."""
    if release.policy != Release.Policy.TRICKLE:
        return [(starts_at, cells)]
    minutes = Offering.objects.on(release.date).longest_minutes(release.desk_group)
    length = max(1, math.ceil(minutes / release.desk_group.grid_minutes))
    return [
        (starts_at + grid * first, min(length, cells - first)) for first in range(0, cells, length)
    ]


def runs(
    cells: list[tuple[datetime.datetime, int]], grid: datetime.timedelta
) -> list[tuple[datetime.datetime, int]]:
    """
    Cut the free places of neighbouring cells into runs: (start, cells) of one desk each. Pure.

    `cells` are (start, places), by start. Every place is in exactly one run.
    """
    found: list[tuple[datetime.datetime, int]] = []
    level = max((places for _start, places in cells), default=0)
    for lane in range(level):
        run: list[datetime.datetime] = []
        for start, places in cells:
            if run and (places <= lane or start != run[-1] + grid):
                found.append((run[0], len(run)))
                run = []
            if places > lane:
                run.append(start)
        if run:
            found.append((run[0], len(run)))
    return sorted(found)


def _execute(sql: str, group: int, starts: list[datetime.datetime]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"group": group, "starts": starts})
