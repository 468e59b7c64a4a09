"""`/visits/`: what a person has booked; see it, cancel it, move it, take it into a calendar."""

import datetime

import pytest
from django.utils import timezone

from booking import operations
from booking.answers import value_of
from booking.models import Appointment
from notifications.models import Message
from tests.factories import (
    let_expire,
    make_appointment,
    make_group,
    make_hold,
    make_point,
    make_service,
    make_slot,
    make_slots,
    make_user,
    next_morning,
)

pytestmark = pytest.mark.django_db

PAGES = ["", "visit.ics", "cancel/", "move/", "move/time/?point=lahti", "move/check/?point=lahti"]


@pytest.fixture
def slots():
    service = make_service("study", name_en="Residence permit: study", bring_en="Passport\nPhoto")
    point = make_point("lahti", name_en="Lahti", street_address="Kirkkokatu 12 D")
    return make_slots(make_group(point, services=[service]), 6)


@pytest.fixture
def owner(client):
    user = make_user()
    client.force_login(user)
    return user


@pytest.fixture
def visit(slots, owner):
    return make_appointment(slots[0], user=owner)


def page_of(visit, page=""):
    return f"/visits/{visit.pk}/{page}"


def chosen(slot):
    return {"point": slot.desk_group.service_point.slug, "time": value_of(slot.starts_at)}


def move(client, visit, slot):
    return client.post(page_of(visit, "move/check/"), chosen(slot))


def text_of(response):
    return response.content.decode()


def begin(visit):
    """Let the visit's time come a moment ago."""
    Appointment.objects.filter(pk=visit.pk).update(starts_at=timezone.now())
    visit.refresh_from_db()


# The list -----------------------------------------------------------------------


def test_coming_visits_are_listed_the_next_one_first(client, owner, slots):
    later, sooner = (make_appointment(slot, user=owner) for slot in (slots[3], slots[0]))
    page = text_of(client.get("/visits/"))
    assert page.index(str(sooner.pk)) < page.index(str(later.pk))
    assert "Residence permit: study" in page and "Lahti" in page


def test_cancelled_and_past_visits_stand_below_the_coming_ones(client, owner, slots):
    cancelled, past, coming = (make_appointment(slot, user=owner) for slot in slots[:3])
    operations.cancel(cancelled)
    Appointment.objects.filter(pk=past.pk).update(starts_at=next_morning(-3))
    page = text_of(client.get("/visits/"))
    below = page.index("Past and cancelled")
    assert page.index(str(coming.pk)) < below
    assert min(page.index(str(cancelled.pk)), page.index(str(past.pk))) > below


def test_nobody_elses_visits_are_listed(client, owner, slots):
    other = make_appointment(slots[0])
    assert str(other.pk) not in text_of(client.get("/visits/"))


def test_an_empty_list_leads_to_booking(client, owner):
    page = text_of(client.get("/visits/"))
    assert "You have no coming visits." in page
    assert 'href="/book/"' in page


def test_a_booking_that_is_not_finished_is_shown_with_the_way_on(client, owner, slots):
    held = make_hold(slots[0], user=owner)
    page = text_of(client.get("/visits/"))
    assert "A booking is not finished" in page
    assert f"/book/{held.pk}/details/" in page


def test_a_hold_that_has_run_out_is_not_shown(client, owner, slots):
    let_expire(make_hold(slots[0], user=owner))
    assert "A booking is not finished" not in text_of(client.get("/visits/"))


def test_past_visits_are_ten_to_a_page(client, owner, slots):
    for slot in make_slots(slots[0].desk_group, 11, starts_at=next_morning(9)):
        operations.cancel(make_appointment(slot, user=owner))
    first, second = (text_of(client.get(f"/visits/?page={page}")) for page in (1, 2))
    assert (first.count("visit-card__time"), second.count("visit-card__time")) == (10, 1)
    assert "Page 1 of 2" in first


@pytest.mark.parametrize("number", ["0", "-1", "99", "x", "%00", "9" * 5000])
def test_a_page_that_is_not_there_shows_one_that_is(client, visit, number):
    assert client.get(f"/visits/?page={number}").status_code == 200


