"""Booking by invitation, and the manager's pages about rights and reserved days."""

import datetime
import html
import re

import pytest

from accounts.models import Role
from booking import operations
from booking.answers import value_of
from booking.models import Appointment, BookingRight, Release, RightHolder
from tests.factories import (
    make_group,
    make_hold,
    make_point,
    make_reserved_slots,
    make_right,
    make_service,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def slot():
    [slot, _other] = make_reserved_slots(2)
    return slot


@pytest.fixture
def right(slot) -> BookingRight:
    return slot.release.reserved_for


@pytest.fixture
def code(right) -> str:
    return operations.new_codes(right, 1)[0]


def text_of(response) -> str:
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return html.unescape(" ".join(words.split()))


def answers(slot):
    group = slot.desk_group
    return {
        "service": group.services.get().slug,
        "point": group.service_point.slug,
        "people": "1",
    }


def type_code(client, code):
    return client.post("/book/invitation/", {"code": code})


# An invited person --------------------------------------------------------------------------


def test_a_code_leads_to_the_times_that_are_reserved(client, slot, code):
    assert type_code(client, code.lower()).url == "/book/invited/"
    response = client.get("/book/invited/times/", answers(slot))
    assert value_of(slot.starts_at) in response.content.decode()


def test_a_wrong_code_is_refused_and_counted(client, code):
    for _ in range(5):
        assert type_code(client, "AAAAAAAAAA").status_code == 422
    assert type_code(client, code).status_code == 429


def test_without_an_invitation_there_are_no_reserved_times(client, slot):
    assert client.get("/book/invited/").url == "/book/invitation/"
    assert client.get("/book/invited/times/", answers(slot)).url == "/book/invitation/"


def test_who_is_not_signed_in_comes_back_to_the_chosen_time(client, slot, code):
    type_code(client, code)
    chosen = answers(slot) | {"time": value_of(slot.starts_at)}
    to_sign_in = client.post("/book/invited/times/", chosen)
    assert "/login/" in to_sign_in.url
    client.force_login(make_user())
    page = client.get("/book/invited/times/", chosen).content.decode()
    assert re.search(rf'value="{value_of(slot.starts_at)}"[^>]* checked', page)


def test_an_invited_person_holds_a_reserved_time(client, slot, code, right):
    client.force_login(make_user())
    type_code(client, code)
    chosen = answers(slot) | {"time": value_of(slot.starts_at)}
    response = client.post("/book/invited/times/", chosen)
    held = Appointment.objects.get()
    assert response.url == f"/book/{held.pk}/details/"
    assert held.right_holder.right == right


def test_who_is_on_the_list_sees_the_invitation_after_signing_in(client, slot, right):
    operations.invite(right, ["amina@example.org"])
    client.force_login(make_user("amina@example.org"))
    assert right.name_en in text_of(client.get("/book/invitation/"))
    response = client.get("/book/invited/times/", answers(slot))
    assert value_of(slot.starts_at) in response.content.decode()


def test_a_reserved_time_just_taken_is_a_page_with_the_others(client, slot, code, right):
    other = operations.new_codes(right, 1)[0]
    holder = operations.holder_of_code(other, who="x", today=right.valid_from)
    make_hold(slot, invitation=holder)
    client.force_login(make_user())
    type_code(client, code)
    chosen = answers(slot) | {"time": value_of(slot.starts_at)}
    response = client.post("/book/invited/times/", chosen)
    assert response.status_code == 409
    later = slot.starts_at + datetime.timedelta(minutes=10)
    assert value_of(later) in response.content.decode()


def test_a_used_code_says_so(client, slot, code, right):
    client.force_login(make_user())
    type_code(client, code)
    chosen = answers(slot) | {"time": value_of(slot.starts_at)}
    client.post("/book/invited/times/", chosen)
    client.force_login(make_user())
    type_code(client, code)
    later = slot.starts_at + datetime.timedelta(minutes=10)
    response = client.post("/book/invited/times/", chosen | {"time": value_of(later)})
    assert response.status_code == 409
    assert "Your invitation has been used" in text_of(response)


def test_a_reserved_time_is_not_on_the_public_page(client, slot):
    page = client.get("/book/time/", answers(slot)).content.decode()
    assert value_of(slot.starts_at) not in page


# A manager ----------------------------------------------------------------------------------


@pytest.fixture
def group():
    service = make_service("passport", name_en="Alien's passport")
    return make_group(make_point("lahti", name_en="Lahti"), services=[service], desks=3)


@pytest.fixture
def manager(client, group):
    user = make_staff(group.service_point, Role.Kind.MANAGER)
    client.force_login(user)
    return user


def new_right(group, **changes):
    return {
        "name_fi": "Brexit",
        "name_sv": "Brexit",
        "name_en": "Brexit applicants",
        "services": [group.services.get().pk],
        "points": [group.service_point.pk],
        "valid_from_day": "1",
        "valid_from_month": "1",
        "valid_from_year": "2026",
        "valid_until_day": "31",
        "valid_until_month": "12",
        "valid_until_year": "2036",
        "max_uses": "40",
    } | changes


def test_a_manager_makes_a_right(client, manager, group):
    response = client.post("/manage/lahti/rights/new/", new_right(group))
    right = BookingRight.objects.get()
    assert response.url == f"/manage/lahti/rights/{right.pk}/"
    assert (right.name_en, right.max_uses, right.created_by) == ("Brexit applicants", 40, manager)


def test_a_right_is_not_for_a_point_that_somebody_else_manages(client, manager, group):
    elsewhere = make_point("elsewhere")
    response = client.post("/manage/lahti/rights/new/", new_right(group, points=[elsewhere.pk]))
    assert (response.status_code, BookingRight.objects.count()) == (422, 0)


def test_a_right_that_ends_before_it_begins_is_refused(client, manager, group):
    response = client.post("/manage/lahti/rights/new/", new_right(group, valid_until_year="2020"))
    assert "The last day cannot be before the first." in text_of(response)


@pytest.fixture
def own_right(group) -> BookingRight:
    return make_right(services=group.services.all(), points=[group.service_point])


def test_codes_are_shown_once(client, manager, own_right):
    address = f"/manage/lahti/rights/{own_right.pk}/"
    page = client.post(f"{address}codes/", {"count": "3", "uses": "1"}).content.decode()
    codes = re.findall(r"codes__code\">(\w{10})<", page)
    assert len(set(codes)) == 3
    again = client.get(address).content.decode()
    assert not any(code in again for code in codes)
    assert RightHolder.objects.filter(right=own_right).count() == 3


def test_a_list_of_addresses_is_read_however_it_is_pasted(client, manager, own_right):
    address = f"/manage/lahti/rights/{own_right.pk}/invite/"
    emails = "a@example.org\nB@example.org; c@example.org, a@example.org"
    response = client.post(address, {"emails": emails}, follow=True)
    assert "3 addresses are new." in text_of(response)


def test_a_list_with_something_else_in_it_says_what(client, manager, own_right):
    address = f"/manage/lahti/rights/{own_right.pk}/invite/"
    response = client.post(address, {"emails": "a@example.org\nnobody"})
    assert response.status_code == 422
    assert "This is not an e-mail address: nobody" in text_of(response)
    assert not RightHolder.objects.exists()


def test_a_right_that_is_also_for_another_point_is_not_this_managers(client, manager, group):
    shared = make_right(points=[group.service_point, make_point()])
    assert client.get(f"/manage/lahti/rights/{shared.pk}/").status_code == 404


def extra_day(group, right, **changes):
    day = group.service_point.today + datetime.timedelta(days=20)
    before = day - datetime.timedelta(days=3)
    return {
        "date_day": day.day,
        "date_month": day.month,
        "date_year": day.year,
        "opens_at": "9.00",
        "closes_at": "12.00",
        "desks": "3",
        "public_desks": "2",
        "release": "now",
        "policy": "at_once",
        "reserved_for": right.pk,
        "reserved_desks": "1",
        "returns_date_day": before.day,
        "returns_date_month": before.month,
        "returns_date_year": before.year,
        "returns_time": "9.00",
    } | changes


def test_the_preview_says_what_is_reserved_and_until_when(client, manager, group, own_right):
    response = client.post("/manage/lahti/extra/", extra_day(group, own_right))
    assert "Invited people: 1 desk" in text_of(response)
    assert "What is left is for everybody from" in text_of(response)


def test_an_extra_day_reserves_what_was_previewed(client, manager, group, own_right):
    answers = extra_day(group, own_right) | {"step": "open"}
    response = client.post("/manage/lahti/extra/", answers, follow=True)
    release = Release.objects.get()
    assert (release.reserved_for, release.reserved_desks) == (own_right, 1)
    assert "Invited people: 1 desk" in text_of(response)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reserved_desks": ""}, "Enter how many desks are reserved."),
        ({"reserved_desks": "3"}, "No more desks can be reserved than there are for bookings."),
        ({"returns_time": ""}, "Enter the time from which everybody can book them."),
        ({"returns_date_year": "2020"}, "The reserved times must return to everybody"),
    ],
)
def test_a_reservation_that_cannot_be_is_said_at_its_field(
    client, manager, group, own_right, changes, says
):
    response = client.post("/manage/lahti/extra/", extra_day(group, own_right, **changes))
    assert (response.status_code, says in text_of(response)) == (422, True)
