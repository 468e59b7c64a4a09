"""The search for a time over all points: `/book/point/`, and the wishes on the pages after it."""

import datetime
import re

import pytest
from django.utils import timezone

from booking import expected
from booking.answers import value_of
from booking.models import Release
from tests.factories import (
    make_group,
    make_opening,
    make_point,
    make_service,
    make_slots,
    make_user,
)

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
POINT = "/book/point/?service=study&people=1"
TIMES = "/book/time/?service=study&people=1"


@pytest.fixture
def tuesday() -> datetime.date:
    today = timezone.localdate()
    return today + DAY * (8 - today.weekday() + 7)


@pytest.fixture
def service():
    return make_service("study", name_en="Residence permit: study")


@pytest.fixture
def points(service, tuesday):
    """Lahti has times on a Tuesday at noon, Oulu on the Wednesday after, in the morning."""
    lahti = make_point("lahti", latitude="60.98", longitude="25.66", step_free=True)
    oulu = make_point("oulu", latitude="65.01", longitude="25.47", languages=["fi", "se"])
    for point, date, hour in ((lahti, tuesday, 11), (oulu, tuesday + DAY, 9)):
        starts_at = datetime.datetime.combine(date, datetime.time(hour, 30), point.zone)
        make_slots(make_group(point, services=[service]), 6, starts_at=starts_at)
    return lahti, oulu


