"""Questions about the supply, each a QuerySet that still chains."""

import datetime
from typing import Any, Self

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

    def offering_both(self, one: models.Model, other: models.Model) -> Self:
        """Points where some desks can take both services in one visit, now or later."""
        groups = apps.get_model("servicepoints", "DeskGroup")._default_manager
        both = groups.serving_both(one, other).filter(service_point=models.OuterRef("pk"))
        return self.offering(one).filter(models.Exists(both))

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
    def serving_both(self, one: Any, other: Any) -> Self:
        """Groups whose desks serve both services, which their point offers now or later."""
        not_over = Q(valid_until__isnull=True) | Q(valid_until__gte=timezone.localdate())
        offered = _offerings().filter(
            not_over, bookable=True, service_point=models.OuterRef("service_point")
        )
        served = self.model.services.through._default_manager.filter(  # type: ignore[attr-defined]
            deskgroup=models.OuterRef("pk")
        )
        groups = self
        for service in (one, other):
            # Inside the subquery, what came from outside is one level further out.
            if isinstance(service, models.OuterRef):
                service = models.OuterRef(service)
            groups = groups.filter(
                models.Exists(served.filter(service=service)),
                models.Exists(offered.filter(service=service)),
            )
        return groups

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


class ServicePairQuerySet(models.QuerySet):
    def with_services(self) -> Self:
        return self.select_related("one", "other")

    def of(self, one: models.Model, other: models.Model) -> Self:
        """The pair of these two, in whichever order it is listed."""
        return self.filter(Q(one=one, other=other) | Q(one=other, other=one))

    def served_somewhere(self) -> Self:
        """Pairs that some desks at some point can take in one visit, now or later."""
        groups = apps.get_model("servicepoints", "DeskGroup")._default_manager
        both = groups.serving_both(models.OuterRef("one"), models.OuterRef("other"))
        return self.filter(models.Exists(both))


class BringItemQuerySet(models.QuerySet):
    def of(self, service: models.Model) -> Self:
        """What `service` asks for in some situation, with what every service does."""
        return self.filter(Q(service__isnull=True) | Q(service=service))
