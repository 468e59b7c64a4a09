"""The proxy of docker-compose.yml before the web server of production, by TLS as people come."""

import os
import shutil
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings

from config import local_run
from queueing import operations
from tests.factories import make_group, make_user
from tests.faults.site import (
    PATIENCE,
    Site,
    ask_for_stream,
    eventually,
    free_port,
    hear_change,
    waiting_ticket,
)


class Proxy:
    """Caddy with our Caddyfile, for the name `localhost` with a certificate of its own making."""

    def __init__(self, folder: Path, upstream: str) -> None:
        self.authority = folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        self.http, self.https = free_port(), free_port()
        env = {
            "SITE_HOST": "localhost",
            "HTTP_PORT": str(self.http),
            "HTTPS_PORT": str(self.https),
            "UPSTREAM": upstream,
            "XDG_DATA_HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
        }
        caddyfile = settings.BASE_DIR / "deploy" / "Caddyfile"
        command = ["caddy", "run", "--config", str(caddyfile), "--adapter", "caddyfile"]
        self.part = local_run.start_part("proxy", command, folder / "proxy.log", env)

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        request = urllib.request.Request(
            f"https://localhost:{self.https}{path}",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        try:
            with urllib.request.urlopen(request, timeout=60, context=self.trust()) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority))

    def answers(self) -> bool:
        assert not self.part.is_dead, local_run.last_lines(self.part.log)
        try:
            return self.authority.exists() and self.get("/-/live")[0] == 200
        except (urllib.error.URLError, OSError):
            return False


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    if shutil.which("caddy") is None and os.environ.get("REQUIRE_PROXY") != "1":
        pytest.skip("There is no caddy on this machine.")
    site = Site(tmp_path, redis_url="")
    site.env |= {
        "ENVIRONMENT": "production",
        "SECRET_KEY": "only-for-this-test" * 4,
        "ALLOWED_HOSTS": "localhost",
        "TRUSTED_PROXY_COUNT": "1",
    }
    site.start_web()
    yield site
    site.stop()


@pytest.fixture
def proxy(site: Site) -> Iterator[Proxy]:
    proxy = Proxy(site.folder, f"127.0.0.1:{site.port}")
    eventually(proxy.answers)
    yield proxy
    local_run.stop_parts([proxy.part])


def test_pages_are_served_by_tls_and_what_is_inside_stays_there(site: Site, proxy: Proxy) -> None:
    assert proxy.get("/api/v1/service-points")[0] == 200
    for inside in ("/-/metrics", "/-/ready", "/-/%6Detrics", "//-/metrics", "/-/live/../metrics"):
        assert proxy.get(inside)[0] == 404
    assert site.get("/-/metrics")[0] == 200


def test_what_a_client_claims_to_have_come_by_is_not_believed(site: Site, proxy: Proxy) -> None:
    claims = {"X_Forwarded_Proto": "http", "X_Forwarded_Host": "evil.example"}
    assert proxy.get("/api/v1/service-points", **claims)[0] == 200
    plain = site.get("/api/v1/service-points", Host="localhost")
    assert plain[0] == 301


def test_a_stream_is_passed_on_as_it_comes(site: Site, proxy: Proxy) -> None:
    group = make_group()
    ticket = waiting_ticket(group)
    plain = socket.create_connection(("127.0.0.1", proxy.https), timeout=PATIENCE)
    with proxy.trust().wrap_socket(plain, server_hostname="localhost") as stream:
        ask_for_stream(stream, ticket, "Accept-Encoding: gzip")
        assert b"text/event-stream" in hear_change(stream)
        operations.call_next(group.desks.get(), by=make_user())
        hear_change(stream)


def test_requests_wait_while_the_web_server_is_started_anew(site: Site, proxy: Proxy) -> None:
    site.stop()
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(proxy.get, "/api/v1/service-points")
        site.start_web()
        assert asked.result()[0] == 200
