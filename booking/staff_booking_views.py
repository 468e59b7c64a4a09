"""Under /desk/: staff book for somebody and move visits, beyond the public capacity if need be."""

import datetime
import uuid
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages as flash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.exceptions import Refusal
from booking import access, availability, operations, presentation, time_choice
from booking.exceptions import HoldExpired
from booking.forms import PersonForm, TimeForm, titled
from booking.messages import date_text
from booking.models import Appointment
from booking.staff_forms import BeyondForm, DayForm, StaffContactForm, StaffVisitForm
from booking.staff_views import PAGE_OR_FORM, UNPROCESSABLE, for_staff, told
from servicepoints.models import Service, ServicePoint

ONE_DAY = datetime.timedelta(days=1)


# Times --------------------------------------------------------------------------------------


class Wanted:
    """What staff look for a time for: a new visit, or one that is moved."""

    def __init__(
        self, point: ServicePoint, service: Service, people: int, second: Service | None = None
    ) -> None:
        self.point, self.service, self.people, self.second = point, service, people, second

    def times(self, date: datetime.date) -> list[datetime.datetime]:
        visit = (self.service, self.point, self.people, date)
        return availability.free_times(*visit, second=self.second)

    def beyond(self, date: datetime.date) -> list[datetime.datetime]:
        visit = (self.service, self.point, self.people, date)
        return availability.times_beyond_public(*visit, second=self.second)

    def next_free_date(self, after: datetime.date) -> datetime.date | None:
        visit = time_choice.Visit(self.service, self.people, self.point, second=self.second)
        return visit.first_free_date(after)


def _day(wanted: Wanted, form: DayForm) -> datetime.date:
    """Return the day asked for, within today and the horizon; else the first with public times."""
    today, last = wanted.point.today, wanted.point.last_bookable_date
    asked = form.cleaned_data.get("date") if form.is_valid() else None
    if asked is None:
        asked = wanted.next_free_date(today - ONE_DAY) or today
    return max(today, min(asked, last))


def _times(
    request: HttpRequest, wanted: Wanted, url: str, form: TimeForm | None = None
) -> dict[str, Any]:
    """Return what `_staff_times.html` shows: a day's public times, those beyond, other days."""
    point = wanted.point
    day_form = DayForm(request.GET if "date_day" in request.GET else None)
    asked = _day(wanted, day_form)
    if form is not None and form.cleaned_data.get("time"):
        asked = form.cleaned_data["time"].astimezone(point.zone).date()
    public = form if form is not None and not isinstance(form, BeyondForm) else TimeForm()
    beyond = form if isinstance(form, BeyondForm) else BeyondForm(auto_id="beyond_%s")
    days = {"public": wanted.times(asked), "beyond": wanted.beyond(asked)}
    for name, each in (("public", public), ("beyond", beyond)):
        each.fields["time"].choices = time_choice.grouped(days[name], point.zone)  # type: ignore[attr-defined]
    later = wanted.next_free_date(asked)
    return {
        "date": asked,
        "day_form": day_form if day_form.errors else DayForm(initial={"date": asked}),
        "form": public,
        "beyond_form": beyond,
        "forms": [day_form, public, beyond],
        "has_errors": any(each.errors for each in (day_form, public, beyond)),
        "earlier_url": url + _date_query(asked - ONE_DAY) if asked > point.today else "",
        "later_url": url + _date_query(asked + ONE_DAY) if asked < point.last_bookable_date else "",
        "today_url": url + _date_query(point.today) if asked > point.today + ONE_DAY else "",
        "next_free_url": url + _date_query(later) if later else "",
        "next_free": later and date_text(later),
        "last_date": date_text(point.last_bookable_date),
        "request_id": str(uuid.uuid4()),
    }


def _date_query(date: datetime.date) -> str:
    return urlencode({"date_day": date.day, "date_month": date.month, "date_year": date.year})


def _chosen(request: HttpRequest) -> TimeForm:
    """Return the form of a chosen time: a public one, or one beyond with its reason."""
    if "reason" in request.POST:
        return BeyondForm(request.POST, auto_id="beyond_%s")
    return TimeForm(request.POST)


# Booking ------------------------------------------------------------------------------------


