"""The supply: what is offered, where, when and by how many desks."""

from servicepoints.models.desks import DateOverride, Desk, DeskGroup, Opening
from servicepoints.models.points import (
    DateRange,
    Offering,
    Service,
    ServicePoint,
    validate_time_zone,
)

__all__ = [
    "DateOverride",
    "DateRange",
    "Desk",
    "DeskGroup",
    "Offering",
    "Opening",
    "Service",
    "ServicePoint",
    "validate_time_zone",
]
