"""The demo shows the agency of the summer of 2021: three months' wait."""

import datetime
import statistics
import zoneinfo
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from accounts.models import Mandate
from booking import availability
from booking.models import Appointment
from config import invariants
from config.demo import load
from servicepoints.models import Service

pytestmark = pytest.mark.django_db


HELSINKI = zoneinfo.ZoneInfo("Europe/Helsinki")
NIGHT, MORNING = (datetime.datetime(2026, 11, 25, hour, tzinfo=HELSINKI) for hour in (1, 11))


@pytest.fixture(scope="module")
def morning(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The demo as it was loaded at eleven; each test takes back what it changes."""
    with django_db_blocker.unblock(), transaction.atomic():
        with time_machine.travel(MORNING):
            load.load()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def at_eleven(morning) -> Iterator[Any]:
    with time_machine.travel(MORNING) as clock:
        yield clock


@time_machine.travel(NIGHT)
def test_the_demo_has_a_mean_wait_of_about_three_months_also_by_night():
    load.load()
    assert_a_wait_of_about_three_months()


@pytest.mark.usefixtures("at_eleven")
def test_the_demo_has_a_mean_wait_of_about_three_months():
    assert_a_wait_of_about_three_months()


def assert_a_wait_of_about_three_months() -> None:
    first = availability.first_free_times(Service.objects.get(slug="work"), 1)
    waits = [(row.starts_at - timezone.now()).days for row in first if row.starts_at]
    assert len(waits) == 10
    assert 80 <= statistics.mean(waits) <= 100


@pytest.mark.usefixtures("at_eleven")
def test_opening_today_twice_changes_nothing_and_the_demo_keeps_every_invariant():
    before = Appointment.objects.count()
    load.open_today()
    assert Appointment.objects.count() == before
    assert invariants.broken() == {}


@pytest.mark.usefixtures("at_eleven")
def test_the_demo_has_a_representative_of_two_clients():
    mandates = Mandate.objects.in_force().filter(representative__user__email=load.COUNSEL)
    assert load.APPLICANT in mandates.values_list("client_email", flat=True)
    assert mandates.count() == 2


def test_the_demo_applicant_has_a_visit_in_helsinki_on_the_next_day_too(at_eleven):
    at_eleven.shift(datetime.timedelta(days=1))
    load.open_today()
    visits = Appointment.objects.filter(user__email=load.APPLICANT).order_by("starts_at")
    assert [visit.starts_at.astimezone(HELSINKI).date() for visit in visits][-1] == (
        timezone.localdate()
    )
