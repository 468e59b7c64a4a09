"""The demo shows the agency of the summer of 2021: three months' wait."""

import datetime
import statistics
import zoneinfo

import pytest
from django.utils import timezone

from accounts.models import Mandate
from booking import availability
from booking.models import Appointment
from config import invariants
from config.demo import load
from servicepoints.models import Service

pytestmark = pytest.mark.django_db


HELSINKI = zoneinfo.ZoneInfo("Europe/Helsinki")


@pytest.mark.parametrize("hour", [1, 11])
def test_the_demo_has_a_mean_wait_of_about_three_months_at_any_hour(time_machine, hour):
    time_machine.move_to(datetime.datetime(2026, 11, 25, hour, tzinfo=HELSINKI))
    load.load()
    first = availability.first_free_times(Service.objects.get(slug="work"), 1)
    waits = [(row.starts_at - timezone.now()).days for row in first if row.starts_at]
    assert len(waits) == 10
    assert 80 <= statistics.mean(waits) <= 100


def test_opening_today_twice_changes_nothing_and_the_demo_keeps_every_invariant():
    load.load()
    before = Appointment.objects.count()
    load.open_today()
    assert Appointment.objects.count() == before
    assert invariants.broken() == {}


def test_the_demo_has_a_representative_of_two_clients():
    load.load()
    mandates = Mandate.objects.in_force().filter(representative__user__email=load.COUNSEL)
    assert load.APPLICANT in mandates.values_list("client_email", flat=True)
    assert mandates.count() == 2


def test_the_demo_applicant_has_a_visit_in_helsinki_on_the_next_day_too(time_machine):
    time_machine.move_to(datetime.datetime(2026, 11, 25, 11, tzinfo=HELSINKI))
    load.load()
    time_machine.shift(datetime.timedelta(days=1))
    load.open_today()
    visits = Appointment.objects.filter(user__email=load.APPLICANT).order_by("starts_at")
    assert [visit.starts_at.astimezone(HELSINKI).date() for visit in visits][-1] == (
        timezone.localdate()
    )
