"""What every request passes through first."""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django.utils.cache import add_never_cache_headers

from config import metrics
from config.logs import request_id

logger = logging.getLogger("vuoro.requests")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
# Whoever has such a link needs no sign-in.
PRIVATE_LINKS = ("/api/v1/offers/", "/api/v1/tickets/")
PROBES = {"/-/live", "/-/ready", "/-/metrics"}


class RequestLog:
    """
    Give the request an id, and write and measure it by its route when it is done.

    The route (`/visits/<uuid:pk>/`) stands in the log, never the address with its codes.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        name = given if ACCEPTABLE_ID.fullmatch(given) else uuid.uuid4().hex
        token = request_id.set(name)
        began = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = name
            self._record(request, response, time.perf_counter() - began)
        finally:
            request_id.reset(token)
        return response

    def _record(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        match = request.resolver_match
        route = f"/{match.route}" if match else "(no route)"
        method = request.method if request.method in METHODS else "other"
        metrics.REQUESTS.labels(method, route, response.status_code).observe(seconds)
        if not route.startswith("/-/"):
            logger.info(
                "%s %s %s",
                method,
                route,
                response.status_code,
                extra={"ms": round(seconds * 1000, 1)},
            )


class Probes:
    """
    Answer balancers and monitoring whatever host they name, which often is an address.

    Everything after this asks for a host of ALLOWED_HOSTS, since it puts the name into links;
    a probe's answer holds none.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info not in PROBES:
            return self.get_response(request)
        request.resolver_match = match = resolve(request.path_info)
        response: HttpResponse = match.func(request)
        return response


class NoNulls:
    """
    Answer 400 to a path or a cookie with a NUL in it.

    PostgreSQL keeps none and fails when asked for one, which would be a fault of ours (500).
    What stands in a query or a body is refused by its form or serializer; the filters of the
    admin have neither.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = [request.path_info, *request.COOKIES.values()]
        if request.path_info.startswith("/admin/"):
            asked += [value for _name, values in request.GET.lists() for value in values]
        if any("\0" in text for text in asked):
            raise BadRequest("NUL")
        return self.get_response(request)


class NothingOfAPersonKept:
    """
    Have no cache keep what the API answers somebody: it holds names, dates and codes.

    Pages say so themselves. What everybody may see may be kept, when nobody is named by asking.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_somebody = request.COOKIES or "Authorization" in request.headers
        is_personal = is_somebody or request.path_info.startswith(PRIVATE_LINKS)
        if request.path_info.startswith("/api/") and is_personal:
            add_never_cache_headers(response)
        return response
