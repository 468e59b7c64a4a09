"""
Every route x every role (T4), CSRF tokens, and reading that changes nothing (T9).

The routes come from the URL conf itself: one without a row in ACCESS fails, and so does a row
without a route.
"""

import datetime
import re
from http.cookies import SimpleCookie

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLResolver, get_resolver

from accounts.models import Device, Role
from booking import operations as booking
from booking.answers import value_of
from booking.models import Appointment, FreedTime, Offer, Slot, WaitingListEntry
from queueing import operations as queueing
from servicepoints import guide_operations
from servicepoints.guide_models import Choice, Ending, Question
from servicepoints.plan import ProposedHours
from tests.factories import (
    enrol_client,
    make_entry,
    make_group,
    make_hold,
    make_mandate,
    make_opening,
    make_person,
    make_point,
    make_right,
    make_service,
    make_slots,
    make_staff,
    make_staff_hold,
    make_user,
)
from tests.guides import make_draft, publish
from tests.queueing.test_calls import make_ticket

pytestmark = pytest.mark.django_db

# A Wednesday, 10.00 in Helsinki; ahead of the database's clock, which sells no past times.
NOW = datetime.datetime(2031, 3, 12, 8, 0, tzinfo=datetime.UTC)
NEXT_WEEK = NOW + datetime.timedelta(days=7)

# "Here" is the point at which the owner has a visit, and the devices stand.
ROLES = [
    "anonymous",
    "owner",
    "other_applicant",
    # Who acts for the owner, under whose mandate the visit was booked; and for somebody else.
    "representative",
    "other_representative",
    "clerk",
    "clerk_elsewhere",
    "manager",
    "manager_elsewhere",
    "kiosk",
    "screen",
]

NOT_STAFF = ["owner", "other_applicant", "representative", "other_representative"]

# What a request comes to: a status, where to sign in, or another page.
LOGIN, ELSEWHERE = "sign in", "another page"
Row = dict[str, int | str]


def everybody(outcome: int | str, **others: int | str) -> Row:
    return dict.fromkeys(ROLES, outcome) | others


def who_signed_in(outcome: int | str, **others: int | str) -> Row:
    """A device's cookie means nothing on the pages of people (T8)."""
    return everybody(outcome, anonymous=LOGIN, kiosk=LOGIN, screen=LOGIN) | others


def owner(outcome: int | str) -> Row:
    return who_signed_in(404, owner=outcome)


def reached(outcome: int | str) -> Row:
    """What was booked under a mandate is the client's, and the representative's who booked it."""
    return owner(outcome) | {"representative": outcome}


def clients_of_representative(outcome: int | str) -> Row:
    return who_signed_in(404, representative=outcome)


def staff_here(outcome: int | str, manager: int | str = "") -> Row:
    return who_signed_in(404, clerk=outcome, manager=manager or outcome)


def manager_here(outcome: int | str) -> Row:
    return staff_here(403, manager=outcome)


def editor(outcome: int | str) -> Row:
    """The guide and representatives are everybody's, so managers of any point see to them."""
    return who_signed_in(404, clerk=403, clerk_elsewhere=403) | {
        "manager": outcome,
        "manager_elsewhere": outcome,
    }


def administrator() -> Row:
    """What is of all points is for administrators, of whom there is none here."""
    staff = dict.fromkeys(["clerk", "clerk_elsewhere", "manager", "manager_elsewhere"], 403)
    return who_signed_in(404) | staff


def kiosk(outcome: int | str) -> Row:
    return everybody(403, kiosk=outcome)


def program_of_anybody(outcome: int | str, **others: int | str) -> Row:
    return everybody(outcome, anonymous=401, kiosk=401, screen=401) | others


def program_of_owner(outcome: int | str) -> Row:
    return program_of_anybody(404, owner=outcome)


def program_of_reached(outcome: int | str) -> Row:
    return program_of_owner(outcome) | {"representative": outcome}


def program_of_staff(outcome: int | str, **others: int | str) -> Row:
    return program_of_anybody(outcome) | dict.fromkeys(NOT_STAFF, 403) | others


