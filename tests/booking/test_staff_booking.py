"""What staff do for somebody: book, move, cancel; beyond the public capacity; and what is kept."""

import datetime
import uuid

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from booking import availability, operations
from booking.exceptions import (
    AlreadyHandled,
    BeyondPublic,
    HoldExpired,
    NoSuchTime,
    PersonHasVisit,
    PersonHasVisitHere,
    QuotaReached,
    ReasonNeeded,
    RequestReused,
    TimeTaken,
)
from booking.models import Appointment, FreedTime, Slot, VisitEvent
from notifications.models import Message
from servicepoints.pair_models import ServicePair
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
    make_staff,
    make_staff_hold,
    make_staff_visit,
    make_user,
)

pytestmark = pytest.mark.django_db

WHY = "Expires tomorrow"


def half_public(**fields):
    """A slot with two places, one of which the public can book."""
    return make_slot(capacity=2, public_capacity=1, **fields)


def move(visit, slot, **how):
    by = how.pop("by", None) or make_staff(visit.service_point)
    return operations.move_for_somebody(visit, by=by, starts_at=slot.starts_at, **how)


def cancel(visit, reason="Asked by phone"):
    return operations.cancel_for_somebody(visit, by=make_staff(visit.service_point), reason=reason)


def taken():
    return list(Slot.objects.order_by("starts_at").values_list("taken", flat=True))


# Booking -----------------------------------------------------------------------------------


def test_somebody_without_an_address_has_a_visit_of_nobodys_account():
    visit = make_staff_visit(make_slot())
    assert (visit.status, visit.user, visit.email) == ("confirmed", None, "")
    assert not Message.objects.exists()


def test_somebody_with_an_address_is_told_and_finds_the_visit_after_signing_in():
    applicant = make_user("amina@example.org")
    visit = make_staff_visit(make_slot(), email="Amina@example.org", language="sv")
    message = Message.objects.get(template="visit_confirmed")
    assert (visit.user, visit.quota_place) == (applicant, 1)
    assert (message.to, message.language) == ("amina@example.org", "sv")


def test_a_new_address_gets_an_account_that_is_not_proved_yet():
    visit = make_staff_visit(make_slot(), email="new@example.org")
    assert not visit.user.emailaddress_set.get().verified


def test_somebody_with_a_phone_alone_gets_a_text_message_without_a_link(settings):
    settings.SMS_BACKEND = "config.mailbox.send_sms"
    make_staff_visit(make_slot(), phone="+358 40 123 4567")
    message = Message.objects.get()
    assert (message.channel, message.context["short_url"]) == ("sms", "")


def test_a_booking_says_who_made_it():
    slot = make_slot()
    clerk = make_staff(slot.desk_group.service_point)
    visit = make_staff_visit(slot, by=clerk)
    event = visit.events.get()
    assert (event.kind, event.staff, event.starts_at) == ("booked", clerk, slot.starts_at)
    assert timezone.now() - event.at < datetime.timedelta(minutes=1)


def test_confirming_twice_is_one_visit_and_one_record():
    slot = make_slot()
    clerk, people = make_staff(slot.desk_group.service_point), [make_person()]
    held = make_staff_hold(slot, by=clerk)
    for _ in range(2):
        visit = operations.confirm_for_somebody(held, by=clerk, people=people, language="fi")
    assert (visit.status, VisitEvent.objects.count(), taken()) == ("confirmed", 1, [1])


def test_a_member_of_staff_keeps_one_time_at_a_time():
    one, other = make_slots(make_group(), 2)
    clerk = make_staff(one.desk_group.service_point)
    make_staff_hold(one, by=clerk)
    make_staff_hold(other, by=clerk)
    assert taken() == [0, 1]


def test_two_members_of_staff_keep_two_times():
    for slot in make_slots(make_group(), 2):
        make_staff_hold(slot)
    assert taken() == [1, 1]


def test_the_hold_of_a_clerk_leaves_the_clerks_own_booking_alone():
    one, other = make_slots(make_group(), 2)
    clerk = make_staff(one.desk_group.service_point)
    make_hold(one, user=clerk)
    make_staff_hold(other, by=clerk)
    assert taken() == [1, 1]


