"""Times reserved for who has a right: by a code or an address, so often, until they return."""

import datetime

import pytest
from django.utils import timezone

from accounts.exceptions import TooManyTries
from booking import availability, operations
from booking.exceptions import (
    NoSuchRight,
    ReservedTooMuch,
    ReturnOutOfRange,
    RightDoesNotFit,
    RightUsedUp,
    TimeTaken,
)
from booking.models import BookingRight, FreedTime, Release, RightHolder, Slot
from booking.operations import Reservation
from servicepoints.plan import ProposedHours
from tests.factories import (
    let_expire,
    make_appointment,
    make_group,
    make_hold,
    make_person,
    make_point,
    make_reserved_slots,
    make_right,
    make_service,
    make_slot,
    make_staff,
    make_staff_hold,
    make_user,
)

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2026, 1, 1)


def holder_of(right, **fields):
    [code] = operations.new_codes(right, 1, **fields)
    return operations.holder_of_code(code, who="somebody", today=TODAY)


def invited_hold(slot, holder=None, **fields):
    return make_hold(slot, invitation=holder or holder_of(right_of(slot)), **fields)


def right_of(slot):
    return slot.release.reserved_for


def counts(slot):
    slot.refresh_from_db()
    return slot.taken, slot.reserved, slot.kept


def used(holder):
    holder.refresh_from_db()
    holder.right.refresh_from_db()
    return holder.used, holder.right.used


def let_return(*slots):
    """Let the moment pass at which reserved places return, by the clock of the database."""
    moment = timezone.now() - datetime.timedelta(minutes=1)
    Release.objects.filter(slots__in=slots).update(returns_at=moment)


def free(slot):
    point = slot.desk_group.service_point
    date = slot.starts_at.astimezone(point.zone).date()
    return availability.free_times(slot.desk_group.services.get(), point, 1, date)


def reserved_times(slot):
    point = slot.desk_group.service_point
    date = slot.starts_at.astimezone(point.zone).date()
    service = slot.desk_group.services.get()
    days = availability.reserved_times_by_day(right_of(slot).pk, service, point, 1, date, date)
    return [time for times in days.values() for time in times]


# Booking what is reserved -------------------------------------------------------------------


def test_a_reserved_time_is_not_for_everybody():
    [slot] = make_reserved_slots(1)
    assert free(slot) == []
    with pytest.raises(TimeTaken):
        make_hold(slot)


def test_who_has_the_code_books_a_reserved_time_and_it_counts():
    [slot] = make_reserved_slots(1)
    holder = holder_of(right_of(slot))
    assert reserved_times(slot) == [slot.starts_at]
    held = invited_hold(slot, holder)
    assert (held.right_holder, counts(slot), used(holder)) == (holder, (1, 0, 0), (1, 1))
    assert reserved_times(slot) == []


def test_who_is_on_the_list_books_a_reserved_time_without_a_code():
    [slot] = make_reserved_slots(1)
    operations.invite(right_of(slot), ["Amina@Example.org"])
    held = make_hold(slot, user=make_user("amina@example.org"))
    assert held.right_holder.email == "amina@example.org"


def test_a_public_time_uses_no_right():
    [slot] = make_reserved_slots(1, capacity=2)
    operations.invite(right_of(slot), ["amina@example.org"])
    held = make_hold(slot, user=make_user("amina@example.org"))
    assert (held.right_holder, counts(slot)) == (None, (1, 1, 0))


def test_the_public_books_what_is_not_reserved_and_no_more():
    [slot] = make_reserved_slots(1, capacity=3)
    for _ in range(2):
        make_appointment(slot)
    with pytest.raises(TimeTaken):
        make_hold(slot)
    assert invited_hold(slot).status == "held"


def test_a_code_is_used_as_often_as_it_allows():
    one, other = make_reserved_slots(2)
    holder = holder_of(right_of(one))
    invited_hold(one, holder)
    with pytest.raises(RightUsedUp):
        invited_hold(other, holder)
    assert counts(other) == (0, 1, 0)


def test_a_right_is_used_as_often_as_it_allows_whatever_its_codes():
    one, other = make_reserved_slots(2, right=make_right(max_uses=1))
    first, second = (holder_of(right_of(one)) for _ in range(2))
    invited_hold(one, first)
    with pytest.raises(RightUsedUp):
        invited_hold(other, second)
    assert (used(second), counts(other)) == ((0, 1), (0, 1, 0))


def test_a_visit_of_two_cells_takes_both_from_what_is_reserved():
    right = make_right(services=[make_service(minutes=20)])
    slots = make_reserved_slots(3, right=right)
    invited_hold(slots[0])
    assert [counts(slot) for slot in slots] == [(1, 0, 0), (1, 0, 0), (0, 1, 0)]


