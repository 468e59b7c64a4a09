"""An appointment in words: rows of the summary list that pages show."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from booking import answers
from booking.forms import people_text
from booking.messages import date_text, time_text
from booking.models import Appointment
from booking.operations import Person

Row = dict[str, str]


def when(appointment: Appointment) -> str:
    """Return "Monday 14 December 2026, 9.20" in the point's own time (P6)."""
    local = appointment.starts_at.astimezone(appointment.service_point.zone)
    return f"{date_text(local.date())}, {time_text(local)}"


def facts(appointment: Appointment) -> list[Row]:
    """Return what a visit is: reference, time, place, service, people."""
    point = appointment.service_point
    address = f"{point.name}\n{point.street_address}, {point.postal_code} {point.city}"
    names = [attendee.name for attendee in appointment.attendees.all()]
    return [
        {"key": _("When"), "value": when(appointment)},
        {"key": _("Where"), "value": address},
        {"key": _("Service"), "value": appointment.service.name},
        {"key": _("People"), "value": "\n".join(names)},
        {"key": _("Length"), "value": minutes_text(appointment.minutes)},
    ]


def answers_to_check(
    hold: Appointment, people: Sequence[Person], phone: str, user: User
) -> list[Row]:
    """Return all answers of a booking, each with where it can be changed."""
    chosen = answers.of_appointment(hold)
    point = hold.service_point
    details = reverse("book_details", args=[hold.pk])
    rows = [
        (_("Service"), hold.service.name, chosen.url("book")),
        (_("Number of people"), people_text(hold.people), chosen.url("book_people")),
        (
            _("Where"),
            f"{point.name}\n{point.street_address}, {point.city}",
            chosen.url("book_point"),
        ),
        (_("When"), when(hold), chosen.url("book_time")),
        (_("Length"), minutes_text(hold.minutes), ""),
        *[(_person_title(i), _person_text(person), details) for i, person in enumerate(people, 1)],
        (_("E-mail"), user.email, ""),
        (_("Phone number"), phone or "–", details),
    ]
    return [{"key": key, "value": value, "change_url": url} for key, value, url in rows]


def minutes_text(minutes: int) -> str:
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def _person_title(number: int) -> str:
    return _("Person %(number)s") % {"number": number}


def _person_text(person: Person) -> str:
    born = person.birth_date
    return f"{person.name}\n{born.day}.{born.month}.{born.year}"
