"""Drafts, publishing and counting: what changes the guide, and what never does."""

import uuid

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from servicepoints import guide_operations
from servicepoints.exceptions import DraftHasChanged, GuideIncomplete, NoLongerADraft
from servicepoints.guide import Tree
from servicepoints.guide_models import Choice, Ending, EndingReached, GuideVersion, Question
from tests.factories import make_user
from tests.guides import loaded, make_choice, make_draft, make_guide, make_question, publish

pytestmark = pytest.mark.django_db


def states():
    return list(GuideVersion.objects.order_by("number").values_list("state", flat=True))


# Drafts ------------------------------------------------------------------------


def test_the_first_draft_is_empty_and_its_first_question_begins_it():
    draft = guide_operations.start_draft(make_user())
    first, second = make_question(draft, "First?"), make_question(draft, "Second?")
    assert (draft.number, first.is_first, second.is_first) == (1, True, False)


def test_a_draft_is_a_copy_of_what_is_published():
    guide = make_guide()
    copy = Tree(loaded(guide_operations.start_draft(None)))
    original = Tree(loaded(guide.version))
    assert [row.text for row in copy.in_order()] == [row.text for row in original.in_order()]
    assert copy.version.number == guide.version.number + 1
    assert not copy.questions.keys() & original.questions.keys()


def test_the_answers_of_a_copy_lead_to_the_copy():
    make_guide()
    tree = Tree(loaded(guide_operations.start_draft(None)))
    targets = [tree.target(row) for question in tree.in_order() for row in tree.choices(question)]
    assert len(targets) == 5 and None not in targets


def test_there_is_one_draft_whoever_begins_it():
    assert guide_operations.start_draft(None) == guide_operations.start_draft(make_user())
    assert states() == ["draft"]


def test_a_new_row_sent_twice_is_added_once():
    draft = make_draft()
    for _ in range(2):
        make_choice(draft.matter, "Sent twice", draft.expires)
        make_question(draft.version, "Sent twice?")
    assert Choice.objects.filter(text_en="Sent twice (en)").count() == 1
    assert Question.objects.filter(text_en="Sent twice? (en)").count() == 1


def test_another_question_can_begin_the_guide():
    draft = make_draft()
    guide_operations.begin_with(draft.version, draft.expires)
    assert Tree(loaded(draft.version)).first == draft.expires


def test_answers_to_a_question_that_was_removed_lead_nowhere():
    draft = make_draft()
    guide_operations.remove(draft.version, draft.expires)
    draft.extend.refresh_from_db()
    assert draft.extend.next_question is None
    assert not Choice.objects.filter(pk=draft.yes.pk).exists()


def test_a_draft_is_thrown_away_with_all_it_holds():
    draft = make_draft()
    guide_operations.discard(draft.version)
    guide_operations.discard(draft.version)
    assert not GuideVersion.objects.exists() and not Question.objects.exists()


def test_throwing_the_draft_away_leaves_the_published_guide():
    guide = make_guide()
    guide_operations.discard(guide_operations.start_draft(None))
    assert states() == ["published"] and guide.version.questions.count() == 2


def test_a_published_guide_is_not_thrown_away():
    with pytest.raises(NoLongerADraft):
        guide_operations.discard(make_guide().version)


# Publishing ----------------------------------------------------------------------


def test_publishing_says_when_and_by_whom():
    draft, editor = make_draft().version, make_user()
    draft.refresh_from_db()
    guide_operations.publish(draft, revision=draft.revision, by=editor)
    draft.refresh_from_db()
    assert (draft.state, draft.published_by) == ("published", editor)
    assert draft.published_at


def test_publishing_replaces_the_guide_until_now():
    make_guide()
    publish(guide_operations.start_draft(None))
    assert states() == ["retired", "published"]


def test_publishing_twice_is_harmless():
    guide = make_guide()
    guide_operations.publish(guide.version, revision=guide.version.revision, by=None)
    assert states() == ["published"]


def test_an_incomplete_draft_is_not_published():
    draft = make_draft()
    make_choice(draft.matter, "Nowhere")
    with pytest.raises(GuideIncomplete):
        publish(draft.version)
    assert states() == ["draft"]


def test_an_incomplete_draft_leaves_the_published_guide_in_force():
    make_guide()
    draft = guide_operations.start_draft(None)
    make_question(draft, "Alone?")
    with pytest.raises(GuideIncomplete):
        publish(draft)
    assert states() == ["published", "draft"]


