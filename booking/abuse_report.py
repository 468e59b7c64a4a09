"""
Signs that somebody books to sell times: what a manager looks at, and judges.

All of it is counted from the visits and holds themselves; nothing else is kept for it. A sign is
no proof, and nothing here refuses anybody anything.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import Any, NamedTuple

from django.db.models import CharField, Count, F, Func, Q, Sum, Value
from django.db.models.functions import Lower

from booking.alike import are_alike
from booking.models import Attendee
from booking.querysets import AppointmentQuerySet

# From so many on it is a sign.
VISITS_OF_A_DOMAIN = 5
HOLDS_OF_A_PERSON = 5
MOVES_OF_A_PERSON = 3
LATE_OF_A_PERSON = 2
ROWS = 20

_COUNTS = {
    "holds": Count("pk"),
    "confirmed": Count("confirmed_at"),
    "moves": Sum("moves"),
    "late": Count("pk", filter=Q(cancelled_late=True)),
}


class Total(NamedTuple):
    """What was made in the period in all."""

    holds: int
    confirmed: int
    moves: int
    cancelled_late: int

    @property
    def percent_confirmed(self) -> float:
        return 100 * self.confirmed / self.holds if self.holds else 0


class Pair(NamedTuple):
    """Two people of the same date of birth and nearly the same name, and their visits."""

    names: tuple[str, str]
    visits: list[str]


class Report(NamedTuple):
    total: Total
    domains: list[dict[str, Any]]
    unconfirmed: list[dict[str, Any]]
    moved: list[dict[str, Any]]
    cancelled_late: list[dict[str, Any]]
    pairs: list[Pair]
    pairs_in_all: int


def report(made: AppointmentQuerySet) -> Report:
    """Return the signs among the holds and visits that were `made` in a period."""
    made = made.order_by()
    pairs = _pairs(made)
    return Report(
        total=_total(made),
        domains=_domains(made),
        unconfirmed=_unconfirmed(made),
        moved=_people(made, "moves", at_least=MOVES_OF_A_PERSON),
        cancelled_late=_people(made, "late", at_least=LATE_OF_A_PERSON),
        pairs=pairs[:ROWS],
        pairs_in_all=len(pairs),
    )


def of_domain(made: AppointmentQuerySet, domain: str) -> AppointmentQuerySet:
    """Return the visits that were confirmed with an address of `domain`."""
    return _with_domain(made).filter(domain=domain.lower())


def _with_domain(made: AppointmentQuerySet) -> AppointmentQuerySet:
    after_at = Func(
        F("email"), Value("@"), Value(2), function="split_part", output_field=CharField()
    )
    confirmed = made.filter(confirmed_at__isnull=False).exclude(email="")
    return confirmed.annotate(domain=Lower(after_at))


def _total(made: AppointmentQuerySet) -> Total:
    counted = made.aggregate(**_COUNTS)
    return Total(counted["holds"], counted["confirmed"], counted["moves"] or 0, counted["late"])


def _domains(made: AppointmentQuerySet) -> list[dict[str, Any]]:
    rows = (
        _with_domain(made)
        .values("domain")
        .annotate(
            visits=Count("pk"),
            people=Count("user", distinct=True),
            cancelled=Count("pk", filter=Q(status="cancelled")),
        )
    )
    return list(rows.filter(visits__gte=VISITS_OF_A_DOMAIN).order_by("-visits", "domain")[:ROWS])


def _by_person(made: AppointmentQuerySet) -> Any:
    return made.filter(user__isnull=False).values("user_id", "user__email").annotate(**_COUNTS)


def _unconfirmed(made: AppointmentQuerySet) -> list[dict[str, Any]]:
    """Who held many times and confirmed less than half of them, the most unconfirmed first."""
    people = _by_person(made).annotate(unconfirmed=F("holds") - F("confirmed"))
    many = people.filter(holds__gte=HOLDS_OF_A_PERSON, unconfirmed__gt=F("confirmed"))
    return list(many.order_by("-unconfirmed", "user_id")[:ROWS])


def _people(made: AppointmentQuerySet, what: str, *, at_least: int) -> list[dict[str, Any]]:
    people = _by_person(made).filter(**{f"{what}__gte": at_least})
    return list(people.order_by(f"-{what}", "user_id")[:ROWS])


def _pairs(made: AppointmentQuerySet) -> list[Pair]:
    """Who could be one person written in two ways; those of one visit, such as twins, are not."""
    coming = Attendee.objects.filter(appointment__in=made.filter(confirmed_at__isnull=False))
    shared = (
        coming.order_by()
        .values("birth_date")
        .annotate(keys=Count("person_key", distinct=True))
        .filter(keys__gt=1)
    )
    born: dict[Any, list[Attendee]] = defaultdict(list)
    for person in coming.filter(birth_date__in=shared.values("birth_date")).order_by("pk"):
        born[person.birth_date].append(person)
    found: dict[tuple[str, str], Pair] = {}
    for people in born.values():
        for one, other in _alike(people):
            keys = min(one.person_key, other.person_key), max(one.person_key, other.person_key)
            pair = found.setdefault(keys, Pair((one.name, other.name), []))
            for person in (one, other):
                if str(person.appointment_id) not in pair.visits:
                    pair.visits.append(str(person.appointment_id))
    return sorted(found.values(), key=lambda pair: len(pair.visits), reverse=True)


def _alike(people: list[Attendee]) -> Iterable[tuple[Attendee, Attendee]]:
    for one, other in combinations(people, 2):
        differ = one.person_key != other.person_key
        if (
            differ
            and one.appointment_id != other.appointment_id
            and are_alike(one.name, other.name)
        ):
            yield one, other
