"""The lobby screen and one's own number on a phone: what is shown, to whom, and never a name."""

import datetime
import html

import pytest
from django.utils import timezone

from accounts.models import Device, Role
from accounts.operations import revoke
from queueing import operations
from queueing.models import Ticket
from tests.factories import (
    enrol_client,
    make_appointment,
    make_group,
    make_person,
    make_point,
    make_service,
    make_slot,
    make_staff,
    make_user,
)
from tests.queueing.test_calls import MINUTE, make_ticket

pytestmark = pytest.mark.django_db

# A Wednesday, 10.00 in Helsinki; ahead of the database's clock, which sells no past times.
NOW = datetime.datetime(2031, 3, 12, 8, 0, tzinfo=datetime.UTC)
ACROSS = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW)
    return time_machine


@pytest.fixture
def group():
    service = make_service("passport", name_en="Alien's passport", name_sv="Främlingspass")
    return make_group(make_point("lahti", name_en="Lahti"), services=[service], desks=7)


@pytest.fixture
def clerk(group):
    return make_staff(group.service_point)


@pytest.fixture
def screen(client, group):
    enrol_client(client, group.service_point, Device.Kind.DISPLAY)
    return client


def call(group, clerk, desk=0):
    return operations.call_next(list(group.desks.all())[desk], by=clerk)


def arrival(group, name):
    slot = make_slot(group, starts_at=timezone.now() + 5 * MINUTE)
    visit = make_appointment(slot, people=[make_person(name)])
    return operations.check_in(group.service_point, visit.reference)


def text_of(response):
    return html.unescape(response.content.decode())


# The lobby screen -------------------------------------------------------------------


def test_a_number_that_was_missed_is_not_the_call_of_the_moment(screen, group, clerk):
    make_ticket(group)
    ticket = call(group, clerk)
    assert "call--newest" in text_of(screen.get("/display/"))
    operations.miss(ticket, by=clerk)
    page = text_of(screen.get("/display/"))
    assert "B1" in page and "call--newest" not in page


def test_the_screen_shows_number_and_desk_of_a_call(screen, group, clerk):
    make_ticket(group)
    call(group, clerk, desk=4)
    page = text_of(screen.get("/display/"))
    assert '<span class="call__number">B1</span>' in page
    assert '<span class="call__desk">5</span>' in page


def test_the_screen_never_shows_a_name_a_matter_or_a_reference(screen, group, clerk):
    ticket = arrival(group, "Amina Said")
    waiting = arrival(group, "Bo Berg")
    call(group, clerk)
    page = text_of(screen.get("/display/")) + text_of(screen.get("/display/", headers=ACROSS))
    assert "A1" in page
    secrets = ["Amina", "Said", "Bo Berg", "passport", ticket.code, ticket.appointment.reference]
    secrets += [waiting.code, str(ticket.pk), ticket.appointment.email]
    assert [secret for secret in secrets if secret in page] == []


def test_the_last_five_calls_are_shown_the_newest_first(screen, group, clerk):
    for minutes in range(7):
        make_ticket(group, 10 - minutes)
    numbers = [call(group, clerk, desk).label for desk in range(7)]
    for seconds, ticket in enumerate(Ticket.objects.order_by("number")):
        at = NOW + datetime.timedelta(seconds=seconds)
        Ticket.objects.filter(pk=ticket.pk).update(called_at=at)
    page = text_of(screen.get("/display/"))
    shown = [part.split("<")[0] for part in page.split('class="call__number">')[1:]]
    assert shown == numbers[:1:-1]


def test_a_number_that_is_called_again_comes_on_top(screen, group, clerk):
    for minutes in (5, 4):
        make_ticket(group, minutes)
    first, _second = call(group, clerk, 0), call(group, clerk, 1)
    operations.call_again(first, by=clerk)
    newest = text_of(screen.get("/display/")).split('data-call="')[1]
    assert newest.startswith(f'{first.label}:2"')


def test_the_screen_tells_how_many_wait(screen, group):
    for minutes in range(3):
        make_ticket(group, minutes)
    assert "<strong>3</strong>" in text_of(screen.get("/display/"))


def test_an_empty_screen_speaks_all_three_languages(screen):
    page = text_of(screen.get("/display/"))
    for language in ("fi", "sv", "en"):
        assert f'<span lang="{language}">' in page
    assert "Take a number at the kiosk." in page


def test_nothing_of_another_point_or_of_yesterday_is_shown(screen, group, clerk, clock):
    elsewhere = make_group(make_point("vaasa"))
    make_ticket(elsewhere, number=77)
    operations.call_next(elsewhere.desks.get(), by=clerk)
    make_ticket(group, number=66)
    call(group, clerk)
    clock.move_to(NOW + datetime.timedelta(days=1))
    page = text_of(screen.get("/display/"))
    assert "B77" not in page and "B66" not in page


def test_the_calls_alone_are_given_to_htmx(screen, group, clerk):
    make_ticket(group)
    call(group, clerk)
    fragment = text_of(screen.get("/display/", headers=ACROSS))
    assert "<html" not in fragment and "B1" in fragment


def test_the_screen_asks_the_database_as_often_for_many_calls_as_for_one(
    screen, group, clerk, django_assert_num_queries
):
    for minutes in range(5):
        make_ticket(group, minutes)
        call(group, clerk, minutes)
    with django_assert_num_queries(3):
        screen.get("/display/", headers=ACROSS)


def test_a_browser_that_is_no_screen_is_asked_for_a_code(client, group):
    response = client.get("/display/")
    assert response.status_code == 403
    assert "Enrol this device" in text_of(response)


