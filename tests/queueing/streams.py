"""The streams' ASGI application, run in a thread as the server runs it, and read by tests."""

import asyncio
import queue
import threading
from types import TracebackType
from typing import Any, Self

from django.test import Client

from queueing import live

# How long a test waits for what must come; nothing is ever measured by it.
PATIENCE = 20


class Stream:
    """One request to /live/; `status` and the events as the browser gets them."""

    def __init__(self, server: "Server", scope: dict[str, Any]) -> None:
        self._server = server
        self._sent: queue.Queue[dict[str, Any]] = queue.Queue()
        self._received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._task = asyncio.run_coroutine_threadsafe(self._run(scope), server.loop)
        started = self._sent.get(timeout=PATIENCE)
        self.status: int = started["status"]
        self.headers = {name.decode(): value.decode() for name, value in started["headers"]}

    async def _run(self, scope: dict[str, Any]) -> None:
        async def send(message: dict[str, Any]) -> None:
            self._sent.put(message)

        await live.application(scope, self._received.get, send)

    def next(self) -> bytes | None:
        """Wait for the next piece of the body; None: the stream has ended."""
        message = self._sent.get(timeout=PATIENCE)
        return message["body"] if message.get("more_body") else None

    def has_more(self) -> bool:
        """Whether something has come that `next` has not returned yet."""
        return not self._sent.empty()

    def leave(self) -> None:
        """Close the page, and wait until the server has noticed."""
        self._server.loop.call_soon_threadsafe(
            self._received.put_nowait, {"type": "http.disconnect"}
        )
        self.wait()

    def wait(self) -> None:
        """Wait until the application has nothing left to do for it, and raise what it raised."""
        self._task.result(timeout=PATIENCE)


class Server:
    """A process of the server, as far as its streams are concerned."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._streams: list[Stream] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def open(self, path: str, client: Client | None = None, **scope: Any) -> Stream:
        """Ask for `path` with the cookies of `client`."""
        cookies = client.cookies.values() if client else []
        cookie = "; ".join(f"{each.key}={each.coded_value}" for each in cookies)
        headers = [(b"host", b"testserver"), (b"cookie", cookie.encode())]
        asked = {"type": "http", "method": "GET", "path": path, "query_string": b""}
        self._streams.append(Stream(self, asked | {"headers": headers} | scope))
        return self._streams[-1]

    def stop(self) -> None:
        """End every stream, as the server does when it goes down."""
        asyncio.run_coroutine_threadsafe(live.stop(), self.loop).result(timeout=PATIENCE)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        for stream in self._streams:
            stream.wait()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
