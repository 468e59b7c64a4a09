"""Pages for applicants and for everybody."""

from django.urls import path

from booking import (
    choose_views,
    client_views,
    hold_views,
    invited_views,
    views,
    visit_views,
    waiting_views,
)

urlpatterns = [
    path("", views.start, name="start"),
    path("urgent/", views.urgent, name="urgent"),
    path("points/<slug:slug>/", views.point, name="point"),
    path("book/", choose_views.service_step, name="book"),
    path("book/for/", client_views.for_whom, name="book_for"),
    path("book/people/", choose_views.people_step, name="book_people"),
    path("book/point/", choose_views.point_step, name="book_point"),
    path("book/point/near/", choose_views.near, name="book_near"),
    path("book/time/", choose_views.time_step, name="book_time"),
    path("book/hold/", hold_views.hold, name="book_hold"),
    path("book/invitation/", invited_views.code, name="book_invitation"),
    path("book/invited/", invited_views.invited, name="book_invited"),
    path("book/invited/times/", invited_views.invited_times, name="book_invited_times"),
    path("book/<uuid:appointment_id>/details/", hold_views.details, name="book_details"),
    path("book/<uuid:appointment_id>/check/", hold_views.check, name="book_check"),
    path("book/<uuid:appointment_id>/confirmed/", hold_views.confirmed, name="book_confirmed"),
    path("clients/", client_views.clients, name="clients"),
    path("clients/ask/", client_views.client_ask, name="client_ask"),
    path("clients/<uuid:mandate_id>/", client_views.client, name="client"),
    path("clients/<uuid:mandate_id>/end/", client_views.client_end, name="client_end"),
    path("visits/", visit_views.visits, name="visits"),
    path("visits/<uuid:appointment_id>/", visit_views.visit, name="visit"),
    # The address in a text message, which has no room for a longer one.
    path("v/<str:reference>/", visit_views.visit_by_reference, name="visit_short"),
    path("visits/<uuid:appointment_id>/visit.ics", visit_views.calendar_file, name="visit_ics"),
    path("visits/<uuid:appointment_id>/cancel/", visit_views.cancel, name="visit_cancel"),
    path("visits/<uuid:appointment_id>/move/", visit_views.move, name="visit_move"),
    path("visits/<uuid:appointment_id>/move/time/", visit_views.move_time, name="visit_move_time"),
    path(
        "visits/<uuid:appointment_id>/move/check/", visit_views.move_check, name="visit_move_check"
    ),
    path("visits/<uuid:appointment_id>/earlier/", waiting_views.earlier, name="visit_earlier"),
    path("waiting/", waiting_views.wishes, name="waiting_wishes"),
    path("waiting/people/", waiting_views.people, name="waiting_people"),
    path("waiting/<uuid:entry_id>/", waiting_views.entry, name="waiting_entry"),
    path("waiting/<uuid:entry_id>/leave/", waiting_views.leave, name="waiting_leave"),
    path("offers/<str:code>/", waiting_views.offer, name="offer"),
]
