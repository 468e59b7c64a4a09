"""The waiting list and its offers, under /api/v1/."""

import uuid
from typing import Any

from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from accounts import idempotency
from accounts.api import checked
from accounts.api_schema import describe
from booking import access, exceptions, operations
from booking.api import AppointmentAnswer, PersonBody, appointment_answer
from booking.api_choices import known, known_second
from booking.models import MAX_PEOPLE, Offer, WaitingListEntry
from booking.operations import Urgency, Wishes
from booking.wanted_api import check_hours
from servicepoints import access as points
from servicepoints.api import local_text

JOIN_REFUSALS = [
    exceptions.NotOffered,
    exceptions.InThePast,
    exceptions.OutsideHorizon,
    exceptions.AlreadyWaiting,
    exceptions.RequestReused,
]
NEEDS = {"deadline": 1, "expiring": 2, "none": 3}
NEED_NAMES = {value: name for name, value in NEEDS.items()}
# Each is looked up by itself, so a body of many would keep a thread for half a minute.
MOST_POINTS = 100


class WishesBody(serializers.Serializer):  # type: ignore[type-arg]
    service_points = serializers.ListField(
        child=serializers.SlugField(), allow_empty=False, max_length=MOST_POINTS
    )
    last_date = serializers.DateField(help_text="The last local day that is of use.")
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6),
        default=list,
        max_length=7,
        help_text="Monday is 0; none means any.",
    )
    from_time = serializers.TimeField(default=None, allow_null=True)
    until_time = serializers.TimeField(default=None, allow_null=True)
    notice_hours = serializers.IntegerField(min_value=0, max_value=24 * 30, default=24)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        check_hours(data)
        return data


class EarlierBody(WishesBody):
    """For an earlier time than an appointment has."""


class JoinBody(WishesBody):
    service = serializers.SlugField()
    second_service = serializers.SlugField(default=None, allow_null=True)
    people = PersonBody(many=True, max_length=MAX_PEOPLE, allow_empty=False)  # type: ignore[call-arg]
    need = serializers.ChoiceField(list(NEEDS), default="none")
    need_date = serializers.DateField(default=None, allow_null=True)
    phone = serializers.CharField(max_length=30, allow_blank=True, default="")


class EntryAnswer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField()
    status = serializers.ChoiceField(WaitingListEntry.Status.choices)
    service = serializers.CharField()
    second_service = serializers.CharField(allow_null=True)
    service_points = serializers.ListField(child=serializers.CharField())
    people = serializers.IntegerField()
    last_date = serializers.DateField()
    need = serializers.ChoiceField(list(NEEDS))
    place = serializers.IntegerField(allow_null=True, help_text="In line; null when it has ended.")
    appointment = serializers.UUIDField(allow_null=True)
    offer = serializers.CharField(allow_null=True, help_text="The code of the open offer, if any.")


class EntryList(serializers.Serializer):  # type: ignore[type-arg]
    entries = EntryAnswer(many=True)


class OfferAnswer(serializers.Serializer):  # type: ignore[type-arg]
    outcome = serializers.ChoiceField(Offer.Outcome.choices)
    service = serializers.CharField()
    second_service = serializers.CharField(allow_null=True)
    service_point = serializers.CharField()
    starts_at = serializers.DateTimeField()
    minutes = serializers.IntegerField()
    people = serializers.IntegerField()
    expires_at = serializers.DateTimeField()
    moves_appointment = serializers.BooleanField()


def entry_answer(entry: WaitingListEntry) -> dict[str, Any]:
    """Return what the API says about a place in line to its owner."""
    offer = entry.offers.open().first()
    place = WaitingListEntry.objects.ahead_of(entry).count() + 1 if entry.is_waiting else None
    return {
        "id": str(entry.pk),
        "status": str(entry.status),
        "service": entry.service.slug,
        "second_service": entry.second_service and entry.second_service.slug,
        "service_points": [point.slug for point in entry.points.all()],
        "people": entry.people,
        "last_date": entry.last_date.isoformat(),
        "need": NEED_NAMES[entry.need],
        "place": place,
        "appointment": entry.appointment_id and str(entry.appointment_id),
        "offer": offer.code if offer else None,
    }


def offer_answer(offer: Offer) -> dict[str, Any]:
    """Return what the link of an offer says: nothing about the people."""
    point = offer.freed.service_point
    return {
        "outcome": str(offer.outcome),
        "service": offer.entry.service.slug,
        "second_service": offer.entry.second_service and offer.entry.second_service.slug,
        "service_point": point.slug,
        "starts_at": local_text(point, offer.freed.starts_at),
        "minutes": offer.minutes,
        "people": offer.entry.people,
        "expires_at": local_text(point, offer.expires_at),
        "moves_appointment": offer.entry.appointment_id is not None,
    }


