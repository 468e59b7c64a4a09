"""`/manage/representatives/`: managers verify who may act for others, and record mandates."""

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
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import access, operations
from accounts.exceptions import Refusal
from accounts.mandate_forms import RecordForm
from accounts.models import Representative

PAGE_OR_FORM = ["GET", "HEAD", "POST"]
ON_A_PAGE = 20


@require_safe
@login_required
@never_cache
def representatives(request: HttpRequest) -> HttpResponse:
    """List the requests that wait, and then those who have the role or had it."""
    found = access.representatives_for_manager(request.user)
    others = found.exclude(state=Representative.State.ASKED)
    context = {
        "waiting": found.filter(state=Representative.State.ASKED).order_by("asked_at"),
        "page_obj": Paginator(others, ON_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "manage/representatives/list.html", context)


@require_safe
@login_required
@never_cache
def representative(request: HttpRequest, representative_id: uuid.UUID) -> HttpResponse:
    """Show one: what they say, who looked at it, whom they act for."""
    found = access.representative_for_manager(request.user, representative_id)
    context = {"representative": found, "mandates": found.mandates.with_people()}
    return render(request, "manage/representatives/representative.html", context)


@require_POST
@login_required
def verify(request: HttpRequest, representative_id: uuid.UUID) -> HttpResponse:
    found = access.representative_for_manager(request.user, representative_id)
    try:
        operations.verify_representative(found, by=request.user)
        messages.success(request, _("%(name)s can act for others now.") % {"name": found})
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("manage:representative", found.pk)


@require_POST
@login_required
def end(request: HttpRequest, representative_id: uuid.UUID) -> HttpResponse:
    """Turn a request down, or end the role with all its mandates."""
    found = access.representative_for_manager(request.user, representative_id)
    operations.end_representative(found, by=request.user)
    messages.success(request, _("%(name)s cannot act for others.") % {"name": found})
    return redirect("manage:representative", found.pk)


@require_http_methods(PAGE_OR_FORM)
@login_required
@never_cache
def record_mandate(request: HttpRequest, representative_id: uuid.UUID) -> HttpResponse:
    """Record a mandate that the client has shown on paper."""
    found = access.representative_for_manager(request.user, representative_id)
    form = RecordForm(request.POST if request.method == "POST" else None)
    context = {"representative": found, "form": form}
    status = HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid():
            try:
                operations.record_mandate(
                    found, **form.cleaned_data, by=request.user, language=get_language() or ""
                )
            except Refusal as refusal:
                status = HTTPStatus(refusal.status)
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("The mandate is recorded. We have told both of them."))
                return redirect("manage:representative", found.pk)
    return render(request, "manage/representatives/record.html", context, status=status)


@require_POST
@login_required
def end_mandate(
    request: HttpRequest, representative_id: uuid.UUID, mandate_id: uuid.UUID
) -> HttpResponse:
    mandate = access.mandate_for_manager(request.user, representative_id, mandate_id)
    operations.end_mandate(mandate, by=request.user)
    messages.success(request, _("The mandate has ended. We have told both of them."))
    return redirect("manage:representative", representative_id)
