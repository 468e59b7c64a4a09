"""Questions about slots, releases and appointments, and the named locks."""

import datetime
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Sum
from django.db.models.functions import MD5, Cast, Coalesce, Concat, Now

from accounts.models import Mandate, User
from notifications.models import Message


class ReleaseQuerySet(models.QuerySet):
    def due(self) -> Self:
        """Releases whose moment has come by the database's clock and that have not happened."""
        return self.filter(released_at__isnull=True, release_at__lte=Now())

    def coming_for(self, service: models.Model) -> Self:
        """Releases ahead, by the database's clock, with places for `service`, the next first."""
        slots = apps.get_model("booking", "Slot")._default_manager.filter(
            models.Q(only_services__isnull=True) | models.Q(only_services__contains=[service.pk]),
            release=models.OuterRef("pk"),
            public_capacity__gt=0,
        )
        offered = models.Q(
            desk_group__services=service,
            desk_group__service_point__offerings__service=service,
            desk_group__service_point__offerings__bookable=True,
        )
        return (
            self.filter(offered, models.Exists(slots))
            .filter(released_at__isnull=True, release_at__gt=Now())
            .order_by("release_at", "pk")
            .distinct()
        )

    def with_numbers(self) -> Self:
        """Annotate `times` for applicants, in cells of one desk, and how many are `taken`."""
        return self.annotate(
            times=Coalesce(Sum("slots__public_capacity"), 0),
            taken=Coalesce(Sum("slots__taken"), 0),
        )

    def with_times(self) -> Self:
        """Those of `with_numbers` that have times: a closing takes the times, not the release."""
        return self.filter(times__gt=0)

    def locked_in_order(self) -> Self:
        """Lock them for this transaction, passing over what another one is releasing."""
        return self.order_by("pk").select_for_update(skip_locked=True, of=["self"])


class SlotQuerySet(models.QuerySet):
    def between(self, start: datetime.datetime, end: datetime.datetime) -> Self:
        """Slots that start in [start, end)."""
        return self.filter(starts_at__gte=start, starts_at__lt=end)

    def at(self, service_point: models.Model) -> Self:
        return self.filter(desk_group__service_point=service_point)

    def of_visit(self, desk_group_id: int, starts: list[datetime.datetime]) -> Self:
        """The slots that a visit with cells at `starts` takes."""
        return self.filter(desk_group=desk_group_id, starts_at__in=starts)

    def lock_in_order(self) -> Self:
        """Lock the rows until the end of the transaction, in the order of their ids."""
        return self.order_by("pk").select_for_update(of=["self"], no_key=True)


class AppointmentQuerySet(models.QuerySet):
    def active(self) -> Self:
        """Promised and not over."""
        return self.filter(status__in=self.model.ACTIVE)  # type: ignore[attr-defined]

    def in_force(self) -> Self:
        """Active, without the holds that have run out, whether tidied yet or not (I8)."""
        return self.active().exclude(status="held", expires_at__lte=Now())

    def live_holds(self) -> Self:
        """Holds that have not run out by the database's clock."""
        return self.filter(status="held", expires_at__gt=Now())

    def expired_holds(self) -> Self:
        """Holds whose end has passed by the database's clock, whether tidied yet or not."""
        return self.filter(status="held", expires_at__lte=Now())

    def booked(self) -> Self:
        """Everything a person was promised and has not given back."""
        return self.filter(status__in=["confirmed", "arrived", "in_service", "served", "missed"])

    def coming(self) -> Self:
        """Confirmed and still ahead, or going on."""
        ahead = models.Q(status="confirmed", starts_at__gt=Now())
        return self.filter(ahead | models.Q(status__in=["arrived", "in_service"]))

    def in_slots_of(self, release: models.Model) -> Self:
        """Visits that begin in a slot of `release` and have not been given back."""
        return self.filter(
            desk_group=release.desk_group,  # type: ignore[attr-defined]
            starts_at__in=release.slots.values("starts_at"),  # type: ignore[attr-defined]
        ).exclude(status__in=["expired", "cancelled"])

    def told_before(self, moment: datetime.datetime) -> Self:
        """Those whose present time was confirmed or moved to before `moment`."""
        return self.annotate(told_at=Coalesce("moved_at", "confirmed_at")).filter(
            told_at__lte=moment
        )

    def not_yet_reminded(self, days: int) -> Self:
        """Confirmed visits ahead, by the database's clock, without the reminder `days` before."""
        reminder = Message.objects.filter(
            key=Concat(
                models.Value(f"reminder-{days}:"),
                Cast(models.OuterRef("pk"), models.CharField()),
                models.Value(":"),
                Cast(models.OuterRef("revision"), models.CharField()),
            )
        )
        return self.filter(
            ~models.Exists(reminder), status="confirmed", starts_at__gt=Now()
        ).exclude(email="", phone="")

    def with_reference(self, reference: str) -> Self:
        """The one with a reference as people type it: in any case, with spaces and hyphens."""
        return self.filter(reference="".join(reference.split()).replace("-", "").upper())

    def of_person(self, person_key: str) -> Self:
        """Those in which somebody of this name and date of birth comes, however it is spelled."""
        return self.filter(attendees__person_key=person_key)

    def of_address(self, email: str) -> Self:
        return self.filter(email__iexact=email)

    def at(self, service_point: models.Model) -> Self:
        return self.filter(desk_group__service_point=service_point)

    def between(self, start: datetime.datetime, end: datetime.datetime) -> Self:
        """Appointments that start in [start, end)."""
        return self.filter(starts_at__gte=start, starts_at__lt=end)

    def overlapping(
        self, desk_groups: list[int], first: datetime.datetime, last: datetime.datetime
    ) -> Self:
        """Appointments in these groups that may occupy a cell from `first` to `last`."""
        return self.filter(
            desk_group__in=desk_groups,
            starts_at__lte=last,
            # No visit is longer: six people of 240 minutes.
            starts_at__gt=first - datetime.timedelta(hours=24),
        )

    def with_place(self) -> Self:
        """Load what a page shows about an appointment: service, point, people."""
        return self.select_related(
            "service", "second_service", "desk_group__service_point"
        ).prefetch_related("attendees")

    def with_time_left(self) -> Self:
        """Annotate `time_left`: how long a hold is still kept, by the database's clock."""
        return self.annotate(
            time_left=models.ExpressionWrapper(
                models.F("expires_at") - Now(), output_field=models.DurationField()
            )
        )

    def reached_by(self, user: User) -> Self:
        """Those of `user`, and those booked under a mandate under which `user` acts now."""
        mandates = Mandate.objects.in_force().filter(representative__user=user)
        return self.filter(models.Q(user=user) | models.Q(mandate__in=mandates))

    def lock_for_change(self) -> Self:
        """Lock the rows until the end of the transaction, in the order of their ids."""
        return self.order_by("pk").select_for_update(of=["self"], no_key=True)


