"""The kiosk, from enrolling it to the number: in three languages, and for nobody else."""

import datetime
import html
import re
import uuid

import pytest
import time_machine as clocks

from accounts.models import Device
from accounts.operations import new_device, revoke
from booking import operations as booking
from booking.models import Appointment
from queueing import operations
from queueing.models import Ticket
from servicepoints.models import Service
from tests.factories import (
    enrol_client,
    make_appointment,
    make_group,
    make_opening,
    make_point,
    make_service,
    make_slot,
    make_staff,
)

pytestmark = pytest.mark.django_db

# A Wednesday, 10.00 in Helsinki; ahead of the database's clock, which sells no past times.
NOW = datetime.datetime(2031, 3, 12, 8, 0, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
LANGUAGES = ["fi", "sv", "en"]
PAGES = ["", "arrive/", "matters/", "matters/passport/", "not-urgent/"]


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW)
    return time_machine


@pytest.fixture
def group():
    service = make_service(
        "passport",
        name_fi="Muukalaispassi",
        name_sv="Främlingspass",
        name_en="Alien's passport",
        category=Service.Category.TRAVEL_DOCUMENT,
    )
    group = make_group(make_point("lahti", name_en="Lahti"), services=[service], desks=2)
    make_opening(group, NOW.weekday(), desks=2)
    return group


@pytest.fixture
def kiosk(client, group):
    enrol_client(client, group.service_point)
    return client


def visit_at(group, starts_at, **fields) -> Appointment:
    """A visit booked yesterday."""
    with clocks.travel(NOW - datetime.timedelta(days=1), tick=False):
        visit = make_appointment(make_slot(group, starts_at=starts_at))
    Appointment.objects.filter(pk=visit.pk).update(**{"language": "fi"} | fields)
    return visit


def say_yes(client, language="en", **more):
    answer = {"urgent": "yes", "request_id": str(uuid.uuid4())}
    return client.post(f"/kiosk/{language}/matters/passport/", answer | more)


def arrive(client, reference, language="en"):
    return client.post(f"/kiosk/{language}/arrive/", {"reference": reference})


def text_of(response):
    return html.unescape(response.content.decode())


# Enrolling --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "path"), [(Device.Kind.KIOSK, "/kiosk/"), (Device.Kind.DISPLAY, "/display/")]
)
def test_a_code_makes_the_browser_a_device_and_shows_its_page(client, group, kind, path):
    _device, code = new_device(group.service_point, kind, "By the door")
    response = client.post("/device/", {"code": f" {code[:5].lower()} {code[5:]} "})
    assert response.url == path
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", "Type the code of this device."),
        ("AAAAAAAAAA", "The code is not valid."),
        ("A\x00AAAAAAAA", "Null characters are not allowed."),
        ("A" * 31, "at most 30 characters"),
        ("🙂" * 10, "The code is not valid."),
    ],
)
def test_a_code_that_is_not_right_is_said_and_kept(client, code, says):
    response = client.post("/device/", {"code": code})
    page = text_of(response)
    assert response.status_code == 422
    assert page.count(says) == 2 and page.count("There is a problem") == 1
    assert not code or f'value="{code}"' in page
    assert not client.cookies.get("device-kiosk")


def test_the_sixth_wrong_code_in_an_hour_is_refused(client):
    statuses = [client.post("/device/", {"code": "AAAAAAAAAA"}).status_code for _ in range(6)]
    assert statuses == [422] * 5 + [429]


@pytest.mark.parametrize("path", ["/kiosk/", "/kiosk/en/", "/kiosk/en/matters/passport/"])
def test_a_browser_that_is_no_kiosk_is_asked_for_a_code(client, group, path):
    response = client.get(path)
    assert response.status_code == 403
    assert "Enrol this device" in text_of(response)


def test_a_browser_that_is_no_kiosk_gets_no_number(client, group):
    assert say_yes(client).status_code == 403
    assert not Ticket.objects.exists()


def test_staff_are_no_kiosk(client, group):
    client.force_login(make_staff(group.service_point))
    assert client.get("/kiosk/en/").status_code == 403


