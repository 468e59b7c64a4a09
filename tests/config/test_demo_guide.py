"""The demo's guide says what the agency's rules are."""

import random

import pytest

from config.demo import guide, load
from servicepoints import access
from servicepoints.guide import Place, Tree
from servicepoints.guide_models import Ending, EndingReached
from tests.factories import make_group

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree():
    services = load._services()
    make_group(services=list(services.values()))
    guide.load_guide(services, random.Random(1))
    return Tree(access.published_guide())


def every_way(tree: Tree, answers: tuple[int, ...] = ()) -> list[Place]:
    """Every way through the guide, to its ending."""
    place = tree.walk(answers)
    if place.ending:
        return [place]
    return [
        way
        for choice in tree.choices(place.question)
        for way in every_way(tree, (*answers, choice.pk))
    ]


def services_led_to(tree: Tree, kind: str) -> set:
    return {way.service for way in every_way(tree) if way.ending.kind == kind}


def test_the_guide_has_few_questions_and_every_kind_of_ending(tree):
    assert 6 <= len(tree.questions) <= 10
    assert {row.kind for row in tree.endings.values()} == set(Ending.Kind)
    assert max(len(way.steps) for way in every_way(tree)) <= 5


def test_no_visit_is_promised_only_where_none_is_needed(tree):
    services = services_led_to(tree, Ending.Kind.NO_VISIT)
    assert services and all(service.without_visit for service in services)


def test_a_queue_number_is_promised_only_for_what_can_be_urgent(tree):
    services = services_led_to(tree, Ending.Kind.URGENT)
    assert services and all(service.can_be_urgent for service in services)


def test_every_service_can_be_booked_by_way_of_the_guide(tree):
    assert {service.slug for service in services_led_to(tree, Ending.Kind.BOOK)} == {
        row.slug for row in load.data.SERVICES
    }


def test_partner_offices_are_named_for_what_they_offer(tree):
    offered = {service.slug for service in services_led_to(tree, Ending.Kind.PARTNER) if service}
    assert offered == set(load.data.PARTNER_SERVICES)


def test_the_demo_has_figures_to_look_at(tree):
    assert EndingReached.objects.filter(ending__kind=Ending.Kind.NO_VISIT).count() > 500
