"""What to bring and do for a service, by situation. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from servicepoints.bring_models import BringItem
from servicepoints.models import Service

Situation = BringItem.Situation


class SituationThings(NamedTuple):
    """What a situation asks for, in the reader's language."""

    situation: Situation
    title: str
    things: list[str]


def by_situation(service: Service, items: Iterable[BringItem]) -> list[SituationThings]:
    """Return what of `items` is asked for `service`, leaving out situations without any."""
    found: dict[str, list[str]] = {situation: [] for situation in Situation}
    for item in items:
        if item.service_id in (None, service.pk):
            found[item.situation].append(item.text)
    return [
        SituationThings(situation, str(situation.label), found[situation])
        for situation in Situation
        if found[situation]
    ]
