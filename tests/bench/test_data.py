"""The data of the bench suits the product, which goes on changing."""

import datetime

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from bench import data
from bench.visits import Visits
from booking import availability, operations
from booking.models import Appointment, Slot
from config import invariants
from servicepoints.models import Service, ServicePoint

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def little(monkeypatch) -> None:
    """One group at one point, from ten days before the free ones."""
    monkeypatch.setattr(data, "POINTS", 1)
    days = (data.last_date() - data.free_from()).days + 1
    monkeypatch.setattr(data, "DAYS", days + 10)
    data.make_points()
    data.add_services(1)


def test_the_first_days_are_booked_out_and_the_others_free():
    (first,) = availability.first_free_times(Service.objects.get(), people=1)
    assert first.starts_at == datetime.datetime.combine(data.free_from(), data.OPENS_AT)
    assert Slot.objects.count() == data.DAYS * data.CELLS
    assert Appointment.objects.count() == 10 * data.VISITS_A_DAY * data.PUBLIC_DESKS
    assert "I1" not in invariants.broken()


def test_a_visit_can_be_claimed_once_for_each_desk():
    visits = Visits(data.groups(), data.free_from(), data.last_date())
    visit = visits.visit(7)
    held = [
        operations.hold(
            user=User.objects.get(pk=pk),
            service=Service.objects.get(slug=visit.group.service),
            service_point=ServicePoint.objects.get(slug=visit.group.point),
            starts_at=visit.starts_at,
            people=1,
        )
        for pk in data.make_users(data.PUBLIC_DESKS)
    ]
    assert {(row.cells, row.minutes) for row in held} == {(data.CELLS_OF_VISIT, 30)}


def test_nothing_of_the_drop_is_free_before_it_is_released():
    slug = data.add_drop([data.free_from()], 2)
    service = Service.objects.get(slug=slug)
    (before,) = availability.first_free_times(service, people=1)
    operations.release_due()
    (after,) = availability.first_free_times(service, people=1)
    assert (before.starts_at, after.starts_at) == (
        None,
        datetime.datetime.combine(data.free_from(), data.OPENS_AT),
    )


def test_a_session_of_the_bench_is_signed_in():
    (session,) = data.sign_in(data.make_users(1))
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    assert client.get("/api/v1/appointments").status_code == 200
