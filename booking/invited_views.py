"""Booking by invitation: a code, what the visit is for, and the times that are reserved for it."""

import datetime
import uuid
from http import HTTPStatus
from itertools import chain
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.exceptions import Refusal, TooManyTries
from booking import access, availability, operations, refusal_pages, time_choice
from booking.answers import Answers, value_of
from booking.exceptions import NoSuchRight
from booking.models import Appointment, RightHolder
from booking.right_forms import CodeForm, InvitedForm, InvitedTimeForm

PAGE_OR_FORM = ["GET", "HEAD", "POST"]
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
KEY = "invitation"
DAYS_SHOWN = 10


@require_http_methods(PAGE_OR_FORM)
@never_cache
def code(request: HttpRequest) -> HttpResponse:
    """Take the code of an invitation, which this session keeps; never in an address."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    status = HTTPStatus(UNPROCESSABLE if form.errors else HTTPStatus.OK)
    if form.is_valid():
        try:
            holder = operations.holder_of_code(
                form.cleaned_data["code"],
                who=get_adapter().get_client_ip(request),
                today=timezone.localdate(),
            )
        except (NoSuchRight, TooManyTries) as refusal:
            form.add_error("code", str(refusal))
            status = HTTPStatus(refusal.status)
        else:
            request.session[KEY] = holder.pk
            return redirect("book_invited")
    listed = access.invitations_of(request.user)
    context = {"form": form, "listed": listed}
    return render(request, "booking/invitation.html", context, status=status)


@require_safe
@never_cache
def invited(request: HttpRequest) -> HttpResponse:
    """Ask what the visit is for and where, of what the invitation is for."""
    holder = _holder(request)
    if holder is None:
        return redirect("book_invitation")
    asked = request.GET if "service" in request.GET else None
    form = InvitedForm(asked, right=holder.right, initial={"people": 1})
    context = {"holder": holder, "right": holder.right, "form": form}
    status = UNPROCESSABLE if form.errors else HTTPStatus.OK
    return render(request, "booking/invited.html", context, status=status)


@require_http_methods(PAGE_OR_FORM)
@never_cache
def invited_times(request: HttpRequest) -> HttpResponse:
    """
    Show the reserved times, and keep the one that is chosen.

    Who is not signed in signs in first and comes back to the chosen time.
    """
    holder = _holder(request)
    if holder is None:
        return redirect("book_invitation")
    query = request.POST if request.method == "POST" else request.GET
    answers = InvitedForm(query, right=holder.right)
    if not answers.is_valid():
        context = {"holder": holder, "right": holder.right, "form": answers}
        return render(request, "booking/invited.html", context, status=UNPROCESSABLE)
    form = InvitedTimeForm(query if "time" in query or request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _times_page(request, holder, answers, form)
    if not request.user.is_authenticated:
        return redirect_to_login(_address(answers, time=value_of(form.cleaned_data["time"])))
    return _hold(request, holder, answers, form)


def _holder(request: HttpRequest) -> RightHolder | None:
    """Return the invitation of this session's code, or the first of the person's address."""
    kept = access.invitation(request.session.get(KEY))
    return kept or next(iter(access.invitations_of(request.user)), None)


def _hold(
    request: HttpRequest, holder: RightHolder, answers: InvitedForm, form: InvitedTimeForm
) -> HttpResponse:
    service, point, people = answers.chosen
    starts_at, page_id = form.cleaned_data["time"], form.cleaned_data["request"]
    asked: dict[str, Any] = {
        "user": request.user,
        "service": service,
        "service_point": point,
        "people": people,
        "starts_at": starts_at,
        "invitation": holder,
    }
    request_id = page_id and uuid.uuid5(page_id, f"{answers.cleaned_data} {starts_at}")
    try:
        held = operations.hold(**asked, request_id=request_id)
        if held.status == Appointment.Status.EXPIRED:
            held = operations.hold(**asked)
    except Refusal as refusal:
        return _refused(request, refusal, holder, answers)
    return redirect("book_details", held.pk)


def _refused(
    request: HttpRequest, refusal: Refusal, holder: RightHolder, answers: InvitedForm
) -> HttpResponse:
    """Show the other reserved times where these help, else what can be done."""
    if refusal.code in {"time_taken", "no_such_time", "in_the_past"}:
        return _times_page(request, holder, answers, InvitedTimeForm(), refusal)
    service, point, people = answers.chosen
    return refusal_pages.booking_refused(request, refusal, Answers(service, people, point))


def _times_page(
    request: HttpRequest,
    holder: RightHolder,
    answers: InvitedForm,
    form: InvitedTimeForm,
    refusal: Refusal | None = None,
) -> HttpResponse:
    service, point, people = answers.chosen
    right = holder.right
    first = max(point.today, right.valid_from)
    last = min(point.last_bookable_date, right.valid_until)
    chosen = form.cleaned_data.get("time") if form.is_bound and form.is_valid() else None
    after = chosen.astimezone(point.zone).date() if chosen else _after(request, first)
    days = availability.reserved_times_by_day(right.pk, service, point, people, after, last)
    shown = dict(list(days.items())[:DAYS_SHOWN])
    times = list(chain(*shown.values()))
    form.fields["time"].choices = time_choice.grouped(times, point.zone)  # type: ignore[attr-defined]
    later = list(days)[DAYS_SHOWN : DAYS_SHOWN + 1]
    context = {
        "right": right,
        "answers": Answers(service, people, point),
        "form": form,
        "refusal": refusal,
        "has_errors": bool(form.errors) or refusal is not None,
        "carried": _carried(answers) | {"request": str(uuid.uuid4())},
        "back_url": f"{reverse('book_invited')}?{urlencode(_carried(answers))}",
        "later_url": _address(answers, after=later[0].isoformat()) if later else "",
        "public_url": Answers(service, people, point).url("book_time"),
    }
    status = HTTPStatus(refusal.status) if refusal else HTTPStatus.OK
    wrong = UNPROCESSABLE if form.errors else status
    return render(request, "booking/invited_times.html", context, status=wrong)


def _after(request: HttpRequest, first: datetime.date) -> datetime.date:
    """Return the day from which times are shown: that of the link, or the first of all."""
    try:
        return max(first, datetime.date.fromisoformat(request.GET.get("after", "")))
    except ValueError:
        return first


def _carried(answers: InvitedForm) -> dict[str, str]:
    return {name: str(answers.cleaned_data[name]) for name in ("service", "point", "people")}


def _address(answers: InvitedForm, **more: str) -> str:
    return f"{reverse('book_invited_times')}?{urlencode(_carried(answers) | more)}"
