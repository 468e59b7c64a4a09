"""
Streams of server-sent events under /live/: a screen is told that something changed.

The event says no more than that; the page then fetches its fragment, and the view of the
fragment checks everything again. An ASGI application of its own: Django's handler would keep a
thread and a database connection for each of the streams, which stay open all day.
"""

import asyncio
import io
from typing import Any
from weakref import WeakKeyDictionary

from django.core.exceptions import DisallowedHost, PermissionDenied
from django.core.handlers.asgi import ASGIRequest
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, path, resolve

from accounts.exceptions import Refusal
from queueing import watching
from queueing.listener import Listener, Watcher
from queueing.watching import Watch

BEAT_SECONDS = 15
# Several steps at one moment are told once.
GATHER_SECONDS = 0.05
RETRY = b"retry: 3000\n\n"
CHANGED = b"event: changed\ndata: \n\n"
BEAT = b"event: beat\ndata: \n\n"
HEADERS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-accel-buffering", b"no"),
]


def without_streams(request: HttpRequest, **arguments: str) -> HttpResponse:
    """Answer where no asynchronous server runs: the pages then poll."""
    return HttpResponse(status=503)


# What is shown by the URL conf; the application below resolves the same patterns.
urlpatterns = [
    path("live/t/<slug:code>/", without_streams, name="live_ticket"),
    path("live/points/<slug:slug>/", without_streams, name="live_point"),
]

_listeners: WeakKeyDictionary[asyncio.AbstractEventLoop, Listener] = WeakKeyDictionary()


def listener() -> Listener:
    """Return the one listener of this process's event loop."""
    return _listeners.setdefault(asyncio.get_running_loop(), Listener())


async def stop() -> None:
    """End all streams of this process and open no more: the server goes down."""
    await listener().stop()


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Open a stream, or answer 403, 404, 405, or 503: too many, or the server goes down."""
    if scope["method"] != "GET":
        await _refuse(send, 405)
        return
    here = listener()
    if here.is_stopped:
        await _refuse(send, 503)
        return
    try:
        watch = await here.ask(_watch, scope)
        ready = await here.is_ready()
        place = await here.take_place(watch.actor) if ready else None
    except (Http404, Resolver404):
        await _refuse(send, 404)
    except (PermissionDenied, Refusal):
        await _refuse(send, 403)
    except DisallowedHost:
        await _refuse(send, 400)
    except DatabaseError:
        await _refuse(send, 503)
    else:
        if place is None:
            await _refuse(send, 503)
            return
        try:
            await _stream(here, watch, receive, send)
        finally:
            await here.give_back(watch.actor, place)


def _watch(scope: Any) -> Watch:
    request = ASGIRequest(scope, io.BytesIO())
    request.get_host()
    match = resolve(request.path_info, __name__)
    if "code" in match.kwargs:
        return watching.watch_ticket(match.kwargs["code"])
    return watching.watch_point(request, match.kwargs["slug"])


async def _refuse(send: Any, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b""})


async def _stream(here: Listener, watch: Watch, receive: Any, send: Any) -> None:
    watcher = Watcher(watch)
    here.add(watcher)
    headers = [(b"content-type", b"text/event-stream; charset=utf-8"), *HEADERS]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    # Whatever happened since the page was made is fetched at once.
    await _send(send, RETRY + CHANGED)
    telling = asyncio.create_task(_tell(watcher, send))
    leaving = asyncio.create_task(_left(receive))
    try:
        await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        here.remove(watcher)
        telling.cancel()
        leaving.cancel()
        await asyncio.gather(telling, leaving, return_exceptions=True)
    if watcher.ended:
        await send({"type": "http.response.body", "body": b""})


async def _tell(watcher: Watcher, send: Any) -> None:
    while True:
        try:
            await asyncio.wait_for(watcher.changed.wait(), BEAT_SECONDS)
        except TimeoutError:
            await _send(send, BEAT)
            continue
        if watcher.ended:
            return
        await asyncio.sleep(GATHER_SECONDS)
        watcher.changed.clear()
        if not watcher.ended:
            await _send(send, CHANGED)


async def _send(send: Any, event: bytes) -> None:
    await send({"type": "http.response.body", "body": event, "more_body": True})


async def _left(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
