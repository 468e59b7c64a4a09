"""Every error of the API as an RFC 9457 problem document with a stable `code`."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, serializers

from accounts.exceptions import Refusal, TooFast

MEDIA_TYPE = "application/problem+json"

# What each status means for whoever asked, as the problem's title.
TITLES: dict[int, str | Promise] = {
    400: _("The request cannot be understood"),
    401: _("Sign in first"),
    403: _("You may not do this"),
    404: _("Not found"),
    405: _("This address does not do that"),
    406: _("This format is not available"),
    409: _("The situation has changed"),
    410: _("This is over"),
    413: _("The request is too large"),
    415: _("This format cannot be read"),
    422: _("The request cannot be carried out"),
    429: _("Too many requests"),
    500: _("Something went wrong here"),
}

# What can be wrong with any request, besides the refusals of the operations.
GENERAL: dict[str, tuple[HTTPStatus, str | Promise]] = {
    "malformed": (HTTPStatus.BAD_REQUEST, _("The body is not valid JSON in UTF-8.")),
    "bad_request": (HTTPStatus.BAD_REQUEST, _("The request cannot be understood.")),
    "not_authenticated": (
        HTTPStatus.UNAUTHORIZED,
        _("This needs a signed-in person: a session or a token."),
    ),
    "authentication_failed": (
        HTTPStatus.UNAUTHORIZED,
        _("The token is not valid, or it has expired."),
    ),
    "csrf_failed": (
        HTTPStatus.FORBIDDEN,
        _("A change made in a session needs the session's CSRF token."),
    ),
    "permission_denied": (HTTPStatus.FORBIDDEN, _("Your role does not allow this.")),
    "not_found": (HTTPStatus.NOT_FOUND, _("There is nothing here, or it is not for you.")),
    "method_not_allowed": (
        HTTPStatus.METHOD_NOT_ALLOWED,
        _("This address does not support this method."),
    ),
    "not_acceptable": (HTTPStatus.NOT_ACCEPTABLE, _("Answers are given as application/json.")),
    "too_large": (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _("The body is too large.")),
    "unsupported_media_type": (
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        _("The body must be sent as application/json."),
    ),
    "invalid": (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        _("Some of the values are missing or wrong. The list says which."),
    ),
    "server_error": (
        HTTPStatus.INTERNAL_SERVER_ERROR,
        _("The service failed. Nothing was changed; try again later."),
    ),
}

_CODES: dict[type[Exception], str] = {
    exceptions.ParseError: "malformed",
    exceptions.NotAuthenticated: "not_authenticated",
    exceptions.AuthenticationFailed: "authentication_failed",
    exceptions.PermissionDenied: "permission_denied",
    PermissionDenied: "permission_denied",
    exceptions.NotFound: "not_found",
    Http404: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.ValidationError: "invalid",
}


class CsrfFailed(Refusal):
    """A change in a session came without the session's CSRF token (T9)."""

    code = "csrf_failed"
    status, message = GENERAL[code]


class TooLarge(Refusal):
    """The body is larger than DATA_UPLOAD_MAX_MEMORY_SIZE."""

    code = "too_large"
    status, message = GENERAL[code]


class FieldProblem(serializers.Serializer):  # type: ignore[type-arg]
    """One thing that is wrong with one field; `people.0.name` is inside a list."""

    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer):  # type: ignore[type-arg]
    """RFC 9457. Programs look at `code`, which is stable; people read `detail`."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment]
    retry_after = serializers.IntegerField(
        required=False, help_text="With 429: seconds until it can be tried again."
    )
    challenge = serializers.CharField(
        required=False, help_text="Where to get a challenge; a solved one lets the request pass."
    )


def document(
    code: str,
    *,
    status: int | None = None,
    detail: str = "",
    errors: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    """Return the problem document for `code`; a general code knows its status and detail."""
    if code in GENERAL:
        status, detail = GENERAL[code][0], detail or str(GENERAL[code][1])
    status = int(status or HTTPStatus.BAD_REQUEST)
    problem: dict[str, Any] = {
        "type": f"/api/v1/problems#{code}",
        "title": str(TITLES[status]),
        "status": status,
        "detail": detail,
        "code": code,
    }
    return problem | ({"errors": errors} if errors else {})


def of(error: Exception) -> dict[str, Any]:
    """Return the problem document of a refusal or of an exception of the framework."""
    if isinstance(error, Refusal):
        problem = document(error.code, status=error.status, detail=str(error))
        return problem | (_way_on(error) if isinstance(error, TooFast) else {})
    if isinstance(error, exceptions.ValidationError):
        return document("invalid", errors=list(_field_problems(error.detail)))
    for kind in type(error).__mro__:
        if kind in _CODES:
            return document(_CODES[kind])
    return document("server_error")


def _way_on(refusal: TooFast) -> dict[str, Any]:
    """Say when, and with what, a request that came too fast passes."""
    ways: dict[str, Any] = {"retry_after": refusal.retry_after}
    return ways | ({"challenge": reverse("api:challenge")} if refusal.lets_prove else {})


def _field_problems(detail: Any, field: str = "") -> Iterator[dict[str, str]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            # What is wrong with a whole object stands at the object itself.
            own = "" if name == "non_field_errors" else str(name)
            yield from _field_problems(inner, ".".join(filter(None, [field, own])))
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            inside = isinstance(inner, dict | list)
            yield from _field_problems(inner, f"{field}.{position}" if inside else field)
    else:
        # A message may repeat what was sent, which need not be text that can be sent back.
        text = str(detail).encode(errors="replace").decode()
        yield {"field": field, "code": getattr(detail, "code", "invalid"), "detail": text}


def every_refusal(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    """Yield every kind of refusal that the loaded apps know."""
    for refusal in kind.__subclasses__():
        yield refusal
        yield from every_refusal(refusal)