def program_of_staff_here(outcome: int | str, **others: int | str) -> Row:
    elsewhere: Row = {"clerk_elsewhere": 404, "manager_elsewhere": 404}
    return program_of_staff(outcome) | elsewhere | others


def program_of_the_desk(outcome: int | str) -> Row:
    return program_of_staff(404, clerk=outcome)


def program_at_the_point(outcome: int | str) -> Row:
    elsewhere: Row = {"clerk_elsewhere": 404, "manager_elsewhere": 404}
    return program_of_staff(outcome, kiosk=outcome) | elsewhere


FOR_WHOM: Row = {"representative": ELSEWHERE, "other_representative": ELSEWHERE}
NO = everybody(405)
NO_PROGRAM = program_of_anybody(405)
NO_PROGRAM_OF_STAFF = program_of_staff(405)

# Of every route: what GET and what an empty POST come to, for each role.
ACCESS: dict[str, tuple[Row, Row]] = {
    "start": (everybody(200), NO),
    "urgent": (everybody(200), NO),
    "point": (everybody(200), NO),
    # Representatives are asked first for whom they book.
    "book": (everybody(200) | FOR_WHOM, NO),
    "book_for": (who_signed_in(200), NO),
    "book_people": (everybody(200), NO),
    "book_point": (everybody(200), NO),
    "book_near": (NO, everybody(422)),
    "book_time": (everybody(200), NO),
    "book_hold": (who_signed_in(200) | FOR_WHOM, everybody(422)),
    "book_invitation": (everybody(200), everybody(422)),
    # Nobody here has been invited.
    "book_invited": (everybody(ELSEWHERE), NO),
    "book_invited_times": (everybody(ELSEWHERE), everybody(ELSEWHERE)),
    "book_details": (reached(200), reached(422)),
    "book_check": (reached(ELSEWHERE), reached(ELSEWHERE)),
    "book_confirmed": (reached(200), NO),
    "clients": (who_signed_in(200), NO),
    "client_ask": (
        who_signed_in(403, representative=200, other_representative=200),
        who_signed_in(403, representative=422, other_representative=422),
    ),
    "client": (clients_of_representative(200), NO),
    "client_end": (clients_of_representative(200), clients_of_representative(ELSEWHERE)),
    "represent": (
        who_signed_in(200, representative=ELSEWHERE, other_representative=ELSEWHERE),
        who_signed_in(422, representative=ELSEWHERE, other_representative=ELSEWHERE),
    ),
    # The link of a mail opens nothing to whoever has signed in with another address.
    "mandate": (owner(200), owner(ELSEWHERE)),
    "mandate_end": (owner(200), owner(ELSEWHERE)),
    "visits": (who_signed_in(200), NO),
    "visit": (reached(200), NO),
    "visit_ics": (reached(200), NO),
    "visit_cancel": (reached(200), reached(ELSEWHERE)),
    "visit_move": (reached(200), NO),
    "visit_move_time": (reached(200), NO),
    "visit_move_check": (reached(200), reached(ELSEWHERE)),
    "visit_short": (owner(ELSEWHERE), NO),
    "visit_earlier": (owner(200), owner(422)),
    "waiting_wishes": (everybody(200), NO),
    "waiting_people": (who_signed_in(200), who_signed_in(422)),
    "waiting_entry": (owner(200), NO),
    "waiting_leave": (NO, owner(ELSEWHERE)),
    # Whoever has the link may answer.
    "offer": (everybody(200), everybody(ELSEWHERE)),
    "guide": (everybody(200), everybody(422)),
    "enrol_device": (everybody(200), everybody(422)),
    "kiosk": (kiosk(200), NO),
    "kiosk_menu": (kiosk(200), NO),
    "kiosk_arrive": (kiosk(200), kiosk(422)),
    "kiosk_matters": (kiosk(200), NO),
    "kiosk_urgent": (kiosk(200), kiosk(422)),
    "kiosk_not_urgent": (kiosk(200), NO),
    "kiosk_number": (kiosk(200), NO),
    "display": (everybody(403, screen=200), NO),
    "display_for_staff": (staff_here(200), NO),
    "my_number": (everybody(200), NO),
    "desk": (who_signed_in(ELSEWHERE) | dict.fromkeys(NOT_STAFF, 403), who_signed_in(405)),
    "desk_at": (staff_here(200), NO),
    "desk_visits": (staff_here(200), staff_here(422)),
    "desk_visit": (staff_here(200), NO),
    "desk_visit_paper": (staff_here(200), NO),
    "desk_visit_move": (staff_here(200), staff_here(422)),
    "desk_visit_cancel": (staff_here(200), staff_here(422)),
    "desk_book": (staff_here(200), NO),
    "desk_book_time": (staff_here(200), staff_here(422)),
    # The clerk holds it for somebody; the manager does not.
    "desk_book_details": (staff_here(200, manager=404), staff_here(422, manager=404)),
    "desk_sit": (NO, staff_here(422)),
    "desk_leave": (NO, staff_here(ELSEWHERE)),
    "desk_next": (NO, staff_here(ELSEWHERE)),
    # The manager is not at a desk.
    "desk_check_in": (NO, staff_here(422, manager=ELSEWHERE)),
    "desk_hand_out": (NO, staff_here(422, manager=ELSEWHERE)),
    "desk_step": (NO, staff_here(ELSEWHERE)),
    "desk_back": (NO, staff_here(ELSEWHERE)),
    # Streams are an application of their own: tests/queueing/test_live.py.
    "live_ticket": (everybody(503), everybody(503)),
    "live_point": (everybody(503), everybody(503)),
    "live": (everybody(200), NO),
    "ready": (everybody(200), NO),
    "metrics": (everybody(200), NO),
    "api:service_points": (everybody(200), NO),
    "api:service_point": (everybody(200), NO),
    "api:services": (everybody(200), NO),
    "api:first_free_times": (everybody(200), NO),
    "api:free_times": (everybody(200), NO),
    "api:free_days": (everybody(200), NO),
    "api:reserved_times": (NO_PROGRAM, program_of_anybody(422)),
    "api:appointments": (program_of_anybody(200), program_of_anybody(400)),
    "api:appointment": (program_of_reached(200), NO_PROGRAM),
    "api:confirm": (NO_PROGRAM, program_of_reached(422)),
    "api:cancel": (NO_PROGRAM, program_of_reached(200)),
    "api:move": (NO_PROGRAM, program_of_reached(422)),
    "api:clients": (program_of_anybody(200), NO_PROGRAM),
    "api:client": (program_of_anybody(404, representative=200), NO_PROGRAM),
    "api:client_end": (NO_PROGRAM, program_of_anybody(404, representative=200)),
    "api:client_appointments": (program_of_anybody(404, representative=200), NO_PROGRAM),
    "api:guide": (everybody(200), NO),
    "api:wait_for_earlier": (NO_PROGRAM, program_of_owner(400)),
    "api:waiting_list": (program_of_anybody(200), program_of_anybody(400)),
    "api:waiting_entry": (program_of_owner(200), NO_PROGRAM),
    "api:waiting_leave": (NO_PROGRAM, program_of_owner(200)),
    "api:offer": (everybody(200), NO),
    "api:accept_offer": (NO, everybody(200)),
    "api:decline_offer": (NO, everybody(200)),
    "api:staff_times": (program_of_staff_here(200), NO_PROGRAM_OF_STAFF),
    "api:staff_appointments": (NO_PROGRAM_OF_STAFF, program_of_staff_here(400)),
    "api:staff_search": (NO_PROGRAM_OF_STAFF, program_of_staff_here(422)),
    "api:staff_appointment": (program_of_staff_here(200), NO_PROGRAM_OF_STAFF),
    "api:staff_confirm": (NO_PROGRAM_OF_STAFF, program_of_staff_here(422, manager=404)),
    "api:staff_move": (NO_PROGRAM_OF_STAFF, program_of_staff_here(422)),
    "api:staff_cancel": (NO_PROGRAM_OF_STAFF, program_of_staff_here(422)),
    "api:tickets": (program_of_staff(405, kiosk=405), program_at_the_point(400)),
    "api:check_ins": (program_of_staff(405, kiosk=405), program_at_the_point(422)),
    "api:ticket": (everybody(200), NO),
    "api:desk": (program_of_staff(200), NO_PROGRAM_OF_STAFF),
    "api:sit_down": (NO_PROGRAM_OF_STAFF, program_of_staff(422)),
    "api:stand_up": (NO_PROGRAM_OF_STAFF, program_of_staff(200, clerk=409)),
    # Somebody is at the clerk's desk, nobody in the other clerk's line; managers have no desk.
    "api:call_next": (NO_PROGRAM_OF_STAFF, program_of_staff(409, clerk_elsewhere=404)),
    "api:call_again": (NO_PROGRAM_OF_STAFF, program_of_the_desk(200)),
    "api:start": (NO_PROGRAM_OF_STAFF, program_of_the_desk(200)),
    "api:finish": (NO_PROGRAM_OF_STAFF, program_of_the_desk(409)),
    "api:miss": (NO_PROGRAM_OF_STAFF, program_of_the_desk(200)),
    "api:return_to_line": (NO_PROGRAM_OF_STAFF, program_of_staff_here(409)),
    "api:token": (NO_PROGRAM, program_of_anybody(201)),
    "api:challenge": (everybody(200), NO),
    "api:problems": (everybody(200), NO),
    "api:schema": (everybody(200), NO),
    "api:docs": (everybody(200), NO),
    "api:api/": (everybody(404), everybody(404)),
    "api:api/<path:path>": (everybody(404), everybody(404)),
    "account_login": (
        everybody(ELSEWHERE, anonymous=200, kiosk=200, screen=200),
        everybody(ELSEWHERE, anonymous=422, kiosk=422, screen=422),
    ),
    "account_request_login_code": (
        everybody(ELSEWHERE, anonymous=200, kiosk=200, screen=200),
        everybody(ELSEWHERE, anonymous=422, kiosk=422, screen=422),
    ),
    "account_confirm_login_code": (who_signed_in(ELSEWHERE), who_signed_in(ELSEWHERE)),
    "account_logout": (
        everybody(200, anonymous=ELSEWHERE, kiosk=ELSEWHERE, screen=ELSEWHERE),
        everybody(ELSEWHERE),
    ),
    # Without a provider in the settings there is no identification: tests/accounts/test_oidc.py.
    "identify": (NO, everybody(404)),
    "identify_callback": (everybody(404), NO),
    "account_inactive": (everybody(200), NO),
    "manage:abuse_everywhere": (administrator(), NO),
    "manage:abuse_visits_everywhere": (administrator(), NO),
    "manage:abuse": (manager_here(200), NO),
    "manage:abuse_visits": (manager_here(ELSEWHERE), NO),
    "manage:points": (
        who_signed_in(404, manager=ELSEWHERE, manager_elsewhere=ELSEWHERE),
        NO,
    ),
    "manage:week": (manager_here(200), NO),
    "manage:extra": (manager_here(200), manager_here(422)),
    "manage:releases": (manager_here(200), NO),
    "manage:release": (manager_here(200), NO),
    "manage:rights": (manager_here(200), NO),
    "manage:right_new": (manager_here(200), manager_here(422)),
    "manage:right": (manager_here(200), NO),
    "manage:right_codes": (NO, manager_here(422)),
    "manage:right_invite": (NO, manager_here(422)),
    "manage:close": (manager_here(200), manager_here(422)),
    "manage:reopen": (NO, manager_here(404)),
    "manage:devices": (manager_here(200), manager_here(422)),
    "manage:revoke_device": (NO, manager_here(ELSEWHERE)),
    "manage:representatives": (editor(200), NO),
    "manage:representative": (editor(200), NO),
    "manage:verify_representative": (NO, editor(ELSEWHERE)),
    "manage:end_representative": (NO, editor(ELSEWHERE)),
    "manage:record_mandate": (editor(200), editor(422)),
    "manage:end_mandate": (NO, editor(ELSEWHERE)),
    "manage:guide": (editor(200), NO),
    "manage:guide_figures": (editor(200), NO),
    "manage:guide_version": (editor(200), NO),
    "manage:guide_publish": (NO, editor(409)),
    "manage:guide_start_draft": (NO, editor(ELSEWHERE)),
    "manage:guide_draft": (editor(200), NO),
    "manage:guide_preview": (editor(200), editor(422)),
    "manage:guide_discard": (editor(200), editor(ELSEWHERE)),
    "manage:guide_add_question": (editor(200), editor(422)),
    "manage:guide_question": (editor(200), editor(422)),
    "manage:guide_begin_with": (NO, editor(ELSEWHERE)),
    "manage:guide_remove_question": (editor(200), editor(ELSEWHERE)),
    "manage:guide_add_choice": (editor(200), editor(422)),
    "manage:guide_choice": (editor(200), editor(422)),
    "manage:guide_remove_choice": (editor(200), editor(ELSEWHERE)),
    "manage:guide_add_ending": (editor(200), editor(422)),
    "manage:guide_ending": (editor(200), editor(422)),
    "manage:guide_remove_ending": (editor(200), editor(ELSEWHERE)),
    "set_language": (NO, everybody(ELSEWHERE)),
}


