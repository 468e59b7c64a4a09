"""Desks at one moment: everybody is called once, by one desk (I5)."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from queueing import operations
from queueing.exceptions import DeskBusy, NobodyWaiting
from queueing.models import DeskSession, Ticket, TicketEvent
from servicepoints.models import Desk, DeskGroup
from tests.factories import make_open_group, make_staff, make_user
from tests.races.racing import (
    Meeting,
    broken,
    check_invariants,
    interleave,
    is_deadlock,
    kinds,
    race,
    wait_until_somebody_is_stuck,
)

pytestmark = pytest.mark.django_db(transaction=True)


def waiting(count: int, desks: int) -> DeskGroup:
    """A group of desks with so many people in line."""
    group = make_open_group(desks=desks)
    for _ in range(count):
        operations.take_number(
            group.service_point, group.services.get(), urgent=True, language="fi"
        )
    return group


def presses(desk: Desk) -> Callable[[], Ticket]:
    """The button of a desk: a new clerk each, since nobody sits there."""
    return partial(operations.call_next, desk, by=make_user())


def naive_call(desk: Desk, meeting: Meeting) -> Ticket:
    """See who is first, then call them."""
    if Ticket.objects.at_a_desk().filter(desk=desk).exists():
        raise DeskBusy(number="")
    first = Ticket.objects.waiting().first()
    if first is None:
        raise NobodyWaiting
    meeting.wait()
    return naive_step(first, desk)


def naive_step(ticket: Ticket, desk: Desk) -> Ticket:
    with transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(
            status="called", desk=desk, called_at=timezone.now(), calls=1
        )
        TicketEvent.objects.create(ticket=ticket, kind=TicketEvent.Kind.CALLED, desk=desk)
    return ticket


# Calling next --------------------------------------------------------------------------


def test_ten_desks_that_press_next_get_ten_different_people():
    group = waiting(15, desks=10)

    called = race([presses(desk) for desk in group.desks.all()])

    assert sorted(ticket.number for ticket in called) == list(range(1, 11))
    check_invariants()


def test_ten_desks_that_press_next_get_the_same_person_without_the_lock():
    group, meeting = waiting(15, desks=10), Meeting(10)

    called = race([partial(naive_call, desk, meeting) for desk in group.desks.all()])

    assert {ticket.number for ticket in called} == {1}
    assert broken() == {"I5"}


def test_twenty_desks_that_press_next_call_each_of_ten_people_once():
    group = waiting(10, desks=20)

    outcomes = race([presses(desk) for desk in group.desks.all()])

    assert kinds(outcomes) == {"NobodyWaiting": 10, "Ticket": 10}
    assert len({ticket.pk for ticket in outcomes if isinstance(ticket, Ticket)}) == 10
    check_invariants()


def serve(desk: Desk, clerk: User, people: int) -> list[int]:
    served = []
    for _ in range(people):
        ticket = operations.call_next(desk, by=clerk)
        operations.finish(operations.start(ticket, by=clerk), by=clerk)
        served.append(ticket.number)
    return served


def test_desks_that_serve_one_after_the_other_serve_everybody_once():
    group = waiting(30, desks=6)

    served = race([partial(serve, desk, make_user(), 5) for desk in group.desks.all()])

    assert sorted(number for numbers in served for number in numbers) == list(range(1, 31))
    check_invariants()


def test_a_desk_that_presses_many_times_at_one_moment_calls_one_person():
    group = waiting(20, desks=1)

    outcomes = race([presses(group.desks.get()) for _ in range(20)])

    assert kinds(outcomes) == {"DeskBusy": 19, "Ticket": 1}
    check_invariants()


def test_a_desk_that_presses_many_times_calls_many_without_the_lock_and_the_constraint(without):
    without(Ticket, "a_desk_has_one_ticket_at_a_time")
    group, meeting = waiting(20, desks=1), Meeting(10)
    desk, people = group.desks.get(), Ticket.objects.waiting()[:10]

    def press(ticket: Ticket) -> Ticket:
        assert not Ticket.objects.at_a_desk().filter(desk=desk).exists()
        meeting.wait()
        return naive_step(ticket, desk)

    race([partial(press, ticket) for ticket in people])

    assert Ticket.objects.at_a_desk().filter(desk=desk).count() == 10
    assert broken() == {"I5"}


CALLS = 'UPDATE "queueing_ticket"'


def test_a_desk_that_presses_twice_keeps_nobody_from_another_desk():
    group = waiting(2, desks=2)
    one, other = group.desks.all()

    first, second, elsewhere = interleave(
        presses(one), before=CALLS, others=[presses(one), presses(other)]
    )

    assert (first.number, elsewhere.number) == (1, 2)
    assert isinstance(second, DeskBusy)
    check_invariants()


def call_without_the_desks_lock(desk: Desk) -> Ticket:
    """Lock the first in line; learn from the constraint that the desk was pressed twice."""
    with transaction.atomic():
        lock = Ticket.objects.waiting().select_for_update(skip_locked=True, no_key=True)
        if (first := lock.first()) is None:
            raise NobodyWaiting
        return naive_step(first, desk)


def test_a_desk_that_presses_twice_keeps_the_next_from_another_desk_without_its_lock():
    group = waiting(2, desks=2)
    one, other = group.desks.all()
    press_again = partial(call_without_the_desks_lock, one)

    def press_elsewhere() -> Ticket:
        wait_until_somebody_is_stuck()
        return call_without_the_desks_lock(other)

    outcomes = interleave(
        press_again,
        before='INSERT INTO "queueing_ticketevent"',
        others=[press_again, press_elsewhere],
        expect=(IntegrityError, NobodyWaiting),
    )

    assert [type(outcome) for outcome in outcomes] == [Ticket, IntegrityError, NobodyWaiting]


# One ticket ----------------------------------------------------------------------------


@pytest.fixture
def called() -> Ticket:
    group = waiting(1, desks=1)
    return operations.call_next(group.desks.get(), by=make_user())


@pytest.mark.parametrize("step", [operations.start, operations.miss])
def test_a_step_that_many_take_at_one_moment_is_taken_once(called, step):
    outcomes = race([partial(step, called, by=make_user()) for _ in range(10)])

    assert kinds(outcomes) == {"Ticket": 1, "WrongState": 9}
    check_invariants()


def test_who_starts_and_who_gives_up_at_one_moment_are_not_both_right(called):
    clerks = [partial(step, called, by=make_user()) for step in (operations.start, operations.miss)]

    outcomes = race(clerks * 5)

    assert kinds(outcomes) == {"Ticket": 1, "WrongState": 9}
    check_invariants()


@pytest.fixture
def missed(called) -> Ticket:
    return operations.miss(called, by=make_user())


def test_who_is_put_back_in_line_by_many_at_one_moment_is_put_there_once(missed):
    outcomes = race([partial(operations.return_to_line, missed, by=make_user()) for _ in range(10)])

    assert kinds(outcomes) == {"Ticket": 1, "WrongState": 9}
    assert missed.events.filter(kind="returned").count() == 1
    check_invariants()


def naive_return(ticket: Ticket, meeting: Meeting) -> None:
    """See that the ticket was missed, then put it back."""
    assert Ticket.objects.get(pk=ticket.pk).status == "missed"
    meeting.wait()
    Ticket.objects.filter(pk=ticket.pk).update(
        status="waiting", desk=None, called_at=None, calls=0, ended_at=None
    )
    TicketEvent.objects.create(ticket=ticket, kind="returned")


def test_who_is_put_back_in_line_by_many_is_put_there_many_times_without_the_guard(missed):
    meeting = Meeting(10)

    race([partial(naive_return, missed, meeting)] * 10)

    assert missed.events.filter(kind="returned").count() == 10
    assert broken() == {"I4"}


def naive_start(ticket: Ticket, meeting: Meeting) -> None:
    """See that the ticket is called, then start it."""
    assert Ticket.objects.get(pk=ticket.pk).status == "called"
    meeting.wait()
    Ticket.objects.filter(pk=ticket.pk).update(status="in_service", started_at=timezone.now())
    TicketEvent.objects.create(ticket=ticket, kind="started", desk=ticket.desk)


def test_a_step_that_many_take_at_one_moment_is_taken_many_times_without_the_guard(called):
    meeting = Meeting(10)

    race([partial(naive_start, called, meeting)] * 10)

    assert called.events.filter(kind="started").count() == 10
    assert broken() == {"I5"}


def test_calls_that_are_repeated_at_one_moment_are_all_counted(called):
    race([partial(operations.call_again, called, by=make_user()) for _ in range(10)])

    assert Ticket.objects.get().calls == 1 + 10
    check_invariants()


def naive_call_again(ticket: Ticket) -> None:
    """Add one to the calls that the page has seen."""
    Ticket.objects.filter(pk=ticket.pk).update(calls=ticket.calls + 1)
    TicketEvent.objects.create(ticket=ticket, kind="recalled", desk=ticket.desk)


def test_calls_that_are_repeated_at_one_moment_get_lost_when_the_page_counts_them(called):
    race([partial(naive_call_again, called)] * 10)

    assert Ticket.objects.get().calls == 2
    assert broken() == {"I5"}


# A desk and its person -----------------------------------------------------------------


def sitting() -> list[DeskSession]:
    return list(DeskSession.objects.filter(ended_at__isnull=True).order_by("desk"))


def test_many_who_sit_down_at_one_desk_get_it_once():
    group = make_open_group()
    desk, point = group.desks.get(), group.service_point

    outcomes = race([partial(operations.sit_down, make_staff(point), desk) for _ in range(10)])

    assert kinds(outcomes) == {"DeskOccupied": 9, "DeskSession": 1}
    assert len(sitting()) == 1


def test_many_who_sit_down_at_one_desk_all_get_it_without_the_constraint(without):
    without(DeskSession, "one_person_per_desk")
    desk, meeting = make_open_group().desks.get(), Meeting(10)

    race([partial(naive_sitting, make_user(), desk, meeting) for _ in range(10)])

    assert len(sitting()) == 10


def naive_sitting(user: User, desk: Desk, meeting: Meeting) -> None:
    """See that nobody sits there, then sit down."""
    assert not DeskSession.objects.filter(desk=desk, ended_at__isnull=True).exists()
    meeting.wait()
    DeskSession.objects.create(user=user, desk=desk)


def test_who_sits_down_many_times_at_one_moment_sits_there():
    group = make_open_group()
    desk, clerk = group.desks.get(), make_staff(group.service_point)

    outcomes = race([partial(operations.sit_down, clerk, desk)] * 10)

    assert {session.pk for session in outcomes} == {sitting()[0].pk}


def test_who_sits_down_at_two_desks_at_one_moment_sits_at_one():
    desks, clerk = make_open_group(desks=2).desks.all(), make_user()

    outcomes = race([partial(operations.sit_down, clerk, desk) for desk in desks])

    assert kinds(outcomes) == {"DeskSession": 2}
    assert len(sitting()) == 1


def change_places(sit_down: Callable) -> list:
    """Two people who each sit down at the other's desk."""
    group = make_open_group(desks=2)
    one, other = group.desks.all()
    a, b = make_staff(group.service_point), make_staff(group.service_point)
    operations.sit_down(a, one)
    operations.sit_down(b, other)
    return race([partial(sit_down, a, other), partial(sit_down, b, one)], expect=(Exception,))


