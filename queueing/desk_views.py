"""The desk: one page with the current number, the line, and the next thing to press."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.exceptions import Refusal
from queueing import operations
from queueing.access import (
    desk_of,
    desks_at,
    line_at,
    missed_at,
    ticket_at,
    ticket_at_desk_of,
    ticket_for_staff,
)
from queueing.exceptions import MissedTwice, NotAtADesk
from queueing.forms import DeskForm, NumberForm, ReferenceForm
from queueing.models import Ticket
from servicepoints.access import point_for_staff, staffed_points
from servicepoints.models import Desk, ServicePoint

View = Callable[..., HttpResponse]

MISSED_SHOWN = 10


@never_cache
@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Go to the desk where one sits, or to the only point, or choose the point."""
    here = desk_of(request.user)
    if here:
        return redirect("desk_at", slug=here.desk_group.service_point.slug)
    points = list(staffed_points(request.user))
    if not points:
        raise PermissionDenied
    if len(points) == 1:
        return redirect("desk_at", slug=points[0].slug)
    return render(request, "desk/points.html", {"points": points})


def at_point(view: View) -> View:
    """Give a page the point of its address, if the person works there: else 404."""

    @never_cache
    @login_required
    @wraps(view)
    def page(request: HttpRequest, slug: str, **arguments: object) -> HttpResponse:
        return view(request, point_for_staff(request.user, slug), **arguments)

    return page


def action(view: Callable[..., None]) -> View:
    """An action: POST only, a refusal becomes a message, and the page shows how it is now."""

    @require_POST
    @at_point
    @wraps(view)
    def act(request: HttpRequest, point: ServicePoint, **arguments: object) -> HttpResponse:
        try:
            view(request, point, **arguments)
        except Refusal as refusal:
            messages.error(request, str(refusal))
        return redirect("desk_at", slug=point.slug)

    return act


