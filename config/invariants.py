"""
What must hold in the database at every moment, recounted in SQL from the rows themselves.

The operations and the constraints keep these promises; this page trusts neither. Each query
returns one line for each row that breaks its invariant, with ids only: no names, no addresses.
The numbers are those of the list of invariants (I1, I2, ...).
"""

from typing import NamedTuple

from django.db import connection

# What has given its slots back no longer counts in `taken`; everything else does.
_CLAIMED_CELLS = """
    SELECT visit.id AS appointment_id, visit.desk_group_id, cell AS starts_at
    FROM booking_appointment visit
    JOIN servicepoints_deskgroup g ON g.id = visit.desk_group_id
    CROSS JOIN LATERAL generate_series(
        visit.starts_at,
        visit.starts_at + (visit.cells - 1) * g.grid_minutes * interval '1 minute',
        g.grid_minutes * interval '1 minute'
    ) AS cell
    WHERE visit.status NOT IN ('expired', 'cancelled')
"""

_SLOTS_THAT_MISCOUNT = f"""
    SELECT format('slot %s: taken %s, live claims %s, capacity %s',
                  slot.id, slot.taken, coalesce(claims.count, 0), slot.capacity)
    FROM booking_slot slot
    LEFT JOIN (
        SELECT desk_group_id, starts_at, count(*) FROM ({_CLAIMED_CELLS}) AS cells
        GROUP BY desk_group_id, starts_at
    ) AS claims USING (desk_group_id, starts_at)
    WHERE slot.taken <> coalesce(claims.count, 0) OR slot.taken > slot.capacity
    ORDER BY slot.id
"""

# Closing a day removes the slots that nobody has; a visit keeps every one of its own.
_VISITS_WITHOUT_SLOTS = f"""
    SELECT format('appointment %s: no slot of desk group %s at %s',
                  cells.appointment_id, cells.desk_group_id, cells.starts_at)
    FROM ({_CLAIMED_CELLS}) AS cells
    LEFT JOIN booking_slot slot USING (desk_group_id, starts_at)
    WHERE slot.id IS NULL
    ORDER BY cells.appointment_id, cells.starts_at
"""

_VISITS_SHORT_OF_CELLS = """
    SELECT format('appointment %s: %s minutes on a grid of %s need %s cells, asked %s, got %s',
                  visit.id, visit.minutes, g.grid_minutes,
                  ceil(visit.minutes::numeric / g.grid_minutes), visit.cells, visit.claimed)
    FROM booking_appointment visit
    JOIN servicepoints_deskgroup g ON g.id = visit.desk_group_id
    WHERE visit.status NOT IN ('expired', 'cancelled')
      AND (visit.claimed <> visit.cells
           OR visit.cells <> ceil(visit.minutes::numeric / g.grid_minutes))
    ORDER BY visit.id
"""

_PEOPLE_WITH_TWO_VISITS = """
    SELECT format('service %s: one person has the active appointments %s', matter,
                  string_agg(visit.id::text, ', ' ORDER BY visit.id))
    FROM booking_attendee person
    JOIN booking_appointment visit ON visit.id = person.appointment_id
    CROSS JOIN LATERAL unnest(array_remove(
        ARRAY[visit.service_id, visit.second_service_id], NULL)) AS matter
    WHERE visit.status IN ('held', 'confirmed', 'arrived', 'in_service')
    GROUP BY person.person_key, matter
    HAVING count(*) > 1
    ORDER BY min(visit.id::text)
"""

# The same for somebody who has identified strongly, however their name was spelt.
_IDENTITIES_WITH_TWO_VISITS = """
    SELECT format('service %s: one identity has the active appointments %s', visit.service_id,
                  string_agg(visit.id::text, ', ' ORDER BY visit.id))
    FROM booking_attendee person
    JOIN booking_appointment visit ON visit.id = person.appointment_id
    WHERE visit.status IN ('held', 'confirmed', 'arrived', 'in_service')
      AND person.identity_key IS NOT NULL
    GROUP BY person.identity_key, visit.service_id
    HAVING count(*) > 1
    ORDER BY min(visit.id::text)
"""

# `active` and `service` are copies of the appointment's, so that the database can refuse a
# second visit: where they differ it refuses too much or too little.
_ATTENDEES_THAT_DIFFER = """
    SELECT format('attendee %s: active %s and service %s, but appointment %s is %s for service %s',
                  person.id, person.active, person.service_id,
                  visit.id, visit.status, visit.service_id)
    FROM booking_attendee person
    JOIN booking_appointment visit ON visit.id = person.appointment_id
    WHERE person.service_id <> visit.service_id
       OR person.second_service_id IS DISTINCT FROM visit.second_service_id
       OR person.active <> (visit.status IN ('held', 'confirmed', 'arrived', 'in_service'))
    ORDER BY person.id
"""

