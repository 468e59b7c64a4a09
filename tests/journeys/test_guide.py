"""The guide before booking and what to bring, in a browser."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import expect

from servicepoints.bring_models import BringItem
from servicepoints.guide_models import EndingReached
from tests.factories import make_appointment, make_slot, make_user
from tests.guides import make_guide, texts
from tests.journeys.axe import assert_fits_in_width, assert_no_axe_violations

LANGUAGES = ["fi", "sv", "en"]
WIDTHS = [1280, 320]


@pytest.fixture
def guide(transactional_db):
    return make_guide()


def in_language(page, live_server, language, width=1280):
    page.set_viewport_size({"width": width, "height": 800})
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": live_server.url}]
    )


def sign_in(page, live_server, client, user):
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    session = client.cookies[name].value
    page.context.add_cookies([{"name": name, "value": session, "url": live_server.url}])


def assert_good(page):
    assert_no_axe_violations(page)
    assert_fits_in_width(page)


def go_on(page):
    page.locator("main form button[type=submit]").click()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_guide_leads_from_the_start_page_to_the_people_question(
    page, live_server, guide, language, width
):
    in_language(page, live_server, language, width)
    page.goto(live_server.url)
    page.locator("main a[href='/guide/']").first.click()
    for choice in (guide.extend, guide.no):
        assert_good(page)
        page.get_by_label(f"{choice.text_en[:-5]} ({language})").check(force=True)
        go_on(page)
    expect(page.locator("h1")).to_have_text(f"Book a time ({language})")
    assert_good(page)
    page.locator("main a[href^='/book/people/']").click()
    expect(page).to_have_url(re.compile("service=study"))


def test_the_guide_works_without_javascript_and_counts_once(browser, live_server, guide):
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    page.goto(f"{live_server.url}/guide/")
    page.get_by_label("Online (en)").check(force=True)
    go_on(page)
    expect(page.locator("h1")).to_have_text("Stay at home (en)")
    page.reload()
    assert EndingReached.objects.count() == 1
    context.close()


def test_going_back_and_answering_otherwise_counts_the_last_ending(page, live_server, guide):
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": live_server.url}])
    page.goto(f"{live_server.url}/guide/?a={guide.extend.pk}")
    page.get_by_label("Yes (en)").check(force=True)
    go_on(page)
    page.locator(".back-link a").click()
    expect(page.get_by_label("Yes (en)")).to_be_checked()
    page.get_by_label("No (en)").check(force=True)
    go_on(page)
    expect(page.locator("h1")).to_have_text("Book a time (en)")
    assert EndingReached.objects.get().ending == guide.no.ending


# What to bring --------------------------------------------------------------------


@pytest.fixture
def visit_page(page, live_server, client, transactional_db):
    BringItem.objects.create(situation="paper", **texts("text", "Form"))
    user = make_user()
    visit = make_appointment(make_slot(), user=user)
    sign_in(page, live_server, client, user)
    in_language(page, live_server, "en")
    page.goto(f"{live_server.url}/visits/{visit.pk}/")
    return page


def test_what_was_ticked_off_is_remembered_on_the_device(visit_page):
    visit_page.get_by_label("Form (en)").check(force=True)
    visit_page.reload()
    expect(visit_page.get_by_label("Form (en)")).to_be_checked()
    expect(visit_page.get_by_label("Passport")).not_to_be_checked()


def test_a_thing_whose_words_change_is_to_be_ticked_again(visit_page):
    visit_page.get_by_label("Form (en)").check(force=True)
    BringItem.objects.update(text_en="Another form")
    visit_page.reload()
    expect(visit_page.get_by_label("Another form")).not_to_be_checked()


def test_ticks_of_one_visit_are_not_those_of_another(visit_page, live_server, client):
    visit_page.get_by_label("Form (en)").check(force=True)
    user = make_user()
    other = make_appointment(make_slot(), user=user)
    sign_in(visit_page, live_server, client, user)
    visit_page.goto(f"{live_server.url}/visits/{other.pk}/")
    expect(visit_page.get_by_label("Form (en)")).not_to_be_checked()


def test_a_device_that_stores_nothing_still_shows_the_list(visit_page):
    visit_page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no') }})"
    )
    visit_page.reload()
    visit_page.get_by_label("Form (en)").check(force=True)
    expect(visit_page.get_by_text("kept on this device")).to_be_hidden()
    expect(visit_page.get_by_role("button", name="Print this page")).to_be_visible()


def test_printed_it_shows_the_list_and_nothing_to_press(visit_page):
    visit_page.emulate_media(media="print")
    expect(visit_page.get_by_text("Form (en)")).to_be_visible()
    for button in visit_page.get_by_role("button").all():
        expect(button).to_be_hidden()
