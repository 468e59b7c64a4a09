"""Pages for everybody: the start page, urgent matters, a service point."""

import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from booking import availability
from booking.answers import Answers
from booking.forms import ServiceForm
from servicepoints import access, supply
from servicepoints.models import DeskGroup, Service

DAYS_OF_HOURS = 7


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Show the three ways to go on, and the first free time of each point for one service."""
    form = ServiceForm({"service": request.GET.get("service", "")})
    service = form.answer if form.is_valid() else _usual_service(form)
    rows = [
        {
            "point": free.service_point,
            "starts_at": free.starts_at,
            "url": Answers(service, 1, free.service_point).url("book_time"),
        }
        for free in (availability.first_free_times(service, people=1) if service else [])
    ]
    context = {
        "categories": form.fields["service"].choices,  # type: ignore[attr-defined]
        "service": service,
        "rows": rows,
        "has_times": any(row["starts_at"] for row in rows),
    }
    return render(request, "booking/start.html", context)


@require_safe
def urgent(request: HttpRequest) -> HttpResponse:
    """Explain the rule of queue numbers, and where and when they are given today."""
    context = {
        "rows": supply.giving_numbers_today(),
        "services": Service.objects.filter(can_be_urgent=True),
    }
    return render(request, "booking/urgent.html", context)


@require_safe
def point(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a point: its address, today's hours, those of the next days, and its services."""
    service_point = access.public_point(slug)
    today = service_point.today
    dates = [today + datetime.timedelta(days=days) for days in range(DAYS_OF_HOURS)]
    groups = DeskGroup.objects.with_supply().filter(service_point=service_point)
    opens_on = max(today, service_point.valid_from)
    offerings = service_point.offerings.on(opens_on).select_related("service")
    context = {
        "point": service_point,
        "opens_on": opens_on if opens_on > today else None,
        "today": supply.opening_hours(groups, today),
        "week": [{"date": date, "hours": supply.opening_hours(groups, date)} for date in dates],
        "offerings": offerings.order_by("service__position"),
    }
    return render(request, "booking/point.html", context)


def _usual_service(form: ServiceForm) -> Service | None:
    """Return the service most people come for, a residence permit, or whatever there is."""
    services = list(form.services.values())
    permits = [row for row in services if row.category == Service.Category.RESIDENCE_PERMIT]
    return next(iter([*permits, *services]), None)
