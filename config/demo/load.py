"""
Load the demo: the agency's points, services, staff and six months of times, filled so that
the mean wait is about three months. The same day and seed give the same data.
"""

import datetime
import random
import uuid
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Role, User
from booking import operations
from booking.availability import cells_needed
from booking.models import REFERENCE_ALPHABET, REFERENCE_LENGTH, Appointment, Attendee
from booking.operations import Person
from config.demo import data
from config.demo.guide import load_guide, translated
from config.demo.representatives import load_representative
from config.demo.visit_rules import load_visit_rules
from servicepoints import supply
from servicepoints.horizon import last_bookable_date
from servicepoints.models import (
    DateOverride,
    Desk,
    DeskGroup,
    Offering,
    Opening,
    Service,
    ServicePoint,
)

SEED = 2021
DOMAIN = "demo.example"
APPLICANT = f"applicant@{DOMAIN}"
COUNSEL = f"counsel@{DOMAIN}"

# Counted from the appointments themselves, so that I1 holds whatever was drawn.
_COUNT_TAKEN = """
    UPDATE booking_slot slot SET taken = used.visits
    FROM (
        SELECT visit.desk_group_id, cell, count(*) AS visits
        FROM booking_appointment visit
        JOIN servicepoints_deskgroup g ON g.id = visit.desk_group_id
        CROSS JOIN LATERAL generate_series(
            visit.starts_at,
            visit.starts_at + (visit.cells - 1) * g.grid_minutes * interval '1 minute',
            g.grid_minutes * interval '1 minute'
        ) AS cell
        WHERE visit.status NOT IN ('expired', 'cancelled')
        GROUP BY visit.desk_group_id, cell
    ) used
    WHERE slot.desk_group_id = used.desk_group_id AND slot.starts_at = used.cell
"""


@transaction.atomic
def load() -> dict[str, int]:
    """Fill an empty database with the demo; return how many rows of each kind there are."""
    today = timezone.localdate()
    services = _services()
    load_visit_rules(services)
    for point in data.POINTS:
        _own_point(point, services, today)
    _mariehamn(services, today)
    for point in data.PARTNERS:
        _partner(point, services, today)
    _people()
    load_guide(services, random.Random(SEED))  # noqa: S311 - demo data, as below.
    open_today()
    operations.open_horizon()
    operations.release_due()
    _fill(random.Random(SEED), today)  # noqa: S311 - demo data, the same for everybody.
    return {
        "service points": ServicePoint.objects.count(),
        "services": Service.objects.count(),
        "times": connection_count("booking_slot"),
        "appointments": connection_count("booking_appointment"),
    }


def connection_count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - a constant of this file.
        return int(cursor.fetchone()[0])


def is_loaded() -> bool:
    """Whether this database holds the demo, and not somebody's own data."""
    return User.objects.filter(email=APPLICANT).exists()


def _services() -> dict[str, Service]:
    return {
        row.slug: Service.objects.create(
            slug=row.slug,
            category=row.category,
            minutes=row.minutes,
            can_be_urgent=row.can_be_urgent,
            without_visit=row.without_visit,
            position=position,
            **translated("name", row.names),
            **translated("bring", row.bring),
        )
        for position, row in enumerate(data.SERVICES)
    }


def _point(point: data.Point, today: datetime.date, **fields: object) -> ServicePoint:
    street, code, city = point.address
    defaults: dict[str, object] = {
        "valid_from": today - datetime.timedelta(days=365),
        "time_zone": settings.TIME_ZONE,
    }
    return ServicePoint.objects.create(
        slug=point.slug,
        street_address=street,
        postal_code=code,
        city=city,
        latitude=point.coordinates[0],
        longitude=point.coordinates[1],
        step_free=point.slug not in data.NOT_STEP_FREE,
        **translated("name", point.names),
        **defaults | fields,
    )


def _own_point(point: data.Point, services: dict[str, Service], today: datetime.date) -> None:
    row = _point(point, today)
    eu = [service for slug, service in services.items() if slug in data.CITIZENSHIP_AND_EU]
    permits = [service for service in services.values() if service not in eu]
    if point.desks < 5:
        groups = [("Palvelutiskit", [*permits, *eu], point.desks, point.public_desks)]
    else:
        few, few_public = point.desks // 4, max(1, point.public_desks // 3)
        groups = [
            ("Oleskeluluvat", permits, point.desks - few, point.public_desks - few_public),
            ("Kansalaisuus ja EU", eu, few, few_public),
        ]
    sign = 1
    for name, offered, desks, public_desks in groups:
        group = _group(row, name, offered, range(sign, sign + desks))
        sign += desks
        for weekday in point.weekdays:
            _opening(group, weekday, desks, public_desks, row.valid_from)
    _offer(row, services.values())


