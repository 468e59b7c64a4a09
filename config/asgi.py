"""
One server process for everything: streams run asynchronously, pages in threads.

`/live/` goes to Django's ASGI handler. All else goes through a2wsgi to the WSGI application,
which serves a page twice as fast (performance.md).
"""

import os
from typing import Any

from a2wsgi import WSGIMiddleware
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

streams = get_asgi_application()

from config.wsgi import application as pages_in_wsgi  # noqa: E402

THREADS = int(os.environ.get("WEB_THREADS", "2"))
pages: Any = WSGIMiddleware(pages_in_wsgi, workers=THREADS)  # type: ignore[arg-type]


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http":
        handler: Any = streams if scope["path"].startswith("/live/") else pages
        await handler(scope, receive, send)


async def _lifespan(receive: Any, send: Any) -> None:
    """Nothing is prepared or ended: acknowledge, so that the server need not guess."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
