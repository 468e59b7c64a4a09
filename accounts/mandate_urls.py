"""Who may act for whom: pages for representatives-to-be and for clients."""

from django.urls import path

from accounts import mandate_views as views

urlpatterns = [
    path("clients/represent/", views.represent, name="represent"),
    path("mandates/given/<uuid:mandate_id>/end/", views.mandate_end, name="mandate_end"),
    path("mandates/<str:code>/", views.mandate, name="mandate"),
]
