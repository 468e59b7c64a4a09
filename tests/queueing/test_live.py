"""Streams: a screen is told of a change if and only if it was committed, and only who may know."""

import datetime
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Device
from accounts.operations import revoke
from queueing import listener, live, operations
from queueing.models import Ticket
from servicepoints.models import DeskGroup
from tests.factories import enrol_client, make_group, make_point, make_staff, make_user
from tests.queueing.streams import Server
from tests.queueing.test_calls import make_ticket

# Streams listen on a connection of their own, so what they hear of is really committed.
pytestmark = pytest.mark.django_db(transaction=True)

LAHTI, VAASA = "/live/points/lahti/", "/live/points/vaasa/"
CHANGED = b"event: changed\ndata: \n\n"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def group() -> DeskGroup:
    return make_group(make_point("lahti"), desks=2)


@pytest.fixture
def clerk(client, group) -> Client:
    client.force_login(make_staff(group.service_point))
    return client


@pytest.fixture
def screen(group) -> Client:
    browser = Client()
    browser.device = enrol_client(browser, group.service_point, Device.Kind.DISPLAY)
    return browser


def opened(server, path, client=None):
    """An open stream that has said its first word."""
    stream = server.open(path, client)
    assert stream.status == 200
    assert stream.next() == b"retry: 3000\n\n" + CHANGED
    return stream


def call(group: DeskGroup) -> Ticket:
    make_ticket(group)
    return operations.call_next(group.desks.first(), by=make_user())


def tell(group: DeskGroup) -> None:
    """Tell of a change at a point from outside of any transaction of the test."""
    parameters = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    only = {name: parameters[name] for name in names if name in parameters}
    with psycopg.connect(**only, autocommit=True) as other:
        point = str(group.service_point_id)
        other.execute("SELECT pg_notify(%s, %s)", [operations.CHANNEL, point])


# What is told -----------------------------------------------------------------------


def test_every_step_is_told_and_says_nothing_but_that(server, group, screen):
    stream = opened(server, LAHTI, screen)
    ticket = call(group)
    assert stream.next() == CHANGED
    for step in (operations.call_again, operations.start, operations.finish):
        ticket = step(ticket, by=make_user())
        assert stream.next() == CHANGED


def test_a_change_is_told_when_it_is_committed_and_not_before(server, group, screen):
    vaasa = make_group(make_point("vaasa"))
    enrol_client(there := Client(), vaasa.service_point, Device.Kind.DISPLAY)
    here, elsewhere = opened(server, LAHTI, screen), opened(server, VAASA, there)
    with transaction.atomic():
        call(group)
        tell(vaasa)
        assert elsewhere.next() == CHANGED
        assert not here.has_more()
    assert here.next() == CHANGED


def test_what_is_rolled_back_is_never_told(server, group, screen):
    vaasa = make_group(make_point("vaasa"))
    enrol_client(there := Client(), vaasa.service_point, Device.Kind.DISPLAY)
    here, elsewhere = opened(server, LAHTI, screen), opened(server, VAASA, there)
    with transaction.atomic():
        call(group)
        transaction.set_rollback(True)
    tell(vaasa)
    assert elsewhere.next() == CHANGED
    assert not here.has_more()


def test_a_change_that_was_committed_is_told_before_a_later_one_elsewhere(server, group, screen):
    """The two tests above can fail: without the rollback, the screen has heard by then."""
    vaasa = make_group(make_point("vaasa"))
    enrol_client(there := Client(), vaasa.service_point, Device.Kind.DISPLAY)
    here, elsewhere = opened(server, LAHTI, screen), opened(server, VAASA, there)
    with transaction.atomic():
        call(group)
    tell(vaasa)
    assert elsewhere.next() == CHANGED
    assert here.next() == CHANGED


def test_everybody_at_the_point_is_told(server, group, screen, clerk):
    ticket = make_ticket(group)
    streams = [opened(server, LAHTI, screen), opened(server, LAHTI, clerk)]
    streams.append(opened(server, f"/live/t/{ticket.code}/"))
    operations.call_next(group.desks.first(), by=make_user())
    assert [stream.next() for stream in streams] == [CHANGED] * 3


def test_a_quiet_stream_is_kept_alive(server, group, screen, monkeypatch):
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.05)
    assert opened(server, LAHTI, screen).next() == b"event: beat\ndata: \n\n"


def test_no_cache_and_no_proxy_keeps_a_stream_back(server, group, screen):
    headers = server.open(LAHTI, screen).headers
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")


# Who is told ------------------------------------------------------------------------


