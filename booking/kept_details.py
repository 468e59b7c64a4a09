"""Names and details that a person has typed, kept in the session so that nothing is asked twice."""

import datetime
import time
from collections.abc import Sequence
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from booking.forms import ContactForm, PersonForm
from booking.operations import Person

KEY = "booking_details"
# Source: assurance.md, time limits: answers are kept for 20 hours.
KEPT_SECONDS = 20 * 3600


def keep(
    session: SessionBase, people: Sequence[PersonForm], contact: ContactForm, *, whose: int | None
) -> None:
    """
    Keep what was typed, right or wrong; and the people it names, once all of it is right.

    `whose` is the user it is about, so that what a representative typed for one client never
    shows up in a booking for another.
    """
    valid = all(form.is_valid() for form in [*people, contact])
    session[KEY] = {
        "at": time.time(),
        "whose": whose,
        "typed": [
            {"name": form["name"].data, "birth_date": form["birth_date"].data} for form in people
        ],
        "phone": contact["phone"].data,
        "named": [_named(form) for form in people] if valid else None,
    }


def typed(session: SessionBase, *, whose: int | None) -> tuple[list[dict[str, Any]], str]:
    """Return what was typed about each person, and the phone number; the forms' initial values."""
    kept = _kept(session, whose)
    return kept.get("typed", []), kept.get("phone") or ""


def named(session: SessionBase, *, whose: int | None) -> list[Person]:
    """Return the people that were named, if all that was typed was right."""
    return [
        Person(row["name"], datetime.date.fromisoformat(row["birth_date"]))
        for row in _kept(session, whose).get("named") or []
    ]


def forget(session: SessionBase) -> None:
    session.pop(KEY, None)


def _named(form: PersonForm) -> dict[str, str]:
    answers = form.cleaned_data
    return {"name": answers["name"], "birth_date": answers["birth_date"].isoformat()}


def _kept(session: SessionBase, whose: int | None) -> dict[str, Any]:
    kept: dict[str, Any] = session.get(KEY, {})
    is_fresh = time.time() - kept.get("at", 0) < KEPT_SECONDS
    return kept if is_fresh and kept.get("whose") == whose else {}
