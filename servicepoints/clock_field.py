"""A time of day as people write it here: 9.20, also 9:20, or 9 for nine o'clock."""

import datetime
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

CLOCK = re.compile(r"([0-9]{1,2})(?:[.:]([0-9]{2}))?")


class ClockField(forms.Field):
    """Take a wall time in hours and minutes; `cleaned_data` has a naive `datetime.time` or None."""

    widget = forms.TextInput
    default_error_messages = {
        "required": _("Enter a time, for example 9.20."),
        "invalid": _("Write the time in hours and minutes, for example 9.20."),
    }

    def to_python(self, value: Any) -> datetime.time | None:
        if not value:
            return None
        written = CLOCK.fullmatch(str(value).strip())
        try:
            return datetime.time(int(written[1]), int(written[2] or 0)) if written else self._bad()
        except ValueError:
            return self._bad()

    def _bad(self) -> datetime.time:
        raise ValidationError(self.error_messages["invalid"], code="invalid")