def test_strangers_and_those_of_other_points_find_no_stream(server, group):
    others = [Client() for _ in range(4)]
    for other, user in zip(others, [make_user(), make_staff(make_point())], strict=False):
        other.force_login(user)
    enrol_client(others[2], make_point(), Device.Kind.DISPLAY)
    enrol_client(others[3], group.service_point, Device.Kind.KIOSK)
    for other in [None, *others]:
        assert server.open(LAHTI, other).status == 404


def test_a_code_or_point_that_is_none_has_no_stream(server, group, clerk):
    make_ticket(group)
    paths = ["t/AAAAAAAAAAAAAAAAAAAAAA/", "t/a\x00b/", "t//", "points/mars/", "", "../desk/"]
    assert {server.open(f"/live/{path}", clerk).status for path in paths} == {404}


def test_a_revoked_screen_is_refused(server, group, screen):
    revoke(screen.device)
    assert server.open(LAHTI, screen).status == 403


def test_the_number_of_a_day_that_is_over_has_no_stream(server, group):
    ticket = make_ticket(group)
    day = ticket.queue_day
    day.date -= datetime.timedelta(days=1)
    day.save()
    assert server.open(f"/live/t/{ticket.code}/").status == 404


@pytest.mark.parametrize("method", ["HEAD", "POST", "DELETE"])
def test_a_stream_is_only_read(server, group, screen, method):
    assert server.open(LAHTI, screen, method=method).status == 405


def test_a_host_that_is_not_ours_is_refused(server, group, screen):
    assert server.open(LAHTI, headers=[(b"host", b"evil.example")]).status == 400


# For how long -----------------------------------------------------------------------


def log_out(client, group):
    client.logout()


def lose_role(client, group):
    group.service_point.roles.all().delete()


def disable(client, group):
    user = group.service_point.roles.get().user
    user.is_active = False
    user.save()


@pytest.mark.parametrize("end", [log_out, lose_role, disable])
def test_a_stream_of_staff_ends_with_their_right(server, group, clerk, monkeypatch, end):
    monkeypatch.setattr(listener, "RECHECK_SECONDS", 0.05)
    stream = opened(server, LAHTI, clerk)
    end(clerk, group)
    assert stream.next() is None


def test_a_stream_of_a_revoked_screen_ends_and_no_other(server, group, screen, monkeypatch):
    monkeypatch.setattr(listener, "RECHECK_SECONDS", 0.05)
    enrol_client(other := Client(), group.service_point, Device.Kind.DISPLAY)
    stream, going_on = opened(server, LAHTI, screen), opened(server, LAHTI, other)
    revoke(screen.device)
    assert stream.next() is None
    call(group)
    assert going_on.next() == CHANGED


def test_a_stream_of_a_number_ends_with_its_day(server, group, monkeypatch):
    monkeypatch.setattr(listener, "RECHECK_SECONDS", 0.05)
    ticket = make_ticket(group)
    stream = opened(server, f"/live/t/{ticket.code}/")
    ticket.queue_day.closed_at = timezone.now()
    ticket.queue_day.save()
    assert stream.next() is None


def test_revoking_ends_a_stream_within_five_seconds():
    assert listener.RECHECK_SECONDS < 5


def test_a_lost_connection_ends_the_streams_and_new_ones_hear_again(server, group, screen):
    stream = opened(server, LAHTI, screen)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query = %s",
            [f"LISTEN {operations.CHANNEL}"],
        )
    assert stream.next() is None
    stream = opened(server, LAHTI, screen)
    call(group)
    assert stream.next() == CHANGED


def test_streams_end_when_the_server_goes_down(server, group, screen):
    stream = opened(server, LAHTI, screen)
    server.stop()
    assert stream.next() is None


# How many ---------------------------------------------------------------------------


def test_the_fourth_stream_of_one_screen_is_refused_until_one_is_left(server, group, screen):
    first, *_others = [opened(server, LAHTI, screen) for _ in range(3)]
    assert server.open(LAHTI, screen).status == 503
    first.leave()
    opened(server, LAHTI, screen)


def test_streams_are_counted_for_each_screen_and_person(server, group, screen, clerk):
    for actor in (screen, clerk):
        for _ in range(3):
            opened(server, LAHTI, actor)
    assert [server.open(LAHTI, actor).status for actor in (screen, clerk)] == [503, 503]


def test_streams_are_counted_over_all_processes(server, group, screen):
    opened(server, LAHTI, screen)
    with Server() as other:
        for _ in range(2):
            opened(other, LAHTI, screen)
        assert {each.open(LAHTI, screen).status for each in (server, other)} == {503}
    opened(server, LAHTI, screen)


def test_where_no_asynchronous_server_runs_the_pages_are_told_to_poll(clerk, group):
    ticket = make_ticket(group)
    for path in (LAHTI, f"/live/t/{ticket.code}/"):
        assert clerk.get(path).status_code == 503