def test_the_same_request_is_one_hold():
    slot, request_id = make_slot(capacity=2), uuid.uuid4()
    clerk = make_staff(slot.desk_group.service_point)
    first, second = (make_staff_hold(slot, by=clerk, request_id=request_id) for _ in range(2))
    assert (first.pk, taken()) == (second.pk, [1])


def test_the_same_request_for_another_time_is_refused():
    one, other = make_slots(make_group(), 2)
    clerk, request_id = make_staff(one.desk_group.service_point), uuid.uuid4()
    make_staff_hold(one, by=clerk, request_id=request_id)
    with pytest.raises(RequestReused):
        make_staff_hold(other, by=clerk, request_id=request_id)


def test_a_hold_of_staff_expires_like_any_other():
    slot = make_slot()
    clerk = make_staff(slot.desk_group.service_point)
    held = make_staff_hold(slot, by=clerk)
    let_expire(held)
    with pytest.raises(HoldExpired):
        operations.confirm_for_somebody(held, by=clerk, people=[make_person()], language="fi")
    assert make_hold(slot).status == "held"
    assert not VisitEvent.objects.exists()


# The rules about people ---------------------------------------------------------------------


def test_a_second_visit_is_refused_with_the_first_one_named():
    one, other = make_slots(make_group(), 2)
    person = make_person("Grace Okonkwo")
    first = make_appointment(one, people=[person])
    with pytest.raises(PersonHasVisitHere) as refused:
        make_staff_visit(other, people=[person])
    assert first.reference in str(refused.value) and "Grace Okonkwo" in str(refused.value)


def test_a_visit_at_another_point_is_not_named():
    service, person = make_service(), make_person()
    first = make_appointment(make_slot(make_group(services=[service])), people=[person])
    with pytest.raises(PersonHasVisit) as refused:
        make_staff_visit(make_slot(make_group(services=[service])), people=[person])
    assert first.reference not in str(refused.value)


def test_the_quota_of_an_address_holds_for_staff_too():
    *slots, last = make_slots(make_group(), 4)
    for slot in slots:
        make_staff_visit(slot, email="amina@example.org")
    with pytest.raises(QuotaReached):
        make_staff_visit(last, email="amina@example.org")


def test_people_without_an_address_do_not_share_a_quota():
    for slot in make_slots(make_group(), 4):
        assert make_staff_visit(slot).status == "confirmed"


def test_an_applicant_who_holds_a_time_can_be_booked_another_one_by_staff():
    one, other = make_slots(make_group(), 2)
    applicant = make_user()
    make_hold(one, user=applicant)
    assert make_staff_visit(other, email=applicant.email).user == applicant
    assert taken() == [1, 1]


# Beyond the public capacity -----------------------------------------------------------------


def test_a_time_beyond_the_public_capacity_needs_a_reason():
    slot = half_public()
    make_appointment(slot)
    with pytest.raises(BeyondPublic):
        make_staff_hold(slot)


def test_with_a_reason_staff_go_beyond_the_public_capacity():
    slot = half_public()
    make_appointment(slot)
    visit = make_staff_visit(slot, reason=WHY)
    event = visit.events.get()
    assert (event.beyond_public, event.reason, taken()) == (True, WHY, [2])


def test_a_reason_does_not_take_a_place_beyond_while_there_is_a_public_one():
    visit = make_staff_visit(half_public(), reason=WHY)
    assert (visit.beyond_reason, visit.events.get().beyond_public) == ("", False)


def test_nobody_goes_beyond_the_capacity():
    slot = half_public()
    make_appointment(slot)
    make_staff_visit(slot, reason=WHY)
    with pytest.raises(TimeTaken):
        make_staff_hold(slot, reason=WHY)
    with pytest.raises(TimeTaken):
        make_staff_hold(slot)


def test_a_place_kept_for_the_waiting_list_is_not_for_staff():
    slot = half_public()
    make_appointment(slot)
    Slot.objects.update(kept=1)
    with pytest.raises(TimeTaken):
        make_staff_hold(slot, reason=WHY)


def test_a_time_that_is_not_released_is_not_for_staff():
    with pytest.raises(NoSuchTime):
        make_staff_hold(half_public(released=False), reason=WHY)


