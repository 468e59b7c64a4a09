"""What a request names by its slugs, in one short query each (see `rows`)."""

from typing import NamedTuple

from django.db import connection

from servicepoints.models import Service, ServicePoint
from servicepoints.rows import columns, instance, instances

_SERVICE = (
    f"SELECT {columns(Service, 'service')} FROM servicepoints_service service WHERE slug = %s"
)

_OFFERED = f"""
    SELECT {columns(Service, "service")}, {columns(ServicePoint, "point")}
    FROM servicepoints_offering offering
    JOIN servicepoints_service service ON service.id = offering.service_id
    JOIN servicepoints_servicepoint point ON point.id = offering.service_point_id
    WHERE service.slug = %s AND point.slug = %s
    LIMIT 1
"""


class Offered(NamedTuple):
    """A service and a point that offers it at some time."""

    service: Service
    service_point: ServicePoint


def service(slug: str) -> Service | None:
    """Return a service by its slug, if there is one."""
    with connection.cursor() as cursor:
        cursor.execute(_SERVICE, [slug])
        row = cursor.fetchone()
    return instance(Service, row) if row else None


def offered(service_slug: str, point_slug: str) -> Offered | None:
    """Return a service and a point by their slugs, if there is an offering of the two."""
    with connection.cursor() as cursor:
        cursor.execute(_OFFERED, [service_slug, point_slug])
        row = cursor.fetchone()
    return Offered(*instances(Service, ServicePoint, row)) if row else None
