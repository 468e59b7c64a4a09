"""Visits that staff look after, for rows.py."""

from collections.abc import Sequence
from typing import Any

from booking import operations as booking
from booking.models import Appointment
from tests.factories import (
    let_expire,
    make_appointment,
    make_person,
    make_slots,
    make_staff_hold,
    make_staff_visit,
    make_user,
)
from tests.journeys.row import SUBMIT, USUAL, Row, Show, Step, opening
from tests.journeys.visitor import Visitor
from tests.journeys.world import LONG_NAME, Agency

SERVICE = {"service": "permanent-card-renewal", "people": 1}
NOWHERE_FREE = {"service": "brexit", "people": 1}


def a_visit(world: Agency) -> Appointment:
    return world.new_visit(make_user())


def of_staff(route: str, *args: Any, then: Sequence[Step] = (), **query: Any) -> Show:
    return opening(route, "helsinki", *args, who="clerk", then=then, **query)


def staff_day(world: Agency) -> dict[str, int]:
    """A day on which the public has used up the first times, and staff have not."""
    starts_at = world.morning(next(world.spare_days))
    first, *_others = make_slots(
        world.permits, 24, starts_at=starts_at, capacity=2, public_capacity=1
    )
    make_appointment(first)
    date = starts_at.astimezone(world.point.zone).date()
    return {"date_day": date.day, "date_month": date.month, "date_year": date.year}


def beyond(route: str, *args: Any, then: Sequence[Step] = (), **query: Any) -> Show:
    """Open a page of times on a day on which staff can go beyond the public capacity."""

    def show(at: Visitor, world: Agency) -> None:
        of_staff(route, *args, then=then, **query, **staff_day(world))(at, world)

    return show


def staff_hold(at: Visitor, world: Agency, *steps: Step, people: int = 1) -> Appointment:
    clerk = world.make_clerk(world.point)
    held = make_staff_hold(world.free_slot(), by=clerk, people=people)
    opening("desk_book_details", "helsinki", held.pk, who=lambda _: clerk, then=steps)(at, world)
    return held


def expired_staff_hold(at: Visitor, world: Agency) -> None:
    let_expire(staff_hold(at, world))
    at.page.reload()


def with_history(world: Agency) -> Any:
    visit = make_staff_visit(
        world.free_slot(),
        by=world.make_clerk(world.point),
        people=[make_person(f"{LONG_NAME} {next(world.spare_days)}")],
    )
    free = world.free_slot()
    booking.move_for_somebody(
        visit, by=world.clerk, starts_at=free.starts_at, reason="The desk is closed that morning"
    )
    return visit.pk


def a_cancelled_visit(world: Agency) -> Any:
    visit = a_visit(world)
    booking.cancel_for_somebody(visit, by=world.clerk, reason="Asked by phone")
    return visit.pk


FIND_ADDRESS = [("[name=email]", "a.person.with.a.long.address@university.example"), (SUBMIT,)]
FIND_NOBODY = [("[name=reference]", "XXXXXXXXXX"), (SUBMIT,)]

STAFF = [
    Row("desk_visits", USUAL, of_staff("desk_visits")),
    Row("desk_visits", "error", of_staff("desk_visits", then=[(SUBMIT,)])),
    Row("desk_visits", "several found", of_staff("desk_visits", then=FIND_ADDRESS)),
    Row("desk_visits", "nobody found", of_staff("desk_visits", then=FIND_NOBODY)),
    Row("desk_visit", USUAL, of_staff("desk_visit", with_history)),
    Row("desk_visit", "cancelled", of_staff("desk_visit", a_cancelled_visit)),
    Row("desk_visit_paper", USUAL, of_staff("desk_visit_paper", with_history)),
    Row("desk_visit_move", USUAL, beyond("desk_visit_move", lambda world: a_visit(world).pk)),
    Row(
        "desk_visit_move",
        "error",
        beyond("desk_visit_move", lambda world: a_visit(world).pk, then=[(SUBMIT,)]),
    ),
    Row("desk_visit_cancel", USUAL, of_staff("desk_visit_cancel", lambda w: a_visit(w).pk)),
    Row(
        "desk_visit_cancel",
        "error",
        of_staff("desk_visit_cancel", lambda w: a_visit(w).pk, then=[(SUBMIT,)]),
    ),
    Row("desk_book", USUAL, of_staff("desk_book")),
    Row("desk_book", "nothing can be booked", opening("desk_book", "vaasa", who="clerk_of_bare")),
    Row("desk_book_time", "error", of_staff("desk_book", then=[(SUBMIT,)])),
    Row("desk_book_time", USUAL, beyond("desk_book_time", **SERVICE)),
    Row("desk_book_time", "no times", of_staff("desk_book_time", **NOWHERE_FREE)),
    Row("desk_book_time", "no reason", beyond("desk_book_time", **SERVICE, then=[(SUBMIT,)])),
    Row("desk_book_details", USUAL, lambda at, world: staff_hold(at, world)),
    Row("desk_book_details", "error", lambda at, world: staff_hold(at, world, (SUBMIT,), people=3)),
    Row("desk_book_details", "expired", expired_staff_hold),
]
