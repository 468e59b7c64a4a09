"""What to bring and do in a situation, besides what a service always asks for."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from servicepoints.languages import in_reader_language
from servicepoints.querysets import BringItemQuerySet


class BringItem(models.Model):
    """
    One thing to bring or do in a `situation`, for one service or, without it, for all.

    What everybody brings, whatever the situation, stands in the service itself.
    """

    class Situation(models.TextChoices):
        ONLINE = "online", _("If you have applied online")
        PAPER = "paper", _("If you apply on paper")
        CHILD = "child", _("If somebody who comes is under 18")
        TRANSLATION = (
            "translation",
            _("If a document is in another language than Finnish, Swedish or English"),
        )

    service = models.ForeignKey(
        "servicepoints.Service",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="bring_items",
        verbose_name=_("service"),
        help_text=_("None chosen: every service."),
    )
    situation = models.CharField(_("situation"), max_length=20, choices=Situation.choices)
    position = models.PositiveSmallIntegerField(_("position in lists"), default=0)
    text_fi = models.CharField(_("what to bring or do, in Finnish"), max_length=300)
    text_sv = models.CharField(_("what to bring or do, in Swedish"), max_length=300)
    text_en = models.CharField(_("what to bring or do, in English"), max_length=300)

    objects = BringItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("thing to bring or do")
        verbose_name_plural = _("things to bring and do")
        ordering = ["situation", "position", "pk"]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        return in_reader_language(self, "text")
