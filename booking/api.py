"""Free times and one's own appointments, under /api/v1/."""

import calendar
import datetime
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from accounts import idempotency
from accounts.api import checked
from accounts.api_schema import describe
from booking import access, availability, exceptions, operations, people
from booking.models import MAX_PEOPLE, Appointment
from servicepoints import access as points
from servicepoints.api import local_text
from servicepoints.models import Service, ServicePoint

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


@extend_schema_field({"type": "string", "pattern": r"^\d{4}-\d{2}$", "example": "2026-12"})
class MonthField(serializers.Field):  # type: ignore[type-arg]
    """A month, as its first day."""

    default_error_messages = {"invalid": _("Give a month as YYYY-MM.")}

    def to_internal_value(self, data: Any) -> datetime.date:
        try:
            first = parse_date(f"{data}-01")
        except ValueError:
            first = None
        if first is None:
            self.fail("invalid")
        return first

    def to_representation(self, value: datetime.date) -> str:
        return value.isoformat()[:7]


def people_field(**options: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=MAX_PEOPLE, **options)


class PeopleQuery(serializers.Serializer):  # type: ignore[type-arg]
    people = people_field(default=1)


class VisitQuery(PeopleQuery):
    service = serializers.SlugField()


class DayQuery(VisitQuery):
    date = serializers.DateField()


class MonthQuery(VisitQuery):
    month = MonthField()


class FirstFreeAnswer(serializers.Serializer):  # type: ignore[type-arg]
    service_point = serializers.CharField()
    name = serializers.CharField()
    starts_at = serializers.DateTimeField(allow_null=True)


class FirstFreeList(serializers.Serializer):  # type: ignore[type-arg]
    service = serializers.CharField()
    people = people_field()
    service_points = FirstFreeAnswer(many=True)


class FreeTimesAnswer(serializers.Serializer):  # type: ignore[type-arg]
    service_point = serializers.CharField()
    service = serializers.CharField()
    people = people_field()
    date = serializers.DateField()
    last_bookable_date = serializers.DateField()
    times = serializers.ListField(child=serializers.DateTimeField())


class FreeDay(serializers.Serializer):  # type: ignore[type-arg]
    date = serializers.DateField()
    times = serializers.IntegerField(help_text="How many free times the day has.")


class FreeDaysAnswer(serializers.Serializer):  # type: ignore[type-arg]
    service_point = serializers.CharField()
    service = serializers.CharField()
    people = people_field()
    month = serializers.CharField()
    last_bookable_date = serializers.DateField()
    days = FreeDay(many=True)


class HoldBody(serializers.Serializer):  # type: ignore[type-arg]
    service = serializers.SlugField()
    service_point = serializers.SlugField()
    starts_at = MomentField(help_text="With its offset: 2026-12-14T09:20:00+02:00.")
    people = people_field(default=1)


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


class AppointmentList(serializers.Serializer):  # type: ignore[type-arg]
    appointments = AppointmentAnswer(many=True)


def appointment_answer(appointment: Appointment) -> dict[str, Any]:
    """Return what the API says about an appointment to its owner."""
    point, held = appointment.service_point, appointment.status == Appointment.Status.HELD
    expires_at = appointment.expires_at if held else None
    expired = expires_at is not None and expires_at <= timezone.now()
    return {
        "id": str(appointment.pk),
        "reference": appointment.reference,
        "status": str(Appointment.Status.EXPIRED if expired else appointment.status),
        "service": appointment.service.slug,
        "service_name": appointment.service.name,
        "service_point": point.slug,
        "service_point_name": point.name,
        "starts_at": local_text(point, appointment.starts_at),
        "minutes": appointment.minutes,
        "people": appointment.people,
        "expires_at": local_text(point, expires_at) if expires_at and not expired else None,
        # A held time has nobody named yet: no query for them on the way of the claim.
        "attendees": [] if held else _attendees(appointment),
        "moves": appointment.moves,
    }


def _attendees(appointment: Appointment) -> list[dict[str, str]]:
    return [
        {"name": person.name, "birth_date": person.birth_date.isoformat()}
        for person in appointment.attendees.all()
    ]


def known(field: str, fetch: Callable[[str], Any], slug: str) -> Any:
    """Return what `fetch` finds for a slug in a body or query; else the field is invalid."""
    try:
        return fetch(slug)
    except Http404 as error:
        raise serializers.ValidationError({field: [_("There is no such choice.")]}) from error


def known_pair(service: str, service_point: str) -> tuple[Service, ServicePoint]:
    """Return the service and the point that a body names; else the field is invalid."""
    try:
        return points.offered_service(service, service_point)
    except Http404:
        return (
            known("service", points.public_service, service),
            known("service_point", points.public_point, service_point),
        )


