"""
Booking as a state machine: whatever people and workers do, in any order, a simple model agrees.

Hypothesis chooses what happens next. After each step the model (model.py) and the database must
say the same of what is free, who has what and who is offered what, and `check_invariants` must
find nothing. Time passes by rows that are set back, never by waiting.
"""

import datetime
from collections import Counter
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import HealthCheck, Phase
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.exceptions import Refusal
from booking import availability, operations
from booking.models import Appointment, FreedTime, Offer, Release, Slot, WaitingListEntry
from booking.operations import Urgency
from config import invariants
from tests.booking import model
from tests.booking.model import QUOTA, Model
from tests.factories import (
    make_group,
    make_person,
    make_point,
    make_slots,
    make_user,
    make_wishes,
    next_morning,
)

pytestmark = pytest.mark.django_db

MINUTE = datetime.timedelta(minutes=1)
FIRST_DAY, SECOND_DAY = range(4), range(4, 7)

users = st.integers(0, 1)
starts = st.integers(0, SECOND_DAY.stop - 1)
people = st.frozensets(st.integers(0, 3), min_size=1, max_size=2)
counts = st.integers(1, 2)
in_any_order = st.permutations(range(4))


def told(operation: Any, *args: Any, **kwargs: Any) -> Any:
    """Return what an operation gives, or the name of its refusal."""
    try:
        return operation(*args, **kwargs)
    except Refusal as refusal:
        return type(refusal).__name__


