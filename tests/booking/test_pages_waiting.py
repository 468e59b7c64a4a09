"""The pages of the waiting list: wishes, people, place in line, offer."""

import datetime
import html
import re

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from booking import operations
from booking.models import Appointment, Offer, WaitingListEntry
from notifications.models import Message
from servicepoints.models import ServicePoint
from tests.factories import (
    free,
    make_appointment,
    make_entry,
    make_group,
    make_slot,
    make_slots,
    make_user,
    make_wishes,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def slot():
    return make_slot()


@pytest.fixture
def applicant(client):
    user = make_user()
    client.force_login(user)
    return user


def wished(slot, **changes):
    """The query of someone who has chosen what they wish for."""
    last = timezone.localdate() + datetime.timedelta(days=60)
    return {
        "service": slot.desk_group.services.first().slug,
        "people": "1",
        "points": slot.desk_group.service_point.slug,
        "last_date_day": last.day,
        "last_date_month": last.month,
        "last_date_year": last.year,
        "time_of_day": "any",
        "notice": "2",
        **changes,
    }


def named(**changes):
    return {
        "p1-name": "Amina Ali",
        "p1-birth_date_day": "5",
        "p1-birth_date_month": "6",
        "p1-birth_date_year": "1990",
        "need-need": "3",
        "contact-phone": "",
        "request": "1c9f1f0e-3a53-4c8e-8f5b-6a1f5a3f7d11",
        **changes,
    }


def people_page(client, slot, **changes):
    return f"{reverse('waiting_people')}?{client_query(wished(slot, **changes))}"


def client_query(data):
    from urllib.parse import urlencode

    return urlencode(data, doseq=True)


def body(response):
    return response.content.decode()


def test_the_wishes_lead_to_the_people(client, slot):
    response = client.get(reverse("waiting_wishes"), wished(slot))
    assert response.status_code == 302
    assert response.url.startswith(reverse("waiting_people"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"points": []}, "Choose at least one service point."),
        ({"points": "no-such-point"}, "This service cannot be booked there."),
        ({"last_date_year": "2999"}, "You can book a time until"),
        ({"last_date_year": "2001"}, "This day has already passed."),
        ({"last_date_day": "32"}, "There is no such date."),
        ({"time_of_day": "x"}, "Select a valid choice."),
        ({"weekdays": ["9"]}, "Select a valid choice."),
    ],
)
def test_a_wrong_wish_says_why_and_loses_nothing(client, slot, changes, sentence):
    response = client.get(reverse("waiting_wishes"), wished(slot, **changes))
    assert response.status_code == 422
    # On top and at the field.
    assert body(response).count(sentence) == 2
    assert 'value="2" id="id_notice_0" class' not in body(response)
    assert body(response).count(" checked") >= 1


def test_joining_needs_a_sign_in_and_comes_back(client, slot):
    address = people_page(client, slot)
    response = client.get(address)
    assert response.status_code == 302
    assert "login" in response.url and "points" in response.url


def test_joining_leads_to_ones_place_in_line(client, applicant, slot):
    make_entry(slot)
    response = client.post(people_page(client, slot), named(), follow=True)
    assert "Your place in line" in body(response)
    assert ">2<" in body(response)
    assert WaitingListEntry.objects.filter(user=applicant, status="waiting").count() == 1


@pytest.mark.parametrize(("phone", "says"), [("09 123 4567", True), ("040 123 4567", False)])
def test_a_number_that_cannot_have_texts_is_kept_and_said(
    client, applicant, slot, settings, phone, says
):
    settings.SMS_BACKEND = "config.mailbox.send_sms"
    response = client.post(
        people_page(client, slot), named(**{"contact-phone": phone}), follow=True
    )
    assert phone in body(response)
    assert ("This number cannot have text messages." in body(response)) == says
    assert WaitingListEntry.objects.get(user=applicant).phone == phone


def test_pressing_join_twice_joins_once(client, applicant, slot):
    for _ in range(2):
        client.post(people_page(client, slot), named())
    assert WaitingListEntry.objects.count() == 1


def test_a_need_asks_for_its_date(client, applicant, slot):
    response = client.post(people_page(client, slot), named(**{"need-need": "1"}))
    assert response.status_code == 422
    assert body(response).count("Enter the date.") == 2
    assert 'value="Amina Ali"' in body(response)


def test_who_waits_already_is_told_and_loses_nothing(client, applicant, slot):
    client.post(people_page(client, slot), named())
    again = named(request="2c9f1f0e-3a53-4c8e-8f5b-6a1f5a3f7d22")
    response = client.post(people_page(client, slot), again)
    assert response.status_code == 409
    assert "on the waiting list for this service already" in body(response)
    assert 'value="Amina Ali"' in body(response)


def test_a_strangers_place_in_line_does_not_exist(client, applicant, slot):
    entry = make_entry(slot)
    assert client.get(reverse("waiting_entry", args=[entry.pk])).status_code == 404
    assert client.post(reverse("waiting_leave", args=[entry.pk])).status_code == 404


def test_leaving_is_a_press_of_a_button(client, applicant, slot):
    entry = make_entry(slot, user=applicant)
    address = reverse("waiting_leave", args=[entry.pk])
    assert client.get(address).status_code == 405
    response = client.post(address, follow=True)
    assert "You are not on this waiting list" in body(response)
    assert not WaitingListEntry.objects.waiting().exists()


def test_my_visits_show_where_one_waits(client, applicant, slot):
    entry = make_entry(slot, user=applicant)
    assert reverse("waiting_entry", args=[entry.pk]) in body(client.get("/visits/"))


