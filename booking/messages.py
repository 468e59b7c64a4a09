"""What booking tells people, through the outbox, in the language they booked in."""

import datetime

from django.utils import formats, translation

from booking.models import Appointment
from notifications import outbox


def date_text(date: datetime.date) -> str:
    """Return a date as people read it in the active language: Monday 14 December 2026."""
    return formats.date_format(
        date, "l j. F Y" if translation.get_language() == "fi" else "l j F Y"
    )


def time_text(time: datetime.datetime) -> str:
    """Return a local time of day: 9.20 in all three languages."""
    return f"{time.hour}.{time:%M}"


def queue_confirmation(appointment: Appointment) -> None:
    """Queue the mail that confirms a visit; once, whatever is pressed twice."""
    _queue(appointment, "visit_confirmed", f"confirmed:{appointment.pk}")


def queue_move(appointment: Appointment) -> None:
    """Queue the mail with the new time; once for each move."""
    _queue(appointment, "visit_moved", f"moved:{appointment.pk}:{appointment.moves}")


def queue_cancellation(appointment: Appointment) -> None:
    """Queue the mail that a visit was cancelled."""
    _queue(appointment, "visit_cancelled", f"cancelled:{appointment.pk}")


def queue_not_served(appointment: Appointment) -> None:
    """Queue the mail to someone who came but whom the day could not serve (P7)."""
    _queue(appointment, "visit_not_served", f"not-served:{appointment.pk}")


def _queue(appointment: Appointment, template: str, key: str) -> None:
    if not appointment.email:
        return
    with translation.override(appointment.language):
        outbox.enqueue(
            key=key,
            template=template,
            to=appointment.email,
            language=appointment.language,
            context=_context(appointment),
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
    }
