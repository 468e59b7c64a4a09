"""`/waiting/`: join the waiting list, see one's place in line, leave; `/offers/`: answer."""

import datetime
import uuid
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.exceptions import Refusal
from booking import access, answers, kept_details, operations, presentation
from booking.answers import Answers
from booking.choose_views import unanswered
from booking.earlier import can_wait, free_now
from booking.forms import ContactForm, PersonForm, titled
from booking.models import Appointment, Offer, WaitingListEntry
from booking.search import ANY, hours_of
from booking.waiting_forms import NeedForm, WishesForm
from booking.wanted import A_DAY

PAGE_OR_FORM = ["GET", "HEAD", "POST"]
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
# A form that was sent has this field; without it the page is shown for the first time.
SENT = "notice"


@require_safe
def wishes(request: HttpRequest) -> HttpResponse:
    """Ask where and when someone could come; the answers stand in the address (GET)."""
    chosen = answers.read(request.GET)
    page = unanswered(request, chosen, "service", "people")
    if page:
        return page
    form = _wishes_form(request, chosen)
    if form.is_valid():
        return redirect(f"{reverse('waiting_people')}?{request.GET.urlencode()}")
    return _wishes_page(request, chosen, form)


def _wishes_form(request: HttpRequest, chosen: Answers) -> WishesForm:
    assert chosen.service
    if SENT in request.GET:
        return WishesForm(request.GET, service=chosen.service, second=chosen.second)
    form = WishesForm(service=chosen.service, second=chosen.second)
    form.initial = _looked_for(chosen, form)
    return form


def _looked_for(chosen: Answers, form: WishesForm) -> dict[str, Any]:
    """Return what somebody has looked for, so that they need not say it again."""
    wanted = chosen.search.wanted
    suiting = [slug for slug, point in form.offering.items() if wanted.suits(point)]
    points = suiting if wanted.step_free or wanted.language else []
    last = form.last_bookable_date if form.offering else None
    return {
        "points": [chosen.point.slug] if chosen.point else points,
        "last_date": min(wanted.before - A_DAY, last) if wanted.before and last else last,
        "weekdays": list(wanted.weekdays),
        "time_of_day": hours_of(wanted) or ANY,
    }


def _wishes_page(request: HttpRequest, chosen: Answers, form: WishesForm) -> HttpResponse:
    # The wishes are asked anew here; the day before which somebody must come tells their need.
    answers = replace(chosen, point=None, search=chosen.search.only_before)
    context = {
        "answers": answers,
        "form": form,
        "carried": answers.carried,
        "back_url": chosen.url("book_point"),
    }
    status = UNPROCESSABLE if form.is_bound else HTTPStatus.OK
    return render(request, "waiting/wishes.html", context, status=status)


@require_http_methods(PAGE_OR_FORM)
@login_required
@never_cache
def people(request: HttpRequest) -> HttpResponse:
    """Ask who comes and how pressing it is, and join the list."""
    chosen = answers.read(request.GET)
    page = unanswered(request, chosen, "service", "people")
    if page:
        return page
    wished = _wishes_form(request, chosen)
    if not wished.is_valid():
        return _wishes_page(request, chosen, wished)
    forms = PeopleForms(request, chosen.people or 1, chosen.search.wanted.before)
    if request.method != "POST":
        return _people_page(request, chosen, forms)
    kept_details.keep(request.session, forms.people, forms.contact, whose=request.user.pk)
    if not forms.are_valid:
        return _people_page(request, chosen, forms, status=UNPROCESSABLE)
    try:
        entry = operations.join(
            user=request.user,  # type: ignore[arg-type]
            service=chosen.service,  # type: ignore[arg-type]
            second_service=chosen.second,
            people=forms.named,
            wishes=wished.wishes,
            urgency=forms.need.urgency,
            phone=forms.contact.cleaned_data["phone"],
            request_id=_request_id(request),
        )
    except Refusal as refusal:
        return _people_page(request, chosen, forms, refusal=refusal, status=refusal.status)
    kept_details.forget(request.session)
    return redirect("waiting_entry", entry.pk)


class PeopleForms:
    """The forms of the page: one for each person, the need, and how to reach who joins."""

    def __init__(
        self, request: HttpRequest, count: int, expires: datetime.date | None = None
    ) -> None:
        data = request.POST if request.method == "POST" else None
        typed, phone = kept_details.typed(request.session, whose=request.user.pk)
        initial = typed + [{}] * count
        self.people = titled(
            [PersonForm(data, prefix=f"p{i}", initial=initial[i - 1]) for i in range(1, count + 1)]
        )
        need = {"need": WaitingListEntry.Need.EXPIRING, "need_date": expires} if expires else {}
        self.need = NeedForm(data, prefix="need", initial=need)
        self.contact = ContactForm(data, prefix="contact", initial={"phone": phone})

    @property
    def all(self) -> list[Any]:
        return [*self.people, self.need, self.contact]

    @property
    def are_valid(self) -> bool:
        return not any(form.errors for form in self.all)

    @property
    def named(self) -> list[operations.Person]:
        return [operations.Person(**form.cleaned_data) for form in self.people]


