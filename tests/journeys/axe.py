"""Whether a page keeps the rules of WCAG 2.2 A and AA that a machine can judge."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Only what is wrong: to describe all that is right takes as long again.
RUN = """tags => axe.run(
    document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']}
)"""


@cache
def axe_source() -> str:
    """Return axe itself; `npm ci` brings it."""
    return AXE.read_text()


def assert_no_axe_violations(page: Page) -> None:
    """
    Fail with each rule that the page breaks, and where.

    The script goes in through the debugger, so the page's content security policy stays as it is.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe_source())
    violations = page.evaluate(RUN, TAGS)["violations"]
    assert not violations, "\n".join([page.url, *map(_said_plainly, violations)])


def assert_fits_in_width(page: Page) -> None:
    """Fail when the page would have to be scrolled sideways at its present width."""
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], f"{page.url} is {width} px wide"


def _said_plainly(violation: dict[str, Any]) -> str:
    nodes = (f"  {node['html'][:200]}\n  {node['failureSummary']}" for node in violation["nodes"])
    return "\n".join([f"{violation['id']}: {violation['help']}", *nodes])
