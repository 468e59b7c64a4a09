"""
A real browser for the journeys: pytest-playwright's `page`, on the Chromium of this machine.

Without Chromium the journeys are skipped, unless REQUIRE_BROWSER=1. CHROMIUM names another one.
With PICTURES=folder pages leave their pictures there, to be looked at.

The stories go through everything that `manage.py up` starts, with messages as files; those
marked `also_on_redis` with Redis as well. A run is shared by the stories, so each of them comes
as somebody of its own.
"""

import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Browser, expect

from tests.full_run import READY, Run
from tests.journeys.reader import DESKTOP, Reader
from tests.journeys.visitor import Complaints

# Long on purpose: a machine under load is slow, not broken.
expect.set_options(timeout=30_000)

ARGUMENTS = [
    "--no-sandbox",
    "--no-first-run",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None and os.environ.get("REQUIRE_BROWSER") != "1":
        pytest.skip("There is no Chromium on this machine.")
    assert chromium, "REQUIRE_BROWSER=1, and there is no Chromium on this machine."
    return browser_type_launch_args | {"executable_path": chromium, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return browser_context_args | {"locale": "en", "timezone_id": "Europe/Helsinki"}


@pytest.fixture(scope="session", autouse=True)
def styles_are_built():
    built = settings.BASE_DIR / "static" / "vendor" / "hds.css"
    assert built.exists(), "Run `npm ci` and `manage.py build_static` first."


@pytest.fixture(scope="session", autouse=True)
def allow_the_orm_beside_the_browser():
    # Playwright keeps an event loop in the main thread to the end of the run, whatever tests
    # follow, and Django takes its presence for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each run to one worker of xdist (`--dist loadgroup`), since it is started once."""
    if "broker" in metafunc.fixturenames:
        also_on_redis = metafunc.definition.get_closest_marker("also_on_redis")
        brokers = ["files", "redis"] if also_on_redis else ["files"]
        marked = [pytest.param(each, marks=pytest.mark.xdist_group(each)) for each in brokers]
        metafunc.parametrize("broker", marked, scope="session")


@pytest.fixture(scope="session")
def full_run(broker, request) -> Iterator[Run]:
    """Everything, as `make run` starts it, with the demo; ended by Ctrl-C."""
    redis_url = request.getfixturevalue("redis_url") if broker == "redis" else ""
    # Not in pytest's own folder: each pytest that starts makes that its user's alone again,
    # and the PostgreSQL of root is somebody else's.
    with tempfile.TemporaryDirectory(prefix="full-run-", ignore_cleanup_errors=True) as folder:
        run = Run(Path(folder), redis_url)
        try:
            yield run.until(READY)
        finally:
            run.end(signal.SIGINT)
    assert run.process.returncode == 0, run.said


@pytest.fixture
def somebody(browser: Browser, full_run: Run) -> Iterator[Callable[..., Reader]]:
    """Return a maker of people, each with a browser of their own that must not complain."""
    heard: list[Complaints] = []

    def come(language: str = "en", size: dict[str, int] = DESKTOP, script: bool = True) -> Reader:
        context = browser.new_context(
            locale="en", viewport=size, java_script_enabled=script, timezone_id="Europe/Helsinki"
        )
        heard.append(Complaints(context))
        reader = Reader(context.new_page(), full_run.address, language)
        reader.go("/")
        reader.page.locator(f"button[name=language][value={language}]").click()
        return reader

    yield come
    for complaints in heard:
        complaints.context.close()
    for complaints in heard:
        complaints.assert_none()


@pytest.fixture
def email() -> str:
    """An address of one story alone."""
    return f"{uuid.uuid4().hex[:10]}@applicants.example"


@pytest.fixture
def name(email) -> str:
    return f"Nguyễn Thị Hương {email.split('@')[0]}"


@pytest.fixture(scope="session")
def staff_cookies(full_run: Run) -> dict[str, list]:
    """The cookies of staff who have signed in during this run."""
    return {}


@pytest.fixture
def staff(somebody, staff_cookies) -> Callable[..., Reader]:
    """Return a maker of people who work here; each asks for a code once in a run."""

    def come(name: str, language: str = "en", **how: object) -> Reader:
        reader = somebody(language, **how)
        known = staff_cookies.get(name)
        if known:
            reader.page.context.add_cookies(known)
        else:
            reader.go("/account/login/")
            reader.sign_in(f"{name}@demo.example")
            reader.page.get_by_role("button", name=reader.say("Sign out")).wait_for()
            cookies = reader.page.context.cookies()
            staff_cookies[name] = [each for each in cookies if each["name"] == "sessionid"]
        return reader

    return come
