"""From a free time to a confirmed appointment: hold, extend, confirm."""

import contextlib
import datetime
import uuid
from typing import Any

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
    NotInOneVisit,
    NotOffered,
    OutsideHorizon,
    QuotaReached,
    RequestReused,
    RightUsedUp,
    SamePersonTwice,
    TimeTaken,
    WrongNumberOfPeople,
)
from booking.models import MAX_PEOPLE, Appointment, RightHolder
from booking.operations import rights, slots
from booking.operations.behalf import under
from booking.operations.ended_holds import end_holds, expire_overlapping
from booking.operations.holder import Holder
from booking.operations.persons import Person, follow_visit, name_people
from booking.querysets import AppointmentQuerySet
from servicepoints.models import Service, ServicePoint
from servicepoints.pair_models import ServicePair


def hold(
    *,
    user: User,
    service: Service,
    service_point: ServicePoint,
    starts_at: datetime.datetime,
    people: int,
    second_service: Service | None = None,
    request_id: uuid.UUID | None = None,
    invitation: RightHolder | None = None,
    mandate: Mandate | None = None,
    ways: list[availability.Way] | None = None,
) -> Appointment:
    """
    Keep a time for `user` for HOLD_TIME, so that the visit can be named and confirmed.

    `starts_at` is aware. With a `second_service` the visit is for both, where they are a pair.
    With an `invitation`, or one for the user's address, it may be a time that is reserved for
    its right; the use is counted. A public time needs none and uses none. With a `mandate` its
    representative books, and `user` is the client: whose quota it counts in, and whose hold it
    is. Neither has two holds at a time. The `ways` of availability are asked for unless given.

    The user's earlier hold is let go, since one person chooses one time at a time. The same
    `request_id` gives the same hold, once (P5); with another time it is refused with
    RequestReused. Refuses with WrongNumberOfPeople, InThePast, OutsideHorizon, NotOffered,
    NotInOneVisit, NoSuchTime, QuotaReached, TimeTaken and MandateEnded.
    """
    asked: dict[str, Any] = {
        "starts_at": starts_at,
        "people": people,
        "second_service": second_service,
        "request_id": request_id,
        "ways": ways,
    }
    services = [service, *([second_service] if second_service else [])]
    date = starts_at.astimezone(service_point.zone).date()
    holder = Holder(user=user, mandate=mandate)
    if invitation:
        rights.check_fits(invitation, services, service_point, date)
        with contextlib.suppress(TimeTaken, RightUsedUp):
            by_right = holder._replace(invitation=invitation)
            return hold_as(by_right, service, service_point, **asked)
        return _hold_public(holder, service, service_point, invitation, asked)
    try:
        return hold_as(holder, service, service_point, **asked)
    except TimeTaken:
        for listed in rights.invitations_of(user, services, service_point, date):
            with contextlib.suppress(TimeTaken, RightUsedUp):
                by_right = holder._replace(invitation=listed)
                return hold_as(by_right, service, service_point, **asked)
        raise


def _hold_public(
    holder: Holder,
    service: Service,
    service_point: ServicePoint,
    invitation: RightHolder,
    asked: dict[str, Any],
) -> Appointment:
    """Hold a time that is not reserved (any more); else say what stands in the way."""
    try:
        return hold_as(holder, service, service_point, **asked)
    except TimeTaken:
        if rights.is_used_up(invitation):
            raise RightUsedUp from None
        raise


def hold_as(
    holder: Holder,
    service: Service,
    service_point: ServicePoint,
    *,
    starts_at: datetime.datetime,
    people: int,
    request_id: uuid.UUID | None,
    second_service: Service | None = None,
    ways: list[availability.Way] | None = None,
) -> Appointment:
    """Keep a time for `holder`, as `hold` does."""
    asked = {
        "starts_at": starts_at,
        "people": people,
        "service_id": service.pk,
        "second_id": second_service and second_service.pk,
    }
    try:
        check_pair(service, second_service)
        return _new_hold(holder, service, second_service, service_point, request_id, asked, ways)
    except Refusal:
        # What is refused now may be the same request as one that was granted.
        earlier = _replay(holder, service_point, request_id, asked)
        if earlier is None:
            raise
        return earlier


def _new_hold(
    holder: Holder,
    service: Service,
    second: Service | None,
    service_point: ServicePoint,
    request_id: uuid.UUID | None,
    asked: dict[str, Any],
    ways: list[availability.Way] | None,
) -> Appointment:
    starts_at, mandate = asked["starts_at"], holder.mandate
    if mandate and holder.user and mandate.client_id != holder.user.pk:
        raise MandateEnded  # Its client has not confirmed it.
    check_time(service_point, starts_at, asked["people"])
    if ways is None:
        ways = availability.ways(service, service_point, asked["people"], starts_at, second)
    if not ways:
        raise NotOffered
    nothing_to_tidy = False
    # A first try, one after letting the user's old hold go and tidying, and the last: it is
    # full only if a claim fails when there was nothing to tidy before it, since somebody else
    # may have tidied what this one found full (I8).
    for _try in range(4):
        same_moment = holds_another = False
        try:
            held = _claim_any(ways, holder=holder, request_id=request_id, **asked)
        except IntegrityError as error:
            if "a_right_is_used_within_its_count" in str(error):
                raise RightUsedUp from error
            held = None
            # Which says nothing of this time: the earlier hold, or that of a request beside this.
            holds_another = "one_hold_per_" in str(error)
            # Two requests took the same quota place; the next try sees it.
            same_moment = not holds_another
        if held:
            # What is known already need not be asked for again.
            held.service, held.second_service = service, second
            held.desk_group.service_point = service_point
            return held
        earlier = _replay(holder, service_point, request_id, asked)
        if earlier:
            return earlier
        if same_moment:
            continue
        if nothing_to_tidy and not holds_another:
            break
        nothing_to_tidy = not _made_room(holder, ways, starts_at, request_id)
    raise _why_not(holder, ways, starts_at)