def test_the_list_asks_the_database_as_often_for_many_visits_as_for_one(
    client, visit, slots, owner, django_assert_num_queries
):
    for slot in slots[1:3]:
        make_appointment(slot, user=owner)
    for slot in make_slots(make_group(), 4):
        Appointment.objects.filter(pk=make_appointment(slot).pk).update(
            user=owner, status="served", quota_place=None
        )
    with django_assert_num_queries(11):
        client.get("/visits/")


def test_the_list_is_for_those_who_have_signed_in(client):
    assert client.get("/visits/").url == "/account/login/?next=/visits/"


# Whose visit it is ------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_somebody_elses_visit_is_not_found(client, owner, slots, path):
    other = make_appointment(slots[0])
    assert client.get(page_of(other, path)).status_code == 404


@pytest.mark.parametrize("path", ["cancel/", "move/check/"])
def test_nobody_changes_somebody_elses_visit(client, owner, slots, path):
    other = make_appointment(slots[0])
    assert client.post(page_of(other, path), chosen(slots[1])).status_code == 404
    other.refresh_from_db()
    assert (other.status, other.starts_at) == ("confirmed", slots[0].starts_at)


@pytest.mark.parametrize("path", PAGES)
def test_a_hold_is_no_visit_yet(client, owner, slots, path):
    assert client.get(page_of(make_hold(slots[0], user=owner), path)).status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_a_visit_is_for_those_who_have_signed_in(client, slots, path):
    response = client.get(page_of(make_appointment(slots[0]), path))
    assert response.status_code == 302
    assert response.url.startswith("/account/login/?next=/visits/")


@pytest.mark.parametrize("path", ["", "visit.ics", "move/", "move/time/"])
def test_pages_that_only_show_take_no_post(client, visit, path):
    assert client.post(page_of(visit, path)).status_code == 405


@pytest.mark.parametrize("path", PAGES)
def test_what_is_somebodys_own_is_kept_by_no_cache(client, visit, path):
    assert "no-store" in client.get(page_of(visit, path))["Cache-Control"]


# One visit --------------------------------------------------------------------------


def test_the_owner_sees_when_where_for_what_and_what_to_bring(client, visit):
    page = text_of(client.get(page_of(visit)))
    local = visit.starts_at.astimezone(visit.service_point.zone)
    facts = [visit.reference, f", {local.hour}.00", "Kirkkokatu 12 D", "Residence permit: study"]
    for fact in [*facts, visit.attendees.get().name, ">Passport</label>", ">Photo</label>"]:
        assert fact in page


def test_a_visit_that_comes_can_be_moved_cancelled_and_taken_into_a_calendar(client, visit):
    page = text_of(client.get(page_of(visit)))
    for step in ("move/", "cancel/", "visit.ics"):
        assert page_of(visit, step) in page


def test_a_cancelled_visit_says_so_and_offers_nothing_but_a_new_one(client, visit):
    operations.cancel(visit)
    page = text_of(client.get(page_of(visit)))
    assert "Cancelled" in page
    assert page_of(visit, "move/") not in page and page_of(visit, "cancel/") not in page
    assert 'href="/book/"' in page


def test_a_visit_that_can_no_longer_be_moved_says_why(client, visit, time_machine):
    time_machine.move_to(visit.starts_at - datetime.timedelta(hours=3))
    client.force_login(visit.user)
    page = text_of(client.get(page_of(visit)))
    assert "until 4 hours before the visit" in page
    assert page_of(visit, "move/") not in page


def test_the_time_is_that_of_the_points_own_clock(client, owner, slots):
    visby = make_point("visby", time_zone="Europe/Stockholm")
    group = make_group(visby, services=list(slots[0].desk_group.services.all()))
    visit = make_appointment(make_slot(group, starts_at=next_morning(8)), user=owner)
    local = visit.starts_at.astimezone(visby.zone)
    for page in (page_of(visit), "/visits/"):
        assert f", {local.hour}.00" in text_of(client.get(page))


