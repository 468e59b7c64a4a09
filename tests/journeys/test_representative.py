"""The representative's story: verified, given a mandate, booking for a client until it ends."""

import re
import uuid

import pytest
from playwright.sync_api import expect

from tests.journeys.booking_steps import (
    choose_the_first_time,
    confirm,
    name_who_comes,
    people_text_of,
    read_mail,
    service_name,
)
from tests.journeys.reader import DESKTOP, PHONE, Reader

LINK = re.compile(r"/mandates/[\w-]+/")
WAYS = [
    pytest.param("en", DESKTOP, True, id="en-desktop"),
    pytest.param("fi", PHONE, False, id="fi-phone-without-scripts"),
    pytest.param("sv", PHONE, True, id="sv-phone"),
]


class Story:
    """Addresses and names of one story alone."""

    def __init__(self) -> None:
        mark = uuid.uuid4().hex[:10]
        self.counsel, self.client = f"{mark}@counsels.example", f"{mark}@clients.example"
        self.counsel_name, self.client_name = f"Leena Laki {mark}", f"Nguyễn Thị Hương {mark}"


@pytest.mark.parametrize(("language", "size", "script"), WAYS)
def test_a_representative_books_for_a_client_until_the_client_ends_it(
    somebody, staff, language, size, script
):
    story = Story()
    counsel, client = somebody(language, size, script), somebody(language, size, script)
    ask_to_act_for_others(counsel, story)
    verify(staff("manager.helsinki"), story)
    ask_the_client(counsel, story)
    say_yes(client, story)
    reference = book_for_the_client(counsel, story)
    see_what_was_booked(client, story, reference)
    end_it(client, story)
    has_lost_it(counsel, story)


def ask_to_act_for_others(counsel: Reader, story: Story) -> None:
    counsel.go("/account/login/?next=/clients/")
    counsel.sign_in(story.counsel)
    counsel.sees("Clients")
    counsel.follow("Ask to act for others")
    counsel.sees("Ask to act for others")
    counsel.choose(counsel.say("Counsel"))
    counsel.write("Your name", story.counsel_name)
    counsel.write("How can we check it?", "Licence 123")
    counsel.press("Send the request")
    counsel.reads("We are looking at your request")


def verify(manager: Reader, story: Story) -> None:
    manager.go("/manage/representatives/")
    manager.page.get_by_role("link", name=story.counsel_name).click()
    manager.press("Verify: they may act for others")
    manager.reads("%(name)s can act for others now.", name=story.counsel_name)


def ask_the_client(counsel: Reader, story: Story) -> None:
    counsel.go("/clients/")
    counsel.reads("You have no clients yet.")
    counsel.follow("Ask a client for a mandate")
    counsel.write("The client's name", story.client_name)
    counsel.write("The client's e-mail address", story.client)
    counsel.press("Send the question")
    counsel.reads(
        "We have written to %(email)s. You can book when the client agrees.", email=story.client
    )


def say_yes(client: Reader, story: Story) -> None:
    mail = client.newest_mail(story.client)
    mail.click()
    text = mail.page.locator(".mail-text").inner_text()
    mail.page.close()
    assert story.counsel_name in text
    client.go(LINK.findall(text)[0])
    client.sign_in(story.client)
    client.sees("May they act for you?")
    client.press("Yes, they may act for me")
    client.reads("They may act for you")


def book_for_the_client(counsel: Reader, story: Story) -> str:
    counsel.go("/book/")
    counsel.sees("For whom do you book?")
    counsel.choose(story.client_name)
    counsel.press("Continue")
    counsel.sees("What is your visit for?")
    counsel.choose(service_name(counsel.language))
    counsel.press("Continue")
    counsel.choose(people_text_of(counsel, 1))
    counsel.press("Continue")
    counsel.page.locator(".point-choices a").first.click()
    choose_the_first_time(counsel)
    name_who_comes(counsel, [story.client_name])
    return confirm(counsel, [story.client_name])


def see_what_was_booked(client: Reader, story: Story, reference: str) -> None:
    # The question, the code and the beginning came before it.
    by = client.say("Done for you by %(by)s.", by=story.counsel_name)
    read_mail(client, story.client, 3, reference, by)
    client.go("/visits/")
    client.page.locator(".visit-card a").first.click()
    client.reads("Booked for you by %(name)s.", name=story.counsel_name)


def end_it(client: Reader, story: Story) -> None:
    client.go("/visits/")
    client.reads("Who may act for you")
    client.page.get_by_role("link", name=client.say("End the mandate")).click()
    client.sees("Do you want to end this mandate?")
    client.press("Yes, end the mandate")
    client.reads("%(name)s cannot act for you any more.", name=story.counsel_name)
    expect(client.page.locator(".visit-card--plain")).to_have_count(0)


def has_lost_it(counsel: Reader, story: Story) -> None:
    # The code, the decision, the beginning and the booking came before it.
    counsel.newest_mail(story.counsel, 4).page.close()
    counsel.go("/clients/")
    counsel.page.get_by_role("link", name=story.client_name).click()
    counsel.reads("The mandate has ended")
    expect(counsel.page.locator(".visit-card")).to_have_count(0)
    counsel.go("/book/")
    counsel.sees("What is your visit for?")
