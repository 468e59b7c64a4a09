"""`manage.py up` for real: everything on this machine, in a folder of its own."""

import contextlib
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.full_run import PATIENCE, READY, Run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("a folder with spaces")


@pytest.fixture
def run(folder: Path) -> Iterator[Run]:
    run = Run(folder)
    yield run.until(READY)
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
        after.until(READY)
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
