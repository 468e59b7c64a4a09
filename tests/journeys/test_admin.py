"""The admin in a browser: its scripts under our security policy, axe, width and languages."""

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import expect

from servicepoints.models import Service
from tests.factories import make_appointment, make_group, make_opening, make_slot, make_user
from tests.journeys.axe import assert_fits_in_width, assert_no_axe_violations

LANGUAGES = ["fi", "sv", "en"]


@pytest.fixture
def group(transactional_db):
    slot = make_slot(make_group())
    make_opening(slot.desk_group, 0)
    make_appointment(slot)
    return slot.desk_group


@pytest.fixture
def complaints():
    return []


@pytest.fixture
def admin(page, live_server, client, group, complaints):
    """A browser in which an administrator is signed in; what it complains of is kept."""
    client.force_login(make_user("admin@example.org", name="Ada", is_superuser=True))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server.url}/admin/")
    return page


def open_page(page, name, *arguments):
    base = page.url.split("/admin/")[0]
    page.goto(base + reverse(f"admin:{name}", args=arguments))


def in_language(page, language):
    page.locator(f"button[name=language][value={language}]").click()
    expect(page.locator("html")).to_have_attribute("lang", language)


def the_pages(group):
    """The index, and a page of each kind."""
    return [
        ("index",),
        ("servicepoints_offering_changelist",),
        ("accounts_user_add",),
        ("servicepoints_deskgroup_change", group.pk),
        ("servicepoints_servicepoint_change", group.service_point_id),
        ("servicepoints_deskgroup_delete", group.pk),
        ("servicepoints_deskgroup_history", group.pk),
        ("booking_release_changelist",),
    ]


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_the_admin_are_accessible_and_fit(admin, group, language, width):
    admin.set_viewport_size({"width": width, "height": 900})
    in_language(admin, language)
    for page in the_pages(group):
        open_page(admin, *page)
        assert_no_axe_violations(admin)
        assert_fits_in_width(admin)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_with_errors_is_accessible(admin, language):
    in_language(admin, language)
    open_page(admin, "servicepoints_opening_add")
    admin.locator("input[name=_save]").click()
    expect(admin.locator(".errornote")).to_be_visible()
    assert_no_axe_violations(admin)


def test_dates_and_times_are_picked(admin, complaints):
    open_page(admin, "servicepoints_opening_add")
    admin.locator("#calendarlink0").click()
    admin.locator("#calendarbox0 td a").first.click()
    admin.locator("#clocklink0").click()
    admin.locator("#clockbox0 li a").nth(3).click()
    expect(admin.locator("#id_valid_from")).not_to_have_value("")
    expect(admin.locator("#id_opens_at")).to_have_value("12:00:00")
    assert complaints == []


def test_another_desk_is_added_and_the_name_in_addresses_fills_itself(admin, group, complaints):
    open_page(admin, "servicepoints_deskgroup_change", group.pk)
    admin.locator(".add-row a").click()
    expect(admin.locator("tr.dynamic-desks")).to_have_count(3)
    open_page(admin, "servicepoints_servicepoint_add")
    admin.locator("#id_name_fi").press_sequentially("Åland Öst")
    expect(admin.locator("#id_slug")).to_have_value("aland-ost")
    assert complaints == []


def test_a_service_is_added_beside_the_offering(admin, complaints):
    open_page(admin, "servicepoints_offering_add")
    with admin.expect_popup() as opened:
        admin.locator("#add_id_service").click()
    beside = opened.value
    for language in LANGUAGES:
        beside.locator(f"#id_name_{language}").fill("Trial")
        beside.locator(f"#id_bring_{language}").fill("A passport")
    beside.locator("#id_slug").fill("trial")
    beside.locator("#id_category").select_option("travel_document")
    beside.locator("#id_minutes").fill("15")
    beside.locator("input[name=_save]").click()
    expect(admin.locator("#id_service option:checked")).to_have_text("Trial")
    assert Service.objects.filter(slug="trial").exists() and complaints == []


def test_the_language_changes_on_the_page_one_is_on(admin):
    open_page(admin, "servicepoints_service_changelist")
    in_language(admin, "sv")
    assert admin.url.endswith("/admin/servicepoints/service/")


def test_signing_out_ends_at_the_front_page(admin, live_server):
    admin.locator("#logout-form button").click()
    expect(admin).to_have_url(f"{live_server.url}/")
    admin.goto(f"{live_server.url}/admin/")
    expect(admin).to_have_url(f"{live_server.url}/account/login/?next=/admin/")


def test_what_the_policy_refuses_is_noticed(admin, complaints):
    admin.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=color:red>A</p>')")
    assert any("Content Security Policy" in text for text in complaints)
