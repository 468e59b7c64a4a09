"""How the API answers errors, and how it describes itself."""

import logging
from typing import Any

from django.conf import settings
from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, set_rollback

from accounts import problems
from accounts.api_schema import describe
from accounts.devices import cookie_name
from accounts.models import Device

logger = logging.getLogger(__name__)

PREFIX = "/api/"


def answer_exception(error: Exception, context: dict[str, Any]) -> Response:
    """Return any exception of a view as a problem document; log what nobody expected."""
    problem = problems.of(error)
    if problem["status"] >= 500:
        view = context.get("view")
        logger.error("Unexpected error in %s", type(view).__name__, exc_info=error)
        got_request_exception.send(sender=type(view), request=context.get("request"))
    set_rollback()
    headers = {}
    if problem["status"] == 401:
        headers["WWW-Authenticate"] = getattr(error, "auth_header", None) or "Bearer"
    if "retry_after" in problem:
        headers["Retry-After"] = str(problem["retry_after"])
    return Response(
        problem, status=problem["status"], headers=headers, content_type=problems.MEDIA_TYPE
    )


def is_for_programs(request: HttpRequest) -> bool:
    """Whether the request is one to the API, which never gets a page."""
    return request.path.startswith(PREFIX)


def problem_page(code: str) -> HttpResponse:
    """Return a problem document from outside the API's views."""
    problem = problems.document(code)
    return JsonResponse(problem, status=problem["status"], content_type=problems.MEDIA_TYPE)


@csrf_exempt
def no_such_address(request: HttpRequest, path: str = "") -> HttpResponse:
    """Answer for every address under /api/ that is none."""
    return problem_page("not_found")


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class KioskScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.authentication.KioskAuthentication"
    name = "kiosk"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": cookie_name(Device.Kind.KIOSK)}


@extend_schema(exclude=True)
class SchemaView(SpectacularJSONAPIView):
    """The OpenAPI document, in English whatever the reader's language."""

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with translation.override("en"):
            return super().get(request, *args, **kwargs)

    def _get_version_parameter(self, request: Request) -> None:
        """There is one version: what a query says would stand in a header of the answer."""


class DocsView(TemplateView):
    """The OpenAPI document for people to read and try."""

    template_name = "api_docs.html"


class ProblemKind(serializers.Serializer):  # type: ignore[type-arg]
    code = serializers.CharField()
    status = serializers.IntegerField()
    title = serializers.CharField()
    detail = serializers.CharField(help_text="With placeholders where an answer names values.")


class ProblemKinds(serializers.Serializer):  # type: ignore[type-arg]
    problems = ProblemKind(many=True)


class ProblemsView(APIView):
    """What a problem's `type` points to."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @describe(
        "list_problems",
        "Every code that an error can have",
        tag="problems",
        answer=ProblemKinds,
        public=True,
    )
    def get(self, request: Request) -> Response:
        refusals = {kind.code: (kind.status, kind.message) for kind in problems.every_refusal()}
        kinds = [
            {
                "code": code,
                "status": int(status),
                "title": str(problems.TITLES[status]),
                "detail": str(detail),
            }
            for code, (status, detail) in sorted((refusals | problems.GENERAL).items())
        ]
        return Response({"problems": kinds})
