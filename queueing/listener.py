"""One connection per process that listens to PostgreSQL, and fans out what it hears."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
from django.db import InterfaceError, OperationalError, connection

from queueing.operations import CHANNEL
from queueing.watching import Places, Watch, still_allowed

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")

# A revoked device's stream closes within 5 seconds of it (T8).
RECHECK_SECONDS = 4
QUIET_SECONDS = 15
RECONNECT_SECONDS = (0.5, 1, 2, 5)


class Watcher:
    """One open stream: `changed` is set when it has something to tell, or has ended."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.changed = asyncio.Event()
        self.ended = False

    def end(self) -> None:
        self.ended = True
        self.changed.set()


class Listener:
    """
    Tells watchers what PostgreSQL notifies, and ends those whose right is gone.

    When the connection is lost it ends every stream, since they may have missed something;
    the screens poll, come back and ask anew, while this connects again by itself.
    """

    def __init__(self) -> None:
        self._watchers: set[Watcher] = set()
        self._connected = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        # One thread with one connection for every question about rights.
        self._thread = ThreadPoolExecutor(1, "streams")
        self.is_stopped = False
        self._places = Places()

    async def ask(self, question: Callable[..., Answer], *arguments: Any) -> Answer:
        """Run a function that queries the database, away from the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, _with_connection, question, *arguments)

    async def is_ready(self, seconds: float = 3) -> bool:
        """Return whether PostgreSQL is being listened to, after waiting a moment for it."""
        if self.is_stopped:
            return False
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._listen_for_ever()),
                asyncio.create_task(self._recheck_for_ever()),
            ]
        try:
            await asyncio.wait_for(self._connected.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def take_place(self, actor: str) -> int | None:
        """Return a place for one more stream of `actor`, or None if all are taken."""
        return None if self.is_stopped else await self.ask(self._places.take, actor)

    async def give_back(self, actor: str, place: int) -> None:
        """Free a place; the end of the connection has, when this has stopped."""
        if not self.is_stopped:
            await self.ask(self._places.give_back, actor, place)

    def add(self, watcher: Watcher) -> None:
        self._watchers.add(watcher)
        if self.is_stopped:
            watcher.end()

    def remove(self, watcher: Watcher) -> None:
        self._watchers.discard(watcher)

    async def stop(self) -> None:
        """End every stream and the connection, and begin none again: the server goes down."""
        if self.is_stopped:
            return
        self.is_stopped = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._end_all()
        self._thread.submit(_close_connection)
        self._thread.shutdown()

    async def _listen_for_ever(self) -> None:
        failures = 0
        while True:
            try:
                async with await _connect() as listening:
                    await listening.execute(f"LISTEN {CHANNEL}")
                    self._connected.set()
                    failures = 0
                    await self._fan_out(listening)
            except (psycopg.Error, OSError) as error:
                logger.warning("Listening to PostgreSQL was cut: %s", type(error).__name__)
            finally:
                self._connected.clear()
                self._end_all()
            await asyncio.sleep(RECONNECT_SECONDS[min(failures, len(RECONNECT_SECONDS) - 1)])
            failures += 1

    async def _fan_out(self, listening: psycopg.AsyncConnection[Any]) -> None:
        while True:
            async for notice in listening.notifies(timeout=QUIET_SECONDS):
                for watcher in self._watchers:
                    if str(watcher.watch.point_id) == notice.payload:
                        watcher.changed.set()
            # A connection that died silently is found out by asking something.
            await asyncio.wait_for(listening.execute("SELECT 1"), QUIET_SECONDS)

    async def _recheck_for_ever(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            watchers = list(self._watchers)
            if not watchers:
                continue
            try:
                allowed = await self.ask(still_allowed, {each.watch for each in watchers})
            except (OperationalError, InterfaceError):
                allowed = set()
            for watcher in watchers:
                if watcher.watch not in allowed:
                    watcher.end()

    def _end_all(self) -> None:
        for watcher in self._watchers:
            watcher.end()


def _with_connection(question: Callable[..., Answer], *arguments: Any) -> Answer:
    try:
        return question(*arguments)
    except (OperationalError, InterfaceError):
        connection.close()  # The next question gets a new one.
        raise


def _close_connection() -> None:
    connection.close()  # Each thread has its own: this must run in the one that asked.


async def _connect() -> psycopg.AsyncConnection[Any]:
    parameters = connection.get_connection_params()
    for of_django in ("cursor_factory", "context", "server_side_binding", "prepare_threshold"):
        parameters.pop(of_django, None)
    return await psycopg.AsyncConnection.connect(**parameters, autocommit=True)
