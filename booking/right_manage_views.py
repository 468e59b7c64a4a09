"""The manager's pages about booking rights: make one, give it by codes or to a list."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from booking import access, operations
from booking.models import BookingRight
from booking.right_forms import AddressesForm, NewCodesForm, RightForm
from servicepoints.access import MANAGER, staffed_points
from servicepoints.manage_views import for_manager
from servicepoints.models import ServicePoint


@require_safe
@for_manager
def rights(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    """List the rights of this point, those that go on first."""
    found = access.rights_for_manager(request.user, point)
    return render(request, "manage/rights.html", {"point": point, "rights": found})


@require_http_methods(["GET", "HEAD", "POST"])
@for_manager
def new_right(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    """Make a right for points that the person manages."""
    managed = staffed_points(request.user, MANAGER)
    asked = request.POST if request.method == "POST" else None
    form = RightForm(asked, points=managed, initial={"points": [point.pk]})
    if not form.is_valid():
        context = {"point": point, "form": form}
        return render(request, "manage/right_new.html", context, status=422 if asked else 200)
    data = form.cleaned_data
    right = operations.make_right(
        names={name: data[name] for name in ("name_fi", "name_sv", "name_en")},
        by=request.user,
        **{
            name: data[name]
            for name in ("services", "points", "valid_from", "valid_until", "max_uses")
        },
    )
    messages.success(request, _("The right is made. Now make codes, or add addresses."))
    return redirect("manage:right", slug=point.slug, right_id=right.pk)


@require_safe
@for_manager
def right(request: HttpRequest, point: ServicePoint, right_id: int) -> HttpResponse:
    return _page(request, point, access.right_for_manager(request.user, point, right_id))


@require_http_methods(["POST"])
@for_manager
def codes(request: HttpRequest, point: ServicePoint, right_id: int) -> HttpResponse:
    """Make codes; they are on the page that answers, and nowhere else."""
    found = access.right_for_manager(request.user, point, right_id)
    form = NewCodesForm(request.POST)
    if not form.is_valid():
        return _page(request, point, found, codes_form=form, status=422)
    made = operations.new_codes(found, form.cleaned_data["count"], uses=form.cleaned_data["uses"])
    return _page(request, point, found, codes=made, uses=form.cleaned_data["uses"])


@require_http_methods(["POST"])
@for_manager
def invite(request: HttpRequest, point: ServicePoint, right_id: int) -> HttpResponse:
    """Put addresses on the list of the right."""
    found = access.right_for_manager(request.user, point, right_id)
    form = AddressesForm(request.POST)
    if not form.is_valid():
        return _page(request, point, found, addresses_form=form, status=422)
    added = operations.invite(found, form.cleaned_data["emails"])
    messages.success(
        request,
        ngettext("%(count)d address is new.", "%(count)d addresses are new.", added)
        % {"count": added},
    )
    return redirect("manage:right", slug=point.slug, right_id=found.pk)


def _page(
    request: HttpRequest,
    point: ServicePoint,
    found: BookingRight,
    *,
    status: int = 200,
    **shown: Any,
) -> HttpResponse:
    forms = [
        shown.get("codes_form") or NewCodesForm(),
        shown.get("addresses_form") or AddressesForm(),
    ]
    context = {
        "point": point,
        "right": found,
        "numbers": access.holders_of(found),
        "releases": access.releases_reserved_for(found, point),
        "forms": forms,
        "has_errors": status != 200,
        "codes_form": forms[0],
        "addresses_form": forms[1],
        "codes": shown.get("codes"),
        "uses": shown.get("uses"),
    }
    return render(request, "manage/right.html", context, status=status)
