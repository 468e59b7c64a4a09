"""Visits that are promised to people, from hold to end."""

import secrets
import uuid
from collections.abc import Iterable
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Mandate
from booking.querysets import AppointmentQuerySet
from servicepoints.models import DeskGroup, Service, ServicePoint

MAX_PEOPLE = 6  # Source: a family appointment is for six people at most (facts.md).

# Without 0, 1, I, L and O, which sound or look alike when read aloud: 31 characters.
REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
REFERENCE_LENGTH = 10


def new_reference() -> str:
    """Return a code a person can read aloud: 10 of 31 characters, some 49 bits."""
    return "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(REFERENCE_LENGTH))


def two_names(services: Iterable[Service]) -> str:
    """Return the names of one service or of two: "Residence permit: work + Alien's passport"."""
    return " + ".join(service.name for service in services)


class PersonNumber(Func):
    """64 bits of a person's key: an index of ranges over whole keys grows ten times slower."""

    function = "hashtextextended"
    template = "%(function)s(person_key, 0)"


class IdentityNumber(Func):
    """The same of the key of a strong identity."""

    function = "hashtextextended"
    template = "%(function)s(identity_key, 0)"


class Matters(Func):
    """The ids of the services of an attendee as ranges of one number each, so that they overlap."""

    function = "int8multirange"
    template = (
        "%(function)s(int8range(service_id, service_id, '[]'), "
        "int8range(COALESCE(second_service_id, service_id), "
        "COALESCE(second_service_id, service_id), '[]'))"
    )


