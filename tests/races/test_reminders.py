"""Reminders while somebody cancels or moves, and by two workers: once, and still true (I7)."""

import datetime
from functools import partial

import pytest
from django.utils import timezone

from booking import messages, operations
from booking.models import Appointment
from notifications.models import Message
from tests.factories import make_appointment, make_group, make_slots
from tests.races.racing import interleave, race

pytestmark = pytest.mark.django_db(transaction=True)

# Ahead of the database's clock, which sells no past times.
STARTS_AT = datetime.datetime(2031, 6, 11, 9, tzinfo=datetime.UTC)
QUEUEING = 'INSERT INTO "notifications_message"'
LOCKING = "FOR NO KEY UPDATE"


@pytest.fixture
def visits(time_machine):
    """Three visits, on the morning a week before them; only reminders are in the outbox."""
    time_machine.move_to(STARTS_AT - datetime.timedelta(days=30), tick=False)
    slots = make_slots(make_group(), 6, starts_at=STARTS_AT)
    visits = [make_appointment(slot) for slot in slots[:3]]
    Appointment.objects.update(confirmed_at=timezone.now())
    Message.objects.all().delete()
    time_machine.move_to("2031-06-04T06:30Z", tick=False)
    return visits


def later(visit: Appointment) -> Appointment:
    starts_at = visit.starts_at + datetime.timedelta(minutes=30)
    return operations.move(visit, service_point=visit.service_point, starts_at=starts_at)


def reminders(**fields: str) -> list[str]:
    """The visits whose first time is reminded of."""
    chosen = Message.objects.filter(key__startswith="reminder-7:", key__endswith=":0", **fields)
    return sorted(key.split(":")[1] for key in chosen.values_list("key", flat=True))


def ids(*visits: Appointment) -> list[str]:
    return sorted(str(visit.pk) for visit in visits)


def test_many_workers_remind_everybody_once(visits):
    race([operations.remind] * 8)
    assert reminders() == ids(*visits)


def test_a_worker_that_comes_in_between_reminds_nobody_twice(visits):
    interleave(operations.remind, before=QUEUEING, others=[operations.remind])
    assert reminders() == ids(*visits)


def test_somebody_is_reminded_twice_without_the_unique_key(visits, without):
    without(Message, "a_message_is_queued_once_per_channel")
    interleave(operations.remind, before=QUEUEING, others=[operations.remind])
    assert len(reminders()) > len(visits)


@pytest.mark.parametrize("change", [operations.cancel, later])
def test_a_visit_that_changes_before_it_is_locked_is_not_reminded_of(visits, change):
    interleave(operations.remind, before=LOCKING, others=[partial(change, visits[0])])
    assert reminders() == ids(*visits[1:])


@pytest.mark.parametrize("change", [operations.cancel, later])
def test_a_reminder_that_is_queued_meanwhile_is_withdrawn(visits, change):
    interleave(operations.remind, before=QUEUEING, others=[partial(change, visits[0])])
    assert reminders(status="queued") == ids(*visits[1:])
    assert reminders(status="dropped") == ids(visits[0])


def naive_remind(visit: Appointment) -> None:
    """Remind of a visit as it was read, and lock nothing."""
    messages.queue_reminder(Appointment.objects.with_place().get(pk=visit.pk), 7)


@pytest.mark.parametrize("change", [operations.cancel, later])
def test_a_reminder_is_no_longer_true_without_the_lock(visits, change):
    reminding = partial(naive_remind, visits[0])
    interleave(reminding, before=QUEUEING, others=[partial(change, visits[0])])
    assert reminders(status="queued") == ids(visits[0])
