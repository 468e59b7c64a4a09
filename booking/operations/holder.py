"""Who keeps a time."""

from typing import NamedTuple

from accounts.models import Mandate, User
from booking.models import Appointment, RightHolder
from booking.querysets import AppointmentQuerySet


class Holder(NamedTuple):
    """
    Who keeps a time: an applicant, or a member of staff for somebody.

    `beyond_reason` is why staff may take it beyond the public capacity; empty: they may not.
    With an `invitation` it is one of the times that are reserved for its right. With a `mandate`
    its representative asks, for the client.
    """

    user: User | None = None
    staff: User | None = None
    beyond_reason: str = ""
    invitation: RightHolder | None = None
    mandate: Mandate | None = None

    @property
    def appointments(self) -> AppointmentQuerySet:
        """What was held by this applicant, or by this member of staff for others."""
        mine = {"staff": self.staff} if self.staff else {"user": self.user}
        return Appointment.objects.filter(**mine)
