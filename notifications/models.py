"""The outbox: every message to a person is a row here before it is anything else."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notifications.querysets import MessageQuerySet


class Message(models.Model):
    """
    One message to one person by one channel, sent at least once, queued once per `key` (I7).

    `to` is an e-mail address, or a phone number in E.164 (+358401234567). It is wiped with
    `context` and `attachments` as soon as the message has been sent or will not be, so that
    nothing personal outlives its purpose; the row itself is forgotten after MESSAGES_KEPT
    (assurance.md, Privacy). After `not_after` it would no longer be true, and is not sent.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        SMS = "sms", _("Text message")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Given up")
        DROPPED = "dropped", _("No longer true")

    key = models.CharField(max_length=200)
    channel = models.CharField(
        _("channel"),
        max_length=5,
        choices=Channel.choices,
        default=Channel.EMAIL,
        db_default=Channel.EMAIL,
    )
    template = models.CharField(_("template"), max_length=60)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES)
    to = models.CharField(max_length=254)
    context = models.JSONField(default=dict)
    attachments = models.JSONField(default=list)
    status = models.CharField(
        _("status"), max_length=7, choices=Status.choices, default=Status.QUEUED
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"), default=timezone.now)
    not_after = models.DateTimeField(_("not after"), null=True)
    created_at = models.DateTimeField(_("made at"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    error = models.CharField(_("kind of error"), max_length=200, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["key", "channel"], name="a_message_is_queued_once_per_channel"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="messages_to_send",
                condition=models.Q(status="queued"),
            ),
            models.Index(
                fields=["created_at"],
                name="messages_to_forget",
                condition=~models.Q(status="queued"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.pk}"
