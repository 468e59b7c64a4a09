"""Offers at one moment: a time that came back is free, held, offered or booked, never two (I11)."""

import datetime
from collections.abc import Callable
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from booking import operations
from booking.exceptions import AlreadyHandled, OfferEnded
from booking.models import Appointment, FreedTime, Offer, Slot, WaitingListEntry
from booking.operations import freed as freed_times
from booking.operations import slots
from tests.factories import (
    free,
    make_appointment,
    make_entry,
    make_group,
    make_hold,
    make_slot,
    make_slots,
    make_user,
    make_wishes,
    next_morning,
)
from tests.races.naive import write_appointment
from tests.races.racing import (
    Meeting,
    broken,
    check_invariants,
    interleave,
    kinds,
    race,
)

pytestmark = pytest.mark.django_db(transaction=True)

ENDS_THE_OFFER = 'UPDATE "booking_offer"'
CHANGES_THE_TIME = 'UPDATE "booking_freedtime"'


def offer_of(slot: Slot) -> Offer:
    """The slot's time, which came back, as it is offered to somebody who waits."""
    make_entry(slot)
    free(slot)
    operations.offer_freed_times()
    return Offer.objects.with_place().get(outcome=Offer.Outcome.OPEN)


def outcome() -> str:
    return Offer.objects.values_list("outcome", flat=True).get()


# One offer, accepted many times --------------------------------------------------------


def test_an_offer_that_is_accepted_fifty_times_at_one_moment_makes_one_visit():
    offer = offer_of(make_slot())

    visits = race([partial(operations.accept, offer)] * 50)

    assert {(visit.pk, visit.status) for visit in visits} == {(visits[0].pk, "confirmed")}
    assert Appointment.objects.active().count() == 1
    check_invariants()


def naive_accept(offer: Offer, meeting: Meeting) -> Appointment:
    """See that the offer is open, then make a visit of it."""
    assert Offer.objects.open().filter(pk=offer.pk).exists()
    meeting.wait()
    with transaction.atomic():
        Offer.objects.filter(pk=offer.pk).update(outcome="accepted")
        FreedTime.objects.filter(pk=offer.freed_id).update(status="booked")
        slot = Slot.objects.get(starts_at=offer.freed.starts_at)
        Slot.objects.filter(pk=slot.pk).update(taken=F("taken") + 1, kept=0)
        return write_appointment(slot, offer.entry.user, status="confirmed")


def test_an_offer_that_is_accepted_many_times_makes_many_visits_without_the_guard(without):
    without(Slot, "slot_taken_within_capacity")
    offer, meeting = offer_of(make_slot()), Meeting(20)

    race([partial(naive_accept, offer, meeting)] * 20)

    assert Appointment.objects.active().count() == 20
    assert "I1" in broken()


def test_the_database_refuses_an_offer_that_a_naive_program_would_book_many_times():
    offer, meeting = offer_of(make_slot()), Meeting(20)

    outcomes = race([partial(naive_accept, offer, meeting)] * 20, expect=(IntegrityError,))

    assert kinds(outcomes) == {"Appointment": 1, "IntegrityError": 19}


# Accepted, while it ends in another way ------------------------------------------------


def lapse(offer: Offer) -> None:
    """Let the offer's time pass, and note it."""
    past = timezone.now() - datetime.timedelta(minutes=1)
    Offer.objects.filter(pk=offer.pk).update(expires_at=past)
    operations.lapse_offers()


def leave(offer: Offer) -> None:
    operations.leave(offer.entry)


def close_its_day(offer: Offer) -> None:
    point = offer.freed.service_point
    date = offer.freed.starts_at.astimezone(point.zone).date()
    operations.close_day(point, date, by=make_user())


