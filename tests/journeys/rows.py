"""
Every page in every state that looks different: a row each, for axe and for pictures.

A page without a row fails in test_pages.py. A state says what is shown; USUAL is the page of
somebody who has done nothing wrong.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.db.models import F
from django.utils import timezone

from accounts.models import Device, TryCount, User
from booking import operations as booking
from booking.answers import value_of
from booking.models import Appointment, Slot
from queueing.models import Ticket
from tests.factories import let_expire, make_person, make_user
from tests.journeys.abuse_rows import ABUSE
from tests.journeys.client_rows import CLIENTS, REPRESENTATIVES
from tests.journeys.guide_rows import GUIDE
from tests.journeys.invited_rows import INVITED, RIGHTS
from tests.journeys.row import SUBMIT, USUAL, Row, Show, Step, date_parts, named, opening, own
from tests.journeys.staff_rows import STAFF
from tests.journeys.visitor import Visitor
from tests.journeys.waiting_rows import WAITING
from tests.journeys.world import CAPACITY, DAY, LONG_NAME, MINUTE, Agency, Bare

# For everybody --------------------------------------------------------------------------

EVERYBODY = [
    Row("start", USUAL, opening("start")),
    Row("start", "all times are taken", opening("start", service="brexit")),
    Row("start", "nothing can be booked", opening("start"), Bare),
    Row("urgent", USUAL, opening("urgent")),
    Row("urgent", "nobody gives numbers", opening("urgent"), Bare),
    Row("point", USUAL, opening("point", "helsinki")),
    Row("point", "of a partner", opening("point", "visby")),
    Row("point", "offers nothing", opening("point", "vaasa")),
    Row("point", "has ended", opening("point", "ended")),
    Row("", "not found", opening("/no-such-page/")),
]


def code_asked(at: Visitor, world: Any) -> None:
    at.open("account_login")
    at.page.locator("input[type=email]").fill(make_user().email)
    at.page.locator("main form button[type=submit]").click()
    at.page.locator("input[autocomplete=one-time-code]").wait_for()


def wrong_code(at: Visitor, world: Any) -> None:
    code_asked(at, world)
    at.page.locator("input[autocomplete=one-time-code]").fill("WRONG9")
    at.page.locator("main form button[type=submit]").first.click()
    at.page.locator(".error-summary").wait_for()


def form_too_old(at: Visitor, world: Any) -> None:
    at.open("account_login")
    at.page.context.clear_cookies()
    at.page.locator("main form button[type=submit]").click()


SIGNING_IN = [
    Row("account_login", USUAL, opening("account_login")),
    Row("account_request_login_code", USUAL, opening("account_request_login_code")),
    Row("account_request_login_code", "error", opening("account_login", then=[(SUBMIT,)])),
    Row("account_request_login_code", "expired", form_too_old),
    Row("account_confirm_login_code", USUAL, code_asked),
    Row("account_confirm_login_code", "error", wrong_code),
    Row("account_inactive", USUAL, opening("account_inactive")),
    Row("account_logout", USUAL, opening("account_logout", who="applicant")),
]

# Booking --------------------------------------------------------------------------------

SERVICE = {"service": "permanent-card-renewal"}
PEOPLE = SERVICE | {"people": 1}
NO_PAIR = {"service": "citizenship", "second": "work"}
POINT = PEOPLE | {"point": "helsinki"}
NOWHERE_FREE = {"service": "brexit", "people": 1}

WISHES = {"near": "Espoo", "order": "distance", "hours": "morning", "step_free": "on"}
WRONG_WISHES = {"near": "Atlantis", "before_day": 31, "before_month": 2, "before_year": 2031}


def day_after(name: str) -> Callable[[Agency], int]:
    """Return a part of tomorrow's date: nothing is free before that day."""
    return lambda world: getattr(timezone.localdate() + DAY, name)


TOMORROW = {f"before_{part}": day_after(part) for part in ("day", "month", "year")}
# No point serves in Northern Sámi.
NOBODY_THERE = {"language": "se"}


def first_free(world: Agency) -> str:
    return value_of(world.free_slot().starts_at)


def a_hold(world: Agency) -> Appointment:
    return world.new_hold(make_user())


def a_familys_hold(world: Agency) -> Appointment:
    return world.new_hold(make_user(), people=3)


