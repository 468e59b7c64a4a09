"""The desk: sit down, call, start, finish; and what a clerk does for who cannot use the kiosk."""

import datetime
import html
import re
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from booking import operations as booking
from booking.models import Appointment
from queueing import operations
from queueing.models import DeskSession, Ticket, TicketEvent
from tests.factories import (
    make_appointment,
    make_group,
    make_opening,
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
ACTIONS = ["sit/", "leave/", "next/", "check-in/", "number/"]
STEPS = ["start", "again", "finish", "missed"]


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW)
    return time_machine


@pytest.fixture
def group():
    service = make_service("passport", name_en="Alien's passport")
    return open_today(make_group(make_point("lahti", name_en="Lahti"), services=[service], desks=2))


def open_today(group):
    make_opening(group, NOW.weekday(), desks=2)
    return group


@pytest.fixture
def clerk(client, group):
    user = make_staff(group.service_point)
    client.force_login(user)
    return user


@pytest.fixture
def desk(clerk, group):
    """The first desk, with the clerk at it."""
    operations.sit_down(clerk, group.desks.first())
    return group.desks.first()


@pytest.fixture
def called(group, desk, clerk):
    make_ticket(group)
    return operations.call_next(desk, by=clerk)


def act(client, action, **answers):
    return client.post(f"/desk/lahti/{action}/", answers, follow=True)


def step(client, ticket, name):
    return client.post(f"/desk/lahti/{ticket.pk}/{name}/", follow=True)


def text_of(response):
    return html.unescape(response.content.decode())


def arrival(group, minutes=5, name="Amina Said"):
    """Someone whose visit begins so many minutes from now, and who has arrived."""
    slot = make_slot(group, starts_at=timezone.now() + minutes * MINUTE)
    visit = make_appointment(slot, people=[make_person(name)])
    return operations.check_in(group.service_point, visit.reference)


# Who gets in ------------------------------------------------------------------------


def test_a_clerk_of_one_point_comes_straight_to_it(client, clerk):
    assert client.get("/desk/").url == "/desk/lahti/"


def test_a_clerk_of_two_points_chooses(client, clerk):
    Role.objects.create(user=clerk, service_point=make_point("vaasa"), kind=Role.Kind.CLERK)
    page = text_of(client.get("/desk/"))
    assert 'href="/desk/lahti/"' in page and 'href="/desk/vaasa/"' in page


def test_who_sits_at_a_desk_comes_back_to_it(client, clerk, desk):
    Role.objects.create(user=clerk, service_point=make_point("vaasa"), kind=Role.Kind.CLERK)
    assert client.get("/desk/").url == "/desk/lahti/"


@pytest.mark.parametrize("kind", Role.Kind.values)
def test_every_role_may_work_at_a_desk(client, group, kind):
    client.force_login(make_staff(group.service_point, kind))
    assert client.get("/desk/lahti/").status_code == 200


def test_an_applicant_has_no_desk(client, group):
    client.force_login(make_user())
    assert client.get("/desk/").status_code == 403
    assert client.get("/desk/lahti/").status_code == 404


@pytest.mark.parametrize("path", ["/desk/", "/desk/lahti/"])
def test_a_desk_is_for_those_who_have_signed_in(client, group, path):
    assert client.get(path).url == f"/account/login/?next={path}"


def test_a_clerk_of_another_point_finds_nothing_here(client, group, called):
    client.force_login(make_staff(make_point()))
    assert client.get("/desk/lahti/").status_code == 404
    addresses = [f"/desk/lahti/{action}" for action in ACTIONS]
    addresses += [f"/desk/lahti/{called.pk}/{name}/" for name in STEPS]
    assert {client.post(address).status_code for address in addresses} == {404}
    called.refresh_from_db()
    assert (called.status, Ticket.objects.count()) == ("called", 1)


