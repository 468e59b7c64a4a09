"""The story of the waiting list: a time that somebody gives back goes to who waits for one."""

import datetime
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.journeys.booking_steps import book, read_mail, service_name
from tests.journeys.reader import DESKTOP, PHONE, Reader

WAYS = [
    pytest.param("fi", PHONE, True, id="fi-phone"),
    pytest.param("sv", DESKTOP, False, id="sv-desktop-without-scripts"),
    pytest.param("en", PHONE, False, id="en-phone-without-scripts"),
]
OFFER = re.compile(r"/offers/[^/\s]+/")


@pytest.mark.parametrize(("language", "size", "script"), WAYS)
def test_who_waits_is_offered_a_time_that_somebody_gives_back(
    somebody, email, name, language, size, script
):
    holder, waiting = somebody(), somebody(language, size, script)
    book(holder, email.replace("@", ".holder@"), [f"Matti {name}"])
    join_the_list(waiting, email, name)
    # After the one with the code.
    read_mail(waiting, email, 1, waiting.say("You are on the waiting list"))
    give_back(holder)
    accept(waiting, offer_in_the_mail(waiting, email))
    read_mail(waiting, email, 3, waiting.say("Your visit is booked."))


def join_the_list(waiting: Reader, email: str, name: str) -> None:
    waiting.go("/book/")
    waiting.choose(service_name(waiting.language))
    waiting.press("Continue")
    waiting.press("Continue")
    waiting.sees("Where do you want to come?")
    waiting.follow("Join the waiting list")
    say_where_and_until_when(waiting)
    waiting.sees("Sign in")
    waiting.sign_in(email)
    waiting.sees("Who waits for a time?")
    waiting.page.locator("label[for=id_need-need_2]").click()
    type_who_comes(waiting, name)
    waiting.sees("Your place in line")
    expect(waiting.page.locator(".big-number")).to_have_text(re.compile(r"^\s*1\s*$"))


def say_where_and_until_when(waiting: Reader) -> None:
    waiting.sees("Join the waiting list")
    for point in waiting.page.locator("[name=points]").all():
        point.check(force=True)
    last = timezone.localdate() + datetime.timedelta(days=170)
    for part in ("day", "month", "year"):
        waiting.page.locator(f"[name=last_date_{part}]").fill(str(getattr(last, part)))
    waiting.press("Continue")


def type_who_comes(waiting: Reader, name: str) -> None:
    waiting.write("Name", name)
    for part, text in (("day", "17"), ("month", "5"), ("year", "1990")):
        waiting.page.locator(f"[name=p1-birth_date_{part}]").fill(text)
    waiting.press("Join the waiting list")


def give_back(holder: Reader) -> None:
    holder.follow("Go to my visits")
    holder.page.locator(".visit-card a").first.click()
    holder.follow("Cancel the visit")
    holder.press("Yes, cancel the visit")
    holder.reads("Your visit is cancelled. We have sent you an e-mail about it.")


def offer_in_the_mail(waiting: Reader, email: str) -> str:
    """Return the path of the page on which to answer."""
    mail = waiting.newest_mail(email, 2)
    mail.click()
    found = OFFER.search(mail.page.locator(".mail-text").inner_text())
    mail.page.close()
    assert found
    return found[0]


def accept(waiting: Reader, path: str) -> None:
    waiting.go(path)
    waiting.sees("A time is free for you")
    waiting.press("Accept this time")
    waiting.sees("Your visit is booked")
    waiting.follow("Go to my visits")
    expect(waiting.page.locator(".visit-card")).to_have_count(1)
