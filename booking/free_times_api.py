"""Free times, under /api/v1/: open to everybody."""

import calendar
import datetime
from typing import Any

from django.http import Http404
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import checked
from accounts.api_schema import describe
from booking import availability, operations
from booking.api_choices import known_pair, known_second, people_field
from booking.exceptions import NotInOneVisit
from booking.wanted import Wanted
from booking.wanted_api import HoursQuery, WantedQuery, wanted_of
from servicepoints import access as points
from servicepoints.api import local_text
from servicepoints.models import Service, ServicePoint


@extend_schema_field({"type": "string", "pattern": r"^\d{4}-\d{2}$", "example": "2026-12"})
class MonthField(serializers.Field):  # type: ignore[type-arg]
    """A month, as its first day."""

    default_error_messages = {"invalid": _("Give a month as YYYY-MM.")}

    def to_internal_value(self, data: Any) -> datetime.date:
        try:
            first = parse_date(f"{data}-01")
        except ValueError:
            first = None
        if first is None:
            self.fail("invalid")
        return first

    def to_representation(self, value: datetime.date) -> str:
        return value.isoformat()[:7]


class PeopleQuery(serializers.Serializer):  # type: ignore[type-arg]
    people = people_field(default=1)
    second_service = serializers.SlugField(
        default=None, help_text="For visits for this second matter too."
    )


class SearchQuery(WantedQuery, PeopleQuery):
    """What a search over all points may ask for."""


class VisitQuery(HoursQuery, PeopleQuery):
    service = serializers.SlugField()


class DayQuery(VisitQuery):
    date = serializers.DateField()


class MonthQuery(VisitQuery):
    month = MonthField()


class FirstFreeAnswer(serializers.Serializer):  # type: ignore[type-arg]
    service_point = serializers.CharField()
    name = serializers.CharField()
    starts_at = serializers.DateTimeField(allow_null=True)
    distance_km = serializers.IntegerField(
        allow_null=True, help_text="As the crow flies; null where `near` was not asked."
    )


class FirstFreeList(serializers.Serializer):  # type: ignore[type-arg]
    service = serializers.CharField()
    people = people_field()
    service_points = FirstFreeAnswer(many=True)


class FreeTimesAnswer(serializers.Serializer):  # type: ignore[type-arg]
    service_point = serializers.CharField()
    service = serializers.CharField()
    people = people_field()
    date = serializers.DateField()
    last_bookable_date = serializers.DateField()
    times = serializers.ListField(child=serializers.DateTimeField())


class FreeDay(serializers.Serializer):  # type: ignore[type-arg]
    date = serializers.DateField()
    times = serializers.IntegerField(help_text="How many free times the day has.")


class FreeDaysAnswer(serializers.Serializer):  # type: ignore[type-arg]
    service_point = serializers.CharField()
    service = serializers.CharField()
    people = people_field()
    month = serializers.CharField()
    last_bookable_date = serializers.DateField()
    days = FreeDay(many=True)


class FirstFreeTimesView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @describe(
        "list_first_free_times",
        "The first free time of a service at each point, the earliest first",
        tag="free times",
        answer=FirstFreeList,
        query=SearchQuery,
        codes=["not_found"],
        refusals=[NotInOneVisit],
        public=True,
        description=(
            "Of the points that suit. With wishes, the first time that is as wished, and null "
            "where there is none."
        ),
    )
    def get(self, request: Request, slug: str) -> Response:
        asked = checked(SearchQuery, request.query_params)
        service = points.public_service(slug)
        wanted = wanted_of(asked)
        found = availability.first_free_times(
            service, asked["people"], wanted, _second(service, asked)
        )
        rows = [_first_free(row, wanted, asked["near"]) for row in found]
        if asked["order"] == "distance":
            rows.sort(key=lambda row: row["distance_km"])
        return Response({"service": slug, "people": asked["people"], "service_points": rows})


def _first_free(
    row: availability.FirstFree, wanted: Wanted, near: points.NamedPlace | None
) -> dict[str, Any]:
    point, starts_at = row
    in_time = starts_at and wanted.is_in_time(point, starts_at)
    return {
        "service_point": point.slug,
        "name": point.name,
        "starts_at": local_text(point, starts_at) if starts_at and in_time else None,
        "distance_km": near and near.place.km_to(point.place),
    }


class FreeTimesView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @describe(
        "list_free_times",
        "The free times of a day at a service point",
        tag="free times",
        answer=FreeTimesAnswer,
        query=DayQuery,
        codes=["not_found"],
        refusals=[NotInOneVisit],
        public=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        asked = checked(DayQuery, request.query_params)
        service, point = _service_here(asked["service"], slug)
        times = availability.free_times(
            service,
            point,
            asked["people"],
            asked["date"],
            wanted_of(asked),
            _second(service, asked),
        )
        return Response(
            {
                "service_point": slug,
                "service": service.slug,
                "people": asked["people"],
                "date": asked["date"].isoformat(),
                "last_bookable_date": point.last_bookable_date.isoformat(),
                "times": [local_text(point, time) for time in times],
            }
        )


class FreeDaysView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @describe(
        "list_free_days",
        "The days of a month that have free times at a service point, and how many",
        tag="free times",
        answer=FreeDaysAnswer,
        query=MonthQuery,
        codes=["not_found"],
        refusals=[NotInOneVisit],
        public=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        asked = checked(MonthQuery, request.query_params)
        service, point = _service_here(asked["service"], slug)
        first = asked["month"]
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        days = availability.free_days(
            service,
            point,
            asked["people"],
            first,
            last,
            wanted_of(asked),
            _second(service, asked),
        )
        return Response(
            {
                "service_point": slug,
                "service": service.slug,
                "people": asked["people"],
                "month": first.isoformat()[:7],
                "last_bookable_date": point.last_bookable_date.isoformat(),
                "days": [{"date": day.isoformat(), "times": n} for day, n in days.items()],
            }
        )


def _second(service: Service, asked: dict[str, Any]) -> Service | None:
    """Return the second service that is asked for; two that are no pair are refused."""
    second = known_second(asked["second_service"])
    operations.check_pair(service, second)
    return second


def _service_here(service_slug: str, point_slug: str) -> tuple[Service, ServicePoint]:
    """The point stands in the address, so an unknown one is 404; the service in the query."""
    try:
        return points.offered_service(service_slug, point_slug)
    except Http404:
        points.public_point(point_slug)
        return known_pair(service_slug, point_slug)