def _mariehamn(services: dict[str, Service], today: datetime.date) -> None:
    point = data.MARIEHAMN
    row = _point(point, today)
    group = _group(row, "Palvelutiski", services.values(), range(1, 2))
    monday = today - datetime.timedelta(days=today.weekday())
    for weeks in data.VISITING_WEEKS:
        first = monday + datetime.timedelta(weeks=weeks)
        for weekday in point.weekdays:
            last = first + datetime.timedelta(days=6)
            _opening(group, weekday, 1, 1, first, valid_until=last)
    _offer(row, services.values())


def _partner(point: data.Point, services: dict[str, Service], today: datetime.date) -> None:
    row = _point(
        point,
        today,
        country="SE",
        time_zone="Europe/Stockholm",
        operator=ServicePoint.Operator.PARTNER,
        operator_name=data.PARTNER_NAME,
        languages=data.PARTNER_LANGUAGES,
        valid_from=today - datetime.timedelta(days=30),
        valid_until=today + datetime.timedelta(days=122),
    )
    offered = [services[slug] for slug in data.PARTNER_SERVICES]
    group = _group(row, "Kundservice", offered, range(1, point.desks + 1))
    for weekday in point.weekdays:
        _opening(group, weekday, point.desks, point.public_desks, row.valid_from)
    _offer(row, offered)


def _group(point: ServicePoint, name: str, services: Iterable[Service], signs: range) -> DeskGroup:
    group = DeskGroup.objects.create(service_point=point, name=name)
    group.services.set(services)
    Desk.objects.bulk_create(Desk(desk_group=group, sign=str(sign)) for sign in signs)
    return group


def _opening(
    group: DeskGroup,
    weekday: int,
    desks: int,
    public_desks: int,
    valid_from: datetime.date,
    valid_until: datetime.date | None = None,
) -> None:
    opens_at, closes_at = data.FULL_DAY
    Opening.objects.create(
        desk_group=group,
        weekday=weekday,
        opens_at=opens_at,
        closes_at=closes_at,
        desks=desks,
        public_desks=public_desks,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def _offer(point: ServicePoint, services: Iterable[Service]) -> None:
    Offering.objects.bulk_create(
        Offering(
            service=service,
            service_point=point,
            valid_from=point.valid_from,
            valid_until=point.valid_until,
            walk_in=service.can_be_urgent,
        )
        for service in services
    )


def _people() -> None:
    admin = user("admin", "Ada Admin", is_admin=True)
    clients = [user("applicant", "Amina Applicant"), user("client", "Karim Client")]
    load_representative(user("counsel", "Leena Laki"), clients, verified_by=admin)
    for point in ServicePoint.objects.all():
        for kind in Role.Kind.values:
            member = user(f"{kind}.{point.slug}", f"{point.name_en}: {kind}")
            Role.objects.create(user=member, service_point=point, kind=kind)
    second = user("clerk2.helsinki", "Helsinki: second clerk")
    helsinki = ServicePoint.objects.get(slug="helsinki")
    Role.objects.create(user=second, service_point=helsinki, kind=Role.Kind.CLERK)


def user(mailbox: str, name: str, *, is_admin: bool = False) -> User:
    """Create a demo user who signs in with a code sent to `mailbox`@demo.example."""
    person = User.objects.create_user(
        f"{mailbox}@{DOMAIN}", name=name, is_staff=is_admin, is_superuser=is_admin
    )
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


class Visit(NamedTuple):
    group: DeskGroup
    service: Service
    starts_at: datetime.datetime
    minutes: int
    cells: int


def _fill(chance: random.Random, today: datetime.date) -> None:
    groups = [
        (group, point.wait_days)
        for point in [*data.POINTS, data.MARIEHAMN, *data.PARTNERS]
        for group in DeskGroup.objects.with_supply().filter(service_point__slug=point.slug)
    ]
    coming = range(1, (last_bookable_date(today) - today).days + 1)
    # Today last: what is left of it depends on the hour, and all the rest must not.
    visits = [
        visit
        for days in [*coming, 0]
        for group, wait_days in groups
        for visit in _fill_day(chance, group, wait_days, today, days)
    ]
    appointments = [_appointment(chance, visit) for visit in visits]
    Appointment.objects.bulk_create(appointments, batch_size=2000)
    Attendee.objects.bulk_create(
        (_attendee(chance, number, row) for number, row in enumerate(appointments)),
        batch_size=2000,
    )
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_TAKEN)
        cursor.execute("ANALYZE")


def _fill_day(
    chance: random.Random, group: DeskGroup, wait_days: int, today: datetime.date, days: int
) -> Iterator[Visit]:
    """Fill the day that is `days` ahead: booked out until the wait is over, then less and less."""
    share = 1.0 if days < wait_days else max(0.0, 0.6 - (days - wait_days) / 100)
    cells = supply.planned_cells(group, today + datetime.timedelta(days=days))
    ahead = [cell for cell in cells if cell.starts_at > timezone.now()]
    for lane in range(max((cell.public_desks for cell in ahead), default=0)):
        if chance.random() < share:
            starts = [cell.starts_at for cell in ahead if cell.public_desks > lane]
            yield from _fill_lane(chance, group, starts)


