"""What a program may want of a time: the query parameters of every search."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from booking.wanted import Wanted
from servicepoints import access
from servicepoints.languages import Spoken

ORDERS = ["time", "distance"]


@extend_schema_field({"type": "string", "pattern": "^[0-6](,[0-6])*$", "example": "0,1"})
class WeekdaysField(serializers.Field):  # type: ignore[type-arg]
    """Weekdays by their numbers, Monday is 0: `0,1`."""

    default_error_messages = {"invalid": _("Give weekdays as numbers from 0 to 6: 0,1.")}

    def to_internal_value(self, data: Any) -> tuple[int, ...]:
        parts = str(data).split(",")
        if not all(part in {"0", "1", "2", "3", "4", "5", "6"} for part in parts):
            self.fail("invalid")
        return tuple(sorted({int(part) for part in parts}))


@extend_schema_field({"type": "string", "example": "Espoo"})
class PlaceField(serializers.Field):  # type: ignore[type-arg]
    """A municipality of Finland, or the town of a service point, by its name."""

    default_error_messages = {"unknown_place": _("There is no municipality of this name.")}

    def to_internal_value(self, data: Any) -> access.NamedPlace:
        found = access.place_named(str(data)[:60])
        if found is None:
            self.fail("unknown_place")
        return found


def check_hours(data: dict[str, Any]) -> None:
    """Refuse hours that end before they begin: no time is within them."""
    begins, ends = data["from_time"], data["until_time"]
    if begins and ends and ends <= begins:
        message = _("Give a time later than from_time.")
        raise serializers.ValidationError(
            {"until_time": [serializers.ErrorDetail(str(message), code="not_later")]}
        )


class HoursQuery(serializers.Serializer):  # type: ignore[type-arg]
    weekdays = WeekdaysField(
        default=(), help_text="On which a visit begins, Monday is 0: `0,1`. None means any."
    )
    from_time = serializers.TimeField(
        default=None, help_text="A visit begins at this local time or later."
    )
    until_time = serializers.TimeField(
        default=None, help_text="A visit begins before this local time."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        check_hours(data)
        return data


class WantedQuery(HoursQuery):
    before = serializers.DateField(
        default=None, help_text="A visit is on an earlier local date than this."
    )
    step_free = serializers.BooleanField(
        default=False, help_text="Only points that are accessible with a wheelchair."
    )
    language = serializers.ChoiceField(
        Spoken.choices, default="", help_text="Only points that serve in this language."
    )
    near = PlaceField(
        default=None, help_text="Adds the distance of each point from this municipality."
    )
    order = serializers.ChoiceField(
        ORDERS, default="time", help_text="`distance` needs `near`; the default is `time`."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        data = super().validate(data)
        if data["order"] == "distance" and not data["near"]:
            message = _("Say from where the distance is: near.")
            raise serializers.ValidationError(
                {"near": [serializers.ErrorDetail(str(message), code="required")]}
            )
        return data


def wanted_of(asked: dict[str, Any]) -> Wanted:
    """Return what a checked query wants; what it did not ask for does not matter."""
    return Wanted(**{name: asked[name] for name in Wanted._fields if name in asked})
