"""A representative's clients: whom they act for, what is booked, and for whom to book now."""

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import access as accounts
from accounts import operations
from accounts.exceptions import Refusal
from accounts.mandate_forms import MandateForm
from booking import access, presentation
from booking import answers as answers_module
from booking.answers import Answers
from booking.forms import ForWhomForm

PAGE_OR_FORM = ["GET", "HEAD", "POST"]
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
ON_A_PAGE = 20


@require_safe
@login_required
@never_cache
def clients(request: HttpRequest) -> HttpResponse:
    """List the clients, those asked and those whose mandate has ended; or say how to begin."""
    mandates = accounts.clients_of(request.user)
    in_force = accounts.clients_in_force(request.user)
    others = mandates.exclude(pk__in=in_force.values("pk")).order_by("-asked_at")
    context = {
        "representation": accounts.representation_of(request.user),
        "clients": in_force,
        "page_obj": Paginator(others, ON_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "clients/list.html", context)


@require_safe
@login_required
@never_cache
def client(request: HttpRequest, mandate_id: uuid.UUID) -> HttpResponse:
    """Show one client: what is booked under the mandate, and what can be done."""
    mandate = accounts.own_client(request.user, mandate_id)
    visits = access.visits_under(mandate)
    coming = visits.coming().order_by("starts_at")
    past = Paginator(visits.exclude(pk__in=coming.values("pk")), ON_A_PAGE)
    context = {
        "mandate": mandate,
        "is_in_force": accounts.clients_in_force(request.user).filter(pk=mandate.pk).exists(),
        "coming": [presentation.card(visit) for visit in coming],
        "past": [presentation.card(visit) for visit in past.get_page(request.GET.get("page"))],
        "page_obj": past.get_page(request.GET.get("page")),
        "book_url": Answers(booked_for=str(mandate.pk)).url("book"),
    }
    return render(request, "clients/client.html", context)


@require_http_methods(PAGE_OR_FORM)
@login_required
@never_cache
def client_ask(request: HttpRequest) -> HttpResponse:
    """Ask somebody for a mandate. The answer is the same for every address (T6)."""
    representative = accounts.verified_representative(request.user)
    form = MandateForm(request.POST if request.method == "POST" else None)
    status = HTTPStatus.OK
    if request.method == "POST":
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                operations.ask_for_mandate(
                    representative, **form.cleaned_data, language=get_language() or ""
                )
            except Refusal as refusal:
                status = HTTPStatus(refusal.status)
                form.add_error("email", str(refusal))
            else:
                text = _("We have written to %(email)s. You can book when the client agrees.")
                messages.success(request, text % {"email": form.cleaned_data["email"]})
                return redirect("clients")
    return render(request, "clients/ask.html", {"form": form}, status=status)


@require_http_methods(PAGE_OR_FORM)
@login_required
@never_cache
def client_end(request: HttpRequest, mandate_id: uuid.UUID) -> HttpResponse:
    """Ask whether to end a mandate or withdraw the question, and do it."""
    mandate = accounts.own_client(request.user, mandate_id)
    if request.method != "POST":
        return render(request, "clients/end.html", {"mandate": mandate})
    operations.end_mandate(mandate, by=request.user)
    messages.success(request, _("You do not act for %(name)s any more.") % {"name": mandate})
    return redirect("clients")


# For whom? ------------------------------------------------------------------------


@require_safe
@login_required
@never_cache
def for_whom(request: HttpRequest) -> HttpResponse:
    """Ask a representative for whom they book; everything answered before is kept."""
    chosen = answers_module.read(request.GET)
    time = request.GET.get("time", "")
    more = {"time": time} if time else {}
    form = ForWhomForm(
        request.GET if "asked" in request.GET else None,
        clients=accounts.clients_in_force(request.user),
    )
    if form.is_valid():
        return redirect(chosen.url("book_hold" if time else "book", **more))
    carried = chosen.without("booked_for").carried | more | {"asked": "yes"}
    status = UNPROCESSABLE if form.errors else HTTPStatus.OK
    context = {"form": form, "carried": carried}
    return render(request, "booking/for_whom.html", context, status=status)


def ask_for_whom(request: HttpRequest, chosen: Answers, **more: str) -> HttpResponse | None:
    """Return where a representative says for whom they book, if that is not answered yet."""
    user = request.user
    if chosen.booked_for or not user.is_authenticated:
        return None
    if not accounts.clients_in_force(user).exists():
        return None
    return redirect(chosen.url("book_for", **more))
