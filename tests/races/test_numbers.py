"""Kiosks at one moment: every number once, without a gap, as many as the day can serve (P8, I4)."""

import datetime
import uuid
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils import timezone

from booking import operations as booking
from booking.models import Appointment
from queueing import operations
from queueing.exceptions import NumbersExhausted
from queueing.models import QueueDay, Ticket, TicketEvent
from servicepoints.models import DeskGroup
from tests.factories import make_appointment, make_open_group, make_slots, make_user
from tests.races.racing import Meeting, broken, check_invariants, interleave, kinds, race

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = datetime.timedelta(minutes=1)


def take(group: DeskGroup, **fields: object) -> Ticket:
    return operations.take_number(
        group.service_point, group.services.get(), urgent=True, language="fi", **fields
    )


def issue(day: QueueDay, group: DeskGroup, number: int, **fields: object) -> Ticket:
    """Write a number as a naive program would."""
    ticket = Ticket.objects.create(
        queue_day=day,
        series=Ticket.Series.WALK_IN,
        number=number,
        service=group.services.get(),
        serve_at=timezone.now(),
        **fields,
    )
    TicketEvent.objects.create(ticket=ticket, kind=TicketEvent.Kind.ISSUED)
    return ticket


def numbers() -> list[int]:
    return list(Ticket.objects.order_by("number").values_list("number", flat=True))


# Numbers -------------------------------------------------------------------------------


def test_twenty_kiosks_give_twenty_different_numbers_without_a_gap():
    group = make_open_group()

    race([partial(take, group)] * 20)

    assert numbers() == list(range(1, 21))
    check_invariants()


def naive_number(group: DeskGroup, day: QueueDay, meeting: Meeting) -> Ticket:
    """Look for the highest number, and give the next."""
    highest = day.tickets.aggregate(highest=Max("number"))["highest"] or 0
    meeting.wait()
    return issue(day, group, highest + 1)


def test_twenty_kiosks_give_the_same_number_without_the_row_and_the_constraint(without):
    without(Ticket, "a_number_is_given_once_a_day")
    group, meeting = make_open_group(), Meeting(20)
    day = operations.queue_day(group.service_point)

    race([partial(naive_number, group, day, meeting)] * 20)

    assert numbers() == [1] * 20
    assert broken() == {"I4"}


def test_the_database_refuses_a_number_that_a_naive_kiosk_would_give_twice():
    group, meeting = make_open_group(), Meeting(20)
    day = operations.queue_day(group.service_point)

    outcomes = race([partial(naive_number, group, day, meeting)] * 20, expect=(IntegrityError,))

    assert kinds(outcomes) == {"IntegrityError": 19, "Ticket": 1}


def test_twenty_kiosks_give_ten_numbers_where_the_day_has_ten_and_no_gap():
    group = make_open_group(tickets_per_day=10)

    outcomes = race([partial(take, group)] * 20)

    assert kinds(outcomes) == {"NumbersExhausted": 10, "Ticket": 10}
    assert numbers() == list(range(1, 11))
    check_invariants()


def naive_limit(group: DeskGroup, day: QueueDay, meeting: Meeting) -> Ticket:
    """Count the day's numbers, then give one more."""
    if day.tickets.count() >= group.service_point.tickets_per_day:
        raise NumbersExhausted
    meeting.wait()
    with transaction.atomic():
        return issue(day, group, draw(day))


def draw(day: QueueDay) -> int:
    with connection.cursor() as cursor:
        cursor.execute(operations._NEXT_NUMBER, {"series": "B", "day": day.pk})
        return cursor.fetchone()[0]


def test_twenty_kiosks_give_too_many_numbers_when_they_count_before_they_draw():
    group, meeting = make_open_group(tickets_per_day=10), Meeting(20)
    day = operations.queue_day(group.service_point)

    race([partial(naive_limit, group, day, meeting)] * 20)

    assert numbers() == list(range(1, 21))


def naive_draw(group: DeskGroup, day: QueueDay) -> Ticket:
    """Draw a number for good, then see whether the day can serve it."""
    number = draw(day)
    if number > group.service_point.tickets_per_day:
        raise NumbersExhausted
    return issue(day, group, number)


