"""The waiting list: join it, and its end."""

import datetime
import uuid
from typing import Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import get_language

from accounts.models import User
from booking import messages, waiting_messages
from booking.exceptions import (
    AlreadyHandled,
    AlreadyWaiting,
    InThePast,
    NeedDateMissing,
    NotOffered,
    OutsideHorizon,
    PersonHasVisit,
    RequestReused,
    SamePersonTwice,
    WaitsReached,
    WrongNumberOfPeople,
)
from booking.models import MAX_PEOPLE, Appointment, Attendee, WaitingListEntry, WaitingPerson
from booking.operations.holds import check_pair
from booking.operations.persons import Person
from servicepoints.models import Service, ServicePoint


class Wishes(NamedTuple):
    """
    What someone waits for. Dates and times are local to the points; both ends count.

    No `weekdays` (Monday is 0) means any; `notice_hours` is how soon after now they can come.
    """

    points: list[ServicePoint]
    first_date: datetime.date
    last_date: datetime.date
    weekdays: list[int] = []
    from_time: datetime.time | None = None
    until_time: datetime.time | None = None
    notice_hours: int = 24


class Urgency(NamedTuple):
    """How pressing it is (`WaitingListEntry.Need`), and the date that makes it so."""

    need: int = WaitingListEntry.Need.NONE
    date: datetime.date | None = None

    @property
    def presses(self) -> bool:
        """Whether there is a date by which they must come; who has none has no date either."""
        return self.need != WaitingListEntry.Need.NONE

    @property
    def lacks_date(self) -> bool:
        return self.presses and self.date is None


class _Asked(NamedTuple):
    """All that a request to wait says, besides the services."""

    people: list[Person]
    wishes: Wishes
    urgency: Urgency
    phone: str

    @property
    def fields(self) -> dict[str, Any]:
        """What stands in the entry's own row."""
        wishes = self.wishes._asdict()
        del wishes["points"]
        date = self.urgency.date if self.urgency.presses else None
        return wishes | {"need": self.urgency.need, "need_date": date, "phone": self.phone}


def join(
    *,
    user: User,
    service: Service,
    people: list[Person],
    wishes: Wishes,
    urgency: Urgency = Urgency(),  # noqa: B008 - a NamedTuple does not change.
    phone: str = "",
    second_service: Service | None = None,
    request_id: uuid.UUID | None = None,
) -> WaitingListEntry:
    """
    Wait for a time for these people.

    The same `request_id` gives the same entry, once (P5); with anything else asked it is refused
    with RequestReused. With a `second_service`, for a visit for both. Refuses with
    WrongNumberOfPeople, SamePersonTwice, NeedDateMissing, NotInOneVisit, NotOffered, InThePast,
    OutsideHorizon, PersonHasVisit for whom has a time already, AlreadyWaiting for who waits
    elsewhere, and WaitsReached: a wait keeps others from a time for as long as its offer stands,
    so one address has as many as it may have appointments.
    """
    if not 1 <= len(people) <= MAX_PEOPLE:
        raise WrongNumberOfPeople
    if len({person.key for person in people}) != len(people):
        raise SamePersonTwice
    if urgency.lacks_date:
        raise NeedDateMissing
    entry = WaitingListEntry(
        user=user,
        service=service,
        second_service=second_service,
        people=len(people),
        request_id=request_id,
    )
    asked = _Asked(people, wishes, urgency, phone)
    if earlier := _replay(entry, asked):
        return earlier
    check_pair(service, second_service)
    _check_wishes(service, second_service, wishes)
    _check_no_visit([service, second_service], people)
    return _join(entry, asked)


def wait_for_earlier(
    appointment: Appointment, *, wishes: Wishes, request_id: uuid.UUID | None = None
) -> WaitingListEntry:
    """
    Wait for an earlier time than a confirmed appointment has; accepting an offer moves it.

    `request_id` as in `join`. Refuses with AlreadyHandled, NotOffered, InThePast,
    OutsideHorizon, AlreadyWaiting and RequestReused.
    """
    entry = WaitingListEntry(
        user=appointment.user,
        service=appointment.service,
        second_service=appointment.second_service,
        people=appointment.people,
        appointment=appointment,
        request_id=request_id,
    )
    people = [Person(row.name, row.birth_date) for row in appointment.attendees.all()]
    asked = _Asked(people, wishes, Urgency(), appointment.phone)
    if earlier := _replay(entry, asked):
        return earlier
    if appointment.status != Appointment.Status.CONFIRMED:
        raise AlreadyHandled
    _check_wishes(appointment.service, appointment.second_service, wishes)
    return _join(entry, asked)


