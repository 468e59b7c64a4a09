"""Looking for a time on a phone: near home, on a day that suits, before the permit expires."""

import datetime

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.journeys.axe import assert_fits_in_width
from tests.journeys.booking_steps import service_name
from tests.journeys.reader import PHONE, Reader

WAYS = [
    pytest.param("en", True, id="en"),
    pytest.param("fi", False, id="fi-without-scripts"),
    pytest.param("sv", True, id="sv"),
]


def come_to_the_search(reader: Reader) -> None:
    reader.go("/book/")
    reader.choose(service_name(reader.language))
    reader.press("Continue")
    reader.press("Continue")
    reader.sees("Where do you want to come?")


def names(reader: Reader) -> list[str]:
    return reader.page.locator(".point-choice__name").all_inner_texts()


def write_date(reader: Reader, date: datetime.date) -> None:
    for part, number in (("Day", date.day), ("Month", date.month), ("Year", date.year)):
        reader.page.locator(".date-input").get_by_label(reader.say(part)).fill(str(number))


def mondays(reader: Reader) -> str:
    """As it stands at the beginning of the wishes."""
    word = reader.say("Mondays")
    return word[:1].upper() + word[1:]


def weekdays_of_the_times(reader: Reader) -> list[str]:
    return [day.split()[0] for day in reader.page.locator(".time-list__date").all_inner_texts()]


@pytest.mark.parametrize(("language", "script"), WAYS)
def test_somebody_finds_a_time_near_home_on_a_day_that_suits(somebody, language, script):
    seeker = somebody(language, PHONE, script)
    come_to_the_search(seeker)
    expect(seeker.page.locator(".narrow form").first).to_be_hidden()
    seeker.page.locator(".narrow summary").click()
    seeker.write("Where are you?", "Atlantis")
    seeker.choose(seeker.say("Monday"))
    seeker.press("Show the times")
    seeker.sees("Where do you want to come?")
    expect(seeker.page.locator(".error-summary a")).to_have_count(1)
    expect(seeker.page.locator("[name=weekdays]").first).to_be_checked()
    assert_fits_in_width(seeker.page)
    go_on_with_a_town_that_exists(seeker)
    choose_a_monday(seeker)


def go_on_with_a_town_that_exists(seeker: Reader) -> None:
    seeker.write("Where are you?", "Uleåborg")
    seeker.page.locator("[name=order]").select_option("distance")
    seeker.press("Show the times")
    expect(seeker.page.locator(".wishes")).to_contain_text(mondays(seeker))
    assert names(seeker)[0] in {"Oulu", "Uleåborg"}
    narrowed = names(seeker)
    seeker.page.reload()
    assert names(seeker) == narrowed


def choose_a_monday(seeker: Reader) -> None:
    seeker.page.locator(".point-choices a").first.click()
    seeker.sees("When do you want to come?")
    monday = seeker.say("Monday").lower()
    assert {day.lower() for day in weekdays_of_the_times(seeker)} <= {monday, f"{monday}en"}
    seeker.follow("Show all times")
    expect(seeker.page.locator(".wishes")).to_have_count(0)
    seeker.page.go_back()
    expect(seeker.page.locator(".wishes")).to_contain_text(mondays(seeker))
    seeker.page.locator(".back-link a").click()
    expect(seeker.page.locator("[name=near]")).to_have_value(
        ["Oulu", "Uleåborg"][seeker.language == "sv"]
    )
    seeker.follow("Clear the wishes")
    expect(seeker.page.locator(".wishes")).to_have_count(0)


@pytest.mark.parametrize(("language", "script"), WAYS[:2])
def test_somebody_whose_permit_expires_before_any_time_is_shown_the_other_ways(
    somebody, language, script
):
    seeker = somebody(language, PHONE, script)
    come_to_the_search(seeker)
    expires = timezone.localdate() + datetime.timedelta(days=2)
    seeker.page.locator(".narrow summary").click()
    write_date(seeker, expires)
    seeker.press("Show the times")
    seeker.reads("Free later")
    assert_fits_in_width(seeker.page)
    seeker.page.locator("#results .hds-notification a").click()
    seeker.sees("Join the waiting list")


def test_a_position_is_rounded_and_answered_with_the_name_of_a_place(somebody):
    seeker = somebody("en", PHONE)
    seeker.page.context.grant_permissions(["geolocation"])
    seeker.page.context.set_geolocation({"latitude": 66.503912, "longitude": 25.728961})
    come_to_the_search(seeker)
    seeker.page.locator(".narrow summary").click()
    with seeker.page.expect_request("**/near/**") as sent:
        seeker.press("Use my position")
    assert "66.50&longitude=25.73" in sent.value.post_data
    expect(seeker.page.locator("[name=near]")).to_have_value("Rovaniemi")
    assert "66.5" not in seeker.page.url
    assert names(seeker)[0] == "Rovaniemi"


def test_somebody_who_does_not_give_a_position_is_told_to_write(somebody):
    seeker = somebody("en", PHONE)
    come_to_the_search(seeker)
    seeker.page.locator(".narrow summary").click()
    seeker.press("Use my position")
    seeker.reads("The device did not give a position. Write your municipality instead.")


def test_without_scripts_nothing_asks_for_a_position(somebody):
    seeker = somebody("en", PHONE, False)
    come_to_the_search(seeker)
    seeker.page.locator(".narrow summary").click()
    expect(seeker.page.locator("[data-near]")).to_be_hidden()
