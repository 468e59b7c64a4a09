"""The shape of what someone wishes for on the waiting list. The operations know the rules."""

import datetime
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from accounts.date_field import DatePartsField
from booking.exceptions import OutsideHorizon
from booking.messages import date_text
from booking.models import WaitingListEntry
from booking.operations import Urgency, Wishes
from servicepoints.models import Service, ServicePoint

NOON = datetime.time(12)
ANY, MORNING, AFTERNOON = "any", "morning", "afternoon"
TIMES_OF_DAY = [
    (ANY, _("At any time of the day")),
    (MORNING, _("In the morning, until 12")),
    (AFTERNOON, _("In the afternoon, from 12")),
]
NOTICES = [
    (2, _("Two hours before is enough")),
    (24, _("At least a day before")),
    (72, _("At least three days before")),
]
SHORTEST_NOTICE = datetime.timedelta(hours=min(hours for hours, _text in NOTICES))


class WishesForm(forms.Form):
    """Where and when someone could come; dates and hours are those of the points."""

    points = forms.TypedMultipleChoiceField(
        label=_("Where could you come?"),
        help_text=_("The more service points you choose, the sooner you get a time."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one service point."),
            "invalid_choice": _("This service cannot be booked there. Choose another one."),
        },
    )
    last_date = DatePartsField(
        label=_("Until which day do you want to wait?"),
        error_messages={"required": _("Enter the last day that is of use to you.")},
    )
    time_of_day = forms.ChoiceField(
        label=_("When could you come?"), choices=TIMES_OF_DAY, initial=ANY, widget=forms.RadioSelect
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On which days?"),
        help_text=_("Choose none if any day will do."),
        choices=[(number, WEEKDAYS[number]) for number in range(6)],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    notice = forms.TypedChoiceField(
        label=_("How long before must you know?"),
        choices=NOTICES,
        coerce=int,
        initial=24,
        widget=forms.RadioSelect,
    )

    def __init__(
        self, *args: Any, service: Service, second: Service | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        points = ServicePoint.objects
        found = points.offering_both(service, second) if second else points.offering(service)
        self.offering = {point.slug: point for point in found}
        self.fields["points"].choices = [  # type: ignore[attr-defined]
            (slug, point.name_and_country) for slug, point in self.offering.items()
        ]
        self.fields["points"].coerce = self.offering.__getitem__  # type: ignore[attr-defined]

    @property
    def last_bookable_date(self) -> datetime.date:
        return max(point.last_bookable_date for point in self.offering.values())

    def clean_last_date(self) -> datetime.date:
        date: datetime.date = self.cleaned_data["last_date"]
        if date < min(point.today for point in self.offering.values()):
            raise forms.ValidationError(_("This day has already passed. Enter a later one."))
        if date > self.last_bookable_date:
            last = date_text(self.last_bookable_date)
            raise forms.ValidationError(str(OutsideHorizon(last=last)))
        return date

    @property
    def wishes(self) -> Wishes:
        """What a valid form wishes for, from today on."""
        data = self.cleaned_data
        return Wishes(
            points=data["points"],
            first_date=min(point.today for point in data["points"]),
            last_date=data["last_date"],
            weekdays=data["weekdays"],
            from_time=NOON if data["time_of_day"] == AFTERNOON else None,
            until_time=NOON if data["time_of_day"] == MORNING else None,
            notice_hours=data["notice"],
        )


class NeedForm(forms.Form):
    """How pressing it is. What is said here is checked at the desk."""

    need = forms.TypedChoiceField(
        label=_("Is there a date before which you must come?"),
        choices=WaitingListEntry.Need.choices,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the answer that is true for you.")},
    )
    need_date = DatePartsField(
        label=_("Which date?"),
        help_text=_("The date you were given, or on which the document expires."),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        answered = "need" in data and "need_date" not in self.errors
        if answered and self.urgency.lacks_date:
            self.add_error("need_date", _("Enter the date."))
        return data

    @property
    def urgency(self) -> Urgency:
        return Urgency(self.cleaned_data["need"], self.cleaned_data["need_date"])
