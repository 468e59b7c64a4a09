"""Booking step by step, until a time is held: `/`, `/urgent/`, `/points/`, `/book/`."""

import datetime
import uuid

import pytest
from django.utils import timezone

from booking.answers import value_of
from booking.models import Appointment
from servicepoints.models import ServicePoint
from tests.factories import (
    make_appointment,
    make_group,
    make_hold,
    make_opening,
    make_point,
    make_service,
    make_slot,
    make_slots,
    make_user,
    next_morning,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def slot():
    service = make_service("study", name_en="Residence permit: study")
    group = make_group(make_point("lahti", name_en="Lahti"), services=[service])
    return make_slots(group, 3)[0]


def chosen(slot, **more):
    answers = {
        "service": "study",
        "people": "1",
        "point": "lahti",
        "time": value_of(slot.starts_at),
    }
    return answers | more


def test_the_start_page_shows_the_three_ways_and_the_first_free_times(client, slot):
    page = client.get("/").content.decode()
    assert all(f'href="/{way}/"' in page for way in ("book", "urgent", "visits"))
    assert "Lahti" in page
    assert f"{slot.starts_at.astimezone(slot.desk_group.service_point.zone).hour}.00" in page


def test_the_start_page_works_before_there_is_anything_to_book(client):
    assert client.get("/").status_code == 200


def test_the_start_page_survives_an_unknown_service(client, slot):
    assert client.get("/?service=\x00nothing").status_code == 200


def test_the_start_page_asks_the_database_as_often_for_many_points_as_for_one(
    client, slot, django_assert_num_queries
):
    for _ in range(5):
        make_slot(make_group(services=list(slot.desk_group.services.all())))
    with django_assert_num_queries(2):
        client.get("/?service=study")


def test_the_urgent_page_tells_the_rule_and_where_it_is_open_today(client):
    today = timezone.localdate()
    make_opening(make_group(make_point(name_en="Vaasa")), today.weekday())
    page = client.get("/urgent/").content.decode()
    assert "within three months" in page
    assert "Vaasa" in page


def test_the_urgent_page_asks_the_database_as_often_for_many_points_as_for_one(
    client, django_assert_num_queries
):
    for _ in range(5):
        make_opening(make_group(), 0)
    with django_assert_num_queries(5):
        client.get("/urgent/")


def test_the_page_of_a_point_shows_its_address_and_its_hours(client, time_machine):
    time_machine.move_to(datetime.datetime(2026, 11, 23, 8, tzinfo=datetime.UTC))  # a Monday
    point = make_point("oulu", street_address="Torikatu 1")
    make_opening(make_group(point), 0)
    page = client.get("/points/oulu/").content.decode()
    assert "Torikatu 1" in page
    assert "8.00–16.00" in page


def test_a_point_that_has_ended_or_never_was_is_not_found(client):
    make_point("visby", valid_until=datetime.date(2021, 1, 31))
    assert client.get("/points/visby/").status_code == 404
    assert client.get("/points/nowhere/").status_code == 404


def test_the_questions_lead_from_service_to_people_to_point_to_time(client, slot):
    assert 'value="study"' in client.get("/book/").content.decode()
    assert 'value="6"' in client.get("/book/people/?service=study").content.decode()
    points = client.get("/book/point/?service=study&people=1").content.decode()
    assert "/book/time/?service=study&amp;people=1&amp;point=lahti" in points
    times = client.get("/book/time/?service=study&people=1&point=lahti").content.decode()
    assert value_of(slot.starts_at) in times


def test_points_are_listed_by_their_first_free_time(client, slot):
    services = list(slot.desk_group.services.all())
    make_slot(make_group(make_point(name_en="Vaasa"), services=services), starts_at=next_morning(3))
    page = client.get("/book/point/?service=study&people=1").content.decode()
    assert page.index("Vaasa") < page.index("Lahti")


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/book/people/", "Choose what your visit is for."),
        ("/book/people/?service=nothing", "This service cannot be booked."),
        ("/book/people/?service=%00", "This service cannot be booked."),
        ("/book/point/?service=study&people=0", "One visit is for one to six people"),
        ("/book/point/?service=study&people=7", "One visit is for one to six people"),
        ("/book/point/?service=study&people=x", "One visit is for one to six people"),
        ("/book/point/?service=study", "Choose how many people come."),
        ("/book/time/?service=study&people=1&point=mars", "cannot be booked at that service point"),
        ("/book/time/?service=study&people=1", "Choose a service point."),
        ("/book/hold/?service=study&people=1&point=lahti", "Choose a time."),
        ("/book/hold/?service=study&people=1&point=lahti&time=noon", "There is no such time."),
        (
            "/book/hold/?service=study&people=1&point=lahti&time=9999-12-31T23:59Z",
            "There is no such time.",
        ),
    ],
)
def test_an_answer_that_cannot_be_right_is_asked_again(client, slot, address, says):
    response = client.get(address)
    page = response.content.decode()
    assert response.status_code == 422
    assert says in page
    assert "<title>Error:" in page
    assert page.count("There is a problem") == 1


