import json
import logging

import pytest
from django.test import Client

from config.logs import JsonFormatter, request_id


def test_the_process_is_live(client: Client) -> None:
    assert client.get("/-/live").json() == {"status": "live"}


@pytest.mark.django_db
def test_ready_means_database_and_migrations(client: Client) -> None:
    answer = client.get("/-/ready")
    assert (answer.status_code, answer.json()["database"]) == (200, "ok")


@pytest.mark.django_db
def test_missing_migrations_mean_not_ready(client: Client) -> None:
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="notifications").delete()
    assert client.get("/-/ready").status_code == 503


@pytest.mark.django_db
def test_redis_away_is_degraded_and_still_served(
    client: Client, settings: pytest.FixtureRequest
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    settings.REDIS_OPTIONS = {"socket_connect_timeout": 1}  # type: ignore[attr-defined]
    answer = client.get("/-/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


@pytest.mark.django_db
def test_metrics_name_routes_and_never_addresses(client: Client) -> None:
    client.get("/-/mailbox-of-someone@example.org")
    client.get("/-/live")
    text = client.get("/-/metrics").content.decode()
    assert 'route="/-/live"' in text
    assert "someone@example.org" not in text


def test_mail_can_be_read_in_the_browser_on_a_laptop_only(client: Client) -> None:
    assert client.get("/-/mailbox/").status_code == 404


def test_a_request_id_of_the_proxy_is_kept(client: Client) -> None:
    answer = client.get("/-/live", headers={"X-Request-ID": "abcdef0123456789"})
    assert answer["X-Request-ID"] == "abcdef0123456789"


def test_a_request_id_that_could_forge_a_log_line_is_replaced(client: Client) -> None:
    answer = client.get("/-/live", headers={"X-Request-ID": '{"level": "ERROR"}'})
    assert len(answer["X-Request-ID"]) == 32


def test_a_log_line_is_json_with_the_request_id() -> None:
    token = request_id.set("abc12345")
    record = logging.LogRecord("x", logging.INFO, "", 1, "hello %s", ("there",), None)
    record.ms = 4
    line = json.loads(JsonFormatter().format(record))
    request_id.reset(token)
    assert (line["message"], line["ms"], line["request_id"]) == ("hello there", 4, "abc12345")


PRIVATE = [
    "/offers/some-code/",
    "/t/some-code/",
    "/v/SOME-CODE/",
    "/api/v1/offers/some-code/accept",
]


def refused_lines(client: Client, caplog: pytest.LogCaptureFixture, path: str) -> list[str]:
    """Return what the log says about a refused request, by each of its loggers."""
    with caplog.at_level(logging.INFO):
        client.post(path) if path.endswith("accept") else client.get(path)
    return [JsonFormatter().format(record) for record in caplog.records]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PRIVATE)
def test_the_log_names_the_route_of_a_refused_request_and_never_its_code(
    client: Client, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    lines = refused_lines(client, caplog, path)
    assert lines
    assert not any("some-code" in line.lower() for line in lines)


@pytest.mark.django_db
def test_what_django_says_by_itself_has_the_code(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    refused_lines(client, caplog, PRIVATE[0])
    assert any("some-code" in record.getMessage() for record in caplog.records)
