"""The manager's story: the week, an extra Saturday that beat releases, closing days."""

import datetime
import re
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.full_run import ZONE
from tests.journeys.booking_steps import SERVICE
from tests.journeys.reader import PHONE, Reader
from tests.journeys.staff_steps import type_date

# How many seconds to look for a release whose moment has come: beat looks every ten.
BEAT_SECONDS = 240
DAY = datetime.timedelta(days=1)


@pytest.fixture
def manager(staff) -> Reader:
    return staff("manager.helsinki")


def now() -> datetime.datetime:
    return timezone.now().astimezone(ZoneInfo(ZONE))


def saturday(weeks: int) -> datetime.date:
    """Return the Saturday `weeks` after the coming one."""
    today = now().date()
    return today + DAY * ((5 - today.weekday()) % 7 + 7 * weeks)


def weekday(days: int) -> datetime.date:
    """Return the first day from `days` ahead on that is a Tuesday."""
    date = now().date() + DAY * days
    return date + DAY * ((1 - date.weekday()) % 7)


def coming_moment() -> datetime.datetime:
    """Return the next minute that can still be typed before it has passed."""
    return (now() + datetime.timedelta(seconds=75)).replace(second=0, microsecond=0)


def menu(manager: Reader, words: str) -> None:
    manager.page.locator(".manage-menu").get_by_role("link", name=manager.say(words)).click()


def ask_for_extra_day(manager: Reader, date: datetime.date) -> None:
    manager.go("/manage/")
    menu(manager, "Open an extra day")
    manager.sees("Which desks open?")
    manager.page.get_by_role("link", name="Oleskeluluvat").click()
    manager.sees("Open an extra day")
    type_date(manager, "Which day?", date)
    for question, answer in (
        ("Open from", "9.00"),
        ("Open until", "15.00"),
        ("How many desks?", "4"),
        ("How many of them for bookings?", "3"),
    ):
        manager.write(question, answer)


def release_at(manager: Reader, moment: datetime.datetime) -> None:
    manager.choose(manager.say("From a moment that I choose"))
    type_date(manager, "Day of the release", moment.date())
    manager.write("Time of the release", f"{moment:%H.%M}")


def times_on(applicant: Reader, date: datetime.date) -> None:
    """Ask for the free times in Helsinki from a day on."""
    answers = f"service={SERVICE}&people=1&point=helsinki"
    applicant.go(f"/book/time/?{answers}&date={date}")
    applicant.sees("When do you want to come?")


@pytest.mark.also_on_redis
@pytest.mark.parametrize("script", [True, False], ids=["", "without-scripts"])
def test_an_extra_saturday_is_released_by_beat_and_can_be_booked(staff, somebody, script):
    manager = staff("manager.helsinki", script=script)
    applicant, date = somebody(size=PHONE), saturday(3 if script else 4)
    ask_for_extra_day(manager, date)
    release_at(manager, coming_moment())
    manager.press("Preview")
    manager.sees("Check the extra day")
    expect(manager.page.locator("td.number").first).to_have_text("36")
    times_on(applicant, date)
    applicant.reads("There are no free times on")
    manager.press("Open the day")
    manager.reads("Waits for its release")
    see_it_released(manager)
    times_on(applicant, date)
    expect(applicant.page.locator(".time-list__date").first).to_contain_text(
        f"{date:%A} {date.day}"
    )
    expect(applicant.page.locator(".time").first).to_have_text("9.00")


def see_it_released(manager: Reader) -> None:
    """Wait until the page says so: by itself, or whenever its link is followed."""
    status = manager.page.locator("#release [role=status]")
    newest = manager.link("Show the newest state")
    for _ in range(BEAT_SECONDS):
        if status.inner_text().strip() == manager.say("Released"):
            return
        manager.page.wait_for_timeout(1000)
        if newest.count():
            newest.click()
    raise AssertionError(f"It was not released in {BEAT_SECONDS} s.")


def test_changing_the_preview_keeps_what_was_typed(manager):
    ask_for_extra_day(manager, saturday(5))
    manager.choose(manager.say("Now"))
    manager.press("Preview")
    manager.sees("Check the extra day")
    manager.press("Change")
    manager.sees("Open an extra day")
    expect(manager.page.get_by_label("Open until")).to_have_value("15.00")


def test_hours_that_end_before_they_begin_are_explained_at_their_place(staff):
    manager = staff("manager.helsinki", "sv")
    ask_for_extra_day(manager, saturday(5))
    manager.write("Open until", "8.00")
    manager.press("Preview")
    expect(manager.page.locator(".error-summary")).to_be_focused()
    manager.reads("Closing time must be later than opening time.")
    expect(manager.page).to_have_title(re.compile(manager.say("Error:")))


@pytest.mark.parametrize("script", [True, False], ids=["", "without-scripts"])
def test_an_empty_day_is_closed_and_opened_again(staff, script):
    manager, date = staff("manager.helsinki", script=script), weekday(165 if script else 172)
    manager.go("/manage/helsinki/close/")
    type_date(manager, "Which day?", date)
    manager.write("Why?", "Training")
    manager.press("Continue")
    manager.sees("Close this day?")
    manager.press("Close the day")
    closed = manager.page.locator(".week__day").filter(has_text=f"{date.day} {date:%B}").first
    expect(closed).to_contain_text("Closed")
    menu(manager, "Close a day")
    row = manager.page.locator(".people > li").filter(has_text=f"{date.day} {date:%B %Y}")
    row.get_by_role("button").click()
    manager.reads("has its planned times again.")


@pytest.mark.also_on_redis
def test_a_day_with_bookings_is_not_closed_and_says_who_has_them(manager):
    manager.go("/manage/helsinki/close/")
    type_date(manager, "Which day?", weekday(30))
    manager.press("Continue")
    manager.sees("This day cannot be closed")
    rows = manager.page.locator("tbody tr")
    expect(rows.first).to_contain_text("@demo.example")
    count = rows.count()
    manager.reads(
        "There are bookings on this day (%(count)s), so it cannot be closed yet.", count=count
    )


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_manager_leafs_through_the_weeks(staff, language):
    manager = staff("manager.helsinki", language)
    manager.go("/manage/")
    first = manager.page.locator("h1").inner_text()
    manager.follow("Next week")
    expect(manager.page.locator("h1")).not_to_have_text(first)
    expect(manager.page.locator("progress").first).to_be_visible()
    manager.follow("This week")
    expect(manager.page.locator("h1")).to_have_text(first)
