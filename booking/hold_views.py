"""Booking from the held time on: hold, names and details, check answers, confirmation."""

import uuid
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import access as accounts
from accounts.client_address import network_of
from accounts.exceptions import MandateEnded, Refusal, TooFast
from accounts.models import Mandate, User
from accounts.too_fast import answer_too_fast
from booking import access, answers, kept_details, operations, presentation, refusal_pages
from booking.answers import Answers
from booking.checklist import checklist
from booking.choose_views import STEPS, time_page, unanswered
from booking.client_views import ask_for_whom
from booking.exceptions import HoldExpired, NotActive, PersonHasVisit
from booking.forms import ContactForm, FromForm, PersonForm, TimeForm, titled
from booking.hold_requests import admit_hold
from booking.models import Appointment

PAGE_OR_FORM = ["GET", "HEAD", "POST"]


@require_http_methods(PAGE_OR_FORM)
@never_cache
def hold(request: HttpRequest) -> HttpResponse:
    """
    Keep the chosen time and go on to the names.

    Somebody who is not signed in signs in first and comes back here, where the chosen time
    waits for one more press of a button, since a GET changes nothing.
    """
    query = request.POST if request.method == "POST" else request.GET
    chosen = answers.read(query)
    page = unanswered(request, chosen, "service", "people", "point")
    if page:
        return page
    form = TimeForm(query)
    if not form.is_valid():
        return time_page(request, chosen, form, wanted=FromForm({}))
    starts_at = form.cleaned_data["time"]
    if not request.user.is_authenticated:
        return redirect_to_login(chosen.url("book_hold", time=answers.value_of(starts_at)))
    asked = ask_for_whom(request, chosen, time=answers.value_of(starts_at))
    if asked:
        return asked
    if request.method == "POST":
        return _hold(request, chosen, starts_at, form.cleaned_data["request"])
    return _keep_page(request, chosen, starts_at)


def _keep_page(
    request: HttpRequest, chosen: Answers, starts_at: Any, *, too_fast: TooFast | None = None
) -> HttpResponse:
    carried = {"time": answers.value_of(starts_at), "request": str(uuid.uuid4())}
    context = {
        "answers": chosen,
        "starts_at": starts_at,
        "carried": chosen.carried | carried,
        "mandate": _mandate(request, chosen),
        "back_url": chosen.url("book_time"),
        "steps": STEPS,
        "too_fast": too_fast,
    }
    page = render(request, "booking/keep.html", context)
    return answer_too_fast(page, too_fast) if too_fast else page


def _mandate(request: HttpRequest, chosen: Answers) -> Mandate | None:
    """Return the mandate under which somebody books; none for a visit of their own."""
    if chosen.mandate_id is None:
        return None
    return accounts.own_client(request.user, chosen.mandate_id)  # type: ignore[arg-type]


def _hold(
    request: HttpRequest, chosen: Answers, starts_at: Any, page_id: uuid.UUID | None
) -> HttpResponse:
    mandate = _mandate(request, chosen)
    asked = {
        "user": (mandate and mandate.client) or request.user,
        "mandate": mandate,
        "service": chosen.service,
        "second_service": chosen.second,
        "service_point": chosen.point,
        "people": chosen.people,
        "starts_at": starts_at,
    }
    # A page sent twice is one request; the same page with another time is another one (P5).
    request_id = page_id and uuid.uuid5(page_id, chosen.url("book_hold", time=str(starts_at)))
    try:
        admit_hold(
            request.user,  # type: ignore[arg-type]
            network_of(request),
            request_id,
            proof=request.POST.get("altcha", ""),
            holder=asked["user"],  # type: ignore[arg-type]
        )
        held = operations.hold(**asked, request_id=request_id)  # type: ignore[arg-type]
        if held.status == Appointment.Status.EXPIRED:
            held = operations.hold(**asked)  # type: ignore[arg-type]
    except TooFast as refusal:
        return _keep_page(request, chosen, starts_at, too_fast=refusal)
    except Refusal as refusal:
        return refusal_pages.booking_refused(request, refusal, chosen)
    return redirect("book_details", held.pk)


