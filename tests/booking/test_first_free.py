"""The first free time of each point."""

import datetime

import pytest
from django.utils import timezone

from booking import availability
from booking.models import Slot
from servicepoints.models import Offering, Service, ServicePoint
from tests.factories import (
    let_expire,
    make_group,
    make_hold,
    make_point,
    make_service,
    make_slot,
    make_slots,
    next_morning,
)

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


def first_free(slot: Slot, service: Service | None = None) -> datetime.datetime | None:
    """The first free time at the only point."""
    (found,) = availability.first_free_times(service or slot.desk_group.services.get(), 1)
    return found.starts_at


def fill(*slots: Slot) -> None:
    Slot.objects.filter(pk__in=[slot.pk for slot in slots]).update(taken=1)


def test_it_is_the_start_of_enough_cells_in_a_row():
    group = make_group(services=[make_service(minutes=30)])
    slots = make_slots(group, 8)
    fill(slots[2], slots[4])
    assert first_free(slots[0]) == slots[5].starts_at


def test_there_is_none_where_no_run_is_long_enough():
    slots = make_slots(make_group(services=[make_service(minutes=30)]), 8)
    fill(slots[2], slots[5])
    assert first_free(slots[0]) is None


def test_it_is_the_earliest_of_all_groups_of_the_point():
    service, point = make_service(), make_point()
    late, early = (make_group(point, services=[service]) for _ in range(2))
    slot = make_slot(early, starts_at=next_morning(3))
    make_slot(late, starts_at=next_morning(9))
    assert first_free(slot) == slot.starts_at


def test_a_hold_that_has_run_out_completes_a_run():
    service = make_service(minutes=30)
    group = make_group(services=[service, make_service(minutes=10)])
    slots = make_slots(group, 8)
    let_expire(make_hold(slots[1], people=1))
    fill(slots[4])
    assert first_free(slots[0], service) == slots[0].starts_at


def test_a_hold_that_lasts_completes_none():
    slots = make_slots(make_group(services=[make_service(minutes=20)]), 4)
    make_hold(slots[0])
    assert first_free(slots[0]) == slots[2].starts_at


def test_a_freed_time_of_one_group_does_not_hide_the_earlier_one_of_another():
    service, point = make_service(), make_point()
    one, other = (make_group(point, services=[service]) for _ in range(2))
    freed = make_slot(one, starts_at=next_morning(9))
    let_expire(make_hold(freed))
    slot = make_slot(other, starts_at=next_morning(3))
    assert first_free(slot) == slot.starts_at


@pytest.mark.parametrize(("cells", "fits"), [(2, True), (3, False)])
def test_a_visit_ends_before_its_offering_does(cells, fits):
    service = make_service(minutes=10 * cells)
    group = make_group(services=[service])
    point = group.service_point
    last = next_morning().date()
    midnight = point.day_bounds(last)[1]
    make_slots(group, 6, starts_at=midnight - datetime.timedelta(minutes=20))
    Offering.objects.update(valid_until=last)
    found = availability.first_free_times(service, 1)[0].starts_at
    assert found == (midnight - datetime.timedelta(minutes=20) if fits else None)


def test_an_offering_that_begins_later_has_no_time_before():
    group = make_group()
    early, late = make_slot(group, starts_at=next_morning(3)), make_slot(group)
    Offering.objects.update(valid_from=late.starts_at.date())
    assert first_free(early) == late.starts_at


def test_shorter_appointments_are_free_where_the_longer_ones_were_not():
    service = make_service(minutes=20)
    group = make_group(services=[service])
    one, other = make_slot(group, starts_at=next_morning(3)), make_slot(group)
    Offering.objects.update(valid_until=one.starts_at.date())
    Offering.objects.create(
        service=service,
        service_point=group.service_point,
        minutes=10,
        valid_from=one.starts_at.date() + DAY,
    )
    assert first_free(one) == other.starts_at


def test_a_time_beyond_the_horizon_is_none():
    group = make_group()
    _, after = group.service_point.day_bounds(group.service_point.last_bookable_date)
    slot = make_slot(group, starts_at=after)
    assert first_free(slot) is None


@pytest.mark.parametrize("bookable", [True, False])
@pytest.mark.parametrize("offered_until", [None, -1, 0, 1])
@pytest.mark.parametrize("point_until", [None, -1, 0, 1])
def test_the_points_are_those_that_offer_the_service(bookable, offered_until, point_until):
    today = timezone.localdate()
    service = make_service()
    group = make_group(services=[service])
    offering, point = Offering.objects.get(), group.service_point
    offering.bookable = bookable
    offering.valid_until = None if offered_until is None else today + DAY * offered_until
    point.valid_until = None if point_until is None else today + DAY * point_until
    offering.save()
    point.save()
    found = [row.service_point for row in availability.first_free_times(service, 1)]
    assert found == list(ServicePoint.objects.offering(service))
    assert bool(found) == (bookable and offered_until != -1 and point_until != -1)


def test_a_point_is_loaded_whole():
    slot = make_slot()
    (found,) = availability.first_free_times(slot.desk_group.services.get(), 1)
    point = ServicePoint.objects.get()
    assert vars(found.service_point) | {"_state": 0} == vars(point) | {"_state": 0}
