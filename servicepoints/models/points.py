"""Where people visit, what for, and which point offers what."""

import datetime
import zoneinfo

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeBoundary, RangeOperators
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
    pair_models,  # noqa: F401
    plan,
)
from servicepoints.countries import name_of_country
from servicepoints.languages import Spoken, in_reader_language, names_of, usual_languages
from servicepoints.municipalities import Place
from servicepoints.querysets import (
    OfferingQuerySet,
    ServicePointQuerySet,
    ServiceQuerySet,
)

HOME = "FI"
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
        _("country"), max_length=2, default=HOME, help_text=_("Decides the public holidays.")
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
    step_free = models.BooleanField(
        _("accessible with a wheelchair"),
        default=False,
        db_default=False,
        help_text=_("From the street to the desks, with a toilet."),
    )
    languages = ArrayField(
        models.CharField(max_length=2, choices=Spoken.choices),
        verbose_name=_("languages of service"),
        default=usual_languages,
        db_default=["fi", "sv", "en"],
        help_text=_("Those in which everybody is served here, whichever desk they get."),
    )
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
    def abroad(self) -> str:
        """The name of its country, for those who do not expect one; empty at home."""
        return "" if self.country == HOME else name_of_country(self.country)

    @property
    def name_and_country(self) -> str:
        return f"{self.name}, {self.abroad}" if self.abroad else self.name

    @property
    def address(self) -> str:
        """Where it is, in one line, with its country where that is not expected."""
        line = f"{self.street_address}, {self.postal_code} {self.city}"
        return f"{line}, {self.abroad}" if self.abroad else line

    @property
    def place(self) -> Place:
        return Place(float(self.latitude), float(self.longitude))

    @property
    def language_names(self) -> list[str]:
        return names_of(self.languages)

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

    @property
    def is_over(self) -> bool:
        """Whether its last day has passed. One that opens later can be booked already."""
        return self.valid_until is not None and self.valid_until < self.today

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
