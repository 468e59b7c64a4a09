"""Every write of the supply that is more than saving one row."""

import datetime

from servicepoints.models import Offering


def continue_offering(offering: Offering, *, minutes: int, until: datetime.date | None) -> Offering:
    """
    Offer the same with other `minutes` from the day after `offering` ends, to the end of `until`.

    That is how shorter appointments are tried: visits booked already keep their minutes, and
    no day is left without an offering.
    """
    assert offering.valid_until is not None
    return Offering.objects.create(
        service=offering.service,
        service_point=offering.service_point,
        minutes=minutes,
        valid_from=offering.valid_until + datetime.timedelta(days=1),
        valid_until=until,
        bookable=offering.bookable,
        walk_in=offering.walk_in,
    )
