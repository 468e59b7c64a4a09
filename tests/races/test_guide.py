"""Managers who write, publish and throw away the guide at one moment, and people counted twice."""

import uuid
from functools import partial

import pytest
from django.db import IntegrityError, connection

from servicepoints import guide_operations
from servicepoints.exceptions import NoLongerADraft
from servicepoints.guide_models import Choice, EndingReached, GuideVersion
from tests.guides import Guide, loaded, make_draft, make_guide
from tests.races.racing import interleave, kinds, race

pytestmark = pytest.mark.django_db(transaction=True)
PUBLISHING = '"published_at" ='


def publish(draft: GuideVersion) -> None:
    draft.refresh_from_db()
    guide_operations.publish(draft, revision=draft.revision, by=None)


def dead_end(guide: Guide) -> Choice:
    return Choice(question=guide.matter, text_fi="A", text_sv="B", text_en="C")


def save_unasked(guide: Guide) -> None:
    """Save without asking whether it is still a draft, as nothing here does."""
    dead_end(guide).save()


def test_many_that_begin_a_draft_at_one_moment_get_the_same():
    make_guide()
    drafts = race([partial(guide_operations.start_draft, None)] * 10)
    assert {draft.pk for draft in drafts} == {GuideVersion.objects.drafts().get().pk}


def test_many_that_publish_a_draft_at_one_moment_publish_it_once():
    make_guide()
    draft = guide_operations.start_draft(None)
    assert race([partial(publish, GuideVersion(pk=draft.pk)) for _ in range(8)]) == [None] * 8
    assert sorted(GuideVersion.objects.values_list("state", flat=True)) == ["published", "retired"]


def test_a_change_during_publishing_is_refused():
    guide = make_draft()
    save = partial(guide_operations.save, guide.version, dead_end(guide))
    _none, change = interleave(partial(publish, guide.version), before=PUBLISHING, others=[save])
    assert isinstance(change, NoLongerADraft)
    assert not guide_operations.problems_of(loaded(guide.version))


def test_the_database_refuses_a_change_during_publishing_by_itself():
    guide = make_draft()
    _none, change = interleave(
        partial(publish, guide.version),
        before=PUBLISHING,
        others=[partial(save_unasked, guide)],
        expect=(IntegrityError,),
    )
    assert "never changes" in str(change)
    assert not guide_operations.problems_of(loaded(guide.version))


@pytest.fixture
def without_trigger():
    def switch(how: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"ALTER TABLE servicepoints_choice {how} TRIGGER choice_changes_only_in_a_draft"
            )

    switch("DISABLE")
    yield
    switch("ENABLE")


def test_without_the_trigger_it_would_publish_what_nobody_has_checked(without_trigger):
    guide = make_draft()
    interleave(
        partial(publish, guide.version),
        before=PUBLISHING,
        others=[partial(save_unasked, guide)],
        expect=(IntegrityError,),
    )
    assert loaded(guide.version).state == "published"
    assert guide_operations.problems_of(loaded(guide.version))


def test_throwing_away_during_publishing_leaves_the_published_guide():
    guide = make_draft()
    outcomes = interleave(
        partial(publish, guide.version),
        before=PUBLISHING,
        others=[partial(guide_operations.discard, guide.version)],
    )
    assert kinds(outcomes) == {"NoLongerADraft": 1, "NoneType": 1}
    assert GuideVersion.objects.get().state == "published"


def test_a_run_that_is_sent_often_at_one_moment_counts_once():
    guide, run = make_guide(), uuid.uuid4()
    race([partial(guide_operations.count_ending, run, guide.online.ending)] * 20)
    assert EndingReached.objects.count() == 1


def test_without_the_id_of_the_run_it_would_count_every_time():
    guide = make_guide()
    race([lambda: guide_operations.count_ending(uuid.uuid4(), guide.online.ending)] * 20)
    assert EndingReached.objects.count() == 20
