"""Invited people through the API: the reserved times, and a hold by code or address."""

import pytest

from booking import operations
from booking.models import Appointment
from tests.api.conftest import code_of
from tests.api.test_appointments import hold_body
from tests.factories import make_reserved_slots, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def slot():
    return make_reserved_slots(1)[0]


@pytest.fixture
def code(slot) -> str:
    return operations.new_codes(slot.release.reserved_for, 1)[0]


def times_body(slot, **changes):
    body = hold_body(slot)
    return {name: body[name] for name in ("service", "service_point", "people")} | changes


def test_a_code_shows_the_reserved_times_and_holds_one(signed_in, slot, code):
    client = signed_in(make_user())
    answer = client.call("POST", "reserved-times", times_body(slot, right_code=code))
    zone = slot.desk_group.service_point.zone
    assert answer.json()["times"] == [slot.starts_at.astimezone(zone).isoformat()]
    held = client.call("POST", "appointments", hold_body(slot, right_code=code))
    assert held.status_code == 201
    assert Appointment.objects.get().right_holder is not None


def test_an_invited_address_needs_no_code(signed_in, slot):
    operations.invite(slot.release.reserved_for, ["amina@example.org"])
    client = signed_in(make_user("amina@example.org"))
    assert len(client.call("POST", "reserved-times", times_body(slot)).json()["times"]) == 1
    assert client.call("POST", "appointments", hold_body(slot)).status_code == 201


def test_without_an_invitation_there_are_no_reserved_times(signed_in, slot):
    client = signed_in(make_user())
    assert code_of(client.call("POST", "reserved-times", times_body(slot))) == (404, "not_found")
    assert code_of(client.call("POST", "appointments", hold_body(slot))) == (409, "time_taken")


def test_wrong_codes_are_refused_and_counted(signed_in, slot, code):
    client = signed_in(make_user())
    for _ in range(5):
        answer = client.call("POST", "appointments", hold_body(slot, right_code="AAAAAAAAAA"))
        assert code_of(answer) == (422, "no_such_right")
    answer = client.call("POST", "appointments", hold_body(slot, right_code=code))
    assert code_of(answer) == (429, "too_many_tries")


def test_a_used_code_is_refused(signed_in, code):
    slot, *_others = make_reserved_slots(2)
    right = slot.release.reserved_for
    [used] = operations.new_codes(right, 1)
    first, second = (signed_in(make_user()) for _ in range(2))
    first.call("POST", "appointments", hold_body(slot, right_code=used))
    other = slot.release.slots.order_by("starts_at").last()
    answer = second.call("POST", "appointments", hold_body(other, right_code=used))
    assert code_of(answer) == (409, "right_used_up")


def test_a_code_for_something_else_is_refused(signed_in, slot, code):
    [elsewhere] = make_reserved_slots(1)
    answer = signed_in(make_user()).call(
        "POST", "appointments", hold_body(elsewhere, right_code=code)
    )
    assert code_of(answer) == (422, "right_does_not_fit")
