"""What a person sees when a page cannot be shown: why, and what to do next."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token

from config import api

_PROBLEMS = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.FORBIDDEN: "permission_denied",
    HTTPStatus.NOT_FOUND: "not_found",
}


def _error_page(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    if api.is_for_programs(request):
        return api.problem_page(_PROBLEMS[status])
    return render(request, f"{status.value}.html", status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer without reading again what was sent: it may be what cannot be read."""
    request.POST = QueryDict()  # type: ignore[assignment]
    return _bad_request(request)


@requires_csrf_token
def _bad_request(request: HttpRequest) -> HttpResponse:
    return _error_page(request, HTTPStatus.BAD_REQUEST)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error_page(request, HTTPStatus.FORBIDDEN)


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error_page(request, HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer without the request: the database that knows the person may be what is down."""
    if api.is_for_programs(request):
        return api.problem_page("server_error")
    return HttpResponse(render_to_string("500.html"), status=HTTPStatus.INTERNAL_SERVER_ERROR)


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Tell someone whose form has become too old how to send it again."""
    return render(request, "403_csrf.html", status=HTTPStatus.FORBIDDEN)
