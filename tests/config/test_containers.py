"""
What builds and runs the containers is right as far as it can be seen without an engine.

Building and starting are tried by hand: docs/running.md.
"""

import json
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from celery.bin.celery import celery
from click import Context
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands
from django.utils.module_loading import import_string
from granian.cli import cli as granian

from config.logs import JsonFormatter
from tests.config.setting_names import names_read

HERE = Path(settings.BASE_DIR)
OURS = {"migrate", "web", "worker", "beat"}
# What a proxy, a database and Compose itself read, and not our settings.
OF_OTHERS = {"SITE_HOST", "POSTGRES_PASSWORD", "TLS"}
VARIABLE = re.compile(r"\$\{(\w+)(?::[?-][^}]*)?\}")


@pytest.fixture(scope="module")
def text() -> str:
    return (HERE / "docker-compose.yml").read_text()


@pytest.fixture(scope="module")
def services(text: str) -> Any:
    return yaml.safe_load(text)["services"]


@pytest.fixture(scope="module")
def dockerfile() -> list[list[str]]:
    """The instructions of the Dockerfile, each as its words."""
    lines = (HERE / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    return [line.split() for line in lines if line and not line.startswith("#")]


def examples() -> dict[str, str]:
    lines = (HERE / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def image_environment(dockerfile: list[list[str]]) -> dict[str, str]:
    words = [line for line in dockerfile if line[0] == "ENV"][-1]
    return dict(word.split("=", 1) for word in words[1:])


def is_let_through(path: str) -> bool:
    """Whether .dockerignore lets a path of the repository into the image: the last rule counts."""
    let = True
    for rule in (HERE / ".dockerignore").read_text().splitlines():
        pattern = rule.removeprefix("!").replace("**/", "*")
        if fnmatch(path, pattern) or fnmatch(path, f"{pattern}/*"):
            let = rule.startswith("!")
    return let


def test_every_variable_of_ours_is_one_that_the_software_reads(services: Any) -> None:
    for name in OURS:
        assert set(services[name]["environment"]) <= names_read()


def test_the_example_says_every_variable_that_must_be_set(text: str) -> None:
    assert set(VARIABLE.findall(text)) <= set(examples())


def test_the_example_says_only_what_something_reads() -> None:
    assert set(examples()) <= names_read() | OF_OTHERS


def test_the_example_holds_no_secret() -> None:
    secrets = {name: value for name, value in examples().items() if "SECRET" in name}
    assert examples()["POSTGRES_PASSWORD"] == ""
    assert set(secrets.values()) == {""}


def test_only_the_proxy_is_reached_from_outside(services: Any) -> None:
    assert {name for name, service in services.items() if "ports" in service} == {"proxy"}


def test_nothing_of_ours_starts_before_the_migrations_have_ended(services: Any) -> None:
    for name in OURS - {"migrate"}:
        conditions = {k: v["condition"] for k, v in services[name]["depends_on"].items()}
        assert conditions["migrate"] == "service_completed_successfully"
        assert conditions["database"] == "service_healthy"
    assert services["migrate"]["restart"] == "no"


def test_the_proxy_waits_for_a_web_server_that_answers(services: Any) -> None:
    assert services["proxy"]["depends_on"]["web"]["condition"] == "service_healthy"


def test_everything_but_the_migrations_is_started_again(services: Any) -> None:
    again = {name for name, service in services.items() if service["restart"] != "no"}
    assert again == set(services) - {"migrate"}


def test_what_is_ours_runs_without_rights_or_a_disk(services: Any) -> None:
    for name in OURS:
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["read_only"]


def test_metrics_have_a_folder_that_our_user_may_write_to(services: Any, dockerfile: Any) -> None:
    folder = image_environment(dockerfile)["PROMETHEUS_MULTIPROC_DIR"]
    for name in OURS:
        assert f"{folder}:mode=1777" in services[name]["tmpfs"]


def test_data_is_kept_in_volumes_that_are_declared(text: str, services: Any) -> None:
    declared = set(yaml.safe_load(text)["volumes"])
    for service in services.values():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            assert (HERE / source).exists() if source.startswith("./") else source in declared


def test_logs_do_not_fill_the_disk(services: Any) -> None:
    assert all(service["logging"]["options"]["max-size"] for service in services.values())


def test_commands_of_manage_py_exist(services: Any) -> None:
    _python, script, command, *_options = services["migrate"]["command"]
    assert (HERE / script).exists()
    assert command in get_commands()


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_commands_of_celery_are_understood(services: Any, name: str) -> None:
    program, *words = services[name]["command"]
    at = words.index(name)
    for command, options in ((celery, words[:at]), (celery.commands[name], words[at + 1 :])):
        _known, unknown, _order = command.make_parser(Context(command)).parse_args(options)
        assert unknown == []
    assert program == "celery"


def test_the_web_server_understands_its_settings(
    dockerfile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in image_environment(dockerfile).items():
        if name.startswith("GRANIAN_") and name != "GRANIAN_LOG_CONFIG":
            monkeypatch.setenv(name, value)
    context = granian.make_context("granian", ["x"], auto_envvar_prefix="GRANIAN")
    asked = {"host": "0.0.0.0", "websockets": False, "respawn_failed_workers": True}
    assert {name: context.params[name] for name in asked} == asked
    assert str(context.params["interface"].value) == "asgi"


def test_what_else_the_image_sets_is_read(dockerfile: Any) -> None:
    of_python = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
    names = {n for n in image_environment(dockerfile) if not n.startswith("GRANIAN_")}
    assert names - of_python <= names_read()


def test_the_web_servers_log_is_json_like_ours(dockerfile: Any) -> None:
    path = image_environment(dockerfile)["GRANIAN_LOG_CONFIG"]
    config = json.loads((HERE / path.removeprefix("/app/")).read_text())
    assert import_string(config["formatters"]["json"]["()"]) is JsonFormatter


def test_what_is_copied_into_the_image_is_there_and_let_through(dockerfile: Any) -> None:
    for copy, *words in dockerfile:
        if copy == "COPY" and not words[0].startswith("--from"):
            for source in words[:-1]:
                assert (HERE / source).exists()
                assert source == "." or is_let_through(source)


def test_stages_that_are_copied_from_exist(dockerfile: Any) -> None:
    stages = {line[3] for line in dockerfile if line[0] == "FROM" and len(line) > 3}
    used = {w.split("=")[1] for line in dockerfile for w in line if w.startswith("--from=")}
    assert used == stages


def test_everything_that_the_software_needs_gets_into_the_image() -> None:
    apps_of_ours = {
        Path(app.path).name for app in apps.get_app_configs() if Path(app.path).parent == HERE
    }
    for folder in {*apps_of_ours, "templates", "static", "locale"}:
        assert is_let_through(f"{folder}/some.file")
    assert is_let_through("locale/fi/LC_MESSAGES/django.po")


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".git/config",
        "var/postgres/PG_VERSION",
        "tests/factories.py",
        "deploy/certificates/site.key",
        "node_modules/hds-core/package.json",
        "static/vendor/hds.css",
        "config/__pycache__/settings.cpython-311.pyc",
    ],
)
def test_nothing_else_gets_into_the_image(path: str) -> None:
    assert not is_let_through(path)


def test_the_image_is_not_root_and_says_whether_it_lives(dockerfile: Any) -> None:
    last_stage = dockerfile[max(i for i, line in enumerate(dockerfile) if line[0] == "FROM") :]
    instructions = {line[0]: line for line in last_stage}
    assert instructions["USER"][1] == "10001:10001"
    assert "/-/live" in " ".join(instructions["HEALTHCHECK"])


def test_no_secret_is_kept_in_the_image(dockerfile: Any) -> None:
    kept = [line for line in dockerfile if line[0] in {"ENV", "ARG"}]
    assert not any("SECRET" in word or "PASSWORD" in word for line in kept for word in line)
