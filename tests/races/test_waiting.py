"""The waiting list and its offers, for one user at one moment (P4, T1, I11)."""

from functools import partial

import pytest
from django.conf import settings

from accounts.models import User
from booking import operations
from booking.models import Appointment, Offer, Slot, WaitingListEntry
from tests.factories import (
    free,
    make_entry,
    make_slot,
    make_user,
    make_wishes,
)
from tests.races.racing import Meeting, check_invariants, interleave, kinds, race

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_user_who_joins_ten_times_at_one_moment_waits_in_three_places():
    slot, user = make_slot(), make_user()

    outcomes = race([partial(make_entry, slot, user=user) for _ in range(10)])

    assert kinds(outcomes) == {"WaitingListEntry": 3, "WaitsReached": 7}
    assert WaitingListEntry.objects.count() == 3


def naive_join(slot: Slot, user: User, meeting: Meeting) -> bool:
    """Count the user's places, and join if there is one left."""
    waits = WaitingListEntry.objects.filter(user=user).count()
    meeting.wait()
    wishes = make_wishes(slot.desk_group.service_point)
    if waits < settings.ACTIVE_APPOINTMENTS_PER_EMAIL:
        WaitingListEntry.objects.create(
            user=user,
            service=slot.desk_group.services.get(),
            people=1,
            first_date=wishes.first_date,
            last_date=wishes.last_date,
        )
    return True


def test_one_user_waits_in_ten_places_without_the_lock():
    slot, user, meeting = make_slot(), make_user(), Meeting(10)

    race([partial(naive_join, slot, user, meeting) for _ in range(10)])

    assert WaitingListEntry.objects.count() == 10


def two_offers_to_one_user() -> list[Offer]:
    user = make_user()
    for _ in range(2):
        slot = make_slot()
        make_entry(slot, user=user)
        free(slot)
    operations.offer_freed_times()
    return list(Offer.objects.filter(entry__user=user))


def test_two_offers_accepted_at_one_moment_get_two_places_of_the_quota():
    first, second = (partial(operations.accept, offer) for offer in two_offers_to_one_user())

    interleave(first, before='INSERT INTO "booking_appointment"', others=[second])

    booked = Appointment.objects.filter(status="confirmed")
    assert sorted(booked.values_list("quota_place", flat=True)) == [1, 2]
    check_invariants()