def test_a_kiosk_is_no_screen(client, group):
    enrol_client(client, group.service_point)
    assert client.get("/display/").status_code == 403


@pytest.mark.parametrize("headers", [{}, ACROSS])
def test_a_revoked_screen_shows_nothing_more(screen, group, clerk, headers):
    make_ticket(group)
    call(group, clerk)
    revoke(group.service_point.devices.get())
    response = screen.get("/display/", headers=headers)
    assert response.status_code == 403 and ">B1<" not in text_of(response)
    assert "This device may no longer show this page." in text_of(response)


@pytest.mark.parametrize("path", ["/display/", "/display/lahti/"])
def test_a_screen_only_shows(screen, path):
    assert screen.post(path).status_code == 405


@pytest.mark.parametrize("kind", Role.Kind.values)
def test_staff_of_the_point_see_its_screen(client, group, kind, clerk):
    make_ticket(group)
    call(group, clerk)
    client.force_login(make_staff(group.service_point, kind))
    assert "B1" in text_of(client.get("/display/lahti/"))
    assert "<html" not in text_of(client.get("/display/lahti/", headers=ACROSS))


def test_nobody_else_sees_the_screen_of_staff(client, group):
    assert client.get("/display/lahti/").url == "/account/login/?next=/display/lahti/"
    for user in (make_user(), make_staff(make_point())):
        client.force_login(user)
        assert client.get("/display/lahti/").status_code == 404


def test_an_enrolled_screen_has_no_other_address(screen):
    assert screen.get("/display/lahti/").status_code == 302


# My number --------------------------------------------------------------------------


def test_whoever_has_the_code_sees_the_number_and_how_many_are_ahead(client, group):
    make_ticket(group, 5)
    mine = make_ticket(group, 1, language="en")
    page = text_of(client.get(f"/t/{mine.code}/"))
    assert "B2" in page and "1 person is ahead of you." in page
    assert "Alien's passport" in page and "Lahti" in page


def test_my_number_never_shows_a_name(client, group):
    ticket = arrival(group, "Amina Said")
    page = text_of(client.get(f"/t/{ticket.code}/"))
    assert "A1" in page and "10.05" in page
    for secret in ("Amina", ticket.appointment.reference, ticket.appointment.email):
        assert secret not in page


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (None, "You are next."),
        ("call", "It is your turn. Go to desk 1."),
        ("start", "You are being served at desk 1."),
        ("finish", "Your visit has ended. Thank you."),
        ("miss", "You were called at"),
    ],
)
def test_my_number_tells_where_it_is(client, group, clerk, step, says):
    ticket = make_ticket(group, language="en")
    if step:
        ticket = call(group, clerk)
    for later in {"start": ["start"], "finish": ["start", "finish"], "miss": ["miss"]}.get(
        step, []
    ):
        ticket = getattr(operations, later)(ticket, by=clerk)
    for headers in ({}, ACROSS):
        assert says in text_of(client.get(f"/t/{ticket.code}/", headers=headers))


def test_my_number_is_in_the_language_of_the_kiosk_until_another_is_chosen(client, group):
    ticket = make_ticket(group, language="sv")
    response = client.get(f"/t/{ticket.code}/")
    assert response["Content-Language"] == "sv" and "Främlingspass" in text_of(response)
    client.post("/language/", {"language": "en", "next": "/"})
    assert client.get(f"/t/{ticket.code}/")["Content-Language"] == "en"


def test_my_number_alone_is_given_to_htmx(client, group):
    fragment = text_of(client.get(f"/t/{make_ticket(group).code}/", headers=ACROSS))
    assert "<html" not in fragment and "B1" in fragment


@pytest.mark.parametrize("code", ["AAAAAAAAAAAAAAAAAAAAAA", "%F0%9F%99%82", "a" * 300])
def test_a_code_that_is_none_is_not_found(client, group, code):
    make_ticket(group)
    assert client.get(f"/t/{code}/").status_code == 404


def test_a_code_is_taken_to_the_letter(client, group):
    ticket = make_ticket(group, code="Abcdefghijklmnopqrstuv")
    assert client.get(f"/t/{ticket.code.lower()}/").status_code == 404


def test_my_number_dies_with_the_day(client, group, clock):
    ticket = make_ticket(group)
    clock.move_to(datetime.datetime(2031, 3, 12, 21, 59, tzinfo=datetime.UTC))
    assert client.get(f"/t/{ticket.code}/").status_code == 200
    clock.move_to(datetime.datetime(2031, 3, 12, 22, 0, tzinfo=datetime.UTC))  # midnight
    assert client.get(f"/t/{ticket.code}/").status_code == 404


def test_my_number_dies_with_the_closing_of_the_day(client, group):
    ticket = make_ticket(group)
    ticket.queue_day.closed_at = NOW
    ticket.queue_day.save()
    assert client.get(f"/t/{ticket.code}/").status_code == 404


def test_the_code_goes_nowhere_else(client, group):
    response = client.get(f"/t/{make_ticket(group).code}/")
    assert response["Referrer-Policy"] == "same-origin"
    assert "no-store" in response["Cache-Control"]
    assert '<meta name="robots" content="noindex">' in text_of(response)


def test_my_number_only_shows(client, group):
    assert client.post(f"/t/{make_ticket(group).code}/").status_code == 405


def test_my_number_asks_the_database_little(client, group, django_assert_num_queries):
    make_ticket(group, 5)
    mine = make_ticket(group)
    with django_assert_num_queries(2):
        client.get(f"/t/{mine.code}/", headers=ACROSS)
