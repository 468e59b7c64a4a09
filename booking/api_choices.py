"""What a program chooses: a service and a point by their slugs, and how many people."""

import uuid
from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts import access as accounts
from accounts.models import Mandate, User
from booking import availability
from booking.availability import Offered
from booking.models import MAX_PEOPLE
from servicepoints import access as points
from servicepoints.models import Service, ServicePoint


def people_field(**options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=MAX_PEOPLE, **options)


def known(field: str, fetch: Callable[[Any], Any], slug: Any) -> Any:
    """Return what `fetch` finds for a slug in a body or query; else the field is invalid."""
    try:
        return fetch(slug)
    except Http404 as error:
        raise serializers.ValidationError({field: [_("There is no such choice.")]}) from error


def known_client(user: User, mandate_id: uuid.UUID) -> Mandate:
    """Return the mandate that a body names, if `user` is its representative; else it is invalid."""
    return known("mandate", lambda wanted: accounts.own_client(user, wanted), mandate_id)


def known_pair(service: str, service_point: str) -> tuple[Service, ServicePoint]:
    """Return the service and the point that a body names; else the field is invalid."""
    try:
        return points.offered_service(service, service_point)
    except Http404:
        return (
            known("service", points.public_service, service),
            known("service_point", points.public_point, service_point),
        )


def known_visit(asked: dict[str, Any]) -> Offered:
    """Return the service and the point of the visit that a body asks for; else as `known_pair`."""
    slugs = asked["service"], asked["service_point"]
    if asked["second_service"] is None:
        offered = availability.offered_at(*slugs, asked["people"], asked["starts_at"])
        if offered and not offered.service_point.is_over:
            return offered
    return Offered(*known_pair(*slugs))


def known_second(slug: str | None) -> Service | None:
    """Return the second service that a body or a query names, if any; else it is invalid."""
    return known("second_service", points.public_service, slug) if slug else None
