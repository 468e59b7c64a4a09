"""Freed times are offered to the waiting list in order: offer, accept, decline, lapse, leave."""

import contextlib
import datetime
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from accounts.models import User
from booking import availability, messages, waiting_messages
from booking.exceptions import AlreadyHandled, ChangedMeanwhile, OfferEnded, QuotaReached
from booking.models import (
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
from booking.operations.ended_holds import expire_holds_of
from booking.operations.holds import free_place
from booking.operations.persons import Person, name_people
from booking.operations.waiting import end_entries
from servicepoints.models import Offering, ServicePoint


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
            if entry.appointment and starts_at >= entry.appointment.starts_at:
                break
            if _lock(entry):
                return entry, starts_at, way
            break
    return None


def _lock(entry: WaitingListEntry) -> bool:
    """Lock an entry, unless it is offered another time at this moment or has been just now."""
    waiting = WaitingListEntry.objects.waiting().filter(pk=entry.pk)
    if waiting.lock_for_change().first() is None:
        return False
    # In a statement of its own: the one that locks looks at a moment before it has the lock.
    return waiting.without_open_offer().exists()


def _candidates(freed: FreedTime) -> Iterator[WaitingListEntry]:
    """Yield who could take a freed time by all that the database can say, in their order."""
    point = freed.service_point
    local = freed.starts_at.astimezone(point.zone)
    limit = settings.ACTIVE_APPOINTMENTS_PER_EMAIL
    their_visit = Q(appointment=None) | Q(
        appointment__status="confirmed", appointment__starts_at__gt=freed.starts_at
    )
    services = _services(freed, local.date())
    for_a_matter = Q()
    for matter in (OuterRef("service"), OuterRef("second_service")):
        for_a_matter |= Q(service=matter) | Q(second_service=matter)
    has_visit = Attendee.objects.filter(
        for_a_matter,
        active=True,
        person_key__in=WaitingPerson.objects.filter(entry=OuterRef(OuterRef("pk"))).values(
            "person_key"
        ),
    )
    places = (
        Appointment.objects.in_force()
        .filter(user=OuterRef("user"))
        .order_by()
        .values("user")
        .annotate(count=Count("pk"))
        .values("count")
    )
    entries = (
        WaitingListEntry.objects.waiting()
        .without_open_offer()
        .filter(their_visit, points=point, service__in=services)
        .filter(Q(second_service=None) | Q(second_service__in=services))
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
        for way in availability.ways(
            entry.service, point, entry.people, starts_at, entry.second_service
        ):
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
    certain, and the old one then goes to the next in line; what is moved at the same moment is
    moved from where it then is. Refuses with OfferEnded, PersonHasVisit, QuotaReached and
    AlreadyHandled.
    """
    # Before the locks: what has run out takes no place of the quota (I8).
    expire_holds_of(offer.entry.user)
    while True:
        with contextlib.suppress(ChangedMeanwhile):
            return _accept(offer)


def _accept(offer: Offer) -> Appointment:
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
            end_entries([offer.entry_id], WaitingListEntry.Status.BOOKED)
    current = Offer.objects.with_place().get(pk=offer.pk)
    visit = current.entry.appointment
    if current.outcome != Offer.Outcome.ACCEPTED or visit is None:
        raise OfferEnded
    return Appointment.objects.with_place().get(pk=visit.pk)


def _booked(offer: Offer) -> Appointment:
    entry = offer.entry
    visit = Appointment(
        user=entry.user,
        service=entry.service,
        second_service=entry.second_service,
        people=entry.people,
        status=Appointment.Status.CONFIRMED,
        email=entry.user.email,
        phone=entry.phone,
        language=entry.language,
        confirmed_at=timezone.now(),
        **_place_of(offer),
    )
    _save_in_free_place(visit, entry.user)
    name_people(visit, [Person(row.name, row.birth_date) for row in entry.persons.all()])
    messages.queue_confirmation(Appointment.objects.with_place().get(pk=visit.pk))
    return visit


def _save_in_free_place(visit: Appointment, user: User) -> None:
    """Insert a visit in a place of the quota of `user`, or refuse with QuotaReached."""
    # Something else of theirs may get the place at this moment; then the next one is tried.
    for _try in range(settings.ACTIVE_APPOINTMENTS_PER_EMAIL):
        visit.quota_place = free_place(user)
        if visit.quota_place is None:
            break
        with contextlib.suppress(IntegrityError), transaction.atomic():
            visit.save(force_insert=True)
            return
    raise QuotaReached(limit=settings.ACTIVE_APPOINTMENTS_PER_EMAIL)


def _moved(offer: Offer, visit: Appointment) -> Appointment:
    current = Appointment.objects.with_place().lock_for_change().get(pk=visit.pk)
    if (current.desk_group_id, current.starts_at) != (visit.desk_group_id, visit.starts_at):
        # Its slots are not locked: to lock them now would be out of order.
        raise ChangedMeanwhile
    if current.status != Appointment.Status.CONFIRMED:
        raise AlreadyHandled
    slots.give_back([current])
    freed_times.keep_back(current)
    Appointment.objects.filter(pk=current.pk).update(
        revision=F("revision") + 1,
        moved_at=Now(),
        beyond_reason="",
        right_holder=None,
        **_place_of(offer),
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
    if tired.exists() and end_entries([entry.pk], WaitingListEntry.Status.ENDED):
        waiting_messages.queue_taken_off(entry)


def withdraw_offers(point: ServicePoint, date: datetime.date) -> None:
    """Withdraw what was offered on a day that is closed, tell those concerned, and forget it."""
    times = FreedTime.objects.at(point).between(*point.day_bounds(date)).held_back()
    for offer in Offer.objects.filter(freed__in=times, outcome="open").with_place():
        if _refuse(offer, Offer.Outcome.WITHDRAWN):
            waiting_messages.queue_withdrawn(offer)
    freed_times.forget_of_day(times)


def leave(entry: WaitingListEntry) -> None:
    """Take an entry off the list, declining what it was offered. Leaving twice is harmless."""
    with transaction.atomic():
        for offer in entry.offers.filter(outcome=Offer.Outcome.OPEN).with_place():
            _refuse(offer, Offer.Outcome.DECLINED)
        end_entries([entry.pk], WaitingListEntry.Status.LEFT)
