"""
How services can be booked at points, for the statements of availability.py.

A way is a desk group with its grid, the minutes and cells of a visit there, and the period in
which it is offered.
"""

from functools import cache

# How a service can be booked at a point: desk group, period, minutes and cells of a visit.
WAYS = """
    SELECT g.id AS desk_group_id, g.grid_minutes, p.time_zone,
           COALESCE(o.minutes, s.minutes) * %(people)s AS minutes,
           ceil(COALESCE(o.minutes, s.minutes) * %(people)s::numeric / g.grid_minutes)::int
               AS cells,
           GREATEST(o.valid_from, p.valid_from)::timestamp AT TIME ZONE p.time_zone AS opens_at,
           (LEAST(o.valid_until, p.valid_until) + 1)::timestamp AT TIME ZONE p.time_zone AS ends_at
    FROM servicepoints_offering o
    JOIN servicepoints_service s ON s.id = o.service_id
    JOIN servicepoints_servicepoint p ON p.id = o.service_point_id
    JOIN servicepoints_deskgroup g ON g.service_point_id = o.service_point_id
    JOIN servicepoints_deskgroup_services gs
      ON gs.deskgroup_id = g.id AND gs.service_id = o.service_id
    WHERE o.service_id = %(service)s AND o.bookable
"""

# The same for a visit for two services: their minutes add up, and a group must serve both.
WAYS_FOR_TWO = """
    SELECT g.id AS desk_group_id, g.grid_minutes, p.time_zone,
           (COALESCE(o.minutes, s.minutes) + COALESCE(o2.minutes, s2.minutes)) * %(people)s
               AS minutes,
           ceil(
               (COALESCE(o.minutes, s.minutes) + COALESCE(o2.minutes, s2.minutes))
               * %(people)s::numeric / g.grid_minutes
           )::int AS cells,
           GREATEST(o.valid_from, o2.valid_from, p.valid_from)::timestamp AT TIME ZONE p.time_zone
               AS opens_at,
           (LEAST(o.valid_until, o2.valid_until, p.valid_until) + 1)::timestamp
               AT TIME ZONE p.time_zone AS ends_at
    FROM servicepoints_offering o
    JOIN servicepoints_offering o2 ON o2.service_point_id = o.service_point_id
    JOIN servicepoints_service s ON s.id = o.service_id
    JOIN servicepoints_service s2 ON s2.id = o2.service_id
    JOIN servicepoints_servicepoint p ON p.id = o.service_point_id
    JOIN servicepoints_deskgroup g ON g.service_point_id = o.service_point_id
    JOIN servicepoints_deskgroup_services gs
      ON gs.deskgroup_id = g.id AND gs.service_id = o.service_id
    JOIN servicepoints_deskgroup_services gs2
      ON gs2.deskgroup_id = g.id AND gs2.service_id = o2.service_id
    WHERE o.service_id = %(service)s AND o.bookable
      AND o2.service_id = %(second)s AND o2.bookable
"""


@cache
def for_two(statement: str) -> str:
    """Return a statement about visits for one service, for visits for two."""
    return statement.replace(WAYS, WAYS_FOR_TWO)