def test_an_expired_hold_beyond_is_free_at_once():
    slot = half_public()
    make_appointment(slot)
    let_expire(make_staff_hold(slot, reason=WHY))
    assert make_staff_visit(slot, reason=WHY).status == "confirmed"


def test_a_place_beyond_that_comes_back_is_not_for_the_waiting_list():
    slot = half_public()
    make_appointment(slot)
    cancel(make_staff_visit(slot, reason=WHY))
    assert (taken(), FreedTime.objects.count()) == ([1], 0)


def test_a_public_place_that_comes_back_while_staff_are_beyond_is_not_sold_again():
    slot = half_public()
    public = make_appointment(slot)
    make_staff_visit(slot, reason=WHY)
    operations.cancel(public)
    slot.refresh_from_db()
    assert (slot.taken, slot.kept, slot.is_open) == (1, 0, False)


def beyond(slot, people=1):
    point = slot.desk_group.service_point
    date = slot.starts_at.astimezone(point.zone).date()
    service = slot.desk_group.services.get()
    return availability.times_beyond_public(service, point, people, date)


def test_times_beyond_are_those_that_the_public_cannot_book():
    full, _free = make_slots(make_group(), 2, capacity=2, public_capacity=1)
    make_appointment(full)
    assert beyond(full) == [full.starts_at]


def test_an_expired_hold_makes_a_time_public_and_not_beyond():
    slot = half_public()
    let_expire(make_hold(slot))
    assert beyond(slot) == []


def test_a_time_of_two_cells_is_beyond_if_one_of_them_is():
    group = make_group(services=[make_service(minutes=20)])
    first, second = make_slots(group, 2, capacity=2, public_capacity=1)
    Slot.objects.filter(pk=second.pk).update(public_capacity=0)
    assert beyond(first) == [first.starts_at]


def test_a_full_slot_is_not_beyond():
    slot = make_slot()
    make_appointment(slot)
    assert beyond(slot) == []


# Moving -------------------------------------------------------------------------------------


def test_staff_move_a_visit_and_it_is_kept_from_when_to_when():
    one, other = make_slots(make_group(), 2)
    visit = make_appointment(one)
    clerk = make_staff(visit.service_point)
    moved = move(visit, other, by=clerk, reason="The clerk is ill")
    event = moved.events.get()
    assert (event.moved_from, event.starts_at) == (one.starts_at, other.starts_at)
    assert (event.staff, event.reason) == (clerk, "The clerk is ill")
    assert Message.objects.filter(template="visit_moved").count() == 1


def test_staff_move_a_visit_that_has_been_moved_too_often():
    one, other = make_slots(make_group(), 2)
    visit = make_appointment(one)
    Appointment.objects.update(moves=2)
    assert move(visit, other).starts_at == other.starts_at


def test_a_move_by_staff_leaves_the_persons_own_moves_alone():
    one, other = make_slots(make_group(), 2)
    assert move(make_appointment(one), other).moves == 0


def test_staff_move_a_visit_at_the_last_minute():
    soon = timezone.now() + datetime.timedelta(minutes=30)
    group = make_group(make_point(move_until_hours=24))
    near, later = make_slot(group, starts_at=soon), make_slot(group)
    assert move(make_appointment(near), later).starts_at == later.starts_at


def test_a_move_beyond_the_public_capacity_needs_a_reason():
    one, other = make_slots(make_group(), 2, capacity=2, public_capacity=1)
    visit = make_appointment(one)
    make_appointment(other)
    with pytest.raises(BeyondPublic):
        move(visit, other)
    moved = move(visit, other, reason=WHY)
    assert (moved.beyond_reason, moved.events.get().beyond_public, taken()) == (WHY, True, [0, 2])


def test_a_refused_move_keeps_the_time_and_leaves_no_record():
    one, other = make_slots(make_group(), 2)
    visit = make_appointment(one)
    make_appointment(other)
    with pytest.raises(TimeTaken):
        move(visit, other, reason=WHY)
    visit.refresh_from_db()
    assert (visit.starts_at, visit.events.count(), taken()) == (one.starts_at, 0, [1, 1])


