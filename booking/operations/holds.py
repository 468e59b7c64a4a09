"""From a free time to a confirmed appointment: hold, confirm, let go, expire."""

import datetime
import hashlib
import unicodedata
import uuid
from typing import Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Least, Now
from django.utils import timezone
from django.utils.translation import get_language

from accounts.exceptions import MandateEnded, Refusal
from accounts.models import Mandate, User
from booking import availability, messages
from booking.exceptions import (
    ClientQuotaReached,
    HoldExpired,
    InThePast,
    NotActive,
    NotOffered,
    OutsideHorizon,
    PersonHasVisit,
    QuotaReached,
    RequestReused,
    SamePersonTwice,
    WrongNumberOfPeople,
)
from booking.models import MAX_PEOPLE, Appointment, Attendee, WaitingListEntry
from booking.operations import slots
from booking.operations.behalf import under
from booking.querysets import AppointmentQuerySet
from servicepoints.models import Service, ServicePoint

EXPIRE_AT_ONCE = 500


class Person(NamedTuple):
    """Someone who comes: any name in any script, and a date of birth."""

    name: str
    birth_date: datetime.date

    @property
    def key(self) -> str:
        """The same for every spelling that differs in case, accents' form or spaces (P4)."""
        name = same_text(self.name)
        return hashlib.sha256(f"{name}|{self.birth_date.isoformat()}".encode()).hexdigest()


