"""The waiting list: join, leave, offer freed times in order, accept, decline, lapse."""

import datetime
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from django.utils.translation import get_language

from accounts.models import User
from booking import availability, messages, waiting_messages
from booking.exceptions import (
    AlreadyHandled,
    AlreadyWaiting,
    NotOffered,
    OfferEnded,
    OutsideHorizon,
    PersonHasVisit,
    QuotaReached,
    RequestReused,
    SamePersonTwice,
    WrongNumberOfPeople,
)
from booking.models import (
    MAX_PEOPLE,
    Appointment,
    Attendee,
    FreedTime,
    Offer,
    Slot,
    WaitingListEntry,
    WaitingPerson,
)
from booking.offer_hours import offer_ends
from booking.operations import freed as freed_times
from booking.operations import slots
from booking.operations.holds import Person, free_place, name_people
from servicepoints.models import Offering, Service, ServicePoint


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


def join(
    *,
    user: User,
    service: Service,
    people: list[Person],
    wishes: Wishes,
    urgency: Urgency = Urgency(),  # noqa: B008 - a NamedTuple does not change.
    phone: str = "",
    request_id: uuid.UUID | None = None,
) -> WaitingListEntry:
    """
    Wait for a time for these people; the same `request_id` gives the same entry (P5).

    Refuses with WrongNumberOfPeople, SamePersonTwice, NotOffered, OutsideHorizon,
    PersonHasVisit for whom has a time already, and AlreadyWaiting for who waits elsewhere.
    """
    if not 1 <= len(people) <= MAX_PEOPLE:
        raise WrongNumberOfPeople
    if len({person.key for person in people}) != len(people):
        raise SamePersonTwice
    _check_wishes(service, wishes)
    _check_no_visit(service, people)
    entry = WaitingListEntry(user=user, service=service, people=len(people), request_id=request_id)
    return _join(entry, people, wishes, urgency, phone)


def wait_for_earlier(
    appointment: Appointment, *, wishes: Wishes, request_id: uuid.UUID | None = None
) -> WaitingListEntry:
    """
    Wait for an earlier time than a confirmed appointment has; accepting an offer moves it.

    Refuses with AlreadyHandled, NotOffered, OutsideHorizon and AlreadyWaiting.
    """
    if appointment.status != Appointment.Status.CONFIRMED:
        raise AlreadyHandled
    _check_wishes(appointment.service, wishes)
    entry = WaitingListEntry(
        user=appointment.user,
        service=appointment.service,
        people=appointment.people,
        appointment=appointment,
        request_id=request_id,
    )
    people = [Person(row.name, row.birth_date) for row in appointment.attendees.all()]
    return _join(entry, people, wishes, Urgency(), appointment.phone)


def _check_wishes(service: Service, wishes: Wishes) -> None:
    offering = set(ServicePoint.objects.offering(service).values_list("pk", flat=True))
    if not wishes.points or not {point.pk for point in wishes.points} <= offering:
        raise NotOffered
    last = max(point.last_bookable_date for point in wishes.points)
    if wishes.last_date > last:
        raise OutsideHorizon(last=messages.date_text(last))


def _check_no_visit(service: Service, people: list[Person]) -> None:
    keys = {person.key: person.name for person in people}
    has_visit = Attendee.objects.filter(service=service, active=True, person_key__in=keys).first()
    if has_visit:
        raise PersonHasVisit(name=keys[has_visit.person_key])


def _join(
    entry: WaitingListEntry,
    people: list[Person],
    wishes: Wishes,
    urgency: Urgency,
    phone: str,
) -> WaitingListEntry:
    earlier = _replay(entry)
    if earlier:
        return earlier
    for field in ("first_date", "last_date", "weekdays", "from_time", "until_time", "notice_hours"):
        setattr(entry, field, getattr(wishes, field))
    entry.need, entry.need_date = urgency
    entry.phone = phone
    entry.language = (get_language() or settings.LANGUAGE_CODE)[:2]
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
            entry.points.set(wishes.points)
            _name(entry, people)
            waiting_messages.queue_joined(entry)
    except IntegrityError as error:
        earlier = _replay(entry)
        if earlier is None:
            raise AlreadyWaiting from error
        return earlier
    return entry


