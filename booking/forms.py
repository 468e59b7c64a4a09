"""The shape of what an applicant answers. Whether it can be had is for operations to say."""

import datetime
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.date_field import DatePartsField
from accounts.models import Mandate
from booking import people
from booking.exceptions import NotInOneVisit, WrongNumberOfPeople
from booking.models import MAX_PEOPLE
from notifications import sms
from servicepoints import access
from servicepoints.models import Service, ServicePoint
from servicepoints.pair_models import ServicePair

# The answer to "For whom do you book?" of somebody who books for themselves.
MYSELF = "me"


class ServiceForm(forms.Form):
    """Which service a visit is for, of those that can be booked today."""

    service = forms.ChoiceField(
        label=_("What is your visit for?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what your visit is for."),
            "invalid_choice": _("This service cannot be booked. Choose another one."),
        },
    )

    # Offered only where some point can take two matters in one visit.
    second = forms.ChoiceField(
        label=_("Do you have a second matter for the same visit?"),
        help_text=_("The visit is then longer. Everybody who comes has both matters."),
        required=False,
        error_messages={"invalid_choice": NotInOneVisit.message},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        self.services = {row.slug: row for row in Service.objects.bookable_on(today)}
        self.fields["service"].choices = _by_category(self.services.values())  # type: ignore[attr-defined]
        # Asked for when the field is shown, or has an answer to be checked.
        self.fields["second"].choices = self._second_choices  # type: ignore[attr-defined]

    def _second_choices(self) -> list[tuple[str, str]]:
        paired = {service.pk for pair in self.pairs for service in (pair.one, pair.other)}
        rows = [row for row in self.services.values() if row.pk in paired]
        return [("", gettext("No, only this one")), *((row.slug, row.name) for row in rows)]

    @cached_property
    def pairs(self) -> list[ServicePair]:
        return access.allowed_pairs()

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("second") and data.get("service"):
            chosen = {self.answer.pk, self.services[data["second"]].pk}
            if chosen not in ({pair.one_id, pair.other_id} for pair in self.pairs):
                self.add_error("second", str(NotInOneVisit()))
        return data

    @property
    def answer(self) -> Service:
        return self.services[self.cleaned_data["service"]]

    @property
    def second_answer(self) -> Service | None:
        return self.services.get(self.cleaned_data.get("second", ""))


class ForWhomForm(forms.Form):
    """Whether a representative books for themselves or for one of their `clients`."""

    def __init__(self, *args: Any, clients: Iterable[Mandate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(MYSELF, _("Myself")), *((str(row.pk), row.client_name) for row in clients)]
        self.fields["for"] = forms.ChoiceField(
            label=_("For whom do you book?"),
            choices=choices,
            widget=forms.RadioSelect,
            error_messages={
                "required": _("Choose for whom you book."),
                "invalid_choice": _("You cannot book for this person. Choose another one."),
            },
        )


class PeopleForm(forms.Form):
    """How many people come."""

    people = forms.TypedChoiceField(
        label=_("How many people come?"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose how many people come."),
            "invalid_choice": WrongNumberOfPeople.message,
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].choices = [  # type: ignore[attr-defined]
            (number, people_text(number)) for number in range(1, MAX_PEOPLE + 1)
        ]

    @property
    def answer(self) -> int:
        return int(self.cleaned_data["people"])


class PointForm(forms.Form):
    """Which of the points that offer `service`, or can take it together with `second`."""

    point = forms.ChoiceField(
        error_messages={
            "required": _("Choose a service point."),
            "invalid_choice": _(
                "This service cannot be booked at that service point. Choose another one."
            ),
        },
    )

    def __init__(
        self, *args: Any, service: Service, second: Service | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        points = ServicePoint.objects
        found = points.offering_both(service, second) if second else points.offering(service)
        self.points = {row.slug: row for row in found}
        self.fields["point"].choices = [(slug, slug) for slug in self.points]  # type: ignore[attr-defined]

    @property
    def answer(self) -> ServicePoint:
        return self.points[self.cleaned_data["point"]]


class FromForm(forms.Form):
    """From which date or month times are shown; both may be left out."""

    date = forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("There is no such day. Here are the next free times.")},
    )
    month = forms.DateField(
        required=False,
        input_formats=["%Y-%m"],
        error_messages={"invalid": _("There is no such month. Here are the next free times.")},
    )


class InstantField(forms.Field):
    """
    A moment with its offset, as in 2026-12-14T07:20Z; anything else is refused.

    `choices` are shown, grouped by day. Another moment may be answered all the same, since
    others book meanwhile: whether it can be had is for the claim to say.
    """

    widget = forms.RadioSelect

    @property
    def choices(self) -> Any:
        return self.widget.choices

    @choices.setter
    def choices(self, days: Any) -> None:
        self.widget.choices = days

    def to_python(self, value: Any) -> datetime.datetime | None:
        if value in self.empty_values:
            return None
        try:
            instant = datetime.datetime.fromisoformat(str(value))
        except ValueError:
            instant = None
        # Years that no calendar of ours can reach are no times; arithmetic with them overflows.
        if instant is None or instant.tzinfo is None or not 1900 < instant.year < 3000:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return instant.astimezone(datetime.UTC)


class TimeForm(forms.Form):
    """A chosen time. `days` are the choices shown: [("Monday 14 December", [(value, "9.20")])]."""

    time = InstantField(
        label=_("Choose a time"),
        error_messages={
            "required": _("Choose a time."),
            "invalid": _("There is no such time. Choose one of these."),
        },
    )
    # What makes pressing the button twice one request (P5).
    request = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, days: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time"].choices = days  # type: ignore[attr-defined]


class PersonForm(forms.Form):
    """Someone who comes: any name in any script, and a date of birth. One of many has a title."""

    title = ""

    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        help_text=_("As it is in the passport or identity card."),
        error_messages={
            "required": _("Write the name."),
            "max_length": _("The name can have at most %(limit_value)d characters."),
        },
    )
    birth_date = DatePartsField(
        label=_("Date of birth"),
        help_text=_("For example 31 12 1990."),
        error_messages={"required": _("Write the date of birth.")},
    )

    def clean_name(self) -> str:
        return people.checked_name(self.cleaned_data["name"])

    def clean_birth_date(self) -> datetime.date:
        return people.checked_birth_date(self.cleaned_data["birth_date"])


class ContactForm(forms.Form):
    """
    How to reach the person who books, besides the e-mail that is known.

    A number that cannot have text messages is kept all the same: the field then says so.
    """

    phone = forms.CharField(
        label=_("Phone number"),
        required=False,
        max_length=30,
        help_text=_("We call only if something about your visit changes at short notice."),
        error_messages={"max_length": _("A phone number can have at most 30 characters.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if sms.is_on():
            self.fields["phone"].help_text = no_texts(self._typed_phone()) or _(
                "We send text messages about your visit to it, and call only if something "
                "changes at short notice."
            )

    def _typed_phone(self) -> str:
        if self.is_bound:
            return self.data.get(self.add_prefix("phone"), "")
        return self.get_initial_for_field(self.fields["phone"], "phone") or ""

    def clean_phone(self) -> str:
        return people.checked_phone(self.cleaned_data["phone"])


def no_texts(phone: str) -> str:
    """Say that a number cannot have text messages; empty if it can, or if it is no number."""
    if not phone or not sms.is_on() or sms.number_for_texts(phone) or not _is_number(phone):
        return ""
    return gettext("This number cannot have text messages. We write to you by e-mail.")


def _is_number(phone: str) -> bool:
    try:
        return bool(people.checked_phone(phone))
    except forms.ValidationError:
        return False


def titled(people: list[PersonForm]) -> list[PersonForm]:
    """Give each of several people a title that tells it from the others."""
    if len(people) > 1:
        for number, form in enumerate(people, 1):
            form.title = gettext("Person %(number)s") % {"number": number}
    return people


def people_text(people: int) -> str:
    """Return "1 person", "2 people"."""
    return ngettext("%(count)d person", "%(count)d people", people) % {"count": people}


def _by_category(services: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for service in services:
        label = str(service.get_category_display())
        groups.setdefault(label, []).append((service.slug, service.name))
    return list(groups.items())
