"""`manage.py up`: everything on this machine, in one terminal."""

import contextlib
import os
import shutil
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection, connections

from accounts.models import Device
from accounts.operations import new_device, revoke
from config import local_run
from config.local_postgres import LocalPostgres, PostgresDidNotStart
from config.local_run import MARK, CannotRun, Part, Stopped
from config.translations import compile_catalogs
from servicepoints.models import ServicePoint

STARTS_WITHIN = 60
LOG_INS = [
    ("applicant", "applicant@demo.example, or any address you like"),
    ("representative", "counsel@demo.example, for applicant@ and client@demo.example"),
    ("clerk", "clerk.helsinki@demo.example"),
    ("adviser", "adviser.helsinki@demo.example"),
    ("manager", "manager.helsinki@demo.example"),
    ("administrator", "admin@demo.example"),
]


def empty_folder(folder: Path) -> None:
    """Leave nothing of an earlier run in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


class Command(BaseCommand):
    help = "Start PostgreSQL, the web server, the Celery worker and beat; Ctrl-C stops all."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        if not settings.LOCAL:
            raise CommandError("manage.py up is for a laptop: set ENVIRONMENT=local.")
        self.began = time.monotonic()
        self.logs: Path = settings.VAR_DIR / "log"
        self.server: LocalPostgres | None = None
        self.parts: list[Part] = []
        try:
            self.port = local_run.port_from(os.environ.get("PORT") or "8000")
            with local_run.until_stopped(), local_run.only_one_run(settings.VAR_DIR / "up.lock"):
                try:
                    self.start()
                    self.watch()
                finally:
                    self.stop()
        except Stopped:
            self.say("Stopped.")
        except (CannotRun, PostgresDidNotStart) as error:
            raise CommandError(str(error)) from None

    def start(self) -> None:
        local_run.check_port(self.port)
        if count := local_run.end_leftovers(self.mark):
            self.say(f"Ended {count} processes that an earlier run had left")
        compile_catalogs()
        self.start_postgres()
        self.prepare_database()
        self.start_web()
        self.start_jobs()
        self.greet()

    def start_postgres(self) -> None:
        if not settings.OWN_DATABASE:
            self.say("Using the database of DATABASE_URL")
            self.check_database()
            return
        self.say("Starting PostgreSQL")
        self.server = LocalPostgres(settings.VAR_DIR / "postgres", self.logs / "postgres.log")
        self.server.start()
        self.server.create_database("vuoro")

    def check_database(self) -> None:
        try:
            connection.ensure_connection()
        except (DatabaseError, ImproperlyConfigured) as error:
            reason = str(error).strip().split("\n")[0]
            raise CannotRun(f"The database of DATABASE_URL cannot be used: {reason}") from None

    def prepare_database(self) -> None:
        self.say("Bringing the tables up to date")
        call_command("migrate", verbosity=0)
        if not ServicePoint.objects.exists():
            self.say("Loading the demo data (once, up to a minute)")
            call_command("load_demo")
        call_command("load_demo", today=True)

    def start_web(self) -> None:
        self.say("Starting the web server")
        connections.close_all()
        empty_folder(settings.VAR_DIR / "metrics")
        self.start_part("web", local_run.web_command(self.port))
        self.wait_until_ready()

    def start_jobs(self) -> None:
        self.say("Starting the Celery worker and beat")
        empty_folder(settings.BROKER_DIR)
        celery = [sys.executable, "-m", "celery", "--app", "config"]
        self.start_part("worker", [*celery, *["worker", "--pool", "threads", "--concurrency", "2"]])
        self.start_part("beat", [*celery, "beat"])

    def start_part(self, name: str, command: list[str]) -> None:
        env = {
            MARK: self.mark,
            "SITE_URL": self.address,
            "PROMETHEUS_MULTIPROC_DIR": str(settings.VAR_DIR / "metrics"),
        }
        log = self.logs / f"{name}.log"
        self.parts.append(local_run.start_part(name, command, log, env))

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            self.check_parts()
            with contextlib.suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5).close()
                return
            time.sleep(0.1)
        log = self.logs / "web.log"
        raise CannotRun(
            f"The web server does not answer. The end of {log}:\n\n{local_run.last_lines(log)}"
        )

    def watch(self) -> None:
        while True:
            time.sleep(0.5)
            self.check_parts()

    def check_parts(self) -> None:
        for part in self.parts:
            if part.is_dead:
                raise CannotRun(
                    local_run.describe_death(part.name, part.log, part.process.returncode)
                )
        if self.server and self.server.process and self.server.process.poll() is not None:
            code = self.server.process.returncode
            raise CannotRun(local_run.describe_death("postgres", self.server.log, code))

    def stop(self) -> None:
        if self.parts or self.server:
            self.say("Stopping ...")
        local_run.stop_parts(self.parts)
        if self.server:
            self.server.stop()

    def greet(self) -> None:
        lines = [
            "",
            f"Ready after {time.monotonic() - self.began:.0f} s.",
            "",
            f"  {self.address}/            book a time, my visits",
            f"  {self.address}/clients/    representative",
            f"  {self.address}/desk/       clerk",
            f"  {self.address}/manage/     manager",
            f"  {self.address}/admin/      administrator",
            f"  {self.address}/kiosk/      kiosk",
            f"  {self.address}/display/    lobby screen",
            f"  {self.address}/api/v1/docs/   the API",
            f"  {self.address}/-/mailbox/  every message that would have been sent",
            "",
            *self.device_lines(),
            "",
            "Sign in with one of these addresses; the code comes to the mailbox above:",
            "",
            *(f"  {who:<14} {address}" for who, address in LOG_INS),
            "",
            f"Logs are in {self.logs}. Ctrl-C stops everything.",
        ]
        for line in lines:
            self.say(line)

    def device_lines(self) -> list[str]:
        """Say the one-time codes of a kiosk and a lobby screen; codes of earlier runs end."""
        point = ServicePoint.objects.filter(slug="helsinki").first()
        if point is None:
            return []
        for device in Device.objects.filter(service_point=point, enrolled_at=None, revoked_at=None):
            revoke(device)
        _, kiosk = new_device(point, Device.Kind.KIOSK, "Kiosk")
        _, lobby = new_device(point, Device.Kind.DISPLAY, "Lobby screen")
        connections.close_all()
        return [
            f"Codes for the next 15 minutes, Helsinki: kiosk {kiosk}, lobby screen {lobby}.",
        ]

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def mark(self) -> str:
        """What tells the processes of this folder from those of another clone."""
        return str(settings.VAR_DIR)

    def say(self, line: str) -> None:
        # The terminal may be gone; the parts are to be stopped all the same.
        with contextlib.suppress(OSError, ValueError):
            self.stdout.write(line)
            self.stdout.flush()