def test_moving_to_where_it_is_leaves_no_record():
    slot = make_slot()
    visit = make_appointment(slot)
    assert move(visit, slot).events.count() == 0


def test_who_is_being_served_is_not_moved():
    one, other = make_slots(make_group(), 2)
    visit = make_appointment(one)
    Appointment.objects.update(status="in_service")
    with pytest.raises(AlreadyHandled):
        move(visit, other)


# Two matters in one visit ---------------------------------------------------------------------


def visit_for_two(group, slots):
    """A visit for both services of the group, ten minutes each, in the first two slots."""
    one, other = group.services.order_by("pk")
    ServicePair.objects.create(one=one, other=other)
    held = make_hold(slots[0], second_service=other)
    return operations.confirm(held, people=[make_person("Grace Okonkwo")])


@pytest.fixture
def for_two():
    return make_group(services=[make_service(), make_service()])


def test_a_visit_for_two_matters_moves_with_both(for_two):
    slots = make_slots(for_two, 4)
    visit = visit_for_two(for_two, slots)
    moved = move(visit, slots[2])
    assert (moved.cells, moved.second_service, taken()) == (2, visit.second_service, [0, 0, 1, 1])


def test_times_beyond_for_two_matters_have_room_for_both(for_two):
    slots = make_slots(for_two, 3, capacity=2, public_capacity=1)
    visit = visit_for_two(for_two, slots)
    date = slots[0].starts_at.astimezone(visit.service_point.zone).date()
    asked = (visit.service, visit.service_point, 1, date)
    both = availability.times_beyond_public(*asked, second=visit.second_service)
    assert both == [slots[0].starts_at]
    assert availability.times_beyond_public(*asked) == [slots[0].starts_at, slots[1].starts_at]


def test_a_move_of_two_matters_beyond_the_public_capacity_asks_why(for_two):
    slots = make_slots(for_two, 4, capacity=2, public_capacity=1)
    visit = visit_for_two(for_two, slots)
    make_appointment(slots[3])
    with pytest.raises(BeyondPublic):
        move(visit, slots[2])
    assert move(visit, slots[2], reason=WHY).beyond_reason == WHY


def test_a_visit_for_two_matters_is_named_to_who_books_either_again(for_two):
    slots = make_slots(for_two, 4)
    visit = visit_for_two(for_two, slots)
    person = make_person("Grace Okonkwo")
    held = make_staff_hold(slots[2], service=visit.second_service)
    with pytest.raises(PersonHasVisitHere):
        operations.confirm_for_somebody(held, by=held.staff, people=[person], language="fi")


# Cancelling ---------------------------------------------------------------------------------


def test_staff_cancel_with_a_reason_that_is_kept():
    visit = make_appointment(make_slot())
    cancelled = cancel(visit, "Asked by phone")
    event = cancelled.events.get()
    assert (cancelled.status, event.kind, event.reason) == (
        "cancelled",
        "cancelled",
        "Asked by phone",
    )
    assert Message.objects.filter(template="visit_cancelled").count() == 1


def test_staff_do_not_cancel_without_a_reason():
    visit = make_appointment(make_slot())
    with pytest.raises(ReasonNeeded):
        cancel(visit, "")
    assert Appointment.objects.get().status == "confirmed"


def test_cancelling_twice_keeps_the_first_reason():
    visit = make_appointment(make_slot())
    cancel(visit, "Asked by phone")
    cancel(visit, "Again")
    assert visit.events.get().reason == "Asked by phone"


# What is kept -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change", ["UPDATE booking_visitevent SET reason = 'x'", "DELETE FROM booking_visitevent"]
)
def test_what_staff_did_cannot_be_changed_or_removed(change):
    make_staff_visit(make_slot())
    with pytest.raises(IntegrityError, match="never changed"), connection.cursor() as cursor:
        cursor.execute(change)


def test_after_two_years_it_may_be_removed():
    visit = make_staff_visit(make_slot())
    long_ago = timezone.now() - datetime.timedelta(days=800)
    VisitEvent.objects.create(
        appointment=visit,
        kind="moved",
        staff=visit.staff,
        at=long_ago,
        starts_at=long_ago,
        moved_from=long_ago,
    )
    assert VisitEvent.objects.filter(at=long_ago).delete()[0] == 1
