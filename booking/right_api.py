"""Times that are reserved for invited people, under /api/v1/."""

from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import checked
from accounts.api_schema import describe
from accounts.exceptions import TooManyTries
from booking import access, availability, exceptions
from booking.api import invitation_by_code
from booking.api_choices import known_pair, people_field
from servicepoints.api import local_text


class ReservedTimesBody(serializers.Serializer):  # type: ignore[type-arg]
    service = serializers.SlugField()
    service_point = serializers.SlugField()
    people = people_field(default=1)
    right_code = serializers.CharField(
        max_length=30,
        default="",
        allow_blank=True,
        help_text="The code of an invitation; without it, what my e-mail address is invited to.",
    )


class ReservedTimesAnswer(serializers.Serializer):  # type: ignore[type-arg]
    right = serializers.CharField(help_text="The name of the right.")
    valid_from = serializers.DateField()
    valid_until = serializers.DateField()
    times = serializers.ListField(child=serializers.DateTimeField())


class ReservedTimesView(APIView):
    @describe(
        "list_reserved_times",
        "The times that are reserved for my invitation",
        tag="free times",
        answer=ReservedTimesAnswer,
        body=ReservedTimesBody,
        codes=["not_found"],
        refusals=[exceptions.NoSuchRight, TooManyTries],
        description="A POST, so that no code stands in an address. 404: there is no invitation.",
    )
    def post(self, request: Request) -> Response:
        asked = checked(ReservedTimesBody, request.data)
        service, point = known_pair(asked["service"], asked["service_point"])
        holder = invitation_by_code(request, asked["right_code"])
        holder = holder or next(iter(access.invitations_of(request.user)), None)
        if holder is None:
            raise Http404
        right = holder.right
        days = availability.reserved_times_by_day(
            right.pk, service, point, asked["people"], right.valid_from, right.valid_until
        )
        answer: dict[str, Any] = {
            "right": right.name,
            "valid_from": right.valid_from.isoformat(),
            "valid_until": right.valid_until.isoformat(),
            "times": [local_text(point, time) for times in days.values() for time in times],
        }
        return Response(answer)
