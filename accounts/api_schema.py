"""How an endpoint describes itself in the OpenAPI document, with all its error codes."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.serializers import Serializer

from accounts import problems
from accounts.exceptions import Refusal


def describe(
    name: str,
    summary: str,
    *,
    tag: str,
    answer: Any,
    status: int = 200,
    body: type[Serializer[Any]] | None = None,
    query: type[Serializer[Any]] | None = None,
    headers: Sequence[OpenApiParameter] = (),
    codes: Sequence[str] = (),
    refusals: Sequence[type[Refusal]] = (),
    public: bool = False,
    description: str = "",
) -> Callable[[Any], Any]:
    """
    Describe one method of a view: `name` is its operation id, `codes` are general problems.

    What any request with a body, a query or a sign-in can get is added by itself.
    """

    def decorate(method: Any) -> Any:
        general = {*codes, "not_acceptable"}
        general |= {"malformed", "too_large", "unsupported_media_type"} if body else set()
        general |= {"invalid"} if body or query else set()
        general |= set() if public else {"not_authenticated", "authentication_failed"}
        general |= set() if public or method.__name__ == "get" else {"csrf_failed"}
        return extend_schema(
            operation_id=name,
            summary=summary,
            description=description,
            tags=[tag],
            request=body,
            parameters=[*([query] if query else []), *headers],
            responses={status: answer, **_problem_responses(general, refusals)},
            auth=[] if public else None,
        )(method)

    return decorate


def _problem_responses(
    codes: set[str], refusals: Sequence[type[Refusal]]
) -> dict[tuple[int, str], OpenApiResponse]:
    by_status: dict[int, set[str]] = defaultdict(set)
    for code in codes:
        by_status[int(problems.GENERAL[code][0])].add(code)
    for refusal in refusals:
        by_status[int(refusal.status)].add(refusal.code)
    return {
        (status, problems.MEDIA_TYPE): OpenApiResponse(
            problems.Problem, description="Codes: " + ", ".join(f"`{c}`" for c in sorted(found))
        )
        for status, found in sorted(by_status.items())
    }
