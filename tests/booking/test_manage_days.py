"""The manager's pages about days: the week, an extra day and its release, a closing."""

import datetime

import pytest
from django.urls import reverse

from accounts.models import Role
from booking import operations
from booking.models import Release, Slot
from servicepoints.models import DateOverride
from tests.factories import (
    make_appointment,
    make_group,
    make_hold,
    make_opening,
    make_person,
    make_point,
    make_service,
    make_slot,
    make_slots,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 12, 1, 10, 0, tzinfo=datetime.UTC)  # a Tuesday
SATURDAY = datetime.date(2026, 12, 19)


@pytest.fixture
def december(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def point():
    return make_point("malmi", name_en="Malmi")


@pytest.fixture
def group(point):
    """Three desks and two services."""
    services = [make_service(minutes=30, name_en="Passport"), make_service(minutes=20)]
    return make_group(point, services=services, desks=3)


@pytest.fixture
def manager(client, point):
    user = make_staff(point, Role.Kind.MANAGER)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def address(name, point, **kwargs):
    return reverse(f"manage:{name}", kwargs={"slug": point.slug, **kwargs})


def typed(**changes):
    """A Saturday as somebody types it."""
    answers = {
        "date_0": "19",
        "date_1": "12",
        "date_2": "2026",
        "opens_at": "9.00",
        "closes_at": "15.00",
        "desks": "3",
        "public_desks": "2",
        "release": "now",
        "policy": "at_once",
        "step": "preview",
    }
    return date_named(answers | changes)


def date_named(answers):
    """Name the parts of dates as the widget does."""
    parts = {"_0": "_day", "_1": "_month", "_2": "_year"}
    return {
        (name[:-2] + parts[name[-2:]] if name[-2:] in parts else name): value
        for name, value in answers.items()
    }


def body(response):
    return response.content.decode()


# Own points -----------------------------------------------------------------------


def test_a_manager_of_one_point_comes_straight_to_its_week(manager, point):
    response = manager.get("/manage/")

    assert response.status_code == 302 and response.url == address("week", point)


def test_a_manager_of_two_points_chooses(client):
    points = [make_point(), make_point()]
    user = make_staff(points[0], Role.Kind.MANAGER)
    Role.objects.create(user=user, service_point=points[1], kind=Role.Kind.MANAGER)
    client.force_login(user)

    page = body(client.get("/manage/"))

    assert all(address("week", point) in page for point in points)


def test_an_administrator_manages_every_point(client, point):
    client.force_login(make_user(is_superuser=True))

    assert client.get(address("week", point)).status_code == 200


# The week -------------------------------------------------------------------------


def test_the_week_shows_hours_desks_times_and_what_is_booked(december, manager, group):
    make_opening(group, 2, desks=3, public_desks=2)
    operations.open_horizon()
    Release.objects.update(released_at=NOW)
    Slot.objects.update(released=True)
    Slot.objects.filter(starts_at__date=datetime.date(2026, 12, 16)).update(taken=1)

    page = body(manager.get(address("week", group.service_point) + "?week=2026-W51"))

    assert "8.00–16.00" in page and "3 desks" in page and "2 for bookings" in page
    assert "96 times" in page and "48 booked (50 %)" in page and "48 free" in page


def test_the_week_marks_today_holidays_and_overrides(december, manager, group):
    make_opening(group, 6)
    DateOverride.objects.create(
        desk_group=group, date=NOW.date(), kind="closed", reason="Water damage"
    )
    this_week = body(manager.get(address("week", group.service_point)))
    independence_week = body(manager.get(address("week", group.service_point) + "?week=2026-W49"))

    assert 'aria-current="date"' in this_week and "Water damage" in this_week
    assert "Public holiday" in independence_week  # 6 December


def test_the_week_says_when_times_are_released_that_wait(december, manager, group):
    operations.open_extra_day(
        group, hours(), release_at=NOW + datetime.timedelta(days=1), by=make_user()
    )

    page = body(manager.get(address("week", group.service_point) + "?week=2026-W51"))

    assert "72 times wait for their release: Wednesday 2 December, 12.00" in page
    assert "Extra hours" in page


def hours(**changes):
    from servicepoints.plan import ProposedHours

    values = {
        "date": SATURDAY,
        "opens_at": datetime.time(9),
        "closes_at": datetime.time(15),
        "desks": 3,
        "public_desks": 2,
    }
    return ProposedHours(**values | changes)


@pytest.mark.parametrize("week", ["2026-W54", "2026-W00", "x", "0001-W01", "9999-W52", "2026W50"])
def test_a_week_that_does_not_exist_is_not_found(manager, point, week):
    assert manager.get(address("week", point), {"week": week}).status_code == 404


def test_a_point_without_desks_says_so(manager, point):
    assert "has no desks yet" in body(manager.get(address("week", point)))


def test_the_week_takes_the_same_few_queries_however_much_there_is(
    december, manager, group, django_assert_num_queries
):
    for number in range(3):
        more = group if not number else make_group(group.service_point, desks=2)
        for weekday in range(5):
            make_opening(more, weekday)
    operations.open_extra_day(group, hours(), release_at=None, by=make_user())
    operations.open_horizon()

    # Session, user, role twice; groups, openings, overrides, their services; slots;
    # releases; and the roles for the menu.
    with django_assert_num_queries(11):
        assert manager.get(address("week", group.service_point) + "?week=2026-W51").status_code


# An extra day ---------------------------------------------------------------------


def test_a_preview_shows_what_the_day_gives_and_saves_nothing(december, manager, group):
    page = body(manager.post(address("extra", group.service_point), typed()))

    assert "Passport" in page and '<td class="number">24</td>' in page  # 2 desks x 12
    assert '<td class="number">36</td>' in page
    assert '<dd class="summary-list__value">18</dd>' in page  # desk hours
    assert not DateOverride.objects.exists() and not Slot.objects.exists()


def test_the_answers_of_a_preview_open_the_day(december, manager, group):
    service = group.services.first()
    response = manager.post(
        address("extra", group.service_point),
        typed(
            step="open",
            services=[service.pk],
            release="later",
            release_date_0="2",
            release_date_1="12",
            release_date_2="2026",
            release_time="9",
        ),
    )

    release = Release.objects.get()
    assert response.url == address("release", group.service_point, release_id=release.pk)
    assert release.release_at == datetime.datetime(2026, 12, 2, 7, 0, tzinfo=datetime.UTC)
    assert release.slots.count() == 36
    assert release.slots.first().only_services == [service.pk]


def test_a_preview_carries_every_answer_along(december, manager, group):
    services = list(group.services.values_list("pk", flat=True))
    page = body(manager.post(address("extra", group.service_point), typed(services=services)))

    assert 'name="date_day" value="19"' in page and 'name="opens_at" value="9.00"' in page
    assert page.count('name="services"') == 2
    assert 'type="hidden" name="step"' not in page


def test_going_back_to_change_keeps_what_was_typed(december, manager, group):
    page = body(manager.post(address("extra", group.service_point), typed(step="change")))

    assert 'value="9.00"' in page and 'value="2026"' in page
    assert "There is a problem" not in page


def test_opening_the_same_day_twice_is_refused_and_says_what_is_open(december, manager, group):
    manager.post(address("extra", group.service_point), typed(step="open"))
    response = manager.post(address("extra", group.service_point), typed(step="open"))

    assert response.status_code == 409
    assert "already open" in body(response)
    assert address("release", group.service_point, release_id=Release.objects.get().pk) in body(
        response
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"date_0": "30", "date_1": "11"}, "Choose a day from today"),
        ({"date_0": "2", "date_1": "6", "date_2": "2027"}, "Choose a day from today"),
        ({"date_2": "9999"}, "Choose a day from today"),
        ({"date_2": "0001"}, "Choose a day from today"),
        ({"date_0": "31", "date_1": "2"}, "There is no such date"),
        ({"date_0": "x"}, "Write the date in numbers"),
        ({"date_0": ""}, "Enter the day as well"),
        ({"opens_at": "9.2"}, "Write the time in hours and minutes"),
        ({"opens_at": "25.00"}, "Write the time in hours and minutes"),
        ({"opens_at": "\0"}, "Write the time in hours and minutes"),
        ({"closes_at": "9.00"}, "Closing time must be later"),
        ({"closes_at": "8.00"}, "Closing time must be later"),
        ({"closes_at": "9.05"}, "These hours give no times"),
        ({"desks": "4", "public_desks": "4"}, "This group has 3 desks in use"),
        ({"desks": "99999999999999999999"}, "This group has 3 desks in use"),
        ({"desks": "two"}, "in digits"),
        ({"desks": "0"}, "At least one desk must be open"),
        ({"public_desks": "0"}, "At least one desk must take bookings"),
        ({"desks": "1"}, "more desks for bookings than desks"),
        ({"services": ["0"]}, "do not serve this service"),
        ({"services": ["x"]}, "do not serve this service"),
        ({"release": "x"}, "valid choice"),
        ({"release": ""}, "Choose when people can book"),
        ({"date_0": "1", "opens_at": "11.00"}, "already passed"),
        ({"date_0": "28", "date_1": "3", "date_2": "2027", "opens_at": "3.30"}, "no such time"),
    ],
)
def test_an_extra_day_that_cannot_be_says_why_and_loses_nothing(
    december, manager, group, changes, sentence
):
    for step in ("preview", "open"):
        answers = typed(**changes) | {"step": step}
        response = manager.post(address("extra", group.service_point), answers)

        assert response.status_code == 422
        assert body(response).count(sentence) == 2  # in the summary and at the field
        assert f'value="{answers["closes_at"]}"' in body(response)
    assert not DateOverride.objects.exists()