def offered(slot: Slot, entry: WaitingListEntry) -> Offer:
    """A time that came back in `slot`, offered to `entry`; past the database's clock, as NOW is."""
    Slot.objects.filter(pk=slot.pk).update(kept=1)
    freed = FreedTime.objects.create(
        desk_group=slot.desk_group,
        starts_at=slot.starts_at,
        cells=1,
        status=FreedTime.Status.OFFERED,
        reopens_at=NOW,
    )
    expires_at = NOW + datetime.timedelta(hours=1)
    return Offer.objects.create(entry=entry, freed=freed, minutes=10, expires_at=expires_at)


# The right to answer an offer is its code, whoever is signed in.
BY_CODE = {"api:accept_offer", "api:decline_offer"}
# Made once, since each loads the middleware anew.
BROWSERS = {checks: Client(enforce_csrf_checks=checks) for checks in (False, True)}


def routes(patterns=None, prefix="", namespace=""):
    """Yield the name and the address of every route; a nameless one is called by its address."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            inner = ":".join(filter(None, [namespace, each.namespace]))
            yield from routes(each.url_patterns, path, inner)
        else:
            yield ":".join(filter(None, [namespace, each.name or path])), path


def own_routes():
    return {name: path for name, path in routes() if not path.startswith("admin/")}


class World:
    """One point with everything, where `owner`, `clerk` and `manager` belong; and one elsewhere."""

    def __init__(self) -> None:
        service = make_service("passport")
        here, there = (make_group(make_point(slug), services=[service], desks=2) for slug in "ab")
        self.point = here.service_point
        self.users = {"owner": make_user(), "other_applicant": make_user()}
        for group, elsewhere in ((here, ""), (there, "_elsewhere")):
            make_opening(group, NOW.weekday(), desks=2)
            clerk = self.users[f"clerk{elsewhere}"] = make_staff(group.service_point)
            queueing.sit_down(clerk, group.desks.first())
            manager = make_staff(group.service_point, Role.Kind.MANAGER)
            self.users[f"manager{elsewhere}"] = manager
        self.mandate = make_mandate(client=self.users["owner"])
        self.users["representative"] = self.mandate.representative.user
        self.users["other_representative"] = make_mandate().representative.user
        first, second, third, fourth, fifth = make_slots(here, 5, starts_at=NEXT_WEEK)
        self.visit = self.book_under_the_mandate(first)
        self.hold = make_hold(second, user=self.users["owner"], mandate=self.mandate)
        self.kept_by_clerk = make_staff_hold(fifth, by=self.users["clerk"])
        self.free = value_of(third.starts_at)
        self.entry = make_entry(first, user=self.users["owner"])
        self.offer = offered(fourth, self.entry)
        publish(make_draft().version)
        self.draft = guide_operations.start_draft(None)
        make_ticket(here)
        self.ticket = queueing.call_next(here.desks.first(), by=self.users["clerk"])
        hours = ProposedHours(NEXT_WEEK.date(), datetime.time(17), datetime.time(18), 1, 1)
        self.release = booking.open_extra_day(
            here, hours, release_at=None, by=self.users["manager"]
        )
        self.right = make_right(services=[service], points=[self.point])
        self.device = enrol_client(Client(), self.point, Device.Kind.KIOSK)
        self.cookies = {role: self._cookies(role) for role in ROLES}

    def book_under_the_mandate(self, slot: Slot) -> Appointment:
        held = make_hold(slot, user=self.users["owner"], mandate=self.mandate)
        return booking.confirm(held, people=[make_person()], mandate=self.mandate)

    def _cookies(self, role: str) -> SimpleCookie:
        client = Client()
        if role in self.users:
            client.force_login(self.users[role], "django.contrib.auth.backends.ModelBackend")
        if role == "kiosk":
            enrol_client(client, self.point, Device.Kind.KIOSK)
        if role == "screen":
            enrol_client(client, self.point, Device.Kind.DISPLAY)
        return client.cookies

    def address(self, name: str, path: str) -> str:
        """Return the address of a route, with what belongs to the owner or to the point here."""
        appointment = self.visit
        if name in {"book_details", "book_check", "api:confirm"}:
            appointment = self.hold
        if name in {"desk_book_details", "api:staff_confirm"}:
            appointment = self.kept_by_clerk
        values = {
            "slug": "passport" if name in {"kiosk_urgent", "api:first_free_times"} else "a",
            "appointment_id": appointment.pk,
            "ticket_id": self.ticket.pk,
            "code": self._code(name),
            "mandate_id": self.mandate.pk,
            "representative_id": self.mandate.representative_id,
            "reference": self.visit.reference,
            "entry_id": self.entry.pk,
            "number": self.draft.number - (name == "manage:guide_version"),
            "row_id": self._row_of_draft(name).pk,
            "release_id": self.release.pk,
            "right_id": self.right.pk,
            "device_id": self.device.pk,
            "language": "en",
            "step": "start",
            "path": "v1/nothing",
        }
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part: str(values[part[1]]), path)

    def _code(self, name: str) -> str:
        if name == "mandate":
            return self.mandate.code
        return self.offer.code if "offer" in name else self.ticket.code

    def _row_of_draft(self, name: str) -> Question | Choice | Ending:
        if "ending" in name:
            return self.draft.endings.first()
        question = self.draft.questions.first()
        is_choice = "choice" in name and "add_" not in name
        return question.choices.first() if is_choice else question

    def answers(self) -> dict[str, str]:
        """What a GET may ask with."""
        return {
            "service": "passport",
            "people": "1",
            "point": "a",
            "time": self.free,
            "date": str(NEXT_WEEK.date()),
            "month": "2031-03",
        }

    def browser(self, role: str, *, checks_csrf: bool = False) -> Client:
        """Return a browser of `role` that knows nothing of the requests before."""
        client = BROWSERS[checks_csrf]
        client.cookies = self.cookies[role].copy()
        return client

    def ask(
        self, method: str, role: str, name: str, path: str, *, checks_csrf: bool = False
    ) -> HttpResponse:
        client, address = self.browser(role, checks_csrf=checks_csrf), self.address(name, path)
        if method == "GET":
            return client.get(address, self.answers() if "week" not in name else {})
        if path.startswith("api/"):
            return client.post(address, "{}", "application/json")
        return client.post(address, {"nothing": "here"})


@pytest.fixture
def world(time_machine) -> World:
    time_machine.move_to(NOW)
    cache.clear()
    return World()


def outcome_of(response: HttpResponse) -> int | str:
    if response.status_code == 302:
        return LOGIN if "/login/" in response.url else ELSEWHERE
    return response.status_code


def come_to(world: World, method: str, role: str, names: dict[str, str]) -> Row:
    """What a request of each route comes to, each on a world as it was made."""
    outcomes: Row = {}
    for name, path in names.items():
        with transaction.atomic():
            outcomes[name] = outcome_of(world.ask(method, role, name, path))
            transaction.set_rollback(True)
    return outcomes


def wrong(outcomes: Row, expected: Row) -> dict[str, tuple[int | str, int | str]]:
    """What came, and what should have come, where these differ."""
    return {
        name: (outcome, expected[name])
        for name, outcome in outcomes.items()
        if outcome != expected[name]
    }


# Who may do what --------------------------------------------------------------------


def test_every_route_has_a_row_and_every_row_a_route():
    assert set(own_routes()) == set(ACCESS)


@pytest.mark.parametrize("role", ROLES)
def test_reading_comes_to_what_the_table_says(world, role):
    expected = {name: get[role] for name, (get, _post) in ACCESS.items()}
    assert wrong(come_to(world, "GET", role, own_routes()), expected) == {}


@pytest.mark.parametrize("role", ROLES)
def test_acting_comes_to_what_the_table_says(world, role):
    expected = {name: post[role] for name, (_get, post) in ACCESS.items()}
    assert wrong(come_to(world, "POST", role, own_routes()), expected) == {}


def test_the_table_is_looked_at_for_every_role(world):
    """It can fail: of somebody else's visit the table says 404, and its owner sees it."""
    outcomes = come_to(world, "GET", "owner", {"visit": own_routes()["visit"]})
    assert wrong(outcomes, {"visit": ACCESS["visit"][0]["other_applicant"]})


