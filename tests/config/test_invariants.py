"""
What must hold in the database: every operation keeps it, and every way to break it is seen.

The second half is the negative control of the first, and of every race test.
"""

import datetime
import io

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from booking import operations as booking
from booking.models import Appointment, Attendee, Offer, Slot
from config import invariants
from queueing import operations as queueing
from queueing.models import Ticket
from tests.factories import (
    free,
    let_expire,
    make_appointment,
    make_entry,
    make_hold,
    make_open_group,
    make_person,
    make_reserved_slots,
    make_slots,
    make_staff_visit,
    make_user,
)

DAY, MINUTE = datetime.timedelta(days=1), datetime.timedelta(minutes=1)


class Noon:
    """A point at work: visits next week and soon, two of them here, numbers, one at a desk."""

    def __init__(self) -> None:
        self.group = make_open_group(desks=4)
        self.point, self.clerk = self.group.service_point, make_user()
        self.desk, self.other_desk = self.group.desks.all()[:2]
        soon = timezone.now().replace(second=0, microsecond=0) + 20 * MINUTE
        (self.soon,) = make_slots(self.group, 1, starts_at=soon, capacity=3)
        self.later, self.last = make_slots(self.group, 2, capacity=3)
        self.visit, self.other = (make_appointment(self.later) for _ in range(2))
        self.expected = make_appointment(self.soon)
        self.arrived = [self.check_in(make_appointment(self.soon)) for _ in range(2)]
        self.numbers = [self.take_number() for _ in range(3)]
        self.called = self.call_next()

    def check_in(self, visit: Appointment) -> Ticket:
        return queueing.check_in(self.point, visit.reference)

    def take_number(self) -> Ticket:
        service = self.group.services.get()
        return queueing.take_number(self.point, service, urgent=True, language="fi")

    def call_next(self) -> Ticket:
        return queueing.call_next(self.desk, by=self.clerk)

    def start(self) -> Ticket:
        return queueing.start(self.called, by=self.clerk)

    def finish(self) -> Ticket:
        return queueing.finish(self.start(), by=self.clerk)

    def miss_and_return(self) -> None:
        """Somebody comes back and is served, another comes back and is missed again."""
        number = queueing.miss(self.called, by=self.clerk)
        queueing.return_to_line(number, by=self.clerk)
        self.called = self.call_next()
        self.finish()
        visit = self.arrived[0].appointment
        for _ in range(2):
            while (called := self.call_next()).appointment != visit:
                self.called = called
                self.finish()
            queueing.miss(called, by=self.clerk)
            if not called.came_back_at:
                self.check_in(visit)

    def serve_everybody(self) -> None:
        self.finish()
        while Ticket.objects.waiting().exists():
            self.called = self.call_next()
            self.finish()

    def expire(self) -> None:
        let_expire(make_hold(self.later))
        booking.expire_holds()

    def close_next_week(self) -> None:
        booking.cancel(self.visit)
        booking.cancel(self.other)
        date = self.later.starts_at.astimezone(self.point.zone).date()
        booking.close_day(self.point, date, by=self.clerk)
        booking.reopen_day(self.point, date)

    def offer(self) -> Offer:
        """Let somebody cancel, and the first of two who wait be asked."""
        make_entry(self.last), make_entry(self.last)
        free(self.last)
        booking.offer_freed_times()
        return Offer.objects.with_place().get(outcome=Offer.Outcome.OPEN)

    def let_offer_lapse(self) -> None:
        Offer.objects.filter(pk=self.offer().pk).update(expires_at=timezone.now() - MINUTE)
        booking.offer_freed_times()

    def close_next_week_under_an_offer(self) -> None:
        self.offer()
        self.close_next_week()

    def end_the_day(self) -> None:
        with time_machine.travel(timezone.now() + DAY, tick=False):
            queueing.close_days()


@pytest.fixture
def noon(db: None) -> Noon:
    return Noon()