def _fill_lane(
    chance: random.Random, group: DeskGroup, starts: list[datetime.datetime]
) -> Iterator[Visit]:
    """Fill one desk's day, so that no gap is left in which the shortest visit would fit."""
    index = 0
    while True:
        left = len(starts) - index
        fitting = [
            service
            for service in group.services.all()
            if (cells := cells_needed(service.minutes, group.grid_minutes)) <= left
            and left - cells != 1
        ]
        if not fitting:
            return
        service = chance.choice(fitting)
        cells = cells_needed(service.minutes, group.grid_minutes)
        yield Visit(group, service, starts[index], service.minutes, cells)
        index += cells


def _appointment(chance: random.Random, visit: Visit) -> Appointment:
    return Appointment(
        id=uuid.UUID(int=chance.getrandbits(128), version=4),
        reference="".join(chance.choices(REFERENCE_ALPHABET, k=REFERENCE_LENGTH)),
        desk_group=visit.group,
        service=visit.service,
        starts_at=visit.starts_at,
        minutes=visit.minutes,
        people=1,
        cells=visit.cells,
        claimed=visit.cells,
        status=Appointment.Status.CONFIRMED,
        email=f"person{chance.randrange(10**6)}@{DOMAIN}",
        language=chance.choice(["fi", "sv", "en", "en"]),
        confirmed_at=timezone.now(),
    )


def _attendee(chance: random.Random, number: int, appointment: Appointment) -> Attendee:
    # A number in the name keeps one active visit per person true of a made-up crowd.
    person = Person(
        f"{chance.choice(data.NAMES)} {number}",
        datetime.date(1950, 1, 1) + datetime.timedelta(days=chance.randrange(20_000)),
    )
    return Attendee(
        appointment=appointment,
        position=1,
        name=person.name,
        birth_date=person.birth_date,
        person_key=person.key,
        service_id=appointment.service_id,
    )


def open_today() -> None:
    """
    Keep Helsinki open all of today, with visits to come, so that the demo works at any hour.

    None of its times is sold to applicants. Running it again on the same day changes nothing.
    """
    point = ServicePoint.objects.get(slug="helsinki")
    is_new = [_keep_open(group, point.today) for group in point.desk_groups.all()]
    operations.open_horizon(DeskGroup.objects.with_supply().filter(service_point=point))
    operations.release_due()
    if any(is_new):
        _visits_today(point)


def _keep_open(group: DeskGroup, today: datetime.date) -> bool:
    _override, is_new = DateOverride.objects.get_or_create(
        desk_group=group,
        date=today,
        kind=DateOverride.Kind.CHANGED,
        defaults={
            "opens_at": datetime.time(0),
            "closes_at": datetime.time(23, 59),
            "desks": group.desks.count(),
            "public_desks": 0,
            "reason": "Demo",
        },
    )
    return is_new


def _visits_today(point: ServicePoint) -> None:
    """Visits every twenty minutes from now; the first one is the demo applicant's."""
    chance = random.Random(f"{SEED} {point.today}")  # noqa: S311
    service = Service.objects.get(slug="card-renewal")
    group = point.desk_groups.filter(services=service).get()
    cells = cells_needed(service.minutes, group.grid_minutes)
    ahead = group.slots.filter(starts_at__gt=timezone.now(), taken__lt=F("capacity"))
    of_today = ahead.filter(starts_at__lt=point.day_bounds(point.today)[1]).order_by("starts_at")
    starts = list(of_today.values_list("starts_at", flat=True))[1:-cells:cells]
    visits = [Visit(group, service, start, service.minutes, cells) for start in starts[:15]]
    rows = [_appointment(chance, visit) for visit in visits]
    for row in rows:
        row.beyond_reason = "Demo"
    for row in rows[:1]:
        _give_to_applicant(row)
    Appointment.objects.bulk_create(rows)
    first_number = point.today.toordinal() * 100
    Attendee.objects.bulk_create(
        _attendee(chance, first_number + number, row) for number, row in enumerate(rows)
    )
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_TAKEN)


def _give_to_applicant(appointment: Appointment) -> None:
    """Make it the demo applicant's, unless they have used their quota up."""
    applicant = User.objects.get(email=APPLICANT)
    used = set(applicant.appointments.active().values_list("quota_place", flat=True))
    free = set(range(1, settings.ACTIVE_APPOINTMENTS_PER_EMAIL + 1)) - used
    if free:
        appointment.user, appointment.email = applicant, applicant.email
        appointment.quota_place = min(free)