@require_http_methods(PAGE_OR_FORM)
@login_required
@never_cache
def details(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Ask who comes; what was typed is kept whatever becomes of the hold, until it is confirmed."""
    held = access.reached_hold(request.user, appointment_id)  # type: ignore[arg-type]
    if request.method != "POST":
        return _not_held(request, held) or _details_page(
            request, held, *_empty_forms(request, held)
        )
    people = [PersonForm(request.POST, prefix=f"p{i}") for i in range(1, held.people + 1)]
    contact = ContactForm(request.POST, prefix="contact")
    if held.confirmed_at is None:
        kept_details.keep(request.session, people, contact, whose=held.user_id)
    gone = _not_held(request, held)
    if gone:
        return gone
    if "extend" in request.POST:
        return _extended(request, held, "book_details")
    if all(form.is_valid() for form in [*people, contact]):
        return redirect("book_check", held.pk)
    return _details_page(request, held, people, contact, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _empty_forms(request: HttpRequest, held: Appointment) -> tuple[list[PersonForm], ContactForm]:
    typed, phone = kept_details.typed(request.session, whose=held.user_id)
    initial = (typed or [_known_person(request, held)]) + [{}] * held.people
    people = [PersonForm(prefix=f"p{i}", initial=initial[i - 1]) for i in range(1, held.people + 1)]
    return people, ContactForm(prefix="contact", initial={"phone": phone})


def _known_person(request: HttpRequest, held: Appointment) -> dict[str, Any]:
    """Return what need not be typed: the name of a client, or of whoever has identified."""
    mandate = access.acting_mandate(request.user, held)  # type: ignore[arg-type]
    if mandate:
        return {"name": mandate.client_name}
    user = request.user
    is_known = isinstance(user, User) and user.identity_key
    return {"name": user.name, "birth_date": user.birth_date} if is_known else {}  # type: ignore[union-attr]


def _details_page(
    request: HttpRequest,
    held: Appointment,
    people: list[PersonForm],
    contact: ContactForm,
    *,
    refusal: Refusal | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    forms = [*titled(people), contact]
    context = {
        "hold": held,
        "people": people,
        "contact": contact,
        "forms": forms,
        "refusal": refusal,
        "refused_for_visit": isinstance(refusal, PersonHasVisit),
        "mandate": access.acting_mandate(request.user, held),  # type: ignore[arg-type]
        "has_errors": refusal is not None or any(form.errors for form in forms),
        "back_url": answers.of_appointment(held).url("book_time"),
        "steps": STEPS,
    }
    return render(request, "booking/details.html", context, status=status)


@require_http_methods(PAGE_OR_FORM)
@login_required
@never_cache
def check(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Show all answers, and confirm them. Confirming twice shows the same confirmation."""
    held = access.reached_hold(request.user, appointment_id)  # type: ignore[arg-type]
    gone = _not_held(request, held)
    if gone:
        return gone
    people = kept_details.named(request.session, whose=held.user_id)
    if len(people) != held.people:
        return redirect("book_details", held.pk)
    if request.method != "POST":
        return _check_page(request, held, people)
    if "extend" in request.POST:
        return _extended(request, held, "book_check")
    return _confirm(request, held, people)


def _check_page(
    request: HttpRequest, held: Appointment, people: list[operations.Person]
) -> HttpResponse:
    _typed, phone = kept_details.typed(request.session, whose=held.user_id)
    mandate = access.acting_mandate(request.user, held)  # type: ignore[arg-type]
    email = mandate.client_email if mandate else request.user.email  # type: ignore[union-attr]
    context = {
        "hold": held,
        "mandate": mandate,
        "facts": presentation.answers_to_check(held, people, phone, email),
        "steps": STEPS,
    }
    return render(request, "booking/check.html", context)


def _confirm(
    request: HttpRequest, held: Appointment, people: list[operations.Person]
) -> HttpResponse:
    _typed, phone = kept_details.typed(request.session, whose=held.user_id)
    try:
        operations.confirm(
            held,
            people=people,
            phone=phone,
            language=(get_language() or "")[:2],
            mandate=access.acting_mandate(request.user, held),  # type: ignore[arg-type]
        )
    except (HoldExpired, NotActive, MandateEnded) as refusal:
        return _gone(request, refusal, held)
    except Refusal as refusal:
        forms, contact = _empty_forms(request, held)
        return _details_page(
            request, held, forms, contact, refusal=refusal, status=HTTPStatus(refusal.status)
        )
    kept_details.forget(request.session)
    return redirect("book_confirmed", held.pk)


@require_safe
@login_required
@never_cache
def confirmed(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    visit = access.reached_visit(request.user, appointment_id)  # type: ignore[arg-type]
    if visit.status == Appointment.Status.CANCELLED:
        return redirect("visit", visit.pk)
    context = {
        "visit": visit,
        "facts": presentation.facts(visit),
        "checklist": checklist(visit),
        "mandate": access.acting_mandate(request.user, visit),  # type: ignore[arg-type]
    }
    return render(request, "booking/confirmed.html", context)


def _not_held(request: HttpRequest, held: Appointment) -> HttpResponse | None:
    """Return where somebody belongs whose time is not held (any more): confirmed, or gone."""
    if held.confirmed_at:
        return redirect("book_confirmed", held.pk)
    if held.status == Appointment.Status.HELD and held.time_left.total_seconds() > 0:  # type: ignore[attr-defined]
        return None
    cancelled = held.status == Appointment.Status.CANCELLED
    return _gone(request, NotActive() if cancelled else HoldExpired(), held)


def _gone(request: HttpRequest, refusal: Refusal, held: Appointment) -> HttpResponse:
    return refusal_pages.booking_refused(request, refusal, answers.of_appointment(held))


def _extended(request: HttpRequest, held: Appointment, page: str) -> HttpResponse:
    mandate = access.acting_mandate(request.user, held)  # type: ignore[arg-type]
    try:
        operations.extend(held, mandate=mandate)
    except (HoldExpired, MandateEnded) as refusal:
        return _gone(request, refusal, held)
    return redirect(page, held.pk)
