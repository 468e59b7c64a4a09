import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import local_run
from config.local_run import CannotRun

FAMILIES = {"127.0.0.1": socket.AF_INET, "::1": socket.AF_INET6}


@pytest.fixture(params=FAMILIES)
def taken_port(request: pytest.FixtureRequest) -> Iterator[int]:
    with socket.socket(FAMILIES[request.param]) as listening:
        listening.bind((request.param, 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_port_in_use_is_refused_with_another_one_to_try(taken_port: int) -> None:
    with pytest.raises(CannotRun, match=rf"Port {taken_port} is in use.*make run PORT=\d+"):
        local_run.check_port(taken_port)


def test_a_free_port_is_accepted(free_port: int) -> None:
    local_run.check_port(free_port)


@pytest.mark.parametrize("text", ["nonsense", "", "0", "-1", "65536", "80a", "8 0", "٣"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(CannotRun, match="a number from 1 to 65535"):
        local_run.port_from(text)


def test_a_port_is_read() -> None:
    assert local_run.port_from("8080") == 8080


def test_a_second_run_in_the_same_folder_is_refused_with_the_first_ones_process(
    tmp_path: Path,
) -> None:
    lock = tmp_path / "up.lock"
    refused = pytest.raises(CannotRun, match=r"as process \d+")
    with local_run.only_one_run(lock), refused, local_run.only_one_run(lock):
        pass
    with local_run.only_one_run(lock):
        pass


def test_what_a_killed_run_left_is_ended_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    ours, others = [
        local_run.start_part("x", command, tmp_path / f"{name}.log", {local_run.MARK: name})
        for name in ("ours", "others")
    ]
    try:
        assert local_run.end_leftovers("ours") == 1
        assert (ours.is_dead, others.is_dead) == (True, False)
    finally:
        local_run.stop_parts([ours, others])


def test_a_part_that_does_not_end_is_killed(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('deaf', flush=True); time.sleep(60)"
    )
    log = tmp_path / "stubborn.log"
    part = local_run.start_part("stubborn", [sys.executable, "-c", stubborn], log, {})
    while "deaf" not in log.read_text():
        assert not part.is_dead
    local_run.stop_parts([part], seconds=0.1)
    assert part.process.returncode == -signal.SIGKILL


def test_a_dead_part_is_described_by_how_it_ended_and_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("first\n" * 100 + "out of memory\n")
    said = local_run.describe_death("web", log, -9)
    assert said.startswith("web has ended (signal 9)")
    assert said.rstrip().endswith("out of memory")
    assert "exit code 3" in local_run.describe_death("web", log, 3)


def test_the_log_of_the_run_before_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("the run before")
    part = local_run.start_part("web", [sys.executable, "-c", "print('this run')"], log, {})
    assert part.process.wait() == 0
    assert (log.read_text().strip(), log.with_suffix(".old").read_text()) == (
        "this run",
        "the run before",
    )


def test_only_the_first_signal_counts(tmp_path: Path) -> None:
    """Ctrl-C pressed twice must not cut the stopping short."""
    script = (
        "import os, signal\n"
        "from config.local_run import Stopped, until_stopped\n"
        "try:\n"
        "    with until_stopped():\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        signal.pause()\n"
        "except Stopped:\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    print('stopped in order')\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (result.returncode, result.stdout.strip()) == (0, "stopped in order")