def an_expired_hold(world: Agency) -> Appointment:
    hold = a_hold(world)
    let_expire(hold)
    return hold


@contextlib.contextmanager
def filled(slot: Slot) -> Iterator[None]:
    """Let a slot have no room for a while: none of its places is kept by an expired hold."""
    booking.expire_holds()
    this = Slot.objects.filter(pk=slot.pk)
    room = CAPACITY - this.get().taken - this.get().kept
    this.update(taken=F("taken") + room)
    yield
    this.update(taken=F("taken") - room)


def time_taken(at: Visitor, world: Agency) -> None:
    free = world.free_slot()
    opening("book_hold", who=lambda _: make_user(), **POINT, time=value_of(free.starts_at))(
        at, world
    )
    with filled(free):
        at.page.locator(SUBMIT).last.click()
        at.page.locator("h1").wait_for()


def check_expired(at: Visitor, world: Agency) -> None:
    hold = a_hold(world)
    own("book_details", lambda _: hold, named("Suharto"))(at, world)
    at.page.wait_for_url("**/check/")
    let_expire(hold)
    at.page.reload()


def person_has_visit(at: Visitor, world: Agency) -> None:
    somebody = make_person()
    world.new_visit(make_user(), [somebody])
    steps = [*named(somebody.name), ("main form:last-of-type button:last-of-type",)]
    own("book_details", a_hold, steps)(at, world)
    at.page.locator(".error-summary").wait_for()


BOOKING = [
    Row("book", USUAL, opening("book")),
    Row("book", "nothing can be booked", opening("book"), Bare),
    Row("book_people", "two visits needed", opening("book_people", **NO_PAIR)),
    Row("book_people", USUAL, opening("book_people", **SERVICE)),
    Row("book_people", "error", opening("book_people")),
    Row("book_point", USUAL, opening("book_point", **PEOPLE)),
    Row("book_point", "error", opening("book_point", **SERVICE, people=7)),
    Row("book_point", "nothing free", opening("book_point", **NOWHERE_FREE)),
    Row("book_point", "narrowed", opening("book_point", **PEOPLE, **WISHES)),
    Row("book_point", "wrong wishes", opening("book_point", **PEOPLE, **WRONG_WISHES)),
    Row("book_point", "no time as wished", opening("book_point", **PEOPLE, **NOBODY_THERE)),
    Row("book_point", "none before a day", opening("book_point", **PEOPLE, **TOMORROW)),
    Row("book_time", USUAL, opening("book_time", **POINT)),
    Row("book_time", "narrowed", opening("book_time", **POINT, hours="morning")),
    Row("book_time", "nothing free", opening("book_time", **NOWHERE_FREE, point="helsinki")),
    Row("book_time", "too far ahead", opening("book_time", **POINT, date="2099-01-01")),
    Row("book_time", "elsewhere", opening("book_time", **PEOPLE, point="vaasa")),
    Row("book_hold", USUAL, opening("book_hold", who="newcomer", **POINT, time=first_free)),
    Row("book_hold", "error", opening("book_hold", who="newcomer", **POINT)),
    Row("book_hold", "time taken", time_taken),
    Row(
        "book_hold",
        "quota used up",
        opening("book_hold", who=Agency.has_three, **POINT, time=first_free, then=[(SUBMIT,)]),
    ),
    Row("book_details", USUAL, own("book_details", a_hold)),
    Row("book_details", "family", own("book_details", a_familys_hold)),
    Row("book_details", "error", own("book_details", a_familys_hold, [(SUBMIT,)])),
    Row("book_details", "expired", own("book_details", an_expired_hold)),
    Row("book_check", USUAL, own("book_details", a_hold, named(LONG_NAME))),
    Row("book_check", "person has a visit", person_has_visit),
    Row("book_check", "expired", check_expired),
    Row("book_confirmed", USUAL, own("book_confirmed", lambda world: world.visit)),
]

# My visits ------------------------------------------------------------------------------


def a_visit(world: Agency) -> Appointment:
    return world.new_visit(make_user())


def for_two(world: Agency) -> Appointment:
    return world.new_visit_for_two(make_user())


def changed(**fields: Any) -> Callable[[Agency], Appointment]:
    """Return a maker of a visit with `fields`."""

    def make(world: Agency) -> Appointment:
        visit = a_visit(world)
        Appointment.objects.filter(pk=visit.pk).update(**fields)
        return visit

    return make


