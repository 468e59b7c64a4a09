"""Messages in the admin: whether they go out. To whom and what they say is not shown."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from notifications.admin_pages import ReadOnlyPages
from notifications.models import Message


@admin.register(Message)
class MessageAdmin(ReadOnlyPages):
    intro = _(
        "What the service has written or will write to people, and whether it went out. "
        "Addresses and contents are not shown."
    )
    list_display = [
        "template",
        "channel",
        "language",
        "status",
        "attempts",
        "created_at",
        "sent_at",
        "error",
    ]
    list_filter = ["status", "channel", "template", "language"]
    ordering = ["-created_at", "-pk"]
    fields = [
        "template",
        "channel",
        "language",
        "status",
        "attempts",
        "error",
        "created_at",
        "next_attempt_at",
        "not_after",
        "sent_at",
    ]