@require_safe
@for_staff
def book(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    """Ask what the visit is for and how many people come."""
    asked = request.GET if "service" in request.GET or "people" in request.GET else None
    form = StaffVisitForm(asked, point=point, initial={"people": 1})
    context = {"point": point, "form": form}
    status = UNPROCESSABLE if asked and not form.is_valid() else HTTPStatus.OK
    return render(request, "desk/book.html", context, status=status)


@require_http_methods(PAGE_OR_FORM)
@for_staff
def book_time(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    """Show the times of a day, public and beyond; keep the one that is chosen."""
    query = request.POST if request.method == "POST" else request.GET
    answers = StaffVisitForm(query, point=point)
    if not answers.is_valid():
        context = {"point": point, "form": answers}
        return render(request, "desk/book.html", context, status=UNPROCESSABLE)
    if request.method != "POST":
        return _book_time_page(request, point, answers)
    form = _chosen(request)
    if not form.is_valid():
        return _book_time_page(request, point, answers, form)
    try:
        held = _hold(request, point, answers, form)
    except Refusal as refusal:
        return _book_time_page(request, point, answers, form, refusal)
    return redirect("desk_book_details", slug=point.slug, appointment_id=held.pk)


def _hold(
    request: HttpRequest, point: ServicePoint, answers: StaffVisitForm, form: TimeForm
) -> Appointment:
    chosen, page_id = form.cleaned_data["time"], form.cleaned_data["request"]
    asked: dict[str, Any] = {
        "by": request.user,
        "service": answers.answer,
        "service_point": point,
        "starts_at": chosen,
        "people": answers.cleaned_data["people"],
        "reason": form.cleaned_data.get("reason", ""),
    }
    request_id = page_id and uuid.uuid5(page_id, f"{answers.cleaned_data} {chosen}")
    held = operations.hold_for_somebody(**asked, request_id=request_id)
    if held.status == Appointment.Status.EXPIRED:
        held = operations.hold_for_somebody(**asked)
    return held


def _book_time_page(
    request: HttpRequest,
    point: ServicePoint,
    answers: StaffVisitForm,
    form: TimeForm | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    carried = {"service": answers.answer.slug, "people": str(answers.cleaned_data["people"])}
    wanted = Wanted(point, answers.answer, answers.cleaned_data["people"])
    address = reverse("desk_book_time", args=[point.slug])
    times = _times(request, wanted, f"{address}?{urlencode(carried)}&", form)
    context = {
        "point": point,
        "service": answers.answer,
        "people": answers.cleaned_data["people"],
        "action": address,
        "carried": carried,
        "refusal": refusal,
        "page_url": f"{address}?{urlencode(carried)}",
        **times,
        "has_errors": times["has_errors"] or refusal is not None,
    }
    status = HTTPStatus(refusal.status) if refusal else HTTPStatus.OK
    wrong = UNPROCESSABLE if times["has_errors"] else status
    return render(request, "desk/book_time.html", context, status=wrong)


@require_http_methods(PAGE_OR_FORM)
@for_staff
def book_details(
    request: HttpRequest, point: ServicePoint, appointment_id: uuid.UUID
) -> HttpResponse:
    """Ask who comes and how to reach them, and book; what was typed stays on the page."""
    held = access.hold_of_staff(request.user, point, appointment_id)
    if held.confirmed_at:
        return redirect("desk_visit_paper", slug=point.slug, appointment_id=held.pk)
    if request.method != "POST":
        return _details_page(request, point, held, *_empty_forms(held))
    people = [PersonForm(request.POST, prefix=f"p{i}") for i in range(1, held.people + 1)]
    contact = StaffContactForm(request.POST, prefix="contact")
    try:
        if "extend" in request.POST:
            operations.extend(held)
            held = access.hold_of_staff(request.user, point, appointment_id)
            return _details_page(request, point, held, *_as_typed(people, contact))
        if all(form.is_valid() for form in [*people, contact]):
            return _confirm(request, point, held, people, contact)
    except Refusal as refusal:
        return _details_page(request, point, held, people, contact, refusal=refusal)
    return _details_page(request, point, held, people, contact)


def _confirm(
    request: HttpRequest,
    point: ServicePoint,
    held: Appointment,
    people: list[PersonForm],
    contact: StaffContactForm,
) -> HttpResponse:
    named = [operations.Person(**form.cleaned_data) for form in people]
    answers: dict[str, Any] = {"by": request.user, "people": named, **contact.cleaned_data}
    try:
        visit = operations.confirm_for_somebody(held, **answers)
    except HoldExpired:
        # The person is still on the phone: book the time all the same if nobody took it.
        visit = operations.confirm_for_somebody(_held_again(request, held), **answers)
    flash.success(request, " ".join([_("The visit is booked."), told(visit)]))
    return redirect("desk_visit_paper", slug=point.slug, appointment_id=visit.pk)


def _held_again(request: HttpRequest, held: Appointment) -> Appointment:
    return operations.hold_for_somebody(
        by=request.user,
        service=held.service,
        service_point=held.service_point,
        starts_at=held.starts_at,
        people=held.people,
        reason=held.beyond_reason,
    )


def _empty_forms(held: Appointment) -> tuple[list[PersonForm], StaffContactForm]:
    people = [PersonForm(prefix=f"p{i}") for i in range(1, held.people + 1)]
    language = (get_language() or "")[:2]
    return people, StaffContactForm(prefix="contact", initial={"language": language})


def _as_typed(
    people: list[PersonForm], contact: StaffContactForm
) -> tuple[list[PersonForm], StaffContactForm]:
    """Return the forms with what was typed so far, which nobody has finished yet."""
    typed = [{name: form[name].data for name in form.fields} for form in people]
    again = [PersonForm(prefix=f"p{i}", initial=each) for i, each in enumerate(typed, 1)]
    initial = {name: contact[name].data for name in contact.fields}
    return again, StaffContactForm(prefix="contact", initial=initial)


def _details_page(
    request: HttpRequest,
    point: ServicePoint,
    held: Appointment,
    people: list[PersonForm],
    contact: StaffContactForm,
    *,
    refusal: Refusal | None = None,
) -> HttpResponse:
    forms: list[Any] = [*titled(people), contact]
    wrong = any(form.errors for form in forms)
    times = {"service": held.service.slug, "people": held.people}
    context = {
        "point": point,
        "hold": held,
        "is_held": held.status == "held" and held.time_left.total_seconds() > 0,  # type: ignore[attr-defined]
        "people": people,
        "contact": contact,
        "forms": forms,
        "refusal": refusal,
        "has_errors": refusal is not None or wrong,
        "times_url": f"{reverse('desk_book_time', args=[point.slug])}?{urlencode(times)}",
    }
    status = HTTPStatus(refusal.status) if refusal else HTTPStatus.OK
    return render(
        request, "desk/book_details.html", context, status=UNPROCESSABLE if wrong else status
    )


# Moving -------------------------------------------------------------------------------------


@require_http_methods(PAGE_OR_FORM)
@for_staff
def move(request: HttpRequest, point: ServicePoint, appointment_id: uuid.UUID) -> HttpResponse:
    """Show the times of a day, public and beyond; move to the one that is chosen."""
    found = access.visit_for_staff(request.user, point, appointment_id)
    if request.method != "POST":
        return _move_page(request, point, found)
    form = _chosen(request)
    if not form.is_valid():
        return _move_page(request, point, found, form)
    try:
        moved = operations.move_for_somebody(
            found,
            by=request.user,
            starts_at=form.cleaned_data["time"],
            reason=form.cleaned_data.get("reason", ""),
        )
    except Refusal as refusal:
        return _move_page(request, point, found, form, refusal)
    flash.success(request, " ".join([_("The visit has a new time."), told(moved)]))
    return redirect("desk_visit", slug=point.slug, appointment_id=moved.pk)


def _move_page(
    request: HttpRequest,
    point: ServicePoint,
    found: Appointment,
    form: TimeForm | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    if found.status != Appointment.Status.CONFIRMED:
        return redirect("desk_visit", slug=point.slug, appointment_id=found.pk)
    address = reverse("desk_visit_move", args=[point.slug, found.pk])
    wanted = Wanted(point, found.service, found.people, found.second_service)
    times = _times(request, wanted, f"{address}?", form)
    context = {
        "point": point,
        "visit": found,
        "when": presentation.when(found),
        "action": address,
        "carried": {},
        "refusal": refusal,
        **times,
        "has_errors": times["has_errors"] or refusal is not None,
    }
    status = HTTPStatus(refusal.status) if refusal else HTTPStatus.OK
    wrong = UNPROCESSABLE if times["has_errors"] else status
    return render(request, "desk/move.html", context, status=wrong)
