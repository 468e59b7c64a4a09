"""Above a rate the browser proves work by itself; without JavaScript there is a slower pace."""

import re

import pytest
from django.db import connection
from playwright.sync_api import expect

from accounts.models import SpentChallenge
from booking.answers import Answers, value_of
from booking.hold_requests import admit_hold
from booking.models import Appointment
from notifications.models import Message
from tests.factories import make_slot, make_user
from tests.journeys.axe import assert_fits_in_width, assert_no_axe_violations
from tests.journeys.reader import DESKTOP, PHONE, keep_picture
from tests.journeys.visitor import Complaints

ADDRESS = "amina@example.org"


@pytest.fixture(autouse=True)
def one_request_is_free(transactional_db, settings):
    """One code, and one held time, for this network; the next needs a proof, or a long pause."""
    settings.CODES_PER_NETWORK = settings.HOLDS_PER_NETWORK = 1
    # Long on purpose: a machine under load is slow.
    settings.SECONDS_WITHOUT_PROOF = 600


def ask_for_a_code(page, live_server, email=ADDRESS):
    page.goto(f"{live_server.url}/account/login/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send the code").click()


def use_the_free_one_up(page, live_server):
    ask_for_a_code(page, live_server, "somebody.else@example.org")
    expect(page.locator("h1")).to_have_text("Write the code")
    page.context.clear_cookies()


def let_the_pause_pass():
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_trycount SET last_at = last_at - interval '601 seconds'")


def codes(email=ADDRESS):
    return Message.objects.filter(to=email).count()


def test_the_browser_proves_work_by_itself_and_the_code_is_sent(page, live_server):
    complaints = Complaints(page.context)
    use_the_free_one_up(page, live_server)
    ask_for_a_code(page, live_server)

    expect(page.locator("h1")).to_have_text("Write the code")
    assert (codes(), SpentChallenge.objects.count()) == (1, 1)
    complaints.assert_none()


def test_the_browser_proves_work_by_itself_and_the_time_is_held(page, client, live_server):
    slot, user = make_slot(capacity=2), make_user()
    service, point = slot.desk_group.services.get(), slot.desk_group.service_point
    admit_hold(user, "127.0.0.1", None, holder=user)
    client.force_login(user)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    kept = Answers(service, 1, point).url("book_hold", time=value_of(slot.starts_at))
    page.goto(f"{live_server.url}{kept}")
    page.get_by_role("button", name="Keep this time and continue").click()

    expect(page.locator("h1")).to_have_text("Who comes?")
    assert Appointment.objects.get().status == Appointment.Status.HELD


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_without_javascript_one_waits_and_presses_again(browser, live_server, size):
    context = browser.new_context(java_script_enabled=False, locale="en", viewport=size)
    page = context.new_page()
    use_the_free_one_up(page, live_server)
    ask_for_a_code(page, live_server)
    expect(page.locator("main")).to_contain_text(
        re.compile("wait [0-9]+ minutes and press “Send the code” again")
    )
    expect(page.get_by_text("small calculation")).to_be_hidden()
    expect(page.get_by_label("E-mail address")).to_have_value(ADDRESS)
    keep_picture(page, f"without-javascript-{size['width']}")
    let_the_pause_pass()
    page.get_by_role("button", name="Send the code").click()

    expect(page.locator("h1")).to_have_text("Write the code")
    assert (codes(), SpentChallenge.objects.count()) == (1, 0)
    context.close()


def test_a_browser_that_cannot_prove_work_says_to_wait(page, live_server):
    page.add_init_script("delete Crypto.prototype.subtle")
    use_the_free_one_up(page, live_server)
    ask_for_a_code(page, live_server)

    expect(page.locator("main")).to_contain_text(re.compile("wait [0-9]+ minutes and press"))
    expect(page.get_by_text("small calculation")).to_be_hidden()
    assert_no_axe_violations(page)
    assert_fits_in_width(page)
