"""The only way a view turns a URL into an appointment, a place in line, an offer or a release."""

import datetime
import uuid

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from accounts.models import Mandate, User
from booking.models import (
    Appointment,
    BookingRight,
    Offer,
    Release,
    RightHolder,
    VisitEvent,
    WaitingListEntry,
)
from booking.querysets import AppointmentQuerySet, BookingRightQuerySet, WaitingListQuerySet
from servicepoints.access import ANY_ROLE, MANAGER, point_for_staff, staffed_points
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


def visits_for_staff(user: User, point: ServicePoint) -> AppointmentQuerySet:
    """Return what has been confirmed at a point where `user` works, the latest first."""
    return (
        Appointment.objects.with_place()
        .at(point)
        .filter(
            desk_group__service_point__in=staffed_points(user, *ANY_ROLE),
            confirmed_at__isnull=False,
        )
        .order_by("-starts_at")
    )


def visit_for_staff(user: User, point: ServicePoint, appointment_id: uuid.UUID) -> Appointment:
    """Return a visit at a point where `user` works; one of another point is not there (T4)."""
    return _found(visits_for_staff(user, point), appointment_id)


def hold_of_staff(user: User, point: ServicePoint, appointment_id: uuid.UUID) -> Appointment:
    """Return what `user` holds or has held there for somebody, with its `time_left`."""
    held = Appointment.objects.with_place().with_time_left().at(point).filter(staff=user)
    here = held.filter(desk_group__service_point__in=staffed_points(user, *ANY_ROLE))
    return _found(here, appointment_id)


def visit_or_own_hold(user: User, point: ServicePoint, appointment_id: uuid.UUID) -> Appointment:
    """Return a visit there as above, or else what `user` holds there for somebody."""
    visit = visits_for_staff(user, point).filter(pk=appointment_id).first()
    return visit or hold_of_staff(user, point, appointment_id)


def events_of(visit: Appointment) -> QuerySet[VisitEvent]:
    """Return what staff did with a visit that was found by one of these, the first first."""
    return visit.events.select_related("staff")


def made_at(
    user: User, point: ServicePoint | None, first: datetime.date, last: datetime.date
) -> AppointmentQuerySet:
    """
    Return what was held on the local days from `first` to `last`, whatever became of it.

    Of a point that `user` manages; of all points, with None, for administrators (T4). Without
    what staff booked for somebody.
    """
    zone = timezone.get_current_timezone()
    begin = datetime.datetime.combine(first, datetime.time(), zone)
    end = datetime.datetime.combine(last + datetime.timedelta(days=1), datetime.time(), zone)
    made = Appointment.objects.filter(created_at__gte=begin, created_at__lt=end, staff=None)
    if point:
        return made.at(point_for_staff(user, point.slug, MANAGER))
    check_sees_all_points(user)
    return made


def check_sees_all_points(user: User) -> None:
    """Let administrators pass; whoever works here gets PermissionDenied, anybody else Http404."""
    if user.is_active and user.is_superuser:
        return
    if staffed_points(user).exists():
        raise PermissionDenied
    raise Http404


def extra_releases_at(user: User, point: ServicePoint) -> QuerySet[Release]:
    """Return the releases of extra days at a point that `user` manages, the latest day first."""
    point_for_staff(user, point.slug, MANAGER)
    return (
        Release.objects.filter(desk_group__service_point=point, kind=Release.Kind.EXTRA)
        .select_related("desk_group__service_point", "override", "created_by", "reserved_for")
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


def invitation(holder_id: int | None) -> RightHolder | None:
    """Return the invitation whose code a session keeps, unless its right has ended."""
    if holder_id is None:
        return None
    return (
        RightHolder.objects.filter(pk=holder_id, right__valid_until__gte=timezone.localdate())
        .select_related("right")
        .first()
    )


def invitations_of(user: User | AnonymousUser) -> list[RightHolder]:
    """Return the invitations of the address that `user` has proved, which can still be used."""
    if not user.is_authenticated:
        return []
    mine = RightHolder.objects.of_address(user.email).that_can_book(timezone.localdate())
    return list(mine.select_related("right").order_by("right__valid_until", "pk"))


def rights_for_manager(user: User, point: ServicePoint) -> BookingRightQuerySet:
    """Return the rights of `point` that are for no point which `user` does not manage."""
    managed = staffed_points(user, MANAGER)
    return BookingRight.objects.at(point).all_at(managed).distinct()


def right_for_manager(user: User, point: ServicePoint, right_id: int) -> BookingRight:
    """Return one of these; any other does not exist for `user` (T4)."""
    found = rights_for_manager(user, point).filter(pk=right_id).first()
    if found is None:
        raise Http404
    return found


def holders_of(right: BookingRight) -> dict[str, int]:
    """Count the codes and the addresses of a `right` that was found by one of these."""
    counts: dict[str, int] = right.holders.aggregate(
        codes=Count("pk", filter=Q(email="")), addresses=Count("pk", filter=~Q(email=""))
    )
    return counts


def releases_reserved_for(right: BookingRight, point: ServicePoint) -> QuerySet[Release]:
    """Return the extra days at `point` that reserve times for a `right`, the latest first."""
    return (
        Release.objects.filter(reserved_for=right, desk_group__service_point=point)
        .select_related("desk_group")
        .order_by("-date")
    )