ADMIN_VALUES = {"object_id": "1", "content_type_id": "1", "app_label": "auth", "url": "nothing"}


def admin_addresses():
    for _name, path in routes():
        if path.startswith("admin/"):
            plain = re.sub(r"\^?\(\?P(<\w+>)[^)]*\)/?\$?", r"\1", path).rstrip("$")
            yield "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part: ADMIN_VALUES[part[1]], plain)


@pytest.mark.parametrize("role", ROLES)
def test_nobody_but_administrators_gets_into_the_admin(world, role):
    shown = set()
    for address in set(admin_addresses()):
        outcome = outcome_of(world.browser(role).get(address))
        if outcome not in {LOGIN, 403, 404, 405}:
            shown.add(address)
    # To sign in and out is open to everybody.
    assert shown <= {"/admin/login/", "/admin/logout/"}


# Nothing changes without a token, or by reading ------------------------------------------


@pytest.mark.parametrize("role", ["anonymous", "owner", "clerk", "manager", "kiosk"])
def test_no_page_is_acted_on_without_the_token_of_its_form(world, role):
    for name, path in own_routes().items():
        if not path.startswith("api/") and ACCESS[name][1] != NO:
            response = world.ask("POST", role, name, path, checks_csrf=True)
            assert response.status_code == 403, name


