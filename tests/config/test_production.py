"""Production refuses to start half configured, and answers behind a proxy only as it should."""

import json
import os
import runpy
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured

COMPLETE = {
    "SECRET_KEY": "x" * 50,
    "ALLOWED_HOSTS": "vuoro.example,www.vuoro.example",
    "DATABASE_URL": "postgresql:///nowhere",
}
OURS = {"ENVIRONMENT", "DEBUG", "SITE_URL", "REDIS_URL", *COMPLETE}


def production(**changed: str) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if name not in OURS}
    return others | COMPLETE | changed


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that reads the settings anew in an environment."""

    def settings(**changed: str) -> dict[str, Any]:
        for name in OURS:
            monkeypatch.delenv(name, raising=False)
        for name, value in (COMPLETE | changed).items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(django_settings.BASE_DIR / "config" / "settings.py"))

    return settings


def test_an_environment_that_is_not_named_is_production(load: Any) -> None:
    assert load()["PRODUCTION"]


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"DEBUG": "on"}, "DEBUG"),
        ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"),
        ({"ALLOWED_HOSTS": "vuoro.example,*"}, "ALLOWED_HOSTS"),
        ({"ENVIRONMENT": "staging"}, "ENVIRONMENT"),
    ],
)
def test_production_refuses_to_start_half_configured(load: Any, missing: Any, said: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=said):
        load(**missing)


def test_links_lead_to_the_first_name_of_the_site(load: Any) -> None:
    assert load()["SITE_URL"] == "https://vuoro.example"


def test_cookies_of_production_never_leave_the_host_or_tls(load: Any) -> None:
    settings = load()
    assert settings["LANGUAGE_COOKIE_SECURE"]
    for cookie in ("SESSION", "CSRF"):
        assert settings[f"{cookie}_COOKIE_SECURE"]
        assert settings[f"{cookie}_COOKIE_NAME"].startswith("__Host-")


def test_mail_of_production_goes_to_a_server_and_is_read_nowhere(load: Any) -> None:
    assert load()["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"


def test_a_database_that_is_gone_is_given_up_on_unless_told_otherwise(load: Any) -> None:
    url = "postgresql://db.example/vuoro"
    default, told = load(DATABASE_URL=url), load(DATABASE_URL=f"{url}?connect_timeout=30")
    assert default["DATABASES"]["default"]["OPTIONS"]["connect_timeout"] == 5
    assert told["DATABASES"]["default"]["OPTIONS"]["connect_timeout"] == 30


ASK = """
import json, sys, django
django.setup()
from django.test import Client
answers = []
for ask in json.load(sys.stdin):
    response = Client(raise_request_exception=False).get(ask.pop("path"), **ask)
    answers.append([response.status_code, response.headers.get("Location", "")])
json.dump(answers, sys.stdout)
"""


def ask(*requests: dict[str, Any]) -> list[list[Any]]:
    """Send requests to the whole of production in a process of its own."""
    result = subprocess.run(
        [sys.executable, "-c", ASK],
        input=json.dumps(requests),
        env=production(
            DJANGO_SETTINGS_MODULE="config.settings",
            DATABASE_URL=os.environ["DATABASE_URL"],
        ),
        cwd=django_settings.BASE_DIR,
        capture_output=True,
        check=True,
        text=True,
    )
    answers: list[list[Any]] = json.loads(result.stdout)
    return answers


@pytest.fixture(scope="module")
def answers() -> dict[str, list[Any]]:
    api = "/api/v1/problems"
    requests: dict[str, dict[str, Any]] = {
        "probe": {"path": "/-/live", "HTTP_HOST": "10.0.0.7:8000"},
        "metrics": {"path": "/-/metrics", "HTTP_HOST": "10.0.0.7:8000"},
        "plain": {"path": api, "HTTP_HOST": "vuoro.example"},
        "behind TLS": {
            "path": api,
            "HTTP_HOST": "vuoro.example",
            "HTTP_X_FORWARDED_PROTO": "https",
        },
        "other host": {
            "path": api,
            "HTTP_HOST": "10.0.0.7:8000",
            "HTTP_X_FORWARDED_PROTO": "https",
        },
    }
    return dict(zip(requests, ask(*requests.values()), strict=True))


@pytest.mark.parametrize("name", ["probe", "metrics"])
def test_probes_are_answered_whatever_host_they_name_and_without_tls(
    answers: dict[str, list[Any]], name: str
) -> None:
    assert answers[name][0] == 200


def test_everything_else_is_refused_under_a_foreign_name(answers: dict[str, list[Any]]) -> None:
    assert answers["other host"][0] == 400


def test_everything_else_is_sent_to_tls(answers: dict[str, list[Any]]) -> None:
    assert answers["plain"] == [301, "https://vuoro.example/api/v1/problems"]


def test_a_request_that_came_by_tls_is_served(answers: dict[str, list[Any]]) -> None:
    assert answers["behind TLS"] == [200, ""]
