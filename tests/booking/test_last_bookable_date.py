"""Six calendar months and not a day more (P2), from what is shown to what can be held."""

import datetime
import uuid

import pytest

from booking import availability, operations
from booking.answers import value_of
from booking.exceptions import OutsideHorizon
from booking.models import Appointment, Slot
from servicepoints.models import DeskGroup
from tests.factories import (
    make_appointment,
    make_group,
    make_opening,
    make_point,
    make_service,
    make_slot,
    make_user,
)

pytestmark = pytest.mark.django_db

HELSINKI, STOCKHOLM = "Europe/Helsinki", "Europe/Stockholm"
# When it is asked (UTC, ahead of the database's clock, which sells no past times), where, and
# the last local date that can be booked then.
MOMENTS = [
    # 31 August, before a common and before a leap February.
    ("2030-08-31T09:00", HELSINKI, "2031-02-28"),
    ("2031-08-31T09:00", HELSINKI, "2032-02-29"),
    # A leap day, and the last of the days before it.
    ("2032-02-29T09:00", HELSINKI, "2032-08-29"),
    ("2032-02-28T21:59", HELSINKI, "2032-08-28"),
    ("2032-02-28T22:00", HELSINKI, "2032-08-29"),
    # The spring change, on both sides of the local midnights around it.
    ("2031-03-29T21:59", HELSINKI, "2031-09-29"),
    ("2031-03-29T22:00", HELSINKI, "2031-09-30"),
    ("2031-03-30T20:59", HELSINKI, "2031-09-30"),
    ("2031-03-30T21:00", HELSINKI, "2031-09-30"),
    ("2031-03-30T21:00", STOCKHOLM, "2031-09-30"),
    ("2031-03-30T22:00", STOCKHOLM, "2031-09-30"),
    # The autumn change.
    ("2031-10-25T20:59", HELSINKI, "2032-04-25"),
    ("2031-10-25T21:00", HELSINKI, "2032-04-26"),
    ("2031-10-26T21:59", HELSINKI, "2032-04-26"),
    ("2031-10-26T22:00", HELSINKI, "2032-04-27"),
    ("2031-10-26T22:00", STOCKHOLM, "2032-04-26"),
    ("2031-10-26T23:00", STOCKHOLM, "2032-04-27"),
    # The last bookable date is itself the day of a change.
    ("2031-04-26T09:00", HELSINKI, "2031-10-26"),
    ("2030-09-30T09:00", HELSINKI, "2031-03-30"),
    ("2030-09-30T09:00", STOCKHOLM, "2031-03-30"),
]
every_moment = pytest.mark.parametrize(("utc", "zone", "last"), MOMENTS)


@pytest.fixture
def group_at(time_machine):
    """Return a group in `zone` with a slot in the first and last minutes around the horizon."""

    def make(utc: str, zone: str, last: str) -> tuple[DeskGroup, list[Slot], list[Slot]]:
        time_machine.move_to(datetime.datetime.fromisoformat(f"{utc}+00:00"), tick=False)
        group = make_group(make_point("here", time_zone=zone), services=[make_service("study")])
        beginning, end = group.service_point.day_bounds(datetime.date.fromisoformat(last))
        ten_minutes = datetime.timedelta(minutes=10)
        on_it = [make_slot(group, starts_at=at) for at in (beginning, end - ten_minutes)]
        return group, on_it, [make_slot(group, starts_at=end)]

    return make


def hold(group, slot):
    return operations.hold(
        user=make_user(),
        service=group.services.get(),
        service_point=group.service_point,
        starts_at=slot.starts_at,
        people=1,
    )


@every_moment
def test_times_are_shown_up_to_the_last_day(group_at, utc, zone, last):
    group, on_it, _after = group_at(utc, zone, last)
    service, point = group.services.get(), group.service_point
    day = datetime.date.fromisoformat(last)
    next_day = day + datetime.timedelta(days=1)
    shown = [slot.starts_at for slot in on_it]
    assert availability.free_times(service, point, 1, day) == shown
    assert availability.free_times(service, point, 1, next_day) == []
    assert availability.free_times_by_day(service, point, 1, day, next_day) == {day: shown}
    assert availability.next_free_times(service, point, 1, shown[0]) == shown


