"""Releases that do not go to everybody at once: the list first, a draw, a trickle."""

import collections
import datetime
import math
import random
import statistics
import uuid

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from booking import operations
from booking.models import FreedTime, Offer, Release, Slot, WaitingListEntry
from booking.operations import Urgency
from tests.factories import (
    make_entry,
    make_group,
    make_service,
    make_slots,
)

pytestmark = pytest.mark.django_db
Policy = Release.Policy
MINUTES = 30


def let_pass(minutes=MINUTES):
    """Let that time pass for what is kept, by the database's clock."""
    span = datetime.timedelta(minutes=minutes)
    FreedTime.objects.update(offers_from=F("offers_from") - span, reopens_at=F("reopens_at") - span)


def make_due(policy, slots=2, minutes=10, **fields):
    """A release with that policy whose moment has come."""
    group = make_group(services=[make_service(minutes=minutes)])
    made = make_slots(group, slots, released=False, **fields)
    Release.objects.update(policy=policy, window_minutes=MINUTES)
    return made


def open_slots():
    return Slot.objects.filter(is_open=True).count()


def test_a_release_at_once_is_public():
    make_due(Policy.AT_ONCE)
    operations.release_due()
    assert open_slots() == 2


@pytest.mark.parametrize("policy", [Policy.LIST_FIRST, Policy.DRAW, Policy.TRICKLE])
def test_any_other_release_is_kept_from_the_public_at_first(policy):
    make_due(policy)
    assert operations.release_due() == 1
    assert open_slots() == 0
    assert sum(FreedTime.objects.kept().values_list("cells", flat=True)) == 2


def test_releasing_twice_keeps_the_times_once():
    make_due(Policy.LIST_FIRST)
    operations.release_due()
    operations.release_due()
    assert sum(FreedTime.objects.values_list("cells", flat=True)) == 2


def test_the_list_is_asked_first_and_the_rest_is_public_after_the_window():
    slots = make_due(Policy.LIST_FIRST)
    make_entry(slots[0])
    operations.release_due()
    assert operations.offer_freed_times() == 1
    let_pass()
    operations.offer_freed_times()
    assert open_slots() == 1


def test_every_place_of_a_wide_release_is_kept():
    make_due(Policy.LIST_FIRST, slots=3, capacity=4)
    operations.release_due()
    assert sum(FreedTime.objects.values_list("cells", flat=True)) == 12
    assert set(Slot.objects.values_list("kept", flat=True)) == {4}


def test_a_draw_waits_for_its_window_so_that_everybody_can_join():
    slots = make_due(Policy.DRAW)
    make_entry(slots[0])
    operations.release_due()
    assert operations.offer_freed_times() == 0
    let_pass()
    assert operations.offer_freed_times() == 1


def test_who_draws_nothing_keeps_their_place():
    slots = make_due(Policy.DRAW, slots=1)
    entries = [make_entry(slots[0]) for _ in range(3)]
    operations.release_due()
    let_pass()
    operations.offer_freed_times()
    assert Offer.objects.count() == 1
    assert WaitingListEntry.objects.waiting().count() == len(entries)


def test_need_comes_before_the_lot():
    slots = make_due(Policy.DRAW, slots=1)
    for _ in range(5):
        make_entry(slots[0])
    pressed = make_entry(
        slots[0], urgency=Urgency(WaitingListEntry.Need.DEADLINE, timezone.localdate())
    )
    operations.release_due()
    let_pass()
    operations.offer_freed_times()
    assert Offer.objects.get().entry == pressed


# Two hundred draws ---------------------------------------------------------------------

PEOPLE, DRAWS = 8, 200
# By chance alone a correlation over 200 draws of one in eight is beyond this once in 400 runs;
# the seeds are the same in every run.
BY_CHANCE = 3 / math.sqrt(PEOPLE * DRAWS)


@pytest.fixture
def same_lots(monkeypatch):
    """Let the lots of every run be the same."""
    chance = random.Random(2027)
    monkeypatch.setattr("secrets.token_hex", lambda size: chance.randbytes(size).hex())


def join_one_after_the_other(slot):
    """Eight people in the order of their joining, with the same ids in every run."""
    ids = [uuid.uuid5(uuid.NAMESPACE_OID, str(n)) for n in range(PEOPLE)]
    for each in ids:
        entry = make_entry(slot)
        # The foreign keys are checked at the end of the transaction.
        entry.persons.update(entry=each)
        entry.points.through.objects.filter(waitinglistentry=entry).update(waitinglistentry=each)
        WaitingListEntry.objects.filter(pk=entry.pk).update(id=each)
    return ids


def winners(policy):
    """Who is offered the one time of each of 200 releases, by their place in joining."""
    (slot,) = make_due(policy, slots=1)
    ids, won = join_one_after_the_other(slot), []
    for _draw in range(DRAWS):
        with transaction.atomic():
            operations.release_due()
            let_pass()
            operations.offer_freed_times()
            won.append(ids.index(Offer.objects.get().entry_id))
            transaction.set_rollback(True)
    return won


def correlation(won):
    """How far the place in joining predicts who wins: 0 not at all, -1 the first always does."""
    pairs = [(place, place == winner) for winner in won for place in range(PEOPLE)]
    return statistics.correlation(*zip(*pairs, strict=True))


def spread(won):
    """Chi-square of how often each place wins, against as often as the others."""
    times, expected = collections.Counter(won), DRAWS / PEOPLE
    return sum((times[place] - expected) ** 2 / expected for place in range(PEOPLE))


@pytest.mark.usefixtures("same_lots")
def test_in_200_draws_the_time_of_joining_does_not_predict_who_wins():
    won = winners(Policy.DRAW)
    assert abs(correlation(won)) < BY_CHANCE
    # With seven degrees of freedom 24.3 has a chance of one in a thousand.
    assert spread(won) < 24.3


def test_without_the_lot_the_time_of_joining_predicts_who_wins():
    won = winners(Policy.LIST_FIRST)
    assert correlation(won) < -5 * BY_CHANCE
    assert spread(won) > 24.3


def test_a_draw_can_be_redone_from_its_seed():
    slots = make_due(Policy.DRAW)
    for _ in range(8):
        make_entry(slots[0])
    operations.release_due()
    seed = Release.objects.get().draw_seed
    drawn = WaitingListEntry.objects.in_drawn_order(seed)
    assert list(drawn) == list(drawn.all())
    assert len(seed) == 32


def test_a_trickle_becomes_public_bit_by_bit():
    make_due(Policy.TRICKLE, slots=12, minutes=20)
    operations.release_due()
    moments = FreedTime.objects.values_list("reopens_at", flat=True)
    assert FreedTime.objects.count() == 6
    assert len(set(moments)) == 6
    let_pass()
    operations.offer_freed_times()
    assert open_slots() == 12
