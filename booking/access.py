"""The only way a view turns a URL into an appointment, a place in line, an offer or a release."""

import uuid

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import Mandate, User
from booking.models import Appointment, Offer, Release, WaitingListEntry
from booking.querysets import AppointmentQuerySet, WaitingListQuerySet
from servicepoints.access import MANAGER, point_for_staff
from servicepoints.models import ServicePoint


def own_appointments(user: User) -> AppointmentQuerySet:
    """Return what `user` booked and confirmed, whatever became of it, the latest first."""
    return (
        Appointment.objects.with_place()
        .filter(user=user, confirmed_at__isnull=False)
        .order_by("-starts_at")
    )


def own_appointment(user: User, appointment_id: uuid.UUID) -> Appointment:
    """Return an appointment or hold of `user`; anybody else's does not exist for them (T4)."""
    return _found(Appointment.objects.with_place().filter(user=user), appointment_id)


def reached_appointment(user: User, appointment_id: uuid.UUID) -> Appointment:
    """
    Return an appointment or hold of `user`, or one booked under a mandate they act under.

    A representative reaches exactly these, of all that their clients have, and none of them
    from the moment the mandate ends (T4).
    """
    return _found(Appointment.objects.with_place().reached_by(user), appointment_id)


def reached_hold(user: User, appointment_id: uuid.UUID) -> Appointment:
    """Return what `user` holds or has held for anybody, with its `time_left`."""
    return _found(
        Appointment.objects.with_place().with_time_left().reached_by(user), appointment_id
    )


def reached_visit(user: User, appointment_id: uuid.UUID) -> Appointment:
    """Return a confirmed appointment that `user` reaches; a mere hold is no visit yet."""
    confirmed = Appointment.objects.with_place().filter(confirmed_at__isnull=False)
    return _found(confirmed.reached_by(user), appointment_id)


def acting_mandate(user: User, appointment: Appointment) -> Mandate | None:
    """Return the mandate under which `user` acts on what they reach; None for their own."""
    return None if appointment.user_id == user.pk else appointment.mandate


def visits_under(mandate: Mandate) -> AppointmentQuerySet:
    """Return the visits booked under a mandate that is in force, the latest first."""
    return (
        Appointment.objects.with_place()
        .filter(mandate__in=Mandate.objects.in_force().filter(pk=mandate.pk))
        .filter(confirmed_at__isnull=False)
        .order_by("-starts_at")
    )


def own_visit(user: User, appointment_id: uuid.UUID) -> Appointment:
    """Return an appointment that `user` has confirmed; a mere hold is no visit yet."""
    return _found(own_appointments(user), appointment_id)


def own_visit_by_reference(user: User, reference: str) -> Appointment:
    """Return a visit of `user` by its reference, which opens nothing to anybody else (T4)."""
    visit = own_appointments(user).filter(reference=reference.upper()).first()
    if visit is None:
        raise Http404
    return visit


def live_hold(user: User) -> Appointment | None:
    """Return the time that is kept for `user` now, if any."""
    return Appointment.objects.with_place().live_holds().filter(user=user).first()


def own_entries(user: User) -> WaitingListQuerySet:
    """Return where `user` waits now, the first joined first."""
    return WaitingListEntry.objects.waiting().with_place().filter(user=user).order_by("joined_at")


def own_entry(user: User, entry_id: uuid.UUID) -> WaitingListEntry:
    """Return an entry of the waiting list that is `user`'s own, whatever became of it."""
    entry = WaitingListEntry.objects.with_place().filter(user=user, pk=entry_id).first()
    if entry is None:
        raise Http404
    return entry


def offer_by_code(code: str) -> Offer:
    """Return the offer of a link; its 128 bits are the right to answer it (T5)."""
    offer = Offer.objects.with_place().filter(code=code).first()
    if offer is None:
        raise Http404
    return offer


def _found(appointments: QuerySet[Appointment], appointment_id: uuid.UUID) -> Appointment:
    appointment = appointments.filter(pk=appointment_id).first()
    if appointment is None:
        raise Http404
    return appointment


def extra_releases_at(user: User, point: ServicePoint) -> QuerySet[Release]:
    """Return the releases of extra days at a point that `user` manages, the latest day first."""
    point_for_staff(user, point.slug, MANAGER)
    return (
        Release.objects.filter(desk_group__service_point=point, kind=Release.Kind.EXTRA)
        .select_related("desk_group__service_point", "override", "created_by")
        .with_numbers()
        .order_by("-date", "-created_at")
    )


def release_for_manager(user: User, slug: str, release_id: uuid.UUID) -> Release:
    """Return an extra day's release of a point that `user` manages, else refuse (T4)."""
    release = extra_releases_at(user, point_for_staff(user, slug, MANAGER)).filter(pk=release_id)
    if found := release.first():
        return found
    raise Http404


def count_visits_in(release: Release) -> int:
    """Return how many visits begin in the times of a `release` that was found by one of these."""
    return Appointment.objects.in_slots_of(release).count()
