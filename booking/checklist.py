"""What to bring and do for one visit, to tick off on the page and to read in the mail."""

import datetime
from typing import NamedTuple

from booking.models import Appointment
from servicepoints.bring import Situation, by_situation
from servicepoints.bring_models import BringItem
from servicepoints.horizon import months_after

ORDER = list(Situation)
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
    return [Group("", everybody_brings(appointment)), *in_situations(appointment)]


def everybody_brings(appointment: Appointment) -> list[str]:
    """Return what a visit asks of everybody, for both of two matters but nothing twice."""
    things = (thing for service in appointment.services for thing in service.bring)
    return list(dict.fromkeys(things))


def in_situations(appointment: Appointment) -> list[Group]:
    """Return what depends on the situation alone; which one it is only the person knows."""
    groups: dict[Situation, Group] = {}
    for service in appointment.services:
        for row in by_situation(service, BringItem.objects.of(service)):
            group = groups.setdefault(row.situation, Group(row.title, []))
            group.things.extend(thing for thing in row.things if thing not in group.things)
    return [
        group
        for situation, group in sorted(groups.items(), key=lambda row: ORDER.index(row[0]))
        if situation != Situation.CHILD or _may_bring_a_child(appointment)
    ]


def _may_bring_a_child(appointment: Appointment) -> bool:
    zone = appointment.service_point.zone
    date = appointment.starts_at.astimezone(zone).date()
    people = list(appointment.attendees.all())
    return not people or any(_is_child(person.birth_date, date) for person in people)


def _is_child(birth_date: datetime.date, date: datetime.date) -> bool:
    return date < months_after(birth_date, 12 * YEARS_OF_A_CHILD)