def _wishes(asked: dict[str, Any]) -> Wishes:
    slugs = dict.fromkeys(asked["service_points"])
    chosen = [known("service_points", points.public_point, slug) for slug in slugs]
    return Wishes(
        points=chosen,
        first_date=min(point.today for point in chosen),
        last_date=asked["last_date"],
        weekdays=asked["weekdays"],
        from_time=asked["from_time"],
        until_time=asked["until_time"],
        notice_hours=asked["notice_hours"],
    )


def _joined(request: Request, entry: WaitingListEntry) -> Response:
    place = reverse("api:waiting_entry", [entry.pk], request=request)
    own = access.own_entry(request.user, entry.pk)
    return Response(entry_answer(own), status=201, headers={"Location": place})


class WaitingListView(APIView):
    @describe(
        "list_waiting",
        "Where I wait for a time",
        tag="waiting list",
        answer=EntryList,
    )
    def get(self, request: Request) -> Response:
        return Response(
            {"entries": [entry_answer(row) for row in access.own_entries(request.user)]}
        )

    @describe(
        "join_waiting_list",
        "Wait for a time",
        tag="waiting list",
        answer=EntryAnswer,
        status=201,
        body=JoinBody,
        headers=[idempotency.HEADER],
        refusals=[
            *idempotency.REFUSALS,
            *JOIN_REFUSALS,
            exceptions.NeedDateMissing,
            exceptions.NotInOneVisit,
            exceptions.SamePersonTwice,
            exceptions.PersonHasVisit,
            exceptions.WaitsReached,
        ],
    )
    def post(self, request: Request) -> Response:
        key = idempotency.request_key(request)
        asked = checked(JoinBody, request.data)
        entry = operations.join(
            user=request.user,
            service=known("service", points.public_service, asked["service"]),
            second_service=known_second(asked["second_service"]),
            people=[operations.Person(**person) for person in asked["people"]],
            wishes=_wishes(asked),
            urgency=Urgency(NEEDS[asked["need"]], asked["need_date"]),
            phone=asked["phone"],
            request_id=key,
        )
        return _joined(request, entry)


class WaitForEarlierView(APIView):
    @describe(
        "wait_for_earlier",
        "Wait for an earlier time than an appointment has",
        tag="waiting list",
        answer=EntryAnswer,
        status=201,
        body=EarlierBody,
        headers=[idempotency.HEADER],
        codes=["not_found"],
        refusals=[*idempotency.REFUSALS, *JOIN_REFUSALS, exceptions.AlreadyHandled],
        description="Accepting an offer moves the appointment.",
    )
    def post(self, request: Request, appointment_id: uuid.UUID) -> Response:
        appointment = access.own_appointment(request.user, appointment_id)
        key = idempotency.request_key(request)
        wishes = _wishes(checked(EarlierBody, request.data))
        entry = operations.wait_for_earlier(appointment, wishes=wishes, request_id=key)
        return _joined(request, entry)


class WaitingEntryView(APIView):
    @describe(
        "get_waiting",
        "One of my places in line",
        tag="waiting list",
        answer=EntryAnswer,
        codes=["not_found"],
    )
    def get(self, request: Request, entry_id: uuid.UUID) -> Response:
        return Response(entry_answer(access.own_entry(request.user, entry_id)))


class LeaveView(APIView):
    @describe(
        "leave_waiting_list",
        "Leave the waiting list",
        tag="waiting list",
        answer=EntryAnswer,
        codes=["not_found"],
        description="Leaving twice is harmless.",
    )
    def post(self, request: Request, entry_id: uuid.UUID) -> Response:
        operations.leave(access.own_entry(request.user, entry_id))
        return Response(entry_answer(access.own_entry(request.user, entry_id)))


class OfferView(APIView):
    """Whoever has the code of an offer may see and answer it (T5)."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @describe(
        "get_offer",
        "An offer, for whoever holds its code",
        tag="waiting list",
        answer=OfferAnswer,
        codes=["not_found"],
        public=True,
    )
    def get(self, request: Request, code: str) -> Response:
        return Response(offer_answer(access.offer_by_code(code)))


class AcceptOfferView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @describe(
        "accept_offer",
        "Accept an offer",
        tag="waiting list",
        answer=AppointmentAnswer,
        codes=["not_found"],
        refusals=[
            exceptions.OfferEnded,
            exceptions.PersonHasVisit,
            exceptions.QuotaReached,
            exceptions.AlreadyHandled,
        ],
        public=True,
        description="Accepting twice gives the same appointment. The names are not in the answer.",
    )
    def post(self, request: Request, code: str) -> Response:
        visit = operations.accept(access.offer_by_code(code))
        return Response(appointment_answer(visit) | {"attendees": []})


class DeclineOfferView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @describe(
        "decline_offer",
        "Decline an offer; the place in line stays",
        tag="waiting list",
        answer=OfferAnswer,
        codes=["not_found"],
        public=True,
    )
    def post(self, request: Request, code: str) -> Response:
        operations.decline(access.offer_by_code(code))
        return Response(offer_answer(access.offer_by_code(code)))
