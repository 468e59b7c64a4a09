"""The only way a view turns a URL into an appointment."""

import uuid

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from booking.models import Appointment


def own_appointments(user: User) -> QuerySet[Appointment]:
    """Return what `user` booked and confirmed, whatever became of it, the latest first."""
    return (
        Appointment.objects.with_place()
        .filter(user=user, confirmed_at__isnull=False)
        .order_by("-starts_at")
    )


def own_appointment(user: User, appointment_id: uuid.UUID) -> Appointment:
    """Return an appointment or hold of `user`; anybody else's does not exist for them (T4)."""
    appointment = Appointment.objects.with_place().filter(user=user, pk=appointment_id).first()
    if appointment is None:
        raise Http404
    return appointment
