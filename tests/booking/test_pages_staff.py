"""Pages under /desk/ about visits: find one, book for somebody, move, cancel, print."""

import datetime
import html
import re
import uuid

import pytest
from django.test import Client

from booking import operations
from booking.answers import value_of
from booking.models import Appointment, Slot
from servicepoints.models import Offering
from servicepoints.pair_models import ServicePair
from tests.factories import (
    let_expire,
    make_appointment,
    make_group,
    make_person,
    make_point,
    make_service,
    make_slots,
    make_staff,
    make_staff_hold,
    make_staff_visit,
    make_user,
)

pytestmark = pytest.mark.django_db

WHY = "The permit expires tomorrow"
PERSON = {
    "p1-name": "Grace Okonkwo",
    "p1-birth_date_day": "17",
    "p1-birth_date_month": "5",
    "p1-birth_date_year": "1990",
    "contact-language": "en",
}


@pytest.fixture
def group():
    service = make_service("passport", name_en="Alien's passport")
    return make_group(make_point("lahti", name_en="Lahti"), services=[service], desks=2)


@pytest.fixture
def slots(group):
    return make_slots(group, 3, capacity=2, public_capacity=1)


@pytest.fixture
def clerk(client, group) -> object:
    user = make_staff(group.service_point)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


def text_of(response) -> str:
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return html.unescape(" ".join(words.split()))


def find(client, **answers):
    return client.post("/desk/lahti/visits/", answers)


def at(slot):
    zone = slot.desk_group.service_point.zone
    date = slot.starts_at.astimezone(zone).date()
    return {"date_day": date.day, "date_month": date.month, "date_year": date.year}


def times_url(slot):
    query = {"service": "passport", "people": 1} | at(slot)
    return "/desk/lahti/book/time/?" + "&".join(f"{k}={v}" for k, v in query.items())


def choose(client, slot, **more):
    answers = {"service": "passport", "people": "1", "time": value_of(slot.starts_at)}
    return client.post("/desk/lahti/book/time/", answers | more)


# Finding ------------------------------------------------------------------------------------


def test_a_visit_is_found_by_its_reference_as_people_say_it(client, clerk, slots):
    visit = make_appointment(slots[0])
    spoken = f"{visit.reference[:5].lower()} {visit.reference[5:]}"
    assert find(client, reference=spoken).url == f"/desk/lahti/visits/{visit.pk}/"


def test_a_visit_is_found_by_name_and_date_of_birth_however_it_is_spelled(client, clerk, slots):
    person = make_person("Grace Okonkwo", datetime.date(1990, 5, 17))
    visit = make_appointment(slots[0], people=[person])
    born = {"birth_date_day": "17", "birth_date_month": "5", "birth_date_year": "1990"}
    assert str(visit.pk) in find(client, name=" grace  OKONKWO", **born).url


def test_visits_of_one_address_are_listed(client, clerk, slots):
    user = make_user("amina@example.org")
    visits = [make_appointment(slot, user=user) for slot in slots[:2]]
    page = find(client, email="Amina@Example.org").content.decode()
    assert all(f"/desk/lahti/visits/{visit.pk}/" in page for visit in visits)


def test_a_visit_at_another_point_is_not_found(client, clerk):
    elsewhere = make_slots(make_group(), 1)[0]
    visit = make_appointment(elsewhere)
    assert "There is no such visit" in text_of(find(client, reference=visit.reference))


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({}, "Write the reference, the name and the date of birth, or the e-mail address."),
        ({"name": "Grace"}, "Enter the date of birth as well as the name."),
        (
            {"birth_date_day": "1", "birth_date_month": "2", "birth_date_year": "1990"},
            "Write the name as well as the date of birth.",
        ),
        ({"email": "grace"}, "Write the whole e-mail address"),
    ],
)
def test_a_name_alone_finds_nobody(client, clerk, answers, says):
    response = find(client, **answers)
    assert (response.status_code, says in text_of(response)) == (422, True)


def test_a_list_of_found_visits_takes_as_many_queries_for_many(
    client, clerk, group, django_assert_num_queries
):
    for number in range(6):
        [slot] = make_slots(group, 1, starts_at=None if number == 0 else next_slot(group))
        make_staff_visit(slot, email="amina@example.org" if number < 3 else "")
    with django_assert_num_queries(7):
        find(client, email="amina@example.org")