OPERATIONS = {
    "nothing": lambda noon: None,
    "hold": lambda noon: make_hold(noon.later),
    "let go": lambda noon: booking.let_go(make_hold(noon.later)),
    "expire": Noon.expire,
    "confirm": lambda noon: make_appointment(noon.later),
    "move": lambda noon: booking.move(
        noon.visit, service_point=noon.point, starts_at=noon.last.starts_at
    ),
    "cancel": lambda noon: booking.cancel(noon.visit),
    "close and reopen a day": Noon.close_next_week,
    "offer a time that came back": Noon.offer,
    "accept": lambda noon: booking.accept(noon.offer()),
    "decline": lambda noon: booking.decline(noon.offer()),
    "leave": lambda noon: booking.leave(noon.offer().entry),
    "let an offer lapse": Noon.let_offer_lapse,
    "close a day under an offer": Noon.close_next_week_under_an_offer,
    "check in": lambda noon: noon.check_in(noon.expected),
    "take a number": Noon.take_number,
    "call again": lambda noon: queueing.call_again(noon.called, by=noon.clerk),
    "miss": lambda noon: queueing.miss(noon.called, by=noon.clerk),
    "miss, return and miss again": Noon.miss_and_return,
    "start": Noon.start,
    "finish": Noon.finish,
    "serve everybody": Noon.serve_everybody,
    "end the day": Noon.end_the_day,
}


def invited(noon: Noon) -> Appointment:
    """Book one of three reserved times by a right."""
    [slot, *_] = make_reserved_slots(3)
    [code] = booking.new_codes(slot.release.reserved_for, 1)
    holder = booking.holder_of_code(code, who="me", today=timezone.localdate())
    return booking.confirm(make_hold(slot, invitation=holder), people=[make_person()])


def beyond(noon: Noon) -> Appointment:
    [slot] = make_slots(make_open_group(), 1, capacity=2, public_capacity=1)
    make_appointment(slot)
    return make_staff_visit(slot, reason="Expires tomorrow")


def cancel_beyond(noon: Noon) -> Appointment:
    visit = beyond(noon)
    return booking.cancel_for_somebody(visit, by=visit.staff, reason="Asked by phone")


