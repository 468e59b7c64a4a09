"""The statements that take and give back slots. Nothing else changes `Slot.taken`."""

import contextlib
import datetime
import uuid
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db import connection, transaction

from booking.availability import HAS_ROOM, Way
from booking.exceptions import NoSuchTime, TimeTaken
from booking.models import Appointment, Slot, new_reference
from servicepoints.rows import columns, instance

# One statement, in autocommit: lock the cells with room in the order of their ids (so that
# overlapping claims cannot deadlock), take them if there are all of them, insert the
# appointment if they were taken. The quota place is the user's first that is not in use.
# performance.md has the measurements behind it.
# The cells stand in it one by one: for an array, whose length it cannot know, PostgreSQL
# would plan the statement anew each time, which takes longer than to carry it out.
_CLAIM = f"""
    WITH room AS MATERIALIZED (
        SELECT slot.id FROM booking_slot slot
        WHERE slot.desk_group_id = %(group)s AND slot.starts_at IN ({{starts}}) AND {HAS_ROOM}
        ORDER BY slot.id
        FOR NO KEY UPDATE
    ), place AS MATERIALIZED (
        SELECT min(place) AS place FROM unnest(%(places)s::smallint[]) AS place
        WHERE NOT EXISTS (
            SELECT FROM booking_appointment mine
            WHERE mine.user_id = %(user)s AND mine.quota_place = place
              AND mine.status IN ('held', 'confirmed', 'arrived', 'in_service')
        )
    ), took AS (
        UPDATE booking_slot SET taken = booking_slot.taken + 1
        FROM room, place
        WHERE booking_slot.id = room.id AND place.place IS NOT NULL
          AND (SELECT count(*) FROM room) = %(cells)s
        RETURNING booking_slot.id
    )
    INSERT INTO booking_appointment (
        id, reference, user_id, mandate_id, quota_place, desk_group_id, service_id, starts_at,
        minutes, people, cells, claimed, status, expires_at, email, phone, language, moves,
        request_id, created_at
    )
    SELECT %(id)s, %(reference)s, %(user)s, %(mandate)s, (SELECT place FROM place), %(group)s,
           %(service)s, %(starts_at)s, %(minutes)s, %(people)s, %(cells)s, count(*), 'held',
           statement_timestamp() + %(hold_time)s, '', '', %(language)s, 0, %(request_id)s,
           statement_timestamp()
    FROM took
    HAVING count(*) = %(cells)s
    RETURNING {columns(Appointment, "booking_appointment")}
"""

_TAKE = f"""
    UPDATE booking_slot slot SET taken = slot.taken + 1
    WHERE slot.desk_group_id = %(group)s AND slot.starts_at = ANY(%(starts)s) AND {HAS_ROOM}
      AND (
          SELECT count(*) FROM booking_slot slot
          WHERE slot.desk_group_id = %(group)s AND slot.starts_at = ANY(%(starts)s) AND {HAS_ROOM}
      ) = %(cells)s
"""

_CELLS_OF = """
    SELECT slot.id, visit.id AS visit_id
    FROM booking_appointment visit
    JOIN servicepoints_deskgroup g ON g.id = visit.desk_group_id
    JOIN booking_slot slot
      ON slot.desk_group_id = visit.desk_group_id
     AND slot.starts_at >= visit.starts_at
     AND slot.starts_at
         < visit.starts_at + visit.cells * g.grid_minutes * interval '1 minute'
    WHERE visit.id = ANY(%(visits)s)
"""

# The slots first, then the appointments: the order in which everything here locks.
_LOCK_CELLS = f"""
    SELECT slot.id FROM booking_slot slot
    WHERE slot.id IN (SELECT id FROM ({_CELLS_OF}) AS cells)
    ORDER BY slot.id
    FOR NO KEY UPDATE
"""

_GIVE_BACK = f"""
    UPDATE booking_slot SET taken = booking_slot.taken - freed.visits
    FROM (SELECT id, count(*) AS visits FROM ({_CELLS_OF}) AS cells GROUP BY id) AS freed
    WHERE booking_slot.id = freed.id
"""


