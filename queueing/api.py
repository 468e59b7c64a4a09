"""Numbers and desks, under /api/v1/."""

import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from rest_framework import serializers
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from accounts import idempotency
from accounts.api import FOR_STAFF, WorksHere, checked
from accounts.api_schema import describe
from accounts.authentication import (
    KioskAuthentication,
    SessionAuthentication,
    TokenAuthentication,
)
from accounts.exceptions import DeviceRefused
from accounts.models import Device
from booking.api_choices import known
from booking.exceptions import BookedMeanwhile, RequestReused
from queueing import access, exceptions, operations
from queueing.models import Ticket
from servicepoints import access as points
from servicepoints.api import local_text
from servicepoints.models import Desk, ServicePoint


class TicketBody(serializers.Serializer):  # type: ignore[type-arg]
    service = serializers.SlugField()
    urgent = serializers.BooleanField(
        help_text="The answer to the urgency question; only urgent matters get a number."
    )
    language = serializers.ChoiceField(settings.LANGUAGES, required=False)


class CheckInBody(serializers.Serializer):  # type: ignore[type-arg]
    reference = serializers.CharField(
        max_length=40, help_text="As in the confirmation, in any case and with any spaces."
    )
    language = serializers.ChoiceField(settings.LANGUAGES, required=False)


class SitDownBody(serializers.Serializer):  # type: ignore[type-arg]
    desk = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class TicketState(serializers.Serializer):  # type: ignore[type-arg]
    number = serializers.CharField(help_text="What the screen shows: B12.")
    status = serializers.ChoiceField(Ticket.Status.choices)
    service = serializers.CharField()
    service_name = serializers.CharField()
    service_point = serializers.CharField()
    service_point_name = serializers.CharField()
    issued_at = serializers.DateTimeField()
    serve_at = serializers.DateTimeField()
    desk = serializers.CharField(allow_null=True, help_text="The sign of the desk that calls.")
    calls = serializers.IntegerField()


class TakenTicket(TicketState):
    code = serializers.CharField(help_text="The private address of its state, 128 bits.")


class StaffTicket(TicketState):
    id = serializers.UUIDField()
    language = serializers.ChoiceField(settings.LANGUAGES)
    waited_minutes = serializers.IntegerField()
    reference = serializers.CharField(allow_null=True)
    second_service = serializers.CharField(allow_null=True)
    people = serializers.ListField(child=serializers.CharField())


class DeskAnswer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.IntegerField()
    sign = serializers.CharField()
    service_point = serializers.CharField()


class DeskState(serializers.Serializer):  # type: ignore[type-arg]
    desk = DeskAnswer(allow_null=True, help_text="Null: sit down first, at one of `desks`.")
    current = StaffTicket(allow_null=True)
    line = StaffTicket(many=True, help_text="Who waits at the point, in the order of calling.")
    desks = DeskAnswer(many=True, help_text="The desks at which the person may sit down.")


def ticket_state(ticket: Ticket) -> dict[str, Any]:
    """Return what a ticket's private link says: nothing about the person."""
    point = ticket.queue_day.service_point
    return {
        "number": ticket.label,
        "status": str(ticket.status),
        "service": ticket.service.slug,
        "service_name": ticket.service_names,
        "service_point": point.slug,
        "service_point_name": point.name,
        "issued_at": local_text(point, ticket.issued_at),
        "serve_at": local_text(point, ticket.serve_at),
        "desk": ticket.desk.sign if ticket.desk else None,
        "calls": ticket.calls,
    }