def test_what_there_was_to_a_visit_is_asked_in_few_queries(
    client, visit, django_assert_num_queries
):
    with django_assert_num_queries(7):
        client.get(page_of(visit))


# Cancelling -------------------------------------------------------------------------


def test_cancelling_is_asked_about_first(client, visit, slots):
    page = text_of(client.get(page_of(visit, "cancel/")))
    assert "Do you want to cancel this visit?" in page
    slots[0].refresh_from_db()
    assert slots[0].taken == 1


def test_cancelling_gives_the_time_back_and_says_so(client, visit, slots):
    response = client.post(page_of(visit, "cancel/"), follow=True)
    slots[0].refresh_from_db()
    assert slots[0].taken == 0
    assert "Your visit is cancelled." in text_of(response)
    assert Message.objects.get(template="visit_cancelled").to == visit.email


def begin_in(visit, hours):
    """Let the visit be so many hours away."""
    starts_at = timezone.now() + datetime.timedelta(hours=hours)
    Appointment.objects.filter(pk=visit.pk).update(starts_at=starts_at)


def test_shortly_before_a_visit_one_says_that_one_cannot_come(client, visit):
    begin_in(visit, 3)
    assert "I cannot come" in text_of(client.get(page_of(visit)))
    page = text_of(client.get(page_of(visit, "cancel/")))
    assert "Can you not come?" in page and "Yes, cancel the visit" not in page
    response = client.post(page_of(visit, "cancel/"), follow=True)
    assert "Thank you for telling us. Your visit is cancelled." in text_of(response)
    assert Appointment.objects.get().cancelled_late


def test_in_good_time_one_cancels(client, visit):
    begin_in(visit, 5)
    assert "I cannot come" not in text_of(client.get(page_of(visit)))
    client.post(page_of(visit, "cancel/"))
    assert not Appointment.objects.get().cancelled_late


def test_cancelling_twice_cancels_once(client, visit):
    for _press in range(2):
        assert client.post(page_of(visit, "cancel/")).url == page_of(visit)
    assert Message.objects.filter(template="visit_cancelled").count() == 1


def test_the_back_button_after_cancelling_leads_to_what_is_so_now(client, visit):
    client.post(page_of(visit, "cancel/"))
    assert client.get(page_of(visit, "cancel/")).url == page_of(visit)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_visit_whose_time_has_come_cannot_be_cancelled(client, visit, method):
    begin(visit)
    response = getattr(client, method)(page_of(visit, "cancel/"))
    assert response.status_code == 409
    assert "This visit cannot be changed any more" in text_of(response)
    visit.refresh_from_db()
    assert visit.status == "confirmed"


# Moving -----------------------------------------------------------------------------


def test_moving_begins_with_the_points_by_their_first_free_time(client, visit, slots):
    services = list(slots[0].desk_group.services.all())
    make_slot(make_group(make_point("vaasa"), services=services), starts_at=next_morning(3))
    page = text_of(client.get(page_of(visit, "move/")))
    vaasa, lahti = (page.index(f"move/time/?point={name}") for name in ("vaasa", "lahti"))
    assert vaasa < lahti


def test_the_times_of_the_point_lead_to_a_last_look(client, visit, slots):
    page = text_of(client.get(page_of(visit, "move/time/?point=lahti")))
    assert value_of(slots[1].starts_at) in page
    assert value_of(slots[0].starts_at) not in page
    assert f'action="{page_of(visit, "move/check/")}"' in page


def test_the_times_alone_are_given_to_htmx(client, visit, slots):
    here = page_of(visit, "move/time/?point=lahti")
    fragment = text_of(client.get(here, headers={"HX-Request": "true"}))
    assert "<html" not in fragment
    assert value_of(slots[1].starts_at) in fragment


