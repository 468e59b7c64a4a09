"""Every write of the day: numbers, check-in, desks, calls, and the day's end."""

import datetime
import uuid

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from booking import messages
from booking import operations as booking
from booking.exceptions import RequestReused
from booking.models import Appointment
from queueing import capacity, exceptions
from queueing.models import DeskSession, QueueDay, Ticket, TicketEvent
from servicepoints.models import Desk, Service, ServicePoint

# PostgreSQL's channel for "something changed at this point"; the payload is the point's id.
CHANNEL = "queue"

# The next number of a series, by updating the one row of the day: whoever comes second
# waits, and a rollback gives the number back, so there is neither a double nor a gap (P8).
_NEXT_NUMBER = """
    UPDATE queueing_queueday
    SET last_numbers = jsonb_set(
        last_numbers, ARRAY[%(series)s],
        to_jsonb(COALESCE((last_numbers ->> %(series)s)::int, 0) + 1)
    )
    WHERE id = %(day)s AND closed_at IS NULL
    RETURNING (last_numbers ->> %(series)s)::int
"""


def queue_day(point: ServicePoint) -> QueueDay:
    """Return the queue day of `point` for its local date now, made if it is the day's first."""
    day, _created = QueueDay.objects.get_or_create(service_point=point, date=point.today)
    return day


def take_number(
    point: ServicePoint,
    service: Service,
    *,
    urgent: bool,
    language: str,
    request_id: uuid.UUID | None = None,
) -> Ticket:
    """
    Give the next queue number for an urgent matter, as many as the day can serve.

    `urgent` is the answer to the urgency question (source: facts.md, rules in force). The same
    `request_id` gives the same ticket, since kiosks retry on a lost connection; with another
    answer it is refused with RequestReused. Refuses with NotUrgent, NotServedByNumber,
    PointClosed and NumbersExhausted.
    """
    day = queue_day(point)
    earlier = Ticket.objects.filter(queue_day=day, request_id=request_id).first()
    if request_id and earlier:
        return _same_request(earlier, service, urgent, language)
    if not capacity.walk_in_services(point).filter(pk=service.pk).exists():
        raise exceptions.NotServedByNumber
    if not urgent:
        raise exceptions.NotUrgent
    try:
        with transaction.atomic():
            ticket = _issue(
                day,
                Ticket.Series.WALK_IN,
                service=service,
                language=language,
                serve_at=timezone.now(),
                request_id=request_id,
            )
            # After the number is taken, the day's row is ours: nobody else counts meanwhile.
            capacity.check_room(point, day, service, ticket)
    except IntegrityError:
        # The same request at the same moment; the other one has the number.
        earlier = Ticket.objects.filter(queue_day=day, request_id=request_id).first()
        if request_id is None or earlier is None:
            raise
        return _same_request(earlier, service, urgent, language)
    return ticket


def _same_request(ticket: Ticket, service: Service, urgent: bool, language: str) -> Ticket:
    # Only what was urgent got a number.
    if not urgent or (ticket.service_id, ticket.language) != (service.pk, language):
        raise RequestReused
    return ticket


def check_in(point: ServicePoint, reference: str, *, language: str | None = None) -> Ticket:
    """
    Note that someone with an appointment has arrived, and give them a number.

    `reference` as it stands in the confirmation, in any case and with any spaces. Checking in
    twice gives the same number; who was missed comes back into line once, as if they came now.
    Refuses with UnknownReference, WrongPoint, TooEarly, TooLate, MissedTwice, BookedMeanwhile,
    and PointClosed when the day ends at this moment.
    """
    appointment = (
        Appointment.objects.with_place()
        .booked()
        .filter(reference="".join(reference.split()).upper())
        .first()
    )
    if appointment is None:
        raise exceptions.UnknownReference
    if appointment.service_point != point:
        raise exceptions.WrongPoint(point=appointment.service_point.name)
    earlier = Ticket.objects.with_place().filter(appointment=appointment).first()
    if earlier:
        return _again(earlier)
    _check_arrival(point, appointment)
    day = queue_day(point)
    with transaction.atomic():
        if not booking.mark_arrived(appointment):
            # Checked in, cancelled or missed at this very moment.
            return _again(_ticket_of(appointment))
        return _issue(
            day,
            Ticket.Series.APPOINTMENT,
            service=appointment.service,
            language=language or appointment.language,
            serve_at=appointment.starts_at,
            appointment=appointment,
        )


def _ticket_of(appointment: Appointment) -> Ticket:
    ticket = Ticket.objects.with_place().filter(appointment=appointment).first()
    if ticket is None:
        raise exceptions.UnknownReference
    return ticket


def _again(ticket: Ticket) -> Ticket:
    """Return the ticket of who checks in again: in line once more if they were missed."""
    if ticket.queue_day.date != ticket.queue_day.service_point.today:
        raise exceptions.UnknownReference
    if ticket.status != Ticket.Status.MISSED:
        return ticket
    # Their turn was passed over: those who have waited meanwhile are called first.
    now = timezone.now()
    if _return(ticket, Q(came_back_at=None), came_back_at=now, serve_at=now):
        return Ticket.objects.with_place().get(pk=ticket.pk)
    ticket = Ticket.objects.with_place().get(pk=ticket.pk)
    if ticket.status == Ticket.Status.MISSED:
        raise exceptions.MissedTwice(number=ticket.label)
    return ticket


