"""Booking a visit step by step, as an applicant does it in a browser."""

from django.utils import translation
from playwright.sync_api import expect

from booking.forms import people_text
from config.demo import data
from tests.journeys.reader import Reader

SERVICE = "card-renewal"
LANGUAGES = ["fi", "sv", "en"]


def service_name(language: str, slug: str = SERVICE) -> str:
    row = next(row for row in data.SERVICES if row.slug == slug)
    return row.names[LANGUAGES.index(language)]


def point_name(language: str, slug: str = "helsinki") -> str:
    row = next(row for row in data.POINTS if row.slug == slug)
    return row.names[LANGUAGES.index(language)]


def people_text_of(reader: Reader, people: int) -> str:
    with translation.override(reader.language):
        return people_text(people)


def go_to_the_times(reader: Reader, people: int = 1, slug: str = SERVICE) -> None:
    """Answer the questions until the free times are shown, at the point that has the first one."""
    reader.sees("Visit a service point")
    reader.follow("Book a visit")
    reader.sees("What is your visit for?")
    reader.choose(service_name(reader.language, slug))
    reader.press("Continue")
    reader.sees("How many people come?")
    reader.choose(people_text_of(reader, people))
    reader.press("Continue")
    reader.sees("Where do you want to come?")
    reader.page.locator(".point-choices a").first.click()
    reader.sees("When do you want to come?")


def choose_a_day_in_the_calendar(reader: Reader) -> None:
    """Choose the last day of the month that has free times: its times then come first."""
    day = reader.page.locator("a.calendar__day").last
    number = day.locator(".calendar__number").text_content() or ""
    day.click()
    chosen = reader.page.locator("a.calendar__day[aria-current=date]")
    expect(chosen.locator(".calendar__number")).to_have_text(number)
    expect(reader.page.locator(".time-list__date").first).to_contain_text(number)


def choose_the_first_time(reader: Reader) -> None:
    reader.page.locator(".time").first.click()
    reader.press("Continue with this time")


def sign_in_and_keep_it(reader: Reader, email: str) -> None:
    """Sign in on the way, and hold the chosen time."""
    reader.sees("Sign in")
    reader.sign_in(email)
    reader.sees("Keep this time")
    reader.press("Keep this time and continue")


def name_who_comes(reader: Reader, names: list[str]) -> None:
    reader.sees("Who comes?")
    for number, name in enumerate(names):
        reader.write("Name", name, number)
        for part, text in (("Day", "17"), ("Month", "5"), ("Year", str(1990 + number))):
            reader.write(part, text, number)
    reader.press("Continue")


def confirm(reader: Reader, names: list[str]) -> str:
    """Check the answers and confirm them; return the reference."""
    reader.sees("Check your answers")
    for name in names:
        expect(reader.page.locator(".summary-list")).to_contain_text(name)
    reader.press("Confirm the booking")
    reader.sees("Your visit is booked")
    return reader.page.locator(".confirmation__reference strong").inner_text()


def book(reader: Reader, email: str, names: list[str]) -> str:
    """Book the first free time for these people; return the reference."""
    go_to_the_times(reader, len(names))
    choose_the_first_time(reader)
    sign_in_and_keep_it(reader, email)
    name_who_comes(reader, names)
    return confirm(reader, names)


def read_mail(reader: Reader, email: str, seen: int, *words: str) -> None:
    """Wait for the next mail to `email`: in the language of the reader, with all `words` in it."""
    link = reader.newest_mail(email, seen)
    expect(link).to_have_attribute("lang", reader.language)
    link.click()
    for each in words:
        expect(link.page.locator(".mail-text")).to_contain_text(each)
    link.page.close()
