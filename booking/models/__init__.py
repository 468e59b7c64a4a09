"""Promises about a later time: slots, releases, appointments, what staff did, waiting list."""

from booking.models.appointments import (
    MAX_PEOPLE,
    REFERENCE_ALPHABET,
    REFERENCE_LENGTH,
    Appointment,
    Attendee,
    new_reference,
)
from booking.models.events import VisitEvent
from booking.models.rights import BookingRight, RightHolder
from booking.models.slots import Release, Slot
from booking.models.waiting import FreedTime, Offer, WaitingListEntry, WaitingPerson

__all__ = [
    "MAX_PEOPLE",
    "REFERENCE_ALPHABET",
    "REFERENCE_LENGTH",
    "Appointment",
    "Attendee",
    "BookingRight",
    "FreedTime",
    "Offer",
    "Release",
    "RightHolder",
    "Slot",
    "VisitEvent",
    "WaitingListEntry",
    "WaitingPerson",
    "new_reference",
]
