"""The supply: what is offered, where, when and by how many desks."""

import datetime
import zoneinfo

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from servicepoints import (
    bring_models,  # noqa: F401 - so that Django finds its models, and those of the guide.
    guide_models,  # noqa: F401
    horizon,
    plan,
)
from servicepoints.languages import in_reader_language
from servicepoints.querysets import (
    DeskGroupQuerySet,
    DeskQuerySet,
    OfferingQuerySet,
    ServicePointQuerySet,
    ServiceQuerySet,
)

ENDS_BEFORE_IT_BEGINS = _("The last day cannot be before the first.")


def validate_time_zone(name: str) -> None:
    """Refuse a name that the time zone database does not know."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("Unknown time zone: %(name)s"), params={"name": name})


class DateRange(Func):
    """PostgreSQL's daterange(from, until, '[]'); an empty end is without limit."""

    function = "DATERANGE"


def period(start: str, end: str) -> DateRange:
    return DateRange(start, end, RangeBoundary(inclusive_lower=True, inclusive_upper=True))


class ServicePoint(models.Model):
    """A place people visit. Its days and hours are local to `time_zone`."""

    class Operator(models.TextChoices):
        OWN = "own", _("The agency itself")
        PARTNER = "partner", _("Partner organisation")

    slug = models.SlugField(_("name in web addresses"), unique=True)
    name_fi = models.CharField(_("name in Finnish"), max_length=100)
    name_sv = models.CharField(_("name in Swedish"), max_length=100)
    name_en = models.CharField(_("name in English"), max_length=100)
    street_address = models.CharField(_("street address"), max_length=200)
    postal_code = models.CharField(_("postal code"), max_length=10)
    city = models.CharField(_("city"), max_length=100)
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=8,
        decimal_places=5,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=8,
        decimal_places=5,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    country = models.CharField(
        _("country"), max_length=2, default="FI", help_text=_("Decides the public holidays.")
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=40,
        default="Europe/Helsinki",
        validators=[validate_time_zone],
    )
    operator = models.CharField(
        _("run by"), max_length=10, choices=Operator.choices, default=Operator.OWN
    )
    operator_name = models.CharField(_("name of the operator"), max_length=100, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    max_people_inside = models.PositiveSmallIntegerField(
        _("limit on people inside"), null=True, blank=True
    )
    move_until_hours = models.PositiveSmallIntegerField(
        _("hours before a visit until which it can be moved online"), default=4
    )
    cancel_until_hours = models.PositiveSmallIntegerField(
        _("hours before a visit until which a cancellation is in good time"),
        default=4,
        db_default=4,
        help_text=_("Later one can still say that one cannot come; it is counted apart."),
    )
    tickets_per_day = models.PositiveSmallIntegerField(_("queue numbers a day at most"), default=50)
    arrive_early_minutes = models.PositiveSmallIntegerField(
        _("minutes before a visit from which one can check in"), default=60
    )
    arrive_late_minutes = models.PositiveSmallIntegerField(
        _("minutes after its start until which one can check in"), default=30
    )

    objects = ServicePointQuerySet.as_manager()

    class Meta:
        verbose_name = _("service point")
        verbose_name_plural = _("service points")
        ordering = ["name_fi"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="service_point_ends_after_it_begins",
                violation_error_code="ends_before_it_begins",
                violation_error_message=ENDS_BEFORE_IT_BEGINS,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self, "name")

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def today(self) -> datetime.date:
        """The local date at this point now."""
        return timezone.localdate(timezone=self.zone)

    @property
    def last_bookable_date(self) -> datetime.date:
        """The local date up to which one can book now (P2)."""
        return horizon.last_bookable_date(self.today)

    def exists_on(self, date: datetime.date) -> bool:
        """Whether the point operates on the local `date`."""
        return self.valid_from <= date and (self.valid_until is None or date <= self.valid_until)

    def day_bounds(self, date: datetime.date) -> tuple[datetime.datetime, datetime.datetime]:
        """Return the instants at which the local `date` begins and ends (P6)."""
        midnight = datetime.time.min
        return (
            plan.to_utc(date, midnight, self.zone),
            plan.to_utc(date + datetime.timedelta(days=1), midnight, self.zone),
        )


class Service(models.Model):
    """What a visit is for. `minutes` is for one person, unless an offering says otherwise."""

    class Category(models.TextChoices):
        CITIZENSHIP = "citizenship", _("Citizenship")
        EU_REGISTRATION = "eu_registration", _("EU registration")
        RESIDENCE_PERMIT = "residence_permit", _("Residence permit")
        TEMPORARY_PROTECTION = "temporary_protection", _("Temporary protection")
        TRAVEL_DOCUMENT = "travel_document", _("Travel document")

    slug = models.SlugField(_("name in web addresses"), unique=True)
    category = models.CharField(_("category"), max_length=30, choices=Category.choices)
    name_fi = models.CharField(_("name in Finnish"), max_length=150)
    name_sv = models.CharField(_("name in Swedish"), max_length=150)
    name_en = models.CharField(_("name in English"), max_length=150)
    minutes = models.PositiveSmallIntegerField(
        _("minutes for one person"), validators=[MinValueValidator(5), MaxValueValidator(240)]
    )
    bring_fi = models.TextField(_("what to bring, in Finnish"), help_text=_("One thing a line."))
    bring_sv = models.TextField(_("what to bring, in Swedish"), help_text=_("One thing a line."))
    bring_en = models.TextField(_("what to bring, in English"), help_text=_("One thing a line."))
    can_be_urgent = models.BooleanField(
        _("can be urgent"),
        default=False,
        help_text=_(
            "Urgent matters get a queue number; citizenship and EU registration never are."
        ),
    )
    without_visit = models.BooleanField(_("can be handled without a visit"), default=False)
    position = models.PositiveSmallIntegerField(_("position in lists"), default=0)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ["position", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(category__in=["citizenship", "eu_registration"], can_be_urgent=True),
                name="citizenship_and_eu_registration_are_never_urgent",
                violation_error_code="never_urgent",
                violation_error_message=_("Citizenship and EU registration are never urgent."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self, "name")

    @property
    def bring(self) -> list[str]:
        """What to bring, one thing an entry, in the reader's language."""
        return [line for line in in_reader_language(self, "bring").splitlines() if line.strip()]


class Offering(models.Model):
    """
    A service at a point for a period, with minutes of its own if it has any.

    Shorter appointments are tried by giving a period other minutes: one offering ends,
    the next begins. Two of one service and point never overlap, and the database says so.
    """

    service = models.ForeignKey(
        Service,
        on_delete=models.PROTECT,
        related_name="offerings",
        verbose_name=_("service"),
    )
    service_point = models.ForeignKey(
        ServicePoint,
        on_delete=models.CASCADE,
        related_name="offerings",
        verbose_name=_("service point"),
    )
    minutes = models.PositiveSmallIntegerField(
        _("minutes for one person"),
        null=True,
        blank=True,
        validators=[MinValueValidator(5), MaxValueValidator(240)],
        help_text=_("Empty: the minutes of the service."),
    )
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    bookable = models.BooleanField(_("can be booked"), default=True)
    walk_in = models.BooleanField(_("served by queue number"), default=False)

    objects = OfferingQuerySet.as_manager()

    class Meta:
        verbose_name = _("offering")
        verbose_name_plural = _("offerings")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="offering_ends_after_it_begins",
                violation_error_code="ends_before_it_begins",
                violation_error_message=ENDS_BEFORE_IT_BEGINS,
            ),
            ExclusionConstraint(
                name="one_offering_of_a_service_at_a_time",
                violation_error_code="offered_already",
                violation_error_message=_(
                    "The point already offers this service in some of this period. "
                    "End that offering first, or begin this one later."
                ),
                expressions=[
                    ("service", RangeOperators.EQUAL),
                    ("service_point", RangeOperators.EQUAL),
                    (period("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} – {self.service_point}"

    def clean(self) -> None:
        """Refuse queue numbers for a service that can never be urgent: nobody would get one."""
        if self.walk_in and self.service_id and not self.service.can_be_urgent:
            raise ValidationError(
                {"walk_in": _("Queue numbers are for urgent matters; this service never is one.")}
            )


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
