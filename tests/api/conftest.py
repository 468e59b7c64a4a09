"""Clients of the API as each role; `call` speaks JSON and sends a new key with each POST."""

import json
import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User


class ApiClient(Client):
    """A client whose `call` sends and reads JSON at an address under /api/v1/."""

    def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = "", **headers: str
    ) -> HttpResponse:
        sent = {"Accept": "application/json", "Accept-Language": "en"}
        if method == "POST" and key is not None:
            sent["Idempotency-Key"] = key or str(uuid.uuid4())
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, str | bytes) else json.dumps(body or {})
        return self.generic(
            method, f"/api/v1/{path}", data, content_type="application/json", headers=sent
        )


@pytest.fixture
def api() -> ApiClient:
    """Somebody who has not signed in."""
    return ApiClient()


@pytest.fixture
def signed_in():
    """Return a client signed in as a user, by session."""

    def sign_in(user: User) -> ApiClient:
        client = ApiClient()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


def code_of(answer: HttpResponse) -> tuple[int, str]:
    """The status and the code of a problem, which must be a whole problem document."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["title"] and problem["detail"] and problem["type"].endswith(problem["code"])
    return answer.status_code, problem["code"]