@pytest.mark.parametrize(
    ("moment", "sentence"),
    [
        (("", "", "", ""), "Enter the day of the release"),
        (("1", "12", "2026", "11.00"), "This moment has already passed"),
        (("30", "11", "2026", "9.00"), "This moment has already passed"),
        (("1", "1", "0001", "9.00"), "This moment has already passed"),
        (("19", "12", "2026", "9.01"), "must be released before"),
        (("20", "12", "2026", "9.00"), "must be released before"),
        (("31", "12", "9999", "9.00"), "must be released before"),
        (("18", "12", "2026", "9.99"), "Write the time"),
    ],
)
def test_a_release_at_an_impossible_moment_is_refused(december, manager, group, moment, sentence):
    day, month, year, time = moment
    answers = typed(
        release="later",
        release_date_0=day,
        release_date_1=month,
        release_date_2=year,
        release_time=time,
    )
    response = manager.post(address("extra", group.service_point), answers)

    assert response.status_code == 422
    assert body(response).count(sentence) == 2


def test_a_moment_that_the_clock_skips_is_refused(time_machine, manager, group):
    time_machine.move_to(datetime.datetime(2027, 3, 1, 10, tzinfo=datetime.UTC), tick=False)
    manager.force_login(make_staff(group.service_point, Role.Kind.MANAGER))
    answers = typed(
        date_0="3",
        date_1="4",
        date_2="2027",
        release="later",
        release_date_0="28",
        release_date_1="3",
        release_date_2="2027",
        release_time="3.30",
    )

    assert "no such time" in body(manager.post(address("extra", group.service_point), answers))


