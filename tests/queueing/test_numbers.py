"""Numbers and check-in: who gets one, when, and what the others are told."""

import datetime
import uuid

import pytest
import time_machine
from django.utils import timezone

from booking.exceptions import RequestReused
from booking.models import Appointment
from queueing import exceptions, operations
from queueing.models import QueueDay, Ticket, TicketEvent
from servicepoints.models import DeskGroup, Service
from tests.factories import (
    make_appointment,
    make_group,
    make_opening,
    make_point,
    make_service,
    make_slot,
)

pytestmark = pytest.mark.django_db

# A Wednesday, 10.00 in Helsinki; ahead of the database's clock, which sells no past times.
NOW = datetime.datetime(2031, 3, 12, 8, 0, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def open_group(desks: int = 2, **fields: object) -> DeskGroup:
    group = make_group(make_point(**fields), desks=desks)
    make_opening(group, NOW.weekday(), desks=desks, public_desks=1)
    return group


def take(group: DeskGroup, **fields: object) -> Ticket:
    defaults: dict[str, object] = {"urgent": True, "language": "fi"}
    service = fields.pop("service", None) or group.services.get()
    return operations.take_number(group.service_point, service, **defaults | fields)


def visit_at(group: DeskGroup, starts_at: datetime.datetime) -> Appointment:
    """A visit booked yesterday."""
    with time_machine.travel(NOW - datetime.timedelta(days=1), tick=False):
        slot = make_slot(group, starts_at=starts_at)
        appointment = make_appointment(slot)
    return Appointment.objects.get(pk=appointment.pk)


def test_numbers_follow_each_other_from_one():
    group = open_group()

    assert [take(group).label for _ in range(3)] == ["B1", "B2", "B3"]


def test_visits_and_urgent_matters_have_a_series_each():
    group = open_group()
    take(group)
    visit = visit_at(group, NOW + 10 * MINUTE)

    assert operations.check_in(group.service_point, visit.reference).label == "A1"


def test_a_number_is_kept_as_an_event():
    ticket = take(open_group())

    assert [event.kind for event in ticket.events.all()] == [TicketEvent.Kind.ISSUED]


def test_the_same_request_gives_the_same_number():
    group, request_id = open_group(), uuid.uuid4()

    assert take(group, request_id=request_id) == take(group, request_id=request_id)
    assert Ticket.objects.count() == 1


def test_the_same_request_for_another_matter_is_refused():
    group, request_id = open_group(), uuid.uuid4()
    take(group, request_id=request_id)

    with pytest.raises(RequestReused):
        take(group, service=make_service(), request_id=request_id)


def test_a_matter_that_is_not_urgent_gets_no_number():
    with pytest.raises(exceptions.NotUrgent):
        take(open_group(), urgent=False)


def test_citizenship_gets_no_number_however_urgent():
    service = make_service(category=Service.Category.CITIZENSHIP, can_be_urgent=False)
    group = make_group(services=[service])
    make_opening(group, NOW.weekday())

    with pytest.raises(exceptions.NotServedByNumber):
        take(group)


def test_no_number_is_given_before_opening_and_after_closing(clock):
    group = open_group()
    for hour in (5, 14):  # 7.00 and 16.00; it is open from 8.00 to 16.00.
        clock.move_to(NOW.replace(hour=hour))
        with pytest.raises(exceptions.PointClosed):
            take(group)


def test_the_point_has_a_cap_on_numbers():
    group = open_group(tickets_per_day=2)
    take(group)
    take(group)

    with pytest.raises(exceptions.NumbersExhausted):
        take(group)


def test_a_refused_number_leaves_no_gap():
    group = open_group(tickets_per_day=1)
    take(group)
    with pytest.raises(exceptions.NumbersExhausted):
        take(group)

    assert QueueDay.objects.get().last_numbers == {"B": 1}


def test_no_more_numbers_are_given_than_the_day_can_serve(clock):
    group = open_group(desks=1)
    clock.move_to(NOW.replace(hour=13, minute=40))  # 20 minutes to closing, 10 for each.
    take(group)
    take(group)

    with pytest.raises(exceptions.NumbersExhausted):
        take(group)


def test_minutes_promised_to_visits_are_not_given_to_numbers(clock):
    group = open_group(desks=1)
    visit_at(group, NOW.replace(hour=13, minute=50))
    clock.move_to(NOW.replace(hour=13, minute=40))
    take(group)

    with pytest.raises(exceptions.NumbersExhausted):
        take(group)


def test_numbers_begin_anew_at_local_midnight(clock):
    group = open_group()
    make_opening(group, (NOW.weekday() + 1) % 7, desks=2)
    take(group)
    clock.move_to(NOW + datetime.timedelta(days=1))

    assert take(group).label == "B1"


@pytest.mark.parametrize("typed", ["{0}", " {0} ", "{1} {2}"])
def test_a_reference_may_be_typed_in_lower_case_with_spaces(typed):
    group = open_group()
    visit = visit_at(group, NOW + 10 * MINUTE)
    lower = visit.reference.lower()

    ticket = operations.check_in(group.service_point, typed.format(lower, lower[:5], lower[5:]))

    assert ticket.appointment == visit
    assert ticket.serve_at == visit.starts_at


def test_checking_in_twice_gives_the_same_number():
    group = open_group()
    visit = visit_at(group, NOW + 10 * MINUTE)

    first = operations.check_in(group.service_point, visit.reference)

    assert operations.check_in(group.service_point, visit.reference) == first


def test_checking_in_marks_the_visit_arrived():
    group = open_group()
    visit = visit_at(group, NOW + 10 * MINUTE)
    operations.check_in(group.service_point, visit.reference)
    visit.refresh_from_db()

    assert visit.status == Appointment.Status.ARRIVED


def test_an_unknown_reference_is_refused():
    with pytest.raises(exceptions.UnknownReference):
        operations.check_in(open_group().service_point, "AAAAAAAAAA")


def test_a_visit_elsewhere_is_told_where():
    visit = visit_at(open_group(slug="turku"), NOW + 10 * MINUTE)

    with pytest.raises(exceptions.WrongPoint) as refusal:
        operations.check_in(open_group().service_point, visit.reference)
    assert "Turku" in str(refusal.value)


def test_who_comes_too_early_is_told_the_time():
    group = open_group()
    visit = visit_at(group, NOW + 61 * MINUTE)

    with pytest.raises(exceptions.TooEarly) as refusal:
        operations.check_in(group.service_point, visit.reference)
    assert "11.01" in str(refusal.value)


def test_who_comes_too_late_is_told_so(clock):
    group = open_group()
    visit = visit_at(group, NOW)
    clock.move_to(NOW + 31 * MINUTE)

    with pytest.raises(exceptions.TooLate):
        operations.check_in(group.service_point, visit.reference)


def test_the_rules_of_arriving_are_the_points_own(clock):
    group = open_group(arrive_late_minutes=45)
    visit = visit_at(group, NOW)
    clock.move_to(NOW + 31 * MINUTE)

    assert operations.check_in(group.service_point, visit.reference).label == "A1"


def test_a_cancelled_visit_gets_no_number():
    group = open_group()
    visit = visit_at(group, NOW + 10 * MINUTE)
    Appointment.objects.filter(pk=visit.pk).update(status="cancelled")

    with pytest.raises(exceptions.UnknownReference):
        operations.check_in(group.service_point, visit.reference)


def test_the_days_end_gives_every_ticket_an_end_state(clock):
    group = open_group()
    take(group)
    visit = visit_at(group, NOW + 10 * MINUTE)
    operations.check_in(group.service_point, visit.reference)
    clock.move_to(NOW + datetime.timedelta(days=1))

    assert operations.close_days() == 1
    assert operations.close_days() == 0
    assert {ticket.status for ticket in Ticket.objects.all()} == {Ticket.Status.CLOSED}
    assert Appointment.objects.get().status == Appointment.Status.MISSED


def test_the_day_is_not_closed_before_it_ends():
    group = open_group()
    take(group)
    assert timezone.now() == NOW

    assert operations.close_days() == 0
    assert Ticket.objects.get().status == Ticket.Status.WAITING
