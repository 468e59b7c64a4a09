"""A server that is stopped ends what it does, and is not held up by open streams."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories import make_group
from tests.faults.site import PATIENCE, Site, ask_for_stream, hear_change, waiting_ticket


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path, redis_url="")
    yield site
    site.stop()


def open_stream(site: Site) -> socket.socket:
    stream = socket.create_connection(("127.0.0.1", site.port), timeout=PATIENCE)
    ask_for_stream(stream, waiting_ticket(make_group()))
    hear_change(stream)
    return stream


def everything_from(stream: socket.socket) -> bytes:
    heard = b""
    while more := stream.recv(4096):
        heard += more
    return heard


def test_an_open_stream_is_ended_in_order_when_the_server_is_stopped(site: Site) -> None:
    web = site.start_web("--workers-kill-timeout", "1000")
    stream = open_stream(site)
    web.process.send_signal(signal.SIGTERM)
    # The last chunk of HTTP: a proxy knows that the answer is whole.
    assert everything_from(stream).endswith(b"0\r\n\r\n")
    # Long before it would be killed. What the log says of that is not to be relied on: under load
    # the server calls a worker stubborn that has ended but is not reaped yet.
    assert web.process.wait(PATIENCE) == 0


def test_a_server_without_streams_stops_as_well(site: Site) -> None:
    web = site.start_web("--workers-kill-timeout", "1000")
    web.process.send_signal(signal.SIGTERM)
    assert web.process.wait(PATIENCE) == 0
