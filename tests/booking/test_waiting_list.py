"""The waiting list: who is asked about a freed time, in which order, and what an answer does."""

import datetime
import uuid

import pytest
from django.test import override_settings
from django.utils import timezone

from booking import operations
from booking.exceptions import (
    AlreadyWaiting,
    NotOffered,
    OfferEnded,
    OutsideHorizon,
    PersonHasVisit,
    QuotaReached,
    RequestReused,
    SamePersonTwice,
    WaitsReached,
)
from booking.models import Appointment, FreedTime, Offer, Slot, WaitingListEntry
from booking.operations import Urgency
from notifications.models import Message
from tests.factories import (
    free,
    let_expire,
    make_appointment,
    make_entry,
    make_group,
    make_hold,
    make_person,
    make_point,
    make_service,
    make_slot,
    make_slots,
    make_user,
    make_wishes,
    next_morning,
)

pytestmark = pytest.mark.django_db
Need = WaitingListEntry.Need


def counts():
    return list(Slot.objects.order_by("starts_at").values_list("taken", "kept"))


def offer_to(entry):
    return Offer.objects.with_place().get(entry=entry, outcome=Offer.Outcome.OPEN)


def offered(entry):
    return Offer.objects.filter(entry=entry, outcome=Offer.Outcome.OPEN).exists()


def let_lapse(offer):
    Offer.objects.filter(pk=offer.pk).update(
        expires_at=timezone.now() - datetime.timedelta(minutes=1)
    )


def test_a_freed_time_is_kept_from_the_public():
    slot = make_slot()
    free(slot)
    assert counts() == [(0, 1)]
    assert not Slot.objects.get().is_open


def test_a_hold_that_is_let_go_is_public_at_once():
    slot = make_slot()
    operations.cancel(make_hold(slot))
    assert counts() == [(0, 0)]


def test_a_freed_time_is_offered_to_the_first_in_line():
    slot = make_slot()
    first, second = make_entry(slot), make_entry(slot)
    free(slot)
    assert operations.offer_freed_times() == 1
    assert (offered(first), offered(second)) == (True, False)
    assert Message.objects.filter(template="waiting_offer", to=first.user.email).exists()


def test_offering_twice_offers_a_time_once():
    slot = make_slot()
    make_entry(slot), make_entry(slot)
    free(slot)
    operations.offer_freed_times()
    assert operations.offer_freed_times() == 0


@pytest.mark.parametrize("need", [Need.DEADLINE, Need.EXPIRING])
def test_need_comes_before_the_time_of_joining(need):
    slot = make_slot()
    make_entry(slot)
    pressed = make_entry(slot, urgency=Urgency(need, timezone.localdate()))
    free(slot)
    operations.offer_freed_times()
    assert offered(pressed)


def test_accepting_makes_a_confirmed_visit_of_the_people_named():
    slot, person = make_slot(), make_person("Amina Ali")
    entry = make_entry(slot, people=[person])
    free(slot)
    operations.offer_freed_times()
    visit = operations.accept(offer_to(entry))
    assert (visit.status, visit.user, visit.starts_at) == ("confirmed", entry.user, slot.starts_at)
    assert [row.name for row in visit.attendees.all()] == ["Amina Ali"]
    assert counts() == [(1, 0)]
    assert Message.objects.filter(template="visit_confirmed", to=entry.user.email).exists()


def test_accepting_twice_gives_the_same_visit_once():
    slot = make_slot()
    entry = make_entry(slot)
    free(slot)
    operations.offer_freed_times()
    offer = offer_to(entry)
    assert operations.accept(offer) == operations.accept(offer)
    assert counts() == [(1, 0)]


def test_accepting_moves_the_visit_of_who_waits_for_an_earlier_time():
    early, late = make_slots(make_group(), 2)
    visit = make_appointment(late)
    point = late.desk_group.service_point
    entry = operations.wait_for_earlier(visit, wishes=make_wishes(point))
    free(early)
    operations.offer_freed_times()
    moved = operations.accept(offer_to(entry))
    assert (moved.pk, moved.starts_at) == (visit.pk, early.starts_at)
    # Nobody chose this move but the list, so it is not one of the two that a person has.
    assert (moved.moves, moved.revision) == (0, 1)
    assert counts() == [(1, 0), (0, 1)]


def test_a_later_time_is_not_offered_to_who_waits_for_an_earlier_one():
    early, late = make_slots(make_group(), 2)
    point = late.desk_group.service_point
    entry = operations.wait_for_earlier(make_appointment(early), wishes=make_wishes(point))
    free(late)
    operations.offer_freed_times()
    assert not offered(entry)