def _replay(entry: WaitingListEntry) -> WaitingListEntry | None:
    if entry.request_id is None:
        return None
    earlier = WaitingListEntry.objects.filter(user=entry.user, request_id=entry.request_id).first()
    if earlier and (earlier.service_id, earlier.people) != (entry.service_id, entry.people):
        raise RequestReused
    return earlier


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


def leave(entry: WaitingListEntry) -> None:
    """Take an entry off the list, declining what it was offered. Leaving twice is harmless."""
    with transaction.atomic():
        for offer in entry.offers.filter(outcome=Offer.Outcome.OPEN).with_place():
            _refuse(offer, Offer.Outcome.DECLINED)
        _end([entry.pk], WaitingListEntry.Status.LEFT)


def _end(entries: list[uuid.UUID], status: str) -> int:
    ended = (
        WaitingListEntry.objects.waiting()
        .filter(pk__in=entries)
        .update(status=status, ended_at=Now())
    )
    WaitingPerson.objects.filter(entry__in=entries, active=True).update(active=False)
    return ended


# Offering ----------------------------------------------------------------------


def offer_freed_times() -> int:
    """
    Offer each freed time to the first in line whom it fits; reopen those that nobody wants.

    Return how many offers were made. Twice, late or on two machines at once it offers a time
    to one person: the constraints refuse a second (I11).
    """
    lapse_offers()
    total = 0
    # Again, as long as what an offer left over of a time may be offered too.
    while made := sum(map(_offer, FreedTime.objects.to_offer().values_list("pk", flat=True))):
        total += made
    return total


def _offer(pk: int) -> bool:
    with transaction.atomic():
        found = FreedTime.objects.to_offer().filter(pk=pk).with_point()
        freed = found.that_nobody_else_offers().first()
        if freed is None:
            return False
        chosen = _first_in_line(freed)
        if chosen:
            _make_offer(freed, *chosen)
            return True
    # Outside the transaction above: slots are locked before freed times.
    freed_times.reopen(freed)
    return False


def _first_in_line(
    freed: FreedTime,
) -> tuple[WaitingListEntry, datetime.datetime, availability.Way] | None:
    """Lock and return who is asked about a freed time, and the visit that it would be."""
    ends_at = _offer_ends(freed)
    for entry in _candidates(freed):
        for starts_at, way in _visits_in(freed, entry):
            if starts_at < ends_at + datetime.timedelta(hours=entry.notice_hours):
                continue
            # Whoever is being offered another time at this moment is passed over.
            free = WaitingListEntry.objects.waiting().without_open_offer()
            locked = free.filter(pk=entry.pk).lock_for_change().first()
            if locked:
                return entry, starts_at, way
            break
    return None


def _candidates(freed: FreedTime) -> Iterator[WaitingListEntry]:
    """Yield who could take a freed time by all that the database can say, in their order."""
    point = freed.service_point
    local = freed.starts_at.astimezone(point.zone)
    limit = settings.ACTIVE_APPOINTMENTS_PER_EMAIL
    their_visit = Q(appointment=None) | Q(
        appointment__status="confirmed", appointment__starts_at__gt=freed.starts_at
    )
    has_visit = Attendee.objects.filter(
        active=True,
        service=OuterRef("service"),
        person_key__in=WaitingPerson.objects.filter(entry=OuterRef(OuterRef("pk"))).values(
            "person_key"
        ),
    )
    places = (
        Appointment.objects.active()
        .filter(user=OuterRef("user"))
        .order_by()
        .values("user")
        .annotate(count=Count("pk"))
        .values("count")
    )
    entries = (
        WaitingListEntry.objects.waiting()
        .without_open_offer()
        .filter(their_visit, points=point, service__in=_services(freed, local.date()))
        .filter(first_date__lte=local.date(), last_date__gte=local.date())
        .filter(Q(weekdays=[]) | Q(weekdays__contains=[local.weekday()]))
        .exclude(offers__freed=freed)
        .annotate(quota_used=Coalesce(Subquery(places), 0))
        .exclude(Q(appointment=None) & Exists(has_visit))
        .exclude(appointment=None, quota_used__gte=limit)
    )
    seed = freed.release.draw_seed if freed.release else ""
    ordered = entries.in_drawn_order(seed) if seed else entries.in_line()
    return ordered.with_place().iterator(chunk_size=100)


