from django.contrib import admin
from django.urls import include, path

from accounts.views import set_language

handler400 = "config.error_views.bad_request"
handler403 = "config.error_views.permission_denied"
handler404 = "config.error_views.page_not_found"
handler500 = "config.error_views.server_error"

urlpatterns = [
    # First: it is asked most, and each address here is tried in turn.
    path("api/", include("config.api_urls")),
    path("", include("booking.urls")),
    path("", include("servicepoints.urls")),
    path("", include("queueing.urls")),
    path("", include("accounts.mandate_urls")),
    path("-/", include("config.operations_urls")),
    path("admin/", admin.site.urls),
    path("account/", include("accounts.urls")),
    path("desk/", include("booking.staff_urls")),
    path("manage/", include("booking.manage_urls")),
    path("language/", set_language, name="set_language"),
]
