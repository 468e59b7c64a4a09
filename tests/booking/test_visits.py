"""What the day reports of a visit: the visit and its people change together."""

from typing import Any

import pytest
from django.db import connection

from booking import operations
from booking.models import Appointment
from config import invariants
from tests.factories import make_appointment, make_slot

pytestmark = pytest.mark.django_db


def cut_off(execute: Any, sql: str, *details: Any) -> Any:
    """A line that breaks before the people are written."""
    if 'UPDATE "booking_attendee"' in sql:
        raise ConnectionError
    return execute(sql, *details)


def test_a_missed_visit_ends_for_its_people_too():
    visit = make_appointment(make_slot())

    assert operations.mark_missed(visit)
    assert not visit.attendees.filter(active=True).exists()


def test_a_visit_does_not_end_without_its_people():
    visit = make_appointment(make_slot())

    with pytest.raises(ConnectionError), connection.execute_wrapper(cut_off):
        operations.mark_missed(visit)

    assert Appointment.objects.get().status == "confirmed"
    assert invariants.broken() == {}


@pytest.mark.django_db(transaction=True)
def test_a_visit_ends_without_its_people_without_the_transaction():
    visit = make_appointment(make_slot())

    with pytest.raises(ConnectionError), connection.execute_wrapper(cut_off):
        Appointment.objects.filter(pk=visit.pk).update(status="missed")
        visit.attendees.update(active=False)

    assert list(invariants.broken()) == ["I2"]