def cancelled(world: Agency) -> Appointment:
    visit = a_visit(world)
    booking.cancel(visit)
    return visit


def soon(world: Agency) -> Appointment:
    visit = a_visit(world)
    starts_at = timezone.now() + 90 * MINUTE
    Appointment.objects.filter(pk=visit.pk).update(starts_at=starts_at)
    return visit


def with_hold(world: Agency) -> User:
    user = make_user()
    world.new_visit(user)
    world.new_hold(user)
    return user


def new_time_taken(at: Visitor, world: Agency) -> None:
    visit, free = a_visit(world), world.free_slot()
    query = {"point": "helsinki", "time": value_of(free.starts_at)}
    own("visit_move_check", lambda _: visit, **query)(at, world)
    with filled(free):
        at.page.locator("main form button[type=submit]").last.click()
        at.page.locator("h1").wait_for()


THERE = {"point": "helsinki"}

VISITS = [
    Row("visits", USUAL, opening("visits", who="applicant")),
    Row("visits", "a booking not finished", opening("visits", who=with_hold)),
    Row("visits", "none yet", opening("visits", who="newcomer")),
    Row("visit", USUAL, own("visit", lambda world: world.visit)),
    Row("visit", "for two matters", own("visit", for_two)),
    Row("visit", "cancelled", own("visit", cancelled)),
    Row("visit", "too late to move", own("visit", soon)),
    Row("visit", "of somebody else", opening("visit", lambda w: w.visit.pk, who="newcomer")),
    Row("visit_cancel", USUAL, own("visit_cancel", a_visit)),
    Row("visit_cancel", "late", own("visit_cancel", soon)),
    Row("visit_cancel", "error", own("visit_cancel", changed(status="arrived"))),
    Row("visit_move", USUAL, own("visit_move", a_visit)),
    Row("visit_move", "moved too often", own("visit_move", changed(moves=2))),
    Row("visit_move_time", USUAL, own("visit_move_time", a_visit, **THERE)),
    Row("visit_move_time", "past", own("visit_move_time", a_visit, **THERE, date="2020-01-01")),
    Row("visit_move_check", USUAL, own("visit_move_check", a_visit, **THERE, time=first_free)),
    Row("visit_move_check", "error", own("visit_move_check", a_visit, **THERE)),
    Row("visit_move_check", "time taken", new_time_taken),
]

# Kiosk, lobby, phone ----------------------------------------------------------------------


def at_kiosk(route: str, *args: Any, who: Any = "kiosk", then: Sequence[Step] = ()) -> Show:
    """Open a page of the kiosk in the reader's language, which is part of the address."""

    def show(at: Visitor, world: Any) -> None:
        opening(route, at.language, *args, who=who, then=then)(at, world)

    return show


def no_tries_yet(show: Show) -> Show:
    def begin_anew(at: Visitor, world: Any) -> None:
        TryCount.objects.all().delete()
        show(at, world)

    return begin_anew


def of_ticket(state: str, **changes: Any) -> Row:
    """Return the row of a phone that shows a ticket in `state`."""

    def show(at: Visitor, world: Agency) -> None:
        ticket = world.new_number(world.card, at.language)
        Ticket.objects.filter(pk=ticket.pk).update(status=state, **changes)
        at.open("my_number", ticket.code)

    return Row("my_number", state, show)


def number_of_visit(at: Visitor, world: Agency) -> None:
    ticket = world.new_arrival([make_person()])
    opening("kiosk_number", at.language, ticket.code, who="kiosk")(at, world)


def too_early(at: Visitor, world: Agency) -> None:
    arriving(a_visit(world).reference)(at, world)


def arriving(reference: str) -> Show:
    return at_kiosk("kiosk_arrive", then=[("[name=reference]", reference), (SUBMIT,)])


def device_of(kind: str, point: str) -> Callable[[Agency], dict[str, str]]:
    return lambda world: world.device(kind, getattr(world, point))


def revoked(kind: str) -> Callable[[Agency], dict[str, str]]:
    return lambda world: world.revoked_device(kind)


