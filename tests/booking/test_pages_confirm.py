"""Booking from the held time on: who comes, check the answers, confirm, confirmation."""

import datetime
import html

import pytest
from django.conf import settings
from django.db.models import F

from booking import operations
from booking.answers import value_of
from booking.models import Appointment, Attendee
from notifications.models import Message
from tests.factories import (
    let_expire,
    make_appointment,
    make_group,
    make_hold,
    make_person,
    make_point,
    make_service,
    make_slots,
    make_user,
)

pytestmark = pytest.mark.django_db

PAGES = ["details/", "check/", "confirmed/"]
AMINA = {"name": "Amina Said", "day": "17", "month": "5", "year": "1990"}


@pytest.fixture
def slots():
    service = make_service("study", name_en="Residence permit: study")
    group = make_group(make_point("lahti", name_en="Lahti"), services=[service])
    return make_slots(group, 6)


@pytest.fixture
def owner(client):
    user = make_user()
    client.force_login(user)
    return user


@pytest.fixture
def held(slots, owner):
    return make_hold(slots[0], user=owner)


def page_of(hold, page):
    return f"/book/{hold.pk}/{page}"


def typed(*people, phone="", **more):
    """What is typed about each person, as the page names it."""
    answers = {"contact-phone": phone} | more
    for number, person in enumerate(people or [AMINA], start=1):
        answers[f"p{number}-name"] = person["name"]
        for part in ("day", "month", "year"):
            answers[f"p{number}-birth_date_{part}"] = person[part]
    return answers


def name_people(client, hold, *people, **more):
    return client.post(page_of(hold, "details/"), typed(*people, **more))


def text_of(response):
    return html.unescape(response.content.decode())


# Whose it is ------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", PAGES[:2])
def test_somebody_elses_hold_is_not_found(client, owner, slots, path, method):
    other = make_hold(slots[0])
    assert getattr(client, method)(page_of(other, path), typed()).status_code == 404


def test_somebody_elses_confirmation_is_not_found(client, owner, slots):
    other = make_appointment(slots[0])
    assert client.get(page_of(other, "confirmed/")).status_code == 404


def test_a_hold_has_no_confirmation_yet(client, held):
    assert client.get(page_of(held, "confirmed/")).status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_a_held_time_is_for_those_who_have_signed_in(client, slots, path):
    response = client.get(page_of(make_hold(slots[0]), path))
    assert response.url.startswith("/account/login/?next=/book/")


def test_a_confirmation_takes_no_post(client, held):
    assert client.post(page_of(held, "confirmed/")).status_code == 405


# Who comes --------------------------------------------------------------------------


def test_each_person_is_asked_for_a_name_and_a_date_of_birth(client, owner, slots):
    held = make_hold(slots[0], user=owner, people=2)
    page = text_of(client.get(page_of(held, "details/")))
    for number in (1, 2):
        assert f'name="p{number}-name"' in page
        assert f'name="p{number}-birth_date_day"' in page
    assert 'name="p3-name"' not in page


def test_what_was_typed_leads_to_the_answers_to_check(client, held):
    assert name_people(client, held, phone="+358 40 123").url == page_of(held, "check/")
    page = text_of(client.get(page_of(held, "check/")))
    for answer in ("Amina Said", "17.5.1990", "+358 40 123", "Lahti", held.user.email):
        assert answer in page


def test_every_answer_can_be_changed_from_the_check(client, held):
    name_people(client, held)
    page = text_of(client.get(page_of(held, "check/")))
    answers = "?service=study&people=1&point=lahti"
    for step in ("/book/", "/book/people/", "/book/point/", "/book/time/"):
        assert f'href="{step}{answers}"' in page
    assert f'href="{page_of(held, "details/")}"' in page


def test_nothing_is_asked_twice_on_the_way_back(client, held):
    name_people(client, held, phone="+358 40 123")
    page = text_of(client.get(page_of(held, "details/")))
    for value in ("Amina Said", "17", "1990", "+358 40 123"):
        assert f'value="{value}"' in page


def test_the_check_needs_the_names_first(client, held):
    assert client.get(page_of(held, "check/")).url == page_of(held, "details/")