def check_pair(service: Service, second: Service | None) -> None:
    """Refuse two matters that are not to be handled in one visit, with NotInOneVisit."""
    if second and not ServicePair.objects.of(service, second).exists():
        raise NotInOneVisit


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
    holder: Holder,
    starts_at: datetime.datetime,
    people: int,
    service_id: int,
    second_id: int | None,
    request_id: uuid.UUID | None,
) -> Appointment | None:
    mandate = holder.mandate
    with under(mandate):
        if mandate and _holds_of(mandate).exclude(user=holder.user).exists():
            return None
        for way in ways:
            held = slots.claim(
                way,
                starts_at=starts_at,
                service_id=service_id,
                second_id=second_id,
                people=people,
                user_id=holder.user.pk if holder.user else None,
                mandate_id=mandate.pk if mandate else None,
                quota=settings.ACTIVE_APPOINTMENTS_PER_EMAIL,
                hold_time=settings.HOLD_TIME,
                language=(get_language() or settings.LANGUAGE_CODE)[:2],
                request_id=request_id,
                staff_id=holder.staff.pk if holder.staff else None,
                beyond_reason=holder.beyond_reason,
                invitation=holder.invitation,
            )
            if held:
                return held
    return None


def _holds_of(mandate: Mandate) -> AppointmentQuerySet:
    """What the representative of `mandate` holds, for whichever client."""
    representative = mandate.representative_id
    return Appointment.objects.filter(status="held", mandate__representative=representative)


def _replay(
    holder: Holder,
    service_point: ServicePoint,
    request_id: uuid.UUID | None,
    asked: dict[str, object],
) -> Appointment | None:
    if request_id is None:
        return None
    earlier = holder.appointments.with_place().filter(request_id=request_id).first()
    if earlier is None:
        return None
    same = (earlier.service_id, earlier.second_service_id, earlier.people, earlier.mandate_id) == (
        asked["service_id"],
        asked["second_id"],
        asked["people"],
        holder.mandate.pk if holder.mandate else None,
    )
    # A time that was moved since is still the answer to the request that made it.
    if same and not earlier.revision:
        same = (earlier.starts_at, earlier.service_point) == (asked["starts_at"], service_point)
    if not same:
        raise RequestReused
    return earlier


def _made_room(
    holder: Holder,
    ways: list[availability.Way],
    starts_at: datetime.datetime,
    request_id: uuid.UUID | None,
) -> bool:
    """
    Let earlier holds and expired holds on these cells go; say if there were any.

    Earlier ones are the holder's, and those that a representative who asks has for anybody.
    """
    earlier = holder.appointments.filter(status="held")
    if holder.mandate:
        earlier = earlier | _holds_of(holder.mandate)
    if request_id:
        # The hold in the way may be this request's own, sent twice at one moment (P5).
        earlier = earlier.exclude(user=holder.user, request_id=request_id)
    mine = end_holds(list(earlier.values_list("pk", flat=True)))
    return bool(expire_overlapping(ways, starts_at) or mine)


def _why_not(holder: Holder, ways: list[availability.Way], starts_at: datetime.datetime) -> Refusal:
    limit = settings.ACTIVE_APPOINTMENTS_PER_EMAIL
    if holder.user and holder.appointments.active().count() >= limit:
        return ClientQuotaReached(limit=limit) if holder.mandate else QuotaReached(limit=limit)
    return slots.why_not(ways, starts_at)


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
    email = hold.user.email if hold.user else ""
    if mandate and hold.user:
        language = hold.user.language
    contact = {"email": email, "phone": phone, "language": language or hold.language}
    return confirm_with(hold, people, contact, mandate)


def confirm_with(
    hold: Appointment,
    people: list[Person],
    booked: dict[str, Any],
    mandate: Mandate | None = None,
) -> Appointment:
    """Confirm a hold as `confirm` does, and set the fields `booked` in the same statement."""
    if len(people) != hold.people:
        raise WrongNumberOfPeople
    if len({person.key for person in people}) != len(people):
        raise SamePersonTwice
    with transaction.atomic(), under(mandate):
        confirmed = (
            Appointment.objects.live_holds()
            .filter(pk=hold.pk)
            .update(status=Appointment.Status.CONFIRMED, confirmed_at=Now(), **booked)
        )
        if confirmed:
            name_people(hold, people)
            visit = Appointment.objects.with_place().get(pk=hold.pk)
            follow_visit(visit, people)
            messages.queue_confirmation(visit, by=mandate)
    current = Appointment.objects.with_place().get(pk=hold.pk)
    if not confirmed and current.status in ("held", "expired"):
        raise HoldExpired
    if not confirmed and not current.is_active:
        raise NotActive
    return current


def free_place(user: User) -> int | None:
    """Return the first place in the user's quota that no active appointment has."""
    used = set(Appointment.objects.active().filter(user=user).values_list("quota_place", flat=True))
    free = set(range(1, settings.ACTIVE_APPOINTMENTS_PER_EMAIL + 1)) - used
    return min(free, default=None)


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
