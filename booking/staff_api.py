"""Appointments that staff make, move and cancel for somebody at their point, under /api/v1/."""

import uuid
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from accounts import idempotency
from accounts.api import FOR_STAFF, checked
from accounts.api_schema import describe
from booking import access, availability, exceptions, operations, people
from booking.api import (
    TIME_REFUSALS,
    AppointmentAnswer,
    MomentField,
    PersonBody,
    appointment_answer,
)
from booking.api_choices import known, people_field
from booking.free_times_api import DayQuery
from booking.models import MAX_PEOPLE, Appointment, VisitEvent
from booking.staff_forms import REASON_LENGTH
from servicepoints import access as points
from servicepoints.api import local_text
from servicepoints.models import ServicePoint

FOUND_AT_MOST = 50


class ReasonField(serializers.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=REASON_LENGTH, allow_blank=True, default="", **options)


class StaffHoldBody(serializers.Serializer):  # type: ignore[type-arg]
    service = serializers.SlugField()
    starts_at = MomentField(help_text="With its offset: 2026-12-14T09:20:00+02:00.")
    people = people_field(default=1)
    reason = ReasonField(
        help_text="Why a place beyond the public capacity is needed; with it one may be taken."
    )


class StaffConfirmBody(serializers.Serializer):  # type: ignore[type-arg]
    people = PersonBody(many=True, max_length=MAX_PEOPLE, allow_empty=False)  # type: ignore[call-arg]
    email = serializers.EmailField(allow_blank=True, default="")
    phone = serializers.CharField(max_length=30, allow_blank=True, default="")
    language = serializers.ChoiceField(settings.LANGUAGES)

    def validate_phone(self, phone: str) -> str:
        return people.checked_phone(phone)


class StaffMoveBody(serializers.Serializer):  # type: ignore[type-arg]
    starts_at = MomentField(help_text="With its offset: 2026-12-14T09:20:00+02:00.")
    reason = ReasonField(help_text="Needed for a place beyond the public capacity; kept.")


class StaffCancelBody(serializers.Serializer):  # type: ignore[type-arg]
    reason = ReasonField(help_text="Needed, and kept.")


class SearchBody(serializers.Serializer):  # type: ignore[type-arg]
    """One of: the reference; name and date of birth; the e-mail address."""

    reference = serializers.CharField(max_length=30, required=False)
    name = serializers.CharField(max_length=200, required=False)
    birth_date = serializers.DateField(required=False)
    email = serializers.EmailField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("reference") or attrs.get("email"):
            return attrs
        if not (attrs.get("name") and attrs.get("birth_date")):
            raise serializers.ValidationError(
                _("Write the reference, the name and the date of birth, or the e-mail address.")
            )
        return attrs


class EventAnswer(serializers.Serializer):  # type: ignore[type-arg]
    kind = serializers.ChoiceField(VisitEvent.Kind.choices)
    at = serializers.DateTimeField()
    staff = serializers.CharField()
    starts_at = serializers.DateTimeField()
    moved_from = serializers.DateTimeField(allow_null=True)
    beyond_public = serializers.BooleanField()
    reason = serializers.CharField()


class StaffAppointmentAnswer(AppointmentAnswer):
    email = serializers.CharField()
    phone = serializers.CharField()
    language = serializers.ChoiceField(settings.LANGUAGES)
    beyond_public = serializers.BooleanField()
    events = EventAnswer(many=True, help_text="What staff did with it, the first first.")


class StaffAppointmentList(serializers.Serializer):  # type: ignore[type-arg]
    appointments = AppointmentAnswer(many=True)


class StaffTimesAnswer(serializers.Serializer):  # type: ignore[type-arg]
    service_point = serializers.CharField()
    service = serializers.CharField()
    people = people_field()
    date = serializers.DateField()
    times = serializers.ListField(child=serializers.DateTimeField())
    beyond_public = serializers.ListField(
        child=serializers.DateTimeField(), help_text="To be had with a reason."
    )


def _staff_answer(visit: Appointment) -> dict[str, Any]:
    """Return what the API says about an appointment to the staff of its point."""
    point = visit.service_point
    return appointment_answer(visit) | {
        "email": visit.email,
        "phone": visit.phone,
        "language": visit.language,
        "beyond_public": bool(visit.beyond_reason),
        "events": [
            {
                "kind": event.kind,
                "at": local_text(point, event.at),
                "staff": str(event.staff),
                "starts_at": local_text(point, event.starts_at),
                "moved_from": event.moved_from and local_text(point, event.moved_from),
                "beyond_public": event.beyond_public,
                "reason": event.reason,
            }
            for event in access.events_of(visit)
        ],
    }


class AtMyPoint(APIView):
    """What is done by staff of the point in the address; any other point is not there (T4)."""

    permission_classes = FOR_STAFF

    def point(self, request: Request, slug: str) -> ServicePoint:
        return points.point_for_staff(request.user, slug)


class StaffTimesView(AtMyPoint):
    @describe(
        "list_times_for_staff",
        "The free times of a day, and those beyond the public capacity",
        tag="staff",
        answer=StaffTimesAnswer,
        query=DayQuery,
        codes=["permission_denied", "not_found"],
    )
    def get(self, request: Request, slug: str) -> Response:
        point = self.point(request, slug)
        asked = checked(DayQuery, request.query_params)
        service = known("service", points.public_service, asked["service"])
        day = (service, point, asked["people"], asked["date"])
        return Response(
            {
                "service_point": slug,
                "service": service.slug,
                "people": asked["people"],
                "date": asked["date"].isoformat(),
                "times": [local_text(point, time) for time in availability.free_times(*day)],
                "beyond_public": [
                    local_text(point, time) for time in availability.times_beyond_public(*day)
                ],
            }
        )


