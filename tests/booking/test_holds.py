"""From a free time to a confirmed appointment."""

import datetime
import uuid

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import F

from accounts.operations import Identity, identify
from booking import availability, operations, people
from booking.exceptions import (
    HoldExpired,
    InThePast,
    NoSuchTime,
    NotOffered,
    OutsideHorizon,
    PersonHasVisit,
    QuotaReached,
    RequestReused,
    SamePersonTwice,
    TimeTaken,
    WrongNumberOfPeople,
)
from booking.models import Appointment, Attendee, Slot
from booking.operations import Person
from notifications.models import Message
from tests.factories import (
    let_expire,
    make_appointment,
    make_group,
    make_hold,
    make_person,
    make_point,
    make_service,
    make_slot,
    make_slots,
    make_user,
    next_morning,
)

pytestmark = pytest.mark.django_db


def test_a_hold_takes_the_place_in_every_cell_of_the_visit():
    group = make_group(services=[make_service(minutes=30)])
    slots = make_slots(group, 4)
    make_hold(slots[0])
    assert list(Slot.objects.order_by("starts_at").values_list("taken", flat=True)) == [1, 1, 1, 0]


def test_a_hold_is_the_row_in_the_database():
    held = make_hold(make_slot(), request_id=uuid.uuid4())
    row = Appointment.objects.get()
    for field in Appointment._meta.concrete_fields:
        assert getattr(held, field.attname) == getattr(row, field.attname)


def test_a_hold_knows_its_service_and_its_place_without_asking(django_assert_num_queries):
    slot = make_slot()
    held, group = make_hold(slot), slot.desk_group
    service = group.services.get()
    with django_assert_num_queries(0):
        assert (held.service, held.desk_group) == (service, group)
        assert (held.service_point, held.desk_group.name) == (group.service_point, group.name)


def test_a_full_slot_refuses_the_next_applicant():
    slot = make_slot(capacity=1)
    make_hold(slot)
    with pytest.raises(TimeTaken):
        make_hold(slot)


def test_a_visit_that_lacks_one_cell_takes_none():
    group = make_group(services=[make_service(minutes=30)])
    slots = make_slots(group, 2)
    with pytest.raises(NoSuchTime):
        make_hold(slots[0])
    assert not Slot.objects.filter(taken__gt=0).exists()


def test_people_multiply_the_cells():
    group = make_group(services=[make_service(minutes=20)])
    slots = make_slots(group, 6)
    held = make_hold(slots[0], people=3)
    assert (held.minutes, held.cells, Slot.objects.filter(taken=1).count()) == (60, 6, 6)


def test_the_same_request_gives_the_same_hold_once():
    slot, user, request_id = make_slot(capacity=2), make_user(), uuid.uuid4()
    first = make_hold(slot, user=user, request_id=request_id)
    second = make_hold(slot, user=user, request_id=request_id)
    slot.refresh_from_db()
    assert (first.pk, slot.taken) == (second.pk, 1)


def test_a_repeated_request_keeps_the_hold_that_fills_the_slot():
    slot, user, request_id = make_slot(capacity=1), make_user(), uuid.uuid4()
    make_hold(slot, user=user, request_id=request_id)
    assert make_hold(slot, user=user, request_id=request_id).status == Appointment.Status.HELD


def test_a_request_repeated_after_its_time_gives_the_same_appointment():
    slot, user, request_id = make_slot(), make_user(), uuid.uuid4()
    held = make_hold(slot, user=user, request_id=request_id)
    long_after = slot.starts_at + datetime.timedelta(days=1)
    with time_machine.travel(long_after, tick=False):
        assert make_hold(slot, user=user, request_id=request_id).pk == held.pk


def test_a_hold_can_be_kept_longer_but_not_beyond_three_times_its_length():
    held = make_hold(make_slot())
    Appointment.objects.filter(pk=held.pk).update(
        created_at=F("created_at") - settings.HOLD_TIME * 2.5,
        expires_at=F("expires_at") - settings.HOLD_TIME * 0.9,
    )
    assert operations.extend(held)
    assert not operations.extend(held)
    held.refresh_from_db()
    assert held.expires_at == held.created_at + settings.HOLD_TIME * 3


def test_a_hold_that_has_expired_cannot_be_kept_longer():
    held = make_hold(make_slot())
    let_expire(held)
    with pytest.raises(HoldExpired):
        operations.extend(held)


