"""The Idempotency-Key header: sending a request twice gives the same answer, once (P5)."""

import uuid
from http import HTTPStatus

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from accounts.exceptions import Refusal


class KeyRequired(Refusal):
    code = "idempotency_key_required"
    status = HTTPStatus.BAD_REQUEST
    message = _("Send an Idempotency-Key header with a new UUID for each new request.")


class KeyInvalid(Refusal):
    code = "idempotency_key_invalid"
    status = HTTPStatus.BAD_REQUEST
    message = _("The Idempotency-Key header must be a UUID.")


HEADER = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.UUID,
    OpenApiParameter.HEADER,
    required=True,
    description="A new UUID for each new request. Repeat it to repeat the same request safely.",
)
REFUSALS = [KeyRequired, KeyInvalid]


def request_key(request: Request) -> uuid.UUID:
    """Return the request's key. Refuses with KeyRequired and KeyInvalid."""
    # The draft standard writes it as a quoted string, and most clients do not.
    key = request.headers.get("Idempotency-Key", "").strip().strip('"')
    if not key:
        raise KeyRequired
    try:
        return uuid.UUID(key)
    except ValueError as error:
        raise KeyInvalid from error
