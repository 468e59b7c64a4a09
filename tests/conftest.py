"""What all tests share: a Redis of their own, and `--no-skips` for where nothing may be missing."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.local_redis import LocalRedis, is_installed


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-skips", action="store_true", help="let a test fail that would be skipped"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report: Any = yield
    _fail_if_skipped(item.config, report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    report: Any = yield
    _fail_if_skipped(collector.config, report)
    return report


def _fail_if_skipped(config: pytest.Config, report: Any) -> None:
    expected_failure = hasattr(report, "wasxfail")
    if config.getoption("--no-skips") and report.skipped and not expected_failure:
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped here, and this was: {report.longrepr}"


@pytest.fixture(scope="session")
def redis_url(redis_server: LocalRedis) -> str:
    """The address of a Redis that only this run (or this worker of it) uses."""
    return redis_server.url


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRedis]:
    """
    A Redis server of this run's own; leave it running.

    Without a redis-server on this machine the test is skipped, unless REQUIRE_REDIS=1.
    """
    server = new_redis(tmp_path_factory)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRedis]:
    """A Redis server of one test's own, to be stopped, frozen and started again."""
    server = new_redis(tmp_path_factory)
    server.start()
    yield server
    server.stop()


def new_redis(tmp_path_factory: pytest.TempPathFactory) -> LocalRedis:
    if not is_installed() and os.environ.get("REQUIRE_REDIS") != "1":
        pytest.skip("There is no redis-server on this machine.")
    assert is_installed(), "REQUIRE_REDIS=1, and there is no redis-server on this machine."
    return LocalRedis(tmp_path_factory.mktemp("redis"))
