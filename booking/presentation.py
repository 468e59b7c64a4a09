"""An appointment, an offer and a wait in words: rows of the summary list that pages show."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from booking import answers
from booking.forms import no_texts, people_text
from booking.messages import date_text, time_text
from booking.models import Appointment, Offer, VisitEvent, WaitingListEntry
from booking.operations import Person
from servicepoints.models import Service

Row = dict[str, str]


def when(appointment: Appointment) -> str:
    """Return "Monday 14 December 2026, 9.20" in the point's own time (P6)."""
    return _moment(appointment.starts_at.astimezone(appointment.service_point.zone))


def card(appointment: Appointment) -> dict[str, Any]:
    """Return what a list of visits shows of one."""
    return {"visit": appointment, "when": when(appointment)}


def facts(appointment: Appointment) -> list[Row]:
    """Return what a visit is: reference, time, place, service, people."""
    point = appointment.service_point
    names = [attendee.name for attendee in appointment.attendees.all()]
    return [
        {"key": _("When"), "value": when(appointment)},
        {"key": _("Where"), "value": f"{point.name}\n{point.address}"},
        {"key": _("Service"), "value": _names(appointment.services)},
        {"key": _("People"), "value": "\n".join(names)},
        {"key": _("Length"), "value": minutes_text(appointment.minutes)},
    ]


def facts_for_staff(appointment: Appointment) -> list[Row]:
    """Return what staff of the point see of a visit: also dates of birth, and whom to reach."""
    people = [
        _person_text(Person(attendee.name, attendee.birth_date))
        for attendee in appointment.attendees.all()
    ]
    rows = [
        (_("When"), when(appointment)),
        (_("Service"), appointment.service_names),
        (_("People"), "\n".join(people)),
        (_("Length"), minutes_text(appointment.minutes)),
        (_("E-mail"), appointment.email or "–"),
        (_("Phone number"), appointment.phone or "–"),
        (_("Language"), appointment.get_language_display()),
    ]
    return [{"key": key, "value": str(value)} for key, value in rows]


def history(appointment: Appointment, events: Iterable[VisitEvent]) -> list[Row]:
    """Return who did what with a visit, when and why: the person's booking, then the staff."""
    zone = appointment.service_point.zone
    rows: list[Row] = []
    if appointment.staff_id is None and appointment.confirmed_at:
        booked_at = _moment(appointment.confirmed_at.astimezone(zone))
        rows.append({"key": booked_at, "value": _("The person booked it.")})
    for event in events:
        lines = [_event_text(event, zone)]
        if event.beyond_public:
            lines.append(_("Beyond the public capacity."))
        if event.reason:
            lines.append(_("Why: %(reason)s") % {"reason": event.reason})
        rows.append({"key": _moment(event.at.astimezone(zone)), "value": "\n".join(lines)})
    return rows


def _event_text(event: VisitEvent, zone: datetime.tzinfo) -> str:
    sentences = {
        VisitEvent.Kind.BOOKED: _("%(who)s booked it for the person: %(to)s."),
        VisitEvent.Kind.MOVED: _("%(who)s moved it: from %(from)s to %(to)s."),
        VisitEvent.Kind.CANCELLED: _("%(who)s cancelled it: %(to)s."),
    }
    moved_from = event.moved_from and _moment(event.moved_from.astimezone(zone))
    to = _moment(event.starts_at.astimezone(zone))
    kind = VisitEvent.Kind(event.kind)
    return sentences[kind] % {"who": str(event.staff), "from": moved_from, "to": to}


def _moment(local: datetime.datetime) -> str:
    return f"{date_text(local.date())}, {time_text(local)}"


def is_late(appointment: Appointment) -> bool:
    """Whether cancelling now would be late: see ServicePoint.cancel_until_hours."""
    hours = appointment.service_point.cancel_until_hours
    return timezone.now() > appointment.starts_at - datetime.timedelta(hours=hours)


def when_offered(offer: Offer) -> str:
    """Return the offered time as people read it, in the point's own time (P6)."""
    local = offer.freed.starts_at.astimezone(offer.freed.service_point.zone)
    return f"{date_text(local.date())}, {time_text(local)}"


def offer_facts(offer: Offer) -> list[Row]:
    """Return what an offered visit would be."""
    point, entry = offer.freed.service_point, offer.entry
    return [
        {"key": _("When"), "value": when_offered(offer)},
        {"key": _("Where"), "value": f"{point.name}\n{point.address}"},
        {"key": _("Service"), "value": _names(entry.services)},
        {"key": _("People"), "value": people_text(entry.people)},
        {"key": _("Length"), "value": minutes_text(offer.minutes)},
    ]


def wait_facts(entry: WaitingListEntry) -> list[Row]:
    """Return what someone waits for."""
    points = "\n".join(point.name for point in entry.points.all())
    days = ", ".join(str(WEEKDAYS[number]) for number in entry.weekdays) or _("Any day")
    hours = _("At any time of the day")
    if entry.from_time:
        hours = _("From %(time)s") % {"time": time_text(entry.from_time)}
    elif entry.until_time:
        hours = _("Until %(time)s") % {"time": time_text(entry.until_time)}
    rows = [
        (_("Service"), _names(entry.services)),
        (_("Number of people"), people_text(entry.people)),
        (_("Where"), points),
        (_("Days"), days),
        (pgettext("when somebody could come", "Hours"), hours),
        (_("Until"), date_text(entry.last_date)),
    ]
    if entry.phone:
        rows.append((_("Phone number"), _phone_text(entry.phone)))
    if entry.appointment:
        rows.insert(0, (_("Earlier than"), when(entry.appointment)))
    return [{"key": key, "value": value} for key, value in rows]


def answers_to_check(
    hold: Appointment, people: Sequence[Person], phone: str, email: str
) -> list[Row]:
    """Return all answers of a booking, each with where it can be changed."""
    chosen = answers.of_appointment(hold)
    point = hold.service_point
    details = reverse("book_details", args=[hold.pk])
    rows = [
        (_("Service"), _names(hold.services), chosen.url("book")),
        (_("Number of people"), people_text(hold.people), chosen.url("book_people")),
        (_("Where"), f"{point.name}\n{point.address}", chosen.url("book_point")),
        (_("When"), when(hold), chosen.url("book_time")),
        (_("Length"), minutes_text(hold.minutes), ""),
        *[(_person_title(i), _person_text(person), details) for i, person in enumerate(people, 1)],
        (_("E-mail"), email, ""),
        (_("Phone number"), _phone_text(phone), details),
    ]
    return [{"key": key, "value": value, "change_url": url} for key, value, url in rows]


def _names(services: Sequence[Service]) -> str:
    return "\n".join(service.name for service in services)


def minutes_text(minutes: int) -> str:
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def _phone_text(phone: str) -> str:
    return "\n".join(filter(None, [phone or "–", no_texts(phone)]))


def _person_title(number: int) -> str:
    return _("Person %(number)s") % {"number": number}


def _person_text(person: Person) -> str:
    born = person.birth_date
    return f"{person.name}\n{born.day}.{born.month}.{born.year}"
