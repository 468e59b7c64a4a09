"""How often the guide led where: the visits that need not happen, and the others."""

import datetime
from collections import Counter
from typing import NamedTuple

from django.db.models import Count
from django.db.models.functions import TruncMonth

from servicepoints.guide_models import Ending, EndingReached

Kind = Ending.Kind
# Who is led elsewhere is not served by the agency, but somebody else has the visit.
ELSEWHERE = (Kind.OTHER_AUTHORITY, Kind.PARTNER)


class EndingTimes(NamedTuple):
    """How often an ending of one version was reached, and which part of all that is."""

    ending: Ending
    times: int
    percent: float


class MonthTimes(NamedTuple):
    """How often each kind of ending was reached in a month, in the order of `Kind`."""

    month: datetime.date
    times: list[int]


class Figures(NamedTuple):
    total: int
    avoided: int
    elsewhere: int
    endings: list[EndingTimes]
    months: list[MonthTimes]


def figures(first: datetime.date, last: datetime.date) -> Figures:
    """Return what the guide led to on the local days from `first` to `last`, both included."""
    reached = EndingReached.objects.between(first, last).order_by()
    times = dict(reached.values_list("ending").annotate(times=Count("pk")))
    endings = Ending.objects.filter(pk__in=times).select_related("version")
    kinds: Counter[str] = Counter()
    for ending in endings:
        kinds[ending.kind] += times[ending.pk]
    total = kinds.total()
    rows = [EndingTimes(row, times[row.pk], 100 * times[row.pk] / total) for row in endings]
    return Figures(
        total=total,
        avoided=kinds[Kind.NO_VISIT],
        elsewhere=sum(kinds[kind] for kind in ELSEWHERE),
        endings=sorted(rows, key=lambda row: row.times, reverse=True),
        months=_by_month(first, last),
    )


def _by_month(first: datetime.date, last: datetime.date) -> list[MonthTimes]:
    counted = (
        EndingReached.objects.between(first, last)
        .annotate(month=TruncMonth("date"))
        .order_by("month")
        .values_list("month", "ending__kind")
        .annotate(times=Count("pk"))
    )
    months: dict[datetime.date, Counter[str]] = {}
    for month, kind, times in counted:
        months.setdefault(month, Counter())[kind] = times
    return [MonthTimes(month, [row[kind] for kind in Kind]) for month, row in months.items()]
