"""The statements that take and give back slots. Nothing else changes `Slot.taken`."""

import contextlib
import datetime
import uuid
from collections.abc import Iterable
from functools import cache
from typing import Any

from django.db import connection, transaction

from booking.availability import Way
from booking.exceptions import NoSuchTime, TimeTaken
from booking.models import Appointment, RightHolder, Slot, new_reference
from booking.room import HAS_ROOM_UP_TO, Room
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
        WHERE slot.desk_group_id = %(group)s AND slot.starts_at IN ({{starts}}) AND {{has_room}}
        ORDER BY slot.id
        FOR NO KEY UPDATE
    ), place AS MATERIALIZED (
        SELECT min(place) AS place FROM generate_series(1, %(quota)s::int) AS place
        WHERE NOT EXISTS (
            SELECT FROM booking_appointment mine
            WHERE mine.user_id = %(user)s AND mine.quota_place = place
              AND mine.status IN ('held', 'confirmed', 'arrived', 'in_service')
        )
    ), {{use}}took AS (
        UPDATE booking_slot SET taken = booking_slot.taken + 1{{and_reserved}}
        FROM room, place{{used}}
        WHERE booking_slot.id = room.id AND place.place IS NOT NULL
          AND (SELECT count(*) FROM room) = %(cells)s
        RETURNING booking_slot.id
    )
    INSERT INTO booking_appointment (
        id, reference, user_id, mandate_id, quota_place, desk_group_id, service_id,
        second_service_id, starts_at, minutes, people, cells, claimed, status, expires_at, email,
        phone, language, moves, request_id, created_at, staff_id, beyond_reason, right_holder_id
    )
    SELECT %(id)s, %(reference)s, %(user)s, %(mandate)s, (SELECT place FROM place), %(group)s,
           %(service)s, NULLIF(%(second)s, %(service)s), %(starts_at)s, %(minutes)s, %(people)s,
           %(cells)s, count(*), 'held',
           statement_timestamp() + %(hold_time)s, '', '', %(language)s, 0, %(request_id)s,
           statement_timestamp(), %(staff)s, %(beyond_reason)s, %(holder)s
    FROM took
    HAVING count(*) = %(cells)s
    RETURNING {columns(Appointment, "booking_appointment")}
"""

# A claim by a booking right counts its use in the same statement: of the holder, if it has one
# left, and then of the right, whose own count is a CHECK that undoes everything.
_USE = """holder AS (
        UPDATE booking_rightholder SET used = used + 1
        WHERE id = %(holder)s AND used < max_uses
          AND (SELECT count(*) FROM room) = %(cells)s
          AND (SELECT place FROM place) IS NOT NULL
        RETURNING right_id
    ), used AS (
        UPDATE booking_bookingright SET used = booking_bookingright.used + 1
        FROM holder WHERE booking_bookingright.id = holder.right_id
        RETURNING booking_bookingright.id
    ), """

_COUNT_ROOM = """
    SELECT count(*) FROM booking_slot slot
    WHERE slot.desk_group_id = %(group)s AND slot.starts_at = ANY(%(starts)s) AND {has_room}
"""

_TAKE = f"""
    UPDATE booking_slot slot SET taken = slot.taken + 1{{and_reserved}}
    WHERE slot.desk_group_id = %(group)s AND slot.starts_at = ANY(%(starts)s) AND {{has_room}}
      AND ({_COUNT_ROOM}) = %(cells)s
"""

# The visits first, whatever the statistics say: on tables that were just filled PostgreSQL would
# join all slots with all visits before it looks which are meant.
_CELLS_OF = """
    WITH visit AS MATERIALIZED (
        SELECT id, desk_group_id, starts_at, cells, right_holder_id
        FROM booking_appointment WHERE id = ANY(%(visits)s)
    )
    SELECT slot.id, visit.id AS visit_id,
           (release.reserved_for_id = holder.right_id AND release.returns_at > now())
               AS is_reserved
    FROM visit
    JOIN servicepoints_deskgroup g ON g.id = visit.desk_group_id
    JOIN booking_slot slot
      ON slot.desk_group_id = visit.desk_group_id
     AND slot.starts_at >= visit.starts_at
     AND slot.starts_at
         < visit.starts_at + visit.cells * g.grid_minutes * interval '1 minute'
    JOIN booking_release release ON release.id = slot.release_id
    LEFT JOIN booking_rightholder holder ON holder.id = visit.right_holder_id