class FreedTimeQuerySet(models.QuerySet):
    def kept(self) -> Self:
        """Freed times that nobody has been asked about, or whom the last one did not want."""
        return self.filter(status="kept")

    def held_back(self) -> Self:
        """Those that count in `Slot.kept`: kept or offered."""
        return self.filter(status__in=["kept", "offered"])

    def to_offer(self) -> Self:
        """Kept ones whose offers may begin by the database's clock, the earliest time first."""
        return self.kept().filter(offers_from__lte=Now()).order_by("starts_at", "pk")

    def to_reopen(self) -> Self:
        """Kept ones that are to be public by the database's clock."""
        return self.kept().filter(reopens_at__lte=Now())

    def at(self, service_point: models.Model) -> Self:
        return self.filter(desk_group__service_point=service_point)

    def between(self, start: datetime.datetime, end: datetime.datetime) -> Self:
        """Freed times that start in [start, end)."""
        return self.filter(starts_at__gte=start, starts_at__lt=end)

    def with_point(self) -> Self:
        return self.select_related("desk_group__service_point", "release")

    def that_nobody_else_offers(self) -> Self:
        """Lock the rows; those that another worker holds are left to it."""
        return self.select_for_update(skip_locked=True, of=["self"], no_key=True)


class WaitingListQuerySet(models.QuerySet):
    def waiting(self) -> Self:
        return self.filter(status="waiting")

    def in_line(self) -> Self:
        """In the order of offers: by need, then by the time of joining."""
        return self.order_by("need", "joined_at", "pk")

    def in_drawn_order(self, seed: str) -> Self:
        """By need, then by lot: when somebody joined does not matter, and `seed` repeats it."""
        lot = MD5(Concat(models.Value(seed), Cast("pk", models.CharField())))
        return self.order_by("need", lot)

    def ahead_of(self, entry: models.Model) -> Self:
        """Those who are asked before `entry` about a time that both could take."""
        mine: Any = entry
        before = (
            models.Q(need__lt=mine.need)
            | models.Q(need=mine.need, joined_at__lt=mine.joined_at)
            | models.Q(need=mine.need, joined_at=mine.joined_at, pk__lt=mine.pk)
        )
        return (
            self.waiting()
            .filter(before, service=mine.service_id, points__in=mine.points.all())
            .filter(first_date__lte=mine.last_date, last_date__gte=mine.first_date)
            .distinct()
        )

    def without_open_offer(self) -> Self:
        return self.exclude(offers__outcome="open")

    def with_place(self) -> Self:
        """Load what a page shows of an entry."""
        return self.select_related(
            "user",
            "service",
            "second_service",
            "appointment__service",
            "appointment__second_service",
            "appointment__desk_group__service_point",
        ).prefetch_related("points", "persons")

    def lock_for_change(self) -> Self:
        """Lock the rows until the end of the transaction, passing over what others change."""
        return self.select_for_update(skip_locked=True, of=["self"], no_key=True)


class OfferQuerySet(models.QuerySet):
    def open(self) -> Self:
        """Offers that can be accepted by the database's clock."""
        return self.filter(outcome="open", expires_at__gt=Now())

    def lapsed(self) -> Self:
        """Offers whose time has passed without an answer, whether noted yet or not."""
        return self.filter(outcome="open", expires_at__lte=Now())

    def with_place(self) -> Self:
        """Load what a page shows of an offer."""
        return self.select_related(
            "entry__service",
            "entry__second_service",
            "entry__user",
            "entry__appointment__desk_group__service_point",
            "freed__desk_group__service_point",
        )


class BookingRightQuerySet(models.QuerySet):
    def all_at(self, points: models.QuerySet) -> Self:
        """Rights that are for none but these points, so that who manages them may manage it."""
        through = self.model.points.through  # type: ignore[attr-defined]
        elsewhere = through.objects.exclude(servicepoint__in=points)
        return self.exclude(pk__in=elsewhere.values("bookingright"))

    def at(self, service_point: models.Model) -> Self:
        return self.filter(points=service_point)

    def going_on(self, date: datetime.date) -> Self:
        """Rights whose period has not ended by the local `date`."""
        return self.filter(valid_until__gte=date)


class RightHolderQuerySet(models.QuerySet):
    def of_address(self, email: str) -> Self:
        return self.filter(email=email.lower())

    def that_can_book(self, date: datetime.date) -> Self:
        """Those whose right has not ended by `date`, and that have not used it up."""
        return self.filter(
            right__valid_until__gte=date,
            used__lt=models.F("max_uses"),
            right__used__lt=models.F("right__max_uses"),
        )