@every_moment
def test_the_first_free_time_is_never_after_the_last_day(group_at, utc, zone, last):
    group, on_it, _after = group_at(utc, zone, last)
    first = availability.first_free_times(group.services.get(), 1)[0]
    assert first.starts_at == on_it[0].starts_at
    group.slots.filter(pk__in=[slot.pk for slot in on_it]).delete()
    assert availability.first_free_times(group.services.get(), 1)[0].starts_at is None


@every_moment
def test_a_time_on_the_last_day_is_held_and_one_on_the_next_is_not(group_at, utc, zone, last):
    group, on_it, (after,) = group_at(utc, zone, last)
    for slot in on_it:
        assert hold(group, slot).starts_at == slot.starts_at
    with pytest.raises(OutsideHorizon):
        hold(group, after)
    after.refresh_from_db()
    assert after.taken == 0


@every_moment
def test_a_visit_is_moved_to_the_last_day_and_not_beyond(group_at, utc, zone, last):
    group, (one, other), (after,) = group_at(utc, zone, last)
    visit = make_appointment(one)
    point = group.service_point
    with pytest.raises(OutsideHorizon):
        operations.move(visit, service_point=point, starts_at=after.starts_at)
    assert operations.move(visit, service_point=point, starts_at=other.starts_at).moves == 1


@pytest.mark.parametrize(("utc", "zone", "last"), MOMENTS[:3])
def test_slots_are_made_up_to_the_last_day(time_machine, utc, zone, last):
    time_machine.move_to(datetime.datetime.fromisoformat(f"{utc}+00:00"), tick=False)
    group = make_group(make_point(time_zone=zone))
    for weekday in range(7):
        make_opening(group, weekday, opens_at=datetime.time(12), closes_at=datetime.time(12, 10))
    operations.open_horizon()
    latest = group.slots.latest("starts_at").starts_at.astimezone(group.service_point.zone)
    assert latest.date() == datetime.date.fromisoformat(last)


def test_a_day_later_one_day_more_can_be_booked(group_at, time_machine):
    group, _on_it, (after,) = group_at("2031-05-14T09:00", HELSINKI, "2031-11-14")
    time_machine.move_to(datetime.datetime(2031, 5, 14, 21, tzinfo=datetime.UTC))  # midnight
    assert hold(group, after).starts_at == after.starts_at


# The same on the pages and for programs -------------------------------------------------


@pytest.mark.parametrize(("utc", "zone", "last"), [MOMENTS[1], MOMENTS[2], MOMENTS[16]])
def test_the_pages_show_and_hold_the_last_day_and_refuse_the_next(
    client, group_at, utc, zone, last
):
    _group, (slot, _end), (after,) = group_at(utc, zone, last)
    client.force_login(make_user())
    answers = {"service": "study", "people": "1", "point": "here"}
    page = client.get("/book/time/", answers | {"date": last}).content.decode()
    assert value_of(slot.starts_at) in page and value_of(after.starts_at) not in page
    beyond = client.post("/book/hold/", answers | {"time": value_of(after.starts_at)})
    assert (beyond.status_code, Appointment.objects.count()) == (422, 0)
    client.post("/book/hold/", answers | {"time": value_of(slot.starts_at)})
    assert Appointment.objects.get().starts_at == slot.starts_at


@pytest.mark.parametrize(("utc", "zone", "last"), [MOMENTS[1], MOMENTS[2], MOMENTS[16]])
def test_programs_are_told_the_last_day_and_refused_the_next(client, group_at, utc, zone, last):
    _group, (slot, _end), (after,) = group_at(utc, zone, last)
    client.force_login(make_user())
    assert client.get("/api/v1/service-points/here").json()["last_bookable_date"] == last
    statuses = []
    for time in (after.starts_at, slot.starts_at):
        body = {"service": "study", "service_point": "here", "starts_at": time.isoformat()}
        key = {"Idempotency-Key": str(uuid.uuid4())}
        answer = client.post("/api/v1/appointments", body, "application/json", headers=key)
        statuses.append((answer.status_code, answer.json().get("code")))
    assert statuses == [(422, "outside_horizon"), (201, None)]