def test_a_request_key_is_refused_for_another_time():
    group, user, request_id = make_group(), make_user(), uuid.uuid4()
    one, other = make_slots(group, 2)
    make_hold(one, user=user, request_id=request_id)
    with pytest.raises(RequestReused):
        make_hold(other, user=user, request_id=request_id)


def test_a_new_hold_lets_the_old_one_go():
    user, (one, other) = make_user(), make_slots(make_group(), 2)
    make_hold(one, user=user)
    make_hold(other, user=user)
    one.refresh_from_db()
    assert one.taken == 0


def test_an_expired_hold_is_free_at_once_with_all_workers_stopped():
    slot = make_slot(capacity=1)
    let_expire(make_hold(slot))
    service, point = slot.desk_group.services.get(), slot.desk_group.service_point
    assert availability.free_times(service, point, 1, slot.starts_at.date()) == [slot.starts_at]
    assert availability.first_free_times(service, 1)[0].starts_at == slot.starts_at
    assert make_hold(slot).status == Appointment.Status.HELD


def test_an_expired_hold_cannot_be_confirmed():
    held = make_hold(make_slot())
    let_expire(held)
    with pytest.raises(HoldExpired):
        operations.confirm(held, people=[make_person()])


def test_the_sweeper_gives_expired_places_back():
    slot = make_slot()
    let_expire(make_hold(slot))
    assert operations.expire_holds() == 1
    slot.refresh_from_db()
    assert slot.taken == 0


def test_confirming_twice_confirms_once_and_tells_once():
    held, person = make_hold(make_slot()), make_person()
    operations.confirm(held, people=[person])
    operations.confirm(held, people=[person])
    assert Message.objects.filter(template="visit_confirmed").count() == 1
    assert Attendee.objects.filter(appointment=held).count() == 1


def test_one_person_has_one_active_visit_for_a_service():
    one, other = make_slots(make_group(), 2)
    make_appointment(one, people=[make_person("Amina Said")])
    held = make_hold(other)
    with pytest.raises(PersonHasVisit):
        operations.confirm(held, people=[make_person("  AMINA   said")])
    held.refresh_from_db()
    assert held.status == Appointment.Status.HELD


def test_the_same_person_is_not_named_twice():
    group = make_group()
    held = make_hold(make_slots(group, 2)[0], people=2)
    with pytest.raises(SamePersonTwice):
        operations.confirm(held, people=[make_person("A B"), make_person("a b")])


def test_everybody_must_be_named():
    held = make_hold(make_slots(make_group(), 2)[0], people=2)
    with pytest.raises(WrongNumberOfPeople):
        operations.confirm(held, people=[make_person()])


def test_one_email_address_has_at_most_three_active_times():
    user, slots = make_user(), make_slots(make_group(), 4)
    for slot in slots[:3]:
        make_appointment(slot, user=user)
    with pytest.raises(QuotaReached):
        make_hold(slots[3], user=user)


@pytest.mark.parametrize("people", [0, 7])
def test_none_and_seven_people_are_refused(people):
    with pytest.raises(WrongNumberOfPeople):
        make_hold(make_slot(), people=people)


def test_a_time_in_the_past_is_refused():
    with pytest.raises(InThePast):
        make_hold(make_slot(starts_at=next_morning(-2)))


def test_a_time_beyond_the_horizon_is_refused_even_if_its_slot_exists():
    slot = make_slot(starts_at=next_morning(200))
    with pytest.raises(OutsideHorizon):
        make_hold(slot)


def test_a_service_the_point_does_not_offer_is_refused():
    slot = make_slot()
    with pytest.raises(NotOffered):
        operations.hold(
            user=make_user(),
            service=make_service(),
            service_point=slot.desk_group.service_point,
            starts_at=slot.starts_at,
            people=1,
        )


def test_a_slot_that_is_not_released_does_not_exist_for_applicants():
    with pytest.raises(NoSuchTime):
        make_hold(make_slot(released=False))


def test_an_extra_day_for_some_services_refuses_the_others():
    service, other = make_service(), make_service()
    group = make_group(services=[service, other])
    slot = make_slot(group, only_services=[other.pk])
    point = group.service_point
    assert availability.free_times(service, point, 1, slot.starts_at.date()) == []
    assert availability.free_times(other, point, 1, slot.starts_at.date()) == [slot.starts_at]


def test_times_are_offered_in_steps_of_a_visit_within_each_run():
    grid = datetime.timedelta(minutes=10)
    start = next_morning()
    run = [start + grid * i for i in (0, 1, 2, 3, 4, 5, 6, 8, 9)]
    offered = availability.offered_starts(run, grid, 3)
    assert offered == [start, start + grid * 3]