@pytest.mark.parametrize("action", [*ACTIONS, "0c8c2637-325f-4b85-a32a-8d84eaee8ed4/start/"])
def test_following_a_link_does_nothing_at_a_desk(client, desk, action):
    assert client.get(f"/desk/lahti/{action}").status_code == 405


def test_a_clerk_who_lost_the_role_lost_the_desk(client, clerk, desk):
    clerk.roles.all().delete()
    assert client.get("/desk/lahti/").status_code == 404
    assert client.post("/desk/lahti/next/").status_code == 404


# Choosing a desk --------------------------------------------------------------------


def test_a_clerk_without_a_desk_chooses_one(client, clerk, group):
    page = text_of(client.get("/desk/lahti/"))
    assert "Choose your desk at Lahti" in page
    assert all(f'value="{desk.pk}"' in page for desk in group.desks.all())


def test_sitting_down_shows_the_desk(client, clerk, group):
    page = text_of(act(client, "sit", desk=group.desks.last().pk))
    assert "The desk is free" in page
    assert DeskSession.objects.get(ended_at=None).desk == group.desks.last()


def test_a_desk_at_which_somebody_works_cannot_be_chosen(client, clerk, group):
    other = make_staff(group.service_point)
    operations.sit_down(other, group.desks.first())
    page = text_of(client.get("/desk/lahti/"))
    assert re.search(rf'value="{group.desks.first().pk}"[^>]* disabled', page)
    assert other.email in page


def test_a_desk_that_was_taken_in_between_is_said(client, clerk, group):
    operations.sit_down(make_staff(group.service_point), group.desks.first())
    page = text_of(act(client, "sit", desk=group.desks.first().pk))
    assert "Someone else is working at desk 1." in page
    assert not DeskSession.objects.filter(user=clerk).exists()


@pytest.mark.parametrize("chosen", ["", "x", "-1", "²", "\x00", "9" * 30, "9" * 5000])
def test_what_is_no_desk_is_asked_again(client, clerk, chosen):
    response = act(client, "sit", desk=chosen)
    assert response.status_code == 422
    assert '<a href="#id_desk">Choose a desk.</a>' in text_of(response)


def test_the_language_of_an_error_leads_to_a_page_that_can_be_shown(client, clerk, desk):
    page = text_of(client.post("/desk/lahti/check-in/"))
    assert '<input type="hidden" name="next" value="/desk/lahti/">' in page


@pytest.mark.parametrize("chosen", ["0", "9" * 18])
def test_a_desk_that_there_is_not_is_not_found(client, clerk, chosen):
    assert act(client, "sit", desk=chosen).status_code == 404


def test_a_desk_of_another_point_or_out_of_use_is_not_found(client, clerk, group):
    elsewhere = make_group(make_point()).desks.get()
    unused = group.desks.last()
    unused.active = False
    unused.save()
    for desk in (elsewhere, unused):
        assert act(client, "sit", desk=desk.pk).status_code == 404


def test_leaving_the_desk_leads_to_choosing_one(client, clerk, desk):
    assert "Choose your desk" in text_of(act(client, "leave"))
    assert not DeskSession.objects.filter(ended_at=None).exists()


def test_a_desk_with_somebody_at_it_is_not_left(client, clerk, called):
    assert "Number B1 is still at this desk." in text_of(act(client, "leave"))


def test_a_desk_elsewhere_is_named_before_it_is_left(client, clerk, desk):
    Role.objects.create(user=clerk, service_point=make_point("kemi"), kind=Role.Kind.CLERK)
    assert "You are at desk 1 of Lahti." in text_of(client.get("/desk/kemi/"))


# The line ---------------------------------------------------------------------------


def test_the_line_shows_visits_by_name_and_numbers_without(client, group, desk):
    arrival(group, name="Amina Said")
    make_ticket(group, 3)
    page = text_of(client.get("/desk/lahti/"))
    assert "Amina Said" in page and "Appointment at" in page
    assert "Queue number" in page and "Waiting since" in page
    assert "2 people are waiting for you." in page


