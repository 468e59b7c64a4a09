"""Questions about slots, releases and appointments, and the named locks."""

import datetime
from typing import Self

from django.db import models
from django.db.models import Sum
from django.db.models.functions import Coalesce, Now


class ReleaseQuerySet(models.QuerySet):
    def due(self) -> Self:
        """Releases whose moment has come by the database's clock and that have not happened."""
        return self.filter(released_at__isnull=True, release_at__lte=Now())

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

    def with_point(self) -> Self:
        """Load all there is to a hold, in one query: service and point; nobody is named yet."""
        return self.select_related("service", "desk_group__service_point")

    def with_place(self) -> Self:
        """Load what a page shows about an appointment: service, point, people."""
        return self.with_point().prefetch_related("attendees")

    def with_time_left(self) -> Self:
        """Annotate `time_left`: how long a hold is still kept, by the database's clock."""
        return self.annotate(
            time_left=models.ExpressionWrapper(
                models.F("expires_at") - Now(), output_field=models.DurationField()
            )
        )

    def lock_for_change(self) -> Self:
        """Lock the rows until the end of the transaction, in the order of their ids."""
        return self.order_by("pk").select_for_update(of=["self"], no_key=True)
