"""Points, offerings and desk groups in the admin: what was promised cannot be taken away (P7)."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from booking import operations, promises
from booking.models import Appointment, Release
from servicepoints.models import Desk, DeskGroup, Offering, ServicePoint
from tests.admin_forms import errors_of, save
from tests.factories import (
    let_expire,
    make_appointment,
    make_group,
    make_hold,
    make_point,
    make_service,
    make_slot,
    make_user,
    next_morning,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(client):
    client.force_login(make_user(is_superuser=True))
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def slot():
    return make_slot(make_group(make_point("malmi")))


@pytest.fixture
def visit(slot):
    return make_appointment(slot)


@pytest.fixture
def point(slot):
    return slot.desk_group.service_point


@pytest.fixture
def offering(point):
    return point.offerings.get()


@pytest.fixture
def unchecked(monkeypatch):
    """Take the checks away, to see that it is they who refuse."""
    monkeypatch.setattr(promises, "_refuse_any", lambda *_, **__: None)


def page_of(row, kind="change"):
    return reverse(f"admin:servicepoints_{row._meta.model_name}_{kind}", args=[row.pk])


def day(days):
    """The local date some days from the slots of a week ahead."""
    return (next_morning() + datetime.timedelta(days=days)).date().isoformat()


# The period of a point ---------------------------------------------------------


@pytest.mark.parametrize("period", [{"valid_until": -1}, {"valid_from": 1}])
def test_a_point_does_not_end_before_its_visits(administrator, point, visit, period):
    change = {field: day(days) for field, days in period.items()}
    response = save(administrator, page_of(point), **change)
    (said,) = errors_of(response)["valid_until"]
    assert "outside this period: 1, from" in said


@pytest.mark.parametrize("period", [{"valid_until": 0}, {"valid_from": 0}])
def test_a_point_may_end_on_the_day_of_its_last_visit(administrator, point, visit, period):
    change = {field: day(days) for field, days in period.items()}
    assert save(administrator, page_of(point), **change).status_code == 302


def test_without_the_check_a_visit_would_be_left_outside(administrator, point, visit, unchecked):
    assert save(administrator, page_of(point), valid_until=day(-1)).status_code == 302


def test_the_refusal_names_nobody(administrator, point, visit):
    page = save(administrator, page_of(point), valid_until=day(-1)).content.decode()
    assert visit.reference not in page and visit.attendees.get().name not in page


def test_a_cancelled_visit_keeps_no_point_open(administrator, point, visit):
    operations.cancel(visit)
    assert save(administrator, page_of(point), valid_until=day(-1)).status_code == 302


def test_a_hold_counts_until_it_expires(administrator, point, slot):
    hold = make_hold(slot)
    assert errors_of(save(administrator, page_of(point), valid_until=day(-1)))
    let_expire(hold)
    assert save(administrator, page_of(point), valid_until=day(-1)).status_code == 302


def test_a_day_is_that_of_the_points_own_clock(administrator):
    tokyo = make_point(time_zone="Asia/Tokyo")
    evening = next_morning().replace(hour=20)
    make_appointment(make_slot(make_group(tokyo), starts_at=evening))
    next_day = evening.date() + datetime.timedelta(days=1)
    assert errors_of(save(administrator, page_of(tokyo), valid_until=evening.date()))
    assert save(administrator, page_of(tokyo), valid_until=next_day).status_code == 302


def test_the_last_day_of_a_point_is_not_before_its_first(administrator, point):
    response = save(administrator, page_of(point), valid_until="2019-12-31")
    assert errors_of(response) == {"valid_until": ["The last day cannot be before the first."]}


# What is fixed once there are times ----------------------------------------------


def test_the_clock_and_the_grid_are_fixed_once_there_are_times(administrator, slot, point):
    save(administrator, page_of(point), time_zone="Asia/Tokyo")
    save(administrator, page_of(slot.desk_group), grid_minutes="5")
    point.refresh_from_db()
    slot.desk_group.refresh_from_db()
    assert (point.time_zone, slot.desk_group.grid_minutes) == ("Europe/Helsinki", 10)


def test_the_clock_and_the_grid_are_open_before(administrator):
    group = make_group()
    save(administrator, page_of(group.service_point), time_zone="Asia/Tokyo")
    save(administrator, page_of(group), grid_minutes="5")
    group = DeskGroup.objects.get(pk=group.pk)
    assert (group.service_point.time_zone, group.grid_minutes) == ("Asia/Tokyo", 5)


def test_an_unknown_clock_is_refused(administrator):
    point = make_point()
    assert "time_zone" in errors_of(save(administrator, page_of(point), time_zone="Mars/Base"))


# Offerings -----------------------------------------------------------------------


def test_an_offering_does_not_end_before_its_visits(administrator, offering, visit):
    response = save(administrator, page_of(offering), valid_until=day(-1))
    assert list(errors_of(response)) == ["valid_until"]


def test_visits_for_another_service_do_not_keep_an_offering(administrator, point, visit):
    other = Offering.objects.create(
        service=make_service(), service_point=point, valid_from=datetime.date(2020, 1, 1)
    )
    assert save(administrator, page_of(other), valid_until=day(-1)).status_code == 302


def test_other_minutes_follow_on_from_a_day(administrator, offering, visit):
    change = {"valid_until": day(-1), "next_minutes": "20"}
    assert save(administrator, page_of(offering), **change).status_code == 302
    now, then = offering.service.offerings.order_by("valid_from")
    assert then.valid_from == now.valid_until + datetime.timedelta(days=1)
    assert (then.minutes, then.valid_until, then.walk_in) == (20, None, offering.walk_in)


def test_visits_booked_already_keep_their_minutes(administrator, offering, visit):
    save(administrator, page_of(offering), valid_until=day(-1), next_minutes="20")
    visit.refresh_from_db()
    assert visit.minutes == 10


@pytest.mark.parametrize("last_day", ["", "2030-01-01"])
def test_other_minutes_want_a_last_day_of_the_present_ones(administrator, offering, last_day):
    Offering.objects.update(valid_until=datetime.date(2029, 1, 1))
    response = save(administrator, page_of(offering), valid_until=last_day, next_minutes="20")
    assert "valid_until" in errors_of(response)
    assert Offering.objects.count() == 1


def add_offering(administrator, offering, **changes):
    return save(
        administrator,
        reverse("admin:servicepoints_offering_add"),
        service=offering.service_id,
        service_point=offering.service_point_id,
        **changes,
    )


def test_two_offerings_of_a_service_do_not_overlap(administrator, offering):
    response = add_offering(administrator, offering, valid_from=day(0))
    assert "already offers this service" in errors_of(response)["valid_from"][0]


def test_an_offering_may_follow_another(administrator, offering):
    Offering.objects.update(valid_until=day(-1))
    assert add_offering(administrator, offering, valid_from=day(0)).status_code == 302


def test_a_saved_offering_does_not_grow_over_the_next(administrator, offering):
    Offering.objects.update(valid_until=day(-1))
    add_offering(administrator, offering, valid_from=day(0))
    response = save(administrator, page_of(offering), valid_until=day(3))
    assert "already offers this service" in errors_of(response)["valid_from"][0]


def test_a_saved_offering_stays_with_its_service_and_point(administrator, offering):
    other = make_group()
    save(
        administrator,
        page_of(offering),
        service=other.services.get().pk,
        service_point=other.service_point_id,
    )
    kept = (offering.service, offering.service_point)
    offering.refresh_from_db()
    assert (offering.service, offering.service_point) == kept


def test_queue_numbers_are_not_for_what_is_never_urgent(administrator, point):
    never = Offering(service=make_service(can_be_urgent=False), service_point=point)
    response = add_offering(administrator, never, valid_from=day(0), walk_in="on")
    assert list(errors_of(response)) == ["walk_in"]


def test_a_service_that_no_desk_serves_is_offered_with_a_warning(administrator, point):
    idle = Offering(service=make_service(), service_point=point)
    add_offering(administrator, idle, valid_from=day(0))
    assert "No desk group of the point" in administrator.get("/admin/").content.decode()


def test_what_somebody_booked_by_is_not_removed(administrator, offering, visit):
    operations.cancel(visit)
    page = administrator.post(page_of(offering, "delete"), {"post": "yes"})
    assert "Appointments: 1" in page.content.decode()
    assert Offering.objects.filter(pk=offering.pk).exists()


def test_an_offering_nobody_booked_by_is_removed(administrator, offering):
    administrator.post(page_of(offering, "delete"), {"post": "yes"})
    assert not Offering.objects.filter(pk=offering.pk).exists()


# Desk groups and desks -------------------------------------------------------------


def test_a_group_keeps_the_services_of_its_visits(administrator, slot, visit):
    other = make_service()
    response = save(administrator, page_of(slot.desk_group), services=[other.pk])
    (said,) = errors_of(response)["services"]
    assert visit.service.name in said
    assert visit.service in slot.desk_group.services.all()


def test_a_group_may_serve_more(administrator, slot, visit):
    services = [visit.service_id, make_service().pk]
    assert save(administrator, page_of(slot.desk_group), services=services).status_code == 302
    assert slot.desk_group.services.count() == 2


def test_a_service_without_visits_leaves_its_group(administrator, slot):
    other = make_service()
    assert save(administrator, page_of(slot.desk_group), services=[other.pk]).status_code == 302


def test_without_the_check_nobody_could_call_the_visit(administrator, slot, visit, unchecked):
    save(administrator, page_of(slot.desk_group), services=[make_service().pk])
    assert visit.service not in slot.desk_group.services.all()


def test_a_desk_is_taken_out_of_use_and_never_removed(administrator, slot):
    change = {"desks-0-active": "", "desks-0-DELETE": "on"}
    assert save(administrator, page_of(slot.desk_group), **change).status_code == 302
    assert not Desk.objects.get().active


def test_two_desks_of_a_group_have_signs_of_their_own(administrator, slot):
    response = save(administrator, page_of(slot.desk_group), **{"desks-1-sign": "1"})
    assert errors_of(response)["rows"]


def test_two_groups_of_a_point_have_names_of_their_own(administrator, slot, point):
    other = make_group(point)
    response = save(administrator, page_of(other), name=slot.desk_group.name)
    assert errors_of(response) == {"name": ["The point has another desk group of this name."]}


@pytest.mark.parametrize("model", [DeskGroup, ServicePoint])
def test_what_has_times_is_not_removed_and_names_nobody(administrator, visit, model):
    page = administrator.post(page_of(model.objects.get(), "delete"), {"post": "yes"})
    text = page.content.decode()
    assert "Slots: 1" in text and "Appointments: 1" in text
    assert visit.reference not in text and model.objects.exists()


@pytest.mark.parametrize("model", [DeskGroup, ServicePoint])
def test_what_never_had_times_is_removed(administrator, model):
    make_group()
    administrator.post(page_of(model.objects.get(), "delete"), {"post": "yes"})
    assert not model.objects.exists()


# A release ---------------------------------------------------------------------------


def test_a_release_says_its_numbers_and_changes_nothing(administrator, slot, visit):
    release = Release.objects.get()
    url = reverse("admin:booking_release_change", args=[release.pk])
    page = administrator.get(url).content.decode()
    assert "Times for applicants" in page and 'name="_save"' not in page
    assert administrator.post(url, {"release_at": timezone.now()}).status_code == 403
    assert Appointment.objects.get().status == Appointment.Status.CONFIRMED