def _check_wishes(service: Service, second: Service | None, wishes: Wishes) -> None:
    points = ServicePoint.objects
    found = points.offering_both(service, second) if second else points.offering(service)
    offering = set(found.values_list("pk", flat=True))
    if not wishes.points or not {point.pk for point in wishes.points} <= offering:
        raise NotOffered
    if wishes.last_date < min(point.today for point in wishes.points):
        raise InThePast
    last = max(point.last_bookable_date for point in wishes.points)
    if wishes.last_date > last:
        raise OutsideHorizon(last=messages.date_text(last))


def _check_no_visit(matters: list[Service | None], people: list[Person]) -> None:
    keys = {person.key: person.name for person in people}
    services = [service for service in matters if service]
    for_one = Q(service__in=services) | Q(second_service__in=services)
    has_visit = Attendee.objects.filter(for_one, active=True, person_key__in=keys).first()
    if has_visit:
        raise PersonHasVisit(name=keys[has_visit.person_key])


def _join(entry: WaitingListEntry, asked: _Asked) -> WaitingListEntry:
    for field, value in asked.fields.items():
        setattr(entry, field, value)
    entry.language = (get_language() or settings.LANGUAGE_CODE)[:2]
    try:
        with transaction.atomic():
            # One at a time for each user, so that nobody else counts meanwhile.
            list(User.objects.filter(pk=entry.user_id).lock_in_order().values_list("pk"))
            earlier = _replay(entry, asked)
            if earlier:
                return earlier
            _check_quota(entry)
            entry.save(force_insert=True)
            entry.points.set(asked.wishes.points)
            _name(entry, asked.people)
            waiting_messages.queue_joined(entry)
    except IntegrityError as error:
        earlier = _replay(entry, asked)
        if earlier:
            return earlier
        if "one_place_in_line_per_person_and_service" not in str(error):
            raise
        raise AlreadyWaiting from error
    return entry


def _check_quota(entry: WaitingListEntry) -> None:
    """Refuse one wait too many. An earlier time is waited for once for each appointment anyhow."""
    limit = settings.ACTIVE_APPOINTMENTS_PER_EMAIL
    waits = WaitingListEntry.objects.waiting().filter(user=entry.user, appointment=None)
    if entry.appointment is None and waits.count() >= limit:
        raise WaitsReached(limit=limit)


def _replay(entry: WaitingListEntry, asked: _Asked) -> WaitingListEntry | None:
    """Return what the same request made before; refuse another one with its id (I3)."""
    if entry.request_id is None:
        return None
    earlier = WaitingListEntry.objects.filter(user=entry.user, request_id=entry.request_id).first()
    if earlier and not _is_same(earlier, entry, asked):
        raise RequestReused
    return earlier


def _is_same(earlier: WaitingListEntry, entry: WaitingListEntry, asked: _Asked) -> bool:
    # The first day is the day of asking; the visit may have come of the request itself.
    fields = {name: value for name, value in asked.fields.items() if name != "first_date"}
    return (
        (earlier.service_id, earlier.second_service_id)
        == (entry.service_id, entry.second_service_id)
        and entry.appointment_id in (None, earlier.appointment_id)
        and all(getattr(earlier, name) == value for name, value in fields.items())
        and set(earlier.points.all()) == set(asked.wishes.points)
        and {row.person_key for row in earlier.persons.all()}
        == {person.key for person in asked.people}
    )


def _name(entry: WaitingListEntry, people: list[Person]) -> None:
    # In the order of the keys, so that two families with people in common cannot deadlock.
    positions = sorted(enumerate(people, start=1), key=lambda row: row[1].key)
    for position, person in positions:
        WaitingPerson.objects.create(
            entry=entry,
            position=position,
            name=person.name,
            birth_date=person.birth_date,
            person_key=person.key,
            service_id=entry.service_id,
        )


def end_entries(entries: list[uuid.UUID], status: str) -> int:
    """Take these off the list with their last status; return how many were on it."""
    ended = (
        WaitingListEntry.objects.waiting()
        .filter(pk__in=entries)
        .update(status=status, ended_at=Now())
    )
    WaitingPerson.objects.filter(entry__in=entries, active=True).update(active=False)
    return ended


def end_waiting() -> int:
    """
    End the entries whose last day is over, and tell the people (nobody is dropped in silence).

    Also those whose appointment has been served, missed or cancelled: there is nothing left to
    be earlier than. Return how many ended.
    """
    over = Q(last_date__lt=timezone.localdate())
    without = Q(appointment__isnull=False) & ~Q(appointment__status="confirmed")
    entries = list(WaitingListEntry.objects.waiting().without_open_offer().filter(over | without))
    for entry in entries:
        with transaction.atomic():
            if end_entries([entry.pk], WaitingListEntry.Status.ENDED):
                waiting_messages.queue_ended(entry)
    return len(entries)
