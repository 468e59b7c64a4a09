"""Booking until a time is held: one question a page, every answer in the address (GET)."""

import datetime
import uuid
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from booking import answers as answers_module
from booking import availability, time_choice
from booking.answers import Answers
from booking.client_views import ask_for_whom
from booking.exceptions import InThePast, OutsideHorizon
from booking.forms import FromForm, PeopleForm, PointForm, ServiceForm, TimeForm
from booking.messages import date_text, day_text
from booking.time_choice import TimesShown, Visit
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
    return unanswered(request, answers, "service", "people", "point") or time_page(
        request, answers, TimeForm(), wanted=FromForm(request.GET)
    )


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
    form = ServiceForm(asked, initial={"service": chosen})
    context = {"form": form, "carried": answers.without("service").carried}
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
    """List the points by their first free time; each is a link to its times."""
    assert answers.service
    assert answers.people
    found = availability.first_free_times(answers.service, answers.people)
    choices = [
        {
            "point": free.service_point,
            "starts_at": free.starts_at,
            "url": answers.at(free.service_point).url("book_time"),
        }
        for free in found
    ]
    context = {
        "form": PointForm(asked, service=answers.service),
        "answers": answers,
        "choices": choices,
        "has_times": any(choice["starts_at"] for choice in choices),
        "back_url": answers.url("book_people"),
        "waiting_url": answers.waiting_url,
    }
    return _question(request, "booking/point_choice.html", context, asked)


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
    visit = Visit(answers.service, answers.people, answers.point)
    context = {
        "answers": answers,
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
    fragment = bool(getattr(request, "htmx", False)) and not form.errors
    return render(request, "booking/_times.html" if fragment else page, context, status=status)


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
