"""The addresses of production and an empty page, which exists in the bench only."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from config import urls
from config.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def empty(request: HttpRequest) -> HttpResponse:
    """Answer with nothing, for anybody: what is left is the server and the middleware."""
    return JsonResponse({})


def empty_signed_in(request: HttpRequest) -> HttpResponse:
    """The same for a signed-in person, whose session and user are fetched."""
    return JsonResponse({}, status=200 if request.user.is_authenticated else 401)


urlpatterns = [
    path("bench/empty", empty),
    path("bench/empty/signed-in", empty_signed_in),
    *urls.urlpatterns,
]