"""

# The slots first, then the appointments: the order in which everything here locks.
_LOCK_CELLS = f"""
    SELECT slot.id FROM booking_slot slot
    WHERE slot.id IN (SELECT id FROM ({_CELLS_OF}) AS cells)
    ORDER BY slot.id
    FOR NO KEY UPDATE
"""

# A reserved place goes back to the right that it is reserved for, unless it has returned.
_GIVE_BACK = f"""
    UPDATE booking_slot SET taken = booking_slot.taken - freed.visits,
        reserved = booking_slot.reserved + CASE WHEN booking_slot.released
            THEN freed.reserved ELSE 0 END
    FROM (
        SELECT id, count(*) AS visits, count(*) FILTER (WHERE is_reserved) AS reserved
        FROM ({_CELLS_OF}) AS cells GROUP BY id
    ) AS freed
    WHERE booking_slot.id = freed.id
"""

# Holders and then rights, each in the order of their ids, after everything else.
_LOCK_HOLDERS = """
    SELECT id FROM booking_rightholder
    WHERE id IN (SELECT right_holder_id FROM booking_appointment WHERE id = ANY(%(visits)s))
    ORDER BY id FOR NO KEY UPDATE
"""

_LOCK_RIGHTS = """
    SELECT id FROM booking_bookingright
    WHERE id IN (SELECT right_id FROM booking_rightholder WHERE id = ANY(%(holders)s))
    ORDER BY id FOR NO KEY UPDATE
"""

_UNUSE = """
    WITH uses AS (
        SELECT holder.id, holder.right_id, count(*) AS visits
        FROM booking_appointment visit
        JOIN booking_rightholder holder ON holder.id = visit.right_holder_id
        WHERE visit.id = ANY(%(visits)s)
        GROUP BY holder.id
    ), holders AS (
        UPDATE booking_rightholder SET used = booking_rightholder.used - uses.visits
        FROM uses WHERE booking_rightholder.id = uses.id
    )
    UPDATE booking_bookingright SET used = booking_bookingright.used - total.visits
    FROM (SELECT right_id, sum(visits) AS visits FROM uses GROUP BY right_id) AS total
    WHERE booking_bookingright.id = total.right_id
"""

_RETURN = """
    UPDATE booking_slot SET reserved = 0 WHERE id = ANY(ARRAY(
        SELECT slot.id FROM booking_slot slot
        JOIN booking_release release ON release.id = slot.release_id
        WHERE slot.reserved > 0 AND release.returns_at <= statement_timestamp()
        ORDER BY slot.id
        FOR NO KEY UPDATE OF slot
    ))
