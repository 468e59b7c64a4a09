"""Booking until a time is held: one question a page, every answer in the address (GET)."""

import datetime
import uuid
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from booking import answers as answers_module
from booking import search_page, time_choice
from booking.answers import Answers
from booking.client_views import ask_for_whom
from booking.exceptions import InThePast, OutsideHorizon
from booking.forms import FromForm, PeopleForm, PointForm, ServiceForm, TimeForm
from booking.messages import date_text, day_text
from booking.search import hours_in_words
from booking.search_form import PositionForm, SearchForm
from booking.time_choice import TimesShown, Visit
from servicepoints import access
from servicepoints.models import ServicePoint

OK, UNPROCESSABLE = HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY
# The questions: service, people, point, time, names, check.
STEPS = 6


@require_safe
def service_step(request: HttpRequest) -> HttpResponse:
    answers = answers_module.read(request.GET)
    return ask_for_whom(request, answers) or service_page(request, answers)


@require_safe
def people_step(request: HttpRequest) -> HttpResponse:
    answers = answers_module.read(request.GET)
    return unanswered(request, answers, "service") or people_page(request, answers)


@require_safe
def point_step(request: HttpRequest) -> HttpResponse:
    answers = answers_module.read(request.GET)
    return unanswered(request, answers, "service", "people") or point_page(request, answers)


@require_safe
def time_step(request: HttpRequest) -> HttpResponse:
    answers = answers_module.read(request.GET)
    page = unanswered(request, answers, "service", "people", "point")
    if page:
        return page
    if SearchForm(request.GET).errors:
        return point_page(request, answers)
    return time_page(request, answers, TimeForm(), wanted=FromForm(request.GET))


def unanswered(request: HttpRequest, answers: Answers, *steps: str) -> HttpResponse | None:
    """Return the page of the first of `steps` that lacks a valid answer, saying what is wrong."""
    pages = {"service": service_page, "people": people_page, "point": point_page}
    for step in steps:
        if getattr(answers, step) is None:
            query = request.POST if request.method == "POST" else request.GET
            return pages[step](request, answers, asked=query)
    return None


def service_page(request: HttpRequest, answers: Answers, asked: Any = None) -> HttpResponse:
    chosen = answers.service.slug if answers.service else ""
    second = answers.second.slug if answers.second else ""
    form = ServiceForm(asked, initial={"service": chosen, "second": second})
    context = {
        "form": form,
        "has_pairs": bool(form.pairs),
        "carried": answers.without("service", "second").carried,
    }
    return _question(request, "booking/service.html", context, asked)


def people_page(request: HttpRequest, answers: Answers, asked: Any = None) -> HttpResponse:
    form = PeopleForm(asked, initial={"people": answers.people or 1})
    context = {
        "form": form,
        "carried": answers.without("people").carried,
        "back_url": answers.url("book"),
    }
    return _question(request, "booking/people.html", context, asked)


def point_page(request: HttpRequest, answers: Answers, asked: Any = None) -> HttpResponse:
    """Search all points for a time: each is a link to its times. `asked`: its answer is wrong."""
    assert answers.service
    query = request.POST if request.method == "POST" else request.GET
    form = PointForm(asked, service=answers.service, second=answers.second)
    search_form = SearchForm(query)
    context = search_page.context(answers, search_form, list(form.points.values())) | {
        "form": form,
        "back_url": answers.url("book_people"),
    }
    wrong = query if asked is not None or search_form.errors else None
    return _question(request, "booking/point_choice.html", context, wrong)


@require_POST
def near(request: HttpRequest) -> HttpResponse:
    """
    Take a position that the browser gave, and go on with the name of the nearest place.

    The position itself is neither kept nor written anywhere, and stands in no address.
    """
    answers = answers_module.read(request.GET)
    page = unanswered(request, answers, "service", "people")
    if page:
        return page
    form = PositionForm(request.POST)
    if not form.is_valid():
        return point_page(request, answers, asked=request.GET)
    place = access.nearest_place(form.place)
    search = replace(answers.search, near=place.name, place=place.place, by_distance=True)
    return redirect(replace(answers, search=search).url("book_point") + "#results")


