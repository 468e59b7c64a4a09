"""What is offered where, under /api/v1/. Public."""

import datetime
from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_schema import describe
from servicepoints import access
from servicepoints.bring import Situation, by_situation
from servicepoints.bring_models import BringItem
from servicepoints.languages import Spoken
from servicepoints.models import Service, ServicePoint
from servicepoints.pair_models import ServicePair


class ServicePointAnswer(serializers.Serializer):  # type: ignore[type-arg]
    slug = serializers.CharField()
    name = serializers.CharField()
    street_address = serializers.CharField()
    postal_code = serializers.CharField()
    city = serializers.CharField()
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    time_zone = serializers.CharField()
    operator = serializers.ChoiceField(ServicePoint.Operator.choices)
    operator_name = serializers.CharField()
    step_free = serializers.BooleanField(
        help_text="Accessible with a wheelchair, from the street to the desks."
    )
    languages = serializers.ListField(
        child=serializers.ChoiceField(Spoken.choices),
        help_text="In which everybody is served there.",
    )
    last_bookable_date = serializers.DateField()


class ServicePointList(serializers.Serializer):  # type: ignore[type-arg]
    service_points = ServicePointAnswer(many=True)


class OneServicePoint(ServicePointAnswer):
    services = serializers.ListField(
        child=serializers.CharField(), help_text="The services that can be booked here today."
    )


class BringInSituation(serializers.Serializer):  # type: ignore[type-arg]
    situation = serializers.ChoiceField(Situation.choices)
    title = serializers.CharField()
    things = serializers.ListField(child=serializers.CharField())


class ServiceAnswer(serializers.Serializer):  # type: ignore[type-arg]
    slug = serializers.CharField()
    name = serializers.CharField()
    category = serializers.ChoiceField(Service.Category.choices)
    minutes = serializers.IntegerField(help_text="For one person, where a point has no own.")
    bring = serializers.ListField(
        child=serializers.CharField(), help_text="What everybody brings, whatever the situation."
    )
    bring_in_situations = BringInSituation(many=True)
    second_services = serializers.ListField(
        child=serializers.CharField(),
        help_text="Services that one visit can be for together with this one, at some point.",
    )
    can_be_urgent = serializers.BooleanField()
    without_visit = serializers.BooleanField()


class ServiceList(serializers.Serializer):  # type: ignore[type-arg]
    services = ServiceAnswer(many=True)


def local_text(point: ServicePoint, time: datetime.datetime) -> str:
    """Return an instant as ISO 8601 with the offset of the point's own zone (P6)."""
    return time.astimezone(point.zone).isoformat()


def point_answer(point: ServicePoint) -> dict[str, Any]:
    """Return what the API says about a point."""
    return {
        "slug": point.slug,
        "name": point.name,
        "street_address": point.street_address,
        "postal_code": point.postal_code,
        "city": point.city,
        "latitude": float(point.latitude),
        "longitude": float(point.longitude),
        "time_zone": point.time_zone,
        "operator": point.operator,
        "operator_name": point.operator_name,
        "step_free": point.step_free,
        "languages": point.languages,
        "last_bookable_date": point.last_bookable_date.isoformat(),
    }


def service_answer(
    service: Service, items: Sequence[BringItem], pairs: Sequence[ServicePair]
) -> dict[str, Any]:
    """Return what the API says about a service; `items` and `pairs` are those of every service."""
    both = [(pair.one, pair.other) for pair in pairs]
    return {
        "slug": service.slug,
        "name": service.name,
        "category": service.category,
        "minutes": service.minutes,
        "bring": service.bring,
        "bring_in_situations": [row._asdict() for row in by_situation(service, items)],
        "second_services": [
            second.slug
            for one, other in both
            for first, second in ((one, other), (other, one))
            if first == service
        ],
        "can_be_urgent": service.can_be_urgent,
        "without_visit": service.without_visit,
    }


class ServicePointsView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @describe(
        "list_service_points",
        "List the service points",
        tag="service points",
        answer=ServicePointList,
        public=True,
    )
    def get(self, request: Request) -> Response:
        return Response({"service_points": [point_answer(p) for p in access.public_points()]})


class ServicePointView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @describe(
        "get_service_point",
        "One service point and what can be booked there",
        tag="service points",
        answer=OneServicePoint,
        codes=["not_found"],
        public=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        point = access.public_point(slug)
        services = Service.objects.bookable_at(point).values_list("slug", flat=True)
        return Response(point_answer(point) | {"services": list(services)})


class ServicesView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @describe(
        "list_services",
        "List what a visit can be for",
        tag="service points",
        answer=ServiceList,
        public=True,
    )
    def get(self, request: Request) -> Response:
        items, pairs = list(BringItem.objects.all()), access.allowed_pairs()
        services = Service.objects.all()
        return Response({"services": [service_answer(row, items, pairs) for row in services]})
