"""Under /manage/representatives/, in the namespace `manage`."""

from django.urls import path

from accounts import representative_manage_views as views

urlpatterns = [
    path("", views.representatives, name="representatives"),
    path("<uuid:representative_id>/", views.representative, name="representative"),
    path("<uuid:representative_id>/verify/", views.verify, name="verify_representative"),
    path("<uuid:representative_id>/end/", views.end, name="end_representative"),
    path("<uuid:representative_id>/mandate/", views.record_mandate, name="record_mandate"),
    path(
        "<uuid:representative_id>/mandates/<uuid:mandate_id>/end/",
        views.end_mandate,
        name="end_mandate",
    ),
]