def same_text(name: str) -> str:
    """Return a name without what is only spelling: case, accents' form, spaces."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def hold(
    *,
    user: User,
    service: Service,
    service_point: ServicePoint,
    starts_at: datetime.datetime,
    people: int,
    request_id: uuid.UUID | None = None,
    mandate: Mandate | None = None,
) -> Appointment:
    """
    Keep a time for `user` for HOLD_TIME, so that the visit can be named and confirmed.

    With a `mandate` its representative books, and `user` is the client: whose quota it counts
    in, and whose hold it is. Neither has two holds at a time. MandateEnded refuses it.


    `starts_at` is aware. The user's earlier hold is let go, since one person chooses one
    time at a time. The same `request_id` gives the same hold, once (P5); with another time it
    is refused with RequestReused. Refuses with WrongNumberOfPeople, InThePast, OutsideHorizon,
    NotOffered, NoSuchTime, QuotaReached and TimeTaken.
    """
    asked = {
        "starts_at": starts_at,
        "people": people,
        "service_id": service.pk,
        "mandate": mandate,
    }
    try:
        return _new_hold(user, service, service_point, request_id, asked)
    except Refusal:
        # What is refused now may be the same request as one that was granted.
        earlier = _replay(user, service_point, request_id, asked)
        if earlier is None:
            raise
        return earlier


def _new_hold(
    user: User,
    service: Service,
    service_point: ServicePoint,
    request_id: uuid.UUID | None,
    asked: dict[str, Any],
) -> Appointment:
    starts_at, mandate = asked["starts_at"], asked["mandate"]
    if mandate and mandate.client_id != user.pk:
        raise MandateEnded  # Its client has not confirmed it.
    check_time(service_point, starts_at, asked["people"])
    ways = availability.ways(service, service_point, asked["people"], starts_at)
    if not ways:
        raise NotOffered
    nothing_to_tidy = False
    # A first try, one after letting the user's old hold go and tidying, and the last: it is
    # full only if a claim fails when there was nothing to tidy before it, since somebody else
    # may have tidied what this one found full (I8).
    for _try in range(4):
        same_moment = False
        try:
            held = _claim_any(ways, user=user, request_id=request_id, **asked)
        except IntegrityError as error:
            held = None
            # Two requests took the same quota place; the next try sees it.
            same_moment = "one_hold_per_user" not in str(error)
        if held:
            # What is known already need not be asked for again.
            held.service, held.desk_group.service_point = service, service_point
            return held
        earlier = _replay(user, service_point, request_id, asked)
        if earlier:
            return earlier
        if same_moment:
            continue
        if nothing_to_tidy:
            break
        nothing_to_tidy = not _made_room(user, ways, request_id, asked)
    raise _why_not(user, ways, asked)


def check_time(service_point: ServicePoint, starts_at: datetime.datetime, people: int) -> None:
    """Refuse what no slot could allow: the number of people, the past, beyond the horizon (P2)."""
    if not 1 <= people <= MAX_PEOPLE:
        raise WrongNumberOfPeople
    if starts_at <= timezone.now():
        raise InThePast
    if starts_at.astimezone(service_point.zone).date() > service_point.last_bookable_date:
        raise OutsideHorizon(last=messages.date_text(service_point.last_bookable_date))


def _claim_any(
    ways: list[availability.Way],
    *,
    user: User,
    starts_at: datetime.datetime,
    people: int,
    service_id: int,
    request_id: uuid.UUID | None,
    mandate: Mandate | None,
) -> Appointment | None:
    with under(mandate):
        if mandate and _holds_of(mandate).exclude(user=user).exists():
            return None
        for way in ways:
            held = slots.claim(
                way,
                starts_at=starts_at,
                service_id=service_id,
                people=people,
                user_id=user.pk,
                mandate_id=mandate.pk if mandate else None,
                quota=settings.ACTIVE_APPOINTMENTS_PER_EMAIL,
                hold_time=settings.HOLD_TIME,
                language=(get_language() or settings.LANGUAGE_CODE)[:2],
                request_id=request_id,
            )
            if held:
                return held
    return None


def _holds_of(mandate: Mandate) -> AppointmentQuerySet:
    """What the representative of `mandate` holds, for whichever client."""
    representative = mandate.representative_id
    return Appointment.objects.filter(status="held", mandate__representative=representative)


def _replay(
    user: User,
    service_point: ServicePoint,
    request_id: uuid.UUID | None,
    asked: dict[str, object],
) -> Appointment | None:
    if request_id is None:
        return None
    earlier = Appointment.objects.with_place().filter(user=user, request_id=request_id).first()
    if earlier is None:
        return None
    same = earlier.service_id == asked["service_id"] and earlier.people == asked["people"]
    mandate: Any = asked["mandate"]
    same = same and earlier.mandate_id == (mandate and mandate.pk)
    # A time that was moved since is still the answer to the request that made it.
    if same and not earlier.moves:
        same = (earlier.starts_at, earlier.service_point) == (asked["starts_at"], service_point)
    if not same:
        raise RequestReused
    return earlier


def _made_room(
    user: User,
    ways: list[availability.Way],
    request_id: uuid.UUID | None,
    asked: dict[str, Any],
) -> bool:
    """
    Let earlier holds and expired holds on these cells go; say if there were any.

    Earlier ones are the user's, and those that the representative who asks has for anybody.
    """
    earlier = Appointment.objects.filter(user=user, status="held")
    if asked["mandate"]:
        earlier = earlier | _holds_of(asked["mandate"])
    if request_id:
        # The hold in the way may be this request's own, sent twice at one moment (P5).
        earlier = earlier.exclude(user=user, request_id=request_id)
    mine = _end_holds(list(earlier.values_list("pk", flat=True)))
    return bool(expire_overlapping(ways, asked["starts_at"]) or mine)


def expire_overlapping(ways: list[availability.Way], starts_at: datetime.datetime) -> int:
    """Tidy the expired holds that fill cells of a visit at `starts_at`; return how many."""
    last = max(way.starts(starts_at)[-1] for way in ways)
    stale = Appointment.objects.expired_holds().overlapping(
        [way.desk_group_id for way in ways], starts_at, last
    )
    return len(_end_expired(list(stale.values_list("pk", flat=True)[:EXPIRE_AT_ONCE])))


def _why_not(user: User, ways: list[availability.Way], asked: dict[str, Any]) -> Refusal:
    limit = settings.ACTIVE_APPOINTMENTS_PER_EMAIL
    if Appointment.objects.active().filter(user=user).count() >= limit:
        return ClientQuotaReached(limit=limit) if asked["mandate"] else QuotaReached(limit=limit)
    return slots.why_not(ways, asked["starts_at"])


def confirm(
    hold: Appointment,
    *,
    people: list[Person],
    phone: str = "",
    language: str | None = None,
    mandate: Mandate | None = None,
) -> Appointment:
    """
    Turn a hold into an appointment of named people and queue its confirmation.

    The first person is the one who books; e-mail is the user's verified one. Confirming
    twice gives the same appointment, once. Names do not change afterwards (T2). A representative
    confirms under the `mandate` of the hold, and the client is told in their own language.
    Refuses with WrongNumberOfPeople, SamePersonTwice, PersonHasVisit, HoldExpired, NotActive and
    MandateEnded.
    """
    if len(people) != hold.people:
        raise WrongNumberOfPeople
    if len({person.key for person in people}) != len(people):
        raise SamePersonTwice
    if mandate and hold.user:
        language = hold.user.language
    with transaction.atomic(), under(mandate):
        confirmed = (
            Appointment.objects.live_holds()
            .filter(pk=hold.pk)
            .update(
                status=Appointment.Status.CONFIRMED,
                confirmed_at=Now(),
                email=hold.user.email if hold.user else "",
                phone=phone,
                language=language or hold.language,
            )
        )
        if confirmed:
            name_people(hold, people)
            follow_visit(hold, people)
            visit = Appointment.objects.with_place().get(pk=hold.pk)
            messages.queue_confirmation(visit, by=mandate)
    current = Appointment.objects.with_place().get(pk=hold.pk)
    if not confirmed and current.status in ("held", "expired"):
        raise HoldExpired
    if not confirmed and not current.is_active:
        raise NotActive
    return current


def name_people(hold: Appointment, people: list[Person]) -> None:
    """Name who comes; refuse with PersonHasVisit whoever has a visit for the service (P4)."""
    positions = enumerate(people, start=1)
    identified = the_identified(hold.user, people)
    # In the order of the keys, so that two families with people in common cannot deadlock.
    for position, person in sorted(positions, key=lambda row: row[1].key):
        try:
            with transaction.atomic():
                Attendee.objects.create(
                    appointment=hold,
                    position=position,
                    name=person.name,
                    birth_date=person.birth_date,
                    person_key=person.key,
                    identity_key=hold.user.identity_key if person is identified else None,  # type: ignore[union-attr]
                    service_id=hold.service_id,
                )
        except IntegrityError as error:
            raise PersonHasVisit(name=person.name) from error


def the_identified(user: User | None, people: list[Person]) -> Person | None:
    """
    Return who of `people` is the user who has identified strongly, if one of them is.

    Somebody with the very name and birth date; else with the birth date and a word of the name,
    so that leaving out a second name makes nobody another person (P4).
    """
    if user is None or user.identity_key is None:
        return None
    born = [person for person in people if user.birth_date in (None, person.birth_date)]
    exact = [person for person in born if same_text(person.name) == same_text(user.name)]
    if exact or user.birth_date is None:
        return next(iter(exact), None)
    words = set(same_text(user.name).split())
    return next((person for person in born if words & set(same_text(person.name).split())), None)


def free_place(user: User) -> int | None:
    """Return the first place in the user's quota that no active appointment has."""
    used = set(Appointment.objects.active().filter(user=user).values_list("quota_place", flat=True))
    free = set(range(1, settings.ACTIVE_APPOINTMENTS_PER_EMAIL + 1)) - used
    return min(free, default=None)