def test_a_refused_number_is_a_gap_without_the_one_transaction():
    group = make_open_group(tickets_per_day=10)
    day = operations.queue_day(group.service_point)

    race([partial(naive_draw, group, day)] * 20)

    assert QueueDay.objects.get().last_numbers == {"B": 20}
    assert broken() == {"I4"}


def test_a_kiosk_that_repeats_its_request_gets_one_number():
    group, key = make_open_group(), uuid.uuid4()

    outcomes = race([partial(take, group, request_id=key)] * 20)

    assert {ticket.number for ticket in outcomes} == {1}
    assert numbers() == [1]
    check_invariants()


def naive_request(group: DeskGroup, day: QueueDay, key: uuid.UUID, meeting: Meeting) -> Ticket:
    """Look for the request's number, then give one."""
    earlier = day.tickets.filter(request_id=key).first()
    meeting.wait()
    with transaction.atomic():
        return earlier or issue(day, group, draw(day), request_id=key)


def test_a_kiosk_that_repeats_its_request_gets_many_numbers_without_the_constraint(without):
    without(Ticket, "one_ticket_per_request")
    group, key, meeting = make_open_group(), uuid.uuid4(), Meeting(20)
    day = operations.queue_day(group.service_point)

    race([partial(naive_request, group, day, key, meeting)] * 20)

    assert numbers() == list(range(1, 21))


# Arrivals ------------------------------------------------------------------------------


def visits_soon(count: int) -> list[Appointment]:
    starts_at = timezone.now().replace(second=0, microsecond=0) + 20 * MINUTE
    (slot,) = make_slots(make_open_group(), 1, starts_at=starts_at, capacity=count)
    return [make_appointment(slot) for _ in range(count)]


def check_in(visit: Appointment) -> Ticket:
    return operations.check_in(visit.service_point, visit.reference)


def test_twenty_who_arrive_at_one_moment_get_twenty_numbers():
    visits = visits_soon(20)

    race([partial(check_in, visit) for visit in visits])

    assert numbers() == list(range(1, 21))
    check_invariants()


def test_who_checks_in_many_times_at_one_moment_gets_one_number():
    (visit,) = visits_soon(1)

    outcomes = race([partial(check_in, visit)] * 20)

    assert {ticket.label for ticket in outcomes} == {"A1"}
    check_invariants()


def missed_visit() -> Appointment:
    """A visit whose person was called and did not come."""
    (visit,) = visits_soon(1)
    check_in(visit)
    clerk, desk = make_user(), visit.desk_group.desks.get()
    operations.miss(operations.call_next(desk, by=clerk), by=clerk)
    return visit


def test_who_was_missed_and_checks_in_many_times_at_one_moment_comes_back_once():
    visit = missed_visit()

    outcomes = race([partial(check_in, visit)] * 20)

    assert kinds(outcomes) == {"Ticket": 20}
    assert TicketEvent.objects.filter(kind="returned").count() == 1
    check_invariants()


def test_who_was_missed_does_not_come_back_into_a_day_that_ends_at_this_moment():
    visit = missed_visit()

    outcomes = interleave(
        partial(check_in, visit), before='UPDATE "queueing_ticket"', others=[end_the_day]
    )

    assert Ticket.objects.get().status == "closed"
    assert kinds(outcomes) == {"Ticket": 1, "int": 1}
    check_invariants()


def end_the_day() -> int:
    """Close the day as midnight does, whatever the clock says."""
    return operations._close(QueueDay.objects.select_related("service_point").get())


def test_who_was_missed_comes_back_into_a_day_that_ends_without_its_lock(monkeypatch):
    visit = missed_visit()
    monkeypatch.setattr(operations, "_keep_open", lambda day: None)

    interleave(partial(check_in, visit), before='UPDATE "queueing_ticket"', others=[end_the_day])

    assert broken() == {"I4"}


