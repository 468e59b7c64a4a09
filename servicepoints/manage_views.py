"""The manager's pages about the point itself: kiosks and lobby screens."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.operations import CODE_LIFETIME, new_device, revoke
from servicepoints.access import (
    MANAGER,
    device_for_manager,
    devices_for_manager,
    point_for_staff,
)
from servicepoints.manage_forms import DeviceForm
from servicepoints.models import ServicePoint

View = Callable[..., HttpResponse]


def for_manager(
    view: Callable[Concatenate[HttpRequest, ServicePoint, ...], HttpResponse],
) -> View:
    """
    Call `view` with the point that the URL names, on that point's clock.

    Anonymous people sign in first; whoever does not manage the point is refused by
    `point_for_staff` (T4). These pages name people, so no cache keeps them.
    """

    @never_cache
    @login_required
    @wraps(view)
    def checked(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
        point = point_for_staff(request.user, slug, MANAGER)
        with timezone.override(point.zone):
            return view(request, point, *args, **kwargs)

    return checked


@require_http_methods(["GET", "HEAD", "POST"])
@for_manager
def devices(request: HttpRequest, point: ServicePoint) -> HttpResponse:
    """List the devices; a new one's code is on the page that answers, and nowhere else."""
    form = DeviceForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"point": point, "form": form}
    status = 200
    if request.method == "POST" and form.is_valid():
        device, code = new_device(point, form.cleaned_data["kind"], form.cleaned_data["name"])
        minutes = CODE_LIFETIME.seconds // 60
        context |= {"device": device, "code": code, "minutes": minutes, "form": DeviceForm()}
        context["site"] = settings.SITE_URL
    elif request.method == "POST":
        status = 422
    context["devices"] = devices_for_manager(request.user, point)
    return render(request, "manage/devices.html", context, status=status)


@require_POST
@for_manager
def revoke_device(request: HttpRequest, point: ServicePoint, device_id: uuid.UUID) -> HttpResponse:
    device = device_for_manager(request.user, point.slug, device_id)
    revoke(device)
    messages.success(request, _("%(name)s can no longer be used.") % {"name": device.name})
    return redirect("manage:devices", slug=point.slug)