@require_safe
@at_point
def desk_at(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    """Show the desk at which the person sits, or the desks to choose from."""
    here = desk_of(request.user)
    if here is None or here.desk_group.service_point != point:
        return _choose_desk(request, point, here)
    is_fragment = request.headers.get("HX-Request") == "true"
    if is_fragment:
        return render(request, "desk/_work.html", _work(request, point, here))
    return _page(request, point, here)


def _page(
    request: HttpRequest,
    point: ServicePoint,
    here: Desk,
    *,
    reference_form: ReferenceForm | None = None,
    number_form: NumberForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = _work(request, point, here) | {
        "reference_form": reference_form or ReferenceForm(auto_id="check_in_%s"),
        "number_form": number_form or _number_form(point),
        "has_errors": status != 200,
        "page_url": _address(point),
    }
    return render(request, "desk/desk.html", context, status=status)


def _work(request: HttpRequest, point: ServicePoint, here: Desk) -> dict[str, object]:
    line = list(line_at(request.user, point))
    servable = set(here.desk_group.services.values_list("pk", flat=True))
    return {
        "point": point,
        "desk": here,
        "ticket": ticket_at(here),
        "line": line,
        "for_others": {ticket.pk for ticket in line if not ticket.matters <= servable},
        "missed": missed_at(request.user, point)[:MISSED_SHOWN],
        "waiting_here": sum(ticket.matters <= servable for ticket in line),
    }


def _address(point: ServicePoint) -> str:
    """Where the page is shown, also after an error at the address that took its form."""
    return reverse("desk_at", args=[point.slug])


def _choose_desk(request: HttpRequest, point: ServicePoint, here: Desk | None) -> HttpResponse:
    desks = desks_at(request.user, point).order_by("desk_group", "pk")
    form = DeskForm(request.POST if request.method == "POST" else None)
    context = {
        "point": point,
        "desks": desks,
        "first_free": next((desk for desk in desks if not desk.person), None),  # type: ignore[attr-defined]
        "here": here,
        "form": form,
        "page_url": _address(point),
    }
    status = 422 if form.is_bound else 200
    return render(request, "desk/choose_desk.html", context, status=status)


def _number_form(point: ServicePoint) -> NumberForm:
    return NumberForm(point=point, auto_id="number_%s", initial={"request_id": uuid.uuid4()})


@require_POST
@at_point
def sit(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    """Sit down at a desk of the point."""
    form = DeskForm(request.POST)
    if not form.is_valid():
        return _choose_desk(request, point, desk_of(request.user))
    chosen = get_object_or_404(desks_at(request.user, point), pk=form.cleaned_data["desk"])
    try:
        operations.sit_down(request.user, chosen)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("desk_at", slug=point.slug)


@action
def leave(request: HttpRequest, point: ServicePoint) -> None:
    """Leave the desk."""
    operations.stand_up(request.user)


@action
def call_next(request: HttpRequest, point: ServicePoint) -> None:
    """Call the next person in line to the desk where one sits."""
    operations.call_next(_own_desk(request, point), by=request.user)


def _own_desk(request: HttpRequest, point: ServicePoint) -> Desk:
    """Return the desk where one sits; who has left it in another window is told so."""
    here = desk_of(request.user)
    if here is None or here.desk_group.service_point != point:
        raise NotAtADesk
    return here


STEPS = {
    "again": operations.call_again,
    "start": operations.start,
    "finish": operations.finish,
    "missed": operations.miss,
}


@action
def step(request: HttpRequest, point: ServicePoint, ticket_id: uuid.UUID, step: str) -> None:
    """Take the next step with the ticket at one's desk."""
    _own_desk(request, point)
    STEPS[step](ticket_at_desk_of(request.user, ticket_id), by=request.user)


@action
def back(request: HttpRequest, point: ServicePoint, ticket_id: uuid.UUID) -> None:
    """Put somebody who was missed back in line: they have come, or it was a slip."""
    ticket = operations.return_to_line(ticket_for_staff(request.user, ticket_id), by=request.user)
    messages.success(request, _("Number %(number)s is back in line.") % {"number": ticket.label})


@require_POST
@at_point
def check_in(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    """Check in someone with an appointment who cannot use the kiosk."""
    form = ReferenceForm(request.POST, auto_id="check_in_%s")
    if form.is_valid():
        try:
            ticket = operations.check_in(point, form.cleaned_data["reference"])
        except MissedTwice as refusal:
            form.add_error("reference", _missed_twice(refusal))
        except Refusal as refusal:
            form.add_error("reference", str(refusal))
        else:
            messages.success(request, _state(ticket))
            return redirect("desk_at", slug=point.slug)
    return _page_again(request, point, reference_form=form)


def _missed_twice(refusal: MissedTwice) -> str:
    return (
        _(
            "Number %(number)s has been called twice and nobody came. Put it back in line under "
            "“Did not come today”, or hand out a new number."
        )
        % refusal.details
    )


def _state(ticket: Ticket) -> str:
    """Say what has become of a number, also when it was given before."""
    says = {
        Ticket.Status.WAITING: _("Number %(number)s has been given."),
        Ticket.Status.CALLED: _("Number %(number)s is being called to desk %(desk)s."),
        Ticket.Status.IN_SERVICE: _("Number %(number)s is being served at desk %(desk)s."),
        Ticket.Status.SERVED: _("Number %(number)s has been served already."),
    }
    text = says.get(Ticket.Status(ticket.status), _("Number %(number)s has ended."))
    if ticket.status == Ticket.Status.WAITING and ticket.came_back_at:
        text = _("Number %(number)s is back in line.")
    return text % {"number": ticket.label, "desk": ticket.desk.sign if ticket.desk else ""}


@require_POST
@at_point
def hand_out(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    """Hand out a number to someone who cannot use the kiosk."""
    form = NumberForm(request.POST, point=point, auto_id="number_%s")
    if form.is_valid():
        try:
            ticket = operations.take_number(point, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return _given(request, point, ticket)
    return _page_again(request, point, number_form=form)


def _page_again(request: HttpRequest, point: ServicePoint, **form: Any) -> HttpResponse:
    """Show the desk with the errors of a form."""
    try:
        here = _own_desk(request, point)
    except NotAtADesk as refusal:
        messages.error(request, str(refusal))
        return redirect("desk_at", slug=point.slug)
    return _page(request, point, here, **form, status=422)


def _given(request: HttpRequest, point: ServicePoint, ticket: Ticket) -> HttpResponse:
    messages.success(request, _("Number %(number)s has been given.") % {"number": ticket.label})
    return redirect("desk_at", slug=point.slug)
