"""What stands under `/-/mailbox/`, on a laptop only."""

from django.urls import path

from config import mailbox_views

urlpatterns = [
    path("", mailbox_views.mailbox_list, name="mailbox"),
    path("<slug:name>/", mailbox_views.mailbox_message, name="mailbox_message"),
    path("<slug:name>/html/", mailbox_views.mailbox_html, name="mailbox_html"),
    path(
        "<slug:name>/<int:position>/",
        mailbox_views.mailbox_attachment,
        name="mailbox_attachment",
    ),
]
