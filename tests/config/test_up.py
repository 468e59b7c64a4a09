"""`manage.py up` for real: everything on this machine, in a folder of its own."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings

# Long on purpose: a machine under load is slow, not broken.
PATIENCE = 240


class Run:
    """One `manage.py up` and what it says."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.said_in = folder / f"said-{self.port}.txt"
        others = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
        env = {"ENVIRONMENT": "local", "VAR_DIR": str(folder / "var"), "PORT": str(self.port)}
        with self.said_in.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                env=others | env,
                cwd=settings.BASE_DIR,
                stdout=output,
                stderr=output,
            )

    @property
    def said(self) -> str:
        return self.said_in.read_text()

    def until(self, words: str) -> "Run":
        deadline = time.monotonic() + PATIENCE
        while words not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)
        return self

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            body: str = answer.read().decode()
            return body

    def parts(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def part(self, word: str) -> psutil.Process:
        children = psutil.Process(self.process.pid).children()
        return next(each for each in children if word in " ".join(each.cmdline()))

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("a folder with spaces")


@pytest.fixture
def run(folder: Path) -> Iterator[Run]:
    run = Run(folder)
    yield run.until("Ctrl-C stops everything.")
    run.end()


def test_up_serves_the_demo_until_ctrl_c_and_leaves_nothing(run: Run, folder: Path) -> None:
    assert json.loads(run.get("/-/ready"))["status"] == "ready"
    assert "Helsinki" in run.get("/api/v1/service-points")
    assert run.get("/-/mailbox/")
    second = Run(folder)
    assert second.process.wait(PATIENCE) == 1
    assert f"as process {run.process.pid}" in second.said
    parts = run.parts()
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(PATIENCE) == 0
    assert run.said.rstrip().endswith("Stopped.")
    assert not [part for part in parts if is_at_work(part)]


def test_a_killed_run_does_not_stop_the_next_one(run: Run, folder: Path) -> None:
    parts = run.parts()
    run.process.kill()
    run.process.wait()
    after = Run(folder)
    try:
        after.until("Ctrl-C stops everything.")
        assert not [part for part in parts if is_at_work(part)]
    finally:
        after.end()


@pytest.mark.parametrize(
    ("name", "command"), [("worker", " worker "), ("postgres", "bin/postgres")]
)
def test_a_part_that_dies_is_named_and_everything_is_stopped(
    run: Run, name: str, command: str
) -> None:
    parts = run.parts()
    run.part(command).kill()
    assert run.process.wait(PATIENCE) == 1
    assert f"{name} has ended (signal 9). The end of" in run.said
    assert not [part for part in parts if is_at_work(part)]


def is_at_work(part: psutil.Process) -> bool:
    """Whether it runs; one that has ended and that nobody has asked about yet does not."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return part.is_running() and part.status() != psutil.STATUS_ZOMBIE
    return False
