"""docs/running.md is what an administrator reads at night: it names what there is."""

import re

import pytest
from django.conf import settings
from django.core.management import get_commands

from tests.config.setting_names import names_read

RUNNING = (settings.BASE_DIR / "docs" / "running.md").read_text()
SETTINGS = RUNNING.split("\n## Settings\n")[1].split("\n## ")[0]
HEADINGS = {
    re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
    for heading in re.findall(r"^##+ (.+)$", RUNNING, re.MULTILINE)
}


def test_the_table_has_every_setting_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", SETTINGS, re.MULTILINE)
    assert sorted(rows) == sorted(names_read())


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("TOKEN_HOURS", settings.REST_KNOX["TOKEN_TTL"].total_seconds() / 3600),
        ("HOLD_MINUTES", settings.HOLD_TIME.total_seconds() / 60),
        ("ACTIVE_APPOINTMENTS_PER_EMAIL", settings.ACTIVE_APPOINTMENTS_PER_EMAIL),
        ("MOVES_PER_APPOINTMENT", settings.MOVES_PER_APPOINTMENT),
    ],
)
def test_the_defaults_of_rules_are_those_in_force(name: str, default: float) -> None:
    assert f"| `{name}` | `{default:.0f}` |" in SETTINGS


def test_every_variable_of_the_example_is_explained() -> None:
    example = (settings.BASE_DIR / ".env.example").read_text()
    for name in re.findall(r"^(\w+)=", example, re.MULTILINE):
        assert f"`{name}`" in SETTINGS


def test_every_command_that_is_named_exists() -> None:
    commands = set(re.findall(r"manage\.py (\w+)", RUNNING))
    assert commands
    assert commands <= set(get_commands())


def test_links_within_the_page_lead_somewhere() -> None:
    assert set(re.findall(r"\]\(#([\w-]+)\)", RUNNING)) <= HEADINGS