def test_a_lobby_screen_is_no_kiosk(client, group):
    enrol_client(client, group.service_point, Device.Kind.DISPLAY)
    assert client.get("/kiosk/en/").status_code == 403


def test_a_revoked_kiosk_is_told_so_and_gives_no_number(kiosk, group):
    revoke(group.service_point.devices.get())
    response = kiosk.get("/kiosk/en/")
    assert response.status_code == 403
    assert "This device may no longer show this page." in text_of(response)
    assert say_yes(kiosk).status_code == 403 and not Ticket.objects.exists()


# Three languages --------------------------------------------------------------------


def test_the_first_page_asks_for_the_language(kiosk):
    page = text_of(kiosk.get("/kiosk/"))
    assert all(f'href="/kiosk/{language}/"' in page for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_in_the_language_of_its_address(kiosk, path, language):
    response = kiosk.get(f"/kiosk/{language}/{path}")
    assert response.status_code == 200
    assert response["Content-Language"] == language
    assert f'<html lang="{language}">' in text_of(response)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_leads_to_itself_in_the_other_languages(kiosk, path):
    shown = text_of(kiosk.get(f"/kiosk/sv/{path}"))
    assert all(f'href="/kiosk/{language}/{path}"' in shown for language in LANGUAGES)


@pytest.mark.parametrize(
    ("language", "says"),
    [("fi", "Numerosi"), ("sv", "Ditt nummer"), ("en", "Your number")],
)
def test_the_number_is_in_the_language_that_was_chosen(kiosk, group, language, says):
    response = kiosk.get(say_yes(kiosk, language).url)
    assert Ticket.objects.get().language == language
    assert says in text_of(response)


def test_a_language_that_there_is_not_is_not_found(kiosk):
    assert kiosk.get("/kiosk/de/").status_code == 404


# Arriving ---------------------------------------------------------------------------


def test_who_has_a_visit_gets_a_number_by_the_reference(kiosk, group):
    visit = visit_at(group, NOW + 10 * MINUTE)
    page = text_of(kiosk.get(arrive(kiosk, visit.reference.lower()).url))
    assert "A1" in page and "Your time is at 10.10." in page
    assert Appointment.objects.get().status == "arrived"


def test_who_arrives_is_spoken_to_in_the_language_of_the_kiosk(kiosk, group):
    arrive(kiosk, visit_at(group, NOW, language="fi").reference, "sv")
    assert Ticket.objects.get().language == "sv"


def test_arriving_twice_shows_the_same_number(kiosk, group):
    visit = visit_at(group, NOW + 10 * MINUTE)
    assert arrive(kiosk, visit.reference).url == arrive(kiosk, visit.reference).url
    assert Ticket.objects.count() == 1


def call_and_miss(group):
    clerk = make_staff(group.service_point)
    operations.miss(operations.call_next(group.desks.first(), by=clerk), by=clerk)


def test_who_was_missed_and_arrives_again_is_back_in_line(kiosk, group):
    visit = visit_at(group, NOW + 10 * MINUTE)
    arrive(kiosk, visit.reference)
    call_and_miss(group)
    page = text_of(kiosk.get(arrive(kiosk, visit.reference).url))
    assert "You are back in line." in page and "Wait until your number" in page
    assert "Your time is at 10.10." in page


def test_who_was_missed_twice_is_sent_to_the_staff(kiosk, group):
    visit = visit_at(group, NOW + 10 * MINUTE)
    for _call in range(2):
        arrive(kiosk, visit.reference)
        call_and_miss(group)
    response = arrive(kiosk, visit.reference)
    assert response.status_code == 409
    assert "Number A1 has been called twice and nobody came. Ask the staff" in text_of(response)


def test_the_number_page_says_what_has_become_of_the_number(kiosk, group):
    clerk, url = make_staff(group.service_point), say_yes(kiosk).url
    ticket = operations.call_next(group.desks.first(), by=clerk)
    assert "It is your turn. Go to desk 1." in text_of(kiosk.get(url))
    operations.start(ticket, by=clerk)
    assert "You are being served at desk 1." in text_of(kiosk.get(url))
    operations.finish(ticket, by=clerk)
    page = text_of(kiosk.get(url))
    assert "Your visit has ended." in page and "Wait until" not in page


def test_the_number_page_of_who_was_missed_does_not_tell_to_wait(kiosk, group):
    url = say_yes(kiosk).url
    call_and_miss(group)
    page = text_of(kiosk.get(url))
    assert (
        re.search(r"You were called at [\d.]+ and did not come\.", page)
        and "Wait until" not in page
    )


@pytest.mark.parametrize(
    ("reference", "status", "says"),
    [
        ("", 422, "Type the reference of the visit."),
        ("AAAAAAAAAA", 404, "There is no visit with this reference today."),
        ("' OR 1=1 --", 404, "There is no visit with this reference today."),
        ("🙂", 404, "There is no visit with this reference today."),
        ("A\x00", 422, "Null characters are not allowed."),
        ("A" * 31, 422, "at most 30 characters"),
        ("A" * 100_000, 422, "at most 30 characters"),
    ],
)
def test_a_reference_that_is_not_right_is_said_and_kept(kiosk, reference, status, says):
    response = arrive(kiosk, reference)
    page = text_of(response)
    assert response.status_code == status
    assert page.count(says) == 2 and page.count("There is a problem") == 1
    assert not reference or f'value="{reference}"' in page


def test_a_cancelled_visit_is_unknown(kiosk, group):
    visit = booking.cancel(visit_at(group, NOW + 10 * MINUTE))
    assert arrive(kiosk, visit.reference).status_code == 404


@pytest.mark.parametrize(
    ("minutes", "says"),
    [(61, "Your visit is on Wednesday 12 March 2031 at 11.01."), (-31, "Your visit was at 9.29")],
)
def test_who_comes_too_early_or_too_late_is_told_so(kiosk, group, minutes, says):
    response = arrive(kiosk, visit_at(group, NOW + minutes * MINUTE).reference)
    assert response.status_code == 409
    assert says in text_of(response)
    assert not Ticket.objects.exists()


def test_who_has_a_visit_at_another_point_is_told_where(kiosk, group):
    vaasa = make_group(make_point("vaasa", name_en="Vaasa"))
    response = arrive(kiosk, visit_at(vaasa, NOW + 10 * MINUTE).reference)
    assert response.status_code == 409
    assert "Your visit is at another service point: Vaasa." in text_of(response)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_is_in_the_language_of_the_kiosk(kiosk, group, language):
    visit = visit_at(group, NOW + 90 * MINUTE)
    response = arrive(kiosk, visit.reference, language)
    assert response["Content-Language"] == language
    assert f'href="/kiosk/{language}/"' in text_of(response)


# An urgent matter -------------------------------------------------------------------


def test_the_matters_are_those_that_get_a_number_here(kiosk, group):
    citizenship = make_service(category=Service.Category.CITIZENSHIP, can_be_urgent=False)
    by_booking_only = make_service(name_en="By booking only")
    make_group(group.service_point, services=[citizenship])
    make_group(group.service_point, services=[by_booking_only], walk_in=False)
    page = text_of(kiosk.get("/kiosk/en/matters/"))
    assert re.findall(r"/kiosk/en/matters/([\w-]+)/", page) == ["passport"]


def test_a_point_without_numbers_says_so(kiosk, group):
    group.service_point.offerings.update(walk_in=False)
    assert "No queue numbers are given here today." in text_of(kiosk.get("/kiosk/en/matters/"))


def test_the_question_names_the_date_three_months_ahead(kiosk):
    assert "will it expire by Thursday 12 June 2031?" in text_of(
        kiosk.get("/kiosk/en/matters/passport/")
    )


def test_the_question_says_the_date_in_the_sentence_in_finnish_too(kiosk):
    page = text_of(kiosk.get("/kiosk/fi/matters/passport/"))
    assert "vanheneeko se viimeistään torstaina 12. kesäkuuta 2031?" in page


def test_yes_gives_a_number(kiosk):
    page = text_of(kiosk.get(say_yes(kiosk).url))
    assert "B1" in page and "Alien's passport" in page
    assert "Nobody is ahead of you." in page
    assert "<svg" in page


def test_no_leads_to_booking(kiosk):
    page = text_of(kiosk.get("/kiosk/en/matters/passport/"))
    assert 'href="/kiosk/en/not-urgent/"' in page
    assert "Book a time for your matter" in text_of(kiosk.get("/kiosk/en/not-urgent/"))


@pytest.mark.parametrize("urgent", ["no", "", "YES", "\x00"])
def test_only_a_yes_gives_a_number(kiosk, urgent):
    response = say_yes(kiosk, urgent=urgent)
    assert response.status_code == 422
    assert "Queue numbers are for urgent matters" in text_of(response)
    assert not Ticket.objects.exists()


def test_pressing_yes_twice_gives_one_number(kiosk):
    request_id = re.search(
        r'name="request_id" value="([^"]+)"', text_of(kiosk.get("/kiosk/en/matters/passport/"))
    )[1]
    first, second = (say_yes(kiosk, request_id=request_id) for _press in range(2))
    assert first.url == second.url
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("request_id", ["", "x", "\x00", "9" * 100_000])
def test_a_press_without_a_usable_id_gives_a_number_all_the_same(kiosk, request_id):
    assert say_yes(kiosk, request_id=request_id).status_code == 302


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("slug", ["nothing", "citizenship"])
def test_a_matter_that_gets_no_number_is_refused_on_a_page_of_the_kiosk(kiosk, slug, method):
    make_service("citizenship", category=Service.Category.CITIZENSHIP, can_be_urgent=False)
    response = getattr(kiosk, method)(f"/kiosk/en/matters/{slug}/", {"urgent": "yes"})
    assert response.status_code == 422
    assert "This matter is not served by queue number here." in text_of(response)
    assert 'class="kiosk-header"' in text_of(response)


def test_a_closed_point_gives_no_number(kiosk, clock):
    clock.move_to(NOW.replace(hour=20))
    response = say_yes(kiosk)
    assert response.status_code == 409
    assert "The service point is closed now." in text_of(response)


def test_when_all_numbers_are_given_the_next_one_is_told_so(kiosk, group):
    group.service_point.tickets_per_day = 1
    group.service_point.save()
    say_yes(kiosk)
    response = say_yes(kiosk)
    assert response.status_code == 409
    assert "All queue numbers of today have been given." in text_of(response)


# The number -------------------------------------------------------------------------


def test_the_number_tells_how_many_are_ahead(kiosk):
    say_yes(kiosk)
    assert "1 person is ahead of you." in text_of(kiosk.get(say_yes(kiosk).url))
    assert "2 people are ahead of you." in text_of(kiosk.get(say_yes(kiosk).url))


def test_a_number_of_another_point_or_day_or_none_is_not_shown(kiosk, group, clock):
    elsewhere = make_group(make_point("vaasa"), services=list(group.services.all()))
    make_opening(elsewhere, NOW.weekday())
    other_kiosk = type(kiosk)()
    enrol_client(other_kiosk, elsewhere.service_point)
    assert kiosk.get(say_yes(other_kiosk).url).status_code == 404
    assert kiosk.get("/kiosk/en/number/nothing/").status_code == 404
    own = say_yes(kiosk).url
    clock.move_to(NOW + datetime.timedelta(days=1))
    assert kiosk.get(own).status_code == 404


@pytest.mark.parametrize("code", ["%F0%9F%99%82", "a" * 300])
def test_a_code_that_cannot_be_one_is_not_found(kiosk, code):
    assert kiosk.get(f"/kiosk/en/number/{code}/").status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [("", 405), ("matters/", 405), ("not-urgent/", 405), ("number/abc/", 405)],
)
def test_pages_that_only_show_take_no_post(kiosk, path, status):
    assert kiosk.post(f"/kiosk/en/{path}").status_code == status


@pytest.mark.parametrize("path", PAGES)
def test_nothing_of_a_kiosk_is_kept_by_a_cache(kiosk, path):
    assert "no-store" in kiosk.get(f"/kiosk/en/{path}")["Cache-Control"]


def test_the_matters_are_listed_in_few_queries(kiosk, group, django_assert_num_queries):
    make_group(group.service_point, services=[make_service() for _ in range(5)])
    with django_assert_num_queries(2):
        kiosk.get("/kiosk/en/matters/")
