"""Questions about messages."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Now

if TYPE_CHECKING:
    pass


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self) -> "MessageQuerySet":
        """Messages to send now, by the database's clock, the longest due first."""
        return self.filter(status="queued", next_attempt_at__lte=Now()).order_by("next_attempt_at")

    def that_nobody_else_sends(self) -> "MessageQuerySet":
        """Lock the rows; those that another worker holds are left to it."""
        return self.select_for_update(skip_locked=True, no_key=True)
