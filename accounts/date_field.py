"""A date typed in three parts: day, month, year. It works for birth dates and in any language."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

PARTS = ("day", "month", "year")


class DatePartsInput(forms.MultiWidget):
    """Three text inputs, `<name>_day`, `_month` and `_year`, which show what was typed."""

    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        inputs: dict[str, forms.Widget | type[forms.Widget]] = {
            part: forms.TextInput(attrs={"inputmode": "numeric"}) for part in PARTS
        }
        super().__init__(widgets=inputs, attrs=attrs)

    def decompress(self, value: datetime.date | None) -> list[int | None]:
        """Return day, month and year of an initial value."""
        return [value.day, value.month, value.year] if value else [None, None, None]


class DatePartsField(forms.Field):
    """
    Take a date in three parts and give a `datetime.date`, or None when all parts are empty.

    Refuses a missing part, anything but digits, a year without four digits, and a date that
    is in no calendar (31 February). Whether a date is too early or too late is for the form to say.
    """

    widget = DatePartsInput
    default_error_messages = {
        "required": _("Enter a date."),
        "day_missing": _("Enter the day as well."),
        "month_missing": _("Enter the month as well."),
        "year_missing": _("Enter the year as well."),
        "not_numbers": _("Write the date in numbers, for example 14 12 2026."),
        "short_year": _("Write the year with four digits, for example 2026."),
        "impossible": _("There is no such date. Check the day and the month."),
    }

    def to_python(self, value: Any) -> datetime.date | None:
        if isinstance(value, datetime.date):
            return value
        typed = [str(part or "").strip() for part in value or []]
        if not any(typed):
            return None
        return self._date_of(typed)

    def _date_of(self, typed: list[str]) -> datetime.date:
        """Return the date of the three typed parts, or say the first thing wrong with them."""
        for part, text in zip(PARTS, typed, strict=True):
            if not text:
                raise self._refusal(f"{part}_missing")
        if not all(text.isascii() and text.isdigit() for text in typed):
            raise self._refusal("not_numbers")
        day, month, year = typed
        if len(year) != 4:
            raise self._refusal("short_year")
        try:
            return datetime.date(int(year), int(month), int(day))
        except (ValueError, OverflowError):
            raise self._refusal("impossible") from None

    def _refusal(self, code: str) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code)