def test_those_for_other_desks_are_shown_and_not_counted(client, group, desk):
    make_ticket(make_group(group.service_point, services=[make_service()]))
    page = text_of(client.get("/desk/lahti/"))
    assert "(other desks)" in page
    assert "Nobody is waiting for this desk." in page


def test_who_is_late_for_is_marked(client, group, desk):
    ticket = arrival(group)
    late = Appointment.objects.filter(pk=ticket.appointment_id)
    late.update(starts_at=timezone.now() - 12 * MINUTE)
    assert "12 min late" in text_of(client.get("/desk/lahti/"))


def test_nobody_of_another_point_is_in_the_line(client, group, desk):
    elsewhere = open_today(make_group(make_point("vaasa"), services=list(group.services.all())))
    arrival(elsewhere, name="Somebody Else")
    page = text_of(client.get("/desk/lahti/"))
    assert "Somebody Else" not in page and "Nobody is waiting" in page


def test_the_work_alone_is_given_to_htmx(client, group, desk):
    make_ticket(group)
    fragment = text_of(client.get("/desk/lahti/", headers={"HX-Request": "true"}))
    assert "<html" not in fragment and "B1" in fragment


def test_the_desk_asks_the_database_as_often_for_a_long_line_as_for_a_short_one(
    client, group, desk, django_assert_num_queries
):
    for minutes in range(1, 4):
        arrival(group, minutes, name=f"Person {minutes}")
        make_ticket(group, minutes, number=minutes)
    with django_assert_num_queries(12):
        client.get("/desk/lahti/")


# Calling and serving ----------------------------------------------------------------


def test_a_number_goes_from_the_call_to_the_end(client, group, desk, clerk):
    make_ticket(group)
    assert "Called" in text_of(act(client, "next"))
    ticket = Ticket.objects.get()
    assert "In service" in text_of(step(client, ticket, "start"))
    assert "The desk is free" in text_of(step(client, ticket, "finish"))
    assert [event.kind for event in ticket.events.all()] == ["called", "started", "served"]
    assert {event.actor for event in ticket.events.all()} == {clerk}


def test_the_called_visit_is_shown_by_name(client, group, desk):
    arrival(group, name="Amina Said")
    page = text_of(act(client, "next"))
    assert '<p class="at-desk__name">Amina Said</p>' in page


def test_a_number_is_called_again(client, called):
    assert ", 2 times" in text_of(step(client, called, "again"))


def test_who_does_not_come_is_missed(client, called):
    step(client, called, "missed")
    called.refresh_from_db()
    assert called.status == "missed"


def test_who_did_not_come_is_listed_and_put_back_in_line(client, called):
    page = text_of(step(client, called, "missed"))
    assert "Did not come today" in page and re.search(r"called at [\d.]+ to desk 1", page)
    page = text_of(step(client, called, "back"))
    assert "Number B1 is back in line." in page and "Did not come today" not in page
    called.refresh_from_db()
    assert called.status == "waiting"


def test_putting_somebody_back_twice_puts_them_there_once(client, called):
    step(client, called, "missed")
    step(client, called, "back")
    assert "Number B1 has moved on meanwhile." in text_of(step(client, called, "back"))


def test_the_list_of_those_who_did_not_come_is_short(client, group, desk):
    for number in range(1, 13):
        make_ticket(
            group, number=number, status="missed", desk=desk, called_at=timezone.now(), calls=1
        )
    assert text_of(client.get("/desk/lahti/")).count('class="missed__number"') == 10


def test_who_did_not_come_elsewhere_is_neither_listed_nor_found(client, group, desk, clerk):
    elsewhere = open_today(make_group(make_point("vaasa"), services=list(group.services.all())))
    make_ticket(elsewhere)
    other = operations.call_next(elsewhere.desks.get(), by=make_user())
    operations.miss(other, by=make_user())
    assert "Did not come today" not in text_of(client.get("/desk/lahti/"))
    assert step(client, other, "back").status_code == 404


