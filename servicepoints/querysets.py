"""Questions about the supply, each a QuerySet that still chains."""

import datetime
from typing import Self

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone


def valid_on(date: datetime.date) -> Q:
    """Match rows whose period covers the local `date`; an empty end is without limit."""
    return Q(valid_from__lte=date) & (Q(valid_until__isnull=True) | Q(valid_until__gte=date))


def _offerings() -> models.QuerySet:
    # By name, since the models import this module.
    return apps.get_model("servicepoints", "Offering")._default_manager.all()


class ServicePointQuerySet(models.QuerySet):
    def operating_on(self, date: datetime.date) -> Self:
        """Points that exist on the local `date`."""
        return self.filter(valid_on(date))

    def giving_numbers(self) -> Self:
        """Points that serve something by queue number today."""
        walk_in = _offerings().filter(valid_on(timezone.localdate()), walk_in=True)
        return self.filter(models.Exists(walk_in.filter(service_point=models.OuterRef("pk"))))

    def with_supply(self) -> Self:
        """Load what `supply.opening_hours` needs of their desk groups."""
        return self.prefetch_related("desk_groups__openings", "desk_groups__overrides__services")

    def offering(self, service: models.Model) -> Self:
        """Points where `service` can be booked now or later."""
        today = timezone.localdate()
        not_over = Q(valid_until__isnull=True) | Q(valid_until__gte=today)
        offerings = _offerings().filter(
            not_over, service=service, bookable=True, service_point=models.OuterRef("pk")
        )
        return self.filter(not_over).filter(models.Exists(offerings))


class ServiceQuerySet(models.QuerySet):
    def bookable_on(self, date: datetime.date) -> Self:
        """Services that some point offers for booking on `date`."""
        return self.filter(
            models.Exists(
                _offerings().filter(valid_on(date), service=models.OuterRef("pk"), bookable=True)
            )
        )

    def bookable_at(self, point: models.Model) -> Self:
        """Services that can be booked at `point` on its local date now."""
        return self.filter(
            offerings__in=point.offerings.on(point.today).filter(bookable=True)  # type: ignore[attr-defined]
        )


class OfferingQuerySet(models.QuerySet):
    def on(self, date: datetime.date) -> Self:
        """Offerings in force on the local `date`."""
        return self.filter(valid_on(date))

    def longest_minutes(self, group: models.Model) -> int:
        """The minutes of the longest visit of one person that the desk group serves."""
        longest = self.filter(
            service_point=group.service_point_id,  # type: ignore[attr-defined]
            service__in=group.services.all(),  # type: ignore[attr-defined]
        ).aggregate(minutes=models.Max(Coalesce("minutes", "service__minutes")))
        return longest["minutes"] or 0

    def walk_in(self) -> Self:
        """Offerings served by queue number."""
        return self.filter(walk_in=True)


class DeskGroupQuerySet(models.QuerySet):
    def with_supply(self) -> Self:
        """Load what `plan.planned_hours` needs: point, openings, overrides."""
        return self.select_related("service_point").prefetch_related(
            "openings", "overrides", "overrides__services"
        )

    def lock_in_order(self) -> Self:
        """Lock the rows until the end of the transaction, so that one plan changes at a time."""
        return self.order_by("pk").select_for_update(of=["self"], no_key=True)


class DeskQuerySet(models.QuerySet):
    def lock_in_order(self) -> Self:
        """Lock the rows until the end of the transaction, so that one thing happens at a desk."""
        return self.order_by("pk").select_for_update(of=["self"], no_key=True)


class BringItemQuerySet(models.QuerySet):
    def of(self, service: models.Model) -> Self:
        """What `service` asks for in some situation, with what every service does."""
        return self.filter(Q(service__isnull=True) | Q(service=service))