def _check_arrival(point: ServicePoint, appointment: Appointment) -> None:
    if appointment.status != Appointment.Status.CONFIRMED:
        raise exceptions.UnknownReference
    now = timezone.now()
    local = appointment.starts_at.astimezone(point.zone)
    time = messages.time_text(local)
    if now < appointment.starts_at - datetime.timedelta(minutes=point.arrive_early_minutes):
        raise exceptions.TooEarly(date=messages.date_text(local.date()), time=time)
    if now > appointment.starts_at + datetime.timedelta(minutes=point.arrive_late_minutes):
        raise exceptions.TooLate(time=time)


def _issue(day: QueueDay, series: str, **fields: object) -> Ticket:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_NUMBER, {"series": series, "day": day.pk})
        drawn = cursor.fetchone()
    if drawn is None:
        # At midnight: its tickets have been given their ends, and nobody would end this one.
        raise exceptions.PointClosed
    ticket = Ticket.objects.create(queue_day=day, series=series, number=drawn[0], **fields)
    _note(ticket, TicketEvent.Kind.ISSUED)
    return ticket


def sit_down(user: User, desk: Desk) -> DeskSession:
    """
    Put `user` at `desk`, and up from any other. Sitting down twice is harmless.

    Whoever sits there and may not work here any more makes way; a ticket at the desk stays.
    Refuses with DeskOccupied, and with DeskBusy while a ticket is at the desk they leave.
    """
    try:
        return _sit_down(user, desk)
    except IntegrityError:
        # The same person sat down at another desk at this very moment; that one is left now.
        return _sit_down(user, desk)


@transaction.atomic
def _sit_down(user: User, desk: Desk) -> DeskSession:
    sitting = DeskSession.objects.filter(user=user, ended_at__isnull=True)
    # Both desks, in order: two people who change places refuse each other and do not deadlock.
    list(Desk.objects.filter(Q(pk=desk.pk) | Q(pk__in=sitting.values("desk"))).lock_in_order())
    _make_way(desk)
    there = DeskSession.objects.filter(desk=desk, ended_at__isnull=True).first()
    if there and there.user_id == user.pk:
        return there
    if there:
        raise exceptions.DeskOccupied(desk=desk.sign)
    stand_up(user)
    return DeskSession.objects.create(user=user, desk=desk)


def _make_way(desk: Desk) -> None:
    sitting = DeskSession.objects.going_on().filter(desk=desk)
    may = DeskSession.objects.going_on().of_those_who_may()
    sitting.exclude(pk__in=may).update(ended_at=timezone.now())


@transaction.atomic
def stand_up(user: User) -> None:
    """End `user`'s time at a desk. Harmless without one; refuses with DeskBusy."""
    for session in DeskSession.objects.filter(user=user, ended_at__isnull=True):
        _check_free(session.desk)
        session.ended_at = timezone.now()
        session.save(update_fields=["ended_at"])


def _check_free(desk: Desk) -> None:
    """Lock `desk`, so that nobody calls to it now; refuse with DeskBusy if it has a ticket."""
    list(Desk.objects.filter(pk=desk.pk).lock_in_order())
    at_desk = Ticket.objects.at_a_desk().filter(desk=desk).first()
    if at_desk:
        raise exceptions.DeskBusy(number=at_desk.label)


@transaction.atomic
def call_next(desk: Desk, *, by: User) -> Ticket:
    """
    Call the earliest person in line whom this desk can serve.

    Two desks that press at once get two people: a ticket another desk is calling is passed
    over, not waited for (I5). One desk that is pressed twice waits for itself, and keeps nobody
    from the others meanwhile. Refuses with NobodyWaiting, and DeskBusy while the last ticket
    has not ended.
    """
    _check_free(desk)
    group = desk.desk_group
    ticket = (
        Ticket.objects.waiting()
        .filter(
            queue_day__service_point=group.service_point_id,
            queue_day__date=group.service_point.today,
        )
        .served_by(group)
        .select_for_update(skip_locked=True, of=["self"], no_key=True)
        .first()
    )
    if ticket is None:
        raise exceptions.NobodyWaiting
    _step(ticket, "waiting", "called", desk=desk, called_at=Now(), calls=1)
    return _noted(ticket, TicketEvent.Kind.CALLED, desk, by)


@transaction.atomic
def call_again(ticket: Ticket, *, by: User) -> Ticket:
    """Show a called number once more. Refuses with WrongState."""
    _step(ticket, "called", "called", calls=F("calls") + 1, called_at=Now())
    return _noted(ticket, TicketEvent.Kind.RECALLED, ticket.desk, by)


