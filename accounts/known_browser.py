"""
A browser in which an e-mail address has been proved before.

Others may use up what an address is sent (T12), and would keep its owner out; a browser that is
known has codes of its own. The cookie is signed, holds a keyed hash alone and opens nothing.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.devices import COOKIE_SECONDS
from accounts.tries import key_of

COOKIE = f"{'__Host-' if settings.PRODUCTION else ''}known-browser"
SALT = "accounts.known_browser"


def remember(response: HttpResponse, email: str) -> None:
    """Let the browser that gets `response` be known as one of this address, in place of another."""
    response.set_signed_cookie(
        COOKIE,
        key_of("known", email.lower()),
        salt=SALT,
        max_age=COOKIE_SECONDS,
        secure=settings.PRODUCTION,
        httponly=True,
        samesite="Lax",
    )


def knows(request: HttpRequest, email: str) -> bool:
    """Whether this address was proved in the browser that asks."""
    kept = request.get_signed_cookie(COOKIE, default="", salt=SALT)
    return bool(kept) and kept == key_of("known", email.strip().lower())
