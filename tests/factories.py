"""Rows for tests: the defaults are valid and dull, a test spells out what matters to it."""

import datetime
import itertools
from collections.abc import Iterable

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.devices import cookie_name, give_cookie
from accounts.models import Device, Mandate, Representative, Role, User
from accounts.operations import (
    ask_for_mandate,
    ask_to_represent,
    confirm_mandate,
    enrol,
    new_device,
    verify_representative,
)
from booking import operations
from booking.models import Appointment, BookingRight, Release, Slot, WaitingListEntry
from booking.operations import Person, Urgency, Wishes
from servicepoints.models import (
    DateOverride,
    Desk,
    DeskGroup,
    Offering,
    Opening,
    Service,
    ServicePoint,
)

_numbers = itertools.count(1)
LONG_AGO = datetime.date(2020, 1, 1)


def make_user(email: str = "", **fields: object) -> User:
    return User.objects.create_user(email or f"person{next(_numbers)}@example.org", **fields)


def make_staff(point: ServicePoint, kind: str = Role.Kind.CLERK) -> User:
    user = make_user()
    Role.objects.create(user=user, service_point=point, kind=kind)
    return user


def make_representative(user: User | None = None, **fields: str) -> Representative:
    """A verified representative."""
    defaults = {"kind": "counsel", "name": "Leena Laki", "evidence": "Licence 123"}
    asked = ask_to_represent(user or make_user(), **defaults | fields)
    verify_representative(asked, by=make_user(is_superuser=True))
    return Representative.objects.with_people().get(pk=asked.pk)


def make_mandate(
    representative: Representative | None = None, client: User | None = None, **fields: object
) -> Mandate:
    """A mandate that a client has confirmed."""
    client = client or make_user()
    asked = ask_for_mandate(
        representative or make_representative(),
        **{"name": "Carla Client", "email": client.email} | fields,
    )
    return confirm_mandate(asked, by=client)


def enrol_client(client: Client, point: ServicePoint, kind: str = Device.Kind.KIOSK) -> Device:
    """Make `client` the browser of a new kiosk or lobby screen of `point`."""
    _device, code = new_device(point, kind, "Device")
    device, token = enrol(code)
    answer = HttpResponse()
    give_cookie(answer, device, token)
    client.cookies[cookie_name(kind)] = answer.cookies[cookie_name(kind)].value
    return device


def make_point(slug: str = "", **fields: object) -> ServicePoint:
    slug = slug or f"point-{next(_numbers)}"
    defaults: dict[str, object] = {
        "name_fi": slug.title(),
        "name_sv": slug.title(),
        "name_en": slug.title(),
        "street_address": "Testikatu 1",
        "postal_code": "00100",
        "city": "Helsinki",
        "latitude": "60.25",
        "longitude": "25.0",
        "valid_from": LONG_AGO,
    }
    return ServicePoint.objects.create(slug=slug, **defaults | fields)