def test_a_visit_can_wait_for_an_earlier_time(client, applicant):
    slots = make_slots(make_group(), 2)
    visit = make_appointment(slots[1], user=applicant)
    address = reverse("visit_earlier", args=[visit.pk])
    assert client.get(address).status_code == 200
    response = client.post(address, wished(slots[1]), follow=True)
    assert "Your place in line" in body(response)
    assert WaitingListEntry.objects.get().appointment == visit
    assert "waiting list for an earlier time" in body(client.get(f"/visits/{visit.pk}/"))


def test_who_wants_an_earlier_time_sees_those_that_are_free_now(client, applicant):
    slots = make_slots(make_group(), 6)
    visit = make_appointment(slots[4], user=applicant)
    page = body(client.get(reverse("visit_earlier", args=[visit.pk])))
    links = re.findall(r'href="([^"]*/move/check/[^"]*)"', page)
    assert "Free right now" in page and len(links) == 3
    assert "New time" in body(client.get(html.unescape(links[0])))


def test_who_waits_for_an_earlier_time_sees_what_is_free_at_the_chosen_points(client, applicant):
    slots = make_slots(make_group(), 2)
    visit = make_appointment(slots[1], user=applicant)
    wishes = make_wishes(visit.service_point)
    entry = operations.wait_for_earlier(visit, wishes=wishes)
    assert "Free right now" in body(client.get(reverse("waiting_entry", args=[entry.pk])))


def test_nothing_is_said_to_be_free_before_the_first_free_time(client, applicant):
    slots = make_slots(make_group(), 6)
    visit = make_appointment(slots[0], user=applicant)
    assert "Free right now" not in body(client.get(reverse("visit_earlier", args=[visit.pk])))


def test_no_earlier_time_is_promised_when_the_visit_begins_too_soon_for_an_offer(client, applicant):
    soon = timezone.now() + datetime.timedelta(minutes=90)
    visit = make_appointment(make_slots(make_group(), 1, starts_at=soon)[0], user=applicant)
    assert "if an earlier time becomes free" not in body(client.get(f"/visits/{visit.pk}/"))
    response = client.get(reverse("visit_earlier", args=[visit.pk]))
    assert response.url == f"/visits/{visit.pk}/"


def test_a_strangers_visit_cannot_wait(client, applicant, slot):
    visit = make_appointment(slot)
    assert client.get(reverse("visit_earlier", args=[visit.pk])).status_code == 404


@pytest.fixture
def offer(slot):
    with translation.override("en"):
        make_entry(slot)
    free(slot)
    operations.offer_freed_times()
    return Offer.objects.get()


def test_an_offer_is_shown_to_whoever_has_its_link(client, offer):
    response = client.get(reverse("offer", args=[offer.code]))
    assert response.status_code == 200
    assert "Accept this time" in body(response)
    # Other sites never learn the code; ours must know where the answer comes from (T9).
    assert response["Referrer-Policy"] == "same-origin"


def test_looking_at_an_offer_accepts_nothing(client, offer):
    client.get(reverse("offer", args=[offer.code]))
    offer.refresh_from_db()
    assert offer.outcome == Offer.Outcome.OPEN


def test_accepting_shows_the_reference(client, offer):
    response = client.post(reverse("offer", args=[offer.code]), {"accept": "1"}, follow=True)
    assert Appointment.objects.get(status="confirmed").reference in body(response)


def test_declining_keeps_the_place_in_line(client, offer):
    response = client.post(reverse("offer", args=[offer.code]), {"decline": "1"}, follow=True)
    assert "You keep your place" in body(response)
    assert WaitingListEntry.objects.waiting().exists()


@pytest.mark.parametrize("answer", ["accept", "decline"])
def test_an_offer_that_has_ended_says_so(client, offer, answer):
    Offer.objects.update(expires_at=timezone.now() - datetime.timedelta(minutes=1))
    assert client.get(reverse("offer", args=[offer.code])).status_code == 410
    response = client.post(reverse("offer", args=[offer.code]), {answer: "1"}, follow=True)
    assert "This offer has ended" in body(response) or "declined" in body(response)


def test_an_unknown_code_is_not_found(client, offer):
    assert client.get(reverse("offer", args=["no-such-code"])).status_code == 404


def test_an_offer_is_in_the_language_of_who_joined(client, offer):
    del client.defaults["HTTP_ACCEPT_LANGUAGE"]
    WaitingListEntry.objects.update(language="sv")
    response = client.get(reverse("offer", args=[offer.code]))
    assert response["Content-Language"] == "sv"


def test_who_waits_for_an_earlier_time_sees_that_accepting_moves_the_visit(client):
    slots = make_slots(make_group(), 2)
    visit = make_appointment(slots[1])
    with translation.override("en"):
        operations.wait_for_earlier(visit, wishes=make_wishes(visit.service_point))
    free(slots[0])
    operations.offer_freed_times()
    response = client.get(reverse("offer", args=[Offer.objects.get().code]))
    assert "your visit moves to this time" in body(response)


def test_an_offer_abroad_says_the_country_on_its_page_and_in_its_mail(client, slot):
    ServicePoint.objects.update(city="Mariestad", country="SE")
    entry = make_entry(slot)
    free(slot)
    operations.offer_freed_times()
    offer = entry.offers.get()
    page = client.get(reverse("offer", args=[offer.code]))
    mail = Message.objects.get(template="waiting_offer", to=entry.user.email)
    assert "Mariestad, Ruotsi" in page.content.decode()
    assert mail.context["address"].endswith("Mariestad, Ruotsi")
