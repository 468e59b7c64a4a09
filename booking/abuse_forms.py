"""Which days the signs of misuse are counted for, and whose visits are looked at."""

import datetime
import uuid
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from servicepoints.guide_forms import PeriodForm

LONGEST = datetime.timedelta(days=92)
MOST_VISITS = 100


class ReportPeriodForm(PeriodForm):
    """The last thirty days unless told; three months at most, since names are compared in pairs."""

    def clean(self) -> dict[str, Any]:
        days = super().clean()
        first, last = days.get("first"), days.get("last")
        if first and last and last - first >= LONGEST:
            self.add_error("last", _("Choose three months at most."))
        return days


class ConcernedForm(forms.Form):
    """Whose visits of which days: those of an e-mail domain, or of a person."""

    first = forms.DateField()
    last = forms.DateField()
    domain = forms.CharField(required=False, max_length=254)
    person = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)


def visits_in(query: QueryDict) -> list[uuid.UUID]:
    """Return the ids of visits in a query, without what is no id."""
    found = []
    for text in query.getlist("visit")[:MOST_VISITS]:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found
