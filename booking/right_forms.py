"""What an invited person types, and what a manager types about a booking right."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from accounts.date_field import DatePartsField
from booking.forms import InstantField, people_text
from booking.models import MAX_PEOPLE, BookingRight
from servicepoints.models import Service, ServicePoint

CODES_AT_ONCE = 500
ADDRESSES_AT_ONCE = 5000


class CodeForm(forms.Form):
    """The code of an invitation."""

    code = forms.CharField(
        label=_("Invitation code"),
        max_length=30,
        help_text=_("Ten letters and digits. It is in your invitation."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        error_messages={"required": _("Type the code of your invitation.")},
    )


class InvitedForm(forms.Form):
    """What an invited visit is for, where, and how many people come."""

    service = forms.ChoiceField(
        label=_("Service"), error_messages={"required": _("Choose the service.")}
    )
    point = forms.ChoiceField(
        label=_("Service point"), error_messages={"required": _("Choose a service point.")}
    )
    people = forms.TypedChoiceField(
        label=_("How many people come?"),
        coerce=int,
        error_messages={"required": _("Choose how many people come.")},
    )

    def __init__(self, *args: Any, right: BookingRight, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.services = {row.slug: row for row in right.services.all()}
        self.points = {row.slug: row for row in right.points.all()}
        numbers = [(number, people_text(number)) for number in range(1, MAX_PEOPLE + 1)]
        for name, rows in (("service", self.services), ("point", self.points)):
            choices = [(slug, row.name) for slug, row in rows.items()]
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        self.fields["people"].choices = numbers  # type: ignore[attr-defined]

    @property
    def chosen(self) -> tuple[Service, ServicePoint, int]:
        """The answers of a form that is valid."""
        data = self.cleaned_data
        return self.services[data["service"]], self.points[data["point"]], data["people"]


class InvitedTimeForm(forms.Form):
    """A chosen time of those that are reserved."""

    time = InstantField(
        label=_("Choose a time"),
        error_messages={
            "required": _("Choose a time."),
            "invalid": _("There is no such time. Choose one of these."),
        },
    )
    request = forms.UUIDField(required=False, widget=forms.HiddenInput)


class RightForm(forms.Form):
    """A new right: its names, what it is for, when and how often."""

    name_fi = forms.CharField(label=_("Name in Finnish"), max_length=100)
    name_sv = forms.CharField(label=_("Name in Swedish"), max_length=100)
    name_en = forms.CharField(label=_("Name in English"), max_length=100)
    services = forms.ModelMultipleChoiceField(
        label=_("For which services?"),
        queryset=Service.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one service.")},
    )
    points = forms.ModelMultipleChoiceField(
        label=_("At which service points?"),
        queryset=ServicePoint.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one service point.")},
    )
    valid_from = DatePartsField(label=_("First day of the visits"))
    valid_until = DatePartsField(label=_("Last day of the visits"))
    max_uses = forms.IntegerField(
        label=_("How many visits in all?"),
        min_value=1,
        max_value=100_000,
        error_messages={
            "required": _("Enter the number of visits."),
            "invalid": _("Enter the number of visits in digits."),
            "min_value": _("At least one visit must be possible."),
            "max_value": _("It can be at most %(limit_value)d visits."),
        },
    )

    def __init__(self, *args: Any, points: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["points"].queryset = points  # type: ignore[attr-defined]
        offered = Service.objects.filter(offerings__service_point__in=points).distinct()
        self.fields["services"].queryset = offered.order_by("position")  # type: ignore[attr-defined]
        for name in ("name_fi", "name_sv", "name_en"):
            self.fields[name].error_messages["required"] = _("Write the name in this language.")
        for name in ("services", "points"):
            self.fields[name].label_from_instance = lambda row: row.name  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        first, last = data.get("valid_from"), data.get("valid_until")
        if first and last and last < first:
            self.add_error("valid_until", _("The last day cannot be before the first."))
        return data


class NewCodesForm(forms.Form):
    """How many codes to make, and how often each can be used."""

    count = forms.IntegerField(
        label=_("How many codes?"),
        min_value=1,
        max_value=CODES_AT_ONCE,
        initial=1,
        error_messages={
            "required": _("Enter the number of codes."),
            "invalid": _("Enter the number of codes in digits."),
            "min_value": _("Make at least one code."),
            "max_value": _("Make at most %(limit_value)d codes at once."),
        },
    )
    uses = forms.IntegerField(
        label=_("Visits with each code"),
        min_value=1,
        max_value=1000,
        initial=1,
        error_messages={
            "required": _("Enter the number of visits."),
            "invalid": _("Enter the number of visits in digits."),
            "min_value": _("At least one visit must be possible."),
            "max_value": _("It can be at most %(limit_value)d visits."),
        },
    )


class AddressesForm(forms.Form):
    """E-mail addresses to invite: one a line, or with commas or semicolons between them."""

    emails = forms.CharField(
        label=_("E-mail addresses"),
        help_text=_("One on each line. Each address can book one visit."),
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
        error_messages={"required": _("Write at least one e-mail address.")},
    )

    def clean_emails(self) -> list[str]:
        emails = [part for part in re.split(r"[\s,;]+", self.cleaned_data["emails"]) if part]
        if len(emails) > ADDRESSES_AT_ONCE:
            raise ValidationError(
                _("Add at most %(limit)s addresses at once.") % {"limit": ADDRESSES_AT_ONCE}
            )
        for email in emails:
            try:
                validate_email(email)
            except ValidationError:
                raise ValidationError(
                    _("This is not an e-mail address: %(text)s") % {"text": email[:100]}
                ) from None
        return emails