@pytest.mark.parametrize("change", ["service", "point", "period"])
def test_a_right_is_for_its_services_points_and_period(change):
    [slot] = make_reserved_slots(1)
    right, holder = right_of(slot), holder_of(right_of(slot))
    if change == "service":
        right.services.set([make_service()])
    if change == "point":
        right.points.set([make_point()])
    if change == "period":
        BookingRight.objects.update(valid_from=TODAY, valid_until=TODAY)
        holder.right.refresh_from_db()
    with pytest.raises(RightDoesNotFit):
        invited_hold(slot, holder)


def test_another_right_opens_nothing():
    [slot] = make_reserved_slots(1)
    right = right_of(slot)
    other = make_right(services=right.services.all(), points=right.points.all())
    with pytest.raises(TimeTaken):
        invited_hold(slot, holder_of(other))


def test_staff_go_beyond_the_public_capacity_and_not_into_what_is_reserved():
    [slot] = make_reserved_slots(1)
    with pytest.raises(TimeTaken):
        make_staff_hold(slot, reason="Expires tomorrow")


# Coming back --------------------------------------------------------------------------------


def test_an_expired_hold_gives_place_and_use_back():
    [slot] = make_reserved_slots(1)
    holder = holder_of(right_of(slot))
    let_expire(invited_hold(slot, holder))
    assert reserved_times(slot) == [slot.starts_at]
    operations.expire_holds()
    assert (counts(slot), used(holder)) == ((0, 1, 0), (0, 0))


def test_an_expired_hold_by_a_right_is_free_at_once_for_the_right_and_not_for_everybody():
    [slot] = make_reserved_slots(1)
    holder = holder_of(right_of(slot))
    let_expire(invited_hold(slot, holder))
    assert free(slot) == []
    assert invited_hold(slot, holder).status == "held"


def test_a_cancelled_visit_goes_back_to_the_right_and_not_to_the_waiting_list():
    [slot] = make_reserved_slots(1, capacity=2)
    holder = holder_of(right_of(slot))
    visit = operations.confirm(invited_hold(slot, holder), people=[make_person()])
    operations.cancel(visit)
    assert (counts(slot), used(holder)) == ((0, 1, 0), (0, 0))
    assert not FreedTime.objects.exists()


def test_a_visit_cancelled_after_the_return_goes_to_the_waiting_list():
    [slot] = make_reserved_slots(1)
    visit = operations.confirm(invited_hold(slot), people=[make_person()])
    let_return(slot)
    operations.cancel(visit)
    assert counts(slot) == (0, 0, 1)


def test_a_visit_that_moves_to_another_reserved_time_keeps_its_right():
    one, other = make_reserved_slots(2)
    holder = holder_of(right_of(one))
    visit = operations.confirm(invited_hold(one, holder), people=[make_person()])
    moved = operations.move(
        visit, service_point=one.desk_group.service_point, starts_at=other.starts_at
    )
    assert (moved.right_holder, used(holder)) == (holder, (1, 1))
    assert (counts(one), counts(other)) == ((0, 1, 0), (1, 0, 0))


def test_a_visit_that_moves_to_a_public_time_gives_its_right_back():
    [slot] = make_reserved_slots(1)
    public = make_slot(slot.desk_group, starts_at=slot.starts_at + datetime.timedelta(hours=2))
    holder = holder_of(right_of(slot))
    visit = operations.confirm(invited_hold(slot, holder), people=[make_person()])
    moved = operations.move(
        visit, service_point=slot.desk_group.service_point, starts_at=public.starts_at
    )
    assert (moved.right_holder, used(holder), counts(slot)) == (None, (0, 0), (0, 1, 0))


# Returning to everybody ---------------------------------------------------------------------


def test_returned_times_are_public_at_once_though_no_worker_has_come():
    [slot] = make_reserved_slots(1)
    let_return(slot)
    assert (free(slot), reserved_times(slot)) == ([slot.starts_at], [])
    first = availability.first_free_times(slot.desk_group.services.get(), 1)
    assert first[0].starts_at == slot.starts_at
    assert make_hold(slot).right_holder is None


def test_times_that_have_not_returned_are_not_public():
    """The twin: it is the moment that makes them so."""
    [slot] = make_reserved_slots(1)
    assert operations.return_reserved() == 0
    assert free(slot) == []


def test_the_worker_returns_what_has_come_to_its_moment_once():
    slots = make_reserved_slots(2)
    let_return(*slots)
    assert (operations.return_reserved(), operations.return_reserved()) == (2, 0)
    assert [counts(slot) for slot in slots] == [(0, 0, 0), (0, 0, 0)]