class Booking(RuleBasedStateMachine):
    """The operations on one side, the model on the other; `rows` says which row is which."""

    visits, entries, offers = Bundle("visits"), Bundle("entries"), Bundle("offers")

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        # A zone without clock changes, so that both days have the same hours.
        group = make_group(make_point(time_zone="Etc/GMT-2"))
        self.point, self.service = group.service_point, group.services.get()
        made = make_slots(group, len(FIRST_DAY), capacity=2)
        made += make_slots(
            group, len(SECOND_DAY), capacity=2, starts_at=next_morning(8), released=False
        )
        self.moments = [slot.starts_at for slot in made]
        Release.objects.filter(slots=made[0]).update(released_at=timezone.now())
        self.release_of_second_day = made[-1].release
        self.users = [make_user() for _ in range(2)]
        self.persons = [make_person(f"Person {name}") for name in "ABCD"]
        self.model = Model(
            [model.Cell(2, i in FIRST_DAY) for i in range(len(made))], [FIRST_DAY, SECOND_DAY]
        )
        self.rows: dict[Any, Any] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    # Which row is which -----------------------------------------------------------------------

    def cell(self, moment: datetime.datetime) -> int:
        return self.moments.index(moment)

    def named(self, chosen: frozenset[int]) -> list[operations.Person]:
        return [self.persons[i] for i in sorted(chosen)]

    def visit(self, visit: model.Visit) -> Appointment:
        return Appointment.objects.with_place().get(pk=self.rows[visit])

    def offer(self, offer: model.Offer) -> Offer:
        return Offer.objects.with_place().get(pk=self.rows[offer])

    def entry(self, entry: model.Entry) -> WaitingListEntry:
        return WaitingListEntry.objects.get(pk=self.rows[entry])

    def remember(self, expected: Any, row: Any) -> Any:
        """Compare what came of an attempt to make something; keep which row it is."""
        if isinstance(expected, str):
            assert row == expected
            return multiple()
        assert not isinstance(row, str), f"{row}, expected {expected}"
        self.rows[expected] = row.pk
        return expected

    @initialize(
        target=visits,
        booked=st.lists(st.tuples(users, starts, counts, in_any_order), max_size=4),
    )
    def some_have_booked_already(self, booked: list[tuple[int, int, int, list[int]]]) -> Any:
        """So that there is something to cancel, to move and to wait for from the first step on."""
        made = []
        for user, start, count, order in booked:
            held = self.hold(user, start, count)
            if isinstance(held, model.Visit):
                self.confirm(held, order)
                made.append(held)
        return multiple(*made)

    # A time of one's own ----------------------------------------------------------------------

    @rule(target=visits, user=users, start=starts, count=counts)
    def hold(self, user: int, start: int, count: int) -> Any:
        held = told(
            operations.hold,
            user=self.users[user],
            service=self.service,
            service_point=self.point,
            starts_at=self.moments[start],
            people=count,
        )
        return self.remember(self.model.hold(user, start, count), held)

    @rule(visit=visits)
    def extend(self, visit: model.Visit) -> None:
        assert told(operations.extend, self.visit(visit)) == self.model.extend(visit)

    @rule(visit=visits)
    def nine_minutes_pass(self, visit: model.Visit) -> None:
        """For this one alone: nothing else in the model looks at the clock."""
        Appointment.objects.filter(pk=self.rows[visit], status="held").update(
            created_at=F("created_at") - 9 * MINUTE, expires_at=F("expires_at") - 9 * MINUTE
        )
        self.model.grow_old(visit, 9)

    @rule(visit=visits)
    def let_go(self, visit: model.Visit) -> None:
        operations.let_go(self.visit(visit))
        self.model.let_go(visit)

    @rule()
    def expire_holds(self) -> None:
        """A worker tidies: what had expired was free before, so the model does not change."""
        operations.expire_holds()

    @rule(visit=visits, order=in_any_order)
    def confirm(self, visit: model.Visit, order: list[int]) -> None:
        chosen = frozenset(order[: visit.cells])
        confirmed = told(operations.confirm, self.visit(visit), people=self.named(chosen))
        expected = self.model.confirm(visit, chosen)
        if expected == "HoldExpired":
            # Which of the two depends on whether a worker has been there.
            assert confirmed in ("HoldExpired", "NotActive")
        else:
            assert getattr(confirmed, "status", confirmed) == expected

    @rule(visit=visits)
    def cancel(self, visit: model.Visit) -> None:
        operations.cancel(self.visit(visit))
        self.model.cancel(visit)

    @rule(visit=visits, start=starts)
    def move(self, visit: model.Visit, start: int) -> None:
        moved = told(
            operations.move,
            self.visit(visit),
            service_point=self.point,
            starts_at=self.moments[start],
        )
        assert getattr(moved, "status", moved) == self.model.move(visit, start)

    # The waiting list -------------------------------------------------------------------------

    @rule(
        target=entries,
        user=users,
        chosen=people,
        need=st.integers(1, 3),
        first=st.integers(0, 2),
    )
    def join(self, user: int, chosen: frozenset[int], need: int, first: int) -> Any:
        joined = told(
            operations.join,
            user=self.users[user],
            service=self.service,
            people=self.named(chosen),
            wishes=make_wishes(self.point, from_time=self.wall_time(first)),
            urgency=Urgency(need, timezone.localdate() if need < 3 else None),
        )
        return self.remember(self.model.join(user, chosen, need, first), joined)

    def wall_time(self, cell: int) -> datetime.time:
        return self.moments[cell].astimezone(self.point.zone).time()

    @rule(target=entries, visit=visits, first=st.integers(0, 2))
    def wait_for_earlier(self, visit: model.Visit, first: int) -> Any:
        wishes = make_wishes(self.point, from_time=self.wall_time(first))
        joined = told(operations.wait_for_earlier, self.visit(visit), wishes=wishes)
        return self.remember(self.model.wait_for_earlier(visit, first), joined)

    @rule(entry=entries)
    def leave(self, entry: model.Entry) -> None:
        operations.leave(self.entry(entry))
        self.model.leave(entry)

    @rule()
    def end_waiting(self) -> None:
        operations.end_waiting()
        self.model.end_waiting()

    # Offers -----------------------------------------------------------------------------------

    @rule(target=offers)
    def offer_freed_times(self) -> Any:
        known = len(self.model.offers)
        assert operations.offer_freed_times() == self.model.offer_freed_times()
        made = self.model.offers[known:]
        for offer in made:
            self.rows[offer] = Offer.objects.get(entry=self.rows[offer.entry], outcome="open").pk
        return multiple(*made)

    @rule(target=visits, offer=offers)
    def accept(self, offer: model.Offer) -> Any:
        accepted = told(operations.accept, self.offer(offer))
        status = {"cancelled": "gone"}.get(getattr(accepted, "status", ""), "confirmed")
        told_status = accepted if isinstance(accepted, str) else status
        assert told_status == self.model.accept(offer)
        visit = offer.entry.visit
        if isinstance(accepted, str) or visit in self.rows:
            return multiple()
        return self.remember(visit, accepted)

    @rule(offer=offers)
    def decline(self, offer: model.Offer) -> None:
        operations.decline(self.offer(offer))
        self.model.decline(offer)

    @rule(offer=offers)
    def the_time_of_an_offer_passes(self, offer: model.Offer) -> None:
        Offer.objects.filter(pk=self.rows[offer]).update(expires_at=timezone.now() - MINUTE)
        offer.is_late = True

    @rule()
    def lapse_offers(self) -> None:
        operations.lapse_offers()
        self.model.lapse()

    @rule()
    def the_while_of_freed_times_passes(self) -> None:
        FreedTime.objects.update(reopens_at=timezone.now() - MINUTE)
        for freed in self.model.freed:
            freed.due = True

    @precondition(lambda self: not self.model.cells[SECOND_DAY.start].released)
    @rule(policy=st.sampled_from(["at_once", "list_first"]))
    def release(self, policy: str) -> None:
        Release.objects.filter(pk=self.release_of_second_day.pk).update(
            policy=policy, window_minutes=60
        )
        assert operations.release_due() == 1
        self.model.release(SECOND_DAY, policy)

    # After each step --------------------------------------------------------------------------

    @invariant()
    def the_same_times_are_free(self) -> None:
        for count in (1, 2):
            days = availability.free_times_by_day(
                self.service,
                self.point,
                count,
                self.moments[0].date(),
                self.moments[-1].date(),
            )
            free = [self.cell(moment) for times in days.values() for moment in times]
            assert free == self.model.free_starts(count)
        first = availability.first_free_times(self.service, 1)[0].starts_at
        expected = self.model.free_starts(1)
        assert (first and self.cell(first)) == (expected[0] if expected else None)

    @invariant()
    def the_same_visits_exist(self) -> None:
        found = {
            row.pk: (self.status_of(row), self.cell(row.starts_at), row.cells, row.moves)
            for row in Appointment.objects.all()
        }
        assert found == {
            self.rows[v]: (v.status, v.start, v.cells, v.moves) for v in self.model.visits
        }

    def status_of(self, row: Appointment) -> str:
        is_live = row.status == "held" and row.expires_at and row.expires_at > timezone.now()
        return str(row.status) if is_live or row.status == "confirmed" else "gone"

    @invariant()
    def the_same_people_wait_and_are_offered_the_same(self) -> None:
        waiting = WaitingListEntry.objects.values_list("pk", "status", "appointment", "lapses")
        assert set(waiting) == {
            (self.rows[e], e.status, e.visit and self.rows[e.visit], e.lapses)
            for e in self.model.entries
        }
        offered = Offer.objects.values_list("pk", "outcome", "freed__starts_at")
        assert {(pk, outcome, self.cell(moment)) for pk, outcome, moment in offered} == {
            (self.rows[o], o.outcome, o.freed.start) for o in self.model.offers
        }

    @invariant()
    def the_same_times_are_kept(self) -> None:
        freed = FreedTime.objects.values_list("starts_at", "cells", "status")
        assert Counter((self.cell(start), *rest) for start, *rest in freed) == Counter(
            (f.start, f.cells, f.status) for f in self.model.freed
        )
        kept = Slot.objects.order_by("starts_at").values_list("kept", flat=True)
        assert list(kept) == [cell.kept for cell in self.model.cells]

    @invariant()
    def every_invariant_holds(self) -> None:
        assert invariants.broken() == {}


# The same examples in every run.
bounded = examples(
    max_examples=25,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def small_quota(settings):
    """So small that people soon reach it."""
    settings.ACTIVE_APPOINTMENTS_PER_EMAIL = QUOTA


def test_whatever_happens_the_database_agrees_with_the_model():
    run_state_machine_as_test(Booking, settings=bounded)


class Forgetful(Booking):
    """The same, with an operation that forgets something."""

    @rule(visit=Booking.visits)
    def cancel(self, visit: model.Visit) -> None:
        Appointment.objects.filter(pk=self.rows[visit]).update(status="cancelled")
        self.model.cancel(visit)


def test_the_machine_sees_an_operation_that_forgets_to_give_the_time_back():
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Forgetful, settings=examples(bounded, phases=[Phase.generate]))
