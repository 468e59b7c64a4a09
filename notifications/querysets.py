"""Questions about messages."""

from typing import Self

from django.db import models
from django.db.models.functions import Now


class MessageQuerySet(models.QuerySet):
    def due(self) -> Self:
        """Messages to send now, by the database's clock, the longest due first."""
        return self.filter(status="queued", next_attempt_at__lte=Now()).order_by("next_attempt_at")

    def that_nobody_else_sends(self) -> Self:
        """Lock the rows; those that another worker holds are left to it."""
        return self.select_for_update(skip_locked=True, no_key=True)