ENDINGS = {
    "declined": operations.decline,
    "lapsed": lapse,
    "left": leave,
    "withdrawn": close_its_day,
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS.keys())
def test_an_offer_that_is_being_accepted_ends_in_no_other_way(end):
    offer = offer_of(make_slot())

    visit, _ended = interleave(
        partial(operations.accept, offer), before=CHANGES_THE_TIME, others=[partial(end, offer)]
    )

    assert (visit.status, visit.starts_at) == ("confirmed", offer.freed.starts_at)
    assert (outcome(), FreedTime.objects.get().status) == ("accepted", "booked")
    check_invariants()


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS.keys())
def test_an_offer_that_is_ending_in_another_way_is_not_accepted(end):
    offer = offer_of(make_slot())

    _ended, accepted = interleave(
        partial(end, offer), before=CHANGES_THE_TIME, others=[partial(operations.accept, offer)]
    )

    assert isinstance(accepted, OfferEnded)
    assert outcome() != "accepted"
    assert not Appointment.objects.active().exists()
    check_invariants()


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS.keys())
def test_of_all_who_answer_at_one_moment_one_answer_counts(end):
    offer = offer_of(make_slot())

    outcomes = race([partial(operations.accept, offer), partial(end, offer)] * 10)

    answers = kinds(outcomes[::2])
    assert answers == ({"Appointment": 10} if outcome() == "accepted" else {"OfferEnded": 10})
    check_invariants()


def naive_refusal(offer: Offer) -> None:
    """See that the offer is open, then end it, and keep its time for the next."""
    assert Offer.objects.filter(pk=offer.pk, outcome="open").exists()
    with transaction.atomic():
        Offer.objects.filter(pk=offer.pk).update(outcome="declined")
        FreedTime.objects.filter(pk=offer.freed_id).update(status="kept")


def test_an_offer_is_accepted_and_kept_for_the_next_without_the_guard():
    offer = offer_of(make_slot())

    interleave(
        partial(naive_refusal, offer),
        before=ENDS_THE_OFFER,
        others=[partial(operations.accept, offer)],
    )

    assert Appointment.objects.active().count() == 1
    assert broken() == {"I11"}


def decline_and_offer_to_the_next(offer: Offer) -> int:
    operations.decline(offer)
    return operations.offer_freed_times()


def late_naive_accept(expect: tuple[type[Exception], ...] = ()) -> list:
    """Accept, as a naive program, what meanwhile is declined and offered to the next in line."""
    slot = make_slot()
    offer = offer_of(slot)
    make_entry(slot)
    return interleave(
        partial(naive_accept, offer, Meeting(1)),
        before=ENDS_THE_OFFER,
        others=[partial(decline_and_offer_to_the_next, offer)],
        expect=expect,
    )


def test_a_time_is_accepted_by_one_and_offered_to_another_without_the_constraint(without):
    without(Offer, "a_freed_time_is_offered_to_one")

    outcomes = late_naive_accept()

    assert kinds(outcomes) == {"Appointment": 1, "int": 1}
    assert "I11" in broken()


def test_the_database_refuses_to_give_a_time_to_one_that_is_offered_to_another():
    outcomes = late_naive_accept(expect=(IntegrityError,))

    assert kinds(outcomes) == {"IntegrityError": 1, "int": 1}
    check_invariants()


# Accepted, while the visit that it moves changes ---------------------------------------


def an_earlier_time() -> tuple[Offer, Appointment]:
    """An offer to somebody who waits for an earlier time than a visit has, with company there."""
    early, late = make_slots(make_group(), 2, capacity=2)
    make_appointment(late)
    visit = make_appointment(late)
    operations.wait_for_earlier(visit, wishes=make_wishes(visit.service_point))
    free(early)
    operations.offer_freed_times()
    return Offer.objects.with_place().get(), visit


def test_a_visit_that_is_cancelled_while_an_offer_moves_it_is_cancelled_where_it_is():
    offer, visit = an_earlier_time()

    moved, cancelled = interleave(
        partial(operations.accept, offer),
        before=CHANGES_THE_TIME,
        others=[partial(operations.cancel, visit)],
    )

    assert (moved.status, cancelled.status) == ("confirmed", "cancelled")
    assert cancelled.starts_at == offer.freed.starts_at
    check_invariants()


