"""Times become bookable: the day that enters the horizon, and whatever else is due."""

import datetime
from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone

from booking.models import Release, Slot
from servicepoints import plan, supply
from servicepoints.models import DeskGroup

# One guarded statement: releases that are due, their slots in the order of the ids, both
# or neither. Twice, late or on two machines at once it changes nothing more (I9).
_RELEASE_DUE = """
    WITH due AS MATERIALIZED (
        SELECT id FROM booking_release
        WHERE released_at IS NULL AND release_at <= statement_timestamp()
        ORDER BY release_at, id
        LIMIT 500
        FOR UPDATE SKIP LOCKED
    ), closed AS MATERIALIZED (
        SELECT slot.id FROM booking_slot slot
        WHERE slot.release_id IN (SELECT id FROM due) AND NOT slot.released
        ORDER BY slot.id
        FOR NO KEY UPDATE
    ), opened AS (
        UPDATE booking_slot SET released = true
        FROM closed WHERE closed.id = booking_slot.id
    )
    UPDATE booking_release SET released_at = statement_timestamp()
    FROM due WHERE due.id = booking_release.id
    RETURNING booking_release.id
"""


def release_due() -> int:
    """Make every slot bookable whose release is due; return how many releases happened."""
    total = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_RELEASE_DUE)
            released = len(cursor.fetchall())
        if not released:
            return total
        total += released


def open_horizon(groups: Iterable[DeskGroup] | None = None) -> int:
    """
    Create the slots that the supply plans up to the horizon and that do not exist yet.

    That is the day that enters the horizon and whatever earlier days lack, at every point,
    each by its own local date. Return how many slots were made. Running it twice, late or on
    two machines makes each once: the constraints refuse a second.
    """
    chosen = DeskGroup.objects.with_supply() if groups is None else groups
    return sum(_open_group(group) for group in chosen)


def _open_group(group: DeskGroup) -> int:
    point = group.service_point
    first, last = point.today, point.last_bookable_date
    start, end = point.day_bounds(first)[0], point.day_bounds(last)[1]
    existing = set(group.slots.between(start, end).values_list("starts_at", flat=True))
    made = 0
    for days in range((last - first).days + 1):
        date = first + datetime.timedelta(days=days)
        lacking = [
            cell
            for cell in supply.planned_cells(group, date)
            if cell.starts_at not in existing and cell.starts_at > timezone.now()
        ]
        if lacking:
            made += _open_day(group, date, lacking)
    return made


@transaction.atomic
def _open_day(group: DeskGroup, date: datetime.date, cells: list[plan.Cell]) -> int:
    # A closing takes the same lock: either it removes these slots, or this sees it.
    list(DeskGroup.objects.filter(pk=group.pk).lock_in_order())
    if group.overrides.filter(date=date, kind=plan.CLOSED).exists():
        return 0
    release, _created = Release.objects.get_or_create(
        desk_group=group,
        date=date,
        kind=Release.Kind.HORIZON,
        defaults={"release_at": timezone.now()},
    )
    # Locked, so that release_due sees these slots or leaves the release to a later run.
    release = Release.objects.select_for_update().get(pk=release.pk)
    made = add_slots(group, release, cells, released=release.released_at is not None)
    return len(made)


def add_slots(
    group: DeskGroup, release: Release, cells: Iterable[plan.Cell], *, released: bool
) -> list[Slot]:
    """Insert the slots of `cells` under `release`; a slot that exists already is left alone."""
    return Slot.objects.bulk_create(
        slots_of(group, release, cells, released=released), ignore_conflicts=True
    )


def slots_of(
    group: DeskGroup, release: Release, cells: Iterable[plan.Cell], *, released: bool
) -> list[Slot]:
    """Return slots, not saved yet, with the capacity of planned cells."""
    return [
        Slot(
            desk_group=group,
            starts_at=cell.starts_at,
            capacity=cell.desks,
            public_capacity=cell.public_desks,
            release=release,
            released=released,
            only_services=sorted(cell.service_ids) if cell.service_ids else None,
        )
        for cell in cells
    ]