def test_a_draft_that_was_changed_since_it_was_seen_is_not_published():
    draft = make_draft()
    draft.version.refresh_from_db()
    seen = draft.version.revision
    make_choice(draft.matter, "Meanwhile", draft.expires, draft.extend.service)
    with pytest.raises(DraftHasChanged):
        guide_operations.publish(draft.version, revision=seen, by=None)


def test_a_draft_that_was_thrown_away_is_not_published():
    draft = make_draft()
    guide_operations.discard(draft.version)
    with pytest.raises(NoLongerADraft):
        guide_operations.publish(draft.version, revision=0, by=None)


# What was published never changes ---------------------------------------------------


def test_a_published_guide_is_not_changed_by_any_operation():
    guide = make_guide()
    for change in (
        lambda: guide_operations.save(guide.version, guide.matter),
        lambda: guide_operations.remove(guide.version, guide.extend),
        lambda: guide_operations.begin_with(guide.version, guide.expires),
    ):
        with pytest.raises(NoLongerADraft):
            change()


CHANGES = [
    lambda guide: Question.objects.filter(pk=guide.matter.pk).update(text_fi="x"),
    lambda guide: Choice.objects.filter(pk=guide.yes.pk).update(ending=guide.no.ending),
    lambda guide: Ending.objects.filter(pk=guide.yes.ending_id).update(kind="book"),
    lambda guide: Question.objects.create(version_id=guide.version.pk),
    lambda guide: Choice.objects.create(question=guide.matter),
    lambda guide: Ending.objects.create(version_id=guide.version.pk, kind="book"),
    lambda guide: guide.yes.delete(),
    lambda guide: guide.version.delete(),
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_to_change_what_was_published(change):
    guide = make_guide()
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        change(guide)


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_to_change_what_was_replaced(change):
    guide = make_guide()
    publish(guide_operations.start_draft(None))
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        change(guide)


@pytest.mark.parametrize("change", CHANGES)
def test_the_same_changes_of_a_draft_are_allowed(change):
    change(make_draft())


def test_a_row_cannot_be_moved_from_the_draft_into_what_was_published():
    guide = make_guide()
    draft = guide_operations.start_draft(None)
    moved = Question.objects.filter(version=draft)
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        moved.update(version=guide.version)


@pytest.mark.parametrize(
    ("state", "constraint"),
    [("published", "one_guide_is_published"), ("draft", "one_guide_is_a_draft")],
)
def test_the_database_allows_one_published_guide_and_one_draft(state, constraint):
    make_guide()
    guide_operations.start_draft(None)
    moment = timezone.now() if state == "published" else None
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        GuideVersion.objects.create(number=9, state=state, published_at=moment)


def test_a_published_guide_has_a_moment_of_publishing():
    with (
        pytest.raises(IntegrityError, match="guide_has_the_moments_of_its_state"),
        transaction.atomic(),
    ):
        GuideVersion.objects.create(number=1, state="published")


def test_an_answer_leads_to_one_place():
    draft = make_draft()
    draft.extend.ending = draft.yes.ending
    with (
        pytest.raises(IntegrityError, match="an_answer_leads_to_one_place"),
        transaction.atomic(),
    ):
        draft.extend.save()


def test_a_service_that_a_guide_names_is_not_removed():
    guide = make_guide()
    guide.extend.service.offerings.all().delete()
    with pytest.raises(ProtectedError):
        guide.extend.service.delete()


# Counting ------------------------------------------------------------------------


def test_an_ending_is_counted_once_in_a_run():
    guide, run = make_guide(), uuid.uuid4()
    for _ in range(3):
        guide_operations.count_ending(run, guide.online.ending)
    reached = EndingReached.objects.get()
    assert (reached.ending, reached.date) == (guide.online.ending, timezone.localdate())


def test_two_runs_count_twice():
    guide = make_guide()
    for _ in range(2):
        guide_operations.count_ending(uuid.uuid4(), guide.online.ending)
    assert EndingReached.objects.count() == 2


def test_of_several_endings_of_a_run_the_last_one_counts():
    guide, run = make_guide(), uuid.uuid4()
    for choice in (guide.yes, guide.no):
        guide_operations.count_ending(run, choice.ending)
    assert EndingReached.objects.get().ending == guide.no.ending


def test_what_is_counted_names_nobody():
    assert {field.name for field in EndingReached._meta.get_fields()} == {"id", "ending", "date"}
