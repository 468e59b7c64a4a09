"""
The data that is measured on: ten points, 100 thousand and then a million slots.

Each service is offered at every point by a desk group of its own, open every day from 06:00
UTC for 51 cells of ten minutes: 17 visits of 30 minutes for each of two desks that are sold.
A group has 196 days up to the horizon, so one service makes 99,960 slots. The first 90 days
are booked out.
"""

import datetime
from typing import Any, NamedTuple

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import User
from booking.models import Release
from config.sessions import SessionStore
from servicepoints.models import DeskGroup, Offering, Service, ServicePoint

POINTS = 10
DAYS = 196
BOOKED_OUT_DAYS = 90
CELLS = 51
CELLS_OF_VISIT = 3
GRID_MINUTES = 10
VISIT_MINUTES = CELLS_OF_VISIT * GRID_MINUTES
VISITS_A_DAY = CELLS // CELLS_OF_VISIT
DESKS, PUBLIC_DESKS = 3, 2
OPENS_AT = datetime.time(6, tzinfo=datetime.UTC)
LONG_AGO = datetime.date(2020, 1, 1)

# By day, as the nightly job makes them.
_SLOTS = """
    INSERT INTO booking_slot (
        desk_group_id, release_id, released, starts_at, capacity, public_capacity, taken
    )
    SELECT r.desk_group_id, r.id, r.released_at IS NOT NULL,
           (r.date + time '06:00') AT TIME ZONE 'UTC' + cell * interval '10 minutes',
           %(desks)s, %(public_desks)s,
           CASE WHEN r.date < %(free_from)s THEN %(public_desks)s ELSE 0 END
    FROM booking_release r, generate_series(0, %(cells)s - 1) AS cell
    WHERE r.desk_group_id = ANY(%(groups)s::bigint[])
    ORDER BY r.date, r.desk_group_id, cell
"""

_APPOINTMENTS = """
    INSERT INTO booking_appointment (
        id, reference, desk_group_id, service_id, starts_at, minutes, people, cells, claimed,
        status, email, phone, language, moves, created_at, confirmed_at
    )
    SELECT gen_random_uuid(), upper(substr(md5('booked' || slot.id || desk), 1, 10)),
           slot.desk_group_id, gs.service_id, slot.starts_at, %(minutes)s, 1, %(visit_cells)s,
           %(visit_cells)s, 'confirmed', '', '', 'fi', 0, now(), now()
    FROM booking_slot slot
    JOIN servicepoints_deskgroup_services gs ON gs.deskgroup_id = slot.desk_group_id,
         generate_series(1, %(public_desks)s) AS desk
    WHERE slot.desk_group_id = ANY(%(groups)s::bigint[]) AND slot.taken > 0
      AND extract(epoch FROM slot.starts_at - date_trunc('day', slot.starts_at, 'UTC'))::int
          %% (60 * %(minutes)s) = 0
"""


class Shape(NamedTuple):
    """
    How long the visits of a new service are, and how many of its first days are booked out.

    Without appointments what is booked out only counts as taken, which is all a search sees.
    """

    minutes: int = VISIT_MINUTES
    booked_out_days: int = BOOKED_OUT_DAYS
    has_appointments: bool = True


USUAL = Shape()


class Group(NamedTuple):
    """A desk group with the point it stands at and the one service it gives."""

    id: int
    service_id: int
    service: str
    point: str


def service_point(number: int) -> ServicePoint:
    return ServicePoint(
        slug=f"point-{number}",
        street_address="Koekatu 1",
        postal_code="00100",
        city="Helsinki",
        latitude="60.25",
        longitude="25.0",
        valid_from=LONG_AGO,
        **_in_each_language("name", f"Point {number}"),
    )


def _in_each_language(field: str, text: str) -> dict[str, str]:
    return {f"{field}_{language}": text for language in ("fi", "sv", "en")}


def make_points() -> None:
    ServicePoint.objects.bulk_create(service_point(number) for number in range(1, POINTS + 1))


def add_services(count: int, shape: Shape = USUAL) -> list[str]:
    """Add services with their groups at every point and all their slots; return their slugs."""
    services = [_service(shape.minutes) for _ in range(count)]
    new = [group for service in services for group in _groups(service)]
    dates = [last_date() - datetime.timedelta(days=days) for days in range(DAYS)]
    _add_releases(new, dates, released_at=timezone.now())
    _fill(new, CELLS, shape)
    return [service.slug for service in services]


