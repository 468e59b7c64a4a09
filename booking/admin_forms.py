"""The supply on which visits hang: what would break a promise is refused, at its field."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.exceptions import Refusal
from booking import promises
from servicepoints.admin_forms import SupplyForm
from servicepoints.languages import Spoken
from servicepoints.models import DeskGroup, Offering, ServicePoint


class PromisedForm(SupplyForm):
    """Checks what is saved against what has been promised, once the form itself is right."""

    def check(self, field: str, check: Callable[..., None], *arguments: Any) -> None:
        try:
            check(*arguments)
        except Refusal as refusal:
            self.add_error(field, str(refusal))


class ServicePointForm(PromisedForm):
    languages = forms.MultipleChoiceField(
        label=_("Languages of service"),
        choices=Spoken.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Those in which everybody is served here, whichever desk they get."),
    )

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        period = (cleaned.get("valid_from"), cleaned.get("valid_until"))
        if self.instance.pk and period[0]:
            before = ServicePoint.objects.get(pk=self.instance.pk)
            self.check("valid_until", promises.check_point_period, before, *period)
        return cleaned


class OfferingForm(PromisedForm):
    next_minutes = forms.IntegerField(
        label=_("Minutes after that"),
        required=False,
        min_value=5,
        max_value=240,
        help_text=_(
            "To try other minutes: give the last day of these above, and here the minutes from "
            "the next day on. Visits booked already keep theirs."
        ),
    )

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if self.instance.pk and cleaned.get("valid_from"):
            before = Offering.objects.select_related("service_point").get(pk=self.instance.pk)
            self._check_change(before, cleaned)
        return cleaned

    def _check_change(self, before: Offering, cleaned: dict[str, Any]) -> None:
        until = cleaned.get("valid_until")
        if cleaned.get("next_minutes"):
            if until is None or (before.valid_until and until >= before.valid_until):
                self.add_error("valid_until", _("Give the last day of the present minutes."))
            until = before.valid_until
        self.check(
            "valid_until", promises.check_offering_period, before, cleaned["valid_from"], until
        )


class DeskGroupForm(PromisedForm):
    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        if self.instance.pk and "services" in cleaned:
            before = DeskGroup.objects.select_related("service_point").get(pk=self.instance.pk)
            self.check("services", promises.check_services, before, cleaned["services"])
        return cleaned