OPERATIONS |= {
    "book by a right": invited,
    "cancel what was booked by a right": lambda noon: booking.cancel(invited(noon)),
    "book beyond the public capacity": beyond,
    "cancel what was beyond": cancel_beyond,
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_every_operation_keeps_every_invariant(noon, operation):
    operation(noon)

    assert invariants.broken() == {}


# A way to break each invariant, past the operations and the constraints: SQL, what is said.
BROKEN = {
    "a slot that counts one too many": (
        "I1",
        "UPDATE booking_slot SET taken = taken + 1, kept = 0 WHERE id = {later}",
        "slot {later}: taken 3, live claims 2, capacity 3",
    ),
    "a slot that counts one too few": (
        "I1",
        "UPDATE booking_slot SET taken = taken - 1 WHERE id = {later}",
        "slot {later}: taken 1, live claims 2, capacity 3",
    ),
    "a slot with more visits than places": (
        "I1",
        "ALTER TABLE booking_slot DROP CONSTRAINT slot_taken_within_capacity;"
        "UPDATE booking_slot SET capacity = 1, public_capacity = 1 WHERE id = {later}",
        "slot {later}: taken 2, live claims 2, capacity 1",
    ),
    "a visit that came back to life": (
        "I1",
        "UPDATE booking_appointment SET status = 'confirmed' WHERE id = '{cancelled}'",
        "slot {later}: taken 2, live claims 3, capacity 3",
    ),
    "a visit whose slot is gone": (
        "I1",
        "DELETE FROM booking_slot WHERE id = {later}",
        "appointment {visit}: no slot of desk group {group} at ",
    ),
    "a visit longer than its cells": (
        "I1",
        "UPDATE booking_appointment SET minutes = 11 WHERE id = '{visit}'",
        "appointment {visit}: 11 minutes on a grid of 10 need 2 cells, asked 1, got 1",
    ),
    "a visit with fewer cells than it asked for": (
        "I1",
        "ALTER TABLE booking_appointment DROP CONSTRAINT appointment_has_every_cell_it_asked_for;"
        "UPDATE booking_appointment SET claimed = 0 WHERE id = '{visit}'",
        "appointment {visit}: 10 minutes on a grid of 10 need 1 cells, asked 1, got 0",
    ),
    "a person with two visits": (
        "I2",
        "DROP INDEX one_active_visit_per_person_and_service;"
        "ALTER TABLE booking_attendee DROP CONSTRAINT one_active_visit_per_person_and_matter;"
        "UPDATE booking_attendee SET person_key = 'x'"
        " WHERE appointment_id IN ('{visit}', '{other}')",
        "service {service}: one person has the active appointments ",
    ),
    "a person with two visits whose rows say that they are over": (
        "I2",
        "UPDATE booking_attendee SET person_key = 'x', active = false"
        " WHERE appointment_id IN ('{visit}', '{other}')",
        "service {service}: one person has the active appointments ",
    ),
    "an identity with two visits": (
        "I2",
        "DROP INDEX one_active_visit_per_identity_and_service;"
        "ALTER TABLE booking_attendee DROP CONSTRAINT one_active_visit_per_identity_and_matter;"
        "UPDATE booking_attendee SET identity_key = 'x'"
        " WHERE appointment_id IN ('{visit}', '{other}')",
        "service {service}: one identity has the active appointments ",
    ),
    "a person kept from booking by a visit that is over": (
        "I2",
        "UPDATE booking_attendee SET active = true WHERE appointment_id = '{cancelled}'",
        "active t and service {service}, but appointment {cancelled} is cancelled",
    ),
    "a person of another service than the visit": (
        "I2",
        "UPDATE booking_appointment SET service_id = {another_service} WHERE id = '{visit}'",
        "service {service}, but appointment {visit} is confirmed for service {another_service}",
    ),
    "a visit of nobody": (
        "I2",
        "DELETE FROM booking_attendee WHERE appointment_id = '{visit}'",
        "appointment {visit}: confirmed for 1 people, 0 are named",
    ),
    "a number given twice": (
        "I4",
        "ALTER TABLE queueing_ticket DROP CONSTRAINT a_number_is_given_once_a_day;"
        "UPDATE queueing_ticket SET number = 1 WHERE id = '{number}'",
        "queue day {day}, series B: last number 3, but 3 tickets with 2 numbers from 1 to 3",
    ),
    "a number that was never given": (
        "I4",
        "UPDATE queueing_ticket SET number = 9 WHERE id = '{number}'",
        "queue day {day}, series B: last number 3, but 3 tickets with 3 numbers from 1 to 9",
    ),
    "a number that vanished": (
        "I4",
        "DELETE FROM queueing_ticketevent WHERE ticket_id = '{number}';"
        "DELETE FROM queueing_ticket WHERE id = '{number}'",
        "queue day {day}, series B: last number 3, but 2 tickets with 2 numbers from 1 to 3",
    ),
    "a last number that went back": (
        "I4",
        """UPDATE queueing_queueday SET last_numbers = '{{"A": 2}}'""",
        "queue day {day}, series B: last number 0, but 3 tickets with 3 numbers from 1 to 3",
    ),
    "a last number nobody has": (
        "I4",
        """UPDATE queueing_queueday SET last_numbers = '{{"A": 2, "B": 3, "C": 1}}'""",
        "queue day {day}, series C: last number 1, but 0 tickets with 0 numbers from 0 to 0",
    ),
    "a ticket that waits in a closed day": (
        "I4",
        "UPDATE queueing_queueday SET closed_at = now()",
        "ticket {number}: waiting, but queue day {day} is closed",
    ),
    "a ticket that ended unseen": (
        "I4",
        "UPDATE queueing_ticket SET status = 'closed', ended_at = now() WHERE id = '{number}'",
        "ticket {number}: closed with 0 end events, 1 issued, ended at ",
    ),
    "a ticket that ended in two ways": (
        "I4",
        "INSERT INTO queueing_ticketevent (ticket_id, kind, at) VALUES"
        " ('{number}', 'missed', now()), ('{number}', 'closed', now());"
        "UPDATE queueing_ticket SET status = 'closed', ended_at = now() WHERE id = '{number}'",
        "ticket {number}: closed with 2 end events, 1 issued, ended at ",
    ),
    "a ticket that came back unseen": (
        "I4",
        "INSERT INTO queueing_ticketevent (ticket_id, kind, at) VALUES"
        " ('{number}', 'missed', now())",
        "ticket {number}: waiting with 1 end events, 1 issued, ended at no time",
    ),
    "a ticket from nowhere": (
        "I4",
        "DELETE FROM queueing_ticketevent WHERE ticket_id = '{number}'",
        "ticket {number}: waiting with 0 end events, 0 issued, ended at no time",
    ),
    "a desk with two tickets": (
        "I5",
        "DROP INDEX a_desk_has_one_ticket_at_a_time;"
        "UPDATE queueing_ticket SET status = 'called', desk_id = {desk} WHERE id = '{number}'",
        "desk {desk}: ",
    ),
    "a ticket called to no desk": (
        "I5",
        "ALTER TABLE queueing_ticket DROP CONSTRAINT a_called_ticket_has_its_desk;"
        "UPDATE queueing_ticket SET desk_id = NULL WHERE id = '{called}'",
        "ticket {called}: called at desk none",
    ),
    "a ticket called to another point's desk": (
        "I5",
        "UPDATE queueing_ticket SET desk_id = {desk_elsewhere} WHERE id = '{called}'",
        "ticket {called}: called at desk {desk_elsewhere}",
    ),
    "a ticket called by two desks": (
        "I5",
        "INSERT INTO queueing_ticketevent (ticket_id, kind, desk_id, at)"
        " VALUES ('{called}', 'called', {other_desk}, now())",
        "ticket {called}: called, 1 calls; its events say 2 called, 0 again, 0 started, 1 at",
    ),
    "a ticket that another desk started": (
        "I5",
        "UPDATE queueing_ticket SET desk_id = {other_desk} WHERE id = '{called}'",
        "ticket {called}: called, 1 calls; its events say 1 called, 0 again, 0 started, 1 at",
    ),
    "a call that nobody counted": (
        "I5",
        "INSERT INTO queueing_ticketevent (ticket_id, kind, desk_id, at)"
        " VALUES ('{called}', 'recalled', {desk}, now())",
        "ticket {called}: called, 1 calls; its events say 1 called, 1 again, 0 started, 0 at",
    ),
    "a start that was never noted": (
        "I5",
        "UPDATE queueing_ticket SET status = 'in_service', started_at = now()"
        " WHERE id = '{called}'",
        "ticket {called}: in_service, 1 calls; its events say 1 called, 0 again, 0 started, 0 at",
    ),
}
BROKEN |= {
    "a slot that keeps one too many": (
        "I11",
        "UPDATE booking_slot SET kept = kept + 1 WHERE id = {last}",
        "slot {last}: kept 2, in freed times 1",
    ),
    "a slot that has forgotten what it keeps": (
        "I11",
        "UPDATE booking_slot SET kept = 0 WHERE id = {last}",
        "slot {last}: kept 0, in freed times 1",
    ),
    "a time kept on a day that is gone": (
        "I11",
        "DELETE FROM booking_slot WHERE id = {last}",
        "freed time {freed}: no slot of desk group {group} at ",
    ),
    "a time that is offered to nobody": (
        "I11",
        "DELETE FROM booking_offer",
        "freed time {freed}: offered with 0 open and 0 accepted offers",
    ),
    "a time that is public and offered": (
        "I11",
        "UPDATE booking_freedtime SET status = 'reopened';"
        "UPDATE booking_slot SET kept = 0 WHERE id = {last}",
        "freed time {freed}: reopened with 1 open and 0 accepted offers",
    ),
    "a time that was accepted and is offered on": (
        "I11",
        "UPDATE booking_offer SET outcome = 'accepted'",
        "freed time {freed}: offered with 0 open and 1 accepted offers",
    ),
}


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        # A table with foreign keys still to be checked cannot be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in sql.split(";"):
            cursor.execute(statement)


@pytest.fixture
def ids(noon: Noon) -> dict[str, object]:
    """What the statements above name."""
    freed = noon.offer().freed
    cancelled = make_appointment(noon.later)
    Appointment.objects.filter(pk=cancelled.pk).update(status="cancelled")
    cancelled.attendees.update(active=False)
    Slot.objects.filter(pk=noon.later.pk).update(taken=2)
    elsewhere = make_open_group()
    return {
        "later": noon.later.pk,
        "last": noon.last.pk,
        "freed": freed.pk,
        "visit": noon.visit.pk,
        "other": noon.other.pk,
        "cancelled": cancelled.pk,
        "group": noon.group.pk,
        "service": noon.visit.service_id,
        "another_service": elsewhere.services.get().pk,
        "day": noon.called.queue_day_id,
        "number": noon.numbers[1].pk,
        "called": noon.called.pk,
        "desk": noon.desk.pk,
        "other_desk": noon.other_desk.pk,
        "desk_elsewhere": elsewhere.desks.get().pk,
    }


@pytest.mark.parametrize(("number", "sql", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_every_way_to_break_an_invariant_is_seen(ids, number, sql, said):
    assert invariants.broken() == {}
    run(sql.format(**ids))

    found = invariants.broken().get(number, [])

    assert [line for line in found if said.format(**ids) in line], found


def check() -> str:
    """Run the command and return what it prints."""
    out = io.StringIO()
    call_command("check_invariants", stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_the_command_says_one_line_for_each_invariant_that_holds():
    Noon()

    lines = check().splitlines()

    assert [line.split(":")[0] for line in lines] == [f"I{n} holds" for n in (1, 2, 4, 5, 11, 15)]


@pytest.mark.django_db(transaction=True)
def test_the_command_fails_with_the_rows_that_break_an_invariant():
    slot = Noon().later
    Slot.objects.filter(pk=slot.pk).update(taken=0)
    out = io.StringIO()

    with pytest.raises(CommandError, match=r"Broken: I1\."):
        call_command("check_invariants", stdout=out)

    assert f"slot {slot.pk}: taken 0, live claims 2, capacity 3" in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_the_command_names_nobody():
    noon = Noon()
    Attendee.objects.all().delete()
    Slot.objects.update(taken=0)
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("check_invariants", stdout=out)

    said = out.getvalue()

    assert "named" in said
    assert not [word for word in ("Person", "@", noon.visit.reference) if word in said]


@pytest.mark.django_db(transaction=True)
def test_the_command_changes_nothing_and_leaves_the_connection_as_it_was():
    check()

    make_user()  # It would be refused in a transaction that only reads.
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("read committed",)


# What rights and staff did, broken on a world of its own.
BROKEN_RIGHTS = {
    "a holder that miscounts": ("I15", "UPDATE booking_rightholder SET used = 0"),
    "a right that miscounts": ("I15", "UPDATE booking_bookingright SET used = 0"),
    "a slot that reserves too much": (
        "I15",
        "UPDATE booking_slot SET capacity = 9, public_capacity = 9, reserved = 2"
        " WHERE taken = 1 AND release_id IN"
        " (SELECT id FROM booking_release WHERE reserved_desks > 0)",
    ),
    "a place beyond without a reason": (
        "I1",
        "UPDATE booking_appointment SET beyond_reason = ''",
    ),
}


@pytest.mark.parametrize(("number", "sql"), BROKEN_RIGHTS.values(), ids=BROKEN_RIGHTS.keys())
def test_what_breaks_the_promises_of_rights_and_staff_is_seen(noon, number, sql):
    invited(noon)
    beyond(noon)
    assert invariants.broken() == {}
    with connection.cursor() as cursor:
        cursor.execute(sql)

    assert set(invariants.broken()) == {number}