KIOSK, DISPLAY = Device.Kind.KIOSK, Device.Kind.DISPLAY
WRONG_CODE = [("[name=code]", "AAAAAAAAAA"), (SUBMIT,)]

SCREENS = [
    Row("enrol_device", USUAL, opening("enrol_device")),
    Row("enrol_device", "error", no_tries_yet(opening("enrol_device", then=WRONG_CODE))),
    Row("kiosk", USUAL, opening("kiosk", who="kiosk")),
    Row("kiosk", "not enrolled", opening("kiosk")),
    Row("kiosk", "taken out of use", opening("kiosk", who=revoked(KIOSK))),
    Row("kiosk_menu", USUAL, at_kiosk("kiosk_menu")),
    Row("kiosk_arrive", USUAL, at_kiosk("kiosk_arrive")),
    Row("kiosk_arrive", "error", arriving("XXXXXXXXXX")),
    Row("kiosk_arrive", "too early", too_early),
    Row("kiosk_matters", USUAL, at_kiosk("kiosk_matters")),
    Row("kiosk_matters", "none", at_kiosk("kiosk_matters", who=device_of(KIOSK, "partner"))),
    Row("kiosk_urgent", USUAL, at_kiosk("kiosk_urgent", "permanent-card-renewal")),
    Row(
        "kiosk_urgent",
        "no numbers left",
        at_kiosk(
            "kiosk_urgent",
            "permanent-card-renewal",
            who=device_of(KIOSK, "closed"),
            then=[(SUBMIT,)],
        ),
    ),
    Row("kiosk_not_urgent", USUAL, at_kiosk("kiosk_not_urgent")),
    Row("kiosk_number", USUAL, at_kiosk("kiosk_number", lambda w: w.waiting_ticket.code)),
    Row("kiosk_number", "of a visit", number_of_visit),
    Row("kiosk_number", "called", at_kiosk("kiosk_number", lambda w: w.called.code)),
    Row("kiosk_number", "missed", at_kiosk("kiosk_number", lambda w: w.missed.code)),
    Row("kiosk_number", "expired", at_kiosk("kiosk_number", "no-such-number")),
    Row("display", USUAL, opening("display", who="screen")),
    Row("display", "no calls yet", opening("display", who=device_of(DISPLAY, "partner"))),
    Row("display", "not enrolled", opening("display")),
    Row("display", "taken out of use", opening("display", who=revoked(DISPLAY))),
    Row("display_for_staff", USUAL, opening("display_for_staff", "helsinki", who="clerk")),
    of_ticket("waiting"),
    Row("my_number", "called", opening("my_number", lambda world: world.called.code)),
    Row("my_number", "in_service", opening("my_number", lambda world: world.served.code)),
    of_ticket("missed", called_at=timezone.now()),
    of_ticket("served"),
    Row("my_number", "expired", opening("my_number", "no-such-number")),
]

# The desk -----------------------------------------------------------------------------------

CHECK_IN = "form[action$='check-in/'] "
HAND_OUT = "form[action$='number/'] "
WRONG_REFERENCE = [(f"{CHECK_IN}[name=reference]", "XXXXXXXXXX"), (f"{CHECK_IN}button",)]

DESK = [
    Row("desk", "of several points", opening("desk", who="clerk_of_two")),
    Row("desk", "not for applicants", opening("desk", who="newcomer")),
    Row("desk_at", "choosing a desk", opening("desk_at", "helsinki", who="clerk")),
    Row("desk_sit", "error", opening("desk_at", "helsinki", who="clerk", then=[(SUBMIT,)])),
    Row("desk_at", "no desks yet", opening("desk_at", "vaasa", who="clerk_of_bare")),
    Row("desk_at", USUAL, opening("desk_at", "helsinki", who="clerk_at_desk")),
    Row("desk_at", "called", opening("desk_at", "helsinki", who="clerk_who_called")),
    Row("desk_at", "in service", opening("desk_at", "helsinki", who="clerk_who_serves")),
    Row("desk_at", "nobody waits", opening("desk_at", "visby", who="clerk_of_partner")),
    Row(
        "desk_check_in",
        "error",
        opening("desk_at", "helsinki", who="clerk_at_desk", then=WRONG_REFERENCE),
    ),
    Row(
        "desk_hand_out",
        "error",
        opening("desk_at", "helsinki", who="clerk_at_desk", then=[(f"{HAND_OUT}button",)]),
    ),
]

