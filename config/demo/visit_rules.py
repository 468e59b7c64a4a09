"""The demo's rules of a visit: what to bring, and which two matters may be one visit."""

from config.demo import data
from servicepoints.bring_models import BringItem
from servicepoints.languages import in_every_language
from servicepoints.models import Service
from servicepoints.pair_models import ServicePair


def load_visit_rules(services: dict[str, Service]) -> None:
    """Put the rules of these services, by their slugs, into an empty database."""
    _bring_items(services)
    _pairs(services)


def _bring_items(services: dict[str, Service]) -> None:
    BringItem.objects.bulk_create(
        BringItem(
            situation=situation,
            service=services[slug] if slug else None,
            position=position,
            **dict(zip(in_every_language("text"), in_languages, strict=True)),
        )
        for situation, items in data.BRING_ITEMS.items()
        for position, (slug, *in_languages) in enumerate(items)
    )


def _pairs(services: dict[str, Service]) -> None:
    """A permit and a travel document that are handed in together need one visit (facts.md)."""
    permits, documents = (
        [service for service in services.values() if service.category == category]
        for category in (Service.Category.RESIDENCE_PERMIT, Service.Category.TRAVEL_DOCUMENT)
    )
    ServicePair.objects.bulk_create(
        ServicePair(one=permit, other=document) for permit in permits for document in documents
    )
