"""
A real browser for the journeys: pytest-playwright's `page`, on the Chromium of this machine.

Without Chromium the journeys are skipped, unless REQUIRE_BROWSER=1. CHROMIUM names another one.
"""

import os
import shutil

import pytest
from django.conf import settings

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
