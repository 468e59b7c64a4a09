"""What a person has answered before a time is held: it all stands in the address (GET)."""

import datetime
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from booking.forms import PeopleForm, PointForm, ServiceForm
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

    @property
    def carried(self) -> dict[str, str]:
        """Return the answers as they stand in an address."""
        values = {
            "service": self.service and self.service.slug,
            "second": self.second and self.second.slug,
            "people": self.people and str(self.people),
            "point": self.point and self.point.slug,
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


def read(query: QueryDict) -> Answers:
    """Return the answers of a query; what is missing, malformed or not offered is None."""
    service_form = ServiceForm(query)
    service: Service | None = _valid(service_form)
    second = service_form.second_answer if service else None
    people: int | None = _valid(PeopleForm(query))
    point: ServicePoint | None = None
    if service:
        point = _valid(PointForm(query, service=service, second=second))
    return Answers(service, people, point, SearchForm(query).search, second)


def of_appointment(appointment: Appointment) -> Answers:
    """Return the answers that led to a hold or an appointment."""
    return Answers(
        appointment.service,
        appointment.people,
        appointment.service_point,
        second=appointment.second_service,
    )


def _valid(form: Any) -> Any:
    return form.answer if form.is_valid() else None


def value_of(starts_at: datetime.datetime) -> str:
    """Return a moment as it stands in an address and in a form."""
    return f"{starts_at.astimezone(datetime.UTC):%Y-%m-%dT%H:%MZ}"
