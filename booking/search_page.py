"""What the search for a time shows: points, distances, wishes, and what if nothing is free."""

from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse

from booking import availability, expected
from booking.answers import Answers
from booking.search import EVERYTHING, long_date
from booking.search_form import SearchForm
from servicepoints.languages import Spoken
from servicepoints.models import ServicePoint
from servicepoints.municipalities import municipalities


@dataclass(frozen=True)
class Choice:
    """A point with its first free time; `km` from where somebody is, if they have said so."""

    point: ServicePoint
    starts_at: Any
    url: str
    km: int | None
    in_time: bool


def choices(answers: Answers) -> list[Choice]:
    """Return the points that suit by their first wanted time, or by how near they are."""
    assert answers.service
    assert answers.people
    search = answers.search
    found = availability.first_free_times(
        answers.service, answers.people, search.wanted, answers.second
    )
    rows = [
        Choice(
            point=free.service_point,
            starts_at=free.starts_at,
            url=replace(answers, point=free.service_point).url("book_time"),
            km=search.place.km_to(free.service_point.place) if search.place else None,
            in_time=search.wanted.is_in_time(free.service_point, free.starts_at),
        )
        for free in found
    ]
    return sorted(rows, key=lambda row: row.km or 0) if search.by_distance else rows


def context(answers: Answers, form: SearchForm, offering: list[ServicePoint]) -> dict[str, Any]:
    """Return what the page shows; `offering` are all points that offer the service."""
    assert answers.service
    search = answers.search
    found = choices(answers)
    free = [row for row in found if row.starts_at]
    _offer_languages(form, offering)
    return {
        "answers": answers,
        "search_form": form,
        "has_errors": bool(form.errors),
        "municipalities": [row.name for row in municipalities()],
        "hidden": answers.without("search").carried,
        "wishes": search.words(),
        "clear_url": answers.without("search").url("book_point"),
        "is_narrowed": search != EVERYTHING or bool(form.errors),
        "before": long_date(search.wanted.before) if search.wanted.before else "",
        "in_time": [row for row in found if row.in_time],
        "too_late": [row for row in found if row.starts_at and not row.in_time],
        "choices": found,
        "has_times": bool(free),
        "earliest": min(free, key=lambda row: row.starts_at, default=None),
        "by_distance": search.by_distance,
        "expected": None if free else expected.new_times(answers.service),
        "first_otherwise": None if free else _first_otherwise(answers),
        "near_url": f"{reverse('book_near')}?{answers.query}",
        "waiting_url": answers.waiting_url,
    }


def _first_otherwise(answers: Answers) -> Choice | None:
    """Return the first free time without the wishes, where these alone stand in the way."""
    if answers.search == EVERYTHING:
        return None
    free = [row for row in choices(answers.without("search")) if row.starts_at]
    return free[0] if free else None


def _offer_languages(form: SearchForm, offering: list[ServicePoint]) -> None:
    """Offer the languages in which some of the points serve, and the one that was asked for."""
    asked = form.data.get("language", "")
    spoken = {asked, *(language for point in offering for language in point.languages)}
    field: Any = form.fields["language"]
    field.choices = [
        field.choices[0],
        *((value, label) for value, label in Spoken.choices if value in spoken),
    ]
