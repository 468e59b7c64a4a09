"""The statements for the first free time of each point, for availability.py."""

from booking.room import FREED_UP_TO, HAS_ROOM, HAS_ROOM_OR_FREED, Room
from booking.wanted import FIRST_RUN_OF_A_DAY
from booking.ways import WAYS
from servicepoints.models import ServicePoint
from servicepoints.rows import columns

# The first run of enough cells with room for a `way`. The order stands inside and no end is
# given, so that PostgreSQL walks the index of open slots from now on and stops at the first
# run, instead of sorting half a year (performance.md).
_FIRST_RUN = """
    SELECT cell.starts_at, cell.last_at
    FROM (
        SELECT slot.starts_at,
               lead(slot.starts_at, way.cells - 1) OVER (ORDER BY slot.starts_at) AS last_at
        FROM booking_slot slot
        WHERE slot.desk_group_id = way.desk_group_id
          AND {has_room}
          AND slot.starts_at >= way.opens_at
        ORDER BY slot.starts_at
    ) AS cell
    WHERE cell.last_at = cell.starts_at + (way.cells - 1) * way.grid_minutes * interval '1 minute'
    LIMIT 1
"""

_FIRST_OPEN_RUN = _FIRST_RUN.format(has_room=HAS_ROOM)

# Only where there are freed slots, since these are not in the index of open ones.
_FIRST_FREED_RUN = _FIRST_RUN.format(
    has_room=f"""
          way.desk_group_id = ANY(ARRAY(SELECT desk_group_id FROM freed))
          AND {HAS_ROOM_OR_FREED}"""
)

# The same on wanted days and hours.
_FIRST_OPEN_DATE = f"""(
        SELECT (slot.starts_at AT TIME ZONE way.time_zone)::date AS date
        FROM booking_slot slot
        WHERE slot.desk_group_id = way.desk_group_id
          AND {HAS_ROOM}
          AND slot.starts_at >= way.opens_at
        ORDER BY slot.starts_at
        LIMIT 1
    )"""

_FIRST_WANTED_RUN = FIRST_RUN_OF_A_DAY.format(has_room=HAS_ROOM, days_from=_FIRST_OPEN_DATE)

_FIRST_WANTED_FREED_RUN = FIRST_RUN_OF_A_DAY.format(
    has_room=HAS_ROOM_OR_FREED,
    days_from="""(
        SELECT '-infinity'::date AS date
        WHERE way.desk_group_id = ANY(ARRAY(SELECT desk_group_id FROM freed))
    )""",
)

# The points are those of ServicePoint.objects.offering().
_FIRST_FREE_BY = f"""
    WITH freed AS MATERIALIZED ({FREED_UP_TO[Room.PUBLIC]})
    SELECT first.starts_at, {columns(ServicePoint, "point")}
    FROM servicepoints_servicepoint point
    CROSS JOIN LATERAL (
        SELECT min(run.starts_at) AS starts_at
        FROM ({WAYS} AND o.service_point_id = point.id) AS way
        CROSS JOIN LATERAL (
            ({{open_run}}) UNION ALL ({{freed_run}})
        ) AS run
        WHERE way.ends_at IS NULL OR run.last_at < way.ends_at
    ) AS first
    WHERE (point.valid_until IS NULL OR point.valid_until >= %(today)s)
      AND EXISTS (
          SELECT FROM servicepoints_offering offering
          WHERE offering.service_point_id = point.id AND offering.service_id = %(service)s
            AND offering.bookable
            AND (offering.valid_until IS NULL OR offering.valid_until >= %(today)s)
      )
"""

FIRST_FREE = _FIRST_FREE_BY.format(open_run=_FIRST_OPEN_RUN, freed_run=_FIRST_FREED_RUN)

FIRST_WANTED = _FIRST_FREE_BY.format(open_run=_FIRST_WANTED_RUN, freed_run=_FIRST_WANTED_FREED_RUN)
