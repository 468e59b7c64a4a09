"""What to bring and do for one visit, to tick off on the page and to read in the mail."""

import datetime
from typing import NamedTuple

from booking.models import Appointment
from servicepoints.bring import Situation, by_situation
from servicepoints.bring_models import BringItem
from servicepoints.horizon import months_after

YEARS_OF_A_CHILD = 18  # Source: under-18s attend in person with a guardian (facts.md).


class Group(NamedTuple):
    """Things to tick off; without a title they are for everybody."""

    title: str
    things: list[str]


def checklist(appointment: Appointment) -> list[Group]:
    """
    Return what everybody brings, then what each situation asks for, in the reader's language.

    What concerns children is left out when everybody who comes is of age on that day.
    """
    return [Group("", appointment.service.bring), *in_situations(appointment)]


def in_situations(appointment: Appointment) -> list[Group]:
    """Return what depends on the situation alone; which one it is only the person knows."""
    items = BringItem.objects.of(appointment.service)
    return [
        Group(row.title, row.things)
        for row in by_situation(appointment.service, items)
        if row.situation != Situation.CHILD or _may_bring_a_child(appointment)
    ]


def _may_bring_a_child(appointment: Appointment) -> bool:
    zone = appointment.service_point.zone
    date = appointment.starts_at.astimezone(zone).date()
    people = list(appointment.attendees.all())
    return not people or any(_is_child(person.birth_date, date) for person in people)


def _is_child(birth_date: datetime.date, date: datetime.date) -> bool:
    return date < months_after(birth_date, 12 * YEARS_OF_A_CHILD)
