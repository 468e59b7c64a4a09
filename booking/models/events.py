"""What staff did with somebody's visit, kept for good."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from booking.models.appointments import Appointment


class VisitEvent(models.Model):
    """
    One thing that staff did with somebody's visit: who, when, what and why.

    Rows are added only: a trigger refuses to change one, and to remove one that is younger
    than two years (assurance.md, Privacy).
    """

    class Kind(models.TextChoices):
        BOOKED = "booked", _("Booked")
        MOVED = "moved", _("Moved")
        CANCELLED = "cancelled", _("Cancelled")

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    at = models.DateTimeField(db_default=Now())
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    moved_from = models.DateTimeField(null=True)
    beyond_public = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "kind"],
                condition=~Q(kind="moved"),
                name="a_visit_is_booked_and_cancelled_by_staff_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="moved", moved_from__isnull=False)
                | (~Q(kind="moved") & Q(moved_from__isnull=True)),
                name="a_move_by_staff_says_from_when",
            ),
            models.CheckConstraint(
                condition=~Q(kind="cancelled") | ~Q(reason=""),
                name="a_cancellation_by_staff_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(beyond_public=False) | ~Q(reason=""),
                name="going_beyond_the_public_capacity_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.appointment_id} {self.kind}"
