"""What a program without protections would write; the twins of the races are made of it."""

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from booking.models import Appointment, Attendee, Slot
from booking.operations import Person


def write_appointment(slot: Slot, user: User, **fields: object) -> Appointment:
    """Insert an appointment's row, and leave its slots alone."""
    defaults: dict[str, object] = {
        "user": user,
        "desk_group": slot.desk_group,
        "service": slot.desk_group.services.get(),
        "starts_at": slot.starts_at,
        "minutes": 10,
        "people": 1,
        "cells": 1,
        "claimed": 1,
        "expires_at": timezone.now() + settings.HOLD_TIME,
    }
    return Appointment.objects.create(**defaults | fields)


def write_person(hold: Appointment, position: int, person: Person) -> Attendee:
    """Insert a named person's row, and look at nothing else."""
    return Attendee.objects.create(
        appointment=hold,
        position=position,
        name=person.name,
        birth_date=person.birth_date,
        person_key=person.key,
        service=hold.service,
    )