def test_the_last_look_shows_the_old_time_and_the_new_and_changes_nothing(client, visit, slots):
    page = text_of(client.get(page_of(visit, "move/check/"), chosen(slots[1])))
    hour = slots[0].starts_at.astimezone(slots[0].desk_group.service_point.zone).hour
    assert f", {hour}.00" in page and f", {hour}.10" in page
    visit.refresh_from_db()
    assert (visit.starts_at, visit.moves) == (slots[0].starts_at, 0)


def test_a_moved_visit_has_the_new_time_and_gave_the_old_back(client, visit, slots):
    response = client.post(page_of(visit, "move/check/"), chosen(slots[1]), follow=True)
    assert "Your visit has a new time." in text_of(response)
    taken = [slot.taken for slot in visit.desk_group.slots.order_by("starts_at")[:2]]
    assert taken == [0, 1]
    assert Message.objects.get(template="visit_moved").to == visit.email


def test_a_visit_can_move_to_another_point(client, visit, slots):
    vaasa = make_group(make_point("vaasa"), services=list(slots[0].desk_group.services.all()))
    move(client, visit, make_slot(vaasa))
    visit = Appointment.objects.get()
    assert visit.service_point.slug == "vaasa"


def test_pressing_move_twice_moves_once(client, visit, slots):
    for _press in range(2):
        assert move(client, visit, slots[1]).url == page_of(visit)
    visit.refresh_from_db()
    assert (visit.moves, Message.objects.filter(template="visit_moved").count()) == (1, 1)


def test_pressing_move_twice_moves_once_where_two_groups_serve_it(client, visit, slots):
    services = list(slots[0].desk_group.services.all())
    twin = make_slot(
        make_group(visit.service_point, services=services), starts_at=slots[1].starts_at
    )
    rival = make_hold(slots[1])
    move(client, visit, twin)
    operations.let_go(rival)
    move(client, visit, twin)
    visit.refresh_from_db()
    assert (visit.moves, visit.desk_group_id) == (1, twin.desk_group_id)


def test_a_time_taken_in_between_is_a_page_with_the_next_times(client, visit, slots):
    make_hold(slots[1])
    response = move(client, visit, slots[1])
    page = text_of(response)
    assert response.status_code == 409
    assert "<title>Error: Someone else just took this time" in page
    assert "Your earlier time is still yours." in page
    assert value_of(slots[2].starts_at) in page
    visit.refresh_from_db()
    assert visit.starts_at == slots[0].starts_at


@pytest.mark.parametrize(
    ("shift", "says"),
    [
        (datetime.timedelta(days=-30), "already passed"),
        (datetime.timedelta(days=400), "too far ahead"),
        (datetime.timedelta(hours=12), "cannot be booked"),
    ],
)
def test_a_time_that_is_past_too_far_ahead_or_when_closed_is_refused(
    client, visit, slots, shift, says
):
    time = value_of(slots[0].starts_at + shift)
    response = client.post(page_of(visit, "move/check/"), {"point": "lahti", "time": time})
    assert response.status_code == 422
    assert says in text_of(response)
    assert value_of(slots[1].starts_at) in text_of(response)


def test_a_day_on_which_the_service_is_not_offered_is_refused_with_other_times(
    client, visit, slots
):
    last = slots[0].starts_at.date()
    visit.service.offerings.update(valid_until=last)
    late = make_slot(slots[0].desk_group, starts_at=slots[0].starts_at + datetime.timedelta(days=1))
    response = move(client, visit, late)
    assert response.status_code == 422
    assert "cannot be booked at this service point on this day" in text_of(response)
    assert value_of(slots[1].starts_at) in text_of(response)


