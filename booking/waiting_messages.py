"""What the waiting list tells people, through the outbox, in the language they joined in."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from booking.messages import date_text, time_text
from booking.models import Offer, WaitingListEntry
from notifications import outbox


def queue_joined(entry: WaitingListEntry) -> None:
    """Queue the mail that says they are on the list, and how it goes on."""
    _queue(entry, "waiting_joined", f"waiting-joined:{entry.pk}", {})


def queue_offer(offer: Offer) -> None:
    """Queue the offer of a time, with the link that answers it."""
    url = f"{settings.SITE_URL}{reverse('offer', args=[offer.code])}"
    _queue(offer.entry, "waiting_offer", f"offer:{offer.pk}", {"offer": offer, "url": url})


def queue_withdrawn(offer: Offer) -> None:
    """Queue the mail that an offered day was closed; the place in line stays."""
    _queue(offer.entry, "waiting_withdrawn", f"offer-withdrawn:{offer.pk}", {"offer": offer})


def queue_taken_off(entry: WaitingListEntry) -> None:
    """Queue the mail to someone who left offers unanswered."""
    _queue(entry, "waiting_taken_off", f"waiting-taken-off:{entry.pk}", {})


def queue_ended(entry: WaitingListEntry) -> None:
    """Queue the mail that the last day of the wait has passed."""
    _queue(entry, "waiting_ended", f"waiting-ended:{entry.pk}", {})


def _queue(entry: WaitingListEntry, template: str, key: str, more: dict[str, Any]) -> None:
    with translation.override(entry.language):
        offer = more.pop("offer", None)
        outbox.enqueue(
            key=key,
            template=template,
            to=entry.user.email,
            language=entry.language,
            context=_context(entry) | more | (_offered(offer) if offer else {}),
        )


def _context(entry: WaitingListEntry) -> dict[str, Any]:
    return {
        "service": entry.service.name,
        "points": ", ".join(point.name for point in entry.points.all()),
        "last_date": date_text(entry.last_date),
        "people": entry.people,
        "has_visit": entry.appointment_id is not None,
        "entry_url": f"{settings.SITE_URL}{reverse('waiting_entry', args=[entry.pk])}",
    }


def _offered(offer: Offer) -> dict[str, Any]:
    point = offer.freed.service_point
    local, until = offer.freed.starts_at, offer.expires_at
    local, until = local.astimezone(point.zone), until.astimezone(point.zone)
    return {
        "point": point.name,
        "address": f"{point.street_address}, {point.postal_code} {point.city}",
        "date": date_text(local.date()),
        "time": time_text(local),
        "until_date": date_text(until.date()),
        "until": time_text(until),
        "minutes": offer.minutes,
    }