def staff_ticket(ticket: Ticket) -> dict[str, Any]:
    """Return what the desk needs to know about whom it serves."""
    visit = ticket.appointment
    return ticket_state(ticket) | {
        "id": str(ticket.pk),
        "language": ticket.language,
        "waited_minutes": max(0, int(ticket.waited.total_seconds() // 60)),
        "reference": visit.reference if visit else None,
        "second_service": visit.second_service.slug if visit and visit.second_service else None,
        "people": [person.name for person in visit.attendees.all()] if visit else [],
    }


def desk_answer(desk: Desk) -> dict[str, Any]:
    return {
        "id": desk.pk,
        "sign": desk.sign,
        "service_point": desk.desk_group.service_point.slug,
    }


class KioskOrStaff(BasePermission):
    """An enrolled kiosk, or staff."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, Device) or WorksHere().has_permission(request, view)


class AtThePoint(APIView):
    """What is done at a point by its kiosk or its staff."""

    authentication_classes = [TokenAuthentication, SessionAuthentication, KioskAuthentication]
    permission_classes = [KioskOrStaff]

    def point(self, request: Request, slug: str) -> ServicePoint:
        if isinstance(request.auth, Device):
            return access.point_of_kiosk(request.auth, slug)
        return points.point_for_staff(request.user, slug)

    def taken(self, request: Request, ticket: Ticket) -> Response:
        place = reverse("api:ticket", [ticket.code], request=request)
        answer = ticket_state(ticket) | {"code": ticket.code}
        return Response(answer, status=201, headers={"Location": place})


class TicketsView(AtThePoint):
    @describe(
        "take_ticket",
        "Take a queue number for an urgent matter",
        tag="tickets",
        answer=TakenTicket,
        status=201,
        body=TicketBody,
        headers=[idempotency.HEADER],
        codes=["permission_denied", "not_found"],
        refusals=[
            *idempotency.REFUSALS,
            DeviceRefused,
            exceptions.NotServedByNumber,
            exceptions.NotUrgent,
            exceptions.PointClosed,
            exceptions.NumbersExhausted,
            RequestReused,
        ],
        description="For a kiosk of the point and for its staff.",
    )
    def post(self, request: Request, slug: str) -> Response:
        point = self.point(request, slug)
        key = idempotency.request_key(request)
        asked = checked(TicketBody, request.data)
        ticket = operations.take_number(
            point,
            known("service", points.public_service, asked["service"]),
            urgent=asked["urgent"],
            language=asked.get("language") or (get_language() or settings.LANGUAGE_CODE)[:2],
            request_id=key,
        )
        return self.taken(request, ticket)


class CheckInsView(AtThePoint):
    @describe(
        "check_in",
        "Note that someone with an appointment has arrived, and give them a number",
        tag="tickets",
        answer=TakenTicket,
        status=201,
        body=CheckInBody,
        codes=["permission_denied", "not_found"],
        refusals=[
            DeviceRefused,
            exceptions.UnknownReference,
            exceptions.WrongPoint,
            exceptions.TooEarly,
            exceptions.TooLate,
            exceptions.MissedTwice,
            BookedMeanwhile,
            exceptions.PointClosed,
        ],
        description=(
            "For a kiosk of the point and for its staff. Checking in twice gives the same number; "
            "who was called and missed comes back into line once."
        ),
    )
    def post(self, request: Request, slug: str) -> Response:
        point = self.point(request, slug)
        asked = checked(CheckInBody, request.data)
        ticket = operations.check_in(point, asked["reference"], language=asked.get("language"))
        return self.taken(request, ticket)


class TicketView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @describe(
        "get_ticket",
        "The state of a number, for whoever holds its code",
        tag="tickets",
        answer=TicketState,
        codes=["not_found"],
        public=True,
        description="It ends with the day.",
    )
    def get(self, request: Request, code: str) -> Response:
        return Response(ticket_state(access.ticket_by_code(code)))


def _desk_state(request: Request) -> dict[str, Any]:
    desk = access.desk_of(request.user)
    current = access.ticket_at(desk) if desk else None
    line = access.line_at(request.user, desk.desk_group.service_point) if desk else []
    return {
        "desk": desk_answer(desk) if desk else None,
        "current": staff_ticket(current) if current else None,
        "line": [staff_ticket(ticket) for ticket in line],
        "desks": [desk_answer(row) for row in access.desks_of(request.user)],
    }


class DeskView(APIView):
    permission_classes = FOR_STAFF

    @describe(
        "get_desk",
        "My desk, who is at it, and who waits",
        tag="desk",
        answer=DeskState,
        codes=["permission_denied"],
    )
    def get(self, request: Request) -> Response:
        return Response(_desk_state(request))


class SitDownView(APIView):
    permission_classes = FOR_STAFF

    @describe(
        "sit_down",
        "Sit down at a desk, and up from any other",
        tag="desk",
        answer=DeskState,
        body=SitDownBody,
        codes=["permission_denied", "not_found"],
        refusals=[exceptions.DeskOccupied, exceptions.DeskBusy],
    )
    def post(self, request: Request) -> Response:
        asked = checked(SitDownBody, request.data)
        operations.sit_down(request.user, access.desk_for(request.user, asked["desk"]))
        return Response(_desk_state(request))


class StandUpView(APIView):
    permission_classes = FOR_STAFF

    @describe(
        "stand_up",
        "Leave the desk",
        tag="desk",
        answer=DeskState,
        codes=["permission_denied"],
        refusals=[exceptions.DeskBusy],
        description="Harmless without a desk.",
    )
    def post(self, request: Request) -> Response:
        operations.stand_up(request.user)
        return Response(_desk_state(request))


class CallNextView(APIView):
    permission_classes = FOR_STAFF

    @describe(
        "call_next",
        "Call the earliest person in line whom my desk can serve",
        tag="desk",
        answer=StaffTicket,
        codes=["permission_denied"],
        refusals=[exceptions.NotAtADesk, exceptions.NobodyWaiting, exceptions.DeskBusy],
        description="While somebody is at the desk it calls nobody else, however often it is sent.",
    )
    def post(self, request: Request) -> Response:
        desk = access.desk_of(request.user)
        if desk is None:
            raise exceptions.NotAtADesk
        return Response(staff_ticket(operations.call_next(desk, by=request.user)))


class TicketStep(APIView):
    """One step of the ticket at the caller's own desk."""

    permission_classes = FOR_STAFF

    def step(
        self, request: Request, ticket_id: uuid.UUID, operation: Callable[..., Ticket]
    ) -> Response:
        ticket = access.ticket_at_desk_of(request.user, ticket_id)
        return Response(staff_ticket(operation(ticket, by=request.user)))


def _describe_step(name: str, summary: str) -> Callable[[Any], Any]:
    return describe(
        name,
        summary,
        tag="desk",
        answer=StaffTicket,
        codes=["permission_denied", "not_found"],
        refusals=[exceptions.WrongState],
    )


class CallAgainView(TicketStep):
    @_describe_step("call_again", "Show the called number once more")
    def post(self, request: Request, ticket_id: uuid.UUID) -> Response:
        return self.step(request, ticket_id, operations.call_again)


class StartView(TicketStep):
    @_describe_step("start", "The person is at the desk")
    def post(self, request: Request, ticket_id: uuid.UUID) -> Response:
        return self.step(request, ticket_id, operations.start)


class FinishView(TicketStep):
    @_describe_step("finish", "The person has been served")
    def post(self, request: Request, ticket_id: uuid.UUID) -> Response:
        return self.step(request, ticket_id, operations.finish)


class MissView(TicketStep):
    @_describe_step("miss", "The person did not come when called")
    def post(self, request: Request, ticket_id: uuid.UUID) -> Response:
        return self.step(request, ticket_id, operations.miss)


class ReturnView(APIView):
    permission_classes = FOR_STAFF

    @describe(
        "return_to_line",
        "Put somebody who was missed back in line",
        tag="desk",
        answer=StaffTicket,
        codes=["permission_denied", "not_found"],
        refusals=[exceptions.WrongState, exceptions.PointClosed, BookedMeanwhile],
        description="At the old place in line, however often; for the staff of the point.",
    )
    def post(self, request: Request, ticket_id: uuid.UUID) -> Response:
        ticket = access.ticket_for_staff(request.user, ticket_id)
        return Response(staff_ticket(operations.return_to_line(ticket, by=request.user)))
