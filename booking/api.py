"""One's own appointments, and those booked for clients, under /api/v1/."""

import datetime
import uuid
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from accounts import challenge_api, idempotency
from accounts.api import checked
from accounts.api_schema import describe
from accounts.client_address import network_of
from accounts.exceptions import MandateEnded, TooManyTries
from booking import access, exceptions, operations, people
from booking.api_choices import known, known_client, known_second, known_visit, people_field
from booking.hold_requests import admit_hold
from booking.models import MAX_PEOPLE, Appointment, RightHolder
from servicepoints import access as points
from servicepoints.api import local_text

# What `check_time` and a claim can refuse, for a new time and for a moved one.
TIME_REFUSALS = [
    exceptions.InThePast,
    exceptions.OutsideHorizon,
    exceptions.NotOffered,
    exceptions.NoSuchTime,
    exceptions.TimeTaken,
]


class MomentField(serializers.DateTimeField):
    """An instant: ISO 8601 with its offset. Without one it could be any of several (P6)."""

    default_error_messages = {
        "naive": _("Give the offset from UTC too, for example 2026-12-14T09:20:00+02:00."),
    }

    def to_internal_value(self, value: Any) -> datetime.datetime:
        try:
            moment = parse_datetime(value)
        except (TypeError, ValueError):
            moment = None
        if moment is None:
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ss+hh:mm")
        if moment.tzinfo is None:
            self.fail("naive")
        if not 1 < moment.year < datetime.MAXYEAR:
            self.fail("overflow")  # It has no local time in some zone.
        return moment.astimezone(datetime.UTC)


class HoldBody(serializers.Serializer):  # type: ignore[type-arg]
    service = serializers.SlugField()
    service_point = serializers.SlugField()
    starts_at = MomentField(help_text="With its offset: 2026-12-14T09:20:00+02:00.")
    people = people_field(default=1)
    second_service = serializers.SlugField(
        default=None,
        allow_null=True,
        help_text="A second matter for the same visit; see `second_services` of the service.",
    )
    right_code = serializers.CharField(
        max_length=30,
        default="",
        allow_blank=True,
        help_text="The code of an invitation, for a time that is reserved for it.",
    )
    mandate = serializers.UUIDField(
        default=None,
        allow_null=True,
        help_text="Of one's client, to book for them; see `list_clients`.",
    )


class MoveBody(serializers.Serializer):  # type: ignore[type-arg]
    service_point = serializers.SlugField()
    starts_at = MomentField(help_text="With its offset: 2026-12-14T09:20:00+02:00.")


class PersonBody(serializers.Serializer):  # type: ignore[type-arg]
    name = serializers.CharField(max_length=200)
    birth_date = serializers.DateField()

    def validate_name(self, name: str) -> str:
        return people.checked_name(name)

    def validate_birth_date(self, date: datetime.date) -> datetime.date:
        return people.checked_birth_date(date)


class ConfirmBody(serializers.Serializer):  # type: ignore[type-arg]
    people = PersonBody(many=True, max_length=MAX_PEOPLE, allow_empty=False)  # type: ignore[call-arg]
    phone = serializers.CharField(max_length=30, allow_blank=True, default="")
    language = serializers.ChoiceField(settings.LANGUAGES, required=False)

    def validate_phone(self, phone: str) -> str:
        return people.checked_phone(phone)


class AppointmentAnswer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    reference = serializers.CharField()
    status = serializers.ChoiceField(Appointment.Status.choices)
    service = serializers.CharField()
    service_name = serializers.CharField()
    second_service = serializers.CharField(allow_null=True)
    second_service_name = serializers.CharField(allow_null=True)
    service_point = serializers.CharField()
    service_point_name = serializers.CharField()
    starts_at = serializers.DateTimeField()
    minutes = serializers.IntegerField()
    people = people_field()
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text="Confirm a held time before this; null for any other."
    )
    attendees = PersonBody(many=True)
    moves = serializers.IntegerField()
    mandate = serializers.UUIDField(
        allow_null=True, help_text="Under which a representative booked it; null for one's own."
    )


class AppointmentList(serializers.Serializer):  # type: ignore[type-arg]
    appointments = AppointmentAnswer(many=True)


def appointment_answer(appointment: Appointment) -> dict[str, Any]:
    """Return what the API says about an appointment to its owner."""
    point, held = appointment.service_point, appointment.status == Appointment.Status.HELD
    expires_at = appointment.expires_at if held else None
    second = appointment.second_service
    expired = expires_at is not None and expires_at <= timezone.now()
    return {
        "id": str(appointment.pk),
        "reference": appointment.reference,
        "status": str(Appointment.Status.EXPIRED if expired else appointment.status),
        "service": appointment.service.slug,
        "service_name": appointment.service.name,
        "second_service": second.slug if second else None,
        "second_service_name": second.name if second else None,
        "service_point": point.slug,
        "service_point_name": point.name,
        "starts_at": local_text(point, appointment.starts_at),
        "minutes": appointment.minutes,
        "people": appointment.people,
        "expires_at": local_text(point, expires_at) if expires_at and not expired else None,
        # A held time has nobody named yet: no query for them on the way of the claim.
        "attendees": [] if held else _attendees(appointment),
        "moves": appointment.moves,
        "mandate": appointment.mandate_id and str(appointment.mandate_id),
    }


def _attendees(appointment: Appointment) -> list[dict[str, str]]:
    return [
        {"name": person.name, "birth_date": person.birth_date.isoformat()}
        for person in appointment.attendees.all()
    ]


