"""Questions about the day's line and its desks."""

from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models import Role
from servicepoints.models import DeskGroup, Service


class TicketQuerySet(models.QuerySet):
    def waiting(self) -> Self:
        """In line, in the order of calling."""
        return self.filter(status="waiting").order_by("serve_at", "issued_at", "pk")

    def ahead_of(self, ticket: Any) -> Self:
        """Waiting for the same desks as `ticket`, and to be called before it."""
        groups = DeskGroup.objects.filter(
            service_point=ticket.queue_day.service_point_id, services=ticket.service_id
        )
        earlier = (
            Q(serve_at__lt=ticket.serve_at)
            | Q(serve_at=ticket.serve_at, issued_at__lt=ticket.issued_at)
            | Q(serve_at=ticket.serve_at, issued_at=ticket.issued_at, pk__lt=ticket.pk)
        )
        return self.waiting().filter(
            earlier,
            queue_day=ticket.queue_day_id,
            service__in=Service.objects.filter(desk_groups__in=groups),
        )

    def lately_called(self) -> Self:
        """Those that have been called, the newest call first."""
        return self.filter(called_at__isnull=False).order_by("-called_at")

    def at_a_desk(self) -> Self:
        """Called or being served."""
        return self.filter(status__in=self.model.AT_DESK)  # type: ignore[attr-defined]

    def unfinished(self) -> Self:
        """Without an end state."""
        return self.filter(status__in=["waiting", "called", "in_service"])

    def with_place(self) -> Self:
        """Load what a screen shows about a ticket."""
        return self.select_related(
            "service",
            "desk",
            "appointment__service",
            "appointment__second_service",
            "queue_day__service_point",
        )

    def served_by(self, group: Any) -> Self:
        """Those whose matter the group's desks serve; with two matters, both of them."""
        services = group.services.all()
        second = Q(appointment__second_service=None) | Q(appointment__second_service__in=services)
        return self.filter(second, service__in=services)


class DeskSessionQuerySet(models.QuerySet):
    def going_on(self) -> Self:
        """Somebody sits there now."""
        return self.filter(ended_at__isnull=True)

    def of_those_who_may(self) -> Self:
        """Of people who still work at the desk's point: a closed account or lost role does not."""
        roles = Role.objects.filter(
            user=OuterRef("user"), service_point=OuterRef("desk__desk_group__service_point")
        )
        return self.filter(Q(user__is_superuser=True) | Exists(roles), user__is_active=True)
