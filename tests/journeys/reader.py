"""Somebody in front of a browser who reads one language and presses what it says."""

import os
import re
from pathlib import Path
from typing import Any

from django.utils import translation
from playwright.sync_api import Locator, Page, expect

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 320, "height": 640}
CODE = re.compile(r"[A-Z0-9]{4}-[A-Z0-9]{4}")


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of the whole page in the folder that PICTURES names, if it does."""
    if folder := os.environ.get("PICTURES"):
        file = re.sub(r"[^\w]+", "-", name).strip("-")
        page.screenshot(path=Path(folder) / f"{file}.png", full_page=True)


class Reader:
    """
    What a person can do: go somewhere, read, choose, write, press.

    Words are given as they stand in the templates and looked for in the reader's language.
    """

    def __init__(self, page: Page, address: str, language: str = "en") -> None:
        self.page = page
        self.address = address
        self.language = language

    def say(self, words: str, **values: Any) -> str:
        """Return the sentence in the reader's language."""
        with translation.override(self.language):
            sentence = translation.gettext(words)
        return sentence % values if values else sentence

    def go(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def sees(self, words: str, **values: Any) -> None:
        """Expect the page whose heading says so."""
        expect(self.page.locator("h1")).to_contain_text(self.say(words, **values))
        keep_picture(self.page, f"story-{words}-{self.language}-{self.width}")

    @property
    def width(self) -> int:
        size = self.page.viewport_size
        return size["width"] if size else 0

    def reads(self, words: str, **values: Any) -> None:
        """Expect the sentence somewhere on the page."""
        expect(self.page.locator("main")).to_contain_text(self.say(words, **values))

    def button(self, words: str) -> Locator:
        return self.page.locator("main").get_by_role("button", name=self.say(words), exact=True)

    def link(self, words: str) -> Locator:
        return self.page.locator("main").get_by_role("link", name=self.say(words), exact=True)

    def press(self, words: str) -> None:
        self.button(words).click()

    def follow(self, words: str) -> None:
        self.link(words).first.click()

    def choose(self, label: str) -> None:
        """Choose the radio button or box with this very label, by pressing the label."""
        self.page.locator("main label").get_by_text(label, exact=True).click()

    def write(self, words: str, text: str, nth: int = 0) -> None:
        self.page.locator("main").get_by_label(self.say(words)).nth(nth).fill(text)

    # The mailbox of a laptop --------------------------------------------------------------

    def newest_mail(self, to: str, seen: int = 0) -> Locator:
        """Look into the mailbox until there is one more for `to` than the `seen`; its link."""
        mailbox = self.page.context.new_page()
        mailbox.goto(f"{self.address}/-/mailbox/")
        rows = mailbox.get_by_role("row").filter(has_text=to)
        for _ in range(300):
            if rows.count() > seen:
                break
            mailbox.wait_for_timeout(200)
            mailbox.reload()
        return rows.first.get_by_role("link")

    def mails(self, to: str) -> int:
        """Return how many mails there are for `to` by now."""
        mailbox = self.page.context.new_page()
        mailbox.goto(f"{self.address}/-/mailbox/")
        count = mailbox.get_by_role("row").filter(has_text=to).count()
        mailbox.close()
        return count

    def sign_in(self, email: str) -> None:
        """Ask for a code on the page for signing in, read it in the mailbox and type it."""
        seen = self.mails(email)
        self.write("E-mail address", email)
        self.press("Send the code")
        link = self.newest_mail(email, seen)
        code = CODE.search(link.inner_text())
        assert code, link.inner_text()
        link.page.close()
        self.write("Code from the e-mail", code[0])
        self.press("Sign in")
