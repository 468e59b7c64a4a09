"""
Many clients at one moment: threads with connections of their own, and real commits.

`race` lets them run as they come; `interleave` forces the one order of steps that hurts. A
`Meeting` in a twin does the same: nobody writes before everybody has read.
"""

import io
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from typing import Any

import psycopg
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from accounts.exceptions import Refusal
from config import invariants

Client = Callable[[], Any]

# PostgreSQL takes 100 connections, and two workers of pytest may race at once.
CONNECTIONS = 20
# Nothing here takes longer, so that what hangs fails the test and not the run.
SECONDS = 60


def race(clients: Sequence[Client], expect: tuple[type[Exception], ...] = (Refusal,)) -> list[Any]:
    """
    Run all clients at once; return what each got, or the refusal it met, in their order.

    CONNECTIONS at a time, as behind a web server: the others follow when one is done. Any
    error but those to `expect` fails the test.
    """
    waiting = deque(enumerate(clients))
    outcomes: dict[int, Any] = {}
    begin = threading.Barrier(min(len(clients), CONNECTIONS))

    def work() -> None:
        connection.ensure_connection()
        begin.wait(SECONDS)
        while True:
            try:
                index, client = waiting.popleft()
            except IndexError:
                return
            outcomes[index] = _outcome(client, expect)

    _join([_start(work) for _ in range(begin.parties)])
    return [outcomes[index] for index in range(len(clients))]


def interleave(
    first: Client,
    *,
    before: str,
    others: Sequence[Client],
    expect: tuple[type[Exception], ...] = (Refusal,),
) -> list[Any]:
    """
    Stop `first` before its first statement that contains `before`, and run the others.

    It goes on when each of the others has ended or waits for a lock. Return the outcomes as
    `race` does, that of `first` in front.
    """
    reached, go_on = threading.Event(), threading.Event()
    outcomes: dict[int, Any] = {}
    backends: dict[int, int] = {}

    def stop(execute: Callable, sql: str, *details: Any) -> Any:
        if before in str(sql) and not reached.is_set():
            reached.set()
            assert go_on.wait(SECONDS)
        return execute(sql, *details)

    def run(index: int, client: Client) -> None:
        connection.ensure_connection()
        backends[index] = connection.connection.info.backend_pid
        with connection.execute_wrapper(stop) if index == 0 else nullcontext():
            outcomes[index] = _outcome(client, expect)

    threads = [_start(run, 0, first)]
    while not reached.wait(0.01):
        if not threads[0].is_alive():
            _join(threads)
            raise AssertionError(f"No statement contained {before!r}")
    try:
        threads += [_start(run, index, client) for index, client in enumerate(others, start=1)]
        _wait_until_stuck(threads[1:], lambda index: backends.get(index + 1))
    finally:
        go_on.set()
    _join(threads)
    return [outcomes[index] for index in range(len(threads))]


def _wait_until_stuck(
    threads: Sequence[threading.Thread], backend_of: Callable[[int], int | None]
) -> None:
    """Return when each thread has ended or waits for a lock of PostgreSQL."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            stuck = {pid for (pid,) in cursor.fetchall()}
        alive = [index for index, thread in enumerate(threads) if thread.is_alive()]
        if all(backend_of(index) in stuck for index in alive):
            return
        time.sleep(0.01)
    raise AssertionError("The others neither ended nor waited for a lock")


def wait_until_somebody_waits_for_me() -> None:
    """Return when another transaction wants a lock that this one holds."""
    _wait_for("NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")


def wait_until_somebody_is_stuck() -> None:
    """Return when a transaction of this database waits for another one to end."""
    here = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    _wait_for(f"NOT granted AND pid IN ({here})")


def _wait_for(lock: str) -> None:
    until = time.monotonic() + SECONDS
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute(f"SELECT count(*) FROM pg_locks WHERE {lock}")
            if cursor.fetchone() != (0,):
                return
            time.sleep(0.01)
    raise AssertionError("Nobody came to wait")


class Meeting:
    """Let nobody go on before so many have come; whoever comes later passes."""

    def __init__(self, people: int) -> None:
        self._missing, self._lock, self._all_here = people, threading.Lock(), threading.Event()

    def wait(self) -> None:
        with self._lock:
            self._missing -= 1
            if self._missing <= 0:
                self._all_here.set()
        assert self._all_here.wait(SECONDS)


class _Thread(threading.Thread):
    """A thread that closes its connection at the end, and keeps the error that ended it."""

    error: BaseException | None = None

    def run(self) -> None:
        try:
            super().run()
        except BaseException as error:
            self.error = error
        finally:
            connection.close()


def _start(target: Callable, *args: Any) -> _Thread:
    thread = _Thread(target=target, args=args, daemon=True)
    thread.start()
    return thread


def _join(threads: Iterable[_Thread]) -> None:
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive(), "A client hangs"
    if errors := [thread.error for thread in threads if thread.error]:
        raise errors[0]


def _outcome(client: Client, expect: tuple[type[Exception], ...]) -> Any:
    try:
        return client()
    except expect as error:
        return error


def kinds(outcomes: list) -> dict[str, int]:
    """Count the outcomes by their kind: {"Appointment": 5, "TimeTaken": 45}."""
    names = [type(outcome).__name__ for outcome in outcomes]
    return {name: names.count(name) for name in sorted(set(names))}


def is_deadlock(outcome: Any) -> bool:
    """Whether PostgreSQL ended this client to free the others."""
    return isinstance(outcome, OperationalError) and isinstance(
        outcome.__cause__, psycopg.errors.DeadlockDetected
    )


def check_invariants() -> None:
    """Fail with the rows that break an invariant, as `manage.py check_invariants` does."""
    out = io.StringIO()
    try:
        call_command("check_invariants", stdout=out)
    except CommandError as error:
        raise AssertionError(out.getvalue()) from error


def broken() -> set[str]:
    """Return which invariants do not hold: the twins show what the check would say."""
    return set(invariants.broken())