def naive_check_in(visit: Appointment, meeting: Meeting) -> Ticket:
    """See that the person has no number yet, then give one."""
    day = operations.queue_day(visit.service_point)
    assert not Ticket.objects.filter(appointment=visit).exists()
    meeting.wait()
    with transaction.atomic():
        return issue(day, visit.desk_group, draw(day), appointment=visit)


def test_who_checks_in_many_times_meets_errors_without_the_guard():
    (visit,) = visits_soon(1)
    meeting = Meeting(20)

    outcomes = race([partial(naive_check_in, visit, meeting)] * 20, expect=(IntegrityError,))

    assert kinds(outcomes) == {"IntegrityError": 19, "Ticket": 1}


def test_who_arrives_and_cancels_at_one_moment_does_one_of_both():
    visits = visits_soon(10)
    clients = [partial(do, visit) for visit in visits for do in (check_in, booking.cancel)]

    outcomes = race(clients)

    assert len([outcome for outcome in outcomes if isinstance(outcome, Ticket)]) == len(numbers())
    for visit in Appointment.objects.all():
        assert hasattr(visit, "ticket") == (visit.status == "arrived")
    check_invariants()


# The day's end -------------------------------------------------------------------------


def let_the_day_be_over() -> None:
    QueueDay.objects.update(date=timezone.localdate() - datetime.timedelta(days=2))


def test_many_that_close_the_day_at_one_moment_close_it_once():
    group = make_open_group()
    for _ in range(5):
        take(group)
    let_the_day_be_over()

    assert sum(race([operations.close_days] * 5)) == 1
    check_invariants()


def naive_closing(meeting: Meeting) -> None:
    """See that the day is not closed, then close it."""
    day = QueueDay.objects.get(closed_at__isnull=True)
    meeting.wait()
    for ticket in day.tickets.all():
        Ticket.objects.filter(pk=ticket.pk).update(status="closed", ended_at=timezone.now())
        TicketEvent.objects.create(ticket=ticket, kind=TicketEvent.Kind.CLOSED)
    QueueDay.objects.filter(pk=day.pk).update(closed_at=timezone.now())


def test_many_that_close_the_day_end_each_ticket_many_times_without_the_guard():
    take(make_open_group())
    meeting = Meeting(5)

    race([partial(naive_closing, meeting)] * 5)

    assert TicketEvent.objects.filter(kind="closed").count() == 5
    assert broken() == {"I4"}


def close_the_day() -> int:
    let_the_day_be_over()
    return operations.close_days()


DRAWS = "UPDATE queueing_queueday"


def test_no_number_is_given_in_a_day_that_is_closed_meanwhile():
    group = make_open_group()
    take(group)

    outcomes = interleave(partial(take, group), before=DRAWS, others=[close_the_day])

    assert kinds(outcomes) == {"PointClosed": 1, "int": 1}
    check_invariants()


def test_nobody_arrives_in_a_day_that_is_closed_meanwhile():
    (visit,) = visits_soon(1)

    outcomes = interleave(partial(check_in, visit), before=DRAWS, others=[close_the_day])

    assert kinds(outcomes) == {"PointClosed": 1, "int": 1}
    assert Appointment.objects.get().status == "confirmed"
    check_invariants()


def test_a_number_given_while_the_day_is_closed_is_given_its_end():
    group = make_open_group()

    ticket, closed = interleave(
        partial(take, group), before='INSERT INTO "queueing_ticketevent"', others=[close_the_day]
    )

    assert closed == 1
    assert Ticket.objects.get(pk=ticket.pk).status == "closed"
    check_invariants()


def naive_late_number(group: DeskGroup, day: QueueDay) -> Ticket:
    """Draw the next number of the day, whatever has become of it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """UPDATE queueing_queueday SET last_numbers = '{"B": 2}' WHERE id = %s""", [day.pk]
        )
        return issue(day, group, 2)


def test_a_number_in_a_day_that_is_closed_meanwhile_never_ends_without_the_guard():
    group = make_open_group()
    day = take(group).queue_day

    interleave(partial(naive_late_number, group, day), before=DRAWS, others=[close_the_day])

    assert operations.close_days() == 0
    assert broken() == {"I4"}
