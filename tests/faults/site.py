"""The web server and the worker as processes of their own, on the database of the tests."""

import http.client
import json
import os
import socket
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.operations import issue_token
from booking.models import Slot
from config import local_run
from config.sessions import SessionStore
from queueing import operations
from queueing.models import Ticket
from servicepoints.models import DeskGroup

# Long on purpose: a machine under load is slow, not broken.
PATIENCE = 120
CELERY = [sys.executable, "-m", "celery", "--app", "config"]


def eventually(true: Callable[[], Any]) -> Any:
    """Return what `true` returns as soon as it is something."""
    deadline = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < deadline, "It did not come true."
        time.sleep(0.1)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def waiting_ticket(group: DeskGroup) -> Ticket:
    """A number that somebody has just taken."""
    return Ticket.objects.create(
        queue_day=operations.queue_day(group.service_point),
        series=Ticket.Series.WALK_IN,
        number=1,
        service=group.services.get(),
        serve_at=timezone.now(),
        issued_at=timezone.now(),
    )


def cookie_of(user: User) -> str:
    """The cookie of a browser in which `user` has signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def hold_body(slot: Slot, **changes: Any) -> dict[str, Any]:
    """What a program sends to hold the slot's time for one person."""
    return {
        "service": slot.desk_group.services.get().slug,
        "service_point": slot.desk_group.service_point.slug,
        "starts_at": slot.starts_at.isoformat(),
        "people": 1,
    } | changes


def api_headers(token: str, key: str = "") -> dict[str, str]:
    """What a program of whom the token is sends besides, with a new key unless told."""
    return {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": key or str(uuid.uuid4()),
    }


def ask_for_stream(line: socket.socket, ticket: Ticket, *headers: str) -> None:
    lines = [f"GET /live/t/{ticket.code}/ HTTP/1.1", "Host: localhost", *headers, "", ""]
    line.sendall("\r\n".join(lines).encode())


def hear_change(line: socket.socket) -> bytes:
    """Wait until the stream tells of a change, and return all that came till then."""
    heard = b""
    while b"event: changed\ndata: \n\n" not in heard:
        more = line.recv(4096)
        assert more, f"It ended after {heard!r}."
        heard += more
    return heard


def database_of_the_tests() -> str:
    database = urlsplit(os.environ["DATABASE_URL"])
    return database._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


class Site:
    """What people and programs reach, with Redis at `redis_url`."""

    def __init__(self, folder: Path, redis_url: str, database_url: str = "") -> None:
        self.folder = folder
        self.parts: list[local_run.Part] = []
        self.port = free_port()
        self.env = {
            "ENVIRONMENT": "local",
            "DATABASE_URL": database_url or database_of_the_tests(),
            "REDIS_URL": redis_url,
            "VAR_DIR": str(folder),
            "PYTHONPATH": str(settings.BASE_DIR),
            # Everybody comes from this one address.
            "CODES_PER_NETWORK": str(10**6),
            "HOLDS_PER_NETWORK": str(10**6),
        }

    def start_web(self, *options: str) -> local_run.Part:
        part = self._start("web", [*local_run.web_command(self.port), *options])

        def answers() -> bool:
            assert not part.is_dead, local_run.last_lines(part.log)
            return self.get("/-/live")[0] == 200

        eventually(answers)
        return part

    def start_worker(self) -> local_run.Part:
        command = [*CELERY, "worker", "--pool", "threads", "--concurrency", "1"]
        return self._start("worker", command)

    def start_beat(self) -> local_run.Part:
        return self._start("beat", [*CELERY, "beat"])

    def stop(self) -> None:
        local_run.stop_parts(self.parts)

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        return self._ask("GET", path, None, headers)

    def call(self, user: User, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        """POST to the API as a program of `user`."""
        token, _ends = issue_token(user)
        return self.send(token, path, body)

    def send(
        self, token: str, path: str, body: dict[str, Any], key: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """POST to the API with a token; (0, {}) where the line is cut."""
        status, text = self._ask(
            "POST", f"/api/v1/{path}", json.dumps(body).encode(), api_headers(token, key)
        )
        return status, json.loads(text or "{}") if status < 500 else {}

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, str]:
        address = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(address, body, headers, method=method)
        try:
            with urllib.request.build_opener(NoRedirects).open(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""

    def _start(self, name: str, command: list[str]) -> local_run.Part:
        part = local_run.start_part(name, command, self.folder / f"{name}.log", self.env)
        self.parts.append(part)
        return part


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any) -> None:
        return None