def zone_at(hour: int) -> str:
    """A time zone where it is `hour` now, so that no test runs into midnight or closing time."""
    east = (hour - timezone.now().astimezone(datetime.UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-east:+d}" if east else "Etc/GMT"


def make_open_group(*, desks: int = 1, **fields: object) -> DeskGroup:
    """A desk group open from 8 to 22 today, holiday or not, at a point where it is noon."""
    group = make_group(make_point(**{"time_zone": zone_at(12)} | fields), desks=desks)
    DateOverride.objects.create(
        desk_group=group,
        date=group.service_point.today,
        kind=DateOverride.Kind.CHANGED,
        opens_at=datetime.time(8),
        closes_at=datetime.time(22),
        desks=desks,
        public_desks=desks,
    )
    return group


def make_service(slug: str = "", **fields: object) -> Service:
    slug = slug or f"service-{next(_numbers)}"
    defaults: dict[str, object] = {
        "category": Service.Category.RESIDENCE_PERMIT,
        "name_fi": slug,
        "name_sv": slug,
        "name_en": slug,
        "minutes": 10,
        "bring_fi": "Passi",
        "bring_sv": "Pass",
        "bring_en": "Passport",
        "can_be_urgent": True,
    }
    return Service.objects.create(slug=slug, **defaults | fields)


def make_group(
    point: ServicePoint | None = None,
    *,
    services: list[Service] | None = None,
    desks: int = 1,
    grid_minutes: int = 10,
    walk_in: bool = True,
) -> DeskGroup:
    """A desk group whose services its point offers, for booking and by number."""
    group = DeskGroup.objects.create(
        service_point=point or make_point(),
        name=f"Group {next(_numbers)}",
        grid_minutes=grid_minutes,
    )
    chosen = [make_service()] if services is None else services
    group.services.set(chosen)
    for service in chosen:
        Offering.objects.get_or_create(
            service=service,
            service_point=group.service_point,
            defaults={"valid_from": LONG_AGO, "walk_in": walk_in},
        )
    for number in range(1, desks + 1):
        Desk.objects.create(desk_group=group, sign=str(number))
    return group


def make_opening(group: DeskGroup, weekday: int, **fields: object) -> Opening:
    defaults: dict[str, object] = {
        "opens_at": datetime.time(8),
        "closes_at": datetime.time(16),
        "desks": 1,
        "public_desks": 1,
        "valid_from": LONG_AGO,
    }
    return Opening.objects.create(desk_group=group, weekday=weekday, **defaults | fields)


def next_morning(days: int = 7) -> datetime.datetime:
    """06:00 UTC some days ahead: a time in opening hours, far from midnight everywhere here."""
    day = timezone.now() + datetime.timedelta(days=days)
    return day.replace(hour=6, minute=0, second=0, microsecond=0)


def make_slots(
    group: DeskGroup,
    count: int = 1,
    *,
    starts_at: datetime.datetime | None = None,
    capacity: int = 1,
    released: bool = True,
    **fields: object,
) -> list[Slot]:
    """`count` consecutive slots from `starts_at`, one week ahead unless told."""
    starts_at = starts_at or next_morning()
    release, _made = Release.objects.get_or_create(
        desk_group=group,
        kind=Release.Kind.HORIZON,
        date=starts_at.date(),
        defaults={"release_at": timezone.now()},
    )
    grid = datetime.timedelta(minutes=group.grid_minutes)
    return [
        Slot.objects.create(
            desk_group=group,
            starts_at=starts_at + grid * i,
            release=release,
            released=released,
            **{"capacity": capacity, "public_capacity": capacity} | fields,
        )
        for i in range(count)
    ]


def make_slot(group: DeskGroup | None = None, **fields: object) -> Slot:
    return make_slots(group or make_group(), 1, **fields)[0]  # type: ignore[arg-type]


def make_person(name: str = "", birth_date: datetime.date = datetime.date(1990, 5, 17)) -> Person:
    return Person(name or f"Person {next(_numbers)}", birth_date)


def make_hold(
    slot: Slot, *, user: User | None = None, people: int = 1, **fields: object
) -> Appointment:
    return operations.hold(
        user=user or make_user(),
        service=slot.desk_group.services.first(),
        service_point=slot.desk_group.service_point,
        starts_at=slot.starts_at,
        people=people,
        **fields,
    )


def make_appointment(
    slot: Slot, *, user: User | None = None, people: list[Person] | None = None
) -> Appointment:
    named = people or [make_person()]
    held = make_hold(slot, user=user, people=len(named))
    return operations.confirm(held, people=named)


def make_staff_hold(slot: Slot, *, by: User | None = None, **fields: object) -> Appointment:
    """A time that staff of the point keep for somebody."""
    point = slot.desk_group.service_point
    asked: dict[str, object] = {
        "by": by or make_staff(point),
        "service": slot.desk_group.services.first(),
        "service_point": point,
        "starts_at": slot.starts_at,
        "people": 1,
    }
    return operations.hold_for_somebody(**asked | fields)


def make_staff_visit(
    slot: Slot,
    *,
    by: User | None = None,
    people: list[Person] | None = None,
    reason: str = "",
    **contact: str,
) -> Appointment:
    """A visit that staff of the point booked for somebody."""
    by = by or make_staff(slot.desk_group.service_point)
    named = people or [make_person()]
    held = make_staff_hold(slot, by=by, people=len(named), reason=reason)
    return operations.confirm_for_somebody(
        held, by=by, people=named, **{"language": "fi"} | contact
    )


def let_expire(hold: Appointment) -> None:
    """Move a hold's end into the past by the database's clock."""
    Appointment.objects.filter(pk=hold.pk).update(
        expires_at=timezone.now() - datetime.timedelta(minutes=1)
    )


def make_wishes(*points: ServicePoint, **fields: object) -> Wishes:
    """Any time at these points from today to three months ahead, with hardly any notice."""
    today = timezone.localdate()
    defaults: dict[str, object] = {
        "points": list(points),
        "first_date": today,
        "last_date": today + datetime.timedelta(days=90),
        "notice_hours": 2,
    }
    return Wishes(**defaults | fields)


def make_entry(
    slot: Slot,
    *,
    user: User | None = None,
    people: list[Person] | None = None,
    urgency: Urgency | None = None,
    **wishes: object,
) -> WaitingListEntry:
    """Someone who waits for the service and the point of `slot`."""
    return operations.join(
        user=user or make_user(),
        service=slot.desk_group.services.first(),
        people=people or [make_person()],
        wishes=make_wishes(slot.desk_group.service_point, **wishes),
        urgency=urgency or Urgency(),
    )


def free(slot: Slot) -> None:
    """Let somebody book the slot's first free time and cancel it."""
    operations.cancel(make_appointment(slot))


def make_right(
    *,
    services: Iterable[Service] | None = None,
    points: Iterable[ServicePoint] | None = None,
    **fields: object,
) -> BookingRight:
    """A right to a hundred visits in the coming year."""
    today = timezone.localdate()
    defaults: dict[str, object] = {
        "names": {"name_fi": "Kutsutut", "name_sv": "Inbjudna", "name_en": "Invited people"},
        "valid_from": today,
        "valid_until": today + datetime.timedelta(days=365),
        "max_uses": 100,
        "by": make_user(),
    }
    return operations.make_right(
        services=[make_service()] if services is None else services,
        points=[make_point()] if points is None else points,
        **defaults | fields,
    )


def make_reserved_slots(
    count: int, *, right: BookingRight | None = None, capacity: int = 1, **fields: object
) -> list[Slot]:
    """Consecutive slots with one place each reserved for `right`, until the day before."""
    right = right or make_right()
    group = make_group(right.points.first(), services=list(right.services.all()))
    slots = make_slots(group, count, capacity=capacity, reserved=1, **fields)
    Release.objects.filter(pk=slots[0].release_id).update(
        reserved_for=right,
        reserved_desks=1,
        returns_at=slots[0].starts_at - datetime.timedelta(days=1),
    )
    return list(Slot.objects.filter(pk__in=[slot.pk for slot in slots]).order_by("starts_at"))
