"""Questions about people, each a QuerySet that still chains."""

from typing import Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now, TruncDate
from django.utils import timezone


class UserQuerySet(models.QuerySet):
    def who_work_here(self) -> Self:
        """Administrators, and everybody with a role at some point; never a mere applicant."""
        # By name, since the models import this module.
        roles = apps.get_model("accounts", "Role")._default_manager.all()
        return self.filter(Q(is_superuser=True) | Exists(roles.filter(user=OuterRef("pk"))))

    def administrators(self) -> Self:
        """Those who may administer now."""
        return self.filter(is_superuser=True, is_active=True)

    def lock_in_order(self) -> Self:
        """Lock the rows until the end of the transaction, so that one change is made at a time."""
        return self.order_by("pk").select_for_update(of=["self"], no_key=True)


class RepresentativeQuerySet(models.QuerySet):
    def open(self) -> Self:
        """Those who ask to act for others, and those who may."""
        return self.filter(state__in=["asked", "verified"])

    def verified(self) -> Self:
        """Those whose right to act for others has been looked at and not been ended."""
        return self.filter(state="verified", user__is_active=True)

    def with_people(self) -> Self:
        """Load whom a page shows."""
        return self.select_related("user", "verified_by", "ended_by")

    def lock_for_change(self) -> Self:
        """Lock the rows until the end of the transaction: what they do, and its end, take turns."""
        return self.order_by("pk").select_for_update(of=["self"], no_key=True)


class MandateQuerySet(models.QuerySet):
    def open(self) -> Self:
        """Asked for or active, whether its last day is over or not."""
        return self.filter(state__in=["asked", "active"])

    def in_force(self) -> Self:
        """Those under which a representative may act now, by the database's clock."""
        return self.filter(
            ~self._outdated(),
            state="active",
            client__is_active=True,
            representative__state="verified",
            representative__user__is_active=True,
        )

    def outdated(self) -> Self:
        """Open ones whose last day is over, and requests that nobody has answered in time."""
        unanswered = Q(state="asked", answer_until__lte=Now())
        return self.open().filter(self._outdated() | unanswered)

    def with_people(self) -> Self:
        """Load whom a page shows."""
        return self.select_related("representative__user", "client", "recorded_by", "ended_by")

    @staticmethod
    def _outdated() -> Q:
        # The day is that of the agency, whichever zone a page is shown in.
        today = TruncDate(Now(), tzinfo=timezone.get_default_timezone())
        return Q(valid_until__isnull=False, valid_until__lt=today)
