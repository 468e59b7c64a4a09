"""Questions about messages."""

import datetime
from typing import Any, Self

from django.db import models
from django.db.models.functions import Now

WIPED: dict[str, Any] = {"to": "", "context": {}, "attachments": []}


class MessageQuerySet(models.QuerySet):
    def queued(self) -> Self:
        return self.filter(status="queued")

    def due(self) -> Self:
        """Messages to send now, by the database's clock, the longest due first."""
        true = models.Q(not_after__isnull=True) | models.Q(not_after__gt=Now())
        return self.queued().filter(true, next_attempt_at__lte=Now()).order_by("next_attempt_at")

    def outdated(self) -> Self:
        """Messages that were not sent in time and would no longer be true."""
        return self.queued().filter(not_after__lte=Now())

    def that_nobody_else_sends(self) -> Self:
        """Lock the rows; those that another worker holds are left to it."""
        return self.select_for_update(skip_locked=True, no_key=True)

    def ended_before(self, age: datetime.timedelta) -> Self:
        """Messages that were made longer ago than `age` and will not be sent any more."""
        return self.exclude(status="queued").filter(created_at__lt=Now() - age)

    def end(self, status: str, **fields: Any) -> int:
        """Give queued messages their last status and wipe them; return how many there were."""
        return self.queued().update(status=status, **WIPED, **fields)
