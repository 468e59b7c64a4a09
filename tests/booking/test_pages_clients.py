"""A representative's pages, and what the client sees of them."""

import html

import pytest
from django.core import mail
from django.utils import translation

from accounts import operations as accounts
from accounts.models import Mandate, Representative
from booking import operations
from booking.answers import value_of
from booking.models import Appointment
from notifications import outbox
from notifications.models import Message
from tests.booking.test_pages_confirm import typed
from tests.factories import (
    make_appointment,
    make_group,
    make_hold,
    make_mandate,
    make_person,
    make_point,
    make_representative,
    make_service,
    make_slots,
    make_user,
)

pytestmark = pytest.mark.django_db

CARLA = "carla@example.org"


@pytest.fixture(autouse=True)
def english(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


@pytest.fixture
def slots():
    group = make_group(make_point("lahti"), services=[make_service("study")])
    return make_slots(group, 6)


@pytest.fixture
def mandate(client) -> Mandate:
    mandate = make_mandate(client=make_user(CARLA))
    client.force_login(mandate.representative.user)
    return mandate


def text_of(response) -> str:
    return html.unescape(response.content.decode())


def answers(slot, **more: str) -> dict[str, str]:
    time = value_of(slot.starts_at)
    return {"service": "study", "people": "1", "point": "lahti", "time": time} | more


def book_for(mandate: Mandate, slot) -> Appointment:
    held = make_hold(slot, user=mandate.client, mandate=mandate)
    return operations.confirm(held, people=[make_person()], mandate=mandate)


# Becoming a representative ------------------------------------------------------------


def test_somebody_who_represents_nobody_is_told_how_to_begin(client):
    client.force_login(make_user())

    assert "Ask to act for others" in text_of(client.get("/clients/"))


def test_a_request_is_made_and_then_waits(client):
    client.force_login(make_user())
    request = {"kind": "counsel", "name": "Leena Laki", "evidence": "Licence 123"}

    assert client.post("/clients/represent/", request).url == "/clients/"

    assert Representative.objects.get().state == "asked"
    assert "We are looking at your request" in text_of(client.get("/clients/"))


def test_a_request_without_its_answers_says_what_is_missing(client):
    client.force_login(make_user())

    page = client.post("/clients/represent/", {"name": "Leena"})

    assert page.status_code == 422
    assert "Choose as what you act." in text_of(page)
    assert 'value="Leena"' in text_of(page)


def test_a_representative_without_clients_is_told_what_to_do(client):
    client.force_login(make_representative().user)

    assert "You have no clients yet." in text_of(client.get("/clients/"))


def test_the_pages_of_clients_are_in_the_menu_of_representatives_alone(client, mandate):
    link = 'href="/clients/">Clients'
    assert link in text_of(client.get("/visits/"))

    client.force_login(mandate.client)

    assert link not in text_of(client.get("/visits/"))


# Asking and answering -------------------------------------------------------------------


@pytest.mark.parametrize("is_known", [True, False])
def test_asking_answers_the_same_whether_there_is_an_account(client, is_known):
    client.force_login(make_representative().user)
    if is_known:
        make_user("dora@example.org")

    page = client.post("/clients/ask/", {"name": "Dora", "email": "dora@example.org"}, follow=True)

    assert "We have written to dora@example.org." in text_of(page)
    assert "Waits for the client" in text_of(page)


def test_asking_twice_is_refused_at_the_address_and_keeps_what_was_typed(client, mandate):
    page = client.post("/clients/ask/", {"name": "Carla", "email": CARLA})

    assert page.status_code == 409
    assert "You have asked this person already" in text_of(page)
    assert f'value="{CARLA}"' in text_of(page)


def test_a_last_day_that_is_over_is_refused(client, mandate):
    day = {"valid_until_day": "1", "valid_until_month": "2", "valid_until_year": "2020"}

    page = client.post("/clients/ask/", {"name": "Dora", "email": "dora@example.org"} | day)

    assert page.status_code == 422
    assert "This day is over" in text_of(page)


def asked_of(client) -> Mandate:
    """A question to the user who looks at the pages."""
    user = make_user(CARLA)
    client.force_login(user)
    return accounts.ask_for_mandate(make_representative(), name="Carla", email=CARLA)


def test_the_link_asks_who_has_not_signed_in_to_do_so_first(client):
    asked = asked_of(client)
    client.logout()

    place = f"/mandates/{asked.code}/"
    assert client.get(place).url == f"/account/login/?next={place}"


def test_a_client_says_yes(client):
    asked = asked_of(client)
    page = f"/mandates/{asked.code}/"
    assert "Leena Laki asks to book, move and cancel visits" in text_of(client.get(page))

    assert "They may act for you" in text_of(client.post(page, {"answer": "yes"}, follow=True))
    assert Mandate.objects.in_force().get() == asked


def test_a_client_says_no(client):
    asked = asked_of(client)

    page = client.post(f"/mandates/{asked.code}/", {"answer": "no"}, follow=True)

    assert "They may not act for you" in text_of(page)
    assert not Mandate.objects.open().exists()


def test_a_link_that_was_forwarded_opens_nothing(client):
    asked = asked_of(client)
    client.force_login(make_user())

    assert client.get(f"/mandates/{asked.code}/").status_code == 404


def test_an_answer_that_comes_too_late_is_said(client):
    asked = asked_of(client)
    accounts.end_representative(asked.representative, by=make_user())

    page = client.post(f"/mandates/{asked.code}/", {"answer": "yes"})

    assert page.status_code == 410
    assert "This mandate is not in force" in text_of(page)


def test_the_client_sees_under_my_visits_who_may_act_for_them_and_ends_it(client, mandate):
    client.force_login(mandate.client)
    assert "Who may act for you" in text_of(client.get("/visits/"))
    end = f"/mandates/given/{mandate.pk}/end/"
    assert "Do you want to end this mandate?" in text_of(client.get(end))

    page = client.post(end, follow=True)

    assert "Leena Laki cannot act for you any more." in text_of(page)
    assert "Who may act for you" not in text_of(page)
    assert client.post(end).url == "/visits/"


# Booking --------------------------------------------------------------------------------


def test_a_representative_is_asked_first_for_whom_they_book(client, mandate):
    place = client.get("/book/").url
    assert place == "/book/for/?"
    assert "For whom do you book?" in text_of(client.get(place))

    assert client.get("/book/", {"for": "me"}).status_code == 200
    assert client.get("/book/", {"for": mandate.pk}).status_code == 200


def test_whoever_answers_goes_on_and_whoever_does_not_is_told(client, mandate):
    answered = {"asked": "yes", "service": "study", "for": str(mandate.pk)}

    page = client.get("/book/for/", {"asked": "yes", "for": "nobody"})

    assert page.status_code == 422
    assert "You cannot book for this person." in text_of(page)
    assert "Choose for whom you book." in text_of(client.get("/book/for/", {"asked": "yes"}))
    assert client.get("/book/for/", answered).url == f"/book/?for={mandate.pk}"


def test_the_time_that_was_chosen_is_kept_while_one_says_for_whom(client, mandate, slots):
    query = answers(slots[0], asked="yes") | {"for": "me"}

    place = client.get("/book/for/", query).url

    assert place.startswith("/book/hold/?")
    assert "Keep this time" in text_of(client.get(place))


def test_a_time_chosen_without_saying_for_whom_is_not_held_yet(client, mandate, slots):
    place = client.post("/book/hold/", answers(slots[0])).url

    assert place.startswith("/book/for/?")
    assert 'name="time"' in text_of(client.get(place))
    assert not Appointment.objects.exists()


def test_somebody_without_clients_is_not_asked(client):
    client.force_login(make_user())

    assert client.get("/book/").status_code == 200


@pytest.mark.parametrize("step", ["", "people/", "point/", "time/"])
def test_the_answer_is_carried_through_all_questions(client, mandate, slots, step):
    query = answers(slots[0]) | {"for": str(mandate.pk)}

    page = text_of(client.get(f"/book/{step}", query))

    # In the form, or in the address of each choice.
    carried = (f'name="for" value="{mandate.pk}"', f"point=lahti&for={mandate.pk}")
    assert any(text in page for text in carried)


def test_a_visit_is_booked_for_a_client(client, mandate, slots):
    held = client.post("/book/hold/", answers(slots[0], **{"for": str(mandate.pk)})).url
    page = text_of(client.get(held))
    assert "You act for <strong>Carla Client</strong>" in page
    assert 'value="Carla Client"' in page

    check = client.post(held, typed()).url
    assert CARLA in text_of(client.get(check))
    confirmed = client.post(check, follow=True)

    assert f"We have sent a confirmation to {CARLA}." in text_of(confirmed)
    assert Appointment.objects.get().user == mandate.client


def test_a_visit_of_ones_own_is_booked_with_clients_too(client, mandate, slots):
    client.post("/book/hold/", answers(slots[0], **{"for": "me"}))

    assert Appointment.objects.get().user == mandate.representative.user


def test_nobody_books_under_the_mandate_of_another(client, mandate, slots):
    client.force_login(make_representative().user)

    page = client.post("/book/hold/", answers(slots[0], **{"for": str(mandate.pk)}))

    assert page.status_code == 404
    assert not Appointment.objects.exists()


def test_an_ended_mandate_is_said_when_a_time_is_chosen(client, mandate, slots):
    accounts.end_mandate(mandate, by=mandate.client)

    page = client.post("/book/hold/", answers(slots[0], **{"for": str(mandate.pk)}))

    assert page.status_code == 410
    assert "You cannot act for this person any more" in text_of(page)


def test_the_quota_of_a_client_is_said_to_be_theirs(client, mandate, slots):
    for slot in slots[1:4]:
        make_appointment(slot, user=mandate.client)

    page = client.post("/book/hold/", answers(slots[0], **{"for": str(mandate.pk)}))

    assert "The client already has 3 times booked" in text_of(page)


def test_what_was_typed_for_one_client_is_not_shown_for_another(client, mandate, slots):
    other = make_mandate(mandate.representative, name="Dora")
    first = client.post("/book/hold/", answers(slots[0], **{"for": str(mandate.pk)})).url
    client.post(first, typed({"name": "Secret Name", "day": "1", "month": "2", "year": "1980"}))

    second = client.post("/book/hold/", answers(slots[1], **{"for": str(other.pk)})).url

    page = text_of(client.get(second))
    assert "Secret Name" not in page
    assert 'value="Dora"' in page


def test_no_waiting_list_is_offered_for_a_client(client, mandate, slots):
    query = answers(slots[0])
    own = text_of(client.get("/book/time/", query | {"for": "me"}))
    of_client = text_of(client.get("/book/time/", query | {"for": str(mandate.pk)}))

    assert "Join the waiting list" in own
    assert "Join the waiting list" not in of_client


# The client's visits --------------------------------------------------------------------


def test_the_page_of_a_client_shows_what_is_booked_under_the_mandate_alone(client, mandate, slots):
    book_for(mandate, slots[0])
    make_appointment(slots[1], user=mandate.client)

    page = text_of(client.get(f"/clients/{mandate.pk}/"))

    assert page.count("visit-card__time") == 1
    assert f"/book/?for={mandate.pk}" in page


def test_a_representative_sees_moves_and_cancels_a_visit(client, mandate, slots):
    visit = book_for(mandate, slots[0])
    page = text_of(client.get(f"/visits/{visit.pk}/"))
    assert "You act for <strong>Carla Client</strong>" in page
    assert "earlier/" not in page

    there = {"point": "lahti", "time": value_of(slots[2].starts_at)}
    moved = client.post(f"/visits/{visit.pk}/move/check/", there, follow=True)
    assert "We have sent it to you and the client" in text_of(moved)
    cancelled = client.post(f"/visits/{visit.pk}/cancel/", follow=True)

    assert "We have told you and the client" in text_of(cancelled)


def test_the_client_sees_who_booked_for_them(client, mandate, slots):
    visit = book_for(mandate, slots[0])
    client.force_login(mandate.client)

    assert "Booked for you by Leena Laki." in text_of(client.get(f"/visits/{visit.pk}/"))


def test_after_the_end_the_page_says_so_and_shows_no_visits(client, mandate, slots):
    visit = book_for(mandate, slots[0])

    page = client.post(f"/clients/{mandate.pk}/end/", follow=True)

    assert "You do not act for Carla Client any more." in text_of(page)
    page = text_of(client.get(f"/clients/{mandate.pk}/"))
    assert "The mandate has ended" in page
    assert "visit-card" not in page
    assert client.get(f"/visits/{visit.pk}/").status_code == 404


def test_the_list_of_clients_asks_as_often_for_many_as_for_one(
    client, mandate, django_assert_num_queries
):
    for _ in range(4):
        make_mandate(mandate.representative)
    with django_assert_num_queries(6):
        client.get("/clients/")


# Managers ---------------------------------------------------------------------------------


def manager(client):
    user = make_user(is_superuser=True, name="Maija")
    client.force_login(user)
    return user


def test_a_manager_verifies_a_request(client):
    asked = accounts.ask_to_represent(
        make_user(), kind="counsel", name="Leena Laki", evidence="Licence 123"
    )
    verifier = manager(client)
    assert "Leena Laki" in text_of(client.get("/manage/representatives/"))

    page = client.post(f"/manage/representatives/{asked.pk}/verify/", follow=True)

    assert "Leena Laki can act for others now." in text_of(page)
    asked.refresh_from_db()
    assert asked.verified_by == verifier


def test_a_manager_ends_a_role_and_sees_who_did(client, mandate):
    manager(client)

    place = f"/manage/representatives/{mandate.representative_id}/end/"
    page = text_of(client.post(place, follow=True))

    assert "Leena Laki cannot act for others." in page
    assert "· Maija" in page
    assert not Mandate.objects.open().exists()


def test_a_manager_records_and_ends_a_mandate(client, mandate):
    manager(client)
    place = f"/manage/representatives/{mandate.representative_id}/"
    seen = {"name": "Dora", "email": "dora@example.org", "basis": "Power of attorney"}

    page = text_of(client.post(f"{place}mandate/", seen, follow=True))

    recorded = Mandate.objects.in_force().get(client_email="dora@example.org")
    assert "Recorded by Maija: Power of attorney" in page
    client.post(f"{place}mandates/{recorded.pk}/end/")
    assert not Mandate.objects.in_force().filter(pk=recorded.pk).exists()


def test_what_is_in_force_already_is_not_recorded_again(client, mandate):
    manager(client)
    seen = {"name": "Carla", "email": CARLA, "basis": "Power of attorney"}

    page = client.post(f"/manage/representatives/{mandate.representative_id}/mandate/", seen)

    assert page.status_code == 409


# Mails ------------------------------------------------------------------------------------


def sent_to(address: str) -> list[str]:
    outbox.send_all_due(channel="email", seconds=10)
    return [each.body for each in mail.outbox if address in each.to]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_mail_about_mandates_can_be_sent_in_each_language(language, slots):
    client, user = make_user(CARLA, language=language), make_user(language=language)
    mandate = make_mandate(make_representative(user), client)
    visit = book_for(mandate, slots[0])
    operations.cancel(visit, mandate=mandate)
    accounts.end_representative(mandate.representative, by=user)
    accounts.ask_for_mandate(make_representative(), name="Dora", email="dora@example.org")

    outbox.send_all_due(channel="email", seconds=30)

    assert not Message.objects.exclude(status="sent").exists()
    assert all(each.alternatives and each.subject for each in mail.outbox)


def test_the_mails_say_who_acted_and_for_whom(slots):
    mandate = make_mandate(client=make_user(CARLA, language="en"))
    user = mandate.representative.user
    type(user).objects.filter(pk=user.pk).update(language="en")

    book_for(mandate, slots[0])

    assert "Done for you by Leena Laki." in sent_to(CARLA)[-1]
    assert "This visit is that of your client Carla Client." in sent_to(user.email)[-1]


def test_the_question_has_the_link_that_answers_it():
    with translation.override("en"):
        asked = accounts.ask_for_mandate(
            make_representative(), name="Dora", email="dora@example.org", language="en"
        )

    (body,) = sent_to("dora@example.org")
    assert f"/mandates/{asked.code}/" in body
    assert "you need not do anything" in body
