"""Reminders: when, to whom, once, and never one that is no longer true."""

import datetime
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from booking import operations
from booking.models import Appointment
from notifications import tasks
from notifications.models import Message
from tests.factories import make_appointment, make_group, make_point, make_slot, make_slots

pytestmark = pytest.mark.django_db

# Ahead of the database's clock: a visit on the Sunday on which the clocks change, 12.00 local.
SUMMER_TIME = "2031-03-30T09:00Z"
WINTER_TIME = "2031-10-26T10:00Z"


@pytest.fixture
def visit_at(time_machine):
    """Make a visit at an instant, booked a month before unless told, and set the clock there."""

    def make(instant: str = "2031-06-11T09:00Z", zone: str = "Europe/Helsinki", days: float = 30):
        starts_at = datetime.datetime.fromisoformat(instant)
        time_machine.move_to(starts_at - datetime.timedelta(days=days), tick=False)
        group = make_group(make_point(time_zone=zone))
        slot, *_others = make_slots(group, 4, starts_at=starts_at)
        visit = make_appointment(slot)
        # The database's clock cannot be set: what it noted is put where the test's clock is.
        Appointment.objects.update(confirmed_at=timezone.now())
        Message.objects.all().delete()
        return Appointment.objects.with_place().get(pk=visit.pk)

    return make


@pytest.fixture
def remind_at(time_machine):
    """Let the job run when a clock at the point shows `local`; return what has been queued."""

    def remind(local: str, zone: str = "Europe/Helsinki") -> list[str]:
        naive = datetime.datetime.fromisoformat(local)
        time_machine.move_to(naive.replace(tzinfo=timezone.zoneinfo.ZoneInfo(zone)), tick=False)
        operations.remind()
        return queued()

    return remind


def queued(**fields: Any) -> list[str]:
    chosen = Message.objects.filter(template__startswith="visit_reminder", **fields)
    return list(chosen.order_by("pk").values_list("template", flat=True))


def move_by_one(visit: Appointment) -> Appointment:
    starts_at = visit.starts_at + datetime.timedelta(minutes=10)
    moved = operations.move(visit, service_point=visit.service_point, starts_at=starts_at)
    Appointment.objects.update(moved_at=timezone.now())
    return moved


# When ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instant", "week_before", "day_before"),
    [
        ("2031-06-11T09:00Z", "2031-06-04T09:00", "2031-06-10T09:00"),
        (SUMMER_TIME, "2031-03-23T09:00", "2031-03-29T09:00"),
        ("2031-04-02T09:00Z", "2031-03-26T09:00", "2031-04-01T09:00"),
        (WINTER_TIME, "2031-10-19T09:00", "2031-10-25T09:00"),
        ("2031-10-29T10:00Z", "2031-10-22T09:00", "2031-10-28T09:00"),
    ],
)
def test_reminders_go_out_on_the_morning_a_week_and_a_day_before(
    visit_at, remind_at, instant, week_before, day_before
):
    visit_at(instant)
    just_before = week_before.replace("T09:00", "T08:55")
    assert remind_at(just_before) == []
    assert remind_at(week_before) == ["visit_reminder_7"]
    assert remind_at(day_before.replace("T09:00", "T08:55")) == ["visit_reminder_7"]
    assert remind_at(day_before) == ["visit_reminder_7", "visit_reminder_1"]


def test_the_morning_is_that_of_the_point(visit_at, remind_at):
    visit_at(zone="Europe/Stockholm")
    assert remind_at("2031-06-04T09:30", "Europe/Helsinki") == []
    assert remind_at("2031-06-04T09:00", "Europe/Stockholm") == ["visit_reminder_7"]


def test_a_reminder_says_the_local_time_across_a_clock_change(visit_at, remind_at):
    visit_at(SUMMER_TIME)
    Appointment.objects.update(language="fi")
    remind_at("2031-03-23T09:00")
    context = Message.objects.get().context
    assert (context["date"], context["time"]) == ("sunnuntai 30. maaliskuuta 2031", "12.00")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_reminder_is_in_the_language_of_the_person(visit_at, remind_at, language):
    visit_at()
    Appointment.objects.update(language=language)
    remind_at("2031-06-04T09:00")
    Message.objects.update(next_attempt_at="2020-01-01T00:00Z")
    tasks.send_due()
    subject = {"fi": "Käyntisi: ", "sv": "Ditt besök: ", "en": "Your visit: "}[language]
    assert mail.outbox[0].subject.startswith(subject)