@cache
def claim_statement(cells: int) -> str:
    """Return the claim of a visit of `cells`, whose starts are its parameters start_0 and on."""
    return _CLAIM.format(starts=", ".join(f"%(start_{cell})s" for cell in range(cells)))


def claim(
    way: Way,
    *,
    starts_at: datetime.datetime,
    service_id: int,
    people: int,
    user_id: int,
    mandate_id: uuid.UUID | None,
    quota: int,
    hold_time: datetime.timedelta,
    language: str,
    request_id: uuid.UUID | None,
) -> Appointment | None:
    """
    Take all cells of a visit and insert its hold, in one statement; return the hold.

    None: not every cell has room, or the user has no place left in the quota. Nothing has
    been taken then. An IntegrityError names the rule that refused.
    """
    starts = {f"start_{cell}": start for cell, start in enumerate(way.starts(starts_at))}
    parameters: dict[str, Any] = starts | {
        "group": way.desk_group_id,
        "starts_at": starts_at,
        "cells": way.cells,
        "minutes": way.minutes,
        "service": service_id,
        "people": people,
        "user": user_id,
        "mandate": mandate_id,
        "places": list(range(1, quota + 1)),
        "hold_time": hold_time,
        "language": language,
        "request_id": request_id,
        "id": uuid.uuid4(),
        "reference": new_reference(),
    }
    # Inside a transaction a savepoint keeps a refusal from spoiling the rest of it.
    guard = transaction.atomic() if connection.in_atomic_block else contextlib.nullcontext()
    with guard, connection.cursor() as cursor:
        cursor.execute(claim_statement(way.cells), parameters)
        row = cursor.fetchone()
    if row is None:
        return None
    held = instance(Appointment, row)
    held.desk_group = way.desk_group
    return held


def take(way: Way, starts_at: datetime.datetime, service_id: int) -> bool:
    """
    Take all cells of a visit if every one has room; lock them first.

    Cells that only expired holds fill do not have room here: expire these holds first.
    """
    parameters: dict[str, Any] = {
        "group": way.desk_group_id,
        "starts": way.starts(starts_at),
        "service": service_id,
        "cells": way.cells,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, parameters)
        return bool(cursor.rowcount == way.cells)


def lock_for_move(appointment: Appointment, way: Way, starts_at: datetime.datetime) -> None:
    """Lock the slots a visit has and those it is to get, all in the order of their ids."""
    has = Slot.objects.of_visit(appointment.desk_group_id, cell_starts(appointment))
    gets = Slot.objects.of_visit(way.desk_group_id, way.starts(starts_at))
    list((has | gets).lock_in_order().values_list("pk"))


def cell_starts(appointment: Appointment) -> list[datetime.datetime]:
    """Return the starts of the slots that an appointment takes."""
    way = Way(appointment.desk_group, appointment.minutes, appointment.cells)
    return way.starts(appointment.starts_at)


def why_not(ways: list[Way], starts_at: datetime.datetime) -> NoSuchTime | TimeTaken:
    """Say whether a visit got no place because it is full or because there is no such time."""
    exists = any(
        Slot.objects.of_visit(way.desk_group_id, way.starts(starts_at))
        .filter(released=True)
        .count()
        == way.cells
        for way in ways
    )
    return TimeTaken() if exists else NoSuchTime()


def lock_cells(visits: Iterable[Appointment | uuid.UUID]) -> None:
    """Lock the slots of these appointments until the end of the transaction, in id order."""
    _execute(_LOCK_CELLS, visits)


def give_back(visits: Iterable[Appointment | uuid.UUID]) -> None:
    """Free the slots of these appointments; lock them first, and end the appointments too."""
    _execute(_GIVE_BACK, visits)


def _execute(sql: str, visits: Iterable[Appointment | uuid.UUID]) -> None:
    ids = [visit.pk if isinstance(visit, Appointment) else visit for visit in visits]
    parameters: dict[str, Any] = {"visits": ids}
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
