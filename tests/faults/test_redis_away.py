"""P10: booking, confirming and calling go on with Redis gone, and nothing is lost with it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from django.core.cache.backends.redis import RedisCache as PlainRedisCache
from redis.exceptions import RedisError

from booking.models import Appointment
from config import cache
from config.cache import RedisCache
from notifications.models import Message
from queueing.models import Ticket
from tests.factories import make_group, make_point, make_service, make_slot, make_staff, make_user
from tests.faults.site import Site, cookie_of, eventually, hold_body, waiting_ticket
from tests.local_redis import LocalRedis

PERSON = {"name": "Aino Virtanen", "birth_date": "1990-05-17"}
BOUNDS = {"socket_connect_timeout": 1, "socket_timeout": 0.5}


@pytest.fixture
def site(transactional_db: None, tmp_path: Path, redis: LocalRedis) -> Iterator[Site]:
    site = Site(tmp_path, redis.url)
    yield site
    site.stop()


def book_and_confirm(site: Site) -> str:
    """Book a free time and confirm it through the API; return the status that came of it."""
    slot = make_slot(make_group(services=[make_service()]))
    user = make_user()
    status, held = site.call(user, "appointments", **hold_body(slot))
    assert status == 201, held
    status, confirmed = site.call(user, f"appointments/{held['id']}/confirm", people=[PERSON])
    assert status == 200, confirmed
    return Appointment.objects.get(pk=held["id"]).status


def call_next(site: Site) -> str:
    """Sit down at a desk with one person waiting, call; return the ticket's status then."""
    group = make_group(make_point())
    clerk = make_staff(group.service_point)
    ticket = waiting_ticket(group)
    assert site.call(clerk, "desk/sit-down", desk=group.desks.get().pk)[0] == 200
    assert site.call(clerk, "desk/call-next")[0] == 200
    ticket.refresh_from_db()
    return ticket.status


def readiness(site: Site) -> tuple[int, str]:
    status, text = site.get("/-/ready")
    return status, json.loads(text)["status"]


def take_away(redis: LocalRedis, how: str) -> None:
    redis.stop() if how == "stopped" else redis.freeze()


@pytest.mark.parametrize("how", ["stopped", "frozen"])
def test_booking_confirming_and_calling_go_on_without_redis(
    site: Site, redis: LocalRedis, how: str
) -> None:
    site.start_web()
    take_away(redis, how)
    assert book_and_confirm(site) == Appointment.Status.CONFIRMED
    assert call_next(site) == Ticket.Status.CALLED


def test_sessions_survive_redis(site: Site, redis: LocalRedis) -> None:
    cookie = cookie_of(make_user())
    site.start_web()
    assert site.get("/visits/", Cookie=cookie)[0] == 200
    redis.stop()
    assert site.get("/visits/", Cookie=cookie)[0] == 200
    redis.start()
    assert site.get("/visits/", Cookie=cookie)[0] == 200
    assert site.get("/visits/")[0] == 302


def test_ready_says_degraded_while_redis_is_away_and_ready_when_it_is_back(
    site: Site, redis: LocalRedis
) -> None:
    site.start_web()
    assert readiness(site) == (200, "ready")
    redis.stop()
    assert readiness(site) == (200, "degraded")
    redis.start()
    assert readiness(site) == (200, "ready")


def test_a_message_that_redis_did_not_hear_of_is_sent_when_it_is_back(
    site: Site, redis: LocalRedis
) -> None:
    site.start_web()
    site.start_worker()
    redis.stop()
    book_and_confirm(site)
    assert Message.objects.get().status == Message.Status.QUEUED
    redis.start()
    # What beat asks for every 15 seconds.
    Celery(broker=redis.url).send_task("notifications.tasks.send_due")
    eventually(Message.objects.filter(status=Message.Status.SENT).exists)


def test_a_message_is_sent_by_the_worker_at_once_with_redis_there(
    site: Site, redis: LocalRedis
) -> None:
    site.start_web()
    site.start_worker()
    book_and_confirm(site)
    eventually(Message.objects.filter(status=Message.Status.SENT).exists)


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask Redis every time, not only some seconds after a failure."""
    monkeypatch.setattr(cache, "SECONDS_LEFT_ALONE", 0)
    monkeypatch.setattr(RedisCache, "_away_until", 0)


def answers_of(store: PlainRedisCache) -> list[object]:
    store.set_many({"b": 2})
    return [
        store.set("a", 1),
        store.get("a", "nothing"),
        store.get_many(["a", "b"]),
        store.has_key("a"),
        store.touch("a"),
        store.incr("a"),
        store.delete("a"),
        store.add("c", 3),
    ]


@pytest.mark.usefixtures("no_pause")
@pytest.mark.parametrize("how", ["stopped", "frozen"])
def test_a_cache_without_redis_knows_nothing_and_forgets_what_it_is_told(
    redis: LocalRedis, how: str
) -> None:
    store = RedisCache(redis.url, {"OPTIONS": BOUNDS})
    take_away(redis, how)
    assert answers_of(store) == [None, "nothing", {}, False, False, 1, False, True]


@pytest.mark.usefixtures("no_pause")
def test_a_cache_is_itself_again_when_redis_is_back(redis: LocalRedis) -> None:
    store = RedisCache(redis.url, {"OPTIONS": BOUNDS})
    redis.stop()
    assert store.get("a", "nothing") == "nothing"
    redis.start()
    assert answers_of(store) == [None, 1, {"a": 1, "b": 2}, True, True, 2, True, True]


def test_after_a_failure_redis_is_left_alone_for_a_while(
    redis: LocalRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "SECONDS_LEFT_ALONE", 3600)
    monkeypatch.setattr(RedisCache, "_away_until", 0)
    store = RedisCache(redis.url, {"OPTIONS": BOUNDS})
    redis.freeze()
    assert store.get("a") is None
    redis.stop()
    redis.start()
    assert store.get("a") is None
    monkeypatch.setattr(RedisCache, "_away_until", 0)
    store.set("a", 1)
    assert store.get("a") == 1


def test_djangos_own_cache_fails_without_redis(redis: LocalRedis) -> None:
    """The twin without the protection."""
    store = PlainRedisCache(redis.url, {"OPTIONS": BOUNDS})
    redis.stop()
    with pytest.raises((RedisError, OSError)):
        answers_of(store)
