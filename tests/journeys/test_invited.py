"""An invited person's story: a manager reserves a day, and the code opens its times."""

import uuid

import pytest
from playwright.sync_api import expect

from tests.journeys.booking_steps import (
    SERVICE,
    choose_the_first_time,
    confirm,
    name_who_comes,
    read_mail,
    service_name,
)
from tests.journeys.reader import DESKTOP, PHONE, Reader
from tests.journeys.staff_steps import type_date
from tests.journeys.test_manager import DAY, now, saturday, see_it_released

# Each reserves a Sunday of its own, so many weeks ahead.
WAYS = [
    pytest.param(9, "fi", PHONE, True, id="fi-phone"),
    pytest.param(10, "sv", DESKTOP, False, id="sv-desktop-without-scripts"),
    pytest.param(11, "en", DESKTOP, True, id="en-desktop"),
]


def make_right(manager: Reader, name: str) -> list[str]:
    """Make a right for one service in Helsinki, and two codes of it."""
    manager.go("/manage/helsinki/rights/new/")
    for language in ("Finnish", "Swedish", "English"):
        manager.write(f"Name in {language}", name)
    manager.choose(service_name("en", SERVICE))
    type_date(manager, "First day of the visits", now().date())
    type_date(manager, "Last day of the visits", now().date() + 150 * DAY)
    manager.write("How many visits in all?", "40")
    manager.press("Make the right")
    manager.sees(name)
    manager.write("How many codes?", "2")
    manager.press("Make codes")
    manager.reads("New codes")
    return manager.page.locator(".codes__code").all_inner_texts()


def reserve_a_day(manager: Reader, name: str, weeks: int) -> None:
    """Open an extra Sunday, of which one desk is reserved for the right until the day before."""
    sunday = saturday(weeks) + DAY
    manager.go("/manage/helsinki/extra/")
    manager.page.get_by_role("link", name="Oleskeluluvat").click()
    manager.sees("Open an extra day")
    type_date(manager, "Which day?", sunday)
    for words, text in (
        ("Open from", "9.00"),
        ("Open until", "15.00"),
        ("How many desks?", "2"),
        ("How many of them for bookings?", "1"),
        ("How many desks are reserved?", "1"),
        ("From what time?", "9.00"),
    ):
        manager.write(words, text)
    manager.choose(manager.say("Now"))
    manager.page.get_by_label("Reserve times for people with a booking right?").select_option(
        label=name
    )
    type_date(manager, "From which day can everybody book what is left?", sunday - DAY)
    manager.press("Preview")
    manager.sees("Check the extra day")
    manager.reads("Reserved")
    manager.press("Open the day")
    expect(manager.page.locator("#release")).to_contain_text(name)
    see_it_released(manager)


@pytest.mark.parametrize(("weeks", "language", "size", "script"), WAYS)
def test_an_invited_person_books_a_time_that_nobody_else_can(
    somebody, staff, email, weeks, language, size, script
):
    manager = staff("manager.helsinki")
    name = f"Brexit {uuid.uuid4().hex[:6]}"
    code, _other = make_right(manager, name)
    reserve_a_day(manager, name, weeks)

    invited = somebody(language, size, script)
    invited.go("/book/")
    invited.follow("I have an invitation")
    invited.write("Invitation code", code.lower())
    invited.press("Continue")
    expect(invited.page.locator("main")).to_contain_text(name)
    invited.press("Show the times")
    invited.sees("Times reserved for you")
    choose_the_first_time(invited)
    invited.sign_in(email)
    invited.sees("Times reserved for you")
    invited.press("Continue with this time")
    name_who_comes(invited, [f"Grace {name}"])
    reference = confirm(invited, [f"Grace {name}"])
    read_mail(invited, email, 1, reference)