@pytest.mark.parametrize("date", [datetime.date.min, datetime.date.max])
def test_days_beyond_the_horizon_have_no_times(date):
    slot = make_slot()
    service, point = slot.desk_group.services.get(), slot.desk_group.service_point
    assert availability.free_times(service, point, 1, date) == []
    assert availability.free_days(service, point, 1, date, date) == {}


def test_points_are_listed_by_their_first_free_time():
    service = make_service()
    late, early, full = (make_group(make_point(), services=[service]) for _ in range(3))
    make_slot(late, starts_at=next_morning(9))
    make_slot(early, starts_at=next_morning(3))
    make_hold(make_slot(full))
    found = availability.first_free_times(service, 1)
    assert [row.service_point for row in found] == [
        early.service_point,
        late.service_point,
        full.service_point,
    ]
    assert found[2].starts_at is None


# Zero width, soft hyphen, word joiner, variation selector, Hangul filler, right-to-left override.
@pytest.mark.parametrize("unseen", ["\u200b", "\u00ad", "\u2060", "\ufe0f", "\u3164", "\u202e"])
def test_a_sign_that_nobody_sees_makes_nobody_another_person(unseen):
    slot, born = make_slot(capacity=2), datetime.date(1990, 5, 17)
    operations.confirm(make_hold(slot), people=[Person("Aino Virtanen", born)])
    with pytest.raises(PersonHasVisit):
        operations.confirm(make_hold(slot), people=[Person(f"Ai{unseen}no Virtanen", born)])


@pytest.mark.parametrize("seen", ["o", "\u0301", "-", "\u674e"])
def test_a_sign_that_shows_makes_another_person(seen):
    slot, born = make_slot(capacity=2), datetime.date(1990, 5, 17)
    operations.confirm(make_hold(slot), people=[Person("Aino Virtanen", born)])
    operations.confirm(make_hold(slot), people=[Person(f"Aino{seen} Virtanen", born)])


def test_a_name_keeps_the_joiners_of_its_script_and_nothing_else_unseen():
    assert people.checked_name("\u202eعلی\u200cرضا\u200b") == "علی\u200cرضا"


@pytest.mark.parametrize("name", ["\u3164\u3164", "\u200d", "\ufe0f"])
def test_a_name_that_does_not_show_is_no_name(name):
    with pytest.raises(ValidationError):
        people.checked_name(name)


# Somebody who has identified strongly -------------------------------------------------------


@pytest.fixture
def aino():
    identity = Identity("a" * 64, "Aino Maria Virtanen", datetime.date(1990, 5, 17))
    return identify(make_user(), identity)


def test_who_has_identified_has_one_visit_for_a_service_however_the_name_is_spelt(aino):
    group = make_group()
    first, second = make_slots(group, 2)
    make_appointment(first, user=aino, people=[make_person("Aino Virtanen")])

    with pytest.raises(PersonHasVisit):
        make_appointment(second, user=aino, people=[make_person("Aino M. Virtanen")])


def test_who_has_not_identified_has_a_visit_for_each_spelling():
    """What the identity adds: by name and birth date alone these are two people."""
    group, user = make_group(), make_user()
    first, second = make_slots(group, 2)
    make_appointment(first, user=user, people=[make_person("Aino Virtanen")])

    assert make_appointment(second, user=user, people=[make_person("Aino M. Virtanen")])


def test_others_that_an_identified_person_books_for_are_themselves(aino):
    group = make_group()
    first, second = make_slots(group, 2)
    make_appointment(first, user=aino, people=[make_person("Aino Virtanen")])
    child = make_person("Eino Virtanen", datetime.date(2020, 1, 1))

    visit = make_appointment(second, user=aino, people=[child])

    assert visit.attendees.get().identity_key is None


def test_the_identity_is_kept_with_the_person_whose_it_is(aino):
    family = [
        make_person("Eino Virtanen", datetime.date(2020, 1, 1)),
        make_person("Aino Virtanen"),
    ]

    visit = make_appointment(make_slots(make_group(), 2)[0], user=aino, people=family)

    assert [person.identity_key for person in visit.attendees.all()] == [None, "a" * 64]


def test_twins_who_come_together_are_two_people(aino):
    twins = [make_person("Aada Virtanen"), make_person("Aino Maria Virtanen")]

    visit = make_appointment(make_slots(make_group(), 2)[0], user=aino, people=twins)

    assert [person.identity_key for person in visit.attendees.all()] == [None, "a" * 64]