def _services(freed: FreedTime, date: datetime.date) -> list[int]:
    offered = Offering.objects.on(date).filter(
        service_point=freed.service_point,
        bookable=True,
        service__in=freed.desk_group.services.all(),
    )
    services = set(offered.values_list("service", flat=True))
    slot = Slot.objects.of_visit(freed.desk_group_id, [freed.starts_at]).first()
    only = slot.only_services if slot else None
    return sorted(services if only is None else services & set(only))


def _visits_in(
    freed: FreedTime, entry: WaitingListEntry
) -> Iterator[tuple[datetime.datetime, availability.Way]]:
    """Yield the visits of `entry` for which a freed time has room, the earliest first."""
    point = freed.service_point
    for starts_at in freed_times.cell_starts(freed):
        time = starts_at.astimezone(point.zone).time()
        if (entry.from_time and time < entry.from_time) or (
            entry.until_time and time > entry.until_time
        ):
            continue
        for way in availability.ways(entry.service, point, entry.people, starts_at):
            left = (
                freed.starts_at
                + datetime.timedelta(minutes=way.desk_group.grid_minutes) * freed.cells
            )
            fits = way.starts(starts_at)[-1] < left
            if way.desk_group_id == freed.desk_group_id and fits:
                yield starts_at, way


def _make_offer(
    freed: FreedTime, entry: WaitingListEntry, starts_at: datetime.datetime, way: availability.Way
) -> None:
    freed_times.split(freed, starts_at, way.cells)
    FreedTime.objects.filter(pk=freed.pk).update(status=FreedTime.Status.OFFERED)
    offer = Offer.objects.create(
        entry=entry, freed=freed, minutes=way.minutes, expires_at=_offer_ends(freed)
    )
    waiting_messages.queue_offer(offer)


def _offer_ends(freed: FreedTime) -> datetime.datetime:
    return offer_ends(timezone.now(), freed.service_point.zone, settings.OFFER_MINUTES)


# Answers -----------------------------------------------------------------------


def accept(offer: Offer) -> Appointment:
    """
    Turn an offer into a confirmed visit: a new one of the people named, or a move of theirs.

    Accepting twice gives the same visit, once. A move keeps the old time until the new one is
    certain, and the old one then goes to the next in line. Refuses with OfferEnded,
    PersonHasVisit, QuotaReached and AlreadyHandled.
    """
    with transaction.atomic():
        offer = Offer.objects.with_place().get(pk=offer.pk)
        visit = offer.entry.appointment
        freed_times.lock(offer.freed, visit)
        accepted = (
            Offer.objects.open()
            .filter(pk=offer.pk)
            .update(outcome=Offer.Outcome.ACCEPTED, answered_at=Now())
        )
        if accepted:
            FreedTime.objects.filter(pk=offer.freed_id).update(status=FreedTime.Status.BOOKED)
            freed_times.take(offer.freed)
            visit = _moved(offer, visit) if visit else _booked(offer)
            WaitingListEntry.objects.filter(pk=offer.entry_id).update(appointment=visit, lapses=0)
            _end([offer.entry_id], WaitingListEntry.Status.BOOKED)
    current = Offer.objects.with_place().get(pk=offer.pk)
    visit = current.entry.appointment
    if current.outcome != Offer.Outcome.ACCEPTED or visit is None:
        raise OfferEnded
    return Appointment.objects.with_place().get(pk=visit.pk)


