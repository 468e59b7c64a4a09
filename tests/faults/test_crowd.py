"""A crowd at the web server: one slot of five for 300 clients, and holds that end by themselves."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from django.db import connection

from accounts.operations import issue_token
from booking import availability, operations
from booking.models import Appointment, Slot
from booking.operations import slots
from config import invariants
from tests.factories import let_expire, make_hold, make_slot, make_user
from tests.faults.site import Site, hold_body

CLIENTS = 300


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    """The web server alone: no worker, no beat, no Redis."""
    site = Site(tmp_path, redis_url="")
    site.start_web()
    yield site
    site.stop()


def everybody_at_once(clients: list[Callable[[], int]]) -> Counter[int]:
    """Let every client ask at the same moment; count the statuses of the answers."""
    begin = threading.Barrier(len(clients))

    def ask(client: Callable[[], int]) -> int:
        begin.wait()
        return client()

    with ThreadPoolExecutor(len(clients)) as threads:
        return Counter(threads.map(ask, clients))


def crowd_before(site: Site, slot: Slot) -> Counter[int]:
    tokens = [issue_token(make_user())[0] for _ in range(CLIENTS)]
    body = hold_body(slot)

    def hold(token: str) -> int:
        return site.send(token, "appointments", body)[0]

    return everybody_at_once([partial(hold, token) for token in tokens])


# I1 ------------------------------------------------------------------------------------


def test_of_300_clients_on_one_slot_of_five_exactly_five_get_it(site: Site) -> None:
    slot = make_slot(capacity=5)

    assert crowd_before(site, slot) == {201: 5, 409: CLIENTS - 5}
    assert Appointment.objects.filter(status="held").count() == 5
    assert invariants.broken() == {}


FORGETS = """
    CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.taken := OLD.taken; RETURN NEW; END $$;
    CREATE TRIGGER forget BEFORE UPDATE ON booking_slot FOR EACH ROW EXECUTE FUNCTION forget();
"""
REMEMBERS = "DROP TRIGGER forget ON booking_slot; DROP FUNCTION forget()"


@pytest.fixture
def forgetful_slots(transactional_db: None) -> Iterator[None]:
    """Slots that forget what is taken of them, as without the claim's update."""
    with connection.cursor() as cursor:
        cursor.execute(FORGETS)
    yield
    with connection.cursor() as cursor:
        cursor.execute(REMEMBERS)


@pytest.mark.usefixtures("forgetful_slots")
def test_300_clients_all_get_one_slot_of_five_that_forgets_what_is_taken(site: Site) -> None:
    assert crowd_before(site, make_slot(capacity=5)) == {201: CLIENTS}
    assert set(invariants.broken()) == {"I1"}


# I8 ------------------------------------------------------------------------------------


def free_times(site: Site, slot: Slot) -> list[str]:
    point = slot.desk_group.service_point
    date = slot.starts_at.astimezone(point.zone).date()
    query = f"service={slot.desk_group.services.get().slug}&people=1&date={date}"
    status, text = site.get(f"/api/v1/service-points/{point.slug}/free-times?{query}")
    assert status == 200, text
    times: list[str] = json.loads(text)["times"]
    return times


def test_an_expired_hold_is_free_at_once_though_nothing_runs_but_the_web_server(
    site: Site,
) -> None:
    slot = make_slot(capacity=1)
    assert site.call(make_user(), "appointments", **hold_body(slot))[0] == 201
    assert (free_times(site, slot), hold_of_another(site, slot)) == ([], 409)

    let_expire(Appointment.objects.get())

    assert len(free_times(site, slot)) == 1
    assert hold_of_another(site, slot) == 201
    assert invariants.broken() == {}


def hold_of_another(site: Site, slot: Slot) -> int:
    return site.call(make_user(), "appointments", **hold_body(slot))[0]


def test_an_expired_hold_stays_taken_where_a_worker_must_free_it_first(db: None) -> None:
    slot = make_slot(capacity=1)
    service, point = slot.desk_group.services.get(), slot.desk_group.service_point
    (way,) = availability.ways(service, point, 1, slot.starts_at)
    expired = make_hold(slot)
    let_expire(expired)

    assert not slots.take(way, slot.starts_at, expired)
    operations.expire_holds()
    assert slots.take(way, slot.starts_at, expired)
