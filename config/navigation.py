"""The links at the top of every page, for the person who is looking."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.models import Role, User


@dataclass(frozen=True)
class NavigationLink:
    label: str | Promise
    url: str
    is_current: bool


def navigation(request: HttpRequest) -> dict[str, object]:
    """Give templates `navigation`, which reads roles only when shown, and `sign_in_url`."""
    return {
        "navigation": SimpleLazyObject(lambda: links_for(request)),
        "sign_in_url": sign_in_url(request),
    }


def sign_in_url(request: HttpRequest) -> str:
    """Return where to sign in; whoever was reading a page comes back to it."""
    url = reverse("account_login")
    if request.method != "GET" or request.path.startswith(reverse("account_login")):
        return url
    return f"{url}?{urlencode({'next': request.get_full_path()})}"


def links_for(request: HttpRequest) -> list[NavigationLink]:
    """Return what anyone sees, then what this person's roles open."""
    places: list[tuple[str | Promise, str]] = [
        (_("Book a visit"), "/book/"),
        (_("My visits"), "/visits/"),
        *_places_of_roles(request),
    ]
    return [NavigationLink(label, url, request.path.startswith(url)) for label, url in places]


def _places_of_roles(request: HttpRequest) -> list[tuple[str | Promise, str]]:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return []
    kinds, represents = access.roles_of(user)
    places: list[tuple[str | Promise, str]] = []
    if represents:
        places.append((_("Clients"), "/clients/"))
    if user.is_superuser or kinds:
        places.append((_("Desk"), "/desk/"))
    if user.is_superuser or Role.Kind.MANAGER in kinds:
        places.append((_("Manage"), "/manage/"))
    if user.is_superuser:
        places.append((_("Admin"), "/admin/"))
    return places