# Nobody is protected from a second visit who is not named in the first.
_VISITS_WITHOUT_THEIR_PEOPLE = """
    SELECT format('appointment %s: %s for %s people, %s are named',
                  visit.id, visit.status, visit.people, count(person.id))
    FROM booking_appointment visit
    LEFT JOIN booking_attendee person ON person.appointment_id = visit.id
    WHERE visit.status IN ('confirmed', 'arrived', 'in_service')
    GROUP BY visit.id
    HAVING count(person.id) <> visit.people
    ORDER BY visit.id
"""

_SERIES_WITH_DOUBLES_OR_GAPS = """
    SELECT format('queue day %s, series %s: last number %s, but %s tickets with %s numbers from %s '
                  'to %s', queue_day_id, series, coalesce(last, 0), coalesce(tickets, 0),
                  coalesce(numbers, 0), coalesce(lowest, 0), coalesce(highest, 0))
    FROM (
        SELECT day.id AS queue_day_id, number.key AS series, number.value::int AS last
        FROM queueing_queueday day CROSS JOIN LATERAL jsonb_each_text(day.last_numbers) AS number
    ) AS given
    FULL JOIN (
        SELECT queue_day_id, series, count(*) AS tickets, count(DISTINCT number) AS numbers,
               min(number) AS lowest, max(number) AS highest
        FROM queueing_ticket GROUP BY queue_day_id, series
    ) AS issued USING (queue_day_id, series)
    WHERE (last, last, last, 1) IS DISTINCT FROM (tickets, numbers, highest, lowest)
    ORDER BY queue_day_id, series
"""

_TICKETS_LEFT_IN_A_CLOSED_DAY = """
    SELECT format('ticket %s: %s, but queue day %s is closed', ticket.id, ticket.status, day.id)
    FROM queueing_ticket ticket JOIN queueing_queueday day ON day.id = ticket.queue_day_id
    WHERE day.closed_at IS NOT NULL AND ticket.status NOT IN ('served', 'missed', 'closed')
    ORDER BY ticket.id
"""

_TICKETS_WITHOUT_THEIR_END = """
    SELECT format('ticket %s: %s with %s end events, %s issued, ended at %s', ticket.id,
                  ticket.status, history.ended, history.issued,
                  coalesce(ticket.ended_at::text, 'no time'))
    FROM queueing_ticket ticket
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE kind = 'issued') AS issued,
               count(*) FILTER (WHERE kind IN ('served', 'missed', 'closed')) AS ended,
               count(*) FILTER (WHERE kind = 'returned') AS returned,
               count(*) FILTER (WHERE kind = 'missed') AS missed,
               count(*) FILTER (WHERE kind = ticket.status) AS so_ended
        FROM queueing_ticketevent WHERE ticket_id = ticket.id
    ) AS history
    CROSS JOIN LATERAL (
        SELECT (ticket.status IN ('served', 'missed', 'closed'))::int AS ends
    ) AS should
    WHERE history.issued <> 1
       OR history.ended - history.returned <> should.ends
       OR history.missed - history.returned <> (ticket.status = 'missed')::int
       OR (should.ends = 1 AND ticket.status <> 'missed' AND history.so_ended <> 1)
       OR (ticket.ended_at IS NOT NULL) <> (should.ends = 1)
    ORDER BY ticket.id
"""

_DESKS_WITH_TWO_TICKETS = """
    SELECT format('desk %s: %s', desk_id, string_agg(id::text, ', ' ORDER BY id))
    FROM queueing_ticket
    WHERE status IN ('called', 'in_service') AND desk_id IS NOT NULL
    GROUP BY desk_id
    HAVING count(*) > 1
    ORDER BY desk_id
"""

_TICKETS_AT_NO_DESK_OR_ELSEWHERE = """
    SELECT format('ticket %s: %s at desk %s', ticket.id, ticket.status,
                  coalesce(ticket.desk_id::text, 'none'))
    FROM queueing_ticket ticket
    JOIN queueing_queueday day ON day.id = ticket.queue_day_id
    LEFT JOIN servicepoints_desk desk ON desk.id = ticket.desk_id
    LEFT JOIN servicepoints_deskgroup g ON g.id = desk.desk_group_id
    WHERE (desk.id IS NULL AND ticket.status IN ('called', 'in_service', 'missed', 'served'))
       OR (desk.id IS NOT NULL AND g.service_point_id <> day.service_point_id)
       OR (desk.id IS NOT NULL AND ticket.status = 'waiting')
    ORDER BY ticket.id
"""

