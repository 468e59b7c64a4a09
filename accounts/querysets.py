"""Questions about people, each a QuerySet that still chains."""

from typing import Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q


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