def next_slot(group):
    last = Slot.objects.filter(desk_group=group).order_by("-starts_at").first()
    return last.starts_at + datetime.timedelta(minutes=group.grid_minutes)


# Booking ------------------------------------------------------------------------------------


def test_the_times_that_only_staff_can_book_stand_apart(client, clerk, slots):
    make_appointment(slots[0])
    page = client.get(times_url(slots[0])).content.decode()
    public, beyond = page.split("Beyond the public capacity")
    assert value_of(slots[1].starts_at) in public and value_of(slots[1].starts_at) not in beyond
    assert value_of(slots[0].starts_at) in beyond and value_of(slots[0].starts_at) not in public


def test_a_clerk_books_for_somebody_without_an_address(client, clerk, slots):
    details = choose(client, slots[0]).url
    response = client.post(details, PERSON, follow=True)
    visit = Appointment.objects.get(status="confirmed")
    assert response.redirect_chain[-1][0] == f"/desk/lahti/visits/{visit.pk}/paper/"
    assert visit.reference in text_of(response)
    assert "There is no address: tell the person." in text_of(response)
    assert (visit.staff, visit.user, visit.email) == (clerk, None, "")


def test_the_paper_is_in_the_language_of_the_person(client, clerk, slots):
    visit = make_staff_visit(slots[0], language="fi")
    page = client.get(f"/desk/lahti/visits/{visit.pk}/paper/").content.decode()
    assert '<article class="paper" lang="fi"' in page and "Passi" in page
    assert "Print this page" in page


def test_somebody_with_an_address_is_told_by_mail(client, clerk, slots):
    details = choose(client, slots[0]).url
    answers = PERSON | {"contact-email": "grace@example.org"}
    response = client.post(details, answers, follow=True)
    assert "The person is told by e-mail." in text_of(response)
    assert Appointment.objects.get().user.email == "grace@example.org"


def test_a_time_beyond_is_refused_without_a_reason_and_taken_with_one(client, clerk, slots):
    make_appointment(slots[0])
    refused = choose(client, slots[0], reason="")
    assert (refused.status_code, "Say why." in text_of(refused)) == (422, True)
    taken = choose(client, slots[0], reason=WHY)
    assert taken.status_code == 302
    assert Appointment.objects.get(status="held").beyond_reason == WHY


def test_a_public_time_that_was_just_taken_is_shown_as_beyond(client, clerk, slots):
    make_appointment(slots[0])
    response = choose(client, slots[0])
    assert response.status_code == 409
    assert "To take it all the same, say why." in text_of(response)
    assert value_of(slots[0].starts_at) in response.content.decode()


def test_a_chosen_time_that_is_sent_twice_is_one_hold(client, clerk, slots):
    page_id = str(uuid.uuid4())
    first, second = (choose(client, slots[0], request=page_id).url for _ in range(2))
    assert first == second


def test_what_was_typed_stays_where_something_is_missing(client, clerk, slots):
    details = choose(client, slots[0]).url
    response = client.post(details, PERSON | {"p1-birth_date_year": ""})
    assert response.status_code == 422
    assert "Grace Okonkwo" in response.content.decode()


def test_a_hold_that_ran_out_is_booked_all_the_same_if_the_time_is_free(client, clerk, slots):
    details = choose(client, slots[0]).url
    let_expire(Appointment.objects.get())
    client.post(details, PERSON)
    assert Appointment.objects.get(status="confirmed").starts_at == slots[0].starts_at


def test_a_hold_that_ran_out_and_was_taken_keeps_what_was_typed(client, clerk, slots):
    details = choose(client, slots[0]).url
    let_expire(Appointment.objects.get())
    make_appointment(slots[0])
    response = client.post(details, PERSON)
    assert response.status_code == 409
    assert "Grace Okonkwo" in response.content.decode()


def test_a_hold_is_extended_without_complaints_about_what_is_not_typed_yet(client, clerk, slots):
    details = choose(client, slots[0]).url
    response = client.post(details, {"p1-name": "Grace", "extend": "yes"})
    assert response.status_code == 200
    assert 'value="Grace"' in response.content.decode()
    assert "error-summary" not in response.content.decode()


def test_a_second_visit_of_the_person_is_refused_with_the_first_named(client, clerk, slots):
    person = make_person("Grace Okonkwo", datetime.date(1990, 5, 17))
    first = make_appointment(slots[0], people=[person])
    details = choose(client, slots[1]).url
    response = client.post(details, PERSON)
    assert response.status_code == 409
    assert first.reference in text_of(response)


