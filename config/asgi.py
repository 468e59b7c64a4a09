"""
One server process for everything: streams run asynchronously, pages in threads.

`/live/` goes to the streams, an ASGI application of their own. All else goes through a2wsgi to
the WSGI application, which serves a page twice as fast as Django's (performance.md).
"""

import asyncio
import contextlib
import os
import signal
from types import FrameType
from typing import Any

from a2wsgi import WSGIMiddleware

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# First, since it loads the apps.
from config.wsgi import application as pages_in_wsgi
from queueing import live

THREADS = int(os.environ.get("WEB_THREADS", "2"))
pages: Any = WSGIMiddleware(pages_in_wsgi, workers=THREADS)  # type: ignore[arg-type]


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http":
        handler: Any = live.application if scope["path"].startswith("/live/") else pages

        async def received() -> Any:
            # Granian's receive gives a future, and a2wsgi reads a body by a coroutine only.
            return await receive()

        await handler(scope, received, send)


async def _lifespan(receive: Any, send: Any) -> None:
    """End the streams when the server goes down; pages need nothing prepared."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            _end_streams_on_signal(asyncio.get_running_loop())
        else:
            await live.stop()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _end_streams_on_signal(loop: asyncio.AbstractEventLoop) -> None:
    """
    End the streams as soon as the server is asked to stop.

    Granian says so only when every request has ended, and streams stay open all day. The loop
    hears of signals by itself, so Granian's own handler runs as before.
    """

    def end(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(lambda: ending.add(loop.create_task(live.stop())))

    ending: set[asyncio.Task[None]] = set()
    # In a thread, as in a test, there are no signals.
    with contextlib.suppress(ValueError):
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, end)
