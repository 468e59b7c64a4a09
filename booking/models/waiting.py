"""The waiting list: who waits for what, times that came back, and who was offered them."""

import secrets
import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.models.appointments import MAX_PEOPLE, Appointment, two_names
from booking.models.slots import Release
from booking.querysets import FreedTimeQuerySet, OfferQuerySet, WaitingListQuerySet
from servicepoints.models import DeskGroup, Service, ServicePoint


def new_offer_code() -> str:
    """Return a code for a link in a mail: 128 bits, so that it cannot be guessed (T5)."""
    return secrets.token_urlsafe(16)


class FreedTime(models.Model):
    """
    A time that came back, kept from the public while the waiting list is asked (T3).

    It is one place in `cells` neighbouring slots from `starts_at`. While it is kept or offered
    it counts in the `kept` of each of these slots, so that it is exactly one of kept, offered,
    booked and public (I11). With no taker by `reopens_at` it is public again. Where a visit
    needs only a part of it, it is split.
    """

    class Status(models.TextChoices):
        KEPT = "kept", _("Kept for the waiting list")
        OFFERED = "offered", _("Offered")
        BOOKED = "booked", _("Booked")
        REOPENED = "reopened", _("Public again")

    desk_group = models.ForeignKey(DeskGroup, on_delete=models.CASCADE, related_name="freed_times")
    starts_at = models.DateTimeField(_("starts at"))
    cells = models.PositiveSmallIntegerField()
    status = models.CharField(
        _("status"), max_length=8, choices=Status.choices, default=Status.KEPT
    )
    freed_at = models.DateTimeField(default=timezone.now)
    offers_from = models.DateTimeField(default=timezone.now)
    reopens_at = models.DateTimeField()
    # The release that keeps its times for the list first; its draw, if it has one, is random.
    release = models.ForeignKey(
        Release, null=True, on_delete=models.CASCADE, related_name="freed_times"
    )

    objects = FreedTimeQuerySet.as_manager()

    class Meta:
        verbose_name = _("freed time")
        verbose_name_plural = _("freed times")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(cells__gte=1), name="a_freed_time_has_a_cell"),
        ]
        indexes = [
            models.Index(
                fields=["starts_at"],
                name="freed_times_kept",
                condition=Q(status__in=["kept", "offered"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.desk_group_id} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def service_point(self) -> ServicePoint:
        return self.desk_group.service_point


class WaitingListEntry(models.Model):
    """
    Someone who waits for a time: for one service, at some points, on some days.

    With `appointment` they wait for an earlier time than that one, and accepting an offer
    moves it. Offers go by `need`, the most pressing first, then by the time of joining.
    """

    class Need(models.IntegerChoices):
        DEADLINE = 1, _("I have been given a date by which I must come")
        EXPIRING = 2, _("My permit, card or travel document has expired or expires soon")
        NONE = 3, _("No, I only want to come as early as possible")

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        BOOKED = "booked", _("Got a time")
        LEFT = "left", _("Left the list")
        ENDED = "ended", _("Ended without a time")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="waiting_list_entries"
    )
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    second_service = models.ForeignKey(
        Service, null=True, on_delete=models.PROTECT, related_name="+"
    )
    people = models.PositiveSmallIntegerField(_("people"))
    points = models.ManyToManyField(
        ServicePoint, related_name="waiting_list_entries", verbose_name=_("service points")
    )
    first_date = models.DateField(_("from day"))
    last_date = models.DateField(_("until day"))
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    from_time = models.TimeField(_("not before"), null=True)
    until_time = models.TimeField(_("not after"), null=True)
    notice_hours = models.PositiveSmallIntegerField(_("notice in hours"), default=24)
    need = models.PositiveSmallIntegerField(_("need"), choices=Need.choices, default=Need.NONE)
    need_date = models.DateField(_("date of the need"), null=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    appointment = models.ForeignKey(
        Appointment, null=True, on_delete=models.SET_NULL, related_name="waiting_list_entries"
    )
    status = models.CharField(
        _("status"), max_length=8, choices=Status.choices, default=Status.WAITING
    )
    lapses = models.PositiveSmallIntegerField(default=0)
    joined_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    request_id = models.UUIDField(null=True)

    objects = WaitingListQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry of the waiting list")
        verbose_name_plural = _("waiting list")
        ordering = ["need", "joined_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_date__gte=F("first_date")),
                name="a_wait_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(people__gte=1, people__lte=MAX_PEOPLE),
                name="one_to_six_people_wait",
            ),
            models.UniqueConstraint(
                fields=["user", "request_id"], name="one_waiting_list_entry_per_request"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} ({self.pk})"

    @property
    def services(self) -> list[Service]:
        """What the visit would be for: one service or two."""
        return [self.service, *([self.second_service] if self.second_service else [])]

    @property
    def service_names(self) -> str:
        return two_names(self.services)

    @property
    def is_waiting(self) -> bool:
        return self.status == self.Status.WAITING


class WaitingPerson(models.Model):
    """
    One named person who waits; the names are those of the visit that an accepted offer makes.

    While `active`, which follows the entry, a person waits in one place only for a service:
    joining under several addresses gives nobody more chances (T1).
    """

    entry = models.ForeignKey(WaitingListEntry, on_delete=models.CASCADE, related_name="persons")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=200)
    birth_date = models.DateField(_("date of birth"))
    person_key = models.CharField(max_length=64, editable=False)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("person who waits")
        verbose_name_plural = _("people who wait")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "position"], name="each_waiting_person_has_a_position"
            ),
            models.UniqueConstraint(
                fields=["person_key", "service"],
                condition=Q(active=True),
                name="one_place_in_line_per_person_and_service",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Offer(models.Model):
    """
    A freed time that is kept for one entry of the list until `expires_at`.

    `code` stands in the mail's link: whoever has it may accept or decline.
    """

    class Outcome(models.TextChoices):
        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        LAPSED = "lapsed", _("Not answered in time")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    # Over without a visit: the freed time goes on.
    REFUSED: ClassVar[list[str]] = ["declined", "lapsed", "withdrawn"]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=30, unique=True, default=new_offer_code)
    entry = models.ForeignKey(WaitingListEntry, on_delete=models.CASCADE, related_name="offers")
    freed = models.ForeignKey(FreedTime, on_delete=models.CASCADE, related_name="offers")
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(_("until"))
    outcome = models.CharField(
        _("outcome"), max_length=9, choices=Outcome.choices, default=Outcome.OPEN
    )
    answered_at = models.DateTimeField(null=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"], condition=Q(outcome="open"), name="one_open_offer_per_entry"
            ),
            models.UniqueConstraint(
                fields=["freed"],
                condition=Q(outcome__in=["open", "accepted"]),
                name="a_freed_time_is_offered_to_one",
            ),
            models.UniqueConstraint(
                fields=["entry", "freed"], name="a_freed_time_is_offered_to_someone_once"
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="open_offers", condition=Q(outcome="open")),
        ]

    def __str__(self) -> str:
        return f"{self.freed} – {self.entry_id}"