def page_of(client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def found(page: str) -> dict[str, str]:
    """The points of the page in its order, each with its clock, or nothing."""
    rows = re.findall(r'<li class="point-choice.*?</li>', page, re.S)
    name = re.compile(r'point-choice__name">(?:<a [^>]*>)?([^<]+)')
    clock = re.compile(r'point-choice__clock">([^<]*)')
    return {
        name.search(row)[1]: (clock.search(row)[1] if clock.search(row) else "") for row in rows
    }


def test_without_wishes_the_search_is_folded_and_the_earliest_point_is_on_top(client, points):
    page = page_of(client, POINT)
    assert found(page) == {"Lahti": "11.30", "Oulu": "9.30"}
    assert '<details class="narrow wide">' in page
    assert "Clear the wishes" not in page


@pytest.mark.parametrize(
    ("wishes", "rows", "words"),
    [
        ("weekdays=2", {"Oulu": "9.30", "Lahti": ""}, "Wednesdays"),
        ("weekdays=1&weekdays=2", {"Lahti": "11.30", "Oulu": "9.30"}, "Tuesdays and Wednesdays"),
        ("weekdays=0,1,2", {"Lahti": "11.30", "Oulu": "9.30"}, "Mondays, Tuesdays and Wednesdays"),
        ("hours=afternoon", {"Lahti": "12.00", "Oulu": ""}, "From 12"),
        ("hours=morning", {"Lahti": "11.30", "Oulu": "9.30"}, "Before 12"),
        ("step_free=on", {"Lahti": "11.30"}, "Accessible with a wheelchair"),
        ("language=se", {"Oulu": "9.30"}, "Language of service: Northern Sámi"),
    ],
)
def test_wishes_narrow_the_search_and_are_said_in_words(client, points, wishes, rows, words):
    page = page_of(client, f"{POINT}&{wishes}")
    assert found(page) == rows
    assert f"<strong>{words}</strong>" in page
    assert '<details class="narrow wide" open>' in page
    assert f'<a href="{POINT.replace("&", "&amp;")}">Clear the wishes</a>' in page


def test_distances_are_told_from_a_municipality_in_either_language(client, points):
    page = page_of(client, f"{POINT}&near=tammerfors")
    assert list(found(page)) == ["Lahti", "Oulu"]
    assert "116 km away" in page
    assert "Distances from: Tampere" in page


def test_the_nearest_point_comes_first_when_that_is_wanted(client, points):
    page = page_of(client, f"{POINT}&near=Kemi&order=distance")
    assert list(found(page)) == ["Oulu", "Lahti"]
    assert "The earliest of all: Lahti" in page


def test_without_a_place_nothing_is_sorted_by_distance(client, points):
    assert list(found(page_of(client, f"{POINT}&order=distance"))) == ["Lahti", "Oulu"]


def test_the_town_of_a_point_abroad_is_known_too(client, points):
    make_point("visby", city="Visby", latitude="57.63", longitude="18.29")
    assert "Distances from: Visby" in page_of(client, f"{POINT}&near=visby")


def test_a_point_abroad_says_its_country_and_who_runs_it(client, points):
    _lahti, oulu = points
    oulu.country, oulu.operator, oulu.operator_name = "SE", "partner", "Statens servicecenter"
    oulu.save()
    for address in (POINT, "/?service=study"):
        page = page_of(client, address)
        assert page.count("Sweden") == 1
        assert "partner office: Statens servicecenter" in page
    assert "Oulu, Sweden" in page_of(client, "/waiting/?service=study&people=1")


def before(date: datetime.date) -> str:
    return f"before_day={date.day}&before_month={date.month}&before_year={date.year}"


def test_what_is_free_before_the_permit_expires_comes_apart(client, points, tuesday):
    page = page_of(client, f"{POINT}&{before(tuesday + DAY)}")
    assert page.index("Free before") < page.index(">Lahti<") < page.index("Free later")
    assert page.index("Free later") < page.index(">Oulu<")


def test_nothing_before_the_permit_expires_is_said_with_the_ways_to_go_on(client, points, tuesday):
    page = page_of(client, f"{POINT}&{before(tuesday)}")
    assert "Nothing is free before" in page
    assert "/waiting/?service=study" in page
    assert 'href="/urgent/"' in page
    assert found(page) == {"Lahti": "11.30", "Oulu": "9.30"}


@pytest.mark.parametrize(
    ("wishes", "says"),
    [
        ("near=Atlantis", "We do not know this municipality."),
        ("near=%00", "Null characters are not allowed."),
        ("before_day=31&before_month=2&before_year=2027", "There is no such date."),
        ("before_day=3", "Enter the month as well."),
        ("before_day=3&before_month=3&before_year=2020", "This day has already come."),
        ("weekdays=9", "There is no such day."),
        ("language=xx", "Choose a language from the list."),
    ],
)
def test_a_wrong_wish_is_said_at_its_field_and_the_others_count(client, points, wishes, says):
    page = page_of(client, f"{POINT}&step_free=on&{wishes}", 422)
    assert page.count(says) == 2
    assert "<title>Error:" in page
    assert found(page) == {"Lahti": "11.30"}
    assert re.search(r'name="step_free"[^>]* checked', page)


def test_what_was_typed_wrong_is_kept(client, points):
    page = page_of(client, f"{POINT}&near=Atlantis&before_day=31&before_month=x", 422)
    assert 'value="Atlantis"' in page
    assert 'value="31"' in page
    assert 'value="x"' in page


def test_a_wrong_wish_is_asked_again_before_the_times(client, points):
    page = page_of(client, f"{TIMES}&point=lahti&near=Atlantis", 422)
    assert "We do not know this municipality." in page


def test_wishes_go_along_to_the_times_and_back(client, points):
    page = page_of(client, f"{POINT}&weekdays=1&near=Kemi")
    assert f"{TIMES}&point=lahti&near=Kemi&weekdays=1".replace("&", "&amp;") in page
    page = page_of(client, f"{TIMES}&point=lahti&near=Kemi&weekdays=1")
    assert "/book/point/?service=study&amp;people=1&amp;point=lahti&amp;near=Kemi" in page


def test_the_times_are_as_wished_and_the_others_are_counted(client, points, tuesday):
    page = page_of(client, f"{TIMES}&point=lahti&hours=afternoon")
    zone = points[0].zone
    at = [datetime.datetime.combine(tuesday, datetime.time(11, m), zone) for m in (30, 40, 50)]
    assert not any(value_of(time) in page for time in at)
    assert value_of(at[0] + datetime.timedelta(minutes=30)) in page
    assert "3 other free times until the last day shown are hidden." in page


def test_all_times_are_shown_without_wishes(client, points, tuesday):
    page = page_of(client, f"{TIMES}&point=lahti")
    starts_at = datetime.datetime.combine(tuesday, datetime.time(11, 30), points[0].zone)
    assert value_of(starts_at) in page
    assert "hidden" not in page.partition('id="times"')[2].partition("<form")[0]


def test_a_point_without_a_time_as_wished_says_how_many_others_there_are(client, points):
    page = page_of(client, f"{TIMES}&point=lahti&weekdays=0")
    assert "No free time here is as you wish." in page
    assert "6 other times are free here." in page
    assert f'href="{TIMES.replace("&", "&amp;")}&amp;point=lahti"' in page


def test_where_only_the_wishes_stand_in_the_way_the_first_time_without_them_is_said(client, points):
    page = page_of(client, f"{POINT}&weekdays=0")
    assert "No free time is as you wish." in page
    assert "The first of all: Lahti" in page


def test_where_nothing_is_free_new_times_are_foretold(client, service):
    group = make_group(make_point("lahti"), services=[service])
    for weekday in range(7):
        make_opening(group, weekday)
    slots = make_slots(group, 3, released=False)
    in_two_days = timezone.now() + 2 * DAY
    Release.objects.update(release_at=in_two_days, policy=Release.Policy.LIST_FIRST)
    page = page_of(client, POINT)
    assert "All times are taken at every service point." in page
    assert "Lahti: times for" in page
    assert f"{in_two_days.astimezone(group.service_point.zone):%-H.%M}" in page
    assert "They are offered to the waiting list first." in page
    assert "A new day opens soon after midnight" in page
    assert slots[0].taken == 0


def test_a_release_for_other_services_is_not_foretold(client, service):
    group = make_group(make_point("lahti"), services=[service, make_service("work")])
    other = group.services.get(slug="work")
    make_slots(group, 3, released=False, only_services=[other.pk])
    Release.objects.update(release_at=timezone.now() + DAY)
    assert "Lahti: times for" not in page_of(client, POINT)
    assert "Lahti: times for" in page_of(client, "/book/point/?service=work&people=1")


@pytest.mark.parametrize(
    ("now", "opens_on", "date"),
    [
        # 31 August to 28 February: four nights of a shorter month open no day, or one.
        ("2026-08-28T09:00Z", "2026-09-01", "2027-03-01"),
        ("2026-11-25T09:00Z", "2026-11-26", "2027-05-26"),
        # The day that opens is a Sunday, or a public holiday: the next one is told.
        ("2026-10-31T09:00Z", "2026-11-03", "2027-05-03"),
    ],
)
def test_the_next_day_of_the_horizon_is_one_on_which_somebody_works(
    client, service, time_machine, now, opens_on, date
):
    time_machine.move_to(now)
    group = make_group(make_point("lahti"), services=[service])
    for weekday in range(5):
        make_opening(group, weekday)
    next_day = expected.new_times(service).next_day
    assert tuple(map(str, next_day)) == (opens_on, date)


def test_the_waiting_list_knows_what_was_looked_for(client, points, tuesday):
    expires = tuesday + 9 * DAY
    wishes = f"weekdays=1,2&hours=morning&step_free=on&{before(expires)}"
    page = page_of(client, f"/waiting/?service=study&people=1&{wishes}")
    checked = set(re.findall(r'name="(\w+)" value="(\w+)"[^>]* checked', page))
    assert checked == {
        ("points", "lahti"),
        ("weekdays", "1"),
        ("weekdays", "2"),
        ("time_of_day", "morning"),
        ("notice", "24"),
    }
    last = expires - DAY
    assert f'name="last_date_day" id="id_last_date_0" value="{last.day}"' in page
    assert f'<input type="hidden" name="before_day" value="{expires.day}">' in page


def test_who_has_said_when_the_permit_expires_need_not_say_it_again(client, points, tuesday):
    client.force_login(make_user())
    last = "&last_date_day={0.day}&last_date_month={0.month}&last_date_year={0.year}"
    wishes = "points=lahti&time_of_day=any&notice=24" + last.format(tuesday)
    address = f"/waiting/people/?service=study&people=1&{wishes}&{before(tuesday + DAY)}"
    page = page_of(client, address)
    assert re.search(r'name="need-need" value="2"[^>]* checked', page)
    assert f'value="{(tuesday + DAY).day}"' in page


def test_a_position_becomes_the_name_of_the_nearest_municipality(client, points):
    near = f"/book/point/near/?{POINT.partition('?')[2]}&weekdays=1"
    response = client.post(near, {"latitude": "65.74", "longitude": "24.56"})
    assert response.status_code == 302
    assert response.url == f"{POINT}&near=Kemi&order=distance&weekdays=1#results"
    assert "65.74" not in response.url


@pytest.mark.parametrize("latitude", ["", "north", "91", "nan", "inf"])
def test_a_position_that_cannot_be_is_answered_with_the_search(client, points, latitude):
    near = f"/book/point/near/?{POINT.partition('?')[2]}"
    response = client.post(near, {"latitude": latitude, "longitude": "24.56"})
    assert response.status_code == 422
    assert "Where are you?" in response.content.decode()


def test_a_point_says_who_can_get_in_and_in_which_languages_it_serves(client, points):
    page = page_of(client, "/points/lahti/")
    assert "Accessible with a wheelchair" in page
    assert "Languages of service: Finnish, Swedish, English" in page
    page = page_of(client, "/points/oulu/")
    assert "Not accessible with a wheelchair" in page
    assert "Languages of service: Finnish, Northern Sámi" in page


def test_the_search_asks_the_database_as_often_for_many_points_as_for_one(
    client, points, django_assert_max_num_queries
):
    for _ in range(5):
        make_group(services=list(points[0].desk_groups.get().services.all()))
    with django_assert_max_num_queries(5):
        client.get(f"{POINT}&near=Kemi&weekdays=1")
