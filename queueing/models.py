"""The day itself: numbers, who is called where, and every step on the way."""

import datetime
import secrets
import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment
from queueing.querysets import DeskSessionQuerySet, TicketQuerySet
from servicepoints.models import Desk, Service, ServicePoint


def new_code() -> str:
    """Return a code for a link: 128 bits, so that it cannot be guessed (T5)."""
    return secrets.token_urlsafe(16)


class QueueDay(models.Model):
    """
    One point on one local date. `last_numbers` holds the last number given of each series;
    a number is given by updating this row, so two people never get the same (P8).
    """

    service_point = models.ForeignKey(
        ServicePoint, on_delete=models.CASCADE, related_name="queue_days"
    )
    date = models.DateField(_("date"))
    last_numbers = models.JSONField(default=dict)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("queue day")
        verbose_name_plural = _("queue days")
        constraints = [
            models.UniqueConstraint(
                fields=["service_point", "date"], name="one_queue_day_per_point_and_date"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_point} {self.date}"


class DeskSession(models.Model):
    """A member of staff at a desk. A desk has one at a time, and so has a person."""

    desk = models.ForeignKey(Desk, on_delete=models.CASCADE, related_name="sessions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="desk_sessions"
    )
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    objects = DeskSessionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["desk"], condition=Q(ended_at__isnull=True), name="one_person_per_desk"
            ),
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at__isnull=True), name="one_desk_per_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} @ {self.desk}"


class Ticket(models.Model):
    """
    A place in the day's line: a queue number, with or without an appointment.

    Calling next takes the earliest `serve_at`: an appointment's own time, or a walk-in's arrival.
    Who was missed and checks in again waits from then on, behind those who were there meanwhile.
    """

    class Series(models.TextChoices):
        APPOINTMENT = "A", _("Appointment")
        WALK_IN = "B", _("Queue number")

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        CALLED = "called", _("Called")
        IN_SERVICE = "in_service", _("In service")
        SERVED = "served", _("Served")
        MISSED = "missed", _("Missed")
        CLOSED = "closed", _("Day ended")

    # A desk has one of these at a time.
    AT_DESK: ClassVar[list[str]] = ["called", "in_service"]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=30, unique=True, default=new_code)
    queue_day = models.ForeignKey(QueueDay, on_delete=models.PROTECT, related_name="tickets")
    series = models.CharField(_("series"), max_length=1, choices=Series.choices)
    number = models.PositiveSmallIntegerField(_("number"))
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="tickets")
    appointment = models.OneToOneField(
        Appointment, null=True, on_delete=models.PROTECT, related_name="ticket"
    )
    language = models.CharField(
        _("language"), max_length=2, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.WAITING
    )
    serve_at = models.DateTimeField(_("to be served from"))
    issued_at = models.DateTimeField(_("taken at"), default=timezone.now)
    desk = models.ForeignKey(Desk, null=True, on_delete=models.PROTECT, related_name="tickets")
    called_at = models.DateTimeField(null=True)
    calls = models.PositiveSmallIntegerField(_("times called"), default=0)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # When the person checked in again after being missed: they come back by themselves once.
    came_back_at = models.DateTimeField(null=True)
    request_id = models.UUIDField(null=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["serve_at", "issued_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["queue_day", "series", "number"], name="a_number_is_given_once_a_day"
            ),
            models.UniqueConstraint(
                fields=["queue_day", "request_id"], name="one_ticket_per_request"
            ),
            models.UniqueConstraint(
                fields=["desk"],
                condition=Q(status__in=["called", "in_service"]),
                name="a_desk_has_one_ticket_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["called", "in_service"]) | Q(desk__isnull=False),
                name="a_called_ticket_has_its_desk",
            ),
        ]
        indexes = [
            models.Index(
                F("queue_day"),
                F("serve_at"),
                F("issued_at"),
                name="tickets_waiting",
                condition=Q(status="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def service_names(self) -> str:
        """What it is for: with an appointment for two matters, both."""
        return self.appointment.service_names if self.appointment else self.service.name

    @property
    def matters(self) -> set[int]:
        """The ids of the services that it is for."""
        services = self.appointment.services if self.appointment else [self.service]
        return {service.pk for service in services}

    @property
    def label(self) -> str:
        """What the screen shows: A12."""
        return f"{self.series}{self.number}"

    @property
    def minutes_late(self) -> int:
        """How long past the appointment's time it waits; a number without one has no such time."""
        if self.appointment_id is None:
            return 0
        past = (self.called_at or timezone.now()) - self.appointment.starts_at  # type: ignore[union-attr]
        return max(0, int(past.total_seconds() // 60))

    @property
    def waited(self) -> datetime.timedelta:
        """How long the person has waited, or waited until the call."""
        return (self.called_at or timezone.now()) - max(
            self.issued_at, self.serve_at if self.appointment_id else self.issued_at
        )


class TicketEvent(models.Model):
    """One step in a ticket's day. Rows are added, never changed."""

    class Kind(models.TextChoices):
        ISSUED = "issued", _("Taken")
        CALLED = "called", _("Called")
        RECALLED = "recalled", _("Called again")
        STARTED = "started", _("Started")
        SERVED = "served", _("Served")
        MISSED = "missed", _("Missed")
        RETURNED = "returned", _("Back in line")
        CLOSED = "closed", _("Day ended")

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField(default=timezone.now)
    desk = models.ForeignKey(Desk, null=True, on_delete=models.PROTECT, related_name="+")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["kind", "at"], name="ticket_events_by_kind")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind}"
