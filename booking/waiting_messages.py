"""What the waiting list tells people, through the outbox, in the language they joined in."""

import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from booking.messages import date_text, tell, time_and_place, time_text
from booking.models import Offer, WaitingListEntry
from notifications import outbox


def queue_joined(entry: WaitingListEntry) -> None:
    """Queue the mail that says they are on the list, and how it goes on."""
    _queue(entry, "waiting_joined", f"waiting-joined:{entry.pk}")


def queue_offer(offer: Offer) -> None:
    """Queue the offer of a time, with the link that answers it; it goes out in time or never."""
    key = f"offer:{offer.pk}"
    _queue(offer.entry, "waiting_offer", key, offer, not_after=offer.expires_at)


def queue_withdrawn(offer: Offer) -> None:
    """Queue what says that an offered day was closed; the place in line stays."""
    outbox.withdraw([f"offer:{offer.pk}"])
    _queue(offer.entry, "waiting_withdrawn", f"offer-withdrawn:{offer.pk}", offer)


def queue_taken_off(entry: WaitingListEntry) -> None:
    """Queue the mail to someone who left offers unanswered."""
    _queue(entry, "waiting_taken_off", f"waiting-taken-off:{entry.pk}")


def queue_ended(entry: WaitingListEntry) -> None:
    """Queue the mail that the last day of the wait has passed."""
    _queue(entry, "waiting_ended", f"waiting-ended:{entry.pk}")


def _queue(
    entry: WaitingListEntry,
    template: str,
    key: str,
    offer: Offer | None = None,
    *,
    not_after: datetime.datetime | None = None,
) -> None:
    with translation.override(entry.language):
        tell(
            email=entry.user.email,
            phone=entry.phone,
            key=key,
            template=template,
            language=entry.language,
            context=_context(entry) | (_offered(offer) if offer else {}),
            not_after=not_after,
        )


def _context(entry: WaitingListEntry) -> dict[str, Any]:
    return {
        "service": entry.service_names,
        "points": ", ".join(point.name for point in entry.points.all()),
        "last_date": date_text(entry.last_date),
        "people": entry.people,
        "has_visit": entry.appointment_id is not None,
        "entry_url": f"{settings.SITE_URL}{reverse('waiting_entry', args=[entry.pk])}",
    }


def _offered(offer: Offer) -> dict[str, Any]:
    point = offer.freed.service_point
    until = offer.expires_at.astimezone(point.zone)
    return {
        "until_date": date_text(until.date()),
        "until": time_text(until),
        "minutes": offer.minutes,
        "url": f"{settings.SITE_URL}{reverse('offer', args=[offer.code])}",
        **time_and_place(offer.freed.starts_at, point),
    }