def test_a_hold_of_another_clerk_is_not_there(client, clerk, slots):
    held = make_staff_hold(slots[0])
    assert client.get(f"/desk/lahti/book/{held.pk}/").status_code == 404


def test_a_service_that_the_point_does_not_offer_is_refused(client, clerk):
    make_group(make_point("elsewhere"), services=[make_service("other")])
    response = client.get("/desk/lahti/book/time/?service=other&people=1")
    assert response.status_code == 422


# One visit ----------------------------------------------------------------------------------


def test_the_page_of_a_visit_says_who_did_what_and_why(client, clerk, slots):
    visit = make_staff_visit(slots[0], by=clerk)
    operations.move_for_somebody(visit, by=clerk, starts_at=slots[1].starts_at, reason="Ill")
    text = text_of(client.get(f"/desk/lahti/visits/{visit.pk}/"))
    assert f"{clerk} booked it for the person" in text
    assert f"{clerk} moved it: from" in text and "Why: Ill" in text


def test_a_visit_of_another_point_is_not_there(client, clerk, group):
    visit = make_appointment(make_slots(make_group(), 1)[0])
    for page in ("", "move/", "cancel/", "paper/"):
        assert client.get(f"/desk/lahti/visits/{visit.pk}/{page}").status_code == 404


def test_staff_of_another_point_do_not_get_in(client, clerk, slots):
    visit = make_appointment(slots[0])
    stranger = Client()
    stranger.force_login(make_staff(make_point()))
    for page in ("", "move/", "cancel/", "paper/"):
        assert stranger.get(f"/desk/lahti/visits/{visit.pk}/{page}").status_code == 404


def test_a_clerk_moves_a_visit(client, clerk, slots):
    visit = make_appointment(slots[0])
    answers = {"time": value_of(slots[2].starts_at)}
    response = client.post(f"/desk/lahti/visits/{visit.pk}/move/", answers, follow=True)
    visit.refresh_from_db()
    assert visit.starts_at == slots[2].starts_at
    assert "The visit has a new time." in text_of(response)


def test_a_visit_for_two_matters_is_shown_and_moved_as_one(client, clerk, group, slots):
    other = make_service("permit", name_en="Residence permit: work")
    group.services.add(other)
    Offering.objects.create(
        service=other, service_point=group.service_point, valid_from=datetime.date(2020, 1, 1)
    )
    passport = group.services.get(slug="passport")
    ServicePair.objects.create(one=passport, other=other)
    held = operations.hold(
        user=make_user(),
        service=passport,
        second_service=other,
        service_point=group.service_point,
        starts_at=slots[0].starts_at,
        people=1,
    )
    visit = operations.confirm(held, people=[make_person()])
    assert "Residence permit: work" in text_of(client.get(f"/desk/lahti/visits/{visit.pk}/"))
    page = client.get(f"/desk/lahti/visits/{visit.pk}/move/", at(slots[0])).content.decode()
    # One public cell is left, which is too short for both.
    assert "The public has no free times on this day." in page


def test_a_clerk_moves_a_visit_beyond_the_public_capacity(client, clerk, slots):
    visit = make_appointment(slots[0])
    make_appointment(slots[2])
    answers = {"time": value_of(slots[2].starts_at)}
    address = f"/desk/lahti/visits/{visit.pk}/move/"
    assert client.post(address, answers).status_code == 409
    assert client.post(address, answers | {"reason": WHY}).status_code == 302
    assert visit.events.get().reason == WHY


def test_a_clerk_cancels_with_a_reason(client, clerk, slots):
    visit = make_appointment(slots[0])
    address = f"/desk/lahti/visits/{visit.pk}/cancel/"
    assert client.post(address, {"reason": ""}).status_code == 422
    text = text_of(client.post(address, {"reason": "Asked by phone"}, follow=True))
    assert "The visit is cancelled." in text and "Why: Asked by phone" in text


def test_a_visit_that_is_over_offers_neither_a_move_nor_a_cancellation(client, clerk, slots):
    visit = make_appointment(slots[0])
    operations.cancel(visit)
    page = client.get(f"/desk/lahti/visits/{visit.pk}/").content.decode()
    assert "/move/" not in page and "/cancel/" not in page
    for each in ("move/", "cancel/", "paper/"):
        assert client.get(f"/desk/lahti/visits/{visit.pk}/{each}").status_code == 302
