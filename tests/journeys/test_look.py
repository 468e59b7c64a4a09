"""Every page's frame: languages, width, keyboard, and what axe finds."""

import pytest
from playwright.sync_api import expect

from tests.journeys.axe import assert_fits_in_width, assert_no_axe_violations

NOT_FOUND = {
    "fi": "Sivua ei löytynyt",
    "sv": "Sidan hittades inte",
    "en": "The page was not found",
}


@pytest.fixture
def missing_page(page, live_server):
    page.goto(f"{live_server.url}/no-such-page/?from=here")
    return page


def in_language(page, language):
    page.locator(f"button[name=language][value={language}]").click()
    expect(page.locator("html")).to_have_attribute("lang", language)


@pytest.mark.parametrize("language", NOT_FOUND)
@pytest.mark.parametrize("width", [1280, 320])
def test_a_page_is_accessible_and_fits_in_each_language(missing_page, language, width):
    missing_page.set_viewport_size({"width": width, "height": 800})
    in_language(missing_page, language)
    assert_no_axe_violations(missing_page)
    assert_fits_in_width(missing_page)


@pytest.mark.parametrize(("language", "heading"), NOT_FOUND.items())
def test_changing_the_language_stays_on_the_page(missing_page, language, heading):
    in_language(missing_page, language)
    expect(missing_page.locator("h1")).to_have_text(heading)
    assert missing_page.url.endswith("/no-such-page/?from=here")


def test_the_language_changes_without_javascript(browser, live_server):
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    page.goto(f"{live_server.url}/no-such-page/")
    page.get_by_role("button", name="Svenska").click()
    expect(page.locator("h1")).to_have_text(NOT_FOUND["sv"])
    context.close()


def test_the_first_tab_stop_skips_to_the_content(missing_page):
    missing_page.keyboard.press("Tab")
    expect(missing_page.locator(".skip-link")).to_be_focused()
    missing_page.keyboard.press("Enter")
    expect(missing_page.locator("main")).to_be_focused()


def test_our_typeface_and_styles_pass_the_content_security_policy(page, live_server):
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{live_server.url}/account/login/")
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.size)") > 0
    assert [text for text in complaints if "Content Security Policy" in text] == []


def test_axe_notices_a_picture_without_words(page):
    page.set_content("<html lang=en><title>A</title><main><img src='data:,'></main></html>")
    with pytest.raises(AssertionError, match="image-alt"):
        assert_no_axe_violations(page)


def test_a_page_that_is_too_wide_is_noticed(page):
    page.set_viewport_size({"width": 320, "height": 800})
    page.set_content("<div style='width: 900px'>too wide</div>")
    with pytest.raises(AssertionError, match="px wide"):
        assert_fits_in_width(page)


@pytest.mark.parametrize("language", NOT_FOUND)
@pytest.mark.parametrize("width", [1280, 320])
def test_signing_in_is_accessible_with_and_without_errors(page, live_server, language, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{live_server.url}/account/login/")
    in_language(page, language)
    assert_no_axe_violations(page)
    page.locator("main button[type=submit]").click()
    expect(page.locator(".error-summary")).to_be_focused()
    assert_no_axe_violations(page)
    assert_fits_in_width(page)


def test_the_title_of_a_page_with_an_error_says_so_first(page, live_server):
    page.goto(f"{live_server.url}/account/login/")
    in_language(page, "en")
    page.locator("main button[type=submit]").click()
    expect(page).to_have_title("Error: Sign in – Vuoro")


def test_a_link_of_the_error_summary_leads_to_the_field(page, live_server):
    page.goto(f"{live_server.url}/account/login/")
    page.locator("main button[type=submit]").click()
    page.locator(".error-summary a").click()
    expect(page.locator("input[type=email]")).to_be_focused()