# One call to one desk, however often it is repeated there; started once, after it. Who was missed
# and came back into line is as if not called before.
_TICKETS_CALLED_BY_NONE_OR_TWO = """
    SELECT format('ticket %s: %s, %s calls; its events say %s called, %s again, %s started, '
                  '%s at another desk', ticket.id, ticket.status, ticket.calls,
                  history.called, history.recalled, history.started, history.elsewhere)
    FROM queueing_ticket ticket
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE kind = 'called') AS called,
               count(*) FILTER (WHERE kind = 'recalled') AS recalled,
               count(*) FILTER (WHERE kind = 'started') AS started,
               count(*) FILTER (WHERE desk_id IS DISTINCT FROM ticket.desk_id
                                AND desk_id IS NOT NULL) AS elsewhere
        FROM queueing_ticketevent WHERE ticket_id = ticket.id AND id > (
            SELECT coalesce(max(id), 0) FROM queueing_ticketevent
            WHERE ticket_id = ticket.id AND kind = 'returned'
        )
    ) AS history
    WHERE history.called <> (ticket.desk_id IS NOT NULL)::int
       OR history.called <> (ticket.called_at IS NOT NULL)::int
       OR history.called + history.recalled <> ticket.calls
       OR history.started <> (ticket.started_at IS NOT NULL)::int
       OR history.elsewhere > 0
    ORDER BY ticket.id
"""


_KEPT_CELLS = """
    SELECT freed.id AS freed_id, freed.desk_group_id, cell AS starts_at
    FROM booking_freedtime freed
    JOIN servicepoints_deskgroup g ON g.id = freed.desk_group_id
    CROSS JOIN LATERAL generate_series(
        freed.starts_at,
        freed.starts_at + (freed.cells - 1) * g.grid_minutes * interval '1 minute',
        g.grid_minutes * interval '1 minute'
    ) AS cell
    WHERE freed.status IN ('kept', 'offered')
"""

# Each place of a slot is free, taken, or in exactly one time that waits for an answer.
_SLOTS_THAT_KEEP_OTHER_TIMES = f"""
    SELECT CASE WHEN slot.id IS NULL
        THEN format('freed time %s: no slot of desk group %s at %s',
                    times.some, desk_group_id, starts_at)
        ELSE format('slot %s: kept %s, in freed times %s',
                    slot.id, slot.kept, coalesce(times.count, 0))
    END
    FROM booking_slot slot
    FULL JOIN (
        SELECT desk_group_id, starts_at, count(*), min(freed_id) AS some
        FROM ({_KEPT_CELLS}) AS cells GROUP BY desk_group_id, starts_at
    ) AS times USING (desk_group_id, starts_at)
    WHERE slot.kept IS DISTINCT FROM coalesce(times.count, 0)
    ORDER BY desk_group_id, starts_at
"""

_TIMES_OFFERED_TO_NONE_OR_TWO = """
    SELECT format('freed time %s: %s with %s open and %s accepted offers',
                  freed.id, freed.status, offers.open, offers.accepted)
    FROM booking_freedtime freed
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE outcome = 'open') AS open,
               count(*) FILTER (WHERE outcome = 'accepted') AS accepted
        FROM booking_offer WHERE freed_id = freed.id
    ) AS offers
    WHERE offers.open <> (freed.status = 'offered')::int
       OR offers.accepted <> (freed.status = 'booked')::int
    ORDER BY freed.id
"""

# A use is a visit that has not been given back, of the holder and so of the right.
_RIGHTS_THAT_MISCOUNT = """
    SELECT format('right holder %s: used %s of %s, live visits %s',
                  holder.id, holder.used, holder.max_uses, count(visit.id))
    FROM booking_rightholder holder
    LEFT JOIN booking_appointment visit
      ON visit.right_holder_id = holder.id AND visit.status NOT IN ('expired', 'cancelled')
    GROUP BY holder.id
    HAVING holder.used <> count(visit.id) OR holder.used > holder.max_uses
    UNION ALL
    SELECT format('booking right %s: used %s of %s, by its holders %s',
                  r.id, r.used, r.max_uses, coalesce(sum(holder.used), 0))
    FROM booking_bookingright r
    LEFT JOIN booking_rightholder holder ON holder.right_id = r.id
    GROUP BY r.id
    HAVING r.used <> coalesce(sum(holder.used), 0) OR r.used > r.max_uses
"""

