"""P3, I6: what somebody was told is confirmed is there, whatever is killed at that moment."""

import contextlib
import itertools
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.core.management import call_command
from django.db import connection

from accounts.operations import issue_token
from booking.models import Appointment, Slot
from config import invariants
from config.local_postgres import LocalPostgres
from config.local_run import Part
from notifications.models import Message
from tests.factories import make_group, make_slots, make_user
from tests.faults.site import PATIENCE, Site, eventually, hold_body

# The server is started once, by one worker of xdist.
pytestmark = pytest.mark.xdist_group("cluster")

# Everybody who asks at the same time, and how many bookings each story waits for.
CLIENTS, BOOKINGS = 6, 30
# What is committed stays in the server's memory for some seconds: what the control needs.
FORGETFUL = [
    "synchronous_commit=off",
    "wal_writer_delay=10s",
    "wal_writer_flush_after=1GB",
    "wal_buffers=64MB",
    "full_page_writes=off",
]


def stop_at_once(server: LocalPostgres) -> None:
    """PostgreSQL's immediate mode: every process ends where it is, as in a crash."""
    assert server.process
    server.process.send_signal(signal.SIGQUIT)
    server.process.wait(PATIENCE)


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: pytest.FixtureRequest
) -> Iterator[LocalPostgres]:
    """A PostgreSQL server of these tests' own, with the tables, and Django connected to it."""
    folder = tmp_path_factory.mktemp("cluster")
    server = LocalPostgres(folder / "postgres", folder / "postgres.log")
    server.start()
    server.create_database("vuoro")
    with django_db_blocker.unblock(), connected_to(server):  # type: ignore[attr-defined]
        call_command("migrate", verbosity=0)
        yield server
    server.stop()


@contextlib.contextmanager
def connected_to(server: LocalPostgres) -> Iterator[None]:
    before = dict(connection.settings_dict)
    connection.close()
    place = {"HOST": str(server.socket_dir), "NAME": "vuoro", "USER": "postgres"}
    connection.settings_dict.update(place | {"PASSWORD": "", "PORT": ""})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


@pytest.fixture
def site(cluster: LocalPostgres, tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path, redis_url="", database_url=cluster.url("vuoro"))
    yield site
    site.stop()


class Applicants:
    """People who hold and confirm one time after the other, and note what they were told."""

    def __init__(self, site: Site, slots: list[Slot], people: int) -> None:
        self.site, self.told = site, set[str]()
        self.bodies = itertools.cycle([hold_body(slot) for slot in slots])
        self.tokens = deque(issue_token(make_user())[0] for _ in range(people))
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._book, daemon=True) for _ in range(CLIENTS)]

    def __enter__(self) -> "Applicants":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def until_told_of(self, more: int) -> None:
        """Wait until so many more have been told that their time is confirmed."""
        enough = len(self.told) + more
        eventually(lambda: len(self.told) >= enough)

    def _book(self) -> None:
        while not self._over.is_set():
            token = self.tokens[0]
            self.tokens.rotate()
            status, held = self.site.send(token, "appointments", next(self.bodies))
            if status != 201:
                # Nobody answers, or this person has as many times as one can have.
                time.sleep(0.02)
                continue
            person = {"name": f"Person {held['id']}", "birth_date": "1990-05-17"}
            path = f"appointments/{held['id']}/confirm"
            status, confirmed = self.site.send(token, path, {"people": [person]})
            if (status, confirmed.get("status")) == (200, "confirmed"):
                self.told.add(held["id"])


@pytest.fixture
def applicants(cluster: LocalPostgres, site: Site) -> Applicants:
    slots = make_slots(make_group(), 10, capacity=300)
    return Applicants(site, slots, people=250)


def lost(told: set[str]) -> set[str]:
    """Which of the visits that people were told are confirmed are not there, whole."""
    confirmed = Appointment.objects.filter(status="confirmed", attendees__active=True)
    there = {str(pk) for pk in confirmed.values_list("pk", flat=True)}
    keys = set(Message.objects.values_list("key", flat=True))
    return {pk for pk in told if pk not in there or f"confirmed:{pk}" not in keys}


def kill_the_processes_of(web: Part) -> None:
    """kill -9 for all that answer requests; the one that watches over them starts new ones."""
    for worker in psutil.Process(web.process.pid).children(recursive=True):
        worker.kill()


def restart(server: LocalPostgres) -> None:
    stop_at_once(server)
    connection.close()
    server.start()


def test_every_confirmation_is_there_after_the_database_and_the_web_server_were_killed(
    cluster: LocalPostgres, site: Site, applicants: Applicants
) -> None:
    web = site.start_web()
    with applicants:
        applicants.until_told_of(BOOKINGS)
        kill_the_processes_of(web)
        applicants.until_told_of(BOOKINGS)
        restart(cluster)
        applicants.until_told_of(BOOKINGS)
        stop_at_once(cluster)
        web.stop(signal.SIGKILL)
    restart(cluster)

    assert len(applicants.told) >= 3 * BOOKINGS
    assert lost(applicants.told) == set()
    assert invariants.broken() == {}


def test_a_confirmation_that_is_gone_is_found(
    cluster: LocalPostgres, site: Site, applicants: Applicants
) -> None:
    site.start_web()
    with applicants:
        applicants.until_told_of(1)
    one = next(iter(applicants.told))

    Message.objects.filter(key=f"confirmed:{one}").delete()
    assert lost(applicants.told) == {one}


def test_confirmations_are_lost_where_the_answer_does_not_wait_for_the_disk(
    cluster: LocalPostgres, site: Site, applicants: Applicants
) -> None:
    careful, cluster.options = cluster.options, FORGETFUL
    restart(cluster)
    site.start_web()
    with applicants:
        applicants.until_told_of(BOOKINGS)
        stop_at_once(cluster)
    cluster.options = careful
    connection.close()
    cluster.start()

    assert lost(applicants.told)
