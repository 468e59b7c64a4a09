"""A page that keeps itself up to date, while the server answers badly: a clock the test moves."""

import pytest
from playwright.sync_api import expect

from accounts.models import Device
from accounts.operations import revoke
from tests.factories import enrol_client, make_open_group
from tests.journeys.axe import assert_fits_in_width


@pytest.fixture
def group(transactional_db):
    return make_open_group()


@pytest.fixture
def screen(client, group):
    return enrol_client(client, group.service_point, Device.Kind.DISPLAY)


@pytest.fixture
def lobby(screen, client, context, live_server):
    name, value = next((name, cookie.value) for name, cookie in client.cookies.items())
    context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
    page = context.new_page()
    page.clock.install()
    page.goto(f"{live_server.url}/display/")
    expect(page.locator(".screen__point")).to_be_visible()
    return page


def answer(page, status: int) -> list[str]:
    """Let each request for the fragment get this status, and count them."""
    asked: list[str] = []

    def fulfil(route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=status, body="")

    page.route("**/display/", fulfil)
    return asked


@pytest.mark.parametrize("status", [404, 429, 500, 503])
def test_the_lobby_stays_when_the_server_answers_badly_and_says_that_it_is_old(lobby, status):
    asked = answer(lobby, status)
    lobby.clock.run_for("00:10")
    expect(lobby.locator("body")).to_have_attribute("data-connection", "lost")
    expect(lobby.locator("[data-live-lost]")).to_be_visible()
    expect(lobby.locator(".screen__point")).to_be_visible()
    assert asked


def test_the_lobby_asks_ever_less_often_and_recovers(lobby):
    asked = answer(lobby, 503)
    for _second in range(60):
        lobby.clock.run_for("00:05")
    assert 4 <= len(asked) <= 12
    lobby.unroute("**/display/")
    # Whoever looks at it again need not wait for the next try.
    lobby.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(lobby.locator("body")).not_to_have_attribute("data-connection", "lost")
    expect(lobby.locator("[data-live-lost]")).to_be_hidden()


def test_the_lobby_leaves_when_its_device_is_revoked(lobby, screen):
    revoke(screen)
    lobby.clock.run_for("00:10")
    expect(lobby.get_by_role("heading", name="Enrol this device")).to_be_visible()


@pytest.fixture
def urgent(group, page, live_server):
    point = group.service_point
    point.street_address = "Hovioikeudenpuistikko 19 A"
    point.save()
    page.set_viewport_size({"width": 320, "height": 640})
    return page


@pytest.mark.parametrize("path", ["/urgent/", "/"])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_long_street_name_fits_on_a_phone(urgent, context, live_server, path, language):
    cookie = {"name": "django_language", "value": language, "url": live_server.url}
    context.add_cookies([cookie])
    urgent.goto(f"{live_server.url}{path}")
    assert_fits_in_width(urgent)
