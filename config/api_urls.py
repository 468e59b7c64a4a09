"""Addresses of the API, under /api/."""

from django.urls import include, path

from accounts.api import TokenView
from accounts.challenge_api import ChallengeView
from booking import api as booking
from booking import clients_api as clients
from booking import free_times_api, right_api
from booking import staff_api as staff
from booking import waiting_api as waiting
from config import api
from queueing import api as queueing
from servicepoints import api as servicepoints
from servicepoints.guide_api import GuideView

app_name = "api"

version_1 = [
    path("service-points", servicepoints.ServicePointsView.as_view(), name="service_points"),
    path(
        "service-points/<slug:slug>",
        servicepoints.ServicePointView.as_view(),
        name="service_point",
    ),
    path("guide", GuideView.as_view(), name="guide"),
    path("services", servicepoints.ServicesView.as_view(), name="services"),
    path(
        "services/<slug:slug>/first-free-times",
        free_times_api.FirstFreeTimesView.as_view(),
        name="first_free_times",
    ),
    path(
        "service-points/<slug:slug>/free-times",
        free_times_api.FreeTimesView.as_view(),
        name="free_times",
    ),
    path(
        "service-points/<slug:slug>/free-days",
        free_times_api.FreeDaysView.as_view(),
        name="free_days",
    ),
    path("reserved-times", right_api.ReservedTimesView.as_view(), name="reserved_times"),
    path("appointments", booking.AppointmentsView.as_view(), name="appointments"),
    path(
        "appointments/<uuid:appointment_id>",
        booking.AppointmentView.as_view(),
        name="appointment",
    ),
    path(
        "appointments/<uuid:appointment_id>/confirm",
        booking.ConfirmView.as_view(),
        name="confirm",
    ),
    path("appointments/<uuid:appointment_id>/cancel", booking.CancelView.as_view(), name="cancel"),
    path("appointments/<uuid:appointment_id>/move", booking.MoveView.as_view(), name="move"),
    path(
        "appointments/<uuid:appointment_id>/wait-for-earlier",
        waiting.WaitForEarlierView.as_view(),
        name="wait_for_earlier",
    ),
    path("clients", clients.ClientsView.as_view(), name="clients"),
    path("clients/<uuid:mandate_id>", clients.ClientView.as_view(), name="client"),
    path("clients/<uuid:mandate_id>/end", clients.EndClientView.as_view(), name="client_end"),
    path(
        "clients/<uuid:mandate_id>/appointments",
        clients.ClientAppointmentsView.as_view(),
        name="client_appointments",
    ),
    path("waiting-list", waiting.WaitingListView.as_view(), name="waiting_list"),
    path("waiting-list/<uuid:entry_id>", waiting.WaitingEntryView.as_view(), name="waiting_entry"),
    path("waiting-list/<uuid:entry_id>/leave", waiting.LeaveView.as_view(), name="waiting_leave"),
    path("offers/<str:code>", waiting.OfferView.as_view(), name="offer"),
    path("offers/<str:code>/accept", waiting.AcceptOfferView.as_view(), name="accept_offer"),
    path("offers/<str:code>/decline", waiting.DeclineOfferView.as_view(), name="decline_offer"),
    path(
        "service-points/<slug:slug>/staff-times",
        staff.StaffTimesView.as_view(),
        name="staff_times",
    ),
    path(
        "service-points/<slug:slug>/appointments",
        staff.StaffAppointmentsView.as_view(),
        name="staff_appointments",
    ),
    path(
        "service-points/<slug:slug>/appointments/search",
        staff.StaffSearchView.as_view(),
        name="staff_search",
    ),
    path(
        "service-points/<slug:slug>/appointments/<uuid:appointment_id>",
        staff.StaffAppointmentView.as_view(),
        name="staff_appointment",
    ),
    path(
        "service-points/<slug:slug>/appointments/<uuid:appointment_id>/confirm",
        staff.StaffConfirmView.as_view(),
        name="staff_confirm",
    ),
    path(
        "service-points/<slug:slug>/appointments/<uuid:appointment_id>/move",
        staff.StaffMoveView.as_view(),
        name="staff_move",
    ),
    path(
        "service-points/<slug:slug>/appointments/<uuid:appointment_id>/cancel",
        staff.StaffCancelView.as_view(),
        name="staff_cancel",
    ),
    path("service-points/<slug:slug>/tickets", queueing.TicketsView.as_view(), name="tickets"),
    path("service-points/<slug:slug>/check-ins", queueing.CheckInsView.as_view(), name="check_ins"),
    path("tickets/<slug:code>", queueing.TicketView.as_view(), name="ticket"),
    path("desk", queueing.DeskView.as_view(), name="desk"),
    path("desk/sit-down", queueing.SitDownView.as_view(), name="sit_down"),
    path("desk/stand-up", queueing.StandUpView.as_view(), name="stand_up"),
    path("desk/call-next", queueing.CallNextView.as_view(), name="call_next"),
    path(
        "tickets/<uuid:ticket_id>/call-again", queueing.CallAgainView.as_view(), name="call_again"
    ),
    path("tickets/<uuid:ticket_id>/start", queueing.StartView.as_view(), name="start"),
    path("tickets/<uuid:ticket_id>/finish", queueing.FinishView.as_view(), name="finish"),
    path("tickets/<uuid:ticket_id>/miss", queueing.MissView.as_view(), name="miss"),
    path("tickets/<uuid:ticket_id>/return", queueing.ReturnView.as_view(), name="return_to_line"),
    path("auth/token", TokenView.as_view(), name="token"),
    path("challenge/", ChallengeView.as_view(), name="challenge"),
    path("problems", api.ProblemsView.as_view(), name="problems"),
    path("schema/", api.SchemaView.as_view(), name="schema"),
    path("docs/", api.DocsView.as_view(), name="docs"),
]

urlpatterns = [
    path("v1/", include(version_1)),
    # Last: whatever else is under /api/ is a problem document too, never a page.
    path("", api.no_such_address),
    path("<path:path>", api.no_such_address),
]
