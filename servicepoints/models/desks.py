"""By how many desks, and when: groups, their weekly openings, and single dates."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from servicepoints import plan
from servicepoints.models.points import ENDS_BEFORE_IT_BEGINS, Service, ServicePoint
from servicepoints.querysets import DeskGroupQuerySet, DeskQuerySet


class DeskGroup(models.Model):
    """
    Desks at one point whose staff can serve the same services.

    `grid_minutes` is the length of a slot; it is fixed once the group has slots, because
    a promise is a whole number of them.
    """

    class Grid(models.IntegerChoices):
        FIVE = 5, "5"
        TEN = 10, "10"
        FIFTEEN = 15, "15"

    service_point = models.ForeignKey(
        ServicePoint,
        on_delete=models.CASCADE,
        related_name="desk_groups",
        verbose_name=_("service point"),
    )
    name = models.CharField(_("name"), max_length=100)
    grid_minutes = models.PositiveSmallIntegerField(
        _("grid in minutes"), choices=Grid.choices, default=Grid.TEN
    )
    services = models.ManyToManyField(
        Service, related_name="desk_groups", verbose_name=_("services")
    )

    objects = DeskGroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("desk group")
        verbose_name_plural = _("desk groups")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["service_point", "name"],
                name="desk_group_name_is_unique_at_its_point",
                violation_error_code="name_in_use",
                violation_error_message=_("The point has another desk group of this name."),
            ),
            models.CheckConstraint(
                condition=Q(grid_minutes__in=[5, 10, 15]), name="grid_is_5_10_or_15_minutes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_point}: {self.name}"


class Desk(models.Model):
    """One counter, with the sign that people look for."""

    desk_group = models.ForeignKey(
        DeskGroup,
        on_delete=models.CASCADE,
        related_name="desks",
        verbose_name=_("desk group"),
    )
    sign = models.CharField(_("sign"), max_length=10)
    active = models.BooleanField(_("in use"), default=True)

    objects = DeskQuerySet.as_manager()

    class Meta:
        verbose_name = _("desk")
        verbose_name_plural = _("desks")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["desk_group", "sign"],
                name="desk_sign_is_unique_in_its_group",
                violation_error_code="sign_in_use",
                violation_error_message=_("Another desk of the group has this sign."),
            ),
        ]

    def __str__(self) -> str:
        return self.sign


class Opening(models.Model):
    """
    A weekly series: a group is open on a weekday, from and to in local time, with so many desks.

    `public_desks` of them are sold to applicants; the rest is kept for queue numbers.
    """

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    desk_group = models.ForeignKey(
        DeskGroup,
        on_delete=models.CASCADE,
        related_name="openings",
        verbose_name=_("desk group"),
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    opens_at = models.TimeField(_("from"))
    closes_at = models.TimeField(_("to"))
    desks = models.PositiveSmallIntegerField(_("desks"))
    public_desks = models.PositiveSmallIntegerField(_("desks for bookings"))
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        verbose_name = _("opening")
        verbose_name_plural = _("openings")
        ordering = ["desk_group", "weekday", "opens_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="opening_closes_after_it_opens",
                violation_error_code="closes_before_it_opens",
                violation_error_message=_("The closing time must be later than the opening time."),
            ),
            models.CheckConstraint(
                condition=Q(public_desks__lte=F("desks")),
                name="opening_sells_only_desks_it_has",
                violation_error_code="sells_more_than_it_has",
                violation_error_message=_("At most all of the desks can be for bookings."),
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="opening_ends_after_it_begins",
                violation_error_code="ends_before_it_begins",
                violation_error_message=ENDS_BEFORE_IT_BEGINS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens_at:%H.%M}–{self.closes_at:%H.%M}"

    def clean(self) -> None:
        """Refuse more desks at once, together with the group's other openings, than are in use."""
        given = (self.weekday, self.opens_at, self.closes_at, self.desks, self.valid_from)
        if not self.desk_group_id or None in given:
            return
        others = self.desk_group.openings.filter(weekday=self.weekday).exclude(pk=self.pk)
        desks = self.desk_group.desks.filter(active=True).count()
        planned = plan.most_desks(self, others)
        if planned > desks:
            raise ValidationError(
                {
                    "desks": _(
                        "With the other openings of this weekday, %(planned)s desks would be "
                        "open at once, but the group has %(desks)s in use."
                    )
                    % {"planned": planned, "desks": desks}
                }
            )


class DateOverride(models.Model):
    """
    What one date has of its own; it never rewrites the series.

    extra    hours besides the series, also on a weekend or a public holiday; with `services`,
             for these services only
    changed  the hours of the date, instead of the series
    closed   nothing on this date; hours and desks stay empty
    """

    class Kind(models.TextChoices):
        EXTRA = "extra", _("Extra hours")
        CHANGED = "changed", _("Changed hours")
        CLOSED = "closed", _("Closed")

    desk_group = models.ForeignKey(
        DeskGroup,
        on_delete=models.CASCADE,
        related_name="overrides",
        verbose_name=_("desk group"),
    )
    date = models.DateField(_("date"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    opens_at = models.TimeField(_("from"), null=True, blank=True)
    closes_at = models.TimeField(_("to"), null=True, blank=True)
    desks = models.PositiveSmallIntegerField(_("desks"), default=0)
    public_desks = models.PositiveSmallIntegerField(_("desks for bookings"), default=0)
    services = models.ManyToManyField(
        Service,
        blank=True,
        related_name="+",
        verbose_name=_("services"),
        help_text=_("None chosen: every service of the desk group."),
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("made by"),
    )
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)

    class Meta:
        verbose_name = _("override of a date")
        verbose_name_plural = _("overrides of dates")
        ordering = ["date", "desk_group"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="closed", opens_at__isnull=True, closes_at__isnull=True)
                | (~Q(kind="closed") & Q(closes_at__gt=F("opens_at"))),
                name="override_has_hours_unless_it_closes",
            ),
            models.CheckConstraint(
                condition=Q(public_desks__lte=F("desks")), name="override_sells_only_desks_it_has"
            ),
            models.UniqueConstraint(
                fields=["desk_group", "date"],
                condition=Q(kind="closed"),
                name="a_group_is_closed_once_a_date",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date}: {self.get_kind_display()}"

    @property
    def service_ids(self) -> frozenset[int] | None:
        """The services it is limited to, or None for all; prefetch `services` first."""
        return frozenset(service.pk for service in self.services.all()) or None
