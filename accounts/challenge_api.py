"""Challenges for a proof of work, under /api/v1/challenge/, and the header with the proof."""

from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import proof_of_work
from accounts.api_schema import describe
from accounts.exceptions import ProofNeeded, ProofRefused, TooManyRequests

HEADER = OpenApiParameter(
    "Altcha",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description=(
        "A solved challenge of `get_challenge`, once `proof_needed` asks for it: base64 of "
        '`{"challenge": {"parameters": ..., "signature": ...}, "solution": {"counter": ..., '
        '"derivedKey": ...}}`.'
    ),
)
REFUSALS = [ProofNeeded, ProofRefused, TooManyRequests]


def proof_in(request: Request) -> str:
    """Return the proof of work that came with a request, or an empty text."""
    return request.headers.get("Altcha", "").strip()


class ChallengeData(serializers.Serializer):  # type: ignore[type-arg]
    until = serializers.IntegerField(help_text="When it ends, in seconds since 1970 (UTC).")


class ChallengeParameters(serializers.Serializer):  # type: ignore[type-arg]
    """As ALTCHA names them. Their order does not matter."""

    algorithm = serializers.CharField()
    cost = serializers.IntegerField(help_text="Iterations of PBKDF2 in each try.")
    keyLength = serializers.IntegerField()
    keyPrefix = serializers.CharField(help_text="What the derived key begins with, in hex.")
    keySignature = serializers.CharField()
    nonce = serializers.CharField()
    salt = serializers.CharField()
    data = ChallengeData()  # type: ignore[assignment]


class ChallengeAnswer(serializers.Serializer):  # type: ignore[type-arg]
    parameters = ChallengeParameters()
    signature = serializers.CharField()


@method_decorator(never_cache, name="dispatch")
class ChallengeView(APIView):
    """A new challenge each time. It is for nobody in particular, and asking changes nothing."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @describe(
        "get_challenge",
        "Get a challenge for a proof of work",
        tag="challenge",
        answer=ChallengeAnswer,
        public=True,
        description=(
            "Needed only after an answer of 429 with the code `proof_needed`. Solve it with a "
            "library of ALTCHA (https://altcha.org): count up from 0 until PBKDF2 of the nonce "
            "and the counter (32 bits, big-endian) begins with `keyPrefix`. Send the request "
            "again with the solution in the header `Altcha`. It works once, for ten minutes. "
            "Or wait for `retry_after` seconds: then a request passes without a proof."
        ),
    )
    def get(self, request: Request) -> Response:
        return Response(proof_of_work.new_challenge())