def test_the_key_that_ends_a_call_unheard_wants_two_presses(client, called):
    page = text_of(client.get("/desk/lahti/"))
    assert 'data-shortcut="m" data-shortcut-twice' in page


def test_an_empty_line_is_said(client, desk):
    assert "Nobody is waiting for this desk." in text_of(act(client, "next"))


def test_pressing_next_twice_calls_one_person(client, group, desk):
    make_ticket(group, 2)
    make_ticket(group, 1)
    act(client, "next")
    assert "Number B1 is still at this desk." in text_of(act(client, "next"))
    assert Ticket.objects.filter(status="called").count() == 1


@pytest.mark.parametrize("name", STEPS)
def test_pressing_a_step_twice_takes_it_once(client, called, clerk, name):
    if name == "finish":
        operations.start(called, by=clerk)
    for _press in range(2):
        assert step(client, called, name).status_code == 200
    events = called.events.exclude(kind__in=["called", "recalled"])
    assert events.count() == {"start": 1, "again": 0, "finish": 2, "missed": 1}[name]


def test_a_step_out_of_order_is_said_and_changes_nothing(client, called):
    assert "Number B1 has moved on meanwhile." in text_of(step(client, called, "finish"))
    called.refresh_from_db()
    assert called.status == "called"


def test_a_ticket_at_another_desk_is_not_found(client, group, clerk, called):
    other = Client()
    colleague = make_staff(group.service_point)
    operations.sit_down(colleague, group.desks.last())
    other.force_login(colleague)
    assert {step(other, called, name).status_code for name in STEPS} == {404}


def test_a_ticket_that_nobody_called_is_not_found(client, group, desk):
    assert step(client, make_ticket(group), "start").status_code == 404


def test_a_step_that_there_is_not_is_not_found(client, called):
    assert step(client, called, "transfer").status_code == 404


def test_calling_without_a_desk_leads_to_choosing_one(client, clerk, group):
    make_ticket(group)
    response = act(client, "next")
    assert response.status_code == 200
    assert "You are not at a desk." in text_of(response)
    assert "Choose your desk at Lahti" in text_of(response)


def test_a_step_after_the_desk_was_left_elsewhere_leads_to_choosing_one(client, called, clerk):
    DeskSession.objects.update(ended_at=timezone.now())
    response = step(client, called, "start")
    assert "You are not at a desk." in text_of(response)
    called.refresh_from_db()
    assert called.status == "called"


# For who cannot use the kiosk ---------------------------------------------------------


def test_a_clerk_checks_somebody_in(client, group, desk):
    visit = make_appointment(make_slot(group, starts_at=timezone.now() + 5 * MINUTE))
    page = text_of(act(client, "check-in", reference=visit.reference.lower()))
    assert "Number A1 has been given." in page
    assert Appointment.objects.get().status == "arrived"


def missed_visit(client, group):
    visit = make_appointment(make_slot(group, starts_at=timezone.now() + 5 * MINUTE))
    act(client, "check-in", reference=visit.reference)
    act(client, "next")
    step(client, Ticket.objects.get(), "missed")
    return visit


def test_a_clerk_checks_somebody_in_who_was_missed(client, group, desk):
    visit = missed_visit(client, group)
    page = text_of(act(client, "check-in", reference=visit.reference))
    assert "Number A1 is back in line." in page


def test_a_clerk_is_told_what_to_do_with_who_was_missed_twice(client, group, desk):
    visit = missed_visit(client, group)
    act(client, "check-in", reference=visit.reference)
    act(client, "next")
    step(client, Ticket.objects.get(), "missed")
    response = act(client, "check-in", reference=visit.reference)
    assert response.status_code == 422
    assert "Put it back in line under “Did not come today”" in text_of(response)


