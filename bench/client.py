"""
A lean HTTP/1.1 client: kept connections, each with one request under way, in one thread.

It shares the cores with what it measures, so it builds and reads as little as it can: requests
are ready bytes, and of an answer it looks at the status and the length.
"""

import selectors
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"
ANSWER_WITHIN = 30


class UnexpectedAnswer(Exception):
    """The server answered something else than what is measured; the message has the answer."""


class Head(NamedTuple):
    """What counts of an answer: its status, and how many bytes it has with head and body."""

    status: int
    size: int


class Answer(NamedTuple):
    status: int
    body: bytes

    def __str__(self) -> str:
        return f"{self.status} {self.body.decode(errors='replace')}"


@dataclass
class Load:
    """What came of some seconds of requests, each sent when the one before it was answered."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    # With those of the warm-up and those that came after the end.
    answers: int = 0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds


class Connection:
    """One kept connection with the request that is under way on it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=ANSWER_WITHIN)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0
        self.received = b""

    def send(self, request: bytes) -> None:
        self.received = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def read(self) -> Answer | None:
        """Read what has come; return the answer once it is whole."""
        part = self.socket.recv(65536)
        self.received += part
        head = head_of(self.received)
        if part and head and len(self.received) == head.size:
            return Answer(head.status, self.received.split(END_OF_HEAD, 1)[1])
        if not part or (head and len(self.received) > head.size):
            raise UnexpectedAnswer(self.received.decode(errors="replace") or "nothing")
        return None


def head_of(received: bytes) -> Head | None:
    """Return the head of an answer that has begun, or None while the head is not whole."""
    end = received.find(END_OF_HEAD)
    if end < 0:
        return None
    head = received[:end].lower()
    at = head.find(LENGTH)
    if at < 0:
        raise UnexpectedAnswer(f"An answer without its length: {head.decode(errors='replace')}")
    length = head[at + len(LENGTH) :].split(b"\r\n", 1)[0]
    return Head(int(head[9:12]), end + len(END_OF_HEAD) + int(length))


def send_load(
    address: tuple[str, int],
    requests: Iterator[bytes],
    *,
    status: int,
    connections: int,
    warm_up: float,
    seconds: float,
    at_bounds: Callable[[], None],
) -> Load:
    """
    Send requests over `connections` for `seconds` after `warm_up`, or until there are no more.

    `at_bounds` is called when the measured time begins and when it ends. An answer with another
    status than `status` ends it with UnexpectedAnswer.
    """
    load = Load()
    under_way = [Connection(address) for _ in range(connections)]
    with selectors.DefaultSelector() as selector:
        for connection in under_way:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        try:
            _exchange(load, selector, under_way, requests, status, warm_up, seconds, at_bounds)
        finally:
            for connection in under_way:
                connection.socket.close()
    return load


def _exchange(
    load: Load,
    selector: selectors.BaseSelector,
    connections: list[Connection],
    requests: Iterator[bytes],
    status: int,
    warm_up: float,
    seconds: float,
    at_bounds: Callable[[], None],
) -> None:
    begins = time.perf_counter() + warm_up
    ends = begins + seconds
    measuring = False
    waiting = 0
    for connection in connections:
        connection.send(next(requests))
        waiting += 1
    while waiting:
        events = selector.select(ANSWER_WITHIN)
        if not events:
            raise UnexpectedAnswer(f"no answer in {ANSWER_WITHIN} s")
        now = time.perf_counter()
        if not measuring and not load.seconds and now >= begins:
            measuring, begins = True, now
            at_bounds()
        for key, _ in events:
            connection = key.data
            answer = connection.read()
            if answer is None:
                continue
            if answer.status != status:
                raise UnexpectedAnswer(str(answer))
            load.answers += 1
            waiting -= 1
            if measuring:
                load.latencies.append(now - connection.sent_at)
            if now < ends and (request := next(requests, b"")):
                connection.send(request)
                waiting += 1
            elif measuring:
                measuring, load.seconds = False, now - begins
                at_bounds()
