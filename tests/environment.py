"""
Prepare the test run before Django loads its settings (`-p tests.environment`).

Without DATABASE_URL an embedded PostgreSQL of its own is started for this run, so that two
runs, or a killed one, never meet. Workers of pytest-xdist inherit the server of their parent.
"""

import atexit
import os
import shutil
from pathlib import Path

import psutil
import pytest

os.environ["ENVIRONMENT"] = "test"

RUNS = Path(__file__).resolve().parent.parent / "var" / "tests"


def start_postgres() -> None:
    """Start a server for this process and its children, and remove it at the end."""
    from config.local_postgres import LocalPostgres

    forget_ended_runs()
    folder = RUNS / str(os.getpid())
    # No fsync: data of a test need not outlive the machine, only killed processes.
    server = LocalPostgres(
        folder / "postgres",
        folder / "postgres.log",
        options=["fsync=off", "synchronous_commit=off", "full_page_writes=off"],
    )
    owner = os.getpid()

    def remove() -> None:
        if os.getpid() == owner:
            server.stop()
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    server.start()
    server.create_database("vuoro")
    os.environ["DATABASE_URL"] = server.url("vuoro")


def forget_ended_runs() -> None:
    """Remove what runs that were killed have left."""
    from config.local_postgres import end_leftover_server

    for folder in RUNS.glob("*"):
        if not psutil.pid_exists(int(folder.name)) or int(folder.name) == os.getpid():
            end_leftover_server(folder / "postgres")
            shutil.rmtree(folder, ignore_errors=True)


if not os.environ.get("DATABASE_URL"):
    start_postgres()

if "PYTEST_XDIST_WORKER" not in os.environ:
    from config.translations import compile_catalogs

    compile_catalogs()


@pytest.fixture(autouse=True)
def the_language_of_the_test_before_is_forgotten() -> None:
    """A request of Django's client leaves its language behind in the thread."""
    from django.utils import translation

    translation.deactivate()
