"""The cookie of an enrolled device, and the only way from a request to its device."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.exceptions import DeviceRefused
from accounts.models import Device
from accounts.operations import hash_of_token

# Browsers keep no cookie longer.
COOKIE_SECONDS = 400 * 24 * 3600


def cookie_name(kind: str) -> str:
    """Return the cookie's name: one of each kind, so that one browser can try out both."""
    return f"{'__Host-' if settings.PRODUCTION else ''}device-{kind}"


def give_cookie(response: HttpResponse, device: Device, token: str) -> None:
    """Keep `token` in the device's browser, out of reach of scripts and of other sites."""
    response.set_signed_cookie(
        cookie_name(device.kind),
        token,
        salt="accounts.device",
        max_age=COOKIE_SECONDS,
        secure=settings.PRODUCTION,
        httponly=True,
        samesite="Strict",
    )


def device_from(request: HttpRequest, kind: str) -> Device | None:
    """
    Return the enrolled device of `kind` that asks, or None if this is not one.

    A revoked device, and a token that was put where another kind's belongs, are refused
    with DeviceRefused (T8).
    """
    name = cookie_name(kind)
    token = request.get_signed_cookie(name, default="", salt="accounts.device")
    if not token:
        return None
    device = device_of_token(token)
    if device is None or device.kind != kind:
        raise DeviceRefused
    return device


def device_of_token(token: str) -> Device | None:
    """Return the device that holds `token` and has not been revoked."""
    return (
        Device.objects.filter(token_hash=hash_of_token(token), revoked_at__isnull=True)
        .select_related("service_point")
        .first()
    )
