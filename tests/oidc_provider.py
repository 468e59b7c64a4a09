"""A real OpenID provider on loopback, which can be told to lie in any field."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

# Plain HTTP is for loopback alone.
os.environ.setdefault("AUTHLIB_INSECURE_TRANSPORT", "1")

import flask
import jwt
import oidc_provider_mock
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from werkzeug.serving import make_server

CLIENT = "vuoro-tests"


class Provider:
    """
    A provider at `issuer`. What is in `token`, `userinfo` and `discovery` replaces the truth of
    the answers; None takes a field away. `asked` has what the last token was asked for with.
    """

    def __init__(self) -> None:
        self.token: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.discovery: dict[str, Any] = {}
        self.foreign_key = False
        self.unsigned = False
        self.asked: dict[str, str] = {}
        self.issuer = ""

    def knows(self, subject: str, **claims: str) -> None:
        requests.put(f"{self.issuer}/users/{subject}", json=claims, timeout=5).raise_for_status()

    def answer(self, address: str, subject: str, *, deny: bool = False) -> str:
        """Identify as `subject` at the page `address`; return where the browser is sent."""
        answer = {"action": "deny"} if deny else {"sub": subject}
        page = requests.post(address, answer, allow_redirects=False, timeout=5)
        place = page.headers["Location"]
        # RFC 6749, 4.1.2.1: a refusal has the state too, which this provider forgets.
        (state,) = parse_qs(urlsplit(address).query)["state"]
        return f"{place}&state={state}" if deny else place

    # What the answers become ----------------------------------------------------------

    def change(self, response: flask.Response) -> flask.Response:
        path = flask.request.path
        if path == "/oauth2/token":
            self.asked = flask.request.form.to_dict()
        if path == "/oauth2/token" and response.is_json and "id_token" in response.get_json():
            body = response.get_json()
            body["id_token"] = self._sign(_without_none(_claims(body["id_token"]) | self.token))
            return flask.jsonify(body)
        lies = {"/userinfo": self.userinfo, "/.well-known/openid-configuration": self.discovery}
        if lies.get(path):
            return flask.jsonify(_without_none(response.get_json() | lies[path]))
        return response

    def _sign(self, claims: dict[str, Any]) -> str:
        own = flask.g.oidc_provider_mock_storage.jwk
        if self.unsigned:
            return jwt.encode(claims, key=None, algorithm="none", headers={"kid": _kid(own)})
        key = generate_private_key(65537, 2048) if self.foreign_key else own.get_private_key()
        return jwt.encode(claims, key, algorithm="RS256", headers={"kid": _kid(own)})


def _kid(key: Any) -> str:
    return str(key.as_dict(add_kid=True)["kid"])


def _claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def _without_none(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if value is not None}


@contextmanager
def running() -> Iterator[Provider]:
    """Run a provider until the end of the block."""
    # By this name it finds its own pages.
    provider, app = Provider(), flask.Flask(oidc_provider_mock.__name__)
    oidc_provider_mock.init_app(app, require_nonce=True)
    app.secret_key = os.urandom(16)
    app.after_request(provider.change)
    server = make_server("localhost", 0, app, threaded=True)
    provider.issuer = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