def test_the_later_part_of_a_time_is_not_offered_to_who_waits_for_an_earlier_one():
    slots = make_slots(make_group(), 3, capacity=2)
    point, visit = slots[0].desk_group.service_point, make_appointment(slots[1])
    not_before = slots[2].starts_at.astimezone(point.zone).time()
    entry = operations.wait_for_earlier(visit, wishes=make_wishes(point, from_time=not_before))
    operations.cancel(make_appointment(slots[0], people=[make_person() for _ in range(3)]))
    operations.offer_freed_times()
    assert not offered(entry)


def test_a_declined_time_goes_to_the_next_and_the_place_in_line_stays():
    slot = make_slot()
    first, second = make_entry(slot), make_entry(slot)
    free(slot)
    operations.offer_freed_times()
    operations.decline(offer_to(first))
    operations.offer_freed_times()
    assert (offered(first), offered(second)) == (False, True)
    first.refresh_from_db()
    assert first.is_waiting


def test_an_unanswered_time_goes_to_the_next():
    slot = make_slot()
    first, second = make_entry(slot), make_entry(slot)
    free(slot)
    operations.offer_freed_times()
    let_lapse(offer_to(first))
    operations.offer_freed_times()
    assert (offered(first), offered(second)) == (False, True)


def test_a_lapsed_offer_cannot_be_accepted_whether_noted_or_not():
    slot = make_slot()
    entry = make_entry(slot)
    free(slot)
    operations.offer_freed_times()
    offer = offer_to(entry)
    let_lapse(offer)
    with pytest.raises(OfferEnded):
        operations.accept(offer)
    assert counts() == [(0, 1)]


def test_who_leaves_two_offers_unanswered_is_taken_off_and_told():
    slots = make_slots(make_group(), 2)
    entry = make_entry(slots[0])
    for slot in slots:
        free(slot)
        operations.offer_freed_times()
        let_lapse(offer_to(entry))
        operations.lapse_offers()
    entry.refresh_from_db()
    assert entry.status == WaitingListEntry.Status.ENDED
    assert Message.objects.filter(template="waiting_taken_off", to=entry.user.email).exists()


def test_nobody_is_offered_two_times_at_once():
    one, other = make_slots(make_group(), 2)
    entry = make_entry(one)
    free(one), free(other)
    assert operations.offer_freed_times() == 1
    assert Offer.objects.filter(entry=entry).count() == 1


@pytest.mark.parametrize(
    "wishes",
    [
        {"from_time": datetime.time(12)},
        {"until_time": datetime.time(7)},
        {"weekdays": [next_morning(8).weekday()]},
        {"first_date": timezone.localdate() + datetime.timedelta(days=30)},
        {"last_date": timezone.localdate()},
        {"notice_hours": 24 * 14},
    ],
)
def test_a_time_that_is_not_wished_for_is_not_offered(wishes):
    slot = make_slot()
    entry = make_entry(slot, **wishes)
    free(slot)
    operations.offer_freed_times()
    assert not offered(entry)


def test_a_time_at_another_point_is_not_offered():
    slot = make_slot()
    service = slot.desk_group.services.first()
    elsewhere = make_slot(make_group(services=[service]))
    entry = make_entry(elsewhere)
    free(slot)
    operations.offer_freed_times()
    assert not offered(entry)


def test_a_family_is_offered_only_what_is_long_enough_for_all():
    slots = make_slots(make_group(), 2)
    family = make_entry(slots[0], people=[make_person(), make_person()])
    free(slots[0])
    operations.offer_freed_times()
    assert not offered(family)


def test_what_an_offer_does_not_need_is_kept_for_the_next():
    slots = make_slots(make_group(), 3)
    operations.cancel(make_appointment(slots[0], people=[make_person() for _ in range(3)]))
    one, other = make_entry(slots[0]), make_entry(slots[0])
    operations.offer_freed_times()
    assert (offered(one), offered(other)) == (True, True)
    assert sorted(FreedTime.objects.values_list("cells", "status")) == [
        (1, "kept"),
        (1, "offered"),
        (1, "offered"),
    ]


def test_what_nobody_wants_is_public_after_the_random_while():
    slot = make_slot()
    free(slot)
    operations.offer_freed_times()
    assert counts() == [(0, 1)]
    FreedTime.objects.update(reopens_at=timezone.now())
    operations.offer_freed_times()
    assert counts() == [(0, 0)]
    assert Slot.objects.get().is_open


