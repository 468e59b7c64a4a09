from django.urls import include, path, register_converter

from queueing import desk_views, device_views, display_views, kiosk_views, number_views


class LanguageConverter:
    """The language of a kiosk's pages."""

    regex = "fi|sv|en"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class StepConverter(LanguageConverter):
    """A step with the ticket at a desk."""

    regex = "|".join(desk_views.STEPS)


register_converter(LanguageConverter, "language")
register_converter(StepConverter, "step")

kiosk = [
    path("", kiosk_views.menu, name="kiosk_menu"),
    path("arrive/", kiosk_views.arrive, name="kiosk_arrive"),
    path("matters/", kiosk_views.matters, name="kiosk_matters"),
    path("matters/<slug:slug>/", kiosk_views.urgent, name="kiosk_urgent"),
    path("not-urgent/", kiosk_views.not_urgent, name="kiosk_not_urgent"),
    path("number/<slug:code>/", kiosk_views.number, name="kiosk_number"),
]

desk = [
    path("", desk_views.desk_at, name="desk_at"),
    path("sit/", desk_views.sit, name="desk_sit"),
    path("leave/", desk_views.leave, name="desk_leave"),
    path("next/", desk_views.call_next, name="desk_next"),
    path("check-in/", desk_views.check_in, name="desk_check_in"),
    path("number/", desk_views.hand_out, name="desk_hand_out"),
    path("<uuid:ticket_id>/back/", desk_views.back, name="desk_back"),
    path("<uuid:ticket_id>/<step:step>/", desk_views.step, name="desk_step"),
]

urlpatterns = [
    path("device/", device_views.enrol, name="enrol_device"),
    path("kiosk/", kiosk_views.start, name="kiosk"),
    path("kiosk/<language:language>/", include(kiosk)),
    path("display/", display_views.display, name="display"),
    path("display/<slug:slug>/", display_views.display_for_staff, name="display_for_staff"),
    path("t/<slug:code>/", number_views.my_number, name="my_number"),
    path("desk/", desk_views.desk, name="desk"),
    path("desk/<slug:slug>/", include(desk)),
    path("", include("queueing.live")),
]