class Appointment(models.Model):
    """
    A visit of some people for one service at a time, from hold to end.

    It has `cells` consecutive slots of its group from `starts_at`; `claimed` is how many the
    claim got, and a CHECK refuses anything but all of them. While it is live it counts in
    each of these slots' `taken` (I1).
    """

    class Status(models.TextChoices):
        HELD = "held", _("Held")
        CONFIRMED = "confirmed", _("Confirmed")
        ARRIVED = "arrived", _("Arrived")
        IN_SERVICE = "in_service", _("In service")
        SERVED = "served", _("Served")
        EXPIRED = "expired", _("Expired")
        CANCELLED = "cancelled", _("Cancelled")
        MISSED = "missed", _("Missed")

    # Active: promised and not over, so it counts for the quota and the one-per-person rule.
    ACTIVE: ClassVar[list[str]] = ["held", "confirmed", "arrived", "in_service"]
    # These gave their slots back; all others count in `taken`.
    GIVEN_BACK: ClassVar[list[str]] = ["expired", "cancelled"]

    # A hold can be extended twice, so it lasts three times HOLD_TIME at most.
    HOLD_TIMES_IN_ALL: ClassVar[int] = 3

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(
        _("reference"), max_length=REFERENCE_LENGTH, unique=True, default=new_reference
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="appointments",
        verbose_name=_("booked by"),
    )
    # Under which a representative booked it for the user; none if the user did.
    mandate = models.ForeignKey(
        Mandate,
        null=True,
        on_delete=models.SET_NULL,
        related_name="appointments",
        # Few have one: an index of its own, of those alone.
        db_index=False,
        verbose_name=_("mandate"),
    )
    # Which of the user's few places it takes; unique, so that the quota holds in a race (T1).
    quota_place = models.PositiveSmallIntegerField(null=True)
    desk_group = models.ForeignKey(DeskGroup, on_delete=models.PROTECT, related_name="appointments")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="appointments")
    # What else the same visit is for, where the rules allow it (ServicePair).
    second_service = models.ForeignKey(
        Service,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("second service"),
    )
    starts_at = models.DateTimeField(_("starts at"))
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    people = models.PositiveSmallIntegerField(
        _("people"), validators=[MinValueValidator(1), MaxValueValidator(MAX_PEOPLE)]
    )
    cells = models.PositiveSmallIntegerField()
    claimed = models.PositiveSmallIntegerField()
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.HELD
    )
    expires_at = models.DateTimeField(_("held until"), null=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    moves = models.PositiveSmallIntegerField(_("times moved"), default=0)
    # How often its time has changed, by whom ever: the SEQUENCE of its calendar file.
    revision = models.PositiveSmallIntegerField(default=0, db_default=0)
    request_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # Cancelled when it was too late to find somebody for the time in good order.
    cancelled_late = models.BooleanField(_("cancelled late"), default=False, db_default=False)
    # Who works here and booked it for the person.
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("booked by staff"),
    )
    # By which right it takes reserved places; none: it takes public ones.
    right_holder = models.ForeignKey(
        "booking.RightHolder", null=True, on_delete=models.PROTECT, related_name="appointments"
    )
    # Why its present time takes a place beyond the public capacity; empty: it does not.
    beyond_reason = models.CharField(max_length=200, blank=True, default="", db_default="")

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(claimed=F("cells")) & Q(cells__gte=1),
                name="appointment_has_every_cell_it_asked_for",
            ),
            models.CheckConstraint(
                condition=Q(people__gte=1, people__lte=MAX_PEOPLE),
                name="one_to_six_people_come",
            ),
            models.CheckConstraint(
                condition=~Q(status="held") | Q(expires_at__isnull=False),
                name="a_hold_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(second_service__isnull=True) | ~Q(second_service=F("service")),
                name="two_matters_are_two_services",
            ),
            models.UniqueConstraint(
                fields=["user"], condition=Q(status="held"), name="one_hold_per_user"
            ),
            models.UniqueConstraint(
                fields=["user", "quota_place"],
                condition=Q(status__in=["held", "confirmed", "arrived", "in_service"]),
                name="appointments_per_user_within_quota",
            ),
            models.UniqueConstraint(
                fields=["user", "request_id"], name="one_appointment_per_request"
            ),
            models.UniqueConstraint(
                fields=["staff"], condition=Q(status="held"), name="one_hold_per_member_of_staff"
            ),
            models.UniqueConstraint(
                fields=["staff", "request_id"], name="one_appointment_per_request_of_staff"
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="holds_by_end", condition=Q(status="held")),
            models.Index(fields=["desk_group", "starts_at"], name="appointments_by_start"),
            models.Index(
                fields=["mandate", "starts_at"],
                name="appointments_by_mandate",
                condition=Q(mandate__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def service_point(self) -> ServicePoint:
        return self.desk_group.service_point

    @property
    def services(self) -> list[Service]:
        """What the visit is for: one service or two."""
        return [self.service, *([self.second_service] if self.second_service else [])]

    @property
    def service_names(self) -> str:
        return two_names(self.services)

    @property
    def can_be_extended(self) -> bool:
        """Whether a hold can still be kept for longer than it is."""
        return bool(
            self.expires_at
            and self.expires_at < self.created_at + settings.HOLD_TIME * self.HOLD_TIMES_IN_ALL
        )

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE


class Attendee(models.Model):
    """
    One named person of an appointment. The first is the one who books.

    `person_key` identifies name and birth date whatever the spelling, `identity_key` is that of
    somebody who has identified strongly; while `active`, which follows the appointment's status,
    one person has one visit for a service by either (P4, I2).
    Names do not change after confirming (T2): nothing updates this row but `active`.
    """

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="attendees")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=200)
    birth_date = models.DateField(_("date of birth"))
    person_key = models.CharField(max_length=64, editable=False)
    # Empty is NULL, since most people have none while it is unique.
    identity_key = models.CharField(  # noqa: DJ001
        max_length=64, null=True, editable=False
    )
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    second_service = models.ForeignKey(
        Service, null=True, on_delete=models.PROTECT, related_name="+"
    )
    active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("person who comes")
        verbose_name_plural = _("people who come")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "position"], name="each_attendee_has_a_position"
            ),
            models.UniqueConstraint(
                fields=["person_key", "service"],
                condition=Q(active=True),
                name="one_active_visit_per_person_and_service",
            ),
            # The same where one of them, or both, is a second matter of the other visit.
            ExclusionConstraint(
                name="one_active_visit_per_person_and_matter",
                expressions=[
                    (PersonNumber(), RangeOperators.EQUAL),
                    (Matters(), RangeOperators.OVERLAPS),
                ],
                condition=Q(active=True),
            ),
            models.UniqueConstraint(
                fields=["identity_key", "service"],
                condition=Q(active=True, identity_key__isnull=False),
                name="one_active_visit_per_identity_and_service",
            ),
            ExclusionConstraint(
                name="one_active_visit_per_identity_and_matter",
                expressions=[
                    (IdentityNumber(), RangeOperators.EQUAL),
                    (Matters(), RangeOperators.OVERLAPS),
                ],
                condition=Q(active=True, identity_key__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name