def _people_page(
    request: HttpRequest,
    chosen: Answers,
    forms: PeopleForms,
    *,
    refusal: Refusal | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {
        "answers": chosen.without("point"),
        "people": forms.people,
        "need": forms.need,
        "contact": forms.contact,
        "forms": forms.all,
        "refusal": refusal,
        "has_errors": status != HTTPStatus.OK,
        "request_id": uuid.uuid4(),
        "back_url": f"{reverse('waiting_wishes')}?{_without_sending(request)}",
    }
    return render(request, "waiting/people.html", context, status=status)


def _without_sending(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop(SENT, None)
    return query.urlencode()


def _request_id(request: HttpRequest) -> uuid.UUID | None:
    """The id that the page came with: pressing twice joins once (P5)."""
    try:
        return uuid.UUID(request.POST.get("request", ""))
    except ValueError:
        return None


@require_http_methods(PAGE_OR_FORM)
@login_required
@never_cache
def earlier(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Wait for an earlier time than one's visit has."""
    own = access.own_visit(request.user, appointment_id)  # type: ignore[arg-type]
    waiting = own.waiting_list_entries.waiting().first()
    if waiting:
        return redirect("waiting_entry", waiting.pk)
    if not can_wait(own):
        return redirect("visit", own.pk)
    if request.method != "POST":
        return _earlier_page(request, own, _earlier_form(own))
    form = WishesForm(request.POST, service=own.service, second=own.second_service)
    if not form.is_valid():
        return _earlier_page(request, own, form, status=UNPROCESSABLE)
    try:
        entry = operations.wait_for_earlier(
            own, wishes=form.wishes, request_id=_request_id(request)
        )
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _earlier_page(request, own, form, status=refusal.status)
    return redirect("waiting_entry", entry.pk)


def _earlier_form(own: Appointment) -> WishesForm:
    form = WishesForm(service=own.service, second=own.second_service)
    local = own.starts_at.astimezone(own.service_point.zone)
    form.initial = {"points": [own.service_point.slug], "last_date": local.date()}
    return form


def _earlier_page(
    request: HttpRequest, own: Appointment, form: WishesForm, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    points = form.cleaned_data.get("points") if form.is_bound else None
    context = {
        "visit": own,
        "when": presentation.when(own),
        "free_now": free_now(own, points or [own.service_point]),
        "form": form,
        "request_id": uuid.uuid4(),
        "has_errors": status != HTTPStatus.OK,
    }
    return render(request, "waiting/earlier.html", context, status=status)


@require_safe
@login_required
@never_cache
def entry(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    """Show one's place in line, what one waits for, and what has been offered."""
    own = access.own_entry(request.user, entry_id)  # type: ignore[arg-type]
    visit = own.appointment if own.is_waiting else None
    context = {
        "entry": own,
        "free_now": free_now(visit, own.points.all()) if visit else [],
        "place": WaitingListEntry.objects.ahead_of(own).count() + 1 if own.is_waiting else None,
        "facts": presentation.wait_facts(own),
        "offer": own.offers.open().with_place().first(),
    }
    return render(request, "waiting/entry.html", context)


@require_POST
@login_required
@never_cache
def leave(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    own = access.own_entry(request.user, entry_id)  # type: ignore[arg-type]
    operations.leave(own)
    flash.success(request, _("You have left the waiting list."))
    return redirect("waiting_entry", own.pk)


@require_http_methods(PAGE_OR_FORM)
@never_cache
def offer(request: HttpRequest, code: str) -> HttpResponse:
    """Show an offer to whoever has its link, and take the answer; no sign-in is needed."""
    found = access.offer_by_code(code)
    with translation.override(_language(request, found)):
        response = _answer(request, found)
        response["Content-Language"] = translation.get_language() or ""
    return response


def _answer(request: HttpRequest, found: Offer) -> HttpResponse:
    if request.method != "POST":
        return _offer_page(request, found)
    try:
        if "accept" in request.POST:
            operations.accept(found)
        elif "decline" in request.POST:
            operations.decline(found)
    except Refusal as refusal:
        return _offer_page(request, access.offer_by_code(found.code), refusal)
    return redirect("offer", found.code)


def _offer_page(request: HttpRequest, found: Offer, refusal: Refusal | None = None) -> HttpResponse:
    is_open = found.outcome == Offer.Outcome.OPEN and found.expires_at > timezone.now()
    is_over = not is_open and found.outcome not in (Offer.Outcome.ACCEPTED, Offer.Outcome.DECLINED)
    status = refusal.status if refusal else HTTPStatus.GONE if is_over else HTTPStatus.OK
    context = {
        "offer": found,
        "when": presentation.when_offered(found),
        "facts": presentation.offer_facts(found),
        "is_open": is_open,
        "is_over": is_over,
        "refusal": refusal,
        "visit": found.entry.appointment,
        "has_errors": refusal is not None,
    }
    return render(request, "waiting/offer.html", context, status=status)


def _language(request: HttpRequest, found: Offer) -> str | None:
    """Return the language in which they joined, unless another has been chosen since."""
    chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    return translation.get_language() if chosen else found.entry.language