def follow_visit(visit: Appointment, people: list[Person]) -> None:
    """
    Let an entry of the same people wait for an earlier time than the visit they just booked.

    Call it in the transaction that confirms the visit.
    """
    keys = {person.key for person in people}
    waiting = WaitingListEntry.objects.waiting().filter(
        user=visit.user_id, service=visit.service_id, appointment=None
    )
    for entry in waiting.prefetch_related("persons"):
        if {person.person_key for person in entry.persons.all()} == keys:
            WaitingListEntry.objects.filter(pk=entry.pk).update(appointment=visit)


def extend(hold: Appointment, *, mandate: Mandate | None = None) -> bool:
    """
    Keep a held time for HOLD_TIME from now; say whether it is kept longer than before.

    Twice at most: a time is never kept longer than three times HOLD_TIME in all, however
    often this is asked. A hold that has expired stays expired: raise HoldExpired. Under a
    `mandate` that has ended: raise MandateEnded.
    """
    live = Appointment.objects.live_holds().filter(pk=hold.pk)
    longest = settings.HOLD_TIME * Appointment.HOLD_TIMES_IN_ALL
    until = Least(Now() + settings.HOLD_TIME, F("created_at") + longest)
    with under(mandate):
        extended = live.filter(expires_at__lt=until).update(expires_at=until)
    if extended:
        return True
    if not live.exists():
        raise HoldExpired
    return False


def let_go(hold: Appointment) -> None:
    """Free a held time that its user no longer wants. Harmless for anything but a hold."""
    _end_holds([hold.pk])


def expire_holds() -> int:
    """
    Tidy the holds whose end has passed; return how many.

    Harmless at any time: what has expired already counts as free (I8).
    """
    total = 0
    while True:
        batch = list(
            Appointment.objects.expired_holds()
            .order_by("expires_at")
            .values_list("pk", flat=True)[:EXPIRE_AT_ONCE]
        )
        total += len(_end_expired(batch))
        if len(batch) < EXPIRE_AT_ONCE:
            return total


@transaction.atomic
def _end_holds(ids: list[uuid.UUID]) -> list[uuid.UUID]:
    """Expire these holds, whether their end has passed or not; return those that were holds."""
    return _expire(Appointment.objects.filter(status="held"), ids)


@transaction.atomic
def _end_expired(ids: list[uuid.UUID]) -> list[uuid.UUID]:
    return _expire(Appointment.objects.expired_holds(), ids)


def _expire(holds: AppointmentQuerySet, ids: list[uuid.UUID]) -> list[uuid.UUID]:
    if not ids:
        return []
    slots.lock_cells(ids)
    ending = list(holds.filter(pk__in=ids).lock_for_change().values_list("pk", flat=True))
    slots.give_back(ending)
    Appointment.objects.filter(pk__in=ending).update(
        status=Appointment.Status.EXPIRED, ended_at=Now()
    )
    return ending
