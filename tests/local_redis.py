"""A Redis server for tests: on a free port of the loopback, a child that ends with its parent."""

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from redis import Redis, RedisError

from config.local_postgres import die_with_parent, last_lines

STARTS_WITHIN = 30


def is_installed() -> bool:
    return shutil.which("redis-server") is not None


class LocalRedis:
    """It keeps its port, and nothing else, over a stop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        log = self.folder / "redis.log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [
                    *("redis-server", "--port", str(self.port), "--bind", "127.0.0.1"),
                    *("--save", "", "--appendonly", "no", "--dir", str(self.folder)),
                ],
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._answers():
            assert self.process.poll() is None, last_lines(log)
            assert time.monotonic() < deadline, last_lines(log)
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()

    def freeze(self) -> None:
        """Let it accept connections and never answer."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def _answers(self) -> bool:
        try:
            with Redis(port=self.port, socket_timeout=1) as redis:
                return bool(redis.ping())
        except (RedisError, OSError):
            return False
