"""Which two matters may be handled in one visit."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext_lazy as _

from servicepoints.querysets import ServicePairQuerySet


class ServicePair(models.Model):
    """
    Two services that one visit may be for, such as a permit and a travel document.

    Their order does not matter. Any other two need two visits. Source: two applications need
    two appointments; a permit and a passport handed in together need one (facts.md).
    """

    one = models.ForeignKey(
        "servicepoints.Service",
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("service"),
    )
    other = models.ForeignKey(
        "servicepoints.Service",
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("together with"),
    )

    objects = ServicePairQuerySet.as_manager()

    class Meta:
        verbose_name = _("pair of services in one visit")
        verbose_name_plural = _("pairs of services in one visit")
        ordering = ["one__position", "other__position"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(one=F("other")),
                name="a_pair_is_of_two_services",
                violation_error_code="same_twice",
                violation_error_message=_("Choose two services that differ."),
            ),
            models.UniqueConstraint(
                Least("one", "other"),
                Greatest("one", "other"),
                name="a_pair_of_services_is_listed_once",
                violation_error_code="listed_already",
                violation_error_message=_("These two stand in the list already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.one} + {self.other}"