def test_earlier_answers_are_kept_when_a_later_one_is_wrong(client, slot):
    page = client.get("/book/point/?service=study&people=7&point=lahti").content.decode()
    assert '<input type="hidden" name="service" value="study">' in page
    assert '<input type="hidden" name="point" value="lahti">' in page


def test_a_service_that_the_point_does_not_offer_is_refused_with_the_points_that_do(client, slot):
    make_group(make_point("vaasa"))
    response = client.get("/book/time/?service=study&people=1&point=vaasa")
    assert response.status_code == 422
    assert "Lahti" in response.content.decode()


@pytest.mark.parametrize(
    ("wanted", "status", "says"),
    [
        ("date=2020-01-01", 422, "already passed"),
        ("date=2099-01-01", 422, "at the latest"),
        ("date=9999-12-31", 422, "at the latest"),
        ("date=tomorrow", 422, "There is no such day."),
        ("month=2026-13", 422, "There is no such month."),
        ("month=2020-01", 200, ""),
    ],
)
def test_a_date_that_cannot_be_booked_is_explained_with_other_times(
    client, slot, wanted, status, says
):
    response = client.get(f"/book/time/?service=study&people=1&point=lahti&{wanted}")
    assert response.status_code == status
    assert says in response.content.decode()
    assert value_of(slot.starts_at) in response.content.decode()


def test_a_day_without_free_times_shows_the_next_ones(client, slot):
    date = (slot.starts_at - datetime.timedelta(days=2)).date()
    response = client.get(f"/book/time/?service=study&people=1&point=lahti&date={date}")
    assert response.status_code == 200
    assert "There are no free times on" in response.content.decode()
    assert value_of(slot.starts_at) in response.content.decode()


def test_a_point_without_free_times_says_what_to_do(client, slot):
    make_group(make_point("vaasa"), services=list(slot.desk_group.services.all()))
    page = client.get("/book/time/?service=study&people=1&point=vaasa").content.decode()
    assert "There are no free times here" in page
    assert "See the other service points" in page


def test_all_points_without_free_times_say_what_to_do(client):
    make_group(services=[make_service("study")])
    page = client.get("/book/point/?service=study&people=1").content.decode()
    assert "All times are taken" in page
    assert 'href="/urgent/"' in page


def test_htmx_gets_the_times_alone(client, slot):
    address = "/book/time/?service=study&people=1&point=lahti"
    fragment = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert value_of(slot.starts_at) in fragment


def test_the_back_button_gets_the_whole_page(client, slot):
    address = "/book/time/?service=study&people=1&point=lahti"
    back = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    response = client.get(address, headers=back)
    assert "<html" in response.content.decode()
    assert "HX-Request" in response["Vary"]


def test_the_times_page_pins_its_queries(client, slot, django_assert_max_num_queries):
    make_slots(slot.desk_group, 5, starts_at=slot.starts_at + datetime.timedelta(days=1))
    with django_assert_max_num_queries(30):
        client.get("/book/time/?service=study&people=1&point=lahti")


def test_a_stranger_signs_in_first_and_comes_back_to_the_chosen_time(client, slot):
    response = client.post("/book/hold/", chosen(slot))
    assert response.status_code == 302
    assert response.url.startswith("/account/login/?next=/book/hold/%3Fservice%3Dstudy")
    assert not Appointment.objects.exists()


