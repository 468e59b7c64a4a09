"""Questions about the day's line."""

from typing import Self

from django.db import models


class TicketQuerySet(models.QuerySet):
    def waiting(self) -> Self:
        """In line, in the order of calling."""
        return self.filter(status="waiting").order_by("serve_at", "issued_at", "pk")

    def at_a_desk(self) -> Self:
        """Called or being served."""
        return self.filter(status__in=self.model.AT_DESK)  # type: ignore[attr-defined]

    def unfinished(self) -> Self:
        """Without an end state."""
        return self.filter(status__in=["waiting", "called", "in_service"])

    def with_place(self) -> Self:
        """Load what a screen shows about a ticket."""
        return self.select_related("service", "desk", "appointment", "queue_day__service_point")