"""


@cache
def claim_statement(cells: int, room: Room = Room.PUBLIC) -> str:
    """
    Return the claim of a visit of `cells`, whose starts are its parameters start_0 and on.

    It takes cells with `room`: up to the public capacity, up to all that the desks can serve,
    or those reserved for a right.
    """
    starts = ", ".join(f"%(start_{cell})s" for cell in range(cells))
    by_right = room == Room.RESERVED
    return _CLAIM.format(
        starts=starts,
        has_room=HAS_ROOM_UP_TO[room],
        use=_USE if by_right else "",
        used=", used" if by_right else "",
        and_reserved=", reserved = booking_slot.reserved - 1" if by_right else "",
    )


def claim(
    way: Way,
    *,
    starts_at: datetime.datetime,
    service_id: int,
    second_id: int | None = None,
    people: int,
    user_id: int | None,
    mandate_id: uuid.UUID | None,
    quota: int,
    hold_time: datetime.timedelta,
    language: str,
    request_id: uuid.UUID | None,
    staff_id: int | None = None,
    beyond_reason: str = "",
    invitation: RightHolder | None = None,
) -> Appointment | None:
    """
    Take all cells of a visit and insert its hold, in one statement; return the hold.

    With a `beyond_reason` it may take places beyond the public capacity, with an `invitation`
    those reserved for its right.

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
        "second": second_id or service_id,
        "people": people,
        "user": user_id,
        "mandate": mandate_id,
        "quota": quota,
        "hold_time": hold_time,
        "language": language,
        "request_id": request_id,
        "staff": staff_id,
        "beyond_reason": beyond_reason,
        "holder": invitation.pk if invitation else None,
        "right": invitation.right_id if invitation else None,
        "id": uuid.uuid4(),
        "reference": new_reference(),
    }
    # Inside a transaction a savepoint keeps a refusal from spoiling the rest of it.
    room = Room.CAPACITY if beyond_reason else Room.PUBLIC
    room = Room.RESERVED if invitation else room
    guard = transaction.atomic() if connection.in_atomic_block else contextlib.nullcontext()
    with guard, connection.cursor() as cursor:
        cursor.execute(claim_statement(way.cells, room), parameters)
        row = cursor.fetchone()
    if row is None:
        return None
    held = instance(Appointment, row)
    held.desk_group = way.desk_group
    return held


def take(
    way: Way,
    starts_at: datetime.datetime,
    visit: Appointment,
    room: Room = Room.PUBLIC,
    right: int | None = None,
) -> bool:
    """
    Take all cells of a `visit` at another time if every one has `room`; lock them first.

    Cells that only expired holds fill do not have room here: expire these holds first.
    """
    parameters: dict[str, Any] = {
        "group": way.desk_group_id,
        "starts": way.starts(starts_at),
        "service": visit.service_id,
        "second": visit.second_service_id or visit.service_id,
        "cells": way.cells,
        "right": right,
    }
    less = ", reserved = slot.reserved - 1" if room == Room.RESERVED else ""
    statement = _TAKE.format(has_room=HAS_ROOM_UP_TO[room], and_reserved=less)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return bool(cursor.rowcount == way.cells)


def have_room(
    way: Way,
    starts_at: datetime.datetime,
    service_id: int,
    second_id: int | None = None,
    room: Room = Room.PUBLIC,
) -> bool:
    """Whether all cells of a visit have `room` now; a claim may find that it is gone."""
    parameters: dict[str, Any] = {
        "group": way.desk_group_id,
        "starts": way.starts(starts_at),
        "service": service_id,
        "second": second_id or service_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_ROOM.format(has_room=HAS_ROOM_UP_TO[room]), parameters)
        return bool(cursor.fetchone()[0] == way.cells)


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
    """
    Free the slots of these appointments, and the uses of the rights by which they were booked.

    Lock the slots first, and end the appointments too.
    """
    ids = _ids(visits)
    _execute(_GIVE_BACK, ids)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_HOLDERS, {"visits": ids})
        holders = [pk for (pk,) in cursor.fetchall()]
        if holders:
            cursor.execute(_LOCK_RIGHTS, {"holders": holders})
            cursor.execute(_UNUSE, {"visits": ids})


def use(invitation: RightHolder) -> bool:
    """Count one more visit by a right, in a transaction; False: it is used up."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE booking_rightholder SET used = used + 1 WHERE id = %s AND used < max_uses",
            [invitation.pk],
        )
        used = cursor.rowcount
        if used:
            cursor.execute(
                "UPDATE booking_bookingright SET used = used + 1 WHERE id = %s",
                [invitation.right_id],
            )
    return bool(used)


def return_reserved() -> int:
    """
    Give the reserved places whose moment has come to everybody; return in how many slots.

    Harmless at any time: they count as public already.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RETURN)
        return cursor.rowcount


def _execute(sql: str, visits: Iterable[Appointment | uuid.UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"visits": _ids(visits)})


def _ids(visits: Iterable[Appointment | uuid.UUID]) -> list[uuid.UUID]:
    return [visit.pk if isinstance(visit, Appointment) else visit for visit in visits]
