"""
One server process for everything: streams run asynchronously, pages in threads.

`/live/` goes to the streams, an ASGI application of their own. All else goes through a2wsgi to
the WSGI application, which serves a page twice as fast as Django's (performance.md).
"""

import os
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
    """Nothing is prepared; the streams are ended, so that the server need not wait for them."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.shutdown":
            await live.stop()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
