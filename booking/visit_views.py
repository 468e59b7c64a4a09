"""`/visits/`: what a person has booked; cancel it, move it, take it into a calendar."""

import uuid
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import access as accounts
from accounts import oidc
from accounts.exceptions import Refusal
from booking import access, availability, calendar, operations, presentation, refusal_pages
from booking.answers import value_of
from booking.checklist import checklist
from booking.choose_views import times_context, wants_fragment
from booking.earlier import can_wait
from booking.exceptions import (
    AlreadyHandled,
    InThePast,
    NoSuchTime,
    NotOffered,
    OutsideHorizon,
    TimeTaken,
)
from booking.forms import FromForm, PointForm, TimeForm
from booking.models import Appointment
from booking.time_choice import Visit
from servicepoints.models import ServicePoint

PAGE_OR_FORM = ["GET", "HEAD", "POST"]
PAST_ON_A_PAGE = 10
# Refusals of a move that are about the chosen time, and not about the visit.
OTHER_TIME_HELPS = (TimeTaken, NoSuchTime, InThePast, OutsideHorizon, NotOffered)


@require_safe
@login_required
@never_cache
def visits(request: HttpRequest) -> HttpResponse:
    """List the coming visits, the next one first, and the others a page at a time."""
    own = access.own_appointments(request.user)  # type: ignore[arg-type]
    coming = own.coming().order_by("starts_at")
    past = own.exclude(pk__in=coming.values("pk"))
    page = Paginator(past, PAST_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "coming": [presentation.card(visit) for visit in coming],
        "past": [presentation.card(visit) for visit in page],
        "page_obj": page,
        "hold": access.live_hold(request.user),  # type: ignore[arg-type]
        "waiting": access.own_entries(request.user),  # type: ignore[arg-type]
        "identification": settings.OIDC_NAME if oidc.is_on() else "",
        "mandates": accounts.mandates_given(request.user),  # type: ignore[arg-type]
    }
    return render(request, "visits/list.html", context)