@pytest.mark.parametrize(
    "name",
    [
        "Ω",
        "Nguyễn Thị Ánh Nguyệt",
        "محمد بن سلمان",
        "משה רבנו",
        "李小龍",
        "O'Neill-Gödel, Jr.",
        "Ali 🙂",
        "<script>alert(1)</script> & Co",
        "x" * 200,
    ],
)
def test_any_name_in_any_script_is_taken_as_it_is(client, held, name):
    name_people(client, held, AMINA | {"name": name})
    assert name in text_of(client.get(page_of(held, "check/")))
    client.post(page_of(held, "check/"))
    assert Attendee.objects.get().name == name


def test_spaces_around_and_between_names_are_made_one(client, held):
    name_people(client, held, AMINA | {"name": "  Amina \t  Said "})
    client.post(page_of(held, "check/"))
    assert Attendee.objects.get().name == "Amina Said"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "Write the name."),
        ({"name": "   "}, "Write the name."),
        ({"name": "12345"}, "Write the name in letters."),
        ({"name": "🙂🙂"}, "Write the name in letters."),
        ({"name": "Amina\x00Said"}, "Null characters are not allowed."),
        ({"name": "Amina\x1bSaid"}, "a sign that cannot be in a name"),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"name": "x" * 100_000}, "at most 200 characters"),
        ({"day": "", "month": "", "year": ""}, "Write the date of birth."),
        ({"day": ""}, "Enter the day as well."),
        ({"year": "90"}, "Write the year with four digits"),
        ({"day": "31", "month": "2"}, "There is no such date."),
        ({"day": "1\x00"}, "Write the date in numbers"),
        ({"month": "9" * 5000}, "There is no such date."),
        ({"year": "0000"}, "There is no such date."),
        ({"year": "2999"}, "is in the future"),
        ({"year": "1850"}, "too long ago"),
    ],
)
def test_what_is_wrong_with_a_person_is_said_and_what_was_typed_is_kept(client, held, wrong, says):
    person = AMINA | wrong
    response = name_people(client, held, person, phone="+358 40 123")
    page = text_of(response)
    assert response.status_code == 422
    assert page.count(says) == 2  # In the summary, and at the field.
    assert page.count("There is a problem") == 1 and "<title>Error:" in page
    for value in (*person.values(), "+358 40 123"):
        assert not value.strip("\x00") or f'value="{value}"' in page


@pytest.mark.parametrize(
    ("phone", "says"),
    [
        ("call me", "Write the phone number in digits"),
        ("123", "Write the phone number in digits"),
        ("٠٤٠١٢٣٤٥٦٧", "Write the phone number in digits"),
        ("0" * 31, "at most 30 characters"),
        ("040\x00123456", "Null characters are not allowed."),
    ],
)
def test_what_is_no_phone_number_is_said_and_kept(client, held, phone, says):
    response = name_people(client, held, phone=phone)
    assert response.status_code == 422
    assert text_of(response).count(says) == 2
    assert f'value="{phone}"' in text_of(response)


def test_a_form_without_anything_in_it_says_all_that_is_missing(client, held):
    response = client.post(page_of(held, "details/"))
    assert response.status_code == 422
    assert "Write the name." in text_of(response) and "Write the date of birth." in text_of(
        response
    )


def test_the_summary_leads_to_the_second_person_whose_name_is_missing(client, owner, slots):
    held = make_hold(slots[0], user=owner, people=2)
    page = text_of(name_people(client, held, AMINA, AMINA | {"name": ""}))
    assert '<a href="#id_p2-name">Person 2: Write the name.</a>' in page
    assert 'id="id_p2-name"' in page


def test_the_same_person_named_twice_is_refused_and_kept(client, owner, slots):
    held = make_hold(slots[0], user=owner, people=2)
    name_people(client, held, AMINA, AMINA | {"name": "AMINA  said"})
    response = client.post(page_of(held, "check/"))
    assert response.status_code == 422
    assert "The same person is named twice." in text_of(response)
    assert 'value="AMINA  said"' in text_of(response)


NO_TEXTS = "This number cannot have text messages."
SMS_SENDER = "config.mailbox.send_sms"


