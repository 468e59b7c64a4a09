"""Representatives and their clients, for rows.py."""

from collections.abc import Callable, Sequence
from typing import Any

from accounts.operations import ask_for_mandate, end_representative
from booking.models import Appointment
from tests.factories import make_hold, make_mandate, make_representative, make_user
from tests.journeys.row import SUBMIT, USUAL, Row, Show, Step, named, opening
from tests.journeys.visitor import Visitor
from tests.journeys.world import Agency


def acting(route: str, *args: Any, then: Sequence[Step] = (), **query: Any) -> Show:
    return opening(route, *args, who="representative", then=then, **query)


def hold_for_client(world: Agency) -> Appointment:
    mandate = make_mandate(world.mandate.representative, name="Carla Client")
    return make_hold(world.free_slot(), user=mandate.client, mandate=mandate)


def acting_on(route: str, make: Callable[[Any], Any], then: Sequence[Step] = ()) -> Show:
    """Open a page of what `make` returns as the representative who booked it."""
    return opening(route, lambda world: make(world).pk, who="representative", then=then)


def under_mandate(world: Agency) -> Appointment:
    mandate = make_mandate(world.mandate.representative, name="Carla Client")
    return world.new_visit_under(mandate)


def client_of(name: str) -> Callable[[Agency], Any]:
    return lambda world: getattr(world, name).pk


def too_late_to_answer(at: Visitor, world: Agency) -> None:
    client, representative = make_user(), make_representative()
    asked = ask_for_mandate(representative, name="Carla", email=client.email)
    opening("mandate", asked.code, who=lambda _: client)(at, world)
    end_representative(representative, by=world.manager)
    at.page.locator(SUBMIT).first.click()
    at.page.locator(".error-summary").wait_for()


CLIENTS = [
    Row("clients", USUAL, acting("clients")),
    Row("clients", "none yet", opening("clients", who="representative_without_clients")),
    Row("clients", "not a representative", opening("clients", who="newcomer")),
    Row("clients", "waiting", opening("clients", who=lambda world: world.would_be.user)),
    Row("represent", USUAL, opening("represent", who="newcomer")),
    Row("represent", "error", opening("represent", who="newcomer", then=[(SUBMIT,)])),
    Row("client_ask", USUAL, acting("client_ask")),
    Row("client_ask", "error", acting("client_ask", then=[(SUBMIT,)])),
    Row("client_ask", "wrong role", opening("client_ask", who="newcomer")),
    Row("client", USUAL, acting("client", client_of("mandate"))),
    Row("client", "asked", acting("client", client_of("asked_mandate"))),
    Row("client", "ended", acting("client", client_of("ended_mandate"))),
    Row("client_end", USUAL, acting("client_end", client_of("mandate"))),
    Row("mandate", USUAL, opening("mandate", lambda w: w.asked_mandate.code, who="asked_client")),
    Row("mandate", "confirmed", opening("mandate", lambda w: w.mandate.code, who="applicant")),
    Row("mandate", "too late", too_late_to_answer),
    Row("mandate_end", USUAL, opening("mandate_end", client_of("mandate"), who="applicant")),
    Row("book_for", USUAL, acting("book_for")),
    Row("book_for", "error", acting("book_for", then=[(SUBMIT,)])),
    Row("book_details", "for a client", acting_on("book_details", hold_for_client)),
    Row("book_check", "for a client", acting_on("book_details", hold_for_client, named("Carla"))),
    Row("book_confirmed", "for a client", acting_on("book_confirmed", under_mandate)),
    Row("visit", "of a client", acting_on("visit", under_mandate)),
]

# Managers ----------------------------------------------------------------------------------


def looked_at(page: str, *args: Any, then: Sequence[Step] = ()) -> Show:
    return opening(f"manage:{page}", *args, who="manager", then=then)


def role_of(world: Agency) -> Any:
    return world.mandate.representative_id


REPRESENTATIVES = [
    Row("manage:representatives", USUAL, looked_at("representatives")),
    Row("manage:representative", USUAL, looked_at("representative", role_of)),
    Row(
        "manage:representative",
        "waiting",
        looked_at("representative", lambda world: world.would_be.pk),
    ),
    Row("manage:record_mandate", USUAL, looked_at("record_mandate", role_of)),
    Row("manage:record_mandate", "error", looked_at("record_mandate", role_of, then=[(SUBMIT,)])),
]
