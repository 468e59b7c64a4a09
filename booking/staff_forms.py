"""What staff type to find a visit, to book one for somebody, to move and to cancel it."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.date_field import DatePartsField
from booking import people
from booking.exceptions import WrongNumberOfPeople
from booking.forms import ContactForm, ServiceForm, TimeForm, no_texts
from booking.models import MAX_PEOPLE
from booking.operations import Person
from servicepoints.models import Service, ServicePoint

REASON_LENGTH = 200


class FindForm(forms.Form):
    """One of: the reference; name and date of birth; the e-mail address."""

    reference = forms.CharField(
        label=_("Reference of the visit"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        required=False,
        help_text=_("The whole name as it was given for the visit."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    birth_date = DatePartsField(label=_("Date of birth"), required=False)
    email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
        error_messages={"invalid": _("Write the whole e-mail address, for example a@b.fi.")},
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("reference") or data.get("email"):
            return data
        name, birth_date = data.get("name"), data.get("birth_date")
        if name and not birth_date and "birth_date" not in self.errors:
            self.add_error("birth_date", _("Enter the date of birth as well as the name."))
        if birth_date and not name:
            self.add_error("name", _("Write the name as well as the date of birth."))
        if not name and not birth_date and not self.errors:
            self.add_error(
                "reference",
                _("Write the reference, the name and the date of birth, or the e-mail address."),
            )
        return data

    @property
    def person(self) -> Person | None:
        """The person whose visits are looked for, of a form that is valid."""
        data = self.cleaned_data
        complete = data.get("name") and data.get("birth_date")
        return Person(data["name"], data["birth_date"]) if complete else None


class StaffVisitForm(forms.Form):
    """Which service of the point, and how many people come."""

    service = forms.ChoiceField(
        label=_("Service"),
        error_messages={
            "required": _("Choose the service."),
            "invalid_choice": _("This service cannot be booked here. Choose another one."),
        },
    )
    people = forms.TypedChoiceField(
        label=_("How many people come?"),
        coerce=int,
        choices=[(number, number) for number in range(1, MAX_PEOPLE + 1)],
        error_messages={
            "required": _("Choose how many people come."),
            "invalid_choice": WrongNumberOfPeople.message,
        },
    )

    def __init__(self, *args: Any, point: ServicePoint, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = {
            offering.service.slug: offering.service
            for offering in point.offerings.filter(bookable=True).select_related("service")
        }
        self.services: dict[str, Service] = {
            slug: service for slug, service in ServiceForm().services.items() if slug in here
        }
        self.fields["service"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            *((slug, service.name) for slug, service in self.services.items()),
        ]

    @property
    def answer(self) -> Service:
        return self.services[self.cleaned_data["service"]]


class DayForm(forms.Form):
    """The day whose times are shown."""

    date = DatePartsField(label=_("Which day?"), required=False)


def reason_field(label: Any, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=REASON_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": _("Say why. It is kept with the visit."),
            "max_length": _("Write it in at most %(limit_value)d characters."),
        },
    )


class BeyondForm(TimeForm):
    """A time beyond the public capacity, and why it is taken."""

    reason = reason_field(
        _("Why is this needed?"),
        _("For example: the permit expires, and there is no public time before that."),
    )


class CancelForm(forms.Form):
    """Why a visit is cancelled."""

    reason = reason_field(
        _("Why is the visit cancelled?"), _("For the staff; the person does not see this.")
    )


class StaffContactForm(ContactForm):
    """How to reach the person who is booked for, which may be not at all, and their language."""

    email = forms.EmailField(
        label=_("E-mail address"),
        required=False,
        help_text=_(
            "Spell it back. The confirmation goes there, and whoever reads that mail can move and "
            "cancel the visit."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
        error_messages={"invalid": _("Write the whole e-mail address, for example a@b.fi.")},
    )
    language = forms.ChoiceField(
        label=_("Language of the person"),
        choices=settings.LANGUAGES,
        error_messages={"required": _("Choose the language.")},
    )

    field_order = ("email", "phone", "language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].help_text = no_texts(self._typed_phone())

    def clean_phone(self) -> str:
        return people.checked_phone(self.cleaned_data["phone"])