@require_safe
@login_required
@never_cache
def visit(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Show one visit, and what can still be done with it."""
    own = access.reached_visit(request.user, appointment_id)  # type: ignore[arg-type]
    mandate = access.acting_mandate(request.user, own)  # type: ignore[arg-type]
    refusal = _why_not_moved(own)
    context = {
        "visit": own,
        "facts": presentation.facts(own),
        "is_coming": _is_coming(own),
        "is_late": presentation.is_late(own),
        "checklist": checklist(own) if _is_coming(own) else [],
        "can_move": refusal is None,
        # A place in line is the client's own affair.
        "waiting": None if mandate else own.waiting_list_entries.waiting().first(),
        "mandate": mandate,
        "can_wait": can_wait(own),
        "why_not_moved": str(refusal) if refusal and _is_coming(own) else "",
    }
    return render(request, "visits/visit.html", context)


@require_safe
@login_required
@never_cache
def visit_by_reference(request: HttpRequest, reference: str) -> HttpResponse:
    return redirect("visit", access.own_visit_by_reference(request.user, reference).pk)  # type: ignore[arg-type]


@require_safe
@login_required
@never_cache
def calendar_file(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Return the visit as an .ics file; a cancelled one is not there any more."""
    own = access.reached_visit(request.user, appointment_id)  # type: ignore[arg-type]
    if own.status == Appointment.Status.CANCELLED:
        return redirect("visit", own.pk)
    response = HttpResponse(calendar.published(own), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{calendar.FILE_NAME}"'
    return response


@require_http_methods(PAGE_OR_FORM)
@login_required
@never_cache
def cancel(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Ask whether to cancel, and do it. Cancelling twice is harmless."""
    own = access.reached_visit(request.user, appointment_id)  # type: ignore[arg-type]
    if own.status == Appointment.Status.CANCELLED:
        return redirect("visit", own.pk)
    if request.method != "POST":
        return _cancel_page(request, own)
    try:
        mandate = access.acting_mandate(request.user, own)  # type: ignore[arg-type]
        cancelled = operations.cancel(own, mandate=mandate)
    except Refusal as refusal:
        return _refused(request, own, refusal)
    thanks = _("Thank you for telling us. Your visit is cancelled.")
    done = _("Your visit is cancelled. We have sent you an e-mail about it.")
    if mandate:
        done = _("The visit is cancelled. We have told you and the client by e-mail.")
        thanks = _("Thank you for telling us. The visit is cancelled, and the client is told.")
    flash.success(request, thanks if cancelled.cancelled_late else done)
    return redirect("visit", own.pk)


def _cancel_page(request: HttpRequest, own: Appointment) -> HttpResponse:
    if not _is_coming(own):
        return _refused(request, own, AlreadyHandled())
    context = {
        "visit": own,
        "facts": presentation.facts(own),
        "is_late": presentation.is_late(own),
    }
    return render(request, "visits/cancel.html", context)


@require_safe
@login_required
@never_cache
def move(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """List the points that offer the service by their first free time, to move there."""
    own = access.reached_visit(request.user, appointment_id)  # type: ignore[arg-type]
    refusal = _why_not_moved(own)
    if refusal:
        return _refused(request, own, refusal)
    times_url = reverse("visit_move_time", args=[own.pk])
    found = availability.first_free_times(own.service, own.people, second=own.second_service)
    choices = [
        {
            "point": free.service_point,
            "starts_at": free.starts_at,
            "url": f"{times_url}?point={free.service_point.slug}",
        }
        for free in found
    ]
    context = {"visit": own, "when": presentation.when(own), "choices": choices}
    return render(request, "visits/move.html", context)


@require_safe
@login_required
@never_cache
def move_time(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Show the free times of the chosen point."""
    own = access.reached_visit(request.user, appointment_id)  # type: ignore[arg-type]
    refusal = _why_not_moved(own)
    if refusal:
        return _refused(request, own, refusal)
    point = _chosen_point(request, own)
    if point is None:
        return redirect("visit_move", own.pk)
    return _time_page(request, own, point, TimeForm(), FromForm(request.GET))


def _time_page(
    request: HttpRequest, own: Appointment, point: ServicePoint, form: TimeForm, wanted: FromForm
) -> HttpResponse:
    url = f"{reverse('visit_move_time', args=[own.pk])}?point={point.slug}"
    is_own = own.user_id == request.user.pk
    visit = Visit(own.service, own.people, point, second=own.second_service)
    context = {
        "visit": own,
        "when": presentation.when(own),
        "carried": {"point": point.slug},
        "action": reverse("visit_move_check", args=[own.pk]),
        "method": "get",
        "other_points_url": reverse("visit_move", args=[own.pk]),
        "waiting_url": reverse("visit_earlier", args=[own.pk]) if is_own else "",
        **times_context(visit, form, wanted, url),
    }
    wrong = context["has_errors"]
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    fragment = wants_fragment(request) and not form.errors
    template = "booking/_times.html" if fragment else "visits/move_time.html"
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_http_methods(PAGE_OR_FORM)
@login_required
@never_cache
def move_check(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Show the old time and the new one, and move."""
    own = access.reached_visit(request.user, appointment_id)  # type: ignore[arg-type]
    # A move that is sent twice is for the operation to recognise.
    refusal = None if request.method == "POST" else _why_not_moved(own)
    if refusal:
        return _refused(request, own, refusal)
    point = _chosen_point(request, own)
    if point is None:
        return redirect("visit_move", own.pk)
    form = TimeForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        return _time_page(request, own, point, form, FromForm({}))
    starts_at = form.cleaned_data["time"]
    if request.method == "POST":
        return _move(request, own, point, starts_at)
    context = {
        "visit": own,
        "when": presentation.when(own),
        "point": point,
        "starts_at": starts_at,
        "carried": {"point": point.slug, "time": value_of(starts_at)},
        "back_url": f"{reverse('visit_move_time', args=[own.pk])}?point={point.slug}",
    }
    return render(request, "visits/move_check.html", context)


def _move(
    request: HttpRequest, own: Appointment, point: ServicePoint, starts_at: Any
) -> HttpResponse:
    try:
        mandate = access.acting_mandate(request.user, own)  # type: ignore[arg-type]
        operations.move(own, service_point=point, starts_at=starts_at, mandate=mandate)
    except Refusal as refusal:
        if isinstance(refusal, OTHER_TIME_HELPS):
            return refusal_pages.move_refused(request, refusal, own, point)
        return _refused(request, own, refusal)
    done = _("Your visit has a new time. We have sent it to you by e-mail.")
    if mandate:
        done = _("The visit has a new time. We have sent it to you and the client by e-mail.")
    flash.success(request, done)
    return redirect("visit", own.pk)


def _refused(request: HttpRequest, own: Appointment, refusal: Refusal) -> HttpResponse:
    return refusal_pages.refused(request, refusal, [(_("Back to the visit"), _url(own))])


def _chosen_point(request: HttpRequest, own: Appointment) -> ServicePoint | None:
    query = request.POST if request.method == "POST" else request.GET
    form = PointForm(query, service=own.service, second=own.second_service)
    return form.answer if form.is_valid() else None


def _is_coming(own: Appointment) -> bool:
    """Whether the visit can still be cancelled: confirmed, and its time has not come."""
    return own.status == Appointment.Status.CONFIRMED and own.starts_at > timezone.now()


def _why_not_moved(own: Appointment) -> Refusal | None:
    try:
        operations.check_movable(own)
    except Refusal as refusal:
        return refusal
    return None


def _url(own: Appointment) -> str:
    return reverse("visit", args=[own.pk])
