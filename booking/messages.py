"""What booking tells people, through the outbox, in the language they booked in."""

import datetime
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import dateformat, translation
from django.utils.translation import gettext as _

from accounts.exceptions import TooManyTries
from accounts.models import Mandate
from accounts.tries import count_try
from booking import calendar
from booking.checklist import everybody_brings, in_situations
from booking.models import Appointment
from booking.reminder_days import DAYS_BEFORE
from notifications import outbox, sms
from notifications.models import Message
from servicepoints.models import ServicePoint

# What is worth a text message too; the rest is said by e-mail alone.
TEXTED = {
    "visit_confirmed",
    "visit_moved",
    "visit_cancelled",
    "visit_reminder_1",
    "waiting_offer",
    "waiting_withdrawn",
}
# What a representative is told too, of the visits booked under their mandate.
TOLD_TO_REPRESENTATIVES = {
    "visit_confirmed",
    "visit_moved",
    "visit_cancelled",
    "visit_not_served",
}
# Letters of a point's name in a text message.
SHORT_NAME = 30


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


def short_day_text(date: datetime.date) -> str:
    """Return a date for a text message: Mon 14 Dec."""
    # Translators: a Django date format for text messages, as in "Mon 14 Dec"
    return dateformat.format(date, _("D j M"))


def queue_confirmation(appointment: Appointment, *, by: Mandate | None = None) -> None:
    """Queue what confirms a visit, and who booked it; once, whatever is pressed twice."""
    file = calendar.invitation(appointment)
    key = f"confirmed:{appointment.pk}"
    _queue(appointment, "visit_confirmed", key, [file], more=_done_by(by))


def queue_move(appointment: Appointment, *, by: Mandate | None = None) -> None:
    """Queue what tells the new time, once for each change of it; reminders of the old one end."""
    outbox.withdraw(_reminder_keys(appointment, appointment.revision - 1))
    file = calendar.invitation(appointment)
    key = f"moved:{appointment.pk}:{appointment.revision}"
    _queue(appointment, "visit_moved", key, [file], more=_done_by(by))


def queue_cancellation(appointment: Appointment, *, by: Mandate | None = None) -> None:
    """Queue what says that a visit was cancelled; its reminders end."""
    outbox.withdraw(_reminder_keys(appointment, appointment.revision))
    file = calendar.cancellation(appointment)
    key = f"cancelled:{appointment.pk}"
    _queue(appointment, "visit_cancelled", key, [file], more=_done_by(by))


def _done_by(mandate: Mandate | None) -> dict[str, str]:
    """Return what a message says of who acted, if it was a representative."""
    return {"by": str(mandate.representative)} if mandate else {}


def queue_reminder(appointment: Appointment, days: int) -> None:
    """Queue the reminder `days` before a visit, once for each of its times."""
    key = reminder_key(days, appointment.pk, appointment.revision)
    _queue(appointment, f"visit_reminder_{days}", key, not_after=appointment.starts_at)


def queue_not_served(appointment: Appointment) -> None:
    """Queue the mail to someone who came but whom the day could not serve (P7)."""
    _queue(appointment, "visit_not_served", f"not-served:{appointment.pk}")


def queue_thanks(appointment: Appointment) -> None:
    """Queue thanks after a visit, with the link to the survey."""
    more = {"survey_url": settings.SURVEY_URL}
    _queue(appointment, "visit_thanks", f"thanks:{appointment.pk}", more=more)


def reminder_key(days: int, appointment_id: uuid.UUID, revision: int) -> str:
    return f"reminder-{days}:{appointment_id}:{revision}"


def _reminder_keys(appointment: Appointment, revision: int) -> list[str]:
    return [reminder_key(days, appointment.pk, revision) for days in DAYS_BEFORE]


def _queue(
    appointment: Appointment,
    template: str,
    key: str,
    attachments: Sequence[dict[str, str]] = (),
    *,
    more: dict[str, Any] | None = None,
    not_after: datetime.datetime | None = None,
) -> None:
    with translation.override(appointment.language):
        tell(
            email=appointment.email,
            phone=appointment.phone,
            key=key,
            template=template,
            language=appointment.language,
            context=_context(appointment) | (more or {}),
            attachments=attachments,
            not_after=not_after,
        )
    if appointment.mandate_id and template in TOLD_TO_REPRESENTATIVES:
        _tell_representative(appointment, template, key)


def _tell_representative(appointment: Appointment, template: str, key: str) -> None:
    """Queue the same for the representative, for as long as they may see the visit."""
    in_force = Mandate.objects.in_force().with_people()
    mandate = in_force.filter(appointments=appointment).first()
    if mandate is None:
        return
    user = mandate.representative.user
    with translation.override(user.language):
        outbox.enqueue(
            key=f"{key}:representative",
            template=template,
            to=user.email,
            language=user.language,
            context=_context(appointment) | {"client": mandate.client_name},
        )


def tell(
    *,
    email: str,
    phone: str,
    key: str,
    template: str,
    language: str,
    context: dict[str, Any],
    attachments: Sequence[dict[str, str]] = (),
    not_after: datetime.datetime | None = None,
) -> None:
    """
    Queue a message by e-mail, and besides as a text message if it is one of TEXTED.

    `phone` is what the person typed. Who left no e-mail address gets the text message alone.
    """
    message: dict[str, Any] = {
        "key": key,
        "template": template,
        "language": language,
        "context": context,
        "not_after": not_after,
    }
    if email:
        outbox.enqueue(**message, to=email, attachments=attachments)
    number = sms.number_for_texts(phone) if template in TEXTED and sms.is_on() else ""
    if number and _may_text(email, number):
        outbox.enqueue(**message, to=number, channel=Message.Channel.SMS)


def _may_text(*who: str) -> bool:
    """Count a text message for the person and for the number: each costs, and may annoy (T12)."""
    try:
        for each in filter(None, who):
            count_try(
                "texts", each, limit=settings.TEXTS_PER_DAY, period=datetime.timedelta(days=1)
            )
    except TooManyTries:
        return False
    return True


def _context(appointment: Appointment) -> dict[str, Any]:
    point = appointment.service_point
    short = reverse("visit_short", args=[appointment.reference])
    return {
        "reference": appointment.reference,
        "service": appointment.service_names,
        "names": [attendee.name for attendee in appointment.attendees.all()],
        "minutes": appointment.minutes,
        "people": appointment.people,
        "bring": everybody_brings(appointment),
        "bring_in_situations": [group._asdict() for group in in_situations(appointment)],
        "url": calendar.visit_url(appointment),
        # Who left no e-mail address cannot sign in to see the visit.
        "short_url": f"{settings.SITE_URL}{short}" if appointment.user_id else "",
        **time_and_place(appointment.starts_at, point),
    }


def time_and_place(starts_at: datetime.datetime, point: ServicePoint) -> dict[str, str]:
    """Return when and where, in the point's own time (P6), for mails and shorter for texts."""
    local = starts_at.astimezone(point.zone)
    return {
        "point": point.name,
        "address": point.address,
        "date": date_text(local.date()),
        "time": time_text(local),
        "short_day": short_day_text(local.date()),
        "short_point": _shortened(point.name),
    }


def _shortened(name: str) -> str:
    """Cut a long name after a word, so that a text message stays one message."""
    if len(name) <= SHORT_NAME:
        return name
    main_part = name.split(" (")[0]
    if len(main_part) <= SHORT_NAME:
        return main_part
    return main_part[: SHORT_NAME + 1].rsplit(" ", 1)[0].rstrip(" ,-")[:SHORT_NAME]
