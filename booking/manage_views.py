"""The manager's pages about days: the week, an extra day and its release, a closing."""

import datetime
import re
import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.exceptions import Refusal
from booking import operations
from booking.access import (
    count_visits_in,
    extra_releases_at,
    release_for_manager,
    rights_for_manager,
)
from booking.exceptions import DayHasBookings
from booking.manage_forms import ClosingForm, ExtraDayForm, RefusableForm
from booking.messages import date_text
from booking.models import Release, Slot
from booking.week import week_at
from servicepoints import plan, supply
from servicepoints.access import MANAGER, group_for_staff, staffed_points
from servicepoints.manage_views import for_manager
from servicepoints.models import DateOverride, DeskGroup, ServicePoint

WEEK = re.compile(r"(20[0-9]{2})-W([0-9]{2})")
RELEASES_PER_PAGE = 20
SUNDAY = 6


@require_safe
@never_cache
@login_required
def points(request: HttpRequest) -> HttpResponse:
    """List the points the person manages; with only one, go there."""
    managed = list(staffed_points(request.user, MANAGER))
    if len(managed) == 1:
        return redirect("manage:week", slug=managed[0].slug)
    if not managed:
        raise Http404
    return render(request, "manage/points.html", {"points": managed})


@require_safe
@for_manager
def week(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    monday = _monday(request.GET.get("week"), point.today)
    step = datetime.timedelta(days=7)
    context = {
        "point": point,
        "monday": monday,
        "sunday": monday + datetime.timedelta(days=6),
        "number": monday.isocalendar().week,
        "groups": week_at(point, monday),
        "is_this_week": monday <= point.today < monday + step,
        "this_week": _week_name(point.today),
        "previous_week": _week_name(monday - step),
        "next_week": _week_name(monday + step),
        "month_later": _week_name(monday + 4 * step),
    }
    return render(request, "manage/week.html", context)


def _monday(name: str | None, today: datetime.date) -> datetime.date:
    """Return the first day of the week "2026-W50", or of this week without a name."""
    if not name:
        return today - datetime.timedelta(days=today.weekday())
    written = WEEK.fullmatch(name)
    try:
        return datetime.date.fromisocalendar(int(written[1]), int(written[2]), 1)  # type: ignore[index]
    except (TypeError, ValueError):
        raise Http404 from None


def _week_name(date: datetime.date) -> str:
    year, number, _day = date.isocalendar()
    return f"{year}-W{number:02}"


def _week_of(point: ServicePoint, date: datetime.date) -> str:
    address = reverse("manage:week", kwargs={"slug": point.slug})
    return f"{address}?week={_week_name(date)}"


# An extra day ------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@for_manager
def extra_day(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    """Ask for extra hours, show what they give, then open them with the same answers."""
    group = _chosen_group(request, point)
    if group is None:
        return render(request, "manage/extra_group.html", _groups_to_choose(point))
    rights = rights_for_manager(request.user, point).going_on(point.today)
    if request.method != "POST":
        return _extra_form(request, group, ExtraDayForm(group, rights=rights))
    form = ExtraDayForm(group, request.POST, rights=rights)
    step = request.POST.get("step")
    if not form.is_valid():
        return _extra_form(request, group, form, status=422)
    if step == "change":
        return _extra_form(request, group, form)
    try:
        times = operations.extra_day_times(
            group, form.hours, release_at=form.release_at, reservation=form.reservation
        )
        if step != "open":
            return _extra_preview(request, group, form, times)
        release = operations.open_extra_day(
            group,
            form.hours,
            release_at=form.release_at,
            by=request.user,
            reservation=form.reservation,
            **form.policy_options,
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _extra_form(request, group, form, status=refusal.status)
    return redirect("manage:release", slug=point.slug, release_id=release.pk)


def _chosen_group(request: HttpRequest, point: ServicePoint) -> DeskGroup | None:
    """Return the group that the address names, or the only one; None: it has to be chosen."""
    chosen = request.GET.get("group", "")
    if not chosen:
        own = list(point.desk_groups.values_list("pk", flat=True)[:2])
        if len(own) != 1:
            return None
        chosen = str(own[0])
    if not re.fullmatch(r"[0-9]{1,18}", chosen):
        raise Http404
    return group_for_staff(request.user, point.slug, int(chosen), MANAGER)


def _groups_to_choose(point: ServicePoint) -> dict[str, Any]:
    groups = point.desk_groups.prefetch_related("services", "desks")
    return {
        "point": point,
        "groups": [
            {
                "group": group,
                "services": ", ".join(service.name for service in group.services.all()),
                "desks": sum(desk.active for desk in group.desks.all()),
            }
            for group in groups
        ],
    }


def _extra_form(
    request: HttpRequest, group: DeskGroup, form: ExtraDayForm, *, status: int = 200
) -> HttpResponse:
    opened = None
    if form.is_bound and (date := form.cleaned_data.get("date")):
        opened = group.releases.filter(kind=Release.Kind.EXTRA, date=date).first()
    context = {
        "point": group.service_point,
        "group": group,
        "form": form,
        "desks": group.desks.filter(active=True).count(),
        "opened": opened,
    }
    return render(request, "manage/extra.html", context, status=status)


def _extra_preview(
    request: HttpRequest, group: DeskGroup, form: ExtraDayForm, times: dict[Any, int]
) -> HttpResponse:
    hours, point = form.hours, group.service_point
    planned = supply.proposed_hours(group, hours)
    cells = plan.cells(planned, group.grid_minutes)
    length = sum((row.ends_at - row.starts_at for row in planned), datetime.timedelta())
    used = datetime.timedelta(minutes=group.grid_minutes) * len(cells)
    context = {
        "point": point,
        "group": group,
        "hours": hours,
        "planned": planned,
        "day_now": supply.planned_hours(group, hours.date),
        "times": list(times.items()),
        "cells": len(cells),
        "all_cells": sum(cell.public_desks for cell in cells),
        "desk_hours": length.total_seconds() / 3600 * hours.desks,
        "minutes_left_over": (length - used).seconds // 60,
        "release_at": form.release_at,
        "policy": Release.Policy(form.policy_options["policy"]),
        "window_minutes": form.policy_options["window_minutes"],
        "reservation": form.reservation,
        "is_sunday": hours.date.weekday() == SUNDAY,
        "is_holiday": supply.is_public_holiday(point.country, hours.date),
        "typed": _typed(request, form),
    }
    return render(request, "manage/extra_preview.html", context)


def _typed(request: HttpRequest, form: RefusableForm) -> list[tuple[str, str]]:
    """Return every input of the form as it was sent, to be sent again."""
    own = tuple(form.fields)
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name.startswith(own)
        for value in values
    ]


# Releases ----------------------------------------------------------------------


@require_safe
@for_manager
def releases(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    pages = Paginator(extra_releases_at(request.user, point), RELEASES_PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    return render(request, "manage/releases.html", {"point": point, "page_obj": page})


@require_safe
@for_manager
def release(request: HttpRequest, point: ServicePoint, release_id: uuid.UUID) -> HttpResponse:
    """Show how far an extra day's release is; htmx asks again, and 204 says: as before."""
    found = release_for_manager(request.user, point.slug, release_id)
    visits = count_visits_in(found)
    state = f"{found.released_at}-{found.times}-{visits}"  # type: ignore[attr-defined]
    asks_again = "HX-Request" in request.headers
    if asks_again and request.GET.get("seen") == state:
        return HttpResponse(status=204)
    context = {"point": point, "release": found, "visits": visits, "state": state}
    template = "manage/_release.html" if asks_again else "manage/release.html"
    return render(request, template, context)


# Closing -----------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@for_manager
def close(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    """Ask which day, show who is in the way (P7), and close the day if nobody is."""
    given = {"date": _parsed_date(request.GET.get("date"))}
    form = ClosingForm(request.POST) if request.method == "POST" else ClosingForm(initial=given)
    if request.method != "POST":
        return _close_form(request, point, form)
    if not form.is_valid():
        return _close_form(request, point, form, status=422)
    date, reason = form.cleaned_data["date"], form.cleaned_data["reason"]
    try:
        visits = operations.visits_in_the_way(point, date)
        if not visits and request.POST.get("step") != "close":
            return _close_confirm(request, point, form)
        operations.close_day(point, date, by=request.user, reason=reason)
    except DayHasBookings as refusal:
        context = {"point": point, "date": date, "refusal": refusal}
        return render(request, "manage/close_refused.html", context, status=refusal.status)
    except Refusal as refusal:
        form.refuse(refusal)
        return _close_form(request, point, form, status=refusal.status)
    messages.success(request, _("%(date)s is closed.") % {"date": date_text(date)})
    return redirect(_week_of(point, date))


def _close_form(
    request: HttpRequest, point: ServicePoint, form: ClosingForm, *, status: int = 200
) -> HttpResponse:
    closings = (
        DateOverride.objects.filter(
            desk_group__service_point=point,
            kind=DateOverride.Kind.CLOSED,
            date__gte=point.today,
        )
        .order_by("date", "pk")
        .distinct("date")
    )
    context = {"point": point, "form": form, "closings": closings}
    return render(request, "manage/close.html", context, status=status)


def _close_confirm(request: HttpRequest, point: ServicePoint, form: ClosingForm) -> HttpResponse:
    date = form.cleaned_data["date"]
    context = {
        "point": point,
        "date": date,
        "reason": form.cleaned_data["reason"],
        "slots": Slot.objects.at(point).between(*point.day_bounds(date)).count(),
        "typed": _typed(request, form),
    }
    return render(request, "manage/close_confirm.html", context)


@require_POST
@for_manager
def reopen(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    date = _parsed_date(request.POST.get("date"))
    if date is None:
        raise Http404
    operations.reopen_day(point, date)
    messages.success(
        request, _("%(date)s has its planned times again.") % {"date": date_text(date)}
    )
    return redirect(_week_of(point, date))


def _parsed_date(text: str | None) -> datetime.date | None:
    """Return the date of "2026-12-19", or None for anything else."""
    try:
        return parse_date(text or "")
    except ValueError:
        return None