def _booked(offer: Offer) -> Appointment:
    entry = offer.entry
    place = free_place(entry.user)
    if place is None:
        raise QuotaReached(limit=settings.ACTIVE_APPOINTMENTS_PER_EMAIL)
    visit = Appointment(
        user=entry.user,
        quota_place=place,
        service=entry.service,
        people=entry.people,
        status=Appointment.Status.CONFIRMED,
        email=entry.user.email,
        phone=entry.phone,
        language=entry.language,
        confirmed_at=timezone.now(),
        **_place_of(offer),
    )
    visit.save(force_insert=True)
    name_people(visit, [Person(row.name, row.birth_date) for row in entry.persons.all()])
    messages.queue_confirmation(Appointment.objects.with_place().get(pk=visit.pk))
    return visit


def _moved(offer: Offer, visit: Appointment) -> Appointment:
    current = Appointment.objects.with_place().lock_for_change().get(pk=visit.pk)
    if (current.desk_group_id, current.starts_at) != (visit.desk_group_id, visit.starts_at):
        raise OfferEnded
    if current.status != Appointment.Status.CONFIRMED:
        raise AlreadyHandled
    slots.give_back([current])
    freed_times.keep_back(current)
    Appointment.objects.filter(pk=current.pk).update(
        revision=F("revision") + 1, moved_at=Now(), **_place_of(offer)
    )
    moved = Appointment.objects.with_place().get(pk=current.pk)
    messages.queue_move(moved)
    return moved


def _place_of(offer: Offer) -> dict[str, Any]:
    freed = offer.freed
    return {
        "desk_group": freed.desk_group,
        "starts_at": freed.starts_at,
        "minutes": offer.minutes,
        "cells": freed.cells,
        "claimed": freed.cells,
    }


def decline(offer: Offer) -> None:
    """Let an offered time go to the next; the place in line stays. Twice is harmless."""
    with transaction.atomic():
        _refuse(offer, Offer.Outcome.DECLINED)
        WaitingListEntry.objects.filter(pk=offer.entry_id).update(lapses=0)


def lapse_offers() -> int:
    """
    End the offers that were not answered in time; return how many.

    Who has left OFFERS_UNANSWERED of them unanswered is taken off the list and told so:
    others would wait an hour each time for somebody who is gone.
    """
    lapsed = list(Offer.objects.lapsed().with_place())
    for offer in lapsed:
        with transaction.atomic():
            if _refuse(offer, Offer.Outcome.LAPSED):
                _count_lapse(offer.entry)
    return len(lapsed)


def _refuse(offer: Offer, outcome: str) -> bool:
    """End an open offer without a visit; its time is kept for the next in line."""
    ended = Offer.objects.filter(pk=offer.pk, outcome=Offer.Outcome.OPEN)
    if outcome == Offer.Outcome.LAPSED:
        ended = ended.lapsed()
    if not ended.update(outcome=outcome, answered_at=Now()):
        return False
    FreedTime.objects.filter(pk=offer.freed_id, status=FreedTime.Status.OFFERED).update(
        status=FreedTime.Status.KEPT
    )
    return True


def _count_lapse(entry: WaitingListEntry) -> None:
    WaitingListEntry.objects.filter(pk=entry.pk).update(lapses=F("lapses") + 1)
    tired = WaitingListEntry.objects.waiting().filter(
        pk=entry.pk, lapses__gte=settings.OFFERS_UNANSWERED
    )
    if tired.exists() and _end([entry.pk], WaitingListEntry.Status.ENDED):
        waiting_messages.queue_taken_off(entry)


def withdraw_offers(point: ServicePoint, date: datetime.date) -> None:
    """Withdraw what was offered on a day that is closed, tell those concerned, and forget it."""
    times = FreedTime.objects.at(point).between(*point.day_bounds(date)).held_back()
    for offer in Offer.objects.filter(freed__in=times, outcome="open").with_place():
        if _refuse(offer, Offer.Outcome.WITHDRAWN):
            waiting_messages.queue_withdrawn(offer)
    freed_times.forget_of_day(times)


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
            if _end([entry.pk], WaitingListEntry.Status.ENDED):
                waiting_messages.queue_ended(entry)
    return len(entries)
