"""A visit as an iCalendar file (RFC 5545, RFC 5546), for mails and for downloading."""

import datetime
from typing import Any

import icalendar
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from booking.checklist import everybody_brings
from booking.models import Appointment

FILE_NAME = "visit.ics"
ALARM_BEFORE = datetime.timedelta(days=1)


def published(appointment: Appointment) -> str:
    """Return the file that a person downloads into any calendar."""
    return _file(appointment, "PUBLISH")


def invitation(appointment: Appointment) -> dict[str, str]:
    """Return the mail attachment that puts a visit into a calendar, or moves it there."""
    return _attachment(_file(appointment, "REQUEST"), "REQUEST")


def cancellation(appointment: Appointment) -> dict[str, str]:
    """Return the mail attachment that takes a cancelled visit out of the calendar."""
    return _attachment(_file(appointment, "CANCEL"), "CANCEL")


def visit_url(appointment: Appointment) -> str:
    """Return the full address of the visit's page."""
    return f"{settings.SITE_URL}{reverse('visit', args=[appointment.pk])}"


def _attachment(content: str, method: str) -> dict[str, str]:
    return {
        "name": FILE_NAME,
        "content_type": f"text/calendar; method={method}",
        "content": content,
    }


def _file(appointment: Appointment, method: str) -> str:
    """Write the file in the person's language, with times in UTC that no one can shift (P6)."""
    with translation.override(appointment.language):
        file = icalendar.Calendar()
        file.add("prodid", "-//Vuoro//Vuoro//EN")
        file.add("version", "2.0")
        file.add("method", method)
        file.add_component(_event(appointment, method))
        return file.to_ical().decode()


def _event(appointment: Appointment, method: str) -> icalendar.Event:
    event = icalendar.Event()
    for name, value in _facts(appointment).items():
        event.add(name, value)
    event.add("organizer", _address(settings.DEFAULT_FROM_EMAIL))
    if method != "PUBLISH":
        event.add("attendee", _attendee(appointment))
    if method == "CANCEL":
        event.add("status", "CANCELLED")
        event.add("sequence", appointment.revision + 1)
    else:
        event.add("status", "CONFIRMED")
        event.add("sequence", appointment.revision)
        event.add_component(_alarm(str(event["summary"])))
    return event


def _alarm(text: str) -> icalendar.Alarm:
    """A reminder by the calendar itself, a day before."""
    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -ALARM_BEFORE)
    alarm.add("description", text)
    return alarm


def _facts(appointment: Appointment) -> dict[str, Any]:
    point = appointment.service_point
    starts_at = appointment.starts_at.astimezone(datetime.UTC)
    return {
        # The same for the life of the appointment, so that a move replaces the old time.
        "uid": f"{appointment.pk}@vuoro",
        "dtstamp": timezone.now(),
        "dtstart": starts_at,
        "dtend": starts_at + datetime.timedelta(minutes=appointment.minutes),
        "summary": _("Visit: %(service)s") % {"service": appointment.service_names},
        "location": f"{point.name}, {point.address}",
        "description": _description(appointment),
        "url": visit_url(appointment),
    }


def _description(appointment: Appointment) -> str:
    reference = _("Reference: %(reference)s") % {"reference": appointment.reference}
    bring = [f"- {thing}" for thing in everybody_brings(appointment)]
    return "\n".join([reference, "", _("Bring with you:"), *bring, "", visit_url(appointment)])


def _address(text: str) -> icalendar.vCalAddress:
    """Return a calendar address from `Name <name@host>`."""
    return icalendar.vCalAddress(f"mailto:{text.split('<')[-1].rstrip('>')}")


def _attendee(appointment: Appointment) -> icalendar.vCalAddress:
    attendee = _address(appointment.email)
    # Nobody waits for an answer: the visit is agreed already.
    attendee.params["PARTSTAT"] = "ACCEPTED"
    attendee.params["RSVP"] = "FALSE"
    return attendee
