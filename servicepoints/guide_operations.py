"""Every write of the guide: its draft, publishing it, and counting what it led to."""

import uuid
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from servicepoints import guide
from servicepoints.exceptions import DraftHasChanged, GuideIncomplete, NoLongerADraft
from servicepoints.guide_models import Choice, Ending, EndingReached, GuideVersion, Question
from servicepoints.models import Service

# What of a row is no part of its contents.
PLACE = ("position", "is_first")
Row = TypeVar("Row", Question, Ending, Choice)
DRAFT, PUBLISHED, RETIRED = (
    GuideVersion.State.DRAFT,
    GuideVersion.State.PUBLISHED,
    GuideVersion.State.RETIRED,
)


def start_draft(by: User | None) -> GuideVersion:
    """
    Return the draft; where there is none, begin one as a copy of the published version.

    Two people who begin one at the same moment get the same.
    """
    draft = GuideVersion.objects.drafts().first()
    if draft:
        return draft
    try:
        with transaction.atomic():
            return _new_draft(by)
    except IntegrityError:
        return GuideVersion.objects.drafts().get()


def _new_draft(by: User | None) -> GuideVersion:
    last = GuideVersion.objects.aggregate(last=Max("number"))["last"] or 0
    draft = GuideVersion.objects.create(number=last + 1, created_by=by)
    published = GuideVersion.objects.published().with_tree().first()
    if published:
        _copy(published, draft)
    return draft


def _copy(source: GuideVersion, draft: GuideVersion) -> None:
    """Copy questions, answers and endings; each answer leads to the copy of what it led to."""
    choices = [choice for row in source.questions.all() for choice in row.choices.all()]
    questions = {row.pk: _copied(row, version=draft) for row in source.questions.all()}
    endings = {row.pk: _copied(row, version=draft) for row in source.endings.all()}
    for choice in choices:
        _copied(
            choice,
            question=questions[choice.question_id],
            next_question=questions.get(choice.next_question_id or 0),
            ending=endings.get(choice.ending_id or 0),
        )


def _copied(row: Row, **changes: object) -> Row:
    """Save a copy of `row` with `changes`, and return it."""
    made = type(row)()
    for field in row._meta.concrete_fields:
        if not field.primary_key:
            setattr(made, field.attname, getattr(row, field.attname))
    for name, value in changes.items():
        setattr(made, name, value)
    made.save()
    return made


def save(draft: GuideVersion, row: Question | Choice | Ending) -> None:
    """
    Save a new or changed row of the draft; the first question of a draft begins it.

    The same new row sent twice is added once. Raise NoLongerADraft if the draft has been
    published or thrown away meanwhile.
    """
    with transaction.atomic():
        _change(draft)
        if row.pk is None and _is_there(row):
            return
        if isinstance(row, Question) and not draft.questions.exists():
            row.is_first = True
        row.save()


def _is_there(row: Question | Choice | Ending) -> bool:
    """Whether a row with the same contents belongs to the same question or draft already."""
    contents = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key and field.name not in PLACE
    }
    return type(row)._default_manager.filter(**contents).exists()


def remove(draft: GuideVersion, row: Question | Choice | Ending) -> None:
    """
    Remove a row of the draft; answers that led to it lead nowhere until they are changed.

    A question takes its answers with it. Raise NoLongerADraft as above.
    """
    with transaction.atomic():
        _change(draft)
        row.delete()


def begin_with(draft: GuideVersion, question: Question) -> None:
    """Make `question` the first one of the draft. Raise NoLongerADraft as above."""
    with transaction.atomic():
        _change(draft)
        draft.questions.filter(is_first=True).update(is_first=False)
        draft.questions.filter(pk=question.pk).update(is_first=True)


def discard(draft: GuideVersion) -> None:
    """Throw the draft away. Doing it twice is harmless; raise NoLongerADraft if it is published."""
    with transaction.atomic():
        locked = GuideVersion.objects.locked().filter(pk=draft.pk).first()
        if locked is None:
            return
        _change(locked)
        locked.delete()


def publish(draft: GuideVersion, *, revision: int, by: User | None) -> None:
    """
    Make the draft the guide that people use, and retire the one until now.

    `revision` is that of the draft which the person has seen. Publishing twice is harmless.
    Raise NoLongerADraft if it was thrown away or replaced, DraftHasChanged if somebody has
    changed it since, or GuideIncomplete.
    """
    with transaction.atomic():
        locked = GuideVersion.objects.locked().with_tree().filter(pk=draft.pk).first()
        if locked and locked.state == PUBLISHED:
            return
        if locked is None or locked.state != DRAFT:
            raise NoLongerADraft
        if locked.revision != revision:
            raise DraftHasChanged
        if problems_of(locked):
            raise GuideIncomplete
        GuideVersion.objects.published().update(state=RETIRED, retired_at=Now())
        GuideVersion.objects.filter(pk=locked.pk, state=DRAFT).update(
            state=PUBLISHED, published_at=Now(), published_by=by
        )


def problems_of(draft: GuideVersion) -> list[guide.Problem]:
    """Return what keeps a draft, loaded `with_tree()`, from being published today."""
    bookable = Service.objects.bookable_on(timezone.localdate())
    return guide.problems(guide.Tree(draft), frozenset(bookable.values_list("pk", flat=True)))


def count_ending(run: uuid.UUID, ending: Ending) -> None:
    """
    Count that somebody came to `ending` today in a run through the guide.

    The same run counts no second time: of several endings, the last one counts.
    """
    reached = EndingReached(pk=run, ending=ending, date=timezone.localdate())
    EndingReached.objects.bulk_create(
        [reached], update_conflicts=True, unique_fields=["id"], update_fields=["ending"]
    )


def _change(draft: GuideVersion) -> None:
    """Lock the draft for this transaction and count one more change of it."""
    changed = GuideVersion.objects.filter(pk=draft.pk, state=DRAFT).update(
        revision=F("revision") + 1
    )
    if not changed:
        raise NoLongerADraft
