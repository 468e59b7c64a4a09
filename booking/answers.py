"""What a person has answered before a time is held: it all stands in the address (GET)."""

import datetime
import uuid
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from booking.forms import MYSELF, PeopleForm, PointForm, ServiceForm
from booking.models import Appointment
from booking.search import EVERYTHING, Search
from booking.search_form import SearchForm
from servicepoints.models import Service, ServicePoint


@dataclass(frozen=True)
class Answers:
    """The answers that are there and can be right; None for the others, and what is looked for."""

    service: Service | None = None
    people: int | None = None
    point: ServicePoint | None = None
    search: Search = EVERYTHING
    second: Service | None = None
    # MYSELF, or the id of the mandate under which a representative books; empty is not answered.
    booked_for: str = ""

    @property
    def carried(self) -> dict[str, str]:
        """Return the answers as they stand in an address."""
        values = {
            "service": self.service and self.service.slug,
            "second": self.second and self.second.slug,
            "people": self.people and str(self.people),
            "point": self.point and self.point.slug,
            "for": self.booked_for,
        }
        return {name: value for name, value in values.items() if value} | self.search.query

    @property
    def services(self) -> list[Service]:
        """What the visit is for: one service, two, or none yet."""
        return [service for service in (self.service, self.second) if service]

    @property
    def query(self) -> str:
        return urlencode(self.carried)

    def url(self, step: str, **more: str) -> str:
        """Return the address of the page named `step`, with the answers and `more`."""
        return f"{reverse(step)}?{urlencode(self.carried | more)}"

    def without(self, *names: str) -> "Answers":
        """Return the answers but those of `names`."""
        kept: dict[str, Any] = {
            name: value for name, value in vars(self).items() if name not in names
        }
        return Answers(**kept)

    def at(self, point: ServicePoint) -> "Answers":
        """Return the answers with this point chosen."""
        return replace(self, point=point)

    @property
    def waiting_url(self) -> str:
        """Return where to wait for a time; empty for a client, who waits for themselves."""
        return "" if self.mandate_id else self.url("waiting_wishes")

    @property
    def mandate_id(self) -> uuid.UUID | None:
        """Return the mandate to book under; None for a visit of one's own."""
        return uuid.UUID(self.booked_for) if self.booked_for not in ("", MYSELF) else None


def read(query: QueryDict) -> Answers:
    """Return the answers of a query; what is missing, malformed or not offered is None."""
    service_form = ServiceForm(query)
    service: Service | None = _valid(service_form)
    second = service_form.second_answer if service else None
    people: int | None = _valid(PeopleForm(query))
    point: ServicePoint | None = None
    if service:
        point = _valid(PointForm(query, service=service, second=second))
    booked_for = _booked_for(query.get("for", ""))
    return Answers(service, people, point, SearchForm(query).search, second, booked_for)


def of_appointment(appointment: Appointment) -> Answers:
    """Return the answers that led to a hold or an appointment."""
    return Answers(
        appointment.service,
        appointment.people,
        appointment.service_point,
        second=appointment.second_service,
        booked_for=str(appointment.mandate_id or ""),
    )


def _booked_for(text: str) -> str:
    """Return the answer, if it is one: whose mandate it is, is asked where it is used."""
    if text == MYSELF:
        return text
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""


def _valid(form: Any) -> Any:
    return form.answer if form.is_valid() else None


def value_of(starts_at: datetime.datetime) -> str:
    """Return a moment as it stands in an address and in a form."""
    return f"{starts_at.astimezone(datetime.UTC):%Y-%m-%dT%H:%MZ}"
