"""Times: grid cells of a desk group, and the releases that make them bookable."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.querysets import ReleaseQuerySet, SlotQuerySet
from servicepoints.models import DeskGroup


class Release(models.Model):
    """
    A set of slots that become bookable at the moment `release_at`, by its policy.

    at_once     everybody can book them from then on
    list_first  for `window_minutes` they are offered to the waiting list, then public
    draw        who is on the list `window_minutes` after is offered them, by need and then by lot
    trickle     they become public bit by bit, at random within `window_minutes`

    The nightly job makes one for each group and day that enters the horizon; a manager's
    extra day has one of its own. Celery beat releases all that is due.
    """

    class Kind(models.TextChoices):
        HORIZON = "horizon", _("Day that entered the horizon")
        EXTRA = "extra", _("Extra day")

    class Policy(models.TextChoices):
        AT_ONCE = "at_once", _("To everybody at once")
        LIST_FIRST = "list_first", _("To the waiting list first, then to everybody")
        DRAW = "draw", _("By lot among those on the waiting list, then to everybody")
        TRICKLE = "trickle", _("Little by little, at random moments")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    desk_group = models.ForeignKey(
        DeskGroup,
        on_delete=models.CASCADE,
        related_name="releases",
        verbose_name=_("desk group"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    date = models.DateField(_("date"))
    release_at = models.DateTimeField(_("to be released at"))
    released_at = models.DateTimeField(_("released at"), null=True)
    policy = models.CharField(
        _("policy"), max_length=10, choices=Policy.choices, default=Policy.AT_ONCE
    )
    # How long the list is asked first, wishes are collected, or the trickle lasts.
    window_minutes = models.PositiveIntegerField(_("minutes of the policy's window"), default=0)
    # What the lot is drawn by: set when it is released, and kept, so that a draw can be redone.
    draw_seed = models.CharField(max_length=32, blank=True, editable=False)
    # `reserved_desks` of its desks are for who has this right, until `returns_at`.
    reserved_for = models.ForeignKey(
        "booking.BookingRight",
        null=True,
        on_delete=models.PROTECT,
        related_name="releases",
        verbose_name=_("reserved for"),
    )
    reserved_desks = models.PositiveSmallIntegerField(_("desks reserved"), default=0, db_default=0)
    returns_at = models.DateTimeField(_("for everybody from"), null=True)
    override = models.OneToOneField(
        "servicepoints.DateOverride",
        null=True,
        on_delete=models.PROTECT,
        related_name="release",
        verbose_name=_("override of a date"),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("made by"),
    )
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ["release_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["desk_group", "date"],
                condition=Q(kind="horizon"),
                name="a_day_enters_the_horizon_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="horizon") | Q(override__isnull=False),
                name="an_extra_release_has_its_override",
            ),
            models.CheckConstraint(
                condition=Q(reserved_for__isnull=True, reserved_desks=0, returns_at__isnull=True)
                | Q(reserved_for__isnull=False, reserved_desks__gt=0, returns_at__isnull=False),
                name="what_is_reserved_returns_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["release_at"], name="releases_due", condition=Q(released_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.desk_group} {self.date}"


class Slot(models.Model):
    """
    One grid cell of a desk group, with room for `capacity` visits at once.

    `public_capacity` of it is sold to applicants; `kept` places wait for the waiting list's
    answer (FreedTime), and `reserved` ones for who has the right of the release, until they
    return. Only these and `taken` change after creation, and only by the statements in
    `operations`. `only_services` limits an extra day to some services.
    """

    desk_group = models.ForeignKey(DeskGroup, on_delete=models.CASCADE, related_name="slots")
    starts_at = models.DateTimeField(_("starts at"))
    capacity = models.PositiveSmallIntegerField(_("capacity"))
    public_capacity = models.PositiveSmallIntegerField(_("capacity for bookings"))
    taken = models.PositiveSmallIntegerField(_("taken"), default=0)
    kept = models.PositiveSmallIntegerField(_("kept for the waiting list"), default=0, db_default=0)
    reserved = models.PositiveSmallIntegerField(_("reserved"), default=0, db_default=0)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="slots")
    released = models.BooleanField(_("released"), default=False)
    only_services = ArrayField(models.BigIntegerField(), null=True)
    is_open = models.GeneratedField(
        expression=Q(released=True) & Q(taken__lt=F("public_capacity") - F("kept") - F("reserved")),  # type: ignore[arg-type]
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects = SlotQuerySet.as_manager()

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        constraints = [
            models.UniqueConstraint(
                fields=["desk_group", "starts_at"], name="one_slot_per_group_and_start"
            ),
            models.CheckConstraint(
                condition=Q(taken__gte=0)
                & Q(kept__gte=0)
                & Q(reserved__gte=0)
                & Q(taken__lte=F("capacity") - F("kept") - F("reserved")),
                name="slot_taken_within_capacity",
            ),
            models.CheckConstraint(
                condition=Q(public_capacity__lte=F("capacity")),
                name="slot_sells_only_capacity_it_has",
            ),
        ]
        indexes = [
            # On the generated column, never on the comparison: a claim then stays a HOT update
            # until the slot is full (performance.md).
            models.Index(
                fields=["desk_group", "starts_at"], name="open_slots", condition=Q(is_open=True)
            ),
            models.Index(fields=["release"], name="slots_of_a_release"),
            models.Index(
                fields=["release"], name="slots_with_reserved_places", condition=Q(reserved__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.desk_group_id} {self.starts_at:%Y-%m-%d %H:%M}"
