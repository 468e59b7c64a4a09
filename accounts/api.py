"""Tokens for programs, under /api/v1/auth/."""

from functools import cache
from http import HTTPStatus
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.serializer_helpers import BindingDict
from rest_framework.views import APIView

from accounts import operations
from accounts.api_schema import describe
from accounts.exceptions import Refusal


class SessionRequired(Refusal):
    """A token was used where only a person at a browser may act."""

    code = "session_required"
    status = HTTPStatus.FORBIDDEN
    message = _("A token is given to a person who has signed in, not to another token.")


def checked(serializer: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """Return what `data` holds by `serializer`, or raise a ValidationError with all of it."""
    filled = serializer(data=data)
    filled.fields = _fields(serializer, get_language())
    filled.is_valid(raise_exception=True)
    return filled.validated_data


@cache
def _fields(serializer: type[serializers.Serializer[Any]], _language: str | None) -> BindingDict:
    """
    Return the fields of a serializer, which check bodies and keep nothing of them.

    To copy them for each request, as REST framework does, takes longer than to check it. One
    set for each language, since some keep the words of their first error.
    """
    return serializer().fields


class WorksHere(BasePermission):
    """Staff of some service point, and administrators; anybody else gets 403."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        return bool(user.is_authenticated and (user.is_superuser or user.roles.exists()))


FOR_STAFF = [IsAuthenticated, WorksHere]


class TokenAnswer(serializers.Serializer):  # type: ignore[type-arg]
    token = serializers.CharField(help_text="Shown once; only its hash is kept.")
    expires_at = serializers.DateTimeField()


class TokenView(APIView):
    """A token acts for the person who made it, until it expires or is revoked."""

    @describe(
        "create_token",
        "Make a token for the signed-in person",
        tag="auth",
        answer=TokenAnswer,
        status=201,
        refusals=[SessionRequired],
        description="Needs a session. Send the token as `Authorization: Bearer TOKEN`.",
    )
    def post(self, request: Request) -> Response:
        if request.auth:
            raise SessionRequired
        token, expires_at = operations.issue_token(request.user)
        return Response({"token": token, "expires_at": expires_at.isoformat()}, status=201)

    @describe(
        "revoke_token",
        "Revoke the token, or all of the signed-in person's",
        tag="auth",
        answer=None,
        status=204,
        description="With a token, that one. In a session, every token of the person.",
    )
    def delete(self, request: Request) -> Response:
        operations.revoke_tokens(request.user, only=request.auth)
        return Response(status=204)
