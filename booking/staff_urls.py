"""Pages of staff about visits, under /desk/."""

from django.urls import include, path

from booking import staff_booking_views as booking
from booking import staff_views as views

visit = [
    path("", views.visit, name="desk_visit"),
    path("paper/", views.paper, name="desk_visit_paper"),
    path("move/", booking.move, name="desk_visit_move"),
    path("cancel/", views.cancel, name="desk_visit_cancel"),
]

urlpatterns = [
    path("<slug:slug>/visits/", views.find, name="desk_visits"),
    path("<slug:slug>/visits/<uuid:appointment_id>/", include(visit)),
    path("<slug:slug>/book/", booking.book, name="desk_book"),
    path("<slug:slug>/book/time/", booking.book_time, name="desk_book_time"),
    path("<slug:slug>/book/<uuid:appointment_id>/", booking.book_details, name="desk_book_details"),
]