def test_two_people_who_change_places_at_one_moment_refuse_each_other():
    assert kinds(change_places(operations.sit_down)) == {"DeskOccupied": 2}
    assert len(sitting()) == 2


def test_two_people_who_change_places_deadlock_without_the_locks():
    meeting = Meeting(2)

    def sit_down(user: User, desk: Desk) -> None:
        with transaction.atomic():
            operations.stand_up(user)
            meeting.wait()
            DeskSession.objects.create(user=user, desk=desk)

    assert sum(is_deadlock(outcome) for outcome in change_places(sit_down)) == 1


def test_a_desk_is_not_left_while_somebody_is_called_to_it():
    group, clerk = waiting(1, desks=1), make_user()
    desk = group.desks.get()
    operations.sit_down(clerk, desk)

    outcomes = interleave(presses(desk), before=CALLS, others=[partial(operations.stand_up, clerk)])

    assert kinds(outcomes) == {"DeskBusy": 1, "Ticket": 1}
    assert len(sitting()) == 1


def test_a_desk_is_left_while_somebody_is_called_to_it_without_its_lock():
    group, clerk = waiting(1, desks=1), make_user()
    desk = group.desks.get()
    operations.sit_down(clerk, desk)

    outcomes = interleave(
        partial(call_without_the_desks_lock, desk),
        before='INSERT INTO "queueing_ticketevent"',
        others=[partial(operations.stand_up, clerk)],
    )

    assert kinds(outcomes) == {"NoneType": 1, "Ticket": 1}
    assert sitting() == []
