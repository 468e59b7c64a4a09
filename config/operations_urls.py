"""What stands under `/-/`."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from config import operations_views

urlpatterns: list[URLPattern | URLResolver] = [
    path("live", operations_views.live, name="live"),
    path("ready", operations_views.ready, name="ready"),
    path("metrics", operations_views.prometheus, name="metrics"),
]
if settings.LOCAL:
    urlpatterns.append(path("mailbox/", include("config.mailbox_urls")))
