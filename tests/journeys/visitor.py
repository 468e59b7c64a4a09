"""Somebody in front of a browser, and what must never happen there."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve, reverse
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

# The project's URLs as a laptop has them, with the mailbox.
URLS = "tests.config.urls_with_mailbox"
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of (4|500)")


class Complaints:
    """What the browser says about pages: errors of scripts, of the console, of the policy."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.heard: list[str] = []
        context.on("console", self.listen)
        context.on("weberror", lambda error: self.heard.append(str(error.error)))

    def listen(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not self.is_the_page_itself(message):
            self.heard.append(f"{_address(message)}: {message.text}")

    def is_the_page_itself(self, message: ConsoleMessage) -> bool:
        """Whether it only says that the page asked for is a refusal, which is what was tried."""
        if not REFUSED.match(message.text):
            return False
        # Chromium asks for an icon where a page names none: a mail is such a page.
        is_icon = _address(message).endswith("/favicon.ico")
        asked = message.page.url.split("#")[0] if message.page is not None else None
        return is_icon or asked == _address(message)

    def assert_none(self) -> None:
        assert not self.heard, "\n".join(self.heard)

    def assert_none_and_forget(self) -> None:
        """For a window that goes on to other pages."""
        heard, self.heard = self.heard, []
        assert not heard, "\n".join(heard)


def _address(message: ConsoleMessage) -> str:
    return str(message.location["url"]).split("#")[0]


class Visitor:
    """Someone who reads one language and opens pages of the address `base`."""

    def __init__(self, page: Page, base: str, language: str) -> None:
        self.page = page
        self.base = base
        self.language = language

    def is_known_by(self, cookies: dict[str, str]) -> None:
        self.page.context.add_cookies(
            [{"name": name, "value": value, "url": self.base} for name, value in cookies.items()]
        )

    def open(self, route: str, *args: Any, **query: Any) -> None:
        """Open the page named `route` in the URL conf."""
        answers = "&".join(f"{name}={value}" for name, value in query.items())
        path = route if route.startswith("/") else reverse(route, URLS, args)
        self.page.goto(f"{self.base}{path}?{answers}".rstrip("?"))

    def press(self, selector: str = "main form button[type=submit]:visible") -> None:
        """Press the last button of the page's last form, or the one chosen."""
        self.page.locator(selector).last.click()

    @property
    def route(self) -> str:
        """The name in the URL conf of the page that is shown, or "" for none."""
        try:
            return resolve(urlsplit(self.page.url).path, URLS).view_name
        except Resolver404:
            return ""
