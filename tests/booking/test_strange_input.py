"""Whatever stands in an address or is typed into a form, nothing breaks and nobody gets a 500."""

from urllib.parse import quote_from_bytes, urlencode

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.answers import value_of
from booking.models import Appointment, Slot
from tests.factories import (
    let_expire,
    make_group,
    make_hold,
    make_point,
    make_service,
    make_slots,
    make_user,
    next_morning,
)

pytestmark = pytest.mark.django_db

# The same examples in every run; the rows of one example may be there for the next.
strange = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
FINE = {200, 302, 400, 404, 405, 409, 410, 422}

# What could be right, and what only nearly is.
VALUES = {
    "service": ["study", "STUDY", "study ", "citizenship"],
    "people": ["1", "6", "0", "7", "-1", "+1", "1.0", "1e3", "０１", "٣", "9" * 5000],
    "point": ["lahti", "Lahti", "vaasa", "../lahti"],
    "time": [
        value_of(next_morning()),
        value_of(next_morning(-7)),
        value_of(next_morning(400)),
        "2026-12-14",
        "2026-12-14T09:20",
        "2026-02-30T09:20Z",
        "2026-12-14T09:20:61Z",
        "2026-12-14T09:20+23:59",
        "2026-12-14T09:20+99:00",
        "1901-01-01T00:00+14:00",
        "2999-12-31T23:59-12:00",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-12:00",
        "2026-W51-1T09:20Z",
        "1765696800",
    ],
    "date": ["0001-01-01", "9999-12-31", "2026-13-01", "2027-02-29", "tomorrow", "2026-1-1"],
    "month": ["0001-01", "9999-12", "2026-00", "2026-12-01", "12-2026"],
    "request": ["8d6f0a5e-6c0e-4e55-9f2e-5c0d3b1f7a11", "8d6f", "{}"],
    "page": ["0", "-1", "1e9"],
}
ANYTHING = st.text(max_size=40) | st.sampled_from(["", "\x00", "'", "%", "🙂", "\u202e", "[]"])


@st.composite
def queries(draw) -> list[tuple[str, str]]:
    """Some answers, each right, nearly right or anything; also twice, and under any name."""
    names = draw(st.lists(st.sampled_from([*VALUES]) | st.text(max_size=8), max_size=8))
    right = {"service": "study", "people": "1", "point": "lahti", "time": VALUES["time"][0]}
    kept = draw(st.sets(st.sampled_from([*right])))
    values = [(name, draw(st.sampled_from(VALUES.get(name, [""])) | ANYTHING)) for name in names]
    return [(name, right[name]) for name in kept] + values


@pytest.fixture
def slots() -> list[Slot]:
    service = make_service("study")
    make_service("citizenship")
    make_group(make_point("vaasa"))
    return make_slots(make_group(make_point("lahti"), services=[service]), 6)


@pytest.fixture
def user(client):
    user = make_user()
    client.force_login(user)
    return user


@pytest.mark.parametrize("step", ["", "people/", "point/", "time/", "hold/"])
@strange
@given(query=queries())
def test_no_address_of_booking_breaks(client, slots, step, query):
    assert client.get(f"/book/{step}?{urlencode(query)}").status_code in FINE


@strange
@given(sent=st.binary(max_size=60))
def test_no_bytes_in_an_address_break_a_page(client, slots, sent):
    odd = quote_from_bytes(sent)
    for page in ("/", "/book/", "/visits/"):
        assert client.get(f"{page}?service=study&people={odd}&{odd}={odd}").status_code in FINE
    assert client.get(f"/points/{odd}/").status_code in FINE
    assert client.get(f"/t/{odd}/").status_code in FINE


@strange
@given(query=queries())
def test_no_time_that_is_sent_breaks_holding_it(client, slots, user, query):
    response = client.post("/book/hold/", dict(query))
    assert response.status_code in FINE
    held = Appointment.objects.filter(status="held").aggregate(cells=Sum("cells"))
    taken = Slot.objects.aggregate(cells=Sum("taken"))
    assert (taken["cells"] or 0) == (held["cells"] or 0)


@strange
@given(query=queries())
def test_no_answer_breaks_moving_a_visit(client, slots, user, query):
    visit = make_hold(slots[0], user=user)
    Appointment.objects.filter(pk=visit.pk).update(status="confirmed", confirmed_at=next_morning())
    for step in ("time", "check"):
        address = f"/visits/{visit.pk}/move/{step}/"
        assert client.get(f"{address}?{urlencode(query)}").status_code in FINE
    response = client.post(f"/visits/{visit.pk}/move/check/", dict(query))
    assert response.status_code in FINE
    Appointment.objects.all().delete()
    Slot.objects.update(taken=0)


DIGITS = st.sampled_from(["1", "31", "2", "1990", "0", "-5", "9" * 5000, "١"]) | ANYTHING


@strange
@given(name=ANYTHING, day=DIGITS, month=DIGITS, year=DIGITS, phone=ANYTHING)
def test_nothing_that_is_typed_breaks_the_names(client, slots, user, name, day, month, year, phone):
    held = make_hold(slots[0], user=user)
    typed = {"p1-name": name, "contact-phone": phone}
    for part, value in (("day", day), ("month", month), ("year", year)):
        typed[f"p1-birth_date_{part}"] = value
    response = client.post(f"/book/{held.pk}/details/", typed)
    assert response.status_code in {302, 422}
    assert client.get(f"/book/{held.pk}/details/").status_code == 200
    assert client.get(f"/book/{held.pk}/check/").status_code in {200, 302}
    let_expire(held)
