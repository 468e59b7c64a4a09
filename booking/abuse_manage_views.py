"""Signs of misuse: of a point for its managers, of all points for administrators."""

from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from booking import abuse_report
from booking.abuse_forms import MOST_VISITS, ConcernedForm, ReportPeriodForm, visits_in
from booking.access import check_sees_all_points, made_at
from booking.querysets import AppointmentQuerySet
from servicepoints.manage_views import for_manager
from servicepoints.models import ServicePoint


@require_safe
@for_manager
def signs(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    return _signs(request, point)


@require_safe
@for_manager
def visits(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    return _visits(request, point)


@require_safe
@never_cache
@login_required
def signs_everywhere(request: HttpRequest) -> HttpResponse:
    check_sees_all_points(request.user)  # type: ignore[arg-type]
    return _signs(request, None)


@require_safe
@never_cache
@login_required
def visits_everywhere(request: HttpRequest) -> HttpResponse:
    check_sees_all_points(request.user)  # type: ignore[arg-type]
    return _visits(request, None)


def _signs(request: HttpRequest, point: ServicePoint | None) -> HttpResponse:
    """Show the signs of a period, each with a link to its visits; of the last thirty days first."""
    asked = any(name.startswith(("first", "last")) for name in request.GET)
    form = (
        ReportPeriodForm(request.GET)
        if asked
        else ReportPeriodForm(initial=ReportPeriodForm.usual())
    )
    context = _frame(point) | {"form": form}
    if not asked or form.is_valid():
        period = form.cleaned_data if asked else ReportPeriodForm.usual()
        made = made_at(request.user, point, **period)  # type: ignore[arg-type]
        days = urlencode({name: day.isoformat() for name, day in period.items()})
        found = abuse_report.report(made)
        context |= period | {"report": found, "visits_url": f"{_address(point, 'visits')}?{days}"}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "manage/abuse/signs.html", context, status=status)


def _visits(request: HttpRequest, point: ServicePoint | None) -> HttpResponse:
    """List the visits and holds behind a sign; without one, go back to the signs."""
    form = ConcernedForm(request.GET)
    if not form.is_valid():
        return redirect(_address(point))
    asked = form.cleaned_data
    made = made_at(request.user, point, asked["first"], asked["last"])  # type: ignore[arg-type]
    concerned = _concerned(made, asked, request)
    if concerned is None:
        return redirect(_address(point))
    rows = concerned.with_place().select_related("user").order_by("-created_at")
    context = _frame(point) | {
        "visits": rows[:MOST_VISITS],
        "most": MOST_VISITS,
        "count": rows.count(),
        "signs_url": _address(point),
    }
    return render(request, "manage/abuse/visits.html", context)


def _concerned(
    made: AppointmentQuerySet, asked: dict[str, Any], request: HttpRequest
) -> AppointmentQuerySet | None:
    if asked["domain"]:
        return abuse_report.of_domain(made, asked["domain"])
    if asked["person"]:
        return made.filter(user=asked["person"])
    ids = visits_in(request.GET)
    return made.filter(pk__in=ids) if ids else None


def _frame(point: ServicePoint | None) -> dict[str, Any]:
    frame = "manage/_base.html" if point else "manage/abuse/_everywhere.html"
    return {"point": point, "frame": frame}


def _address(point: ServicePoint | None, page: str = "") -> str:
    name = "_".join(filter(None, ["abuse", page, "" if point else "everywhere"]))
    return reverse(f"manage:{name}", kwargs={"slug": point.slug} if point else {})
