"""Enrolling a kiosk or lobby screen, and letting only enrolled ones in (T8)."""

import datetime

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import operations
from accounts.devices import give_cookie
from accounts.exceptions import CodeRefused, Refusal, TooManyTries
from accounts.models import Device
from accounts.tries import count_try, forget_tries
from queueing.forms import CodeForm

TRIES = 5
TRIES_PERIOD = datetime.timedelta(hours=1)
PAGES = {Device.Kind.KIOSK: "kiosk", Device.Kind.DISPLAY: "display"}


@never_cache
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Exchange the typed code for the cookie of a device, and go to the device's page."""
    form = CodeForm(request.POST or None)
    if not form.is_valid():
        return ask_for_code(request, form, status=422 if form.is_bound else 200)
    client = get_adapter().get_client_ip(request)
    try:
        count_try("enrol", client, limit=TRIES, period=TRIES_PERIOD)
        device, token = operations.enrol(form.cleaned_data["code"])
    except (CodeRefused, TooManyTries) as refusal:
        form.add_error("code", str(refusal))
        return ask_for_code(request, form, status=refusal.status)
    forget_tries("enrol", client)
    response = redirect(PAGES[Device.Kind(device.kind)])
    give_cookie(response, device, token)
    return response


def ask_for_code(
    request: HttpRequest,
    form: CodeForm | None = None,
    *,
    refusal: Refusal | None = None,
    status: int = 403,
) -> HttpResponse:
    """Return the page on which a code is typed."""
    context = {"form": form or CodeForm(), "refusal": refusal}
    return render(request, "queueing/enrol.html", context, status=status)
