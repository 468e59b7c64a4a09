from django.urls import include, path

from booking import abuse_manage_views as abuse_views
from booking import manage_views as views
from booking import right_manage_views as right_views
from servicepoints import manage_views as point_views

app_name = "manage"

urlpatterns = [
    path("", views.points, name="points"),
    path("guide/", include("servicepoints.guide_manage_urls")),
    path("representatives/", include("accounts.representative_manage_urls")),
    path("abuse/", abuse_views.signs_everywhere, name="abuse_everywhere"),
    path("abuse/visits/", abuse_views.visits_everywhere, name="abuse_visits_everywhere"),
    path("<slug:slug>/abuse/", abuse_views.signs, name="abuse"),
    path("<slug:slug>/abuse/visits/", abuse_views.visits, name="abuse_visits"),
    path("<slug:slug>/", views.week, name="week"),
    path("<slug:slug>/extra/", views.extra_day, name="extra"),
    path("<slug:slug>/releases/", views.releases, name="releases"),
    path("<slug:slug>/releases/<uuid:release_id>/", views.release, name="release"),
    path("<slug:slug>/rights/", right_views.rights, name="rights"),
    path("<slug:slug>/rights/new/", right_views.new_right, name="right_new"),
    path("<slug:slug>/rights/<int:right_id>/", right_views.right, name="right"),
    path("<slug:slug>/rights/<int:right_id>/codes/", right_views.codes, name="right_codes"),
    path("<slug:slug>/rights/<int:right_id>/invite/", right_views.invite, name="right_invite"),
    path("<slug:slug>/close/", views.close, name="close"),
    path("<slug:slug>/reopen/", views.reopen, name="reopen"),
    path("<slug:slug>/devices/", point_views.devices, name="devices"),
    path(
        "<slug:slug>/devices/<uuid:device_id>/revoke/",
        point_views.revoke_device,
        name="revoke_device",
    ),
]