def test_a_clerk_is_told_that_a_number_is_called_already(client, group, desk):
    visit = make_appointment(make_slot(group, starts_at=timezone.now() + 5 * MINUTE))
    act(client, "check-in", reference=visit.reference)
    act(client, "next")
    page = text_of(act(client, "check-in", reference=visit.reference))
    assert "Number A1 is being called to desk 1." in page


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("", "Type the reference of the visit."),
        ("AAAAAAAAAA", "There is no visit with this reference today."),
        ("A\x00", "Null characters are not allowed."),
        ("A" * 31, "at most 30 characters"),
    ],
)
def test_a_reference_that_is_not_right_is_said_and_kept(client, desk, reference, says):
    response = act(client, "check-in", reference=reference)
    page = text_of(response)
    assert response.status_code == 422
    assert page.count(says) == 2 and page.count("There is a problem") == 1
    assert "<title>Error:" in page
    assert not reference or f'value="{reference}"' in page


@pytest.mark.parametrize("minutes", [90, -60])
def test_who_is_too_early_or_too_late_is_not_checked_in(client, group, desk, minutes):
    slot = make_slot(group, starts_at=timezone.now() + 100 * MINUTE)
    visit = make_appointment(slot)
    Appointment.objects.update(starts_at=timezone.now() + minutes * MINUTE)
    assert "Your visit " in text_of(act(client, "check-in", reference=visit.reference))
    assert not Ticket.objects.exists()


def hand_out(client, group, **more):
    answers = {
        "service": group.services.get().pk,
        "language": "sv",
        "urgent": "on",
        "request_id": str(uuid.uuid4()),
    }
    return client.post("/desk/lahti/number/", answers | more, follow=True)


def test_a_clerk_hands_out_a_number(client, group, desk):
    assert "Number B1 has been given." in text_of(hand_out(client, group))
    assert Ticket.objects.get().language == "sv"


def test_pressing_twice_hands_out_one_number(client, group, desk):
    same_page = {"request_id": str(uuid.uuid4())}
    for _press in range(2):
        assert "Number B1 has been given." in text_of(hand_out(client, group, **same_page))
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"service": ""}, "Choose the matter."),
        ({"service": "9" * 30}, "Select a valid choice."),
        ({"service": "9" * 5000}, "Select a valid choice."),
        ({"service": "\x00"}, "Null characters are not allowed."),
        ({"language": "de"}, "Select a valid choice."),
        ({"urgent": ""}, "Queue numbers are for urgent matters"),
        ({"request_id": "x"}, "Enter a valid UUID."),
    ],
)
def test_a_number_that_cannot_be_handed_out_is_said(client, group, desk, wrong, says):
    response = hand_out(client, group, **wrong)
    assert response.status_code == 422
    assert says in text_of(response)
    assert text_of(response).count("There is a problem") == 1
    assert not Ticket.objects.exists()


def test_what_was_chosen_is_kept_when_no_number_can_be_handed_out(client, group, desk):
    page = text_of(hand_out(client, group, urgent=""))
    assert re.search(rf'value="{group.services.get().pk}" selected', page)
    assert re.search(r'value="sv" selected', page)


@pytest.mark.parametrize("action", ["check-in", "number"])
def test_who_has_left_the_desk_meanwhile_chooses_one_again(client, clerk, group, action):
    response = act(client, action)
    assert response.status_code == 200
    assert "Choose your desk at Lahti" in text_of(response)


def test_a_visit_that_was_cancelled_is_unknown(client, group, desk):
    visit = booking.cancel(
        make_appointment(make_slot(group, starts_at=timezone.now() + 5 * MINUTE))
    )
    page = text_of(act(client, "check-in", reference=visit.reference))
    assert "There is no visit with this reference today." in page
    assert not TicketEvent.objects.exists()
