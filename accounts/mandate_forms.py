"""The shape of a request to act for others, and of a mandate."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.date_field import DatePartsField
from accounts.models import Representative


class RepresentForm(forms.Form):
    """Who wants to act for others, as what, and how staff can check it."""

    kind = forms.ChoiceField(
        label=_("You act as"),
        choices=Representative.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose as what you act.")},
    )
    name = forms.CharField(
        label=_("Your name"),
        max_length=200,
        help_text=_("Your clients see it."),
        error_messages={"required": _("Write your name.")},
    )
    organisation = forms.CharField(
        label=_("Organisation"),
        max_length=200,
        required=False,
        help_text=_("For example a law firm or an employer."),
    )
    evidence = forms.CharField(
        label=_("How can we check it?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "For example the number of your licence, the court's decision, or whom to call at "
            "your employer."
        ),
        error_messages={"required": _("Write how we can check that you may act for others.")},
    )


class MandateForm(forms.Form):
    """Whom a representative wants to act for, and until when."""

    name = forms.CharField(
        label=_("The client's name"),
        max_length=200,
        error_messages={"required": _("Write the client's name.")},
    )
    email = forms.EmailField(
        label=_("The client's e-mail address"),
        max_length=254,
        error_messages={
            "required": _("Write the client's e-mail address."),
            "invalid": _("Write an e-mail address, for example name@example.com."),
        },
    )
    valid_until = DatePartsField(
        label=_("Last day of the mandate"),
        required=False,
        help_text=_("Leave it empty if the mandate is to hold until one of you ends it."),
    )

    def clean_valid_until(self) -> datetime.date | None:
        last: datetime.date | None = self.cleaned_data["valid_until"]
        if last and last < timezone.localdate():
            raise ValidationError(_("This day is over. Choose today or a later day."))
        return last


class RecordForm(MandateForm):
    """A mandate that staff have seen."""

    basis = forms.CharField(
        label=_("What did you see?"),
        max_length=300,
        help_text=_("For example a power of attorney, signed on 3 March 2027."),
        error_messages={"required": _("Write what shows that the client agrees.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["name", "email", "basis", "valid_until"])
