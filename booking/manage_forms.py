"""What a manager types about a day. The operations know the rules; these know the shapes."""

import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.date_field import DatePartsField
from accounts.exceptions import Refusal
from booking.exceptions import (
    DayClosed,
    DayOutOfRange,
    HoursOverlap,
    HoursTooShort,
    InThePast,
    NotOffered,
    ReleaseInThePast,
    ReleaseMomentPassed,
    ReservedTooMuch,
    ReturnOutOfRange,
    RightDoesNotFit,
    SkippedByClock,
    TooManyDesks,
)
from booking.models import BookingRight, Release
from booking.operations import Reservation
from booking.querysets import BookingRightQuerySet
from servicepoints import plan
from servicepoints.clock_field import ClockField
from servicepoints.models import DeskGroup

# At which field a refusal of the operations is shown.
FIELD_OF_REFUSAL: dict[type[Refusal], str] = {
    DayOutOfRange: "date",
    DayClosed: "date",
    InThePast: "opens_at",
    HoursOverlap: "opens_at",
    SkippedByClock: "opens_at",
    HoursTooShort: "closes_at",
    TooManyDesks: "desks",
    NotOffered: "services",
    ReleaseInThePast: "release_date",
    ReleaseMomentPassed: "release_date",
    RightDoesNotFit: "reserved_for",
    ReservedTooMuch: "reserved_desks",
    ReturnOutOfRange: "returns_date",
}


class RefusableForm(forms.Form):
    """A form that can show the refusal of an operation at the field it is about."""

    def refuse(self, refusal: Refusal) -> None:
        field = FIELD_OF_REFUSAL.get(type(refusal))
        self.add_error(field if field in self.fields else None, str(refusal))


