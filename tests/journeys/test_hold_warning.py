"""The last minutes of a kept time: seen and heard, and longer by one press of a button."""

import pytest
from django.db.models import F
from playwright.sync_api import expect

from booking.models import Appointment
from tests.factories import make_hold, make_slot, make_user
from tests.journeys.axe import assert_fits_in_width, assert_no_axe_violations

WARNING = "Two minutes left. You can keep the time for longer."
OVER = "The time is no longer kept for you."


@pytest.fixture
def hold(transactional_db):
    return make_hold(make_slot(), user=make_user())


@pytest.fixture
def details(hold, client, context, live_server):
    """The page of a hold that was just made, on a clock that the test moves."""
    client.force_login(hold.user)
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    page.clock.install()
    page.goto(f"{live_server.url}/book/{hold.pk}/details/")
    return page


def test_nothing_is_said_before_the_last_two_minutes(details):
    details.clock.run_for("07:50")
    expect(details.locator("[data-hold-clock]")).to_have_text("2:09")
    expect(details.get_by_role("status").filter(has_text="Two minutes")).to_have_count(0)


def test_the_last_two_minutes_are_said_and_seen(details):
    details.clock.run_for("08:05")
    warning = details.locator("[data-hold-warning]")
    expect(warning).to_have_text(WARNING)
    expect(warning).to_be_visible()
    expect(warning).to_have_attribute("role", "status")


def test_the_place_where_it_is_said_is_there_before(details):
    assert details.locator("[data-hold-warning]").text_content() == ""
    assert details.locator("[data-hold-over]").text_content() == ""
    expect(details.locator("[data-hold-over]")).to_have_attribute("role", "alert")


@pytest.mark.parametrize("width", [1280, 320])
def test_the_warning_is_in_sight_wherever_somebody_types(details, width):
    details.set_viewport_size({"width": width, "height": 640})
    details.clock.run_for("08:05")
    details.locator("[name=contact-phone]").focus()
    expect(details.locator("[data-hold-warning]")).to_be_in_viewport()
    expect(details.locator("[name=contact-phone]")).to_be_in_viewport()
    assert not covers(details)
    assert_fits_in_width(details)
    assert_no_axe_violations(details)


def covers(page) -> bool:
    """Whether the warning lies over the input that has the focus (WCAG 2.4.11)."""
    return page.evaluate("""() => {
        const hold = document.querySelector(".hold").getBoundingClientRect();
        return document.activeElement.getBoundingClientRect().top < hold.bottom;
    }""")


def test_going_back_through_the_fields_hides_none_behind_the_warning(details):
    details.set_viewport_size({"width": 320, "height": 640})
    details.clock.run_for("08:05")
    details.locator("[name=contact-phone]").focus()
    for _ in range(4):
        details.keyboard.press("Shift+Tab")
        assert not covers(details)


def test_a_keyboard_keeps_the_time_for_longer_and_what_was_typed_stays(details):
    details.get_by_label("Name").fill("Amina Said")
    details.clock.run_for("08:05")
    details.get_by_role("button", name="Keep the time for longer").focus()
    details.keyboard.press("Enter")
    expect(details.get_by_label("Name")).to_have_value("Amina Said")
    expect(details.locator("[data-hold-warning]")).to_have_text("")


def test_the_end_is_said_at_once_and_what_was_typed_stays(details):
    details.get_by_label("Name").fill("Amina Said")
    details.clock.run_for("10:05")
    expect(details.get_by_role("alert").filter(has_text=OVER)).to_be_visible()
    expect(details.locator("[data-hold-warning]")).to_have_text("")
    expect(details.get_by_label("Name")).to_have_value("Amina Said")
    expect(details.get_by_role("button", name="Keep the time for longer")).to_have_count(0)


def test_a_time_that_cannot_be_kept_for_longer_says_to_finish(hold, details):
    Appointment.objects.update(created_at=F("created_at") - (hold.expires_at - hold.created_at) * 2)
    details.reload()
    details.clock.run_for("08:05")
    expect(details.locator("[data-hold-warning]")).to_contain_text("finish the booking now")
    expect(details.get_by_role("button", name="Keep the time for longer")).to_have_count(0)
