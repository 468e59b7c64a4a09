"""The day's part in an appointment: queueing reports what happens to it, through these."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from booking import messages
from booking.exceptions import BookedMeanwhile
from booking.models import Appointment


def mark_arrived(appointment: Appointment) -> bool:
    """Confirmed to arrived; False if it was not confirmed."""
    return _step(appointment, ["confirmed"], Appointment.Status.ARRIVED)


def mark_started(appointment: Appointment) -> bool:
    """Arrived to in service; False if the person had not arrived."""
    return _step(appointment, ["arrived"], Appointment.Status.IN_SERVICE)


def mark_served(appointment: Appointment) -> bool:
    """In service to served, which ends it; thank the person if there is a survey to answer."""
    served = _end(appointment, ["in_service"], Appointment.Status.SERVED)
    if served and settings.SURVEY_URL:
        messages.queue_thanks(Appointment.objects.with_place().get(pk=appointment.pk))
    return served


def mark_missed(appointment: Appointment) -> bool:
    """The person did not come, or did not answer the calls; this ends it."""
    return _end(appointment, ["confirmed", "arrived"], Appointment.Status.MISSED)


def mark_returned(appointment: Appointment) -> bool:
    """
    Missed to arrived again; False if it was not missed.

    Refuses with BookedMeanwhile if one of its people has another visit for the matter now (P4).
    """
    try:
        with transaction.atomic():
            returned = Appointment.objects.filter(
                pk=appointment.pk, status=Appointment.Status.MISSED
            ).update(status=Appointment.Status.ARRIVED, ended_at=None)
            if returned:
                appointment.attendees.update(active=True)
    except IntegrityError as error:
        raise BookedMeanwhile from error
    return bool(returned)


def _step(appointment: Appointment, before: list[str], after: str) -> bool:
    return bool(
        Appointment.objects.filter(pk=appointment.pk, status__in=before).update(status=after)
    )


@transaction.atomic
def _end(appointment: Appointment, before: list[str], after: str) -> bool:
    ended = Appointment.objects.filter(pk=appointment.pk, status__in=before).update(
        status=after, ended_at=Now()
    )
    if ended:
        appointment.attendees.update(active=False)
    return bool(ended)