@pytest.mark.parametrize("role", ["owner", "clerk", "manager"])
def test_no_program_acts_in_a_session_without_its_token(world, role):
    for name, path in own_routes().items():
        # The right to answer an offer is its code, whoever is signed in.
        in_session = path.startswith("api/v1/") and name not in {
            "api:accept_offer",
            "api:decline_offer",
        }
        if in_session and ACCESS[name][1][role] not in {404, 405}:
            response = world.ask("POST", role, name, path, checks_csrf=True)
            assert response.status_code == 403, name
            assert response.json()["code"] in {"csrf_failed", "permission_denied"}


@pytest.mark.parametrize("name", ["api:tickets", "api:check_ins"])
def test_no_kiosk_acts_for_another_site(world, name):
    path = own_routes()[name]
    response = world.ask("POST", "kiosk", name, path, checks_csrf=True)
    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")


def test_with_the_token_of_the_form_a_page_is_acted_on(world):
    client = world.browser("owner", checks_csrf=True)
    page = client.get(f"/visits/{world.visit.pk}/cancel/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    response = client.post(f"/visits/{world.visit.pk}/cancel/", {"csrfmiddlewaretoken": token})
    assert response.status_code == 302


def contents() -> dict[str, tuple[int, str]]:
    """Count the rows of every table, and sum them up."""
    tables = connection.introspection.table_names()
    sums = " UNION ALL ".join(
        f"SELECT '{table}', count(*), md5(string_agg(row::text, ' ' ORDER BY row::text))"
        f' FROM "{table}" AS row'
        for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(sums)
        return {table: (count, digest) for table, count, digest in cursor.fetchall()}


@pytest.mark.parametrize("role", ["anonymous", "owner", "clerk", "manager", "kiosk", "screen"])
def test_reading_every_page_twice_changes_nothing(world, role):
    before = contents()
    for name, path in [*own_routes().items()] * 2:
        world.ask("GET", role, name, path)
    assert wrong(contents(), before) == {}


def test_a_change_is_noticed(world):
    before = contents()
    world.ask("POST", "owner", "visit_cancel", own_routes()["visit_cancel"])
    assert {"booking_appointment", "booking_slot"} <= set(wrong(contents(), before))