def time_page(
    request: HttpRequest,
    answers: Answers,
    form: TimeForm,
    *,
    wanted: FromForm,
    status: HTTPStatus = OK,
) -> HttpResponse:
    """Show the free times of a point by day, and the calendar of the month; alone to htmx."""
    assert answers.service
    assert answers.people
    assert answers.point
    search = answers.search
    visit = Visit(
        answers.service,
        answers.people,
        answers.point,
        search.wanted.only_hours,
        answers.second,
    )
    context = {
        "answers": answers,
        "wishes": hours_in_words(visit.wanted),
        "any_hours_url": replace(answers, search=search.without_hours).url("book_time"),
        "back_url": answers.url("book_point"),
        "other_points_url": answers.url("book_point"),
        "waiting_url": answers.waiting_url,
        "carried": answers.carried | {"request": str(uuid.uuid4())},
        "action": reverse("book_hold"),
        "steps": STEPS,
        **times_context(visit, form, wanted, answers.url("book_time")),
    }
    return _times_response(request, "booking/time.html", context, form, status)


def _times_response(
    request: HttpRequest, page: str, context: dict[str, Any], form: TimeForm, status: HTTPStatus
) -> HttpResponse:
    if form.errors or context["notice_status"] != OK:
        status = UNPROCESSABLE
    fragment = wants_fragment(request) and not form.errors
    response = render(request, "booking/_times.html" if fragment else page, context, status=status)
    # One address gives both: no cache may give the one for the other.
    patch_vary_headers(response, ["HX-Request"])
    return response


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for the times alone; for the back button it asks for the whole page."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.history_restore_request


def times_context(visit: Visit, form: TimeForm, wanted: FromForm, url: str) -> dict[str, Any]:
    """Return what `_times.html` shows: days, calendar, where to go on, and what was not so."""
    start, notice, status = _start_date(visit.point, wanted)
    shown = time_choice.times_from(visit, start)
    if not notice and wanted.cleaned_data.get("date") and shown.first_date != start:
        notice = _("There are no free times on %(day)s. Here are the next ones.") % {
            "day": day_text(start)
        }
    form.fields["time"].choices = time_choice.grouped(shown.days, visit.point.zone)  # type: ignore[attr-defined]
    return {
        "form": form,
        "point": visit.point,
        "shown": shown,
        "hidden_times": time_choice.hidden(visit, start, shown),
        "weeks": _weeks(shown, url),
        "notice": notice if shown.days else "",
        "notice_status": status,
        "has_errors": bool(form.errors) or status != OK,
        "earlier_url": _from(url, shown.earlier),
        "later_url": _from(url, shown.later),
        "previous_month_url": _month(url, shown.previous_month),
        "next_month_url": _month(url, shown.next_month),
        "last_date": date_text(visit.point.last_bookable_date),
    }


def _start_date(point: ServicePoint, wanted: FromForm) -> tuple[datetime.date, str, HTTPStatus]:
    """Return the date to show times from, and what is to be said if it is not the one asked."""
    today, last = point.today, point.last_bookable_date
    if not wanted.is_valid():
        return today, " ".join(map(str, wanted.errors.popitem()[1])), UNPROCESSABLE
    date, month = wanted.cleaned_data["date"], wanted.cleaned_data["month"]
    asked = date or month
    if asked is None:
        return today, "", OK
    if asked > last:
        return last.replace(day=1), str(OutsideHorizon(last=date_text(last))), UNPROCESSABLE
    if date and date < today:
        return today, str(InThePast()), UNPROCESSABLE
    return max(asked, today), "", OK


def _weeks(shown: TimesShown, url: str) -> list[list[dict[str, Any] | None]]:
    """Return the month as the calendar component takes it."""

    def day(date: datetime.date) -> dict[str, Any]:
        return {
            "date": date,
            "free": shown.free.get(date, 0),
            "url": _from(url, date),
            "is_chosen": date == shown.first_date,
        }

    return [[day(date) if date else None for date in week] for week in shown.weeks]


def _from(url: str, date: datetime.date | None) -> str:
    return f"{url}&date={date.isoformat()}#times" if date else ""


def _month(url: str, month: datetime.date | None) -> str:
    return f"{url}&month={month:%Y-%m}#times" if month else ""


def _question(
    request: HttpRequest, template: str, context: dict[str, Any], asked: Any
) -> HttpResponse:
    context |= {"steps": STEPS}
    return render(request, template, context, status=OK if asked is None else UNPROCESSABLE)
