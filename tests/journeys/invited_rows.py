"""Booking by invitation, and the rights that managers give, for rows.py."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from accounts.models import TryCount, User
from booking import operations as booking
from tests.factories import make_user
from tests.journeys.row import SUBMIT, USUAL, Row, Show, Step, date_parts, opening
from tests.journeys.visitor import Visitor
from tests.journeys.world import DAY, MINUTE, Agency


def take(at: Visitor, steps: Sequence[Step]) -> None:
    for selector, *typed in steps:
        place = at.page.locator(selector)
        place.fill(typed[0]) if typed else place.last.click()


def no_tries_yet(show: Show) -> Show:
    def begin_anew(at: Visitor, world: Any) -> None:
        TryCount.objects.all().delete()
        show(at, world)

    return begin_anew


def invitation(world: Agency) -> str:
    return booking.new_codes(world.right, 1)[0]


def by_invitation(then: Sequence[Step] = ()) -> Show:
    """Type the code of an invitation, and go on from there."""

    def show(at: Visitor, world: Agency) -> None:
        TryCount.objects.all().delete()
        at.open("book_invitation")
        take(at, [("[name=code]", invitation(world)), (SUBMIT,)])
        at.page.wait_for_url("**/book/invited/")
        take(at, then)

    return show


def by_list(world: Agency) -> User:
    user = make_user()
    booking.invite(world.right, [user.email])
    return user


def nothing_reserved(at: Visitor, world: Agency) -> None:
    by_invitation()(at, world)
    world.right.releases.update(returns_at=timezone.now() - MINUTE)
    at.page.locator(SUBMIT).last.click()
    at.page.locator("h1").wait_for()
    world.right.releases.update(returns_at=timezone.now() + DAY)


WRONG_INVITATION = [("[name=code]", "AAAAAAAAAA"), (SUBMIT,)]

INVITED = [
    Row("book_invitation", USUAL, opening("book_invitation")),
    Row("book_invitation", "on the list", opening("book_invitation", who=by_list)),
    Row(
        "book_invitation",
        "error",
        no_tries_yet(opening("book_invitation", then=WRONG_INVITATION)),
    ),
    Row("book_invited", USUAL, by_invitation()),
    Row("book_invited_times", USUAL, by_invitation([(SUBMIT,)])),
    Row("book_invited_times", "nothing left", nothing_reserved),
]

GROUP = {"group": lambda world: world.permits.pk}
NEW_CODES = [("[name=count]", "12"), ("form[action$='codes/'] button",)]


def reserving(at: Visitor, world: Agency) -> None:
    """Ask for a Sunday with a desk that is reserved."""
    sunday = world.waiting.date + 15 * DAY
    steps = [
        *date_parts("date", sunday),
        ("[name=opens_at]", "9.00"),
        ("[name=closes_at]", "15.00"),
        ("[name=desks]", "4"),
        ("[name=public_desks]", "3"),
        ("label[for=id_release_0]",),
        ("[name=reserved_desks]", "1"),
        *date_parts("returns_date", sunday - 3 * DAY),
        ("[name=returns_time]", "9.00"),
    ]
    show = opening("manage:extra", "helsinki", who="manager", **GROUP, then=steps)
    show(at, world)
    at.page.locator("[name=reserved_for]").select_option(str(world.right.pk))
    at.page.locator(SUBMIT).last.click()


def managing(page: str, *args: Any, point: str = "helsinki", then: Sequence[Step] = ()) -> Show:
    who = "manager" if point == "helsinki" else "manager_of_bare"
    return opening(f"manage:{page}", point, *args, who=who, then=then)


def right(world: Agency) -> int:
    return world.right.pk


RIGHTS = [
    Row("manage:extra", "reserving", reserving),
    Row("manage:rights", USUAL, managing("rights")),
    Row("manage:rights", "none yet", managing("rights", point="vaasa")),
    Row("manage:right_new", USUAL, managing("right_new")),
    Row("manage:right_new", "error", managing("right_new", then=[(SUBMIT,)])),
    Row("manage:right", USUAL, managing("right", right)),
    Row("manage:right_codes", "new codes", managing("right", right, then=NEW_CODES)),
    Row("manage:right_invite", "error", managing("right", right, then=[(SUBMIT,)])),
    Row("manage:release", "reserved", managing("release", lambda w: w.right.releases.get().pk)),
]
