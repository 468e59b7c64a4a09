"""The requests that are measured, as bytes, each as a real client sends it."""

import datetime
import itertools
import json
import uuid
from collections.abc import Iterator, Sequence

from django.conf import settings

from bench.server import HOST
from bench.visits import Visits

# Behind a proxy that has taken TLS off, like in production.
_HEAD = (
    "{method} {path} HTTP/1.1\r\n"
    "Host: {host}\r\n"
    "X-Forwarded-Proto: https\r\n"
    "User-Agent: bench\r\n"
    "Accept: application/json\r\n"
    "Accept-Language: fi\r\n"
)
# The CSRF token of a browser's cookie, which its script repeats in a header.
CSRF_TOKEN = "b" * 32


class Requests:
    """Makes requests to the web server on `port`."""

    def __init__(self, port: int) -> None:
        self.host = f"{HOST}:{port}"

    def get(self, path: str) -> bytes:
        return f"{self._head('GET', path)}\r\n".encode()

    def post(self, path: str, session: str, body: object) -> bytes:
        """A change that a person makes in a session: cookies, CSRF token, idempotency key."""
        content = json.dumps(body)
        return (
            f"{self._head('POST', path)}"
            f"Cookie: {settings.SESSION_COOKIE_NAME}={session};"
            f" {settings.CSRF_COOKIE_NAME}={CSRF_TOKEN}\r\n"
            f"Origin: https://{self.host}\r\n"
            f"X-CSRFToken: {CSRF_TOKEN}\r\n"
            f"Idempotency-Key: {uuid.uuid4()}\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n"
            f"\r\n{content}"
        ).encode()

    def _head(self, method: str, path: str) -> str:
        return _HEAD.format(method=method, path=path, host=self.host)

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
            visit = visits.visit(number)
            yield self.post(
                "/api/v1/appointments",
                session,
                {
                    "service": visit.group.service,
                    "service_point": visit.group.point,
                    "starts_at": visit.starts_at.isoformat(),
                    "people": 1,
                },
            )

    def first_free(self, services: Sequence[str]) -> Iterator[bytes]:
        """(c) The first free time at every point, for one service after the other."""
        return itertools.cycle(
            [self.get(f"/api/v1/services/{service}/first-free-times") for service in services]
        )

    def free_times(
        self, services: Sequence[str], points: Sequence[str], dates: Sequence[datetime.date]
    ) -> Iterator[bytes]:
        """(c) The free times of a day, another point, service and day each time."""
        return itertools.cycle(
            [
                self.get(f"/api/v1/service-points/{point}/free-times?service={service}&date={date}")
                for date in dates
                for service in services
                for point in points
            ]
        )
