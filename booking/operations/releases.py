"""Times become bookable: the day that enters the horizon, and whatever else is due."""

import datetime
import itertools
import secrets
from collections.abc import Iterable, Sequence

from django.db import connection, transaction
from django.utils import timezone

from booking.models import Release
from booking.operations import freed
from servicepoints import plan, supply
from servicepoints.models import DeskGroup

# Locked first, in a statement of its own: whoever adds times to a release locks it too, and
# the next statement then sees all that were added before. In one statement with the rest,
# times added between its beginning and the lock would stay closed for good.
_LOCK_DUE = """
    SELECT id, policy FROM booking_release
    WHERE released_at IS NULL AND release_at <= statement_timestamp()
    ORDER BY release_at, id
    LIMIT 100
    FOR UPDATE SKIP LOCKED
"""

# The slots in the order of their ids. An array rather than a join: it uses the indexes also on
# a table that was just filled and has no statistics yet. What the policy does not give to
# everybody at once is released with all its places kept.
_RELEASE = """
    WITH closed AS MATERIALIZED (
        SELECT slot.id FROM booking_slot slot
        WHERE slot.release_id = ANY(%(due)s) AND NOT slot.released
        ORDER BY slot.id
        FOR NO KEY UPDATE
    ), opened AS (
        UPDATE booking_slot SET released = true, kept = CASE
            WHEN release_id = ANY(%(kept)s::uuid[])
            THEN GREATEST(public_capacity - taken - reserved, 0) ELSE kept END
        WHERE booking_slot.id = ANY(ARRAY(SELECT id FROM closed))
    )
    UPDATE booking_release SET released_at = statement_timestamp(),
        draw_seed = CASE WHEN policy = 'draw' THEN %(seed)s ELSE '' END
    WHERE booking_release.id = ANY(%(due)s)
"""


_ADD_SLOTS = """
    INSERT INTO booking_slot (
        desk_group_id, release_id, released, only_services, taken,
        starts_at, capacity, public_capacity, reserved
    )
    SELECT %(group)s, %(release)s, %(released)s, %(only_services)s::bigint[], 0, cell.*,
           LEAST(%(reserved)s, cell.public_capacity)
    FROM unnest(
        %(starts)s::timestamptz[], %(capacity)s::smallint[], %(public_capacity)s::smallint[]
    ) AS cell (starts_at, capacity, public_capacity)
    ON CONFLICT DO NOTHING
"""


def release_due() -> int:
    """
    Make every slot bookable whose release is due; return how many releases happened.

    Twice, late or on two machines at once it changes nothing more (I9).
    """
    total = 0
    while released := _release_some():
        total += released
    return total


@transaction.atomic
def _release_some() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_DUE)
        policies = dict(cursor.fetchall())
        due = list(policies)
        kept = [pk for pk, policy in policies.items() if policy != Release.Policy.AT_ONCE]
        if due:
            seed = secrets.token_hex(16)
            cursor.execute(_RELEASE, {"due": due, "kept": kept, "seed": seed})
    for release in Release.objects.filter(pk__in=kept).select_related("desk_group"):
        freed.keep_release(release)
    return len(due)


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
    lacking = _lacking(group)
    if not lacking:
        return 0
    with transaction.atomic():
        # A closing takes the same lock: either it removes these slots, or this sees it.
        list(DeskGroup.objects.filter(pk=group.pk).lock_in_order())
        for date in group.overrides.filter(kind=plan.CLOSED).values_list("date", flat=True):
            lacking.pop(date, None)
        releases = _releases(group, list(lacking))
        return sum(
            add_slots(releases[date], cells, released=releases[date].released_at is not None)
            for date, cells in lacking.items()
        )


def _lacking(group: DeskGroup) -> dict[datetime.date, list[plan.Cell]]:
    """Return the planned cells still to come that have no slot, by local date."""
    point, now = group.service_point, timezone.now()
    first, last = point.today, point.last_bookable_date
    existing = set(
        group.slots.between(point.day_bounds(first)[0], point.day_bounds(last)[1]).values_list(
            "starts_at", flat=True
        )
    )
    lacking = {}
    for days in range((last - first).days + 1):
        date = first + datetime.timedelta(days=days)
        cells = [
            cell
            for cell in supply.planned_cells(group, date)
            if cell.starts_at not in existing and cell.starts_at > now
        ]
        if cells:
            lacking[date] = cells
    return lacking


def _releases(group: DeskGroup, dates: list[datetime.date]) -> dict[datetime.date, Release]:
    """
    Return the horizon's release of each date, made where there is none.

    Locked, so that `release_due` either sees the new slots or leaves the release to a later run.
    """
    kind, now = Release.Kind.HORIZON, timezone.now()
    Release.objects.bulk_create(
        [Release(desk_group=group, date=date, kind=kind, release_at=now) for date in dates],
        ignore_conflicts=True,
    )
    chosen = Release.objects.filter(desk_group=group, kind=kind, date__in=dates)
    return {release.date: release for release in chosen.order_by("pk").select_for_update()}


def add_slots(release: Release, cells: Sequence[plan.Cell], *, released: bool) -> int:
    """
    Insert a slot of each cell under `release`; return how many were made.

    A slot that exists already is left alone. What the release reserves is reserved in each.
    """
    made = 0
    for only_services, alike in itertools.groupby(cells, key=lambda cell: cell.service_ids):
        batch = list(alike)
        with connection.cursor() as cursor:
            cursor.execute(
                _ADD_SLOTS,
                {
                    "group": release.desk_group_id,
                    "release": release.pk,
                    "released": released,
                    "only_services": sorted(only_services) if only_services else None,
                    "starts": [cell.starts_at for cell in batch],
                    "capacity": [cell.desks for cell in batch],
                    "reserved": release.reserved_desks,
                    "public_capacity": [cell.public_desks for cell in batch],
                },
            )
            made += cursor.rowcount
    return made
