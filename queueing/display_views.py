"""The lobby screen: the last calls, numbers and desks only, never a name."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.devices import device_from
from accounts.exceptions import DeviceRefused
from accounts.models import Device
from queueing.access import tickets_today
from queueing.device_views import ask_for_code
from servicepoints.access import point_for_staff
from servicepoints.models import ServicePoint

CALLS_SHOWN = 5
CALLS_BIG = 2


@never_cache
@require_safe
def display(request: HttpRequest) -> HttpResponse:
    """Show the point of the enrolled screen."""
    try:
        device = device_from(request, Device.Kind.DISPLAY)
    except DeviceRefused as refusal:
        return ask_for_code(request, refusal=refusal)
    if device is None:
        return ask_for_code(request)
    return _screen(request, device.service_point)  # type: ignore[arg-type]


@never_cache
@require_safe
def display_for_staff(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the same to someone who works at the point."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    return _screen(request, point_for_staff(request.user, slug))


def _screen(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    today = tickets_today(point)
    calls = list(today.lately_called()[:CALLS_SHOWN])
    context = {
        "point": point,
        "big_calls": calls[:CALLS_BIG],
        "small_calls": calls[CALLS_BIG:],
        "waiting": today.waiting().count(),
        "now": timezone.now(),
    }
    is_fragment = request.headers.get("HX-Request") == "true"
    return render(request, "display/_calls.html" if is_fragment else "display/screen.html", context)