def add_drop(dates: list[datetime.date], visits_a_day: int) -> str:
    """Add a service whose visits are all yet to be released, at any moment; return its slug."""
    service = _service(VISIT_MINUTES)
    groups = _groups(service)
    _add_releases(groups, dates, released_at=None)
    _fill(groups, visits_a_day * CELLS_OF_VISIT, Shape(booked_out_days=0))
    return service.slug


def _groups(service: Service) -> list[DeskGroup]:
    """Offer a service at every point, by a group of its own."""
    points = list(ServicePoint.objects.order_by("pk"))
    groups = DeskGroup.objects.bulk_create(
        DeskGroup(service_point=point, name=service.slug, grid_minutes=GRID_MINUTES)
        for point in points
    )
    service.desk_groups.set(groups)
    Offering.objects.bulk_create(
        Offering(service=service, service_point=point, valid_from=LONG_AGO) for point in points
    )
    return groups


def _service(minutes: int) -> Service:
    number = Service.objects.count() + 1
    return Service.objects.create(
        slug=f"service-{number}",
        category=Service.Category.RESIDENCE_PERMIT,
        minutes=minutes,
        position=number,
        **_in_each_language("name", f"Service {number}"),
        **_in_each_language("bring", "Passi"),
    )


def _add_releases(
    groups: list[DeskGroup], dates: list[datetime.date], *, released_at: datetime.datetime | None
) -> None:
    now = timezone.now()
    Release.objects.bulk_create(
        Release(
            desk_group=group,
            kind=Release.Kind.HORIZON,
            date=date,
            release_at=now,
            released_at=released_at,
        )
        for group in groups
        for date in dates
    )


def _fill(groups: list[DeskGroup], cells: int, shape: Shape) -> None:
    parameters: dict[str, Any] = {
        "groups": [group.pk for group in groups],
        "free_from": timezone.localdate() + datetime.timedelta(days=shape.booked_out_days),
        "cells": cells,
        "visit_cells": shape.minutes // GRID_MINUTES,
        "minutes": shape.minutes,
        "desks": DESKS,
        "public_desks": PUBLIC_DESKS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SLOTS, parameters)
        if shape.has_appointments:
            cursor.execute(_APPOINTMENTS, parameters)


def tidy() -> None:
    """Let later work of the database's own (statistics, dirty pages) not fall into a measure."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def last_date() -> datetime.date:
    """Return the last day that can be booked; all points are in one zone."""
    return ServicePoint(time_zone="Europe/Helsinki").last_bookable_date


def free_from() -> datetime.date:
    """Return the first day that is not booked out."""
    return timezone.localdate() + datetime.timedelta(days=BOOKED_OUT_DAYS)


def groups() -> list[Group]:
    rows = DeskGroup.objects.order_by("pk").values_list(
        "pk", "services__pk", "services__slug", "service_point__slug"
    )
    return [Group(*row) for row in rows]


def slot_count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM booking_slot")
        return int(cursor.fetchone()[0])


def make_users(count: int) -> range:
    """Add users without a password; return their ids, one after the other."""
    password = make_password(None)
    users = User.objects.bulk_create(
        (User(email=f"person{n}@bench.example", password=password) for n in range(count)),
        batch_size=5000,
    )
    ids = range(users[0].pk, users[0].pk + count)
    assert [user.pk for user in users] == list(ids)
    return ids


def sign_in(users: range) -> list[str]:
    """Give each user a session, as signing in does; return the keys of the sessions."""
    auth_hash = User.objects.get(pk=users[0]).get_session_auth_hash()
    store, until = SessionStore(), timezone.now() + datetime.timedelta(days=1)
    sessions = [
        Session(
            session_key=get_random_string(32, "abcdefghijklmnopqrstuvwxyz0123456789"),
            session_data=store.encode(
                {
                    SESSION_KEY: str(user),
                    BACKEND_SESSION_KEY: "allauth.account.auth_backends.AuthenticationBackend",
                    HASH_SESSION_KEY: auth_hash,
                }
            ),
            expire_date=until,
        )
        for user in users
    ]
    Session.objects.bulk_create(sessions, batch_size=5000)
    return [session.session_key for session in sessions]