def test_a_number_that_cannot_have_texts_is_kept_and_said_at_the_field(client, held, settings):
    settings.SMS_BACKEND = SMS_SENDER
    name_people(client, held, phone="09 123 4567")
    for page in ("details/", "check/"):
        shown = text_of(client.get(page_of(held, page)))
        assert NO_TEXTS in shown and "09 123 4567" in shown
    client.post(page_of(held, "check/"))
    assert Appointment.objects.get().phone == "09 123 4567"


def test_the_field_says_it_too_when_something_else_is_wrong(client, held, settings):
    settings.SMS_BACKEND = SMS_SENDER
    page = text_of(name_people(client, held, AMINA | {"name": ""}, phone="09 123 4567"))
    hint = page[page.index('id="id_contact-phone_helptext"') :]
    assert NO_TEXTS in hint[: hint.index("</")]


def test_what_is_no_number_is_told_one_thing(client, held, settings):
    settings.SMS_BACKEND = SMS_SENDER
    page = text_of(name_people(client, held, AMINA, phone="12"))
    assert "Write the phone number in digits" in page and NO_TEXTS not in page


@pytest.mark.parametrize(("phone", "sender"), [("040 123 4567", SMS_SENDER), ("09 123 4567", "")])
def test_nothing_is_said_of_a_number_that_can_or_where_no_texts_are_sent(
    client, held, settings, phone, sender
):
    settings.SMS_BACKEND = sender
    name_people(client, held, phone=phone)
    for page in ("details/", "check/"):
        assert NO_TEXTS not in text_of(client.get(page_of(held, page)))


# The time that is kept --------------------------------------------------------------


@pytest.mark.parametrize("path", ["details/", "check/"])
def test_a_time_can_be_kept_for_longer_and_what_was_typed_stays(client, held, path):
    name_people(client, held)
    Appointment.objects.update(
        created_at=F("created_at") - settings.HOLD_TIME / 2,
        expires_at=F("expires_at") - settings.HOLD_TIME / 2,
    )
    before = Appointment.objects.get().expires_at
    response = client.post(page_of(held, path), typed(extend="yes"), follow=True)
    assert Appointment.objects.get().expires_at > before
    assert "Amina Said" in text_of(response)


@pytest.mark.parametrize("page", ["details/", "check/"])
def test_the_page_offers_to_keep_it_for_longer_only_while_that_is_possible(client, held, page):
    name_people(client, held)
    assert "Keep the time for longer" in text_of(client.get(page_of(held, page)))
    longest = settings.HOLD_TIME * 3
    Appointment.objects.update(created_at=F("expires_at") - longest, expires_at=F("expires_at"))
    shown = text_of(client.get(page_of(held, page)))
    assert 'name="extend"' not in shown
    assert "It cannot be kept for longer." in shown
    assert "Two minutes left. The time cannot be kept for longer" in shown


