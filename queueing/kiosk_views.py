"""
The kiosk: language, then a visit's reference or an urgent matter, then a number.

The language is part of the address, so nothing of one customer stays for the next.
"""

import uuid
from collections.abc import Callable
from functools import wraps

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.devices import device_from
from accounts.exceptions import DeviceRefused, Refusal
from accounts.models import Device
from queueing import capacity, operations
from queueing.access import count_ahead_of, tickets_today
from queueing.device_views import ask_for_code
from queueing.exceptions import NotServedByNumber, UnknownReference
from queueing.forms import ReferenceForm
from queueing.models import Ticket
from servicepoints import horizon
from servicepoints.models import Service, ServicePoint

# Source: urgent is what expires within three months (facts.md, rules in force).
URGENT_MONTHS = 3

View = Callable[..., HttpResponse]


def on_kiosk(view: View) -> View:
    """Let only an enrolled kiosk in, in the language of the address; show refusals as pages."""

    @never_cache
    @wraps(view)
    def page(request: HttpRequest, language: str = "", **arguments: str) -> HttpResponse:
        try:
            device = device_from(request, Device.Kind.KIOSK)
        except DeviceRefused as refusal:
            return ask_for_code(request, refusal=refusal)
        if device is None:
            return ask_for_code(request)
        point: ServicePoint = device.service_point  # type: ignore[assignment]
        with translation.override(language or settings.LANGUAGE_CODE):
            try:
                response = view(request, point, **arguments)
            except Refusal as refusal:
                response = _refused(request, point, refusal)
            response["Content-Language"] = translation.get_language()
        return response

    return page


def _refused(request: HttpRequest, point: ServicePoint, refusal: Refusal) -> HttpResponse:
    context = {"point": point, "refusal": refusal, "qr": _qr("/book/")}
    return render(request, "kiosk/refused.html", context, status=refusal.status)


@require_safe
@on_kiosk
def start(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    """Choose the language."""
    return render(request, "kiosk/start.html", {"point": point})


@require_safe
@on_kiosk
def menu(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    """Choose: a visit has been booked, or the matter is urgent."""
    return render(request, "kiosk/menu.html", {"point": point})


@require_http_methods(["GET", "HEAD", "POST"])
@on_kiosk
def arrive(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    """Check in to a visit by its reference."""
    form = ReferenceForm(request.POST or None)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            return _show_number(_check_in(point, form.cleaned_data["reference"]))
        except UnknownReference as refusal:
            form.add_error("reference", str(refusal))
            status = refusal.status
    return render(request, "kiosk/arrive.html", {"point": point, "form": form}, status=status)


def _check_in(point: ServicePoint, reference: str) -> Ticket:
    return operations.check_in(point, reference, language=translation.get_language())


@require_safe
@on_kiosk
def matters(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    """Choose the matter, of those that are served by number here today."""
    # By category, however the administrators have ordered the services.
    order = {category: place for place, category in enumerate(Service.Category.values)}
    services = sorted(capacity.walk_in_services(point), key=lambda each: order[each.category])
    return render(request, "kiosk/matters.html", {"point": point, "services": services})


@require_http_methods(["GET", "HEAD", "POST"])
@on_kiosk
def urgent(request: HttpRequest, point: ServicePoint, slug: str) -> HttpResponse:
    """Ask the urgency question; its yes gives a number."""
    service = capacity.walk_in_services(point).filter(slug=slug).first()
    if service is None:
        # On a page of the kiosk's own: from any other nobody finds back to the beginning.
        raise NotServedByNumber
    if request.method == "POST":
        return _take_number(request, point, service)
    context = {
        "point": point,
        "service": service,
        "until": horizon.months_after(point.today, URGENT_MONTHS),
        "request_id": uuid.uuid4(),
    }
    return render(request, "kiosk/urgent.html", context)


def _take_number(request: HttpRequest, point: ServicePoint, service: Service) -> HttpResponse:
    ticket = operations.take_number(
        point,
        service,
        urgent=request.POST.get("urgent") == "yes",
        language=translation.get_language() or settings.LANGUAGE_CODE,
        request_id=_request_id(request),
    )
    return _show_number(ticket)


def _request_id(request: HttpRequest) -> uuid.UUID:
    """The id that the page came with: pressing twice gives one number (P5)."""
    try:
        return uuid.UUID(request.POST.get("request_id", ""))
    except ValueError:
        return uuid.uuid4()


def _show_number(ticket: Ticket) -> HttpResponse:
    return redirect("kiosk_number", language=translation.get_language(), code=ticket.code)


@require_safe
@on_kiosk
def not_urgent(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    """Say how to book a time instead."""
    return render(request, "kiosk/not_urgent.html", {"point": point, "qr": _qr("/book/")})


@require_safe
@on_kiosk
def number(request: HttpRequest, point: ServicePoint, code: str) -> HttpResponse:
    """Show the number, to be remembered, photographed or printed."""
    ticket = get_object_or_404(tickets_today(point), code=code)
    context = {
        "point": point,
        "ticket": ticket,
        "ahead": count_ahead_of(ticket),
        "qr": _qr(reverse("my_number", args=[ticket.code])),
    }
    return render(request, "kiosk/number.html", context)


def _qr(path: str) -> SafeString:
    """Return a QR code of an address of ours as inline SVG."""
    code = segno.make(f"{settings.SITE_URL}{path}", error="m", micro=False)
    return mark_safe(code.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None))  # noqa: S308
