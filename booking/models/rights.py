"""Booking rights: who may book the times that are reserved for a group."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.querysets import BookingRightQuerySet, RightHolderQuerySet
from servicepoints.languages import in_reader_language
from servicepoints.models import Service, ServicePoint


class BookingRight(models.Model):
    """
    A right to book reserved times: for some services, at some points, in a period, so often.

    Releases reserve places for it. `used` counts the visits that live from it, by the claim
    itself, so that `max_uses` holds in a race.
    """

    name_fi = models.CharField(_("name in Finnish"), max_length=100)
    name_sv = models.CharField(_("name in Swedish"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=100)
    services: "models.ManyToManyField[Service, Service]" = models.ManyToManyField(
        Service, related_name="booking_rights", verbose_name=_("services")
    )
    points: "models.ManyToManyField[ServicePoint, ServicePoint]" = models.ManyToManyField(
        ServicePoint, related_name="booking_rights", verbose_name=_("service points")
    )
    valid_from = models.DateField(_("first day"))
    valid_until = models.DateField(_("last day"))
    max_uses = models.PositiveIntegerField(_("visits in all"))
    used = models.PositiveIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BookingRightQuerySet.as_manager()

    class Meta:
        verbose_name = _("booking right")
        verbose_name_plural = _("booking rights")
        ordering = ["-valid_until", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")),
                name="a_right_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(used__lte=F("max_uses")),
                name="a_right_is_used_within_its_count",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self, "name")

    @property
    def uses_left(self) -> int:
        return self.max_uses - self.used


class RightHolder(models.Model):
    """
    One way to have a right: a code, of which only a keyed hash is kept, or a proved address.

    Whoever has it makes at most `max_uses` visits; `used` of them live now.
    """

    right = models.ForeignKey(BookingRight, on_delete=models.CASCADE, related_name="holders")
    # Empty is NULL, since many have none while a code is unique.
    code_hash = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001
    email = models.EmailField(blank=True)
    max_uses = models.PositiveSmallIntegerField(default=1)
    used = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RightHolderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(code_hash__isnull=False, email="")
                | (Q(code_hash__isnull=True) & ~Q(email="")),
                name="a_right_is_held_by_a_code_or_an_address",
            ),
            models.UniqueConstraint(
                fields=["right", "email"],
                condition=~Q(email=""),
                name="an_address_is_on_the_list_once",
            ),
            models.CheckConstraint(
                condition=Q(used__lte=F("max_uses")),
                name="a_holder_uses_a_right_within_its_count",
            ),
        ]
        indexes = [models.Index(fields=["email"], name="right_holders_by_address")]

    def __str__(self) -> str:
        return f"{self.right_id} {self.pk}"