@pytest.mark.parametrize("path", ["details/", "check/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_hold_that_has_run_out_offers_the_next_times(client, held, slots, path, method):
    name_people(client, held)
    let_expire(held)
    response = getattr(client, method)(page_of(held, path), typed())
    assert response.status_code == 410
    assert "The time is no longer kept for you" in text_of(response)
    assert value_of(slots[0].starts_at) in text_of(response)
    assert '<input type="hidden" name="service" value="study">' in text_of(response)


def test_what_was_typed_when_the_hold_ran_out_is_there_for_the_next_time(client, held, slots):
    let_expire(held)
    name_people(client, held, phone="+358 40 123")
    answers = {"service": "study", "people": "1", "point": "lahti"}
    client.post("/book/hold/", answers | {"time": value_of(slots[1].starts_at)})
    again = Appointment.objects.get(status="held")
    page = text_of(client.get(page_of(again, "details/")))
    assert 'value="Amina Said"' in page and 'value="+358 40 123"' in page


def test_a_hold_that_was_let_go_for_another_one_says_so(client, held, slots, owner):
    name_people(client, held)
    make_hold(slots[1], user=owner)
    assert client.post(page_of(held, "check/")).status_code == 410
    assert not Appointment.objects.filter(confirmed_at__isnull=False).exists()


def test_a_time_that_was_cancelled_is_gone(client, held):
    operations.cancel(held)
    response = client.get(page_of(held, "details/"))
    assert response.status_code == 410
    assert "This time is no longer yours" in text_of(response)


# Confirming -------------------------------------------------------------------------


def test_confirming_books_the_visit_and_tells_by_mail(client, held):
    name_people(client, held, phone="+358 40 123")
    response = client.post(page_of(held, "check/"), follow=True)
    visit = Appointment.objects.get()
    assert "Your visit is booked" in text_of(response) and visit.reference in text_of(response)
    assert (visit.status, visit.phone, visit.language) == ("confirmed", "+358 40 123", "en")
    assert Message.objects.get(template="visit_confirmed").to == held.user.email


def test_looking_at_the_check_books_nothing(client, held):
    name_people(client, held)
    client.get(page_of(held, "check/"))
    assert Appointment.objects.get().status == "held"


def test_pressing_confirm_twice_books_once(client, held):
    name_people(client, held)
    for _press in range(2):
        assert client.post(page_of(held, "check/")).url == page_of(held, "confirmed/")
    assert Message.objects.filter(template="visit_confirmed").count() == 1
    assert Attendee.objects.count() == 1


@pytest.mark.parametrize("path", ["details/", "check/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_back_button_after_confirming_leads_to_the_confirmation(client, held, path, method):
    name_people(client, held)
    client.post(page_of(held, "check/"))
    response = getattr(client, method)(page_of(held, path), typed(AMINA | {"name": "Other Name"}))
    assert response.url == page_of(held, "confirmed/")
    assert Attendee.objects.get().name == "Amina Said"


def test_after_confirming_nothing_that_was_typed_is_kept(client, held):
    name_people(client, held)
    client.post(page_of(held, "check/"))
    client.post(page_of(held, "details/"), typed())
    assert "booking_details" not in client.session


def test_the_back_button_to_the_hold_holds_nothing_new_after_confirming(client, owner, slots):
    page = {"service": "study", "people": "1", "point": "lahti"}
    page |= {
        "time": value_of(slots[0].starts_at),
        "request": "8d6f0a5e-6c0e-4e55-9f2e-5c0d3b1f7a11",
    }
    held = Appointment.objects.get(pk=client.post("/book/hold/", page).url.split("/")[2])
    name_people(client, held)
    client.post(page_of(held, "check/"))
    response = client.post("/book/hold/", page, follow=True)
    assert "Your visit is booked" in text_of(response)
    assert Appointment.objects.count() == 1


def test_a_second_booking_for_the_same_person_and_service_is_refused_and_kept(client, held, slots):
    amina = make_person("Amina Said", datetime.date(1990, 5, 17))
    make_appointment(slots[1], people=[amina])
    name_people(client, held, AMINA | {"name": "amina SAID"})
    response = client.post(page_of(held, "check/"))
    page = text_of(response)
    assert response.status_code == 409
    assert "already has a time for this service" in page and 'href="/visits/"' in page
    assert 'value="amina SAID"' in page
    held.refresh_from_db()
    assert held.status == "held"


def test_a_confirmation_of_a_cancelled_visit_leads_to_the_visit(client, owner, slots):
    visit = operations.cancel(make_appointment(slots[0], user=owner))
    assert client.get(page_of(visit, "confirmed/")).url == f"/visits/{visit.pk}/"


def test_answers_are_forgotten_after_twenty_hours(client, held, time_machine):
    name_people(client, held)
    Appointment.objects.update(expires_at=F("expires_at") + datetime.timedelta(days=2))
    for hours, kept in ((19, True), (21, False)):
        time_machine.move_to(held.created_at + datetime.timedelta(hours=hours))
        page = text_of(client.get(page_of(held, "details/")))
        assert ('value="Amina Said"' in page) == kept


def test_the_pages_ask_the_database_little(client, held, django_assert_max_num_queries):
    name_people(client, held)
    for page, most in (("details/", 6), ("check/", 6)):
        with django_assert_max_num_queries(most):
            client.get(page_of(held, page))