def test_of_500_cancelled_times_none_is_public_within_a_quarter_of_an_hour():
    slots, before = make_slots(make_group(), 50, capacity=10), timezone.now()
    for slot in slots:
        for _ in range(10):
            free(slot)
    soonest = FreedTime.objects.earliest("reopens_at").reopens_at
    assert soonest >= before + datetime.timedelta(minutes=15)
    assert FreedTime.objects.latest("reopens_at").reopens_at > soonest


def test_moving_a_visit_offers_its_old_time_too():
    one, other = make_slots(make_group(), 2)
    visit = make_appointment(one)
    entry = make_entry(one)
    operations.move(visit, service_point=one.desk_group.service_point, starts_at=other.starts_at)
    operations.offer_freed_times()
    assert offer_to(entry).freed.starts_at == one.starts_at


def test_a_visit_can_be_moved_into_a_part_of_its_own_time():
    slots = make_slots(make_group(services=[make_service(minutes=20)]), 3)
    visit = make_appointment(slots[0])
    point = slots[0].desk_group.service_point
    operations.move(visit, service_point=point, starts_at=slots[1].starts_at)
    assert counts() == [(0, 1), (1, 0), (1, 0)]


def test_a_person_waits_in_one_place_only_for_a_service():
    slot, person = make_slot(), make_person()
    make_entry(slot, people=[person])
    with pytest.raises(AlreadyWaiting):
        make_entry(slot, people=[person])


@override_settings(ACTIVE_APPOINTMENTS_PER_EMAIL=2)
def test_one_address_waits_in_as_many_places_as_it_may_have_visits():
    slot, user = make_slot(), make_user()
    entries = [make_entry(slot, user=user) for _ in range(2)]
    with pytest.raises(WaitsReached):
        make_entry(slot, user=user)
    operations.leave(entries[0])
    make_entry(slot, user=user)


@override_settings(ACTIVE_APPOINTMENTS_PER_EMAIL=1)
def test_waiting_for_an_earlier_time_takes_no_place_of_the_others():
    slot, user = make_slot(), make_user()
    visit = make_appointment(slot, user=user)
    operations.wait_for_earlier(visit, wishes=make_wishes(slot.desk_group.service_point))
    make_entry(slot, user=user)


def test_who_has_a_visit_cannot_wait_for_another_one():
    slot, person = make_slot(capacity=2), make_person()
    make_appointment(slot, people=[person])
    with pytest.raises(PersonHasVisit):
        make_entry(slot, people=[person])


def test_a_person_is_named_once():
    person = make_person()
    with pytest.raises(SamePersonTwice):
        make_entry(make_slot(), people=[person, person])


def test_a_point_that_does_not_offer_the_service_cannot_be_waited_for():
    slot = make_slot()
    with pytest.raises(NotOffered):
        make_entry(slot, points=[make_point()])


def test_nobody_waits_beyond_the_horizon():
    with pytest.raises(OutsideHorizon):
        make_entry(make_slot(), last_date=timezone.localdate() + datetime.timedelta(days=200))


def test_the_same_request_joins_once():
    slot, user, people = make_slot(), make_user(), [make_person()]
    asked = {
        "user": user,
        "service": slot.desk_group.services.first(),
        "people": people,
        "wishes": make_wishes(slot.desk_group.service_point),
        "request_id": "6f2d2f0e-7a0c-4c6f-9f6b-0f3a5c1d2e3f",
    }
    assert operations.join(**asked) == operations.join(**asked)


@pytest.mark.parametrize(
    "changes",
    [
        {"people": [make_person("Somebody Else")]},
        {"urgency": Urgency(Need.DEADLINE, datetime.date(2026, 12, 1))},
        {"weekdays": [1]},
        {"last_date": timezone.localdate() + datetime.timedelta(days=30)},
        {"from_time": datetime.time(12)},
        {"notice_hours": 48},
    ],
)
def test_a_request_key_is_refused_for_another_wait(changes):
    asked = {"user": make_user(), "people": [make_person("Amina Ali")], "request_id": uuid.uuid4()}
    slot = make_slot()
    join_by_request(slot, **asked)
    with pytest.raises(RequestReused):
        join_by_request(slot, **asked | changes)


def test_a_request_key_is_refused_for_a_wait_elsewhere():
    slot, asked = make_slot(), {"user": make_user(), "request_id": uuid.uuid4()}
    elsewhere = make_slot(make_group(services=[slot.desk_group.services.get()]))
    asked["people"] = [make_person()]
    join_by_request(slot, **asked)
    with pytest.raises(RequestReused):
        join_by_request(elsewhere, **asked)


