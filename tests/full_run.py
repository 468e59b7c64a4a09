"""`manage.py up` for real: everything on this machine, in a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
from django.conf import settings

from tests.factories import zone_at

# It is noon, so that no story runs into midnight: the demo has visits later today.
ZONE = zone_at(12)
# Long on purpose: a machine under load is slow, not broken.
PATIENCE = 240
READY = "Ctrl-C stops everything."


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Run:
    """One `manage.py up` and what it says. Without `redis_url` it has messages as files."""

    def __init__(self, folder: Path, redis_url: str = "") -> None:
        self.port = free_port()
        self.said_in = folder / f"said-{self.port}.txt"
        others = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "REDIS_URL"}}
        env = {
            "ENVIRONMENT": "local",
            "VAR_DIR": str(folder / "var"),
            "PORT": str(self.port),
            "REDIS_URL": redis_url,
            "TIME_ZONE": ZONE,
            # Every story comes from this one address.
            "CODES_PER_NETWORK": str(10**6),
            "HOLDS_PER_NETWORK": str(10**6),
        }
        with self.said_in.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                env=others | env,
                cwd=settings.BASE_DIR,
                stdout=output,
                stderr=output,
            )

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

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

    def end(self, ending: signal.Signals = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(ending)
        self.process.wait(PATIENCE)