def test_who_has_the_code_books_a_returned_time_like_everybody():
    [slot] = make_reserved_slots(1)
    holder = holder_of(right_of(slot))
    let_return(slot)
    assert invited_hold(slot, holder).right_holder is None
    assert used(holder) == (0, 0)


def test_a_returned_place_that_was_kept_by_an_expired_hold_is_free():
    [slot] = make_reserved_slots(1)
    let_expire(invited_hold(slot))
    let_return(slot)
    assert free(slot) == [slot.starts_at]
    assert make_hold(slot).status == "held"


def test_staff_move_a_visit_to_a_returned_time():
    [slot] = make_reserved_slots(1)
    public = make_slot(slot.desk_group, starts_at=slot.starts_at + datetime.timedelta(hours=2))
    visit = make_appointment(public)
    let_return(slot)
    by = make_staff(visit.service_point)
    moved = operations.move_for_somebody(visit, by=by, starts_at=slot.starts_at)
    assert moved.starts_at == slot.starts_at


# Codes and lists ----------------------------------------------------------------------------


def test_codes_are_kept_as_hashes_and_read_in_any_spelling():
    right = make_right()
    [code] = operations.new_codes(right, 1)
    assert not RightHolder.objects.filter(code_hash__icontains=code).exists()
    spoken = f"{code[:5].lower()}-{code[5:]} "
    assert operations.holder_of_code(spoken, who="me", today=TODAY).right == right


def test_wrong_codes_are_limited():
    right = make_right()
    [code] = operations.new_codes(right, 1)
    for _ in range(5):
        with pytest.raises(NoSuchRight):
            operations.holder_of_code("AAAAAAAAAA", who="me", today=TODAY)
    with pytest.raises(TooManyTries):
        operations.holder_of_code(code, who="me", today=TODAY)
    assert operations.holder_of_code(code, who="somebody else", today=TODAY).right == right


def test_the_code_of_a_right_that_has_ended_is_refused_like_a_wrong_one():
    right = make_right()
    [code] = operations.new_codes(right, 1)
    after = right.valid_until + datetime.timedelta(days=1)
    with pytest.raises(NoSuchRight):
        operations.holder_of_code(code, who="me", today=after)


def test_an_address_is_invited_once():
    right = make_right()
    assert operations.invite(right, ["a@example.org", "A@example.org", "b@example.org"]) == 2
    assert operations.invite(right, ["a@example.org"]) == 0


# An extra day ------------------------------------------------------------------------------


@pytest.fixture
def group():
    return make_group(desks=3)


def saturday(group):
    today = group.service_point.today
    date = today + datetime.timedelta(days=14 - today.weekday() + 5)
    return ProposedHours(date, datetime.time(9), datetime.time(10), 3, 2)


def reservation(group, desks=1, days_before=1, **fields):
    right = make_right(
        **{"services": group.services.all(), "points": [group.service_point]} | fields
    )
    start = group.service_point.day_bounds(saturday(group).date)[0]
    return Reservation(right, desks, start - datetime.timedelta(days=days_before))


def open_day(group, reserved):
    return operations.open_extra_day(
        group, saturday(group), release_at=None, by=make_user(), reservation=reserved
    )


def test_an_extra_day_reserves_desks_for_a_right(group):
    release = open_day(group, reservation(group))
    operations.release_due()
    assert set(release.slots.values_list("public_capacity", "reserved")) == {(2, 1)}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"desks": 3}, ReservedTooMuch),
        ({"days_before": 100}, ReturnOutOfRange),
        ({"days_before": -1}, ReturnOutOfRange),
        ({"services": []}, RightDoesNotFit),
        ({"points": []}, RightDoesNotFit),
    ],
)
def test_a_reservation_that_cannot_be_is_refused_before_and_after_the_preview(
    group, changes, refusal
):
    reserved = reservation(group, **changes)
    with pytest.raises(refusal):
        operations.extra_day_times(group, saturday(group), reservation=reserved)
    with pytest.raises(refusal):
        open_day(group, reserved)


def test_a_day_closed_and_reopened_reserves_again(group):
    release = open_day(group, reservation(group))
    operations.release_due()
    operations.close_day(group.service_point, release.date, by=make_user())
    operations.reopen_day(group.service_point, release.date)
    assert set(release.slots.values_list("reserved", flat=True)) == {1}


def test_what_is_reserved_is_not_offered_to_the_waiting_list(group):
    release = operations.open_extra_day(
        group,
        saturday(group),
        release_at=None,
        by=make_user(),
        policy=Release.Policy.LIST_FIRST,
        window_minutes=60,
        reservation=reservation(group),
    )
    operations.release_due()
    assert set(Slot.objects.filter(release=release).values_list("kept", "reserved")) == {(1, 1)}