def test_a_visit_that_is_being_cancelled_is_not_moved_by_an_offer():
    offer, visit = an_earlier_time()

    cancelled, accepted = interleave(
        partial(operations.cancel, visit),
        before='UPDATE "booking_appointment"',
        others=[partial(operations.accept, offer)],
    )

    assert (cancelled.status, cancelled.starts_at) == ("cancelled", visit.starts_at)
    assert isinstance(accepted, AlreadyHandled)
    check_invariants()


LOCKS_SLOTS = 'FOR NO KEY UPDATE OF "booking_slot"'


def later(visit: Appointment) -> Appointment:
    (slot,) = make_slots(visit.desk_group, 1, starts_at=next_morning(9))
    return operations.move(visit, service_point=visit.service_point, starts_at=slot.starts_at)


def test_a_visit_that_is_moved_meanwhile_is_moved_by_the_offer_from_where_it_is():
    offer, visit = an_earlier_time()

    accepted, moved = interleave(
        partial(operations.accept, offer), before=LOCKS_SLOTS, others=[partial(later, visit)]
    )

    assert moved.starts_at > visit.starts_at
    assert (accepted.pk, accepted.starts_at) == (visit.pk, offer.freed.starts_at)
    check_invariants()


def naive_move(offer: Offer, visit: Appointment) -> None:
    """Move the visit as it was when the offer was read."""
    with transaction.atomic():
        Offer.objects.filter(pk=offer.pk).update(outcome="accepted")
        FreedTime.objects.filter(pk=offer.freed_id).update(status="booked")
        freed_times.take(offer.freed)
        slots.give_back([visit])
        early = offer.freed.starts_at
        Appointment.objects.filter(pk=visit.pk).update(starts_at=early, status="confirmed")


def test_a_visit_that_is_cancelled_meanwhile_gives_its_time_back_twice_without_the_second_look():
    offer, visit = an_earlier_time()

    interleave(
        partial(naive_move, offer, visit),
        before=ENDS_THE_OFFER,
        others=[partial(operations.cancel, visit)],
    )

    assert Slot.objects.get(starts_at=visit.starts_at).taken == 0
    assert "I1" in broken()


# Many who offer ------------------------------------------------------------------------


def times_that_came_back(times: int, people: int) -> list[WaitingListEntry]:
    freed = make_slots(make_group(), times)
    for slot in freed:
        free(slot)
    return [make_entry(freed[0]) for _ in range(people)]


@pytest.mark.parametrize(("times", "people"), [(6, 12), (12, 6), (1, 6), (12, 1)])
def test_many_workers_offer_each_time_to_one_and_each_person_one_time(times, people):
    times_that_came_back(times, people)

    assert sum(race([operations.offer_freed_times] * 8)) == min(times, people)
    check_invariants()


class MeetingInLine(Meeting):
    """A meeting whose guests have a place in line each."""

    def __init__(self, people: int) -> None:
        super().__init__(people)
        self._places = iter(range(people))

    def place(self) -> int:
        with self._lock:
            return next(self._places)


def naive_offer(meeting: MeetingInLine) -> Offer:
    """Find a time that nobody is offered and who is first in line, then offer it."""
    freed = FreedTime.objects.kept().get()
    taken = Offer.objects.filter(outcome="open").values("entry")
    entry = WaitingListEntry.objects.waiting().exclude(pk__in=taken).in_line()[meeting.place()]
    meeting.wait()
    with transaction.atomic():
        FreedTime.objects.filter(pk=freed.pk).update(status="offered")
        return Offer.objects.create(
            entry=entry, freed=freed, minutes=10, expires_at=freed.starts_at
        )


def test_a_time_is_offered_to_many_without_the_lock_and_the_constraint(without):
    without(Offer, "a_freed_time_is_offered_to_one")
    times_that_came_back(1, 5)

    race([partial(naive_offer, MeetingInLine(5))] * 5)

    assert Offer.objects.filter(outcome="open").count() == 5
    assert broken() == {"I11"}


def test_the_database_refuses_to_offer_a_time_to_many():
    times_that_came_back(1, 5)

    outcomes = race([partial(naive_offer, MeetingInLine(5))] * 5, expect=(IntegrityError,))

    assert kinds(outcomes) == {"IntegrityError": 4, "Offer": 1}
    check_invariants()


