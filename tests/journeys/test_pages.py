"""
Every page, in every state of rows.py and in each language: what axe finds, whether it fits a
phone, and whether the browser complains. PICTURES=folder keeps pictures, to be looked at.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Page, expect

from tests.faults.site import Site
from tests.journeys.axe import assert_fits_in_width, assert_no_axe_violations
from tests.journeys.own_database import empty_database, own_database
from tests.journeys.reader import DESKTOP, PHONE, keep_picture
from tests.journeys.row import Row
from tests.journeys.rows import ROWS
from tests.journeys.visitor import URLS, Complaints, Visitor
from tests.journeys.world import Agency, Bare

LANGUAGES = [code for code, _name in settings.LANGUAGES]
NO_PAGES = {
    "visit_ics": "a file",
    "visit_short": "leads to the visit",
    "mailbox_attachment": "a file",
    "identify_callback": "an answer of a provider",
    "live": "for balancers",
    "ready": "for balancers",
    "metrics": "for monitoring",
    "live_ticket": "a stream",
    "live_point": "a stream",
}
ONLY_POST = {
    "book_near",
    "desk_back",
    "desk_leave",
    "desk_next",
    "desk_step",
    # Goes on to a provider: tests/accounts/test_oidc.py.
    "identify",
    "manage:end_mandate",
    "manage:end_representative",
    "manage:reopen",
    "manage:guide_begin_with",
    "manage:guide_start_draft",
    "manage:revoke_device",
    "manage:verify_representative",
    "set_language",
    "waiting_leave",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("serving")


@pytest.fixture(scope="module")
def served(folder, worker_id, django_db_setup, django_db_blocker) -> Iterator[str]:
    with django_db_blocker.unblock(), own_database(f"journeys_{worker_id}"):
        site = Site(folder, redis_url="")
        try:
            site.start_web()
            yield f"http://localhost:{site.port}"
        finally:
            site.stop()


class Worlds:
    """Makes the world of a row, and keeps it for those that follow: making one takes a second."""

    def __init__(self, mail: Path) -> None:
        self.mail = mail
        self.present: Agency | Bare | None = None

    def of(self, kind: type) -> Agency | Bare:
        if type(self.present) is not kind:
            empty_database()
            self.present = kind(self.mail)
        return self.present


@pytest.fixture(scope="module")
def worlds(served, folder) -> Iterator[Worlds]:
    yield Worlds(folder / "mail")
    empty_database()


@pytest.fixture
def world(worlds, row) -> Agency | Bare:
    return worlds.of(row.world)


@pytest.fixture(scope="module")
def complaints(browser) -> Iterator[Complaints]:
    """What one browser window says; opening one for every row takes as long as looking at it."""
    context = browser.new_context(timezone_id="Europe/Helsinki", locale="en")
    yield Complaints(context)
    context.close()


@pytest.fixture(scope="module")
def page(complaints) -> Page:
    return complaints.context.new_page()


@pytest.fixture
def at(complaints, page, served, language) -> Iterator[Visitor]:
    context = complaints.context
    context.add_cookies([{"name": "django_language", "value": language, "url": served}])
    page.set_viewport_size(DESKTOP)
    yield Visitor(page, served, language)
    page.goto("about:blank")
    context.clear_cookies()
    complaints.assert_none_and_forget()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("row", sorted(ROWS, key=lambda row: row.world.__name__), ids=str)
def test_a_page_is_accessible_fits_a_phone_and_gives_no_errors(world, row: Row, at: Visitor):
    row.show(at, world)
    expect(at.page.locator("h1")).to_have_count(1)
    assert at.route == row.route
    for name, size in (("desktop", DESKTOP), ("phone", PHONE)):
        at.page.set_viewport_size(size)
        # Every language on a phone; wide, the words stand in the same elements.
        if size == PHONE or at.language == LANGUAGES[0]:
            assert_no_axe_violations(at.page)
        assert_fits_in_width(at.page)
        keep_picture(at.page, f"{row}-{name}-{at.language}")


def test_every_page_has_a_row():
    shown = {row.route for row in ROWS} | set(NO_PAGES) | ONLY_POST
    assert {name for name in routes() if not name.startswith(("api:", "admin:"))} - shown == set()


def test_every_row_is_of_an_address_that_exists():
    assert {row.route for row in ROWS if row.route} | set(NO_PAGES) | ONLY_POST <= set(routes())


def routes(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[str]:
    """Yield the name of every address in the URL conf, as `reverse` takes it."""
    for entry in (resolver or get_resolver(URLS)).url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}"
        else:
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from routes(entry, inner)
