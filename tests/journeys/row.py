"""What a row of the pages is: an address, a state, and how somebody comes to see it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from tests.journeys.visitor import Visitor
from tests.journeys.world import Agency

USUAL = "as usual"
# The button of the page's last form that is not folded away.
SUBMIT = "main form button[type=submit]:visible"

# Brings the browser to the page; what that takes is made in the world.
Show = Callable[[Visitor, Any], None]
# A selector, and what to type there; without it, what to press.
Step = tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """`route` is the name of the page's address in the URL conf; empty: an address of no page."""

    route: str
    state: str
    show: Show
    world: type = Agency

    def __str__(self) -> str:
        return f"{self.route or 'no page'}, {self.state}"


def opening(
    route: str, *args: Any, who: Any = None, then: Sequence[Step] = (), **query: Any
) -> Show:
    """
    Open an address as somebody, then take steps on the page.

    Arguments may be functions of the world. `who` names a user or cookies of the world, or is
    a function that returns them.
    """

    def show(at: Visitor, world: Any) -> None:
        if who:
            at.is_known_by(_cookies(world, who(world) if callable(who) else getattr(world, who)))
        given = {name: _value(value, world) for name, value in query.items()}
        at.open(route, *(_value(arg, world) for arg in args), **given)
        _take(at, then)

    return show


def own(route: str, make: Callable[[Any], Any], then: Sequence[Step] = (), **query: Any) -> Show:
    """Open a page of what `make` returns, an appointment or hold, as the user whose it is."""

    def show(at: Visitor, world: Any) -> None:
        made = make(world)
        at.is_known_by(world.session_of(made.user))
        given = {name: _value(value, world) for name, value in query.items()}
        at.open(route, made.pk, **given)
        _take(at, then)

    return show


def _cookies(world: Any, who: User | dict[str, str]) -> dict[str, str]:
    return who if isinstance(who, dict) else world.session_of(who)


def _value(value: Any, world: Any) -> Any:
    return value(world) if callable(value) else value


def _take(at: Visitor, steps: Sequence[Step]) -> None:
    for selector, *typed in steps:
        place = at.page.locator(selector)
        place.fill(typed[0]) if typed else place.last.click()


# Typing -----------------------------------------------------------------------------------


def person(name: str) -> list[Step]:
    return [
        ("[name=p1-name]", name),
        ("[name=p1-birth_date_day]", "17"),
        ("[name=p1-birth_date_month]", "5"),
        ("[name=p1-birth_date_year]", "1990"),
    ]


def named(name: str) -> list[Step]:
    return [*person(name), ("[name=contact-phone]", "+358 40 123 4567"), (SUBMIT,)]


def date_parts(name: str, date: Any) -> list[Step]:
    parts = {"day": date.day, "month": date.month, "year": date.year}
    return [(f"[name={name}_{part}]", str(number)) for part, number in parts.items()]
