"""The admin: an index in the order in which an agency is set up, and the ordinary sign-in."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

# What is set up first comes first; what is only looked at comes last.
INDEX = [
    "servicepoints.ServicePoint",
    "servicepoints.Service",
    "servicepoints.BringItem",
    "servicepoints.ServicePair",
    "servicepoints.Offering",
    "servicepoints.DeskGroup",
    "servicepoints.Opening",
    "servicepoints.DateOverride",
    "accounts.User",
    "accounts.Representative",
    "accounts.Device",
    "booking.Release",
    "notifications.Message",
]
# Nobody has a password (T6).
NO_PAGES = {"password_change", "password_change_done"}


class AdminSite(admin.AdminSite):
    site_title = _("Vuoro admin")
    site_header = _("Vuoro admin")
    index_title = _("Reference data")

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # Rows are removed one at a time, on the page that says what goes with them.
        self.disable_action("delete_selected")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take the models of INDEX only: installed packages bring pages for addresses and keys."""
        alone = isinstance(model_or_iterable, ModelBase)
        for model in [model_or_iterable] if alone else model_or_iterable:
            if model._meta.label in INDEX:
                super().register(model, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Let administrators in: a role at a point opens /desk/ and /manage/, never this."""
        return bool(request.user.is_active and request.user.is_superuser)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Send anonymous people to the ordinary sign-in, and refuse everybody else (T6)."""
        allowed = super().admin_view(view, cacheable)

        @never_cache
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise PermissionDenied
            response: HttpResponse = allowed(request, *args, **kwargs)
            return response

        return checked

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return redirect("admin:index")

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return redirect("account_logout")

    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [url for url in super().get_urls() if getattr(url, "name", "") not in NO_PAGES]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps: list[Any] = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=_place_in_index)
        return sorted(apps, key=lambda app: _place_in_index(app["models"][0]))


def _place_in_index(row: dict[str, Any]) -> int:
    return INDEX.index(row["model"]._meta.label)