# Offered, while it becomes public ------------------------------------------------------


def nobody_wants(slot: Slot) -> FreedTime:
    """A time that came back and whose random while is over."""
    free(slot)
    FreedTime.objects.update(reopens_at=timezone.now())
    return FreedTime.objects.with_point().get()


def join_and_be_asked(slot: Slot) -> int:
    make_entry(slot)
    return operations.offer_freed_times()


def where_it_is() -> tuple[str, int, int]:
    """The status of the one freed time, and what its slot counts as taken and as kept."""
    slot = Slot.objects.get()
    return FreedTime.objects.get().status, slot.taken, slot.kept


def test_a_time_that_is_offered_while_it_becomes_public_stays_offered():
    slot = make_slot()
    nobody_wants(slot)

    reopened, offered = interleave(
        operations.offer_freed_times,
        before=CHANGES_THE_TIME,
        others=[partial(join_and_be_asked, slot)],
    )

    assert (reopened, offered) == (0, 1)
    assert where_it_is() == ("offered", 0, 1)
    check_invariants()


def test_a_time_does_not_become_public_while_it_is_offered():
    slot = make_slot()
    freed = nobody_wants(slot)

    offered, reopened = interleave(
        partial(join_and_be_asked, slot),
        before='INSERT INTO "booking_offer"',
        others=[partial(freed_times.reopen, freed)],
    )

    assert (offered, reopened) == (1, False)
    assert where_it_is() == ("offered", 0, 1)
    check_invariants()


def naive_reopening(freed: FreedTime) -> None:
    """See that its moment has come, then make it public."""
    assert FreedTime.objects.to_reopen().filter(pk=freed.pk).exists()
    with transaction.atomic():
        FreedTime.objects.filter(pk=freed.pk).update(status="reopened")
        Slot.objects.filter(starts_at=freed.starts_at).update(kept=F("kept") - 1)


def test_a_time_is_offered_and_public_without_the_guard():
    slot = make_slot()
    freed = nobody_wants(slot)

    interleave(
        partial(naive_reopening, freed),
        before=CHANGES_THE_TIME,
        others=[partial(join_and_be_asked, slot)],
    )

    assert Slot.objects.get().is_open
    assert Offer.objects.open().exists()
    assert broken() == {"I11"}


def test_many_workers_make_a_time_public_once():
    nobody_wants(make_slot())

    race([operations.offer_freed_times] * 8)

    assert where_it_is() == ("reopened", 0, 0)
    check_invariants()


# Offered, while others look for a time -------------------------------------------------


def attempts(slot: Slot, answer: Callable[[], object]) -> dict[str, int]:
    """What those get who want the slot's time while somebody answers the offer of it."""
    outcomes = race([answer, *(partial(make_hold, slot) for _ in range(19))])
    return kinds(outcomes[1:])


def test_nobody_else_gets_a_time_while_it_is_offered_and_accepted():
    slot = make_slot()
    offer = offer_of(slot)

    assert attempts(slot, partial(operations.accept, offer)) == {"TimeTaken": 19}
    assert where_it_is() == ("booked", 1, 0)
    check_invariants()


def test_nobody_else_gets_a_time_that_is_declined_before_it_is_public():
    slot = make_slot()
    offer = offer_of(slot)

    assert attempts(slot, partial(operations.decline, offer)) == {"TimeTaken": 19}
    assert where_it_is() == ("kept", 0, 1)
    check_invariants()


def forgetful_accept(offer: Offer) -> None:
    """Let the time be public until the person who accepts has it."""
    Slot.objects.filter(starts_at=offer.freed.starts_at).update(kept=0)
    operations.accept(offer)


def test_somebody_else_gets_a_time_that_is_offered_where_it_is_not_kept():
    slot = make_slot()
    offer = offer_of(slot)

    outcomes = interleave(
        partial(forgetful_accept, offer),
        before=ENDS_THE_OFFER.replace("UPDATE", "FROM"),
        others=[partial(make_hold, slot)],
        expect=(IntegrityError,),
    )

    assert kinds(outcomes) == {"Appointment": 1, "IntegrityError": 1}
    assert "I11" in broken()
