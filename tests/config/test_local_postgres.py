import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from config.local_postgres import LocalPostgres


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalPostgres]:
    # Deeper than a unix socket's path may be long, with a space in it.
    folder = tmp_path / "a clone" / ("deep" * 25)
    server = LocalPostgres(folder / "postgres", folder / "postgres.log")
    yield server
    server.stop()


def write_a_row(server: LocalPostgres) -> None:
    server.create_database("notes")
    with psycopg.connect(server.url("notes")) as connection:
        connection.execute("CREATE TABLE note (word text)")
        connection.execute("INSERT INTO note VALUES ('kept')")


def read_the_row(server: LocalPostgres) -> str:
    with psycopg.connect(server.url("notes")) as connection:
        row = connection.execute("SELECT word FROM note").fetchone()
        assert row is not None
        return str(row[0])


def test_data_outlives_a_restart(server: LocalPostgres) -> None:
    server.start()
    write_a_row(server)
    server.stop()
    server.start()
    assert read_the_row(server) == "kept"


def test_a_killed_server_recovers_at_the_next_start(server: LocalPostgres) -> None:
    server.start()
    write_a_row(server)
    assert server.process
    server.process.kill()
    server.process.wait()
    server.start()
    assert read_the_row(server) == "kept"


def test_a_pid_file_that_names_another_process_is_no_obstacle(server: LocalPostgres) -> None:
    server.start()
    write_a_row(server)
    server.stop()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n")
    server.start()
    assert read_the_row(server) == "kept"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's promise is Linux only")
def test_the_server_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = (
        "import pathlib, time; from config.local_postgres import LocalPostgres;"
        f"here = pathlib.Path({str(tmp_path)!r}); s = LocalPostgres(here / 'pg', here / 'log');"
        "s.start(); print(s.process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert parent.stdout
    postgres = psutil.Process(int(parent.stdout.readline()))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    postgres.wait(10)
    assert not postgres.is_running()
