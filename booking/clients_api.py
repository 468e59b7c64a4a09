"""A representative's clients, under /api/v1/."""

import uuid
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import access as accounts
from accounts import operations
from accounts.api_schema import describe
from accounts.models import Mandate
from booking import access
from booking.api import AppointmentList, appointment_answer


class ClientAnswer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.UUIDField(help_text="The mandate: `mandate` of a hold.")
    state = serializers.ChoiceField(Mandate.State.choices)
    name = serializers.CharField()
    email = serializers.CharField()
    valid_until = serializers.DateField(allow_null=True)


class ClientList(serializers.Serializer):  # type: ignore[type-arg]
    clients = ClientAnswer(many=True)


def client_answer(mandate: Mandate) -> dict[str, Any]:
    """Return what a representative knows of a client: what they typed, and the answer."""
    until = mandate.valid_until
    return {
        "id": str(mandate.pk),
        "state": str(mandate.state),
        "name": mandate.client_name,
        "email": mandate.client_email,
        "valid_until": until and until.isoformat(),
    }


class ClientsView(APIView):
    @describe(
        "list_clients",
        "The clients I act for, or have asked",
        tag="clients",
        answer=ClientList,
        description=(
            "Empty for whoever is no verified representative. A client is asked for a mandate on "
            "the page `/clients/`."
        ),
    )
    def get(self, request: Request) -> Response:
        mandates = accounts.clients_of(request.user).open()
        return Response({"clients": [client_answer(row) for row in mandates]})


class ClientView(APIView):
    @describe(
        "get_client",
        "One of my clients",
        tag="clients",
        answer=ClientAnswer,
        codes=["not_found"],
    )
    def get(self, request: Request, mandate_id: uuid.UUID) -> Response:
        return Response(client_answer(accounts.own_client(request.user, mandate_id)))


class EndClientView(APIView):
    @describe(
        "end_client",
        "End a mandate, or withdraw the question",
        tag="clients",
        answer=ClientAnswer,
        codes=["not_found"],
        description="The client's appointments stay booked. Ending twice is harmless.",
    )
    def post(self, request: Request, mandate_id: uuid.UUID) -> Response:
        operations.end_mandate(accounts.own_client(request.user, mandate_id), by=request.user)
        return Response(client_answer(accounts.own_client(request.user, mandate_id)))


class ClientAppointmentsView(APIView):
    @describe(
        "list_client_appointments",
        "What is booked under a mandate, the latest first",
        tag="clients",
        answer=AppointmentList,
        codes=["not_found"],
        description="The latest hundred; none once the mandate has ended.",
    )
    def get(self, request: Request, mandate_id: uuid.UUID) -> Response:
        mandate = accounts.own_client(request.user, mandate_id)
        visits = access.visits_under(mandate)[:100]
        return Response({"appointments": [appointment_answer(row) for row in visits]})