def test_a_sunday_and_a_holiday_are_pointed_out(december, manager, group):
    answers = typed(date_0="6", date_1="12")  # Independence Day, a Sunday in 2026

    page = body(manager.post(address("extra", group.service_point), answers))

    assert "This day is a public holiday." in page and "This day is a Sunday." in page


def test_with_several_groups_one_is_chosen_first(december, manager, group):
    other = make_group(group.service_point, desks=1)
    page = body(manager.get(address("extra", group.service_point)))

    assert f"?group={group.pk}" in page and f"?group={other.pk}" in page
    chosen = address("extra", group.service_point) + f"?group={other.pk}"
    assert other.name in body(manager.get(chosen))


@pytest.mark.parametrize("chosen", ["x", "0", "99999999999999999999", "-1", "1 or 1"])
def test_a_group_that_is_not_of_the_point_is_not_found(manager, group, chosen):
    strange = make_group().pk if chosen == "0" else chosen

    assert manager.get(address("extra", group.service_point), {"group": strange}).status_code == 404


# Its release ----------------------------------------------------------------------


@pytest.fixture
def release(december, group):
    return operations.open_extra_day(
        group, hours(), release_at=NOW + datetime.timedelta(days=1), by=make_user()
    )


def test_a_release_waits_until_its_moment_and_then_says_it_happened(manager, point, release):
    here = address("release", point, release_id=release.pk)
    before = body(manager.get(here))
    Release.objects.update(release_at=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    operations.release_due()
    after = body(manager.get(here))

    assert "Waits for its release" in before and "Wednesday 2 December 2026, 12.00" in before
    assert "72 of 10 minutes" in before
    assert ">Released</span>" in after and "Waits for its release" not in after


def test_htmx_gets_nothing_while_a_release_is_as_before(manager, point, release):
    here = address("release", point, release_id=release.pk)
    first = manager.get(here, headers={"HX-Request": "true"})
    again = manager.get(here, {"seen": first.context["state"]}, headers={"HX-Request": "true"})

    assert "<html" not in body(first)
    assert again.status_code == 204


def test_the_list_of_extra_days_takes_the_same_few_queries(
    manager, point, group, release, django_assert_num_queries
):
    for hour in range(15, 18):
        operations.open_extra_day(
            group,
            hours(opens_at=datetime.time(hour), closes_at=datetime.time(hour + 1)),
            release_at=None,
            by=make_user(),
        )

    with django_assert_num_queries(9):
        page = body(manager.get(address("releases", point)))
    assert page.count("Waits for its release") == 4


def test_an_empty_list_of_extra_days_offers_the_next_step(manager, point):
    assert address("extra", point) in body(manager.get(address("releases", point)))


# Closing --------------------------------------------------------------------------


def closing(slot, **changes):
    point = slot.desk_group.service_point
    date = slot.starts_at.astimezone(point.zone).date()
    answers = {"date_0": date.day, "date_1": date.month, "date_2": date.year, "reason": "Storm"}
    return date_named(answers | changes)


def test_a_day_closes_after_it_was_confirmed(manager, group):
    slot = make_slot(group)
    asked = body(manager.post(address("close", group.service_point), closing(slot)))
    assert "Nobody has a time on this day." in asked and Slot.objects.exists()

    manager.post(address("close", group.service_point), closing(slot, step="close"))

    assert not Slot.objects.exists()
    assert DateOverride.objects.get().reason == "Storm"


@pytest.mark.parametrize("step", ["check", "close"])
def test_a_day_with_bookings_says_who_is_in_the_way(manager, group, step):
    slot = make_slots(group, 3)[0]
    person = make_person("Åsa Öhman")
    visit = make_appointment(slot, people=[person], user=make_user("asa@example.org"))
    response = manager.post(address("close", group.service_point), closing(slot, step=step))

    assert response.status_code == 409
    page = body(response)
    assert "Åsa Öhman" in page and visit.reference in page and visit.service.name in page
    assert Slot.objects.exists() and not DateOverride.objects.exists()


def test_who_is_in_the_way_leads_to_the_visit_where_it_can_be_moved_or_cancelled(manager, group):
    slot, *_, later = make_slots(group, 6)[:4]
    visit, held = make_appointment(slot), make_hold(later)
    page = body(manager.post(address("close", group.service_point), closing(slot)))

    link = reverse("desk_visit", args=[group.service_point.slug, visit.pk])
    assert f'href="{link}"' in page and str(held.pk) not in page
    seen = body(manager.get(link))
    assert "Move to another time" in seen and "Cancel the visit" in seen


def test_a_day_that_somebody_is_booking_just_now_is_not_closed(manager, group):
    slot = make_slots(group, 3)[0]
    make_hold(slot)
    response = manager.post(address("close", group.service_point), closing(slot, step="close"))

    assert response.status_code == 409 and "just now" in body(response)


@pytest.mark.parametrize("year", ["2020", "9999", "0001"])
def test_a_day_in_the_past_or_far_away_is_not_closed(manager, group, year):
    response = manager.post(
        address("close", group.service_point), closing(make_slot(group), date_2=year)
    )

    assert response.status_code == 422
    assert body(response).count("Choose a day from today") == 2 and "Storm" in body(response)


def test_a_closing_can_be_taken_back(manager, group):
    slot = make_slot(group)
    date = slot.starts_at.astimezone(group.service_point.zone).date()
    operations.close_day(group.service_point, date, by=make_user())
    listed = body(manager.get(address("close", group.service_point)))

    manager.post(address("reopen", group.service_point), {"date": date.isoformat()})

    assert date.isoformat() in listed
    assert not DateOverride.objects.exists()


@pytest.mark.parametrize("date", ["", "x", "2026-02-31", "2026-13-01"])
def test_taking_back_a_nonsense_date_is_not_found(manager, point, date):
    assert manager.post(address("reopen", point), {"date": date}).status_code == 404


# Who may --------------------------------------------------------------------------

PAGES = ["week", "extra", "releases", "close", "devices"]
ACTIONS = ["reopen"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("kind", [Role.Kind.CLERK, Role.Kind.ADVISER])
def test_other_staff_of_the_point_are_refused(client, point, path, kind):
    client.force_login(make_staff(point, kind))

    assert client.get(address(path, point)).status_code == 403


@pytest.mark.parametrize("path", PAGES)
def test_a_point_does_not_exist_for_managers_of_others_and_for_applicants(client, point, path):
    for user in (make_staff(make_point(), Role.Kind.MANAGER), make_user()):
        client.force_login(user)
        assert client.get(address(path, point)).status_code == 404
        assert client.post(address(path, point)).status_code in (404, 405)


def test_somebody_who_manages_nothing_has_no_list_of_points(client):
    client.force_login(make_user())

    assert client.get("/manage/").status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_anonymous_people_are_sent_to_sign_in(client, point, path):
    response = client.get(address(path, point))

    assert response.status_code == 302 and reverse("account_login") in response.url


@pytest.mark.parametrize("kind", [Role.Kind.CLERK, Role.Kind.ADVISER])
def test_only_managers_take_a_closing_back(client, point, kind):
    client.force_login(make_staff(point, kind))

    assert client.post(address("reopen", point), {"date": "2026-12-19"}).status_code == 403


def test_an_action_is_not_a_page(manager, point, group):
    assert manager.get(address("reopen", point)).status_code == 405
    assert manager.post(address("week", point)).status_code == 405
    assert manager.put(address("extra", point)).status_code == 405


def test_another_points_release_does_not_exist(manager, point, december):
    group = make_group(desks=3)
    release = operations.open_extra_day(group, hours(), release_at=None, by=make_user())

    assert manager.get(address("release", point, release_id=release.pk)).status_code == 404
    elsewhere = address("release", group.service_point, release_id=release.pk)
    assert manager.get(elsewhere).status_code == 404