class StaffAppointmentsView(AtMyPoint):
    @describe(
        "hold_time_for_somebody",
        "Hold a time for somebody",
        tag="staff",
        answer=AppointmentAnswer,
        status=201,
        body=StaffHoldBody,
        headers=[idempotency.HEADER],
        codes=["permission_denied", "not_found"],
        refusals=[
            *idempotency.REFUSALS,
            *TIME_REFUSALS,
            exceptions.BeyondPublic,
            exceptions.RequestReused,
        ],
        description=(
            "As for applicants, but not for oneself: the person is named when it is confirmed. "
            "An earlier time that one holds for somebody is let go."
        ),
    )
    def post(self, request: Request, slug: str) -> Response:
        point = self.point(request, slug)
        key = idempotency.request_key(request)
        asked = checked(StaffHoldBody, request.data)
        held = operations.hold_for_somebody(
            by=request.user,
            service=known("service", points.public_service, asked.pop("service")),
            service_point=point,
            request_id=key,
            **asked,
        )
        place = reverse("api:staff_appointment", [slug, held.pk], request=request)
        return Response(appointment_answer(held), status=201, headers={"Location": place})


class StaffSearchView(AtMyPoint):
    @describe(
        "find_appointments",
        "Find appointments by reference, by name and date of birth, or by e-mail",
        tag="staff",
        answer=StaffAppointmentList,
        body=SearchBody,
        codes=["permission_denied", "not_found"],
        description="The latest fifty. A POST, so that no name stands in an address.",
    )
    def post(self, request: Request, slug: str) -> Response:
        point = self.point(request, slug)
        asked = checked(SearchBody, request.data)
        visits = access.visits_for_staff(request.user, point)
        if asked.get("reference"):
            found = visits.with_reference(asked["reference"])
        elif asked.get("email"):
            found = visits.of_address(asked["email"])
        else:
            person = operations.Person(asked["name"], asked["birth_date"])
            found = visits.of_person(person.key)
        return Response(
            {"appointments": [appointment_answer(row) for row in found[:FOUND_AT_MOST]]}
        )


class StaffAppointmentView(AtMyPoint):
    @describe(
        "get_appointment_for_staff",
        "An appointment at my point, or a time I hold there",
        tag="staff",
        answer=StaffAppointmentAnswer,
        codes=["permission_denied", "not_found"],
    )
    def get(self, request: Request, slug: str, appointment_id: uuid.UUID) -> Response:
        point = self.point(request, slug)
        return Response(
            _staff_answer(access.visit_or_own_hold(request.user, point, appointment_id))
        )


class StaffConfirmView(AtMyPoint):
    @describe(
        "confirm_for_somebody",
        "Name who comes, and confirm the time that I hold for them",
        tag="staff",
        answer=StaffAppointmentAnswer,
        body=StaffConfirmBody,
        codes=["permission_denied", "not_found"],
        refusals=[
            exceptions.WrongNumberOfPeople,
            exceptions.SamePersonTwice,
            exceptions.PersonHasVisit,
            exceptions.PersonHasVisitHere,
            exceptions.QuotaReached,
            exceptions.HoldExpired,
            exceptions.NotActive,
        ],
        description="Confirming twice gives the same appointment, once.",
    )
    def post(self, request: Request, slug: str, appointment_id: uuid.UUID) -> Response:
        hold = access.hold_of_staff(request.user, self.point(request, slug), appointment_id)
        asked = checked(StaffConfirmBody, request.data)
        named = [operations.Person(**person) for person in asked.pop("people")]
        visit = operations.confirm_for_somebody(hold, by=request.user, people=named, **asked)
        return Response(_staff_answer(visit))


class StaffMoveView(AtMyPoint):
    @describe(
        "move_for_somebody",
        "Move an appointment at my point",
        tag="staff",
        answer=StaffAppointmentAnswer,
        body=StaffMoveBody,
        codes=["permission_denied", "not_found"],
        refusals=[
            *TIME_REFUSALS,
            exceptions.BeyondPublic,
            exceptions.NotActive,
            exceptions.AlreadyHandled,
            exceptions.ChangedMeanwhile,
        ],
        description=(
            "Whole or not at all, as often and as late as need be. Moving to where it already is "
            "changes nothing."
        ),
    )
    def post(self, request: Request, slug: str, appointment_id: uuid.UUID) -> Response:
        visit = access.visit_for_staff(request.user, self.point(request, slug), appointment_id)
        asked = checked(StaffMoveBody, request.data)
        moved = operations.move_for_somebody(visit, by=request.user, **asked)
        return Response(_staff_answer(moved))


class StaffCancelView(AtMyPoint):
    @describe(
        "cancel_for_somebody",
        "Cancel an appointment at my point, with a reason",
        tag="staff",
        answer=StaffAppointmentAnswer,
        body=StaffCancelBody,
        codes=["permission_denied", "not_found"],
        refusals=[exceptions.ReasonNeeded, exceptions.AlreadyHandled],
        description="Cancelling twice is harmless, and the first reason stays.",
    )
    def post(self, request: Request, slug: str, appointment_id: uuid.UUID) -> Response:
        visit = access.visit_for_staff(request.user, self.point(request, slug), appointment_id)
        reason = checked(StaffCancelBody, request.data)["reason"]
        cancelled = operations.cancel_for_somebody(visit, by=request.user, reason=reason)
        return Response(_staff_answer(cancelled))