def invitation_by_code(request: Request, code: str) -> RightHolder | None:
    """Return the invitation of a code that a body holds; only so many may be wrong (T5)."""
    if not code:
        return None
    who, today = f"user {request.user.pk}", timezone.localdate()
    return operations.holder_of_code(code, who=who, today=today)


class AppointmentsView(APIView):
    @describe(
        "list_appointments",
        "My confirmed appointments, the latest first",
        tag="appointments",
        answer=AppointmentList,
        description="With those that are over; the latest hundred.",
    )
    def get(self, request: Request) -> Response:
        mine = access.own_appointments(request.user)[:100]
        return Response({"appointments": [appointment_answer(row) for row in mine]})

    @describe(
        "hold_time",
        "Hold a free time",
        tag="appointments",
        answer=AppointmentAnswer,
        status=201,
        body=HoldBody,
        headers=[idempotency.HEADER, challenge_api.HEADER],
        refusals=[
            *idempotency.REFUSALS,
            *challenge_api.REFUSALS,
            *TIME_REFUSALS,
            exceptions.NotInOneVisit,
            exceptions.QuotaReached,
            exceptions.ClientQuotaReached,
            exceptions.RequestReused,
            exceptions.NoSuchRight,
            exceptions.RightDoesNotFit,
            exceptions.RightUsedUp,
            TooManyTries,
            MandateEnded,
        ],
        description=(
            "The time is kept until `expires_at`; confirm it before that. An earlier time that is "
            "only held is let go. The same key with the same body gives the same appointment, as "
            "it is now. Who has been invited by e-mail address needs no code. Above a rate, of a "
            "person and of a network, a proof of work is asked for."
        ),
    )
    def post(self, request: Request) -> Response:
        key = idempotency.request_key(request)
        asked = checked(HoldBody, request.data)
        offered = known_visit(asked)
        mandate = asked["mandate"] and known_client(request.user, asked["mandate"])
        holder = (mandate and mandate.client) or request.user
        proof = challenge_api.proof_in(request)
        admit_hold(request.user, network_of(request), key, proof=proof, holder=holder)
        held = operations.hold(
            user=holder,
            mandate=mandate,
            service=offered.service,
            second_service=known_second(asked["second_service"]),
            service_point=offered.service_point,
            ways=offered.ways,
            starts_at=asked["starts_at"],
            people=asked["people"],
            request_id=key,
            invitation=invitation_by_code(request, asked["right_code"]),
        )
        place = reverse("api:appointment", [held.pk], request=request)
        return Response(appointment_answer(held), status=201, headers={"Location": place})


class AppointmentView(APIView):
    @describe(
        "get_appointment",
        "One of my appointments or holds, or of a client's under a mandate",
        tag="appointments",
        answer=AppointmentAnswer,
        codes=["not_found"],
    )
    def get(self, request: Request, appointment_id: uuid.UUID) -> Response:
        found = access.reached_appointment(request.user, appointment_id)
        return Response(appointment_answer(found))


class ConfirmView(APIView):
    @describe(
        "confirm_appointment",
        "Name who comes, and confirm a held time",
        tag="appointments",
        answer=AppointmentAnswer,
        body=ConfirmBody,
        codes=["not_found"],
        refusals=[
            exceptions.WrongNumberOfPeople,
            exceptions.SamePersonTwice,
            exceptions.PersonHasVisit,
            exceptions.HoldExpired,
            exceptions.NotActive,
            MandateEnded,
        ],
        description=(
            "The first person is the one who books. Confirming twice gives the same appointment, "
            "once; the names do not change any more."
        ),
    )
    def post(self, request: Request, appointment_id: uuid.UUID) -> Response:
        hold = access.reached_appointment(request.user, appointment_id)
        mandate = access.acting_mandate(request.user, hold)
        asked = checked(ConfirmBody, request.data)
        people = [operations.Person(**person) for person in asked.pop("people")]
        confirmed = operations.confirm(hold, people=people, mandate=mandate, **asked)
        return Response(appointment_answer(confirmed))


class CancelView(APIView):
    @describe(
        "cancel_appointment",
        "Cancel an appointment, or let a held time go",
        tag="appointments",
        answer=AppointmentAnswer,
        codes=["not_found"],
        refusals=[exceptions.AlreadyHandled, MandateEnded],
        description="Cancelling twice is harmless.",
    )
    def post(self, request: Request, appointment_id: uuid.UUID) -> Response:
        appointment = access.reached_appointment(request.user, appointment_id)
        mandate = access.acting_mandate(request.user, appointment)
        return Response(appointment_answer(operations.cancel(appointment, mandate=mandate)))


class MoveView(APIView):
    @describe(
        "move_appointment",
        "Move a confirmed appointment to another time",
        tag="appointments",
        answer=AppointmentAnswer,
        body=MoveBody,
        codes=["not_found"],
        refusals=[
            *TIME_REFUSALS,
            exceptions.NotActive,
            exceptions.AlreadyHandled,
            exceptions.MovedTooOften,
            exceptions.TooLateToMove,
            exceptions.ChangedMeanwhile,
            MandateEnded,
        ],
        description="Whole or not at all. Moving to where it already is changes nothing.",
    )
    def post(self, request: Request, appointment_id: uuid.UUID) -> Response:
        appointment = access.reached_appointment(request.user, appointment_id)
        asked = checked(MoveBody, request.data)
        point = known("service_point", points.public_point, asked["service_point"])
        moved = operations.move(
            appointment,
            service_point=point,
            starts_at=asked["starts_at"],
            mandate=access.acting_mandate(request.user, appointment),
        )
        return Response(appointment_answer(moved))