class ExtraDayForm(RefusableForm):
    """Extra hours of one desk group, and when their times are released."""

    NOW, LATER = "now", "later"

    date = DatePartsField(label=_("Which day?"), help_text=_("For example 19 12 2026"))
    opens_at = ClockField(label=_("Open from"), help_text=_("For example 9.00"))
    closes_at = ClockField(label=_("Open until"), help_text=_("For example 15.00"))
    desks = forms.IntegerField(
        label=_("How many desks?"),
        min_value=1,
        error_messages={
            "required": _("Enter the number of desks."),
            "invalid": _("Enter the number of desks in digits."),
            "min_value": _("At least one desk must be open."),
        },
    )
    public_desks = forms.IntegerField(
        label=_("How many of them for bookings?"),
        help_text=_("The other desks serve people with a queue number."),
        min_value=1,
        error_messages={
            "required": _("Enter the number of desks for bookings."),
            "invalid": _("Enter the number of desks in digits."),
            "min_value": _("At least one desk must take bookings."),
        },
    )
    services = forms.TypedMultipleChoiceField(
        label=_("For which services?"),
        help_text=_("Choose none to open the day for all of them."),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("These desks do not serve this service.")},
    )
    release = forms.ChoiceField(
        label=_("When can people book these times?"),
        choices=[(NOW, _("Now")), (LATER, _("From a moment that I choose"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose when people can book these times.")},
    )
    release_date = DatePartsField(label=_("Day of the release"), required=False)
    release_time = ClockField(
        label=_("Time of the release"),
        help_text=_("On the clock of the service point, for example 9.00"),
        required=False,
    )

    policy = forms.ChoiceField(
        label=_("How are these times given out?"),
        choices=Release.Policy.choices,
        initial=Release.Policy.AT_ONCE,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how these times are given out.")},
    )
    window_minutes = forms.IntegerField(
        label=_("For how many minutes?"),
        help_text=_(
            "How long the waiting list is asked first, people can join the draw, or the times "
            "come little by little. Not needed if everybody gets them at once."
        ),
        min_value=5,
        max_value=7 * 24 * 60,
        required=False,
        error_messages={
            "invalid": _("Enter the number of minutes in digits."),
            "min_value": _("Give it at least 5 minutes."),
            "max_value": _("It can last a week at most: 10080 minutes."),
        },
    )

    reserved_for: "forms.ModelChoiceField[BookingRight]" = forms.ModelChoiceField(
        label=_("Reserve times for people with a booking right?"),
        queryset=BookingRight.objects.none(),
        required=False,
        empty_label=_("No"),
        error_messages={"invalid_choice": _("There is no such booking right here.")},
    )
    reserved_desks = forms.IntegerField(
        label=_("How many desks are reserved?"),
        help_text=_("Of the desks for bookings. Not needed without a booking right."),
        min_value=1,
        required=False,
        error_messages={
            "invalid": _("Enter the number of desks in digits."),
            "min_value": _("At least one desk must be reserved."),
        },
    )
    returns_date = DatePartsField(
        label=_("From which day can everybody book what is left?"), required=False
    )
    returns_time = ClockField(
        label=_("From what time?"),
        help_text=_("On the clock of the service point, for example 9.00"),
        required=False,
    )

    def __init__(
        self, group: DeskGroup, *args: Any, rights: BookingRightQuerySet, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reserved_for"].queryset = rights  # type: ignore[attr-defined]
        self.returns_at: datetime.datetime | None = None
        self.zone = group.service_point.zone
        self.today = group.service_point.today
        self.release_at: datetime.datetime | None = None
        self.fields["services"].choices = [  # type: ignore[attr-defined]
            (service.pk, service.name) for service in group.services.all()
        ]
        for name in ("opens_at", "closes_at", "release_time", "returns_time"):
            self.fields[name].widget.attrs["autocomplete"] = "off"

    @property
    def hours(self) -> plan.ProposedHours:
        """The proposed hours of a form that is valid."""
        data = self.cleaned_data
        return plan.ProposedHours(
            data["date"],
            data["opens_at"],
            data["closes_at"],
            data["desks"],
            data["public_desks"],
            frozenset(data["services"]) or None,
        )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        opens_at, closes_at = data.get("opens_at"), data.get("closes_at")
        if opens_at and closes_at and closes_at <= opens_at:
            self.add_error("closes_at", _("Closing time must be later than opening time."))
        desks, public_desks = data.get("desks"), data.get("public_desks")
        if desks and public_desks and public_desks > desks:
            self.add_error("public_desks", _("There cannot be more desks for bookings than desks."))
        if data.get("release") == self.LATER:
            self._clean_moment()
        if data.get("reserved_for"):
            self._clean_reservation()
        at_once = data.get("policy", Release.Policy.AT_ONCE) == Release.Policy.AT_ONCE
        if not at_once and not data.get("window_minutes") and "window_minutes" not in self.errors:
            self.add_error("window_minutes", _("Enter for how many minutes."))
        return data

    @property
    def policy_options(self) -> dict[str, Any]:
        """The policy of a valid form, as `open_extra_day` takes it."""
        policy = self.cleaned_data["policy"]
        at_once = policy == Release.Policy.AT_ONCE
        return {
            "policy": policy,
            "window_minutes": 0 if at_once else self.cleaned_data["window_minutes"],
        }

    @property
    def reservation(self) -> Reservation | None:
        """What a valid form reserves for a right, as `open_extra_day` takes it."""
        right = self.cleaned_data.get("reserved_for")
        if right is None or self.returns_at is None:
            return None
        return Reservation(right, self.cleaned_data["reserved_desks"], self.returns_at)

    def _clean_reservation(self) -> None:
        """Put together when what is reserved returns, on the point's clock."""
        data = self.cleaned_data
        for name, sentence in (
            ("reserved_desks", _("Enter how many desks are reserved.")),
            ("returns_date", _("Enter the day from which everybody can book them.")),
            ("returns_time", _("Enter the time from which everybody can book them.")),
        ):
            if data.get(name) is None and name not in self.errors:
                self.add_error(name, sentence)
        date, time = data.get("returns_date"), data.get("returns_time")
        if date is None or time is None:
            return
        # Compared as dates first: instants do not reach to the ends of the calendar.
        if not self.today <= date <= data.get("date", date) or date.year > self.today.year + 1:
            self.add_error("returns_date", str(ReturnOutOfRange()))
        elif plan.is_skipped(date, time, self.zone):
            self.add_error("returns_time", str(SkippedByClock()))
        else:
            self.returns_at = plan.to_utc(date, time, self.zone)

    def _clean_moment(self) -> None:
        """Put the day and the time of the release together, on the point's clock."""
        date, time = self.cleaned_data.get("release_date"), self.cleaned_data.get("release_time")
        for name, value, sentence in (
            ("release_date", date, _("Enter the day of the release.")),
            ("release_time", time, _("Enter the time of the release.")),
        ):
            if value is None and name not in self.errors:
                self.add_error(name, sentence)
        if date is None or time is None:
            return
        # Compared as dates first: instants do not reach to the ends of the calendar.
        if date < self.today:
            self.add_error("release_date", str(ReleaseMomentPassed()))
        elif date > self.cleaned_data.get("date", date) or date.year > self.today.year + 1:
            self.add_error("release_date", str(ReleaseInThePast()))
        elif plan.is_skipped(date, time, self.zone):
            self.add_error("release_time", str(SkippedByClock()))
        else:
            self.release_at = plan.to_utc(date, time, self.zone)


class ClosingForm(RefusableForm):
    date = DatePartsField(label=_("Which day?"), help_text=_("For example 19 12 2026"))
    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("For the staff; applicants do not see this."),
        max_length=200,
        required=False,
    )
