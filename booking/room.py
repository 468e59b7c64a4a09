"""
When a cell has room: the conditions that `availability` and the claim itself share, in SQL.

Up to which number of visits depends on who asks. What has run out by the database's clock,
holds and reservations, counts as free at once, whether or not a worker has tidied it.
"""

import enum


class Room(enum.StrEnum):
    """Up to which number of visits a cell has room."""

    # What everybody can book.
    PUBLIC = "public"
    # All that the desks can serve, for staff who say why. The database refuses more (P1).
    CAPACITY = "capacity"
    # What is reserved for who has the booking right `right`, until it returns to everybody.
    RESERVED = "reserved"


# Of the slots of a release that are still reserved for the right.
_OF_THE_RIGHT = """slot.release_id IN (
        SELECT id FROM booking_release
        WHERE reserved_for_id = %(right)s AND returns_at > statement_timestamp()
    )"""

_UP_TO = {
    Room.PUBLIC: "slot.is_open",
    Room.CAPACITY: "slot.released AND slot.taken < slot.capacity - slot.kept - slot.reserved",
    Room.RESERVED: f"slot.released AND slot.reserved > 0 AND {_OF_THE_RIGHT}",
}

# True of a row of booking_slot that can take one more visit. The claim uses it too.
HAS_ROOM = """
    slot.is_open
    AND slot.starts_at > statement_timestamp()
    AND (
        slot.only_services IS NULL
        OR (%(service)s = ANY(slot.only_services) AND %(second)s = ANY(slot.only_services))
    )
"""
HAS_ROOM_UP_TO = {room: HAS_ROOM.replace("slot.is_open", up_to) for room, up_to in _UP_TO.items()}

# The same of slots that are full only by holds that have run out, where `freed` is a CTE of
# FREED_UP_TO. They are not in the index of open slots, so they are looked for by themselves.
_IS_FREED = "slot.id = ANY(ARRAY(SELECT id FROM freed))"
HAS_ROOM_FREED_UP_TO = {
    room: HAS_ROOM.replace("slot.is_open", f"NOT ({up_to}) AND {_IS_FREED}")
    for room, up_to in _UP_TO.items()
}
HAS_ROOM_OR_FREED = HAS_ROOM.replace("slot.is_open", f"(slot.is_open OR {_IS_FREED})")

# Slots that are full only by holds that have run out, or by places reserved for a group that
# have returned to everybody, with their groups. Both count by the database's clock, whether or
# not a worker has tidied them. The order makes PostgreSQL take the index of the holds by their
# end: others of holds seem as cheap to it as long as it knows of few, and lead to all of them.
_EXPIRED = """
    SELECT held.desk_group_id, cell, count(*) AS visits,
           count(*) FILTER (WHERE holder.right_id IS NOT NULL) AS by_right,
           count(*) FILTER (WHERE holder.right_id = %(right)s) AS by_the_right
    FROM (
        SELECT desk_group_id, starts_at, cells, right_holder_id
        FROM booking_appointment
        WHERE status = 'held' AND expires_at <= statement_timestamp()
        ORDER BY expires_at
    ) AS held
    JOIN servicepoints_deskgroup g ON g.id = held.desk_group_id
    LEFT JOIN booking_rightholder holder ON holder.id = held.right_holder_id
    CROSS JOIN LATERAL generate_series(
        held.starts_at,
        held.starts_at + (held.cells - 1) * g.grid_minutes * interval '1 minute',
        g.grid_minutes * interval '1 minute'
    ) AS cell
    GROUP BY held.desk_group_id, cell
"""

_FREED = f"""
    SELECT slot.id, slot.desk_group_id
    FROM ({_EXPIRED}) expired
    JOIN booking_slot slot
      ON slot.desk_group_id = expired.desk_group_id AND slot.starts_at = expired.cell
    JOIN booking_release release ON release.id = slot.release_id
    WHERE slot.released AND slot.taken - expired.visits < slot.{{limit}} - slot.kept
        - CASE WHEN release.returns_at > statement_timestamp()
          THEN slot.reserved + expired.by_right ELSE 0 END
    UNION
    SELECT slot.id, slot.desk_group_id
    FROM booking_slot slot
    JOIN booking_release release ON release.id = slot.release_id
    WHERE slot.reserved > 0 AND release.returns_at <= statement_timestamp()
      AND slot.starts_at > statement_timestamp()
      AND slot.released AND slot.taken < slot.{{limit}} - slot.kept
"""

FREED_UP_TO = {
    Room.PUBLIC: _FREED.format(limit="public_capacity"),
    Room.CAPACITY: _FREED.format(limit="capacity"),
    Room.RESERVED: f"""
    SELECT slot.id, slot.desk_group_id
    FROM ({_EXPIRED}) expired
    JOIN booking_slot slot
      ON slot.desk_group_id = expired.desk_group_id AND slot.starts_at = expired.cell
    WHERE slot.released AND expired.by_the_right > 0 AND {_OF_THE_RIGHT}
""",
}