def test_a_request_repeated_after_it_led_to_a_visit_gives_the_same_entry():
    slot, asked = make_slot(), {"user": make_user(), "request_id": uuid.uuid4()}
    asked["people"] = [make_person()]
    entry = join_by_request(slot, **asked)
    free(slot)
    operations.offer_freed_times()
    operations.accept(offer_to(entry))
    assert join_by_request(slot, **asked) == entry


def join_by_request(slot, *, user, people, request_id, urgency=Urgency(), **wishes):  # noqa: B008
    return operations.join(
        user=user,
        service=slot.desk_group.services.first(),
        people=people,
        wishes=make_wishes(slot.desk_group.service_point, **wishes),
        urgency=urgency,
        request_id=request_id,
    )


def test_leaving_gives_an_offered_time_to_the_next():
    slot = make_slot()
    first, second = make_entry(slot), make_entry(slot)
    free(slot)
    operations.offer_freed_times()
    operations.leave(first)
    operations.leave(first)
    operations.offer_freed_times()
    assert offered(second)


def test_who_left_may_join_again():
    slot, person = make_slot(), make_person()
    operations.leave(make_entry(slot, people=[person]))
    assert make_entry(slot, people=[person]).is_waiting


def test_who_books_a_time_goes_on_waiting_for_an_earlier_one():
    slot, user, person = make_slot(), make_user(), make_person()
    entry = make_entry(slot, user=user, people=[person])
    visit = make_appointment(slot, user=user, people=[person])
    entry.refresh_from_db()
    assert (entry.appointment, entry.is_waiting) == (visit, True)


def test_an_offer_beyond_the_quota_is_not_made():
    group = make_group()
    slots, user = make_slots(group, 4), make_user()
    for slot in slots[:3]:
        make_appointment(slot, user=user)
    entry = make_entry(slots[3], user=user)
    free(slots[3])
    operations.offer_freed_times()
    assert not offered(entry)


def test_a_hold_that_has_expired_takes_no_place_of_the_quota_from_the_waiting_list():
    slots, user = make_slots(make_group(), 4), make_user()
    for slot in slots[:2]:
        make_appointment(slot, user=user)
    let_expire(make_hold(slots[2], user=user))
    entry = make_entry(slots[3], user=user)
    free(slots[3])
    operations.offer_freed_times()
    assert operations.accept(offer_to(entry)).status == "confirmed"


def test_accepting_beyond_the_quota_is_refused_and_the_offer_stands():
    slots, user = make_slots(make_group(), 4), make_user()
    entry = make_entry(slots[3], user=user)
    free(slots[3])
    operations.offer_freed_times()
    for slot in slots[:3]:
        make_appointment(slot, user=user)
    with pytest.raises(QuotaReached):
        operations.accept(offer_to(entry))
    assert counts()[3] == (0, 1)


def test_the_wait_ends_after_its_last_day_and_the_person_is_told(time_machine):
    entry = make_entry(make_slot(), last_date=timezone.localdate())
    time_machine.move_to(timezone.now() + datetime.timedelta(days=1))
    assert operations.end_waiting() == 1
    assert operations.end_waiting() == 0
    assert Message.objects.filter(template="waiting_ended", to=entry.user.email).count() == 1


def test_closing_a_day_withdraws_its_offers_and_tells_the_people():
    slot = make_slot()
    entry = make_entry(slot)
    free(slot)
    operations.offer_freed_times()
    point = slot.desk_group.service_point
    operations.close_day(point, slot.starts_at.date(), by=make_user())
    assert not offered(entry)
    assert Message.objects.filter(template="waiting_withdrawn", to=entry.user.email).exists()
    assert not FreedTime.objects.held_back().exists()


def test_a_cancelled_visit_leaves_no_one_waiting_for_an_earlier_time():
    slot = make_slot(starts_at=next_morning(20))
    visit = make_appointment(slot)
    wishes = make_wishes(slot.desk_group.service_point)
    operations.wait_for_earlier(visit, wishes=wishes)
    operations.cancel(visit)
    assert operations.end_waiting() == 1


def test_a_visit_cancelled_after_its_day_was_closed_is_simply_given_back():
    slot = make_slot(capacity=2)
    visit = make_appointment(slot)
    Slot.objects.update(released=False)
    operations.cancel(visit)
    assert counts() == [(0, 0)]
    assert Appointment.objects.get(pk=visit.pk).status == Appointment.Status.CANCELLED
