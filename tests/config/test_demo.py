"""The demo shows the agency of the summer of 2021: three months' wait."""

import statistics

import pytest
from django.utils import timezone

from booking import availability
from booking.models import Appointment
from config.demo import load
from servicepoints.models import Service

pytestmark = pytest.mark.django_db


def test_the_demo_has_a_mean_wait_of_about_three_months():
    load.load()
    load.open_today()
    first = availability.first_free_times(Service.objects.get(slug="work"), 1)
    waits = [(row.starts_at - timezone.now()).days for row in first if row.starts_at]
    assert len(waits) == 10
    assert 80 <= statistics.mean(waits) <= 100


def test_opening_today_twice_changes_nothing():
    load.load()
    load.open_today()
    before = Appointment.objects.count()
    load.open_today()
    assert Appointment.objects.count() == before
