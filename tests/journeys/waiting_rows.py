"""The waiting list and its offers, for rows.py."""

import datetime
from typing import Any

from django.utils import timezone

from booking import operations as booking
from booking.models import Offer, WaitingListEntry
from tests.factories import free, make_entry, make_person, make_user
from tests.journeys.row import SUBMIT, USUAL, Row, Show, Step, date_parts, named, opening, own
from tests.journeys.visitor import Visitor
from tests.journeys.world import DAY, Agency

SERVICE = {"service": "permanent-card-renewal", "people": 1}


def wished(world: Agency) -> dict[str, Any]:
    """Return the answers of the page of wishes, as they stand in the address."""
    last = timezone.localdate() + 60 * DAY
    answers = {"points": "helsinki", "time_of_day": "morning", "weekdays": 1, "notice": 24}
    days = {f"last_date_{part}": getattr(last, part) for part in ("day", "month", "year")}
    return SERVICE | answers | days


def joining(then: list[Step]) -> Show:
    def show(at: Visitor, world: Agency) -> None:
        opening("waiting_people", who="newcomer", then=then, **wished(world))(at, world)

    return show


def who_has_a_visit(world: Agency) -> list[Step]:
    somebody = make_person()
    world.new_visit(make_user(), [somebody])
    return [*named(somebody.name)[:-1], ("label[for=id_need-need_0]",), (SUBMIT,)]


def refused(at: Visitor, world: Agency) -> None:
    joining(who_has_a_visit(world))(at, world)
    at.page.locator(".error-summary").wait_for()


def waiting(world: Agency) -> WaitingListEntry:
    return make_entry(world.free_slot(), user=make_user())


def left(world: Agency) -> WaitingListEntry:
    entry = waiting(world)
    booking.leave(entry)
    return entry


def offered(world: Agency) -> Offer:
    """Return a time that came back, offered to the only one who waits."""
    for other in WaitingListEntry.objects.waiting():
        booking.leave(other)
    slot = world.free_slot()
    entry = make_entry(slot, user=make_user())
    free(slot)
    booking.offer_freed_times()
    return entry.offers.get()


def offered_to(world: Agency) -> WaitingListEntry:
    return offered(world).entry


def with_offer(then: list[Step] | None = None, **changes: Any) -> Show:
    def show(at: Visitor, world: Agency) -> None:
        offer = offered(world)
        Offer.objects.filter(pk=offer.pk).update(**changes) if changes else None
        opening("offer", offer.code, then=then or [])(at, world)

    return show


def an_hour_ago() -> datetime.datetime:
    return timezone.now() - datetime.timedelta(hours=1)


ACCEPT, DECLINE = [("button[name=accept]",)], [("button[name=decline]",)]

WAITING = [
    Row("waiting_wishes", USUAL, opening("waiting_wishes", **SERVICE)),
    Row("waiting_wishes", "error", opening("waiting_wishes", **SERVICE, then=[(SUBMIT,)])),
    Row("waiting_people", USUAL, joining([])),
    Row("waiting_people", "error", joining([(SUBMIT,)])),
    Row("waiting_people", "person has a visit", refused),
    Row("waiting_entry", USUAL, own("waiting_entry", waiting)),
    Row("waiting_entry", "left", own("waiting_entry", left)),
    Row("waiting_entry", "a time is offered", own("waiting_entry", offered_to)),
    Row("visit_earlier", USUAL, own("visit_earlier", lambda world: world.new_visit(make_user()))),
    Row(
        "visit_earlier",
        "error",
        own(
            "visit_earlier",
            lambda world: world.new_visit(make_user()),
            [*date_parts("last_date", datetime.date(2020, 1, 1)), (SUBMIT,)],
        ),
    ),
    Row("offer", USUAL, with_offer()),
    Row("offer", "accepted", with_offer(ACCEPT)),
    Row("offer", "declined", with_offer(DECLINE)),
    Row("offer", "over", with_offer(outcome=Offer.Outcome.LAPSED)),
    Row("offer", "unknown", opening("offer", "no-such-offer")),
]
