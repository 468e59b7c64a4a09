"""Who calls the API: a signed-in session, the holder of a token, or an enrolled kiosk."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.crypto import hash_token
from knox.models import get_token_model
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from accounts.devices import device_from
from accounts.models import Device, User
from accounts.problems import CsrfFailed


class TokenAuthentication(KnoxTokenAuthentication):
    """
    `Authorization: Bearer TOKEN`, looked up by its hash in one query; only hashes are kept.

    An expired token, and that of a disabled account, is refused at its next request.
    """

    def authenticate_credentials(self, token: bytes) -> tuple[User, Any]:
        digest = hash_token(token.decode("utf-8", errors="replace"))
        found = get_token_model().objects.select_related("user").filter(digest=digest).first()
        if found is None or (found.expiry and found.expiry < timezone.now()):
            raise exceptions.AuthenticationFailed
        if not found.user.is_active:
            raise exceptions.AuthenticationFailed
        return found.user, found


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session; a change needs its CSRF token too (T9)."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            raise CsrfFailed from error


class KioskAuthentication(SessionAuthentication):
    """
    The cookie of an enrolled kiosk; `request.auth` is the device, and there is no user.

    Only for what a kiosk may do: elsewhere its cookie means nothing (T8).
    """

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Device] | None:  # type: ignore[override]
        device = device_from(request._request, Device.Kind.KIOSK)
        if device is None:
            return None
        self.enforce_csrf(request)
        return AnonymousUser(), device
