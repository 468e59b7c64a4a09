"""Calls: one line for visits and numbers, one desk for each, no step out of order."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import User
from booking import operations as booking
from booking.exceptions import BookedMeanwhile
from booking.models import Appointment
from queueing import exceptions, operations
from queueing.access import desks_at
from queueing.models import DeskSession, Ticket, TicketEvent
from servicepoints.models import Desk, DeskGroup
from servicepoints.pair_models import ServicePair
from tests.factories import (
    make_appointment,
    make_group,
    make_person,
    make_service,
    make_slot,
    make_slots,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db
MINUTE = datetime.timedelta(minutes=1)


def make_ticket(group: DeskGroup, minutes_ago: int = 0, **fields: object) -> Ticket:
    """A queue number taken some minutes ago."""
    day = operations.queue_day(group.service_point)
    at = timezone.now() - minutes_ago * MINUTE
    defaults: dict[str, object] = {
        "series": Ticket.Series.WALK_IN,
        "number": day.tickets.count() + 1,
        "service": group.services.first(),
        "serve_at": at,
        "issued_at": at,
    }
    return Ticket.objects.create(queue_day=day, **defaults | fields)


def make_arrival(group: DeskGroup, minutes: int) -> Ticket:
    """Someone whose visit begins so many minutes from now, and who has arrived."""
    slot = make_slot(group, starts_at=timezone.now() + minutes * MINUTE)
    visit = make_appointment(slot)
    return operations.check_in(group.service_point, visit.reference)


@pytest.fixture
def group() -> DeskGroup:
    return make_group(desks=2)


@pytest.fixture
def desk(group: DeskGroup) -> Desk:
    return group.desks.first()


@pytest.fixture
def clerk(group: DeskGroup) -> User:
    return make_staff(group.service_point)


def test_who_came_first_is_called_first(group, desk, clerk):
    make_ticket(group, 5)
    first = make_ticket(group, 9)

    assert operations.call_next(desk, by=clerk) == first


def test_a_visit_is_called_before_those_who_came_after_its_time(group, desk, clerk):
    make_ticket(group, 1)
    due = make_ticket(group, 4)
    Ticket.objects.filter(pk=due.pk).update(issued_at=timezone.now())

    assert operations.call_next(desk, by=clerk) == due


def test_who_arrives_early_for_a_visit_waits_for_those_who_came_before_its_time(group, desk, clerk):
    early = make_arrival(group, minutes=20)
    walk_in = make_ticket(group, 3)

    assert operations.call_next(desk, by=clerk) == walk_in
    assert Ticket.objects.ahead_of(early).count() == 0


def test_only_those_whom_the_desk_can_serve_are_called(desk, clerk):
    other = make_group(desk.desk_group.service_point, services=[make_service()])
    make_ticket(other, 5)

    with pytest.raises(exceptions.NobodyWaiting):
        operations.call_next(desk, by=clerk)


def test_a_call_says_the_desk(group, desk, clerk):
    make_ticket(group)

    called = operations.call_next(desk, by=clerk)

    assert (called.status, called.desk, called.calls) == ("called", desk, 1)
    assert called.events.get().kind == TicketEvent.Kind.CALLED


def test_a_desk_ends_one_before_it_calls_the_next(group, desk, clerk):
    make_ticket(group)
    make_ticket(group)
    operations.call_next(desk, by=clerk)

    with pytest.raises(exceptions.DeskBusy):
        operations.call_next(desk, by=clerk)


def test_a_number_is_called_again(group, desk, clerk):
    make_ticket(group)
    called = operations.call_next(desk, by=clerk)

    assert operations.call_again(called, by=clerk).calls == 2


def test_a_ticket_goes_from_call_to_end(group, desk, clerk):
    make_ticket(group)
    ticket = operations.call_next(desk, by=clerk)
    ticket = operations.finish(operations.start(ticket, by=clerk), by=clerk)

    assert ticket.status == Ticket.Status.SERVED
    assert [event.kind for event in ticket.events.all()] == ["called", "started", "served"]


def test_a_visit_follows_its_ticket(group, desk, clerk):
    make_arrival(group, minutes=5)
    ticket = operations.call_next(desk, by=clerk)
    operations.finish(operations.start(ticket, by=clerk), by=clerk)

    assert Appointment.objects.get().status == Appointment.Status.SERVED


def test_who_does_not_come_has_missed_the_visit(group, desk, clerk):
    make_arrival(group, minutes=5)
    operations.miss(operations.call_next(desk, by=clerk), by=clerk)

    assert Appointment.objects.get().status == Appointment.Status.MISSED
    assert Ticket.objects.get().status == Ticket.Status.MISSED


def miss_next(desk: Desk, clerk: User) -> Ticket:
    return operations.miss(operations.call_next(desk, by=clerk), by=clerk)


def check_in_again(ticket: Ticket) -> Ticket:
    return operations.check_in(ticket.queue_day.service_point, ticket.appointment.reference)


def test_who_was_missed_and_checks_in_again_is_back_in_line(group, desk, clerk):
    make_arrival(group, minutes=5)

    again = check_in_again(miss_next(desk, clerk))

    assert (again.label, again.status, again.desk) == ("A1", "waiting", None)
    assert Appointment.objects.get().status == Appointment.Status.ARRIVED
    assert Appointment.objects.get().attendees.get().active
    assert [event.kind for event in again.events.all()][-1] == TicketEvent.Kind.RETURNED


def test_who_comes_back_waits_for_those_who_were_there_meanwhile(group, desk, clerk):
    make_arrival(group, minutes=5)
    missed = miss_next(desk, clerk)
    meanwhile = make_ticket(group, 0)
    again = check_in_again(missed)

    assert operations.call_next(desk, by=clerk) == meanwhile
    assert again.appointment.starts_at > again.serve_at


def test_who_was_missed_comes_back_by_themselves_once(group, desk, clerk):
    make_arrival(group, minutes=5)
    check_in_again(miss_next(desk, clerk))
    twice = miss_next(desk, clerk)

    with pytest.raises(exceptions.MissedTwice):
        check_in_again(twice)
    assert Ticket.objects.get().status == Ticket.Status.MISSED


def test_staff_put_somebody_back_in_line_however_often_and_at_the_old_place(group, desk, clerk):
    ticket = make_ticket(group, 9)
    make_ticket(group, 5)
    for _ in range(2):
        assert operations.return_to_line(miss_next(desk, clerk), by=clerk) == ticket

    assert operations.call_next(desk, by=clerk) == ticket
    assert ticket.events.filter(kind="returned", actor=clerk).count() == 2


def test_only_who_was_missed_is_put_back_in_line(group, desk, clerk):
    make_ticket(group)
    called = operations.call_next(desk, by=clerk)

    with pytest.raises(exceptions.WrongState):
        operations.return_to_line(called, by=clerk)


def test_who_was_missed_yesterday_does_not_come_back(group, desk, clerk):
    make_arrival(group, minutes=5)
    missed = miss_next(desk, clerk)
    missed.queue_day.date -= datetime.timedelta(days=1)
    missed.queue_day.save(update_fields=["date"])

    with pytest.raises(exceptions.PointClosed):
        operations.return_to_line(missed, by=clerk)
    with pytest.raises(exceptions.UnknownReference):
        check_in_again(missed)


def test_who_has_booked_again_meanwhile_does_not_come_back_to_the_missed_visit(group, desk, clerk):
    person = make_person()
    slots = make_slots(group, 2, starts_at=timezone.now() + 5 * MINUTE)
    make_ticket_of(make_appointment(slots[0], people=[person]))
    missed = miss_next(desk, clerk)
    make_appointment(slots[1], people=[person])

    with pytest.raises(BookedMeanwhile):
        operations.return_to_line(missed, by=clerk)
    assert Ticket.objects.get().status == Ticket.Status.MISSED


def make_ticket_of(visit: Appointment) -> Ticket:
    return operations.check_in(visit.service_point, visit.reference)


@pytest.mark.parametrize("step", [operations.call_again, operations.miss, operations.start])
def test_a_step_that_somebody_else_has_taken_is_refused(group, desk, clerk, step):
    make_ticket(group)
    called = operations.call_next(desk, by=clerk)
    operations.start(called, by=clerk)

    with pytest.raises(exceptions.WrongState):
        step(called, by=clerk)


def test_a_desk_has_one_person(desk, clerk):
    operations.sit_down(clerk, desk)

    with pytest.raises(exceptions.DeskOccupied):
        operations.sit_down(make_user(), desk)


@pytest.mark.parametrize("left", ["account closed", "role taken"])
def test_who_works_here_no_more_makes_way_at_the_desk(group, desk, clerk, left):
    operations.sit_down(clerk, desk)
    if left == "role taken":
        clerk.roles.all().delete()
    else:
        User.objects.filter(pk=clerk.pk).update(is_active=False)
    successor = make_staff(group.service_point)

    assert desks_at(successor, group.service_point).get(pk=desk.pk).person is None
    operations.sit_down(successor, desk)
    assert DeskSession.objects.get(ended_at=None).user == successor


def test_sitting_down_elsewhere_leaves_the_desk(group, desk, clerk):
    operations.sit_down(clerk, desk)
    other = group.desks.last()
    operations.sit_down(clerk, other)

    assert DeskSession.objects.get(ended_at=None).desk == other


def test_a_desk_with_a_ticket_is_not_left(group, desk, clerk):
    operations.sit_down(clerk, desk)
    make_ticket(group)
    operations.call_next(desk, by=clerk)

    with pytest.raises(exceptions.DeskBusy):
        operations.stand_up(clerk)


def test_those_ahead_are_those_for_the_same_desks(group):
    other = make_group(group.service_point, services=[make_service()])
    make_ticket(other, 9, series="A", number=1)
    make_ticket(group, 8)
    mine = make_ticket(group, 7)
    make_ticket(group, 6)

    assert Ticket.objects.ahead_of(mine).count() == 1


def test_nobody_is_ahead_of_two_at_one_moment_twice(group):
    at = timezone.now()
    pair = [make_ticket(group, serve_at=at, issued_at=at) for _ in range(2)]

    assert sorted(Ticket.objects.ahead_of(ticket).count() for ticket in pair) == [0, 1]


def test_a_ticket_of_yesterday_is_not_called(group, desk, clerk):
    ticket = make_ticket(group)
    day = ticket.queue_day
    day.date -= datetime.timedelta(days=1)
    day.save(update_fields=["date"])

    with pytest.raises(exceptions.NobodyWaiting):
        operations.call_next(desk, by=clerk)


def test_a_visit_for_two_matters_waits_for_desks_that_serve_both(group, clerk):
    one, other = group.services.get(), make_service()
    ServicePair.objects.create(one=one, other=other)
    both = make_group(group.service_point, services=[one, other])
    slot = make_slots(both, 2, starts_at=timezone.now() + 10 * MINUTE)[0]
    held = booking.hold(
        user=make_user(),
        service=one,
        second_service=other,
        service_point=group.service_point,
        starts_at=slot.starts_at,
        people=1,
    )
    visit = booking.confirm(held, people=[make_person()])
    operations.check_in(group.service_point, visit.reference)
    with pytest.raises(exceptions.NobodyWaiting):
        operations.call_next(group.desks.first(), by=clerk)
    called = operations.call_next(both.desks.first(), by=make_staff(group.service_point))
    assert called.service_names == f"{one} + {other}"
