"""The story of a day: kiosk, desk, lobby and a phone, each a browser of its own."""

import time

import pytest
from playwright.sync_api import expect

from tests.journeys.booking_steps import point_name, service_name
from tests.journeys.reader import PHONE, Reader
from tests.journeys.staff_steps import (
    arrive,
    enrol,
    new_code,
    sit_down,
    take_urgent_number,
    touch,
)

NOTE_CHANGES = """() => {
    new MutationObserver(() => { window.changedAt = Date.now(); })
        .observe(document.querySelector("[data-live]"), {childList: true, subtree: true});
}"""


@pytest.fixture
def manager(staff) -> Reader:
    return staff("manager.helsinki")


@pytest.fixture
def kiosk(somebody, manager):
    """Return a maker of enrolled kiosks."""

    def make(language: str, script: bool = True, name: str = "Kiosk by the door") -> Reader:
        kiosk = somebody(language, script=script)
        enrol(kiosk, "/kiosk/", new_code(manager, "Kiosk", name))
        kiosk.sees("Choose the language")
        return kiosk

    return make


@pytest.fixture
def lobby(somebody, manager) -> Reader:
    lobby = somebody()
    enrol(lobby, "/display/", new_code(manager, "Lobby screen", "Above the desks"))
    expect(lobby.page.locator("body")).to_have_attribute("data-connection", "live")
    lobby.page.evaluate(NOTE_CHANGES)
    return lobby


def reference_of_todays_visit(somebody) -> str:
    """Return what the demo applicant finds under My visits."""
    applicant = somebody(size=PHONE)
    applicant.go("/visits/")
    applicant.sign_in("applicant@demo.example")
    applicant.sees("My visits")
    applicant.page.locator(".visit-card a").first.click()
    return applicant.page.locator(".confirmation__reference strong").inner_text()


def press_and_see(clerk: Reader, words: str, lobby: Reader, call: str) -> None:
    """Press a button of the desk, and see the call in the lobby, which nobody reloads."""
    pressed_at = time.time()
    clerk.press(words)
    expect(lobby.page.locator(f".call--newest[data-call='{call}']")).to_be_visible()
    seconds = lobby.page.evaluate("window.changedAt") / 1000 - pressed_at
    print(f"{words}: {call} stood in the lobby {seconds:.2f} s after the press.")  # noqa: T201


@pytest.mark.also_on_redis
def test_who_comes_gets_a_number_is_called_and_served(somebody, staff, kiosk, lobby):
    at_kiosk = kiosk("fi")
    urgent = take_urgent_number(at_kiosk, service_name("fi", "aliens-passport")).inner_text()
    phone = follow_on_a_phone(somebody, at_kiosk, "fi")
    arrived = arrive(at_kiosk, reference_of_todays_visit(somebody)).inner_text()
    clerk = staff("clerk.helsinki")
    sit_down(clerk, "1")
    expect(clerk.page.locator(".line")).to_contain_text(urgent)
    expect(clerk.page.locator(".line")).to_contain_text(arrived)

    press_and_see(clerk, "Call next", lobby, f"{urgent}:1")
    expect(clerk.page.locator(".at-desk__number")).to_have_text(urgent)
    expect(lobby.page.locator(".call--newest .call__desk")).to_have_text("1")
    phone.reads("It is your turn. Go to desk %(desk)s.", desk="1")
    press_and_see(clerk, "Call again", lobby, f"{urgent}:2")
    clerk.press("Start")
    phone.reads("You are being served at desk %(desk)s.", desk="1")
    clerk.press("Finish")
    phone.reads("Your visit has ended. Thank you.")

    press_and_see(clerk, "Call next", lobby, f"{arrived}:1")
    clerk.press("Did not come")
    clerk.reads("The desk is free")
    leave(clerk)


def follow_on_a_phone(somebody, kiosk: Reader, language: str) -> Reader:
    """Open the page that the code on the kiosk's screen leads to."""
    code = kiosk.page.url.rstrip("/").rsplit("/", 1)[1]
    phone = somebody(language, PHONE)
    phone.go(f"/t/{code}/")
    phone.sees("My number")
    expect(phone.page.locator("body")).to_have_attribute("data-connection", "live")
    return phone


def leave(clerk: Reader) -> None:
    clerk.press("Leave the desk")
    clerk.sees("Choose your desk at %(point)s", point=point_name(clerk.language))


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_kiosk_and_desk_work_without_scripts(staff, kiosk, lobby, language):
    matter = service_name(language, "refugee-travel-document")
    number = take_urgent_number(kiosk(language, script=False), matter).inner_text()
    clerk = staff("clerk2.helsinki", language, script=False)
    sit_down(clerk, "2")
    press_and_see(clerk, "Call next", lobby, f"{number}:1")
    press_and_see(clerk, "Call again", lobby, f"{number}:2")
    clerk.press("Start")
    clerk.press("Finish")
    clerk.reads("The desk is free")
    leave(clerk)


def test_a_clerk_works_with_single_keys(staff, kiosk, lobby):
    matter = service_name("en", "refugee-travel-document")
    number = take_urgent_number(kiosk("en"), matter).inner_text()
    clerk = staff("adviser.helsinki")
    sit_down(clerk, "3")
    for key, heading in (("n", "Called"), ("s", "In service"), ("f", "The desk is free")):
        clerk.page.keyboard.press(key)
        expect(clerk.page.locator("#at-desk-title")).to_have_text(heading)
    expect(lobby.page.locator(".call--newest")).to_contain_text(number)
    leave(clerk)


def test_a_matter_that_is_not_urgent_gets_no_number_but_the_way_to_book(kiosk):
    at_kiosk = kiosk("sv")
    at_kiosk.go("/kiosk/sv/matters/aliens-passport/")
    touch(at_kiosk, "No")
    at_kiosk.sees("Book a time for your matter")
    expect(at_kiosk.page.locator("svg.qr")).to_be_visible()


def test_a_device_taken_out_of_use_asks_for_a_code(manager, kiosk):
    at_kiosk = kiosk("en", name="Kiosk that was stolen")
    manager.go("/manage/helsinki/devices/")
    stolen = manager.page.locator(".people > li").filter(has_text="Kiosk that was stolen")
    stolen.locator("summary").click()
    stolen.get_by_role("button").click()
    manager.reads("Kiosk that was stolen can no longer be used.")
    at_kiosk.go("/kiosk/en/")
    at_kiosk.sees("Enrol this device")