# The manager's ----------------------------------------------------------------------------------


def group(world: Agency) -> int:
    return world.permits.pk


def saturday_week(world: Agency) -> str:
    return f"{world.waiting.date:%G-W%V}"


def extra_day(at: Visitor, world: Agency) -> None:
    """Ask for a Sunday's hours, with a remainder too short for a time."""
    sunday = world.waiting.date + 8 * DAY
    steps = [
        *date_parts("date", sunday),
        ("[name=opens_at]", "9.00"),
        ("[name=closes_at]", "14.55"),
        ("[name=desks]", "4"),
        ("[name=public_desks]", "3"),
        ("label[for=id_release_0]",),
        (SUBMIT,),
    ]
    opening("manage:extra", "helsinki", who="manager", group=group, then=steps)(at, world)


def closing(date: Callable[[Agency], Any]) -> Show:
    def show(at: Visitor, world: Agency) -> None:
        steps = [*date_parts("date", date(world)), ("main button[value=check]",)]
        opening("manage:close", "helsinki", who="manager", then=steps)(at, world)

    return show


def managing(page: str, *args: Any, point: str = "helsinki", then: Sequence[Step] = ()) -> Show:
    who = "manager" if point == "helsinki" else "manager_of_bare"
    return opening(f"manage:{page}", point, *args, who=who, then=then)


NEW_DEVICE = [("label[for=id_kind_0]",), ("[name=name]", "Kiosk by the door"), (SUBMIT,)]

MANAGE = [
    Row("manage:points", USUAL, opening("manage:points", who="manager_of_two")),
    Row("manage:week", USUAL, managing("week")),
    Row(
        "manage:week",
        "extra and closed days",
        opening("manage:week", "helsinki", who="manager", week=saturday_week),
    ),
    Row("manage:week", "no desks yet", managing("week", point="vaasa")),
    Row("manage:week", "wrong role", opening("manage:week", "helsinki", who="clerk")),
    Row("manage:extra", "choosing desks", managing("extra")),
    Row("manage:extra", "no desks yet", managing("extra", point="vaasa")),
    Row("manage:extra", USUAL, opening("manage:extra", "helsinki", who="manager", group=group)),
    Row(
        "manage:extra",
        "error",
        opening("manage:extra", "helsinki", who="manager", group=group, then=[(SUBMIT,)]),
    ),
    Row("manage:extra", "preview", extra_day),
    Row("manage:releases", USUAL, managing("releases")),
    Row("manage:releases", "none yet", managing("releases", point="vaasa")),
    Row("manage:release", "waiting", managing("release", lambda world: world.waiting.pk)),
    Row("manage:release", "released", managing("release", lambda world: world.released.pk)),
    Row("manage:close", USUAL, managing("close")),
    Row("manage:close", "error", managing("close", then=[("main button[value=check]",)])),
    Row("manage:close", "nobody has a time", closing(lambda world: world.closing + DAY)),
    Row("manage:close", "refused", closing(lambda world: world.visit.starts_at.date())),
    Row("manage:devices", USUAL, managing("devices")),
    Row("manage:devices", "none yet", managing("devices", point="vaasa")),
    Row("manage:devices", "error", managing("devices", then=[(SUBMIT,)])),
    Row("manage:devices", "new code", managing("devices", then=NEW_DEVICE)),
]

# Mail of a laptop -------------------------------------------------------------------------------


def newest_mail(world: Agency) -> str:
    return next(mail for mail in world.mails() if mail.html).name


MAIL = [
    Row("mailbox", USUAL, lambda at, world: (newest_mail(world), at.open("mailbox"))),
    Row("mailbox", "empty", opening("mailbox"), Bare),
    Row("mailbox_message", USUAL, opening("mailbox_message", newest_mail)),
    Row("mailbox_html", USUAL, opening("mailbox_html", newest_mail)),
]

ROWS = [
    *EVERYBODY,
    *SIGNING_IN,
    *BOOKING,
    *VISITS,
    *WAITING,
    *CLIENTS,
    *SCREENS,
    *DESK,
    *INVITED,
    *STAFF,
    *MANAGE,
    *RIGHTS,
    *REPRESENTATIVES,
    *MAIL,
    *GUIDE,
    *ABUSE,
]
