"""The applicant's story: from the start page to a visit that is booked, moved and cancelled."""

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.booking_steps import (
    book,
    choose_a_day_in_the_calendar,
    choose_the_first_time,
    confirm,
    go_to_the_times,
    name_who_comes,
    read_mail,
    sign_in_and_keep_it,
)
from tests.journeys.reader import DESKTOP, PHONE, Reader

# Each language with and without scripts, at each width; each width with and without scripts.
WAYS = [
    pytest.param("fi", DESKTOP, True, id="fi-desktop"),
    pytest.param("sv", PHONE, True, id="sv-phone"),
    pytest.param("en", DESKTOP, False, id="en-desktop-without-scripts"),
    pytest.param("fi", PHONE, False, id="fi-phone-without-scripts"),
    pytest.param("sv", DESKTOP, False, id="sv-desktop-without-scripts"),
    pytest.param("en", PHONE, True, id="en-phone"),
]
MOVED = "Your visit has a new time. The earlier time is no longer yours."
CANCELLED = "Your visit is cancelled. You need not do anything more."


@pytest.mark.also_on_redis
@pytest.mark.parametrize(("language", "size", "script"), WAYS)
def test_an_applicant_books_moves_and_cancels_a_visit(
    somebody, email, name, language, size, script
):
    applicant = somebody(language, size, script)
    go_to_the_times(applicant)
    choose_a_day_in_the_calendar(applicant)
    choose_the_first_time(applicant)
    sign_in_and_keep_it(applicant, email)
    name_who_comes(applicant, [name])
    reference = confirm(applicant, [name])
    read_mail(applicant, email, 1, reference, applicant.say("Your visit is booked."))
    take_into_the_calendar(applicant, reference)
    move_and_cancel(applicant, email, reference)


def take_into_the_calendar(applicant: Reader, reference: str) -> None:
    with applicant.page.expect_download() as download:
        applicant.follow("Add to my calendar (.ics)")
    file = download.value.path().read_text()
    assert file.startswith("BEGIN:VCALENDAR")
    assert reference in file


def move_and_cancel(applicant: Reader, email: str, reference: str) -> None:
    applicant.follow("Go to my visits")
    applicant.sees("My visits")
    applicant.page.locator(".visit-card a").first.click()
    old = applicant.page.locator("h1").inner_text()
    applicant.follow("Move to another time")
    applicant.sees("Where do you want to move the visit?")
    applicant.page.locator(".point-choices a").first.click()
    applicant.sees("When do you want to come instead?")
    choose_the_first_time(applicant)
    applicant.sees("Move the visit?")
    applicant.press("Move the visit")
    applicant.reads("Your visit has a new time. We have sent it to you by e-mail.")
    expect(applicant.page.locator("h1")).not_to_have_text(old)
    read_mail(applicant, email, 2, reference, applicant.say(MOVED))
    applicant.follow("Cancel the visit")
    applicant.sees("Do you want to cancel this visit?")
    applicant.press("Yes, cancel the visit")
    applicant.reads("Your visit is cancelled. We have sent you an e-mail about it.")
    read_mail(applicant, email, 3, reference, applicant.say(CANCELLED))


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_family_of_five_books_together(somebody, email, name, size):
    family = somebody("sv", size)
    names = [f"{each} {name}" for each in ("Grace", "Олена", "José", "Ayşe", "سارا")]
    go_to_the_times(family, people=5)
    choose_the_first_time(family)
    sign_in_and_keep_it(family, email)
    name_who_comes(family, [*names[:4], ""])
    expect(family.page.locator(".error-summary")).to_be_focused()
    family.page.locator(".error-summary a").click()
    family.page.keyboard.type(names[4])
    family.press("Continue")
    reference = confirm(family, names)
    read_mail(family, email, 1, reference)


@pytest.mark.also_on_redis
@pytest.mark.parametrize("script", [True, False], ids=["", "without-scripts"])
def test_a_time_taken_in_between_is_a_page_with_the_next_times(somebody, email, name, script):
    quick, slow = somebody(), somebody("fi", script=script)
    for number, each in enumerate((quick, slow)):
        go_to_the_times(each)
        choose_the_first_time(each)
        each.sign_in(f"{number}{email}")
    quick.press("Keep this time and continue")
    quick.sees("Who comes?")
    slow.press("Keep this time and continue")
    slow.sees("Someone else just took this time")
    choose_the_first_time(slow)
    name_who_comes(slow, [name])
    confirm(slow, [name])


def test_what_was_typed_is_kept_and_pressing_back_after_confirming_shows_the_booking(
    somebody, email, name
):
    applicant = somebody()
    reference = book(applicant, email, [name])
    applicant.page.go_back()
    applicant.page.reload()
    applicant.sees("Your visit is booked")
    expect(applicant.page.locator("main")).to_contain_text(reference)


def test_a_visit_is_booked_with_the_keyboard_alone(somebody, email, name):
    applicant = somebody()
    keyboard = Keyboard(applicant)
    keyboard.enter(applicant.link("Book a visit").first)
    keyboard.space(applicant.page.locator("main input[type=radio]").first)
    keyboard.enter(applicant.button("Continue"))
    keyboard.enter(applicant.button("Continue"))
    keyboard.enter(applicant.page.locator(".point-choices a").first)
    keyboard.space(applicant.page.locator(".time__input").first)
    keyboard.enter(applicant.button("Continue with this time"))
    applicant.sign_in(email)
    keyboard.enter(applicant.button("Keep this time and continue"))
    keyboard.type(applicant.page.get_by_label("Name"), name)
    for part, text in (("Day", "17"), ("Month", "5"), ("Year", "1990")):
        keyboard.type(applicant.page.get_by_label(part), text)
    applicant.page.keyboard.press("Enter")
    applicant.sees("Check your answers")
    keyboard.enter(applicant.button("Confirm the booking"))
    applicant.sees("Your visit is booked")


class Keyboard:
    """A keyboard without a mouse: Tab leads to whatever is wanted, and it is seen where one is."""

    def __init__(self, reader: Reader) -> None:
        self.page = reader.page

    def reach(self, wanted: Locator) -> None:
        expect(wanted).to_be_visible()
        for _ in range(200):
            self.page.keyboard.press("Tab")
            if wanted.evaluate("element => element === document.activeElement"):
                return
        raise AssertionError(f"{wanted} cannot be reached with Tab.")

    def enter(self, wanted: Locator) -> None:
        self.reach(wanted)
        self.page.keyboard.press("Enter")

    def space(self, wanted: Locator) -> None:
        self.reach(wanted)
        self.page.keyboard.press("Space")
        expect(wanted).to_be_checked()

    def type(self, wanted: Locator, text: str) -> None:
        self.reach(wanted)
        self.page.keyboard.type(text)
