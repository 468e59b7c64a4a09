"""Pages about who may act for whom: ask for the role, give a mandate, end it."""

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import access, operations
from accounts.exceptions import Refusal
from accounts.mandate_forms import RepresentForm

PAGE_OR_FORM = ["GET", "HEAD", "POST"]
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


@require_http_methods(PAGE_OR_FORM)
@login_required
@never_cache
def represent(request: HttpRequest) -> HttpResponse:
    """Ask to act for others; once that is asked, the page of the clients says how it stands."""
    if access.representation_of(request.user):
        return redirect("clients")
    form = RepresentForm(request.POST or None, initial={"name": request.user.name})
    if request.method != "POST":
        return render(request, "clients/represent.html", {"form": form})
    form = RepresentForm(request.POST)
    if not form.is_valid():
        return render(request, "clients/represent.html", {"form": form}, status=UNPROCESSABLE)
    try:
        operations.ask_to_represent(request.user, **form.cleaned_data)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("clients")


@require_http_methods(PAGE_OR_FORM)
@login_required
@never_cache
def mandate(request: HttpRequest, code: str) -> HttpResponse:
    """Show a client who wants to act for them, and take the answer."""
    asked = access.mandate_by_code(request.user, code)
    if request.method != "POST":
        return render(request, "clients/mandate.html", {"mandate": asked})
    try:
        if request.POST.get("answer") == "yes":
            operations.confirm_mandate(asked, by=request.user)
        elif request.POST.get("answer") == "no":
            operations.end_mandate(asked, by=request.user)
    except Refusal as refusal:
        context = {"mandate": asked, "refusal": str(refusal), "has_errors": True}
        return render(request, "clients/mandate.html", context, status=refusal.status)
    return redirect("mandate", code)


@require_http_methods(PAGE_OR_FORM)
@login_required
@never_cache
def mandate_end(request: HttpRequest, mandate_id: uuid.UUID) -> HttpResponse:
    """Ask a client whether to end a mandate they gave, and end it."""
    given = access.mandate_given(request.user, mandate_id)
    if not given.is_active:
        return redirect("visits")
    if request.method != "POST":
        return render(request, "clients/mandate_end.html", {"mandate": given})
    operations.end_mandate(given, by=request.user)
    messages.success(
        request,
        _("%(name)s cannot act for you any more.") % {"name": given.representative},
    )
    return redirect("visits")