@transaction.atomic
def start(ticket: Ticket, *, by: User) -> Ticket:
    """Note that the person is at the desk. Refuses with WrongState."""
    _step(ticket, "called", "in_service", started_at=Now())
    if ticket.appointment:
        booking.mark_started(ticket.appointment)
    return _noted(ticket, TicketEvent.Kind.STARTED, ticket.desk, by)


@transaction.atomic
def finish(ticket: Ticket, *, by: User) -> Ticket:
    """Note that the person has been served. Refuses with WrongState."""
    _step(ticket, "in_service", "served", ended_at=Now())
    if ticket.appointment:
        booking.mark_served(ticket.appointment)
    return _noted(ticket, TicketEvent.Kind.SERVED, ticket.desk, by)


@transaction.atomic
def miss(ticket: Ticket, *, by: User) -> Ticket:
    """Note that the person did not come when called. Refuses with WrongState."""
    _step(ticket, "called", "missed", ended_at=Now())
    if ticket.appointment:
        booking.mark_missed(ticket.appointment)
    return _noted(ticket, TicketEvent.Kind.MISSED, ticket.desk, by)


def return_to_line(ticket: Ticket, *, by: User) -> Ticket:
    """
    Put a missed number back in line, however often, at its old place: a slip costs nobody the turn.

    Refuses with WrongState, BookedMeanwhile, and PointClosed when its day is over.
    """
    if not _return(ticket, Q(), by=by):
        raise exceptions.WrongState(number=ticket.label)
    return Ticket.objects.with_place().get(pk=ticket.pk)


@transaction.atomic
def _return(ticket: Ticket, only: Q, *, by: User | None = None, **changes: object) -> bool:
    """Missed to waiting, with the visit; False if it is not missed, or not `only` those."""
    _keep_open(ticket.queue_day)
    returned = Ticket.objects.filter(only, pk=ticket.pk, status=Ticket.Status.MISSED).update(
        status=Ticket.Status.WAITING, desk=None, called_at=None, calls=0, ended_at=None, **changes
    )
    if not returned:
        return False
    if ticket.appointment:
        booking.mark_returned(ticket.appointment)
    _note(ticket, TicketEvent.Kind.RETURNED, None, by)
    return True


def _keep_open(day: QueueDay) -> None:
    """Lock today's row, so that the day does not end now; refuse with PointClosed if it has."""
    today = QueueDay.objects.filter(
        pk=day.pk, date=day.service_point.today, closed_at__isnull=True
    ).select_for_update(no_key=True)
    if today.first() is None:
        raise exceptions.PointClosed


def close_days() -> int:
    """
    Give every ticket of days that are over an end state (P8), and every visit its outcome.

    Who never came has missed the visit; who came and was not served is told so. Return how
    many days were closed; running it twice or late changes nothing more.
    """
    closed = 0
    for day in QueueDay.objects.filter(closed_at__isnull=True).select_related("service_point"):
        if day.date < day.service_point.today:
            closed += _close(day)
    _miss_unattended()
    return closed


@transaction.atomic
def _close(day: QueueDay) -> int:
    if not QueueDay.objects.filter(pk=day.pk, closed_at__isnull=True).update(closed_at=Now()):
        return 0
    for ticket in day.tickets.unfinished().with_place().select_for_update(of=["self"]):
        if ticket.status == Ticket.Status.IN_SERVICE:
            _end_of_day(ticket, Ticket.Status.SERVED, TicketEvent.Kind.SERVED)
            if ticket.appointment:
                booking.mark_served(ticket.appointment)
            continue
        _end_of_day(ticket, Ticket.Status.CLOSED, TicketEvent.Kind.CLOSED)
        if ticket.appointment and booking.mark_missed(ticket.appointment):
            messages.queue_not_served(ticket.appointment)
    return 1


def _end_of_day(ticket: Ticket, status: str, kind: str) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(status=status, ended_at=Now())
    _note(ticket, kind)


def _miss_unattended() -> None:
    """Visits of earlier days that nobody checked in for were missed."""
    for point in ServicePoint.objects.all():
        today = point.day_bounds(point.today)[0]
        for visit in Appointment.objects.at(point).filter(
            status__in=["confirmed", "arrived"], starts_at__lt=today
        ):
            booking.mark_missed(visit)


def _step(ticket: Ticket, before: str, after: str, **changes: object) -> None:
    changed = Ticket.objects.filter(pk=ticket.pk, status=before).update(status=after, **changes)
    if not changed:
        raise exceptions.WrongState(number=ticket.label)


def _noted(ticket: Ticket, kind: str, desk: Desk | None, by: User) -> Ticket:
    _note(ticket, kind, desk, by)
    return Ticket.objects.with_place().get(pk=ticket.pk)


def _note(ticket: Ticket, kind: str, desk: Desk | None = None, actor: User | None = None) -> None:
    """Keep the step, and tell the screens of the point if and only if it is committed."""
    TicketEvent.objects.create(ticket=ticket, kind=kind, desk=desk, actor=actor)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify(%s, %s)", [CHANNEL, str(ticket.queue_day.service_point_id)]
        )
