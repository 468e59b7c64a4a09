"""What people see who ask too often, and what managers see of misuse."""

from typing import Any

from django.utils import timezone

from accounts.code_requests import HOURLY
from accounts.limits import HOUR
from accounts.tries import count_try
from booking import operations as booking
from booking.models import Appointment
from tests.factories import make_person, make_user
from tests.journeys.row import USUAL, Row, Show, opening
from tests.journeys.visitor import Visitor
from tests.journeys.world import DAY, LONG_NAME, Agency

# Asking too often ------------------------------------------------------------------------

NO_PROOF = """() => {
    const input = Object.assign(document.createElement("input"), {name: "altcha", value: "no"});
    document.querySelector("main form").append(input);
}"""


def asking_after(codes: int, *, script: str = "null", until: str) -> Show:
    """Ask for a code to an address that got so many in this hour; wait for what is said."""

    def show(at: Visitor, world: Any) -> None:
        email = make_user().email
        for _ in range(codes):
            count_try(HOURLY, email, limit=codes, period=HOUR)
        at.open("account_login")
        at.page.locator("input[type=email]").fill(email)
        at.page.evaluate(script)
        at.press()
        at.page.locator(until).wait_for()

    return show


# Misuse ----------------------------------------------------------------------------------

DAYS = {
    "first": lambda _: timezone.localdate() - DAY,
    "last": lambda _: timezone.localdate() + DAY,
}


def one_hand(world: Agency, name: str) -> None:
    """Let one person hold, move, cancel late, and write one name in two ways."""
    seller = make_user()
    for written in (name, name.replace("í", "i").replace("z ", "s ")):
        visit = world.new_visit(seller, [make_person(written)])
        Appointment.objects.filter(pk=visit.pk).update(moves=2, cancelled_late=True)
    for _ in range(5):
        booking.let_go(world.new_hold(seller))


def with_every_sign(at: Visitor, world: Agency) -> None:
    one_hand(world, f"{LONG_NAME} {at.language}")
    opening("manage:abuse", "helsinki", who="manager")(at, world)


def everywhere(page: str, **query: Any) -> Show:
    return opening(f"manage:{page}_everywhere", who="admin", **query)


def of_domain(domain: str) -> Show:
    return opening("manage:abuse_visits", "helsinki", who="manager", **DAYS, domain=domain)


def of_nobody(at: Visitor, world: Agency) -> None:
    opening("manage:abuse", "vaasa", who="manager_of_bare")(at, world)


WRONG_DAYS = {"first_day": "31", "first_month": "2", "first_year": "2026"}

ABUSE = [
    Row(
        "account_request_login_code",
        "no more codes for now",
        asking_after(3, until=".hds-notification[role=alert]"),
    ),
    Row(
        "account_request_login_code",
        "proof of work refused",
        asking_after(2, script=NO_PROOF, until="[data-proof-works]:not([hidden])"),
    ),
    Row("manage:abuse", USUAL, opening("manage:abuse", "helsinki", who="manager")),
    Row("manage:abuse", "with every sign", with_every_sign),
    Row("manage:abuse", "none yet", of_nobody),
    Row("manage:abuse", "error", opening("manage:abuse", "helsinki", who="manager", **WRONG_DAYS)),
    Row("manage:abuse_visits", USUAL, of_domain("example.org")),
    Row("manage:abuse_visits", "none", of_domain("nobody.example")),
    Row("manage:abuse_everywhere", USUAL, everywhere("abuse")),
    Row(
        "manage:abuse_visits_everywhere",
        USUAL,
        everywhere("abuse_visits", **DAYS, domain="example.org"),
    ),
]