# Once ------------------------------------------------------------------------------


def test_a_reminder_is_queued_once_however_often_the_job_runs(visit_at, remind_at):
    visit_at()
    for local in ("2031-06-04T09:00", "2031-06-04T09:05", "2031-06-05T12:00"):
        remind_at(local)
    assert queued() == ["visit_reminder_7"]


def test_what_an_outage_missed_is_caught_up_with(visit_at, remind_at):
    visit_at()
    assert remind_at("2031-06-07T15:00") == ["visit_reminder_7"]


def test_after_a_long_outage_one_reminder_stands_for_both(visit_at, remind_at):
    visit_at()
    assert remind_at("2031-06-10T15:00") == ["visit_reminder_1"]


def test_a_reminder_is_caught_up_with_on_the_morning_of_the_visit(visit_at, remind_at):
    visit_at()
    assert remind_at("2031-06-11T08:00") == ["visit_reminder_1"]


def test_nobody_is_woken_up_by_what_is_caught_up_with(visit_at, remind_at):
    visit_at()
    assert remind_at("2031-06-05T03:00") == []


# Still true ------------------------------------------------------------------------


def test_a_visit_whose_time_has_come_is_not_reminded_of(visit_at, remind_at):
    visit_at()
    assert remind_at("2031-06-11T12:00") == []


def test_a_visit_in_the_past_by_the_clock_of_the_database_is_not_either(time_machine):
    make_appointment(make_slot())
    passed = timezone.now() - datetime.timedelta(minutes=1)
    Appointment.objects.update(starts_at=passed, confirmed_at=passed - datetime.timedelta(days=30))
    time_machine.move_to(passed.replace(hour=10) - datetime.timedelta(days=1))
    operations.remind()
    assert queued() == []


def test_a_cancelled_visit_is_not_reminded_of(visit_at, remind_at):
    operations.cancel(visit_at())
    assert remind_at("2031-06-04T09:00") == []


def test_a_reminder_that_waits_is_withdrawn_when_the_visit_is_cancelled(visit_at, remind_at):
    visit = visit_at()
    remind_at("2031-06-04T09:00")
    operations.cancel(visit)
    assert queued(status="queued") == []
    assert queued(status="dropped") == ["visit_reminder_7"]


def test_a_reminder_that_waits_is_withdrawn_when_the_visit_is_moved(visit_at, remind_at):
    visit = visit_at()
    remind_at("2031-06-04T09:00")
    move_by_one(visit)
    assert queued(status="queued") == []


def test_a_reminder_that_no_server_took_in_time_is_dropped(visit_at, remind_at):
    visit_at()
    remind_at("2031-06-10T09:00")
    assert Message.objects.get().not_after == Appointment.objects.get().starts_at
    Message.objects.update(not_after=timezone.now() - datetime.timedelta(days=9999))
    tasks.send_due()
    assert mail.outbox == []


def test_a_moved_visit_is_reminded_of_its_new_time_once(visit_at, remind_at, time_machine):
    visit = visit_at()
    remind_at("2031-06-04T09:00")
    time_machine.move_to("2031-06-04T10:00Z", tick=False)
    move_by_one(visit)
    remind_at("2031-06-09T12:00")
    assert queued(status="queued") == []
    remind_at("2031-06-10T09:00")
    remind_at("2031-06-10T09:05")
    assert queued(status="queued") == ["visit_reminder_1"]
    told = Message.objects.get(status="queued", template="visit_reminder_1")
    assert told.context["time"] == "12.10"


def test_a_visit_moved_long_before_is_reminded_of_a_week_before(visit_at, remind_at):
    move_by_one(visit_at())
    assert remind_at("2031-06-04T09:00") == ["visit_reminder_7"]


@pytest.mark.parametrize(
    ("booked_days_before", "local", "reminders"),
    [
        # Booked at noon; the morning of the reminder is 21 and 45 hours later.
        (8, "2031-06-04T09:00", []),
        (9, "2031-06-04T09:00", ["visit_reminder_7"]),
        (2, "2031-06-10T09:00", []),
        (3, "2031-06-10T09:00", ["visit_reminder_1"]),
    ],
)
def test_nobody_is_reminded_within_a_day_of_booking(
    visit_at, remind_at, booked_days_before, local, reminders
):
    visit_at(days=booked_days_before)
    assert remind_at(local) == reminders
