"""The shape of a search for a time. Every question may be left out."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from accounts.date_field import DatePartsField
from booking.search import AFTERNOON, EARLIEST, MORNING, NEAREST, Search
from booking.waiting_forms import NOON, TIMES_OF_DAY
from booking.wanted import Wanted
from servicepoints import access
from servicepoints.languages import Spoken
from servicepoints.municipalities import Place

ORDERS = [(EARLIEST, _("The earliest time first")), (NEAREST, _("The nearest point first"))]


class BoxesInOneValue(forms.CheckboxSelectMultiple):
    """Check boxes whose answers also stand in one value, as links have them: weekdays=0,2."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        given = data.getlist(name) if hasattr(data, "getlist") else [data.get(name, "")]
        return [part for each in given for part in each.split(",") if part]


class SearchForm(forms.Form):
    """
    What a time and its point should be like. It is always bound: the answers stand in an address.

    A wrong answer says so at its field and the others count all the same.
    """

    near = forms.CharField(
        label=_("Where are you?"),
        help_text=_("The name of your municipality. We then tell how far each point is."),
        required=False,
        max_length=60,
        error_messages={"max_length": _("There is no municipality of this name.")},
    )
    order = forms.ChoiceField(label=_("Order"), choices=ORDERS, required=False)
    before = DatePartsField(
        label=_("When does your permit expire?"),
        help_text=_("We show what is free before that day."),
        required=False,
    )
    hours = forms.ChoiceField(label=_("Time of day"), choices=TIMES_OF_DAY, required=False)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days of the week"),
        choices=[(number, WEEKDAYS[number]) for number in range(6)],
        coerce=int,
        required=False,
        widget=BoxesInOneValue,
        error_messages={"invalid_choice": _("There is no such day. Choose from these.")},
    )
    language = forms.ChoiceField(
        label=_("Language of service"),
        choices=[("", _("Any language")), *Spoken.choices],
        required=False,
        error_messages={"invalid_choice": _("Choose a language from the list.")},
    )
    step_free = forms.BooleanField(label=_("Accessible with a wheelchair"), required=False)

    place: Place | None = None

    def clean_near(self) -> str:
        name: str = self.cleaned_data["near"]
        if not name:
            return ""
        found = access.place_named(name)
        if found is None:
            raise ValidationError(
                _(
                    "We do not know this municipality. Check how it is written, or choose it "
                    "from the list."
                )
            )
        self.place = found.place
        return found.name

    def clean_before(self) -> datetime.date | None:
        date: datetime.date | None = self.cleaned_data["before"]
        if date and date <= timezone.localdate():
            raise ValidationError(_("This day has already come. Enter a later one."))
        return date

    @property
    def search(self) -> Search:
        """Return what is looked for by those answers that can be right."""
        self.is_valid()
        data = self.cleaned_data
        hours = data.get("hours")
        wanted = Wanted(
            weekdays=tuple(sorted(set(data.get("weekdays", ())))),
            from_time=NOON if hours == AFTERNOON else None,
            until_time=NOON if hours == MORNING else None,
            before=data.get("before"),
            step_free=data.get("step_free", False),
            language=data.get("language", ""),
        )
        by_distance = self.place is not None and data.get("order") == NEAREST
        return Search(wanted, data.get("near", ""), self.place, by_distance)


class PositionForm(forms.Form):
    """A position that the browser gave, rounded to about a kilometre before it was sent."""

    latitude = forms.FloatField(min_value=-90, max_value=90)
    longitude = forms.FloatField(min_value=-180, max_value=180)

    @property
    def place(self) -> Place:
        return Place(self.cleaned_data["latitude"], self.cleaned_data["longitude"])
