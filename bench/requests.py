"""The requests that are measured, as bytes, each as a real client sends it."""

import datetime
import ipaddress
import itertools
import json
import uuid
import zlib
from collections.abc import Iterator, Sequence

from django.conf import settings

from bench.server import HOST
from bench.visits import Visits

# Behind a proxy that has taken TLS off, like in production.
_HEAD = (
    "{method} {path} HTTP/1.1\r\n"
    "Host: {host}\r\n"
    "X-Forwarded-Proto: https\r\n"
    "X-Forwarded-For: {network}\r\n"
    "User-Agent: bench\r\n"
    "Accept: application/json\r\n"
    "Accept-Language: fi\r\n"
)
ANYBODY = ""
# The CSRF token of a browser's cookie, which its script repeats in a header.
CSRF_TOKEN = "b" * 32


class Requests:
    """Makes requests to the web server on `port`."""

    def __init__(self, port: int) -> None:
        self.host = f"{HOST}:{port}"

    def get(self, path: str, session: str = ANYBODY) -> bytes:
        return f"{self._head('GET', path, session)}\r\n".encode()

    def post(self, path: str, session: str, body: object) -> bytes:
        """A change that a person makes in a session: cookies, CSRF token, idempotency key."""
        content = json.dumps(body)
        return (
            f"{self._head('POST', path, session)}"
            f"Cookie: {settings.SESSION_COOKIE_NAME}={session};"
            f" {settings.CSRF_COOKIE_NAME}={CSRF_TOKEN}\r\n"
            f"Origin: https://{self.host}\r\n"
            f"X-CSRFToken: {CSRF_TOKEN}\r\n"
            f"Idempotency-Key: {uuid.uuid4()}\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n"
            f"\r\n{content}"
        ).encode()

    def _head(self, method: str, path: str, session: str) -> str:
        return _HEAD.format(method=method, path=path, host=self.host, network=network_of(session))

    def empty(self) -> Iterator[bytes]:
        """(d) The empty page, for nobody in particular."""
        return itertools.repeat(self.get("/bench/empty"))

    def empty_signed_in(self, sessions: Sequence[str]) -> Iterator[bytes]:
        """(d) The empty page, each time for another signed-in person who sends as for a claim."""
        body = {"service": "none"}
        for session in itertools.cycle(sessions):
            yield self.post("/bench/empty/signed-in", session, body)

    def claims(self, visits: Visits, numbers: range, sessions: Sequence[str]) -> Iterator[bytes]:
        """(b) A fresh claim of each of the visits, each by another signed-in person."""
        for number, session in zip(numbers, sessions, strict=True):
            group, starts_at = visits.visit(number)
            yield self.claim(session, group.service, group.point, starts_at.isoformat())

    def claim(self, session: str, service: str, point: str, starts_at: str) -> bytes:
        body = {"service": service, "service_point": point, "starts_at": starts_at, "people": 1}
        return self.post("/api/v1/appointments", session, body)

    def first_free(self, services: Sequence[str], people: int = 1) -> Iterator[bytes]:
        """(c) The first free time at every point, for one service after the other."""
        return itertools.cycle([self.get(first_free(service, people)) for service in services])

    def free_times(
        self, services: Sequence[str], points: Sequence[str], dates: Sequence[datetime.date]
    ) -> Iterator[bytes]:
        """(c) The free times of a day, another point, service and day each time."""
        return itertools.cycle(
            [
                self.get(free_times(service, point, str(date)))
                for date in dates
                for service in services
                for point in points
            ]
        )

    def free_days(
        self, services: Sequence[str], points: Sequence[str], months: Sequence[str]
    ) -> Iterator[bytes]:
        """(c) The days of a month with free times, another point, service and month each time."""
        return itertools.cycle(
            [
                self.get(free_days(service, point, month))
                for month in months
                for service in services
                for point in points
            ]
        )


def first_free(service: str, people: int = 1) -> str:
    return f"/api/v1/services/{service}/first-free-times?people={people}"


def free_days(service: str, point: str, month: str) -> str:
    return f"/api/v1/service-points/{point}/free-days?service={service}&month={month}"


def free_times(service: str, point: str, date: str) -> str:
    return f"/api/v1/service-points/{point}/free-times?service={service}&date={date}"


def network_of(session: str) -> str:
    """Return the address that a person comes from: each from one, of 16 million."""
    return str(ipaddress.IPv4Address((10 << 24) + zlib.crc32(session.encode()) % 2**24))
