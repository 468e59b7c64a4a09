"""Staff book for whoever cannot: on the phone, and at the desk without an e-mail address."""

import uuid

import pytest
from playwright.sync_api import expect

from tests.journeys.booking_steps import read_mail, service_name
from tests.journeys.reader import DESKTOP, PHONE, Reader

WAYS = [
    pytest.param("fi", DESKTOP, True, id="fi-desktop"),
    pytest.param("sv", PHONE, False, id="sv-phone-without-scripts"),
    pytest.param("en", DESKTOP, False, id="en-desktop-without-scripts"),
]
WHY = "The permit expires before the first public time"


@pytest.fixture
def name() -> str:
    """A name of one story alone."""
    return f"Nguyễn Thị Hương {uuid.uuid4().hex[:8]}"


def begin(clerk: Reader, slug: str = "card-renewal") -> None:
    """Go from the desk to the times of the first day that has public ones."""
    clerk.go("/desk/helsinki/visits/")
    clerk.sees("Find a visit")
    clerk.follow("Book for somebody")
    clerk.sees("Book for somebody")
    clerk.page.get_by_label(clerk.say("Service")).select_option(
        label=service_name(clerk.language, slug)
    )
    clerk.press("Show the times")
    clerk.sees("Choose a time for the person")


def choose_a_public_time(clerk: Reader) -> None:
    public = clerk.page.locator("section[aria-labelledby=public-title]")
    public.locator(".time").first.click()
    public.get_by_role("button", name=clerk.say("Keep this time and continue")).click()


def say_who_comes(clerk: Reader, name: str, email: str = "", phone: str = "") -> None:
    clerk.sees("Who comes?")
    clerk.write("Name", name)
    for part, text in (("Day", "17"), ("Month", "5"), ("Year", "1990")):
        clerk.write(part, text)
    clerk.write("E-mail address", email)
    clerk.write("Phone number", phone)
    clerk.press("Book the visit")
    clerk.sees("Confirmation on paper")


def reference_on_paper(clerk: Reader) -> str:
    return clerk.page.locator(".paper .confirmation__reference strong").inner_text()


@pytest.mark.parametrize(("language", "size", "script"), WAYS)
def test_on_the_phone_a_clerk_books_moves_and_cancels(staff, name, language, size, script):
    clerk = staff("clerk.helsinki", language, size=size, script=script)
    email = f"{name.split()[-1]}@applicants.example"
    begin(clerk)
    choose_a_public_time(clerk)
    say_who_comes(clerk, name, email)
    clerk.reads("The person is told by e-mail.")
    reference = reference_on_paper(clerk)
    read_mail(clerk, email, 0, reference)

    find_by_name(clerk, name)
    clerk.reads("Reference")
    old = clerk.page.locator("h1").inner_text()
    clerk.follow("Move to another time")
    clerk.sees("Move the visit")
    public = clerk.page.locator("section[aria-labelledby=public-title]")
    public.locator(".time").last.click()
    public.get_by_role("button", name=clerk.say("Move to this time")).click()
    clerk.reads("The visit has a new time.")
    expect(clerk.page.locator("h1")).not_to_have_text(old)

    clerk.follow("Cancel the visit")
    clerk.press("Cancel the visit")
    expect(clerk.page.locator(".error-summary")).to_be_visible()
    clerk.write("Why is the visit cancelled?", "Called and said so")
    clerk.press("Cancel the visit")
    clerk.reads("Why: %(reason)s", reason="Called and said so")
    read_mail(clerk, email, 2, reference)


def find_by_name(clerk: Reader, name: str) -> None:
    clerk.go("/desk/helsinki/visits/")
    clerk.write("Name", name)
    for part, text in (("Day", "17"), ("Month", "5"), ("Year", "1990")):
        clerk.write(part, text)
    clerk.press("Find")


@pytest.mark.parametrize("script", [True, False], ids=["", "without-scripts"])
def test_who_has_no_address_gets_a_place_beyond_the_public_ones_on_paper(staff, name, script):
    clerk = staff("adviser.helsinki", script=script)
    begin(clerk, "refugee-travel-document")
    clerk.follow("Today")
    beyond = clerk.page.locator(".beyond")
    for _day in range(14):
        if beyond.count():
            break
        clerk.follow("The day after")
    beyond.locator(".time").first.click()
    beyond.get_by_role("button").click()
    expect(clerk.page.locator(".error-summary")).to_be_visible()
    clerk.page.locator(".beyond .time").first.click()
    clerk.write("Why is this needed?", WHY)
    beyond.get_by_role("button").click()
    say_who_comes(clerk, name)
    clerk.reads("There is no address: tell the person.")
    expect(clerk.page.locator(".paper")).to_contain_text("Your residence permit card")
    reference = reference_on_paper(clerk)

    clerk.go("/desk/helsinki/visits/")
    clerk.write("Reference of the visit", reference.lower())
    clerk.press("Find")
    clerk.reads("Beyond the public capacity")
    clerk.reads("Why: %(reason)s", reason=WHY)
