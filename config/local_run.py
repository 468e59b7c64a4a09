"""
The parts of the software as child processes of one terminal, and their common end.

Each part is a process group of its own, so that Ctrl-C reaches only the parent, which then
stops the parts in order. On Linux the kernel stops them when the parent is killed; elsewhere,
and whatever else is left, the next run ends them by the mark in their environment.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psutil

from config.local_postgres import die_with_parent
from config.local_postgres import last_lines as last_lines

MARK = "VUORO_RUN"


class CannotRun(Exception):
    """Something on this machine is in the way; the message says what and what to do."""


class Stopped(Exception):
    """Somebody wants it to end: Ctrl-C, a kill, or a terminal that was closed."""


@dataclass
class Part:
    """One running child: what it is called, its process and its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def is_dead(self) -> bool:
        return self.process.poll() is not None

    def stop(self, ending: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, ending)


def start_part(name: str, command: Sequence[str], log: Path, env: dict[str, str]) -> Part:
    """Start a child whose output goes to `log`; the last run's log is kept as `.old`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_suffix(".old"))
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            command,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=os.environ | env,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
    return Part(name, process, log)


def stop_parts(parts: Sequence[Part], seconds: float = 10) -> None:
    """Ask all to end at once, wait, and kill what has not, with its own children."""
    for part in parts:
        part.process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + seconds
    for part in parts:
        with contextlib.suppress(subprocess.TimeoutExpired):
            part.process.wait(max(0.1, deadline - time.monotonic()))
    for part in parts:
        part.stop(signal.SIGKILL)
        part.process.wait()


def describe_death(name: str, log: Path, code: int | None) -> str:
    """Say that a part has ended, with the end of its log."""
    how = f"exit code {code}" if code is None or code >= 0 else f"signal {-code}"
    return f"{name} has ended ({how}). The end of {log}:\n\n{last_lines(log)}\n"


def web_command(port: int) -> list[str]:
    """Return the command of the web server, as in production: a worker for each core."""
    return [
        *(sys.executable, "-m", "granian", "config.asgi:application"),
        *("--interface", "asgi", "--no-ws", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", str(min(os.cpu_count() or 1, 4)), "--respawn-failed-workers"),
        *("--backpressure", "4096", "--workers-kill-timeout", "3"),
    ]


@contextlib.contextmanager
def until_stopped() -> Iterator[None]:
    """Turn the first signal into Stopped; while stopping, further ones are ignored."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Stopped

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, stop)
    yield


@contextlib.contextmanager
def only_one_run(lock: Path) -> Iterator[None]:
    """Hold the lock of this folder, which the system frees however the run ends."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise CannotRun(
                f"It is running already, as process {file.read().strip()}: stop that one first."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def port_from(text: str) -> int:
    """Return the port that `text` names, or raise CannotRun."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise CannotRun(f"PORT is {text!r}: it must be a number from 1 to 65535.")
    return int(text)


def check_port(port: int) -> None:
    """Raise CannotRun when the port is in use on this machine, or not ours to use."""
    other = f"Choose another one: make run PORT={port + 1 if 1024 <= port < 65535 else 8080}"
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with contextlib.suppress(OSError), socket.socket(family) as probe:
            probe.settimeout(1)
            if probe.connect_ex((address, port)) == 0:
                raise CannotRun(f"Port {port} is in use. {other}")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotRun(f"Port {port} cannot be used: {error.strerror}. {other}") from None


def end_leftovers(mark: str) -> int:
    """End what a killed run of this folder has left, and return how many processes it was."""
    leftovers = [process for process in psutil.process_iter() if _has_mark(process, mark)]
    for process in leftovers:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(leftovers, timeout=5)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=5)
    return len(leftovers)


def _has_mark(process: psutil.Process, mark: str) -> bool:
    try:
        return process.pid != os.getpid() and process.environ().get(MARK) == mark
    except (psutil.Error, OSError):
        return False
