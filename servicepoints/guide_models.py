"""The guide before booking: questions whose answers end in a visit, or in something better."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from servicepoints.guide_querysets import EndingReachedQuerySet, GuideVersionQuerySet
from servicepoints.languages import in_reader_language


class GuideVersion(models.Model):
    """
    The guide as it is, was, or will be: all its questions, answers and endings.

    Only the draft changes. The database refuses any change of what a published or retired
    version holds, so that its counts stay true (trigger guide_changes_only_as_a_draft).
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")

    number = models.PositiveIntegerField(_("version"), unique=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.DRAFT, editable=False
    )
    # Counts the changes of the draft, so that nobody publishes what they have not seen.
    revision = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    retired_at = models.DateTimeField(_("retired"), null=True, editable=False)

    objects = GuideVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of the guide")
        verbose_name_plural = _("versions of the guide")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="published"), name="one_guide_is_published"
            ),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="draft"), name="one_guide_is_a_draft"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", published_at__isnull=True, retired_at__isnull=True)
                | Q(state="published", published_at__isnull=False, retired_at__isnull=True)
                | Q(state="retired", published_at__isnull=False, retired_at__isnull=False),
                name="guide_has_the_moments_of_its_state",
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class Question(models.Model):
    """One page of the guide. The one that `is_first` begins it."""

    version = models.ForeignKey(GuideVersion, on_delete=models.CASCADE, related_name="questions")
    is_first = models.BooleanField(default=False, editable=False)
    text_fi = models.CharField(_("question in Finnish"), max_length=200, blank=True)
    text_sv = models.CharField(_("question in Swedish"), max_length=200, blank=True)
    text_en = models.CharField(_("question in English"), max_length=200, blank=True)
    help_fi = models.TextField(_("explanation in Finnish"), max_length=600, blank=True)
    help_sv = models.TextField(_("explanation in Swedish"), max_length=600, blank=True)
    help_en = models.TextField(_("explanation in English"), max_length=600, blank=True)

    class Meta:
        verbose_name = _("question of the guide")
        verbose_name_plural = _("questions of the guide")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version"],
                condition=Q(is_first=True),
                name="a_guide_begins_with_one_question",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        return in_reader_language(self, "text")

    @property
    def help(self) -> str:
        return in_reader_language(self, "help")


class Ending(models.Model):
    """
    Where the guide leads: what to do (`kind`), why, and the next steps, one a line.

    To end in a booking, the service has been chosen by an answer on the way.
    """

    class Kind(models.TextChoices):
        BOOK = "book", _("Book a visit")
        URGENT = "urgent", _("Urgent number")
        NO_VISIT = "no_visit", _("No visit needed")
        OTHER_AUTHORITY = "other_authority", _("Another authority")
        PARTNER = "partner", _("Partner office")

    version = models.ForeignKey(GuideVersion, on_delete=models.CASCADE, related_name="endings")
    kind = models.CharField(_("Where does it lead?"), max_length=20, choices=Kind.choices)
    title_fi = models.CharField(_("title in Finnish"), max_length=200, blank=True)
    title_sv = models.CharField(_("title in Swedish"), max_length=200, blank=True)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    why_fi = models.TextField(_("why, in Finnish"), max_length=1000, blank=True)
    why_sv = models.TextField(_("why, in Swedish"), max_length=1000, blank=True)
    why_en = models.TextField(_("why, in English"), max_length=1000, blank=True)
    steps_fi = models.TextField(_("what to do next, in Finnish"), max_length=2000, blank=True)
    steps_sv = models.TextField(_("what to do next, in Swedish"), max_length=2000, blank=True)
    steps_en = models.TextField(_("what to do next, in English"), max_length=2000, blank=True)
    url = models.URLField(_("address of the online service or authority"), blank=True)

    class Meta:
        verbose_name = _("ending of the guide")
        verbose_name_plural = _("endings of the guide")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return in_reader_language(self, "title")

    @property
    def why(self) -> str:
        return in_reader_language(self, "why")

    @property
    def steps(self) -> list[str]:
        """What to do next, one thing an entry, in the reader's language."""
        return [line for line in in_reader_language(self, "steps").splitlines() if line.strip()]


class Choice(models.Model):
    """
    One answer to a question, and what it leads to: another question or an ending.

    In a draft it may lead nowhere yet. With `service` it says what a visit would be for; the
    last one on the way counts.
    """

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="choices")
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    text_fi = models.CharField(_("answer in Finnish"), max_length=200, blank=True)
    text_sv = models.CharField(_("answer in Swedish"), max_length=200, blank=True)
    text_en = models.CharField(_("answer in English"), max_length=200, blank=True)
    hint_fi = models.CharField(_("hint in Finnish"), max_length=300, blank=True)
    hint_sv = models.CharField(_("hint in Swedish"), max_length=300, blank=True)
    hint_en = models.CharField(_("hint in English"), max_length=300, blank=True)
    service = models.ForeignKey(
        "servicepoints.Service",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("service"),
    )
    next_question = models.ForeignKey(
        Question, null=True, blank=True, on_delete=models.SET_NULL, related_name="led_to_by"
    )
    ending = models.ForeignKey(
        Ending, null=True, blank=True, on_delete=models.SET_NULL, related_name="led_to_by"
    )

    class Meta:
        verbose_name = _("answer of the guide")
        verbose_name_plural = _("answers of the guide")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(next_question__isnull=True) | Q(ending__isnull=True),
                name="an_answer_leads_to_one_place",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        return in_reader_language(self, "text")

    @property
    def hint(self) -> str:
        return in_reader_language(self, "hint")


class EndingReached(models.Model):
    """
    Somebody came to an ending of the published guide on the local `date`.

    `id` is that of the run through the guide, so that a page sent twice, or answered
    otherwise, counts once. Nothing here tells who it was.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ending = models.ForeignKey(Ending, on_delete=models.PROTECT, related_name="reached")
    date = models.DateField(_("date"))

    objects = EndingReachedQuerySet.as_manager()

    class Meta:
        verbose_name = _("ending reached")
        verbose_name_plural = _("endings reached")
        indexes = [models.Index(fields=["date", "ending"], name="ending_reached_by_date")]

    def __str__(self) -> str:
        return f"{self.date}: {self.ending}"