# What is still reserved and what was booked of it is no more than was set aside.
_SLOTS_THAT_RESERVE_TOO_MUCH = f"""
    SELECT format('slot %s: reserved %s, booked by right %s, desks reserved %s',
                  slot.id, slot.reserved, coalesce(booked.count, 0), release.reserved_desks)
    FROM booking_slot slot
    JOIN booking_release release ON release.id = slot.release_id
    LEFT JOIN (
        SELECT cells.desk_group_id, cells.starts_at, count(*)
        FROM ({_CLAIMED_CELLS}) AS cells
        JOIN booking_appointment visit ON visit.id = cells.appointment_id
        WHERE visit.right_holder_id IS NOT NULL
        GROUP BY cells.desk_group_id, cells.starts_at
    ) AS booked
      ON booked.desk_group_id = slot.desk_group_id AND booked.starts_at = slot.starts_at
    WHERE slot.reserved + coalesce(booked.count, 0) > release.reserved_desks
    ORDER BY slot.id
"""

# Past what the public can book there are only visits for which staff said why.
_SLOTS_BEYOND_THE_PUBLIC = f"""
    SELECT format('slot %s: taken %s and kept %s of %s for the public, %s beyond with a reason',
                  slot.id, slot.taken, slot.kept, slot.public_capacity,
                  coalesce(beyond.count, 0))
    FROM booking_slot slot
    LEFT JOIN (
        SELECT cells.desk_group_id, cells.starts_at, count(*)
        FROM ({_CLAIMED_CELLS}) AS cells
        JOIN booking_appointment visit ON visit.id = cells.appointment_id
        WHERE visit.beyond_reason <> ''
        GROUP BY cells.desk_group_id, cells.starts_at
    ) AS beyond USING (desk_group_id, starts_at)
    WHERE slot.taken + slot.kept > slot.public_capacity + coalesce(beyond.count, 0)
    ORDER BY slot.id
"""


class Invariant(NamedTuple):
    """A sentence that is true at every moment, and the queries that find what breaks it."""

    number: str
    says: str
    queries: tuple[str, ...]


INVARIANTS = (
    Invariant(
        "I1",
        "in every cell, taken is the sum of the live claims, within capacity, and beyond what "
        "the public can book only where staff said why",
        (
            _SLOTS_THAT_MISCOUNT,
            _SLOTS_BEYOND_THE_PUBLIC,
            _VISITS_WITHOUT_SLOTS,
            _VISITS_SHORT_OF_CELLS,
        ),
    ),
    Invariant(
        "I2",
        "a person has one active appointment for a service",
        (
            _PEOPLE_WITH_TWO_VISITS,
            _IDENTITIES_WITH_TWO_VISITS,
            _ATTENDEES_THAT_DIFFER,
            _VISITS_WITHOUT_THEIR_PEOPLE,
        ),
    ),
    Invariant(
        "I4",
        "numbers have no doubles and no gaps, and each ticket of a closed day has ended",
        (_SERIES_WITH_DOUBLES_OR_GAPS, _TICKETS_LEFT_IN_A_CLOSED_DAY, _TICKETS_WITHOUT_THEIR_END),
    ),
    Invariant(
        "I5",
        "each ticket is called by one desk, and a desk has one ticket at a time",
        (
            _DESKS_WITH_TWO_TICKETS,
            _TICKETS_AT_NO_DESK_OR_ELSEWHERE,
            _TICKETS_CALLED_BY_NONE_OR_TWO,
        ),
    ),
    Invariant(
        "I11",
        "each time that came back is exactly one of kept, offered, booked and public",
        (_SLOTS_THAT_KEEP_OTHER_TIMES, _TIMES_OFFERED_TO_NONE_OR_TWO),
    ),
    Invariant(
        "I15",
        "a booking right is used as often as visits live from it, of what is set aside for it",
        (_RIGHTS_THAT_MISCOUNT, _SLOTS_THAT_RESERVE_TOO_MUCH),
    ),
)


def offending(invariant: Invariant) -> list[str]:
    """
    Return a line for each row that breaks `invariant`; none when it holds.

    As the current transaction sees the database: for an answer about one moment of a database
    at work, call it in a transaction of REPEATABLE READ.
    """
    lines: list[str] = []
    with connection.cursor() as cursor:
        for query in invariant.queries:
            cursor.execute(query)
            lines += [line for (line,) in cursor.fetchall()]
    return lines


def broken() -> dict[str, list[str]]:
    """Return the offending rows by the number of each invariant that does not hold."""
    found = {invariant.number: offending(invariant) for invariant in INVARIANTS}
    return {number: lines for number, lines in found.items() if lines}