def test_coming_back_changes_nothing_until_the_button_is_pressed(client, slot):
    client.force_login(make_user())
    page = client.get("/book/hold/", chosen(slot)).content.decode()
    assert "Keep this time" in page
    assert value_of(slot.starts_at) in page
    assert not Appointment.objects.exists()


def test_holding_a_time_leads_to_the_names(client, slot):
    client.force_login(make_user())
    response = client.post("/book/hold/", chosen(slot))
    held = Appointment.objects.get()
    assert (held.status, held.starts_at) == ("held", slot.starts_at)
    assert response.url == f"/book/{held.pk}/details/"


def test_pressing_the_button_of_one_page_twice_holds_once(client, slot):
    client.force_login(make_user())
    same_page = chosen(slot, request=str(uuid.uuid4()))
    first, second = client.post("/book/hold/", same_page), client.post("/book/hold/", same_page)
    assert first.url == second.url
    assert Appointment.objects.count() == 1


def test_going_back_and_choosing_another_time_on_the_same_page_holds_that_one(client, slot):
    client.force_login(make_user())
    page_id = str(uuid.uuid4())
    other = slot.starts_at + datetime.timedelta(minutes=10)
    client.post("/book/hold/", chosen(slot, request=page_id))
    client.post("/book/hold/", chosen(slot, request=page_id, time=value_of(other)))
    client.post("/book/hold/", chosen(slot, request=page_id))
    held = Appointment.objects.get(status="held")
    assert held.starts_at == slot.starts_at


def test_a_time_taken_in_between_is_a_page_with_the_next_times(client, slot):
    make_hold(slot)
    client.force_login(make_user())
    response = client.post("/book/hold/", chosen(slot))
    page = response.content.decode()
    assert response.status_code == 409
    assert "<title>Error: Someone else just took this time" in page
    assert value_of(slot.starts_at + datetime.timedelta(minutes=10)) in page
    assert '<input type="hidden" name="people" value="1">' in page


@pytest.mark.parametrize(
    ("shift", "says"),
    [
        (datetime.timedelta(days=-30), "already passed"),
        (datetime.timedelta(days=400), "too far ahead"),
        (datetime.timedelta(hours=12), "cannot be booked"),
    ],
)
def test_a_time_that_is_past_too_far_ahead_or_when_closed_is_refused(client, slot, shift, says):
    client.force_login(make_user())
    response = client.post("/book/hold/", chosen(slot, time=value_of(slot.starts_at + shift)))
    assert response.status_code == 422
    assert says in response.content.decode()
    assert value_of(slot.starts_at) in response.content.decode()


def test_who_has_as_many_times_as_one_can_is_shown_to_them(client, slot):
    user = make_user()
    for other in make_slots(make_group(), 3):
        make_appointment(other, user=user)
    client.force_login(user)
    response = client.post("/book/hold/", chosen(slot))
    assert response.status_code == 409
    assert "which is the most" in response.content.decode()
    assert 'href="/visits/"' in response.content.decode()


@pytest.mark.parametrize("step", ["", "people/", "point/", "time/"])
def test_the_questions_take_no_post(client, slot, step):
    assert client.post(f"/book/{step}", chosen(slot)).status_code == 405


def test_reading_pages_changes_nothing(client, slot):
    for address in ("/", "/urgent/", "/points/lahti/", "/book/"):
        client.get(address)
    client.get("/book/hold/", chosen(slot))
    slot.refresh_from_db()
    assert (slot.taken, Appointment.objects.count()) == (0, 0)
    assert ServicePoint.objects.count() == 1


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_page_of_a_point_that_opens_later_says_when_and_what_can_be_booked(client, language):
    point = make_point("oulu", valid_from=timezone.localdate() + datetime.timedelta(days=30))
    service = make_group(point).services.get()
    page = client.get("/points/oulu/", headers={"Accept-Language": language}).content.decode()
    assert str(point.valid_from.year) in page.split("<h2>")[0]
    assert service.slug in page