class FirstFreeTimesView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @describe(
        "list_first_free_times",
        "The first free time of a service at each point, the earliest first",
        tag="free times",
        answer=FirstFreeList,
        query=PeopleQuery,
        codes=["not_found"],
        public=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        people = checked(PeopleQuery, request.query_params)["people"]
        service = points.public_service(slug)
        rows = [
            {
                "service_point": row.service_point.slug,
                "name": row.service_point.name,
                "starts_at": row.starts_at and local_text(row.service_point, row.starts_at),
            }
            for row in availability.first_free_times(service, people)
        ]
        return Response({"service": slug, "people": people, "service_points": rows})


class FreeTimesView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @describe(
        "list_free_times",
        "The free times of a day at a service point",
        tag="free times",
        answer=FreeTimesAnswer,
        query=DayQuery,
        codes=["not_found"],
        public=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        asked = checked(DayQuery, request.query_params)
        service, point = _service_here(asked["service"], slug)
        times = availability.free_times(service, point, asked["people"], asked["date"])
        return Response(
            {
                "service_point": slug,
                "service": service.slug,
                "people": asked["people"],
                "date": asked["date"].isoformat(),
                "last_bookable_date": point.last_bookable_date.isoformat(),
                "times": [local_text(point, time) for time in times],
            }
        )


class FreeDaysView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @describe(
        "list_free_days",
        "The days of a month that have free times at a service point, and how many",
        tag="free times",
        answer=FreeDaysAnswer,
        query=MonthQuery,
        codes=["not_found"],
        public=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        asked = checked(MonthQuery, request.query_params)
        service, point = _service_here(asked["service"], slug)
        first = asked["month"]
        last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
        days = availability.free_days(service, point, asked["people"], first, last)
        return Response(
            {
                "service_point": slug,
                "service": service.slug,
                "people": asked["people"],
                "month": first.isoformat()[:7],
                "last_bookable_date": point.last_bookable_date.isoformat(),
                "days": [{"date": day.isoformat(), "times": n} for day, n in days.items()],
            }
        )


def _service_here(service_slug: str, point_slug: str) -> tuple[Service, ServicePoint]:
    """The point stands in the address, so an unknown one is 404; the service in the query."""
    try:
        return points.offered_service(service_slug, point_slug)
    except Http404:
        points.public_point(point_slug)
        return known_pair(service_slug, point_slug)


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
        headers=[idempotency.HEADER],
        refusals=[
            *idempotency.REFUSALS,
            *TIME_REFUSALS,
            exceptions.QuotaReached,
            exceptions.RequestReused,
        ],
        description=(
            "The time is kept until `expires_at`; confirm it before that. An earlier time that is "
            "only held is let go. The same key with the same body gives the same appointment, as "
            "it is now."
        ),
    )
    def post(self, request: Request) -> Response:
        key = idempotency.request_key(request)
        asked = checked(HoldBody, request.data)
        service, point = known_pair(asked["service"], asked["service_point"])
        held = operations.hold(
            user=request.user,
            service=service,
            service_point=point,
            starts_at=asked["starts_at"],
            people=asked["people"],
            request_id=key,
        )
        place = reverse("api:appointment", [held.pk], request=request)
        return Response(appointment_answer(held), status=201, headers={"Location": place})


class AppointmentView(APIView):
    @describe(
        "get_appointment",
        "One of my appointments or holds",
        tag="appointments",
        answer=AppointmentAnswer,
        codes=["not_found"],
    )
    def get(self, request: Request, appointment_id: uuid.UUID) -> Response:
        return Response(appointment_answer(access.own_appointment(request.user, appointment_id)))


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
        ],
        description=(
            "The first person is the one who books. Confirming twice gives the same appointment, "
            "once; the names do not change any more."
        ),
    )
    def post(self, request: Request, appointment_id: uuid.UUID) -> Response:
        hold = access.own_appointment(request.user, appointment_id)
        asked = checked(ConfirmBody, request.data)
        people = [operations.Person(**person) for person in asked.pop("people")]
        return Response(appointment_answer(operations.confirm(hold, people=people, **asked)))


class CancelView(APIView):
    @describe(
        "cancel_appointment",
        "Cancel an appointment, or let a held time go",
        tag="appointments",
        answer=AppointmentAnswer,
        codes=["not_found"],
        refusals=[exceptions.AlreadyHandled],
        description="Cancelling twice is harmless.",
    )
    def post(self, request: Request, appointment_id: uuid.UUID) -> Response:
        appointment = access.own_appointment(request.user, appointment_id)
        return Response(appointment_answer(operations.cancel(appointment)))


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
        ],
        description="Whole or not at all. Moving to where it already is changes nothing.",
    )
    def post(self, request: Request, appointment_id: uuid.UUID) -> Response:
        appointment = access.own_appointment(request.user, appointment_id)
        asked = checked(MoveBody, request.data)
        point = known("service_point", points.public_point, asked["service_point"])
        moved = operations.move(appointment, service_point=point, starts_at=asked["starts_at"])
        return Response(appointment_answer(moved))
