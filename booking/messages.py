"""What booking tells people, through the outbox, in the language they booked in."""

import datetime
from collections.abc import Sequence

from django.utils import dateformat, translation
from django.utils.translation import gettext as _

from booking import calendar
from booking.models import Appointment
from notifications import outbox


def date_text(date: datetime.date) -> str:
    """Return a date as people read it in the active language: Monday 14 December 2026."""
    # Translators: a Django date format, as in "Monday 14 December 2026"
    return dateformat.format(date, _("l j F Y"))


def day_text(date: datetime.date) -> str:
    """Return a date without its year: Monday 14 December."""
    # Translators: a Django date format, as in "Monday 14 December"
    return dateformat.format(date, _("l j F"))


def time_text(time: datetime.datetime | datetime.time) -> str:
    """Return a local time of day: 9.20 in all three languages."""
    return f"{time.hour}.{time:%M}"


def queue_confirmation(appointment: Appointment) -> None:
    """Queue the mail that confirms a visit; once, whatever is pressed twice."""
    file = calendar.invitation(appointment)
    _queue(appointment, "visit_confirmed", f"confirmed:{appointment.pk}", [file])


def queue_move(appointment: Appointment) -> None:
    """Queue the mail with the new time; once for each change of its time."""
    file = calendar.invitation(appointment)
    _queue(appointment, "visit_moved", f"moved:{appointment.pk}:{appointment.revision}", [file])


def queue_cancellation(appointment: Appointment) -> None:
    """Queue the mail that a visit was cancelled."""
    file = calendar.cancellation(appointment)
    _queue(appointment, "visit_cancelled", f"cancelled:{appointment.pk}", [file])


def queue_not_served(appointment: Appointment) -> None:
    """Queue the mail to someone who came but whom the day could not serve (P7)."""
    _queue(appointment, "visit_not_served", f"not-served:{appointment.pk}", [])


def _queue(
    appointment: Appointment, template: str, key: str, attachments: Sequence[dict[str, str]]
) -> None:
    if not appointment.email:
        return
    with translation.override(appointment.language):
        outbox.enqueue(
            key=key,
            template=template,
            to=appointment.email,
            language=appointment.language,
            context=_context(appointment),
            attachments=attachments,
        )


def _context(appointment: Appointment) -> dict[str, object]:
    point = appointment.service_point
    local = appointment.starts_at.astimezone(point.zone)
    return {
        "reference": appointment.reference,
        "service": appointment.service.name,
        "point": point.name,
        "address": f"{point.street_address}, {point.postal_code} {point.city}",
        "date": date_text(local.date()),
        "time": time_text(local),
        "minutes": appointment.minutes,
        "people": appointment.people,
        "bring": appointment.service.bring,
        "url": calendar.visit_url(appointment),
    }