@pytest.mark.parametrize("time", ["", "noon", "9999-12-31T23:59Z", "2026-12-14T09:20", "\x00"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_time_that_is_none_is_asked_again(client, visit, slots, method, time):
    answers = {"point": "lahti", "time": time}
    response = getattr(client, method)(page_of(visit, "move/check/"), answers)
    assert response.status_code == 422
    assert text_of(response).count("There is a problem") == 1
    assert value_of(slots[1].starts_at) in text_of(response)


@pytest.mark.parametrize("path", ["move/time/", "move/check/"])
@pytest.mark.parametrize("point", ["", "vaasa", "mars", "\x00"])
def test_a_point_that_does_not_offer_the_service_leads_to_those_that_do(client, visit, path, point):
    make_group(make_point("vaasa"))
    response = client.get(page_of(visit, path), {"point": point})
    assert response.url == page_of(visit, "move/")


def refusals(client, visit, slot):
    """What every step of moving answers."""
    query = f"?point=lahti&time={value_of(slot.starts_at)}"
    pages = [client.get(page_of(visit, f"{step}{query}")) for step in ("move/", "move/time/")]
    return [*pages, client.get(page_of(visit, f"move/check/{query}")), move(client, visit, slot)]


def test_a_cancelled_visit_cannot_be_moved(client, visit, slots):
    operations.cancel(visit)
    for slot in slots[:2]:
        for response in refusals(client, visit, slot):
            assert response.status_code == 410
            assert "This time is no longer yours" in text_of(response)


def test_a_visit_moved_twice_cannot_be_moved_again(client, visit, slots):
    for slot in slots[1:3]:
        move(client, visit, slot)
    for response in refusals(client, visit, slots[3]):
        assert response.status_code == 409
        assert "This time has been moved 2 times already." in text_of(response)
    visit.refresh_from_db()
    assert visit.starts_at == slots[2].starts_at


def test_it_is_too_late_to_move_shortly_before_the_visit(client, visit, slots, time_machine):
    time_machine.move_to(visit.starts_at - datetime.timedelta(hours=3, minutes=59))
    client.force_login(visit.user)
    for response in refusals(client, visit, slots[1]):
        assert response.status_code == 409
        assert "It is too late to move this time" in text_of(response)


def test_a_visit_can_be_moved_until_the_last_moment_of_the_points_rule(
    client, visit, slots, time_machine
):
    time_machine.move_to(visit.starts_at - datetime.timedelta(hours=4, seconds=1))
    client.force_login(visit.user)
    assert move(client, visit, slots[1]).url == page_of(visit)


def test_a_visit_that_has_begun_cannot_be_moved(client, visit, slots):
    operations.mark_arrived(visit)
    for response in refusals(client, visit, slots[1]):
        assert response.status_code == 409
        assert "This visit cannot be changed any more" in text_of(response)


def test_the_back_button_after_moving_shows_the_new_time_as_the_old_one(client, visit, slots):
    move(client, visit, slots[1])
    page = text_of(client.get(page_of(visit, "move/check/"), chosen(slots[2])))
    hour = slots[0].starts_at.astimezone(slots[0].desk_group.service_point.zone).hour
    assert f", {hour}.10</s>" in page


# The calendar file ------------------------------------------------------------------


def test_a_visit_is_taken_into_a_calendar(client, visit):
    response = client.get(page_of(visit, "visit.ics"))
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="visit.ics"'
    assert visit.reference in text_of(response)


def test_a_cancelled_visit_has_no_calendar_file(client, visit):
    operations.cancel(visit)
    assert client.get(page_of(visit, "visit.ics")).url == page_of(visit)


# The short address of text messages ------------------------------------------------


def test_the_address_in_a_text_message_leads_to_the_visit(client, visit):
    for reference in (visit.reference, visit.reference.lower()):
        assert client.get(f"/v/{reference}/").url == page_of(visit)


def test_who_is_not_signed_in_signs_in_first(client, slots):
    visit = make_appointment(slots[0])
    assert client.get(f"/v/{visit.reference}/").url.endswith(f"next=/v/{visit.reference}/")


def test_a_reference_opens_nothing_to_anybody_else(client, owner, slots):
    strangers = make_appointment(slots[0])
    assert client.get(f"/v/{strangers.reference}/").status_code == 404
    assert client.get("/v/AAAAAAAAAA/").status_code == 404


def test_a_reference_of_a_mere_hold_opens_nothing(client, owner, slots):
    held = make_hold(slots[0], user=owner)
    assert client.get(f"/v/{held.reference}/").status_code == 404
