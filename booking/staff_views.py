"""
Under /desk/: staff find a visit at their point, see all of it, print it and cancel it.

For whoever cannot do it alone: on the phone, at the desk, without an e-mail address.
"""

import datetime
import uuid
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.exceptions import Refusal
from booking import access, operations, presentation
from booking.checklist import checklist
from booking.models import Appointment
from booking.staff_forms import (
    CancelForm,
    FindForm,
)
from servicepoints.access import point_for_staff
from servicepoints.models import ServicePoint

PAGE_OR_FORM = ["GET", "HEAD", "POST"]
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
ONE_DAY = datetime.timedelta(days=1)
FOUND_AT_MOST = 50

View = Callable[..., HttpResponse]


def for_staff(view: View) -> View:
    """Give a page the point of its address, if the person works there: else 404."""

    @never_cache
    @login_required
    @wraps(view)
    def page(request: HttpRequest, slug: str, **arguments: object) -> HttpResponse:
        return view(request, point_for_staff(request.user, slug), **arguments)

    return page


# Finding ------------------------------------------------------------------------------------


@require_http_methods(PAGE_OR_FORM)
@for_staff
def find(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    """Find visits; by POST, so that no name stands in an address or a log."""
    if request.method != "POST":
        return render(request, "desk/find.html", {"point": point, "form": FindForm()})
    form = FindForm(request.POST)
    if not form.is_valid():
        context = {"point": point, "form": form}
        return render(request, "desk/find.html", context, status=UNPROCESSABLE)
    found = list(_found(request, point, form)[:FOUND_AT_MOST])
    if len(found) == 1:
        return redirect("desk_visit", slug=point.slug, appointment_id=found[0].pk)
    context = {
        "point": point,
        "form": form,
        "asked": True,
        "found": [{"visit": visit, "when": presentation.when(visit)} for visit in found],
    }
    return render(request, "desk/find.html", context)


def _found(request: HttpRequest, point: ServicePoint, form: FindForm) -> Any:
    visits = access.visits_for_staff(request.user, point)
    data = form.cleaned_data
    if data["reference"]:
        return visits.with_reference(data["reference"])
    if form.person:
        return visits.of_person(form.person.key)
    return visits.of_address(data["email"])


# One visit ----------------------------------------------------------------------------------


@require_safe
@for_staff
def visit(request: HttpRequest, point: ServicePoint, appointment_id: uuid.UUID) -> HttpResponse:
    """Show a visit, how to reach the person, and all that staff did with it."""
    found = access.visit_for_staff(request.user, point, appointment_id)
    context = {
        "point": point,
        "visit": found,
        "facts": presentation.facts_for_staff(found),
        "history": presentation.history(found, access.events_of(found)),
        "can_move": found.status == Appointment.Status.CONFIRMED,
        "can_cancel": _can_cancel(found),
    }
    return render(request, "desk/visit.html", context)


@require_safe
@for_staff
def paper(request: HttpRequest, point: ServicePoint, appointment_id: uuid.UUID) -> HttpResponse:
    """Show the confirmation as it is printed: in the person's language, the reference big."""
    found = access.visit_for_staff(request.user, point, appointment_id)
    if found.status == Appointment.Status.CANCELLED:
        return redirect("desk_visit", slug=point.slug, appointment_id=found.pk)
    with translation.override(found.language):
        printed = render_to_string(
            "desk/_paper.html",
            {"visit": found, "facts": presentation.facts(found), "checklist": checklist(found)},
        )
    context = {"point": point, "visit": found, "paper": printed}
    return render(request, "desk/paper.html", context)


@require_http_methods(PAGE_OR_FORM)
@for_staff
def cancel(request: HttpRequest, point: ServicePoint, appointment_id: uuid.UUID) -> HttpResponse:
    found = access.visit_for_staff(request.user, point, appointment_id)
    if not _can_cancel(found):
        return redirect("desk_visit", slug=point.slug, appointment_id=found.pk)
    form = CancelForm(request.POST if request.method == "POST" else None)
    refusal = None
    if form.is_valid():
        try:
            operations.cancel_for_somebody(
                found,
                by=request.user,
                reason=form.cleaned_data["reason"],
            )
        except Refusal as refused:
            refusal = refused
        else:
            flash.success(request, " ".join([_("The visit is cancelled."), told(found)]))
            return redirect("desk_visit", slug=point.slug, appointment_id=found.pk)
    context = {
        "point": point,
        "visit": found,
        "form": form,
        "refusal": refusal,
        "has_errors": refusal is not None,
        "facts": presentation.facts(found),
    }
    status = UNPROCESSABLE if form.errors else HTTPStatus(refusal.status if refusal else 200)
    return render(request, "desk/cancel.html", context, status=status)


def _can_cancel(found: Appointment) -> bool:
    return found.status == Appointment.Status.CONFIRMED and found.starts_at > timezone.now()


def told(found: Appointment) -> str:
    """Say how the person learns of a change."""
    if found.email:
        return _("The person is told by e-mail.")
    if found.phone:
        return _("There is no e-mail address: tell the person, or call %(phone)s.") % {
            "phone": found.phone
        }
    return _("There is no address: tell the person.")
