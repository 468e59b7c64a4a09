"""What staff do in a browser: enrol devices, sit down at a desk, type dates."""

import datetime

from playwright.sync_api import Locator

from tests.journeys.booking_steps import point_name
from tests.journeys.reader import Reader


def new_code(manager: Reader, kind: str, name: str) -> str:
    """Have the manager add a device to Helsinki, and return its one-time code."""
    manager.go("/manage/helsinki/devices/")
    manager.choose(manager.say(kind))
    manager.write("Name of the device", name)
    manager.press("Get a code")
    return manager.page.locator(".device-code").inner_text()


def enrol(device: Reader, page: str, code: str) -> None:
    """Type the code on the device."""
    device.go(page)
    device.sees("Enrol this device")
    device.write("Code", code)
    device.press("Enrol")


def touch(kiosk: Reader, words: str) -> None:
    """Press one of the kiosk's large buttons; some have a hint in them."""
    kiosk.page.locator("main .kiosk-button").filter(has_text=kiosk.say(words)).click()


def take_urgent_number(kiosk: Reader, matter: str) -> Locator:
    """Take a number for an urgent matter at the enrolled kiosk."""
    kiosk.go(f"/kiosk/{kiosk.language}/")
    touch(kiosk, "I have an urgent matter")
    kiosk.page.get_by_role("link", name=matter).click()
    touch(kiosk, "Yes, take a number")
    kiosk.sees("Your number")
    return kiosk.page.locator(".ticket__number")


def arrive(kiosk: Reader, reference: str) -> Locator:
    """Check in to a visit at the enrolled kiosk."""
    kiosk.go(f"/kiosk/{kiosk.language}/")
    touch(kiosk, "I have an appointment")
    kiosk.write("What is the reference of your visit?", reference.lower())
    touch(kiosk, "I have arrived")
    kiosk.sees("Your number")
    return kiosk.page.locator(".ticket__number")


def sit_down(clerk: Reader, sign: str) -> None:
    """Choose a desk in Helsinki."""
    clerk.go("/desk/")
    clerk.sees("Choose your desk at %(point)s", point=point_name(clerk.language))
    clerk.choose(clerk.say("Desk %(desk)s", desk=sign))
    clerk.press("Sit down")
    clerk.sees("Desk %(desk)s", desk=sign)


def type_date(reader: Reader, question: str, date: datetime.date) -> None:
    """Type a date into the three fields of the question."""
    fields = reader.page.get_by_role("group", name=reader.say(question))
    for part, number in (("Day", date.day), ("Month", date.month), ("Year", date.year)):
        fields.get_by_label(reader.say(part)).fill(str(number))
