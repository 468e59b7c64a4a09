"""Strong identification in a browser, at a real provider: the policy lets it go there and back."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.axe import assert_fits_in_width, assert_no_axe_violations
from tests.journeys.reader import PHONE, keep_picture
from tests.journeys.visitor import Complaints
from tests.oidc_provider import CLIENT, Provider, running


@pytest.fixture
def provider(settings) -> Iterator[Provider]:
    with running() as provider:
        provider.knows("131052-308T", name="Aino Virtanen", birthdate="1952-10-13")
        settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = provider.issuer, CLIENT
        settings.OIDC_CLIENT_SECRET, settings.OIDC_NAME = "secret", "Suomi.fi"
        yield provider


@pytest.fixture
def open_page(browser) -> Iterator[Callable[..., Page]]:
    """Return a maker of pages on a phone, with scripts or without, that must not complain."""
    heard: list[Complaints] = []

    def make(script: bool = True) -> Page:
        context = browser.new_context(java_script_enabled=script, locale="en", viewport=PHONE)
        # The provider's page looks for a style sheet elsewhere, which is not asked for here.
        context.route(
            re.compile(r"https://"), lambda route: route.fulfill(body="", content_type="text/css")
        )
        heard.append(Complaints(context))
        return context.new_page()

    yield make
    for complaints in heard:
        complaints.context.close()
        complaints.assert_none()


@pytest.mark.parametrize("script", [True, False], ids=["", "without-scripts"])
def test_somebody_goes_to_the_provider_and_comes_back_identified(
    open_page, live_server, provider, script
):
    page = open_page(script)
    page.goto(f"{live_server.url}/account/login/?next=/visits/")
    page.locator("button[name=language][value=en]").click()
    page.get_by_role("button", name="Identify with Suomi.fi").click()
    page.wait_for_url(f"{provider.issuer}/**")
    page.locator("input[name=sub]").fill("131052-308T")
    page.get_by_role("button", name="Authorize").click()
    expect(page.locator("main")).to_contain_text("You have identified as Aino Virtanen")
    assert page.url == f"{live_server.url}/account/login/?next=%2Fvisits%2F"


def test_the_button_is_accessible_and_fits_a_phone(open_page, live_server, provider):
    page = open_page()
    page.goto(f"{live_server.url}/account/login/")
    expect(page.locator("form[action='/account/identify/'] button")).to_be_visible()
    assert_no_axe_violations(page)
    assert_fits_in_width(page)
    keep_picture(page, "sign-in with identification")
