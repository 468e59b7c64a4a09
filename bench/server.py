"""PostgreSQL and the web server of the bench, as in production and with nobody else's data."""

import contextlib
import os
import secrets
import shutil
import socket
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from config import local_run
from config.local_postgres import LocalPostgres, end_leftover_server
from config.local_run import MARK, CannotRun, Part

FOLDER = Path(__file__).resolve().parent.parent / "var" / "bench"
HOST = "127.0.0.1"
DATABASE = "vuoro_bench"
THREADS = 2
STARTS_WITHIN = 60


def settle_environment(database_url: str) -> None:
    """Give this process and the web servers the settings of production, on our own database."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "ENVIRONMENT": "production",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": HOST,
        "DATABASE_URL": database_url,
        "REDIS_URL": "",
        "WEB_THREADS": str(THREADS),
        # Longer than a run: no hold runs out while it is measured.
        "HOLD_MINUTES": "60",
        # Each person comes from another network, as the proxy in front says.
        "TRUSTED_PROXY_COUNT": "1",
        # The limits count, and let everybody pass: nobody here gives a proof of work.
        "HOLDS_PER_PERSON": "1000",
        "HOLDS_PER_NETWORK": "1000",
    }


@contextlib.contextmanager
def database() -> Iterator[LocalPostgres]:
    """Run a PostgreSQL server of our own, as durable as by default; remove it at the end."""
    local_run.end_leftovers(str(FOLDER))
    end_leftover_server(FOLDER / "postgres")
    shutil.rmtree(FOLDER, ignore_errors=True)
    server = LocalPostgres(FOLDER / "postgres", FOLDER / "postgres.log")
    try:
        server.start()
        server.create_database(DATABASE)
        yield server
    finally:
        server.stop()
        shutil.rmtree(FOLDER, ignore_errors=True)


@contextlib.contextmanager
def web(port: int, database_url: str) -> Iterator[Part]:
    """Run the web server of production on the loopback; stop it at the end."""
    local_run.check_port(port)
    metrics = tempfile.mkdtemp(prefix="metrics-", dir=FOLDER)
    environment = {
        MARK: str(FOLDER),
        "DATABASE_URL": database_url,
        "PROMETHEUS_MULTIPROC_DIR": metrics,
    }
    log = FOLDER / f"web-{port}.log"
    part = local_run.start_part("web", local_run.web_command(port), log, environment)
    try:
        _wait_until_ready(part, port)
        yield part
    finally:
        local_run.stop_parts([part])


def _wait_until_ready(part: Part, port: int) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and not part.is_dead:
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"http://{HOST}:{port}/-/ready", timeout=5).close()
            return
        time.sleep(0.1)
    raise CannotRun(local_run.describe_death("The web server", part.log, part.process.returncode))


def free_port() -> int:
    """Return PORT, or a port that nothing listens on."""
    if port := os.environ.get("PORT"):
        return int(port)
    return _any_free_port()


def another_port(port: int) -> int:
    """Return a port beside `port` for a second server."""
    return port + 1 if os.environ.get("PORT") else _any_free_port()


def _any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
