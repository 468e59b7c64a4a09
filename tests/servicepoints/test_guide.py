"""The guide as a tree: where answers lead, and what keeps a draft from being published."""

import pytest
from django.utils import translation

from servicepoints import guide_operations
from servicepoints.guide import Tree
from servicepoints.guide_models import Ending, GuideVersion
from servicepoints.models import Offering
from tests.factories import make_service
from tests.guides import (
    loaded,
    make_choice,
    make_draft,
    make_ending,
    make_question,
    publish,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft():
    return make_draft()


def walk(draft, *choices):
    return Tree(loaded(draft.version)).walk([getattr(choice, "pk", choice) for choice in choices])


def problems(draft):
    with translation.override("en"):
        found = guide_operations.problems_of(loaded(draft.version))
    return [problem.text for problem in found]


def test_the_guide_begins_with_its_first_question(draft):
    assert walk(draft).question == draft.matter


def test_answers_lead_from_question_to_question_to_an_ending(draft):
    assert walk(draft, draft.extend).question == draft.expires
    assert walk(draft, draft.extend, draft.yes).ending.kind == Ending.Kind.URGENT
    assert walk(draft, draft.online).ending.kind == Ending.Kind.NO_VISIT


def test_the_service_chosen_on_the_way_comes_along_to_the_ending(draft):
    assert walk(draft, draft.extend, draft.no).service.slug == "study"
    assert walk(draft, draft.online).service is None


def test_the_last_service_on_the_way_counts(draft):
    draft.no.service = make_service("permanent")
    guide_operations.save(draft.version, draft.no)
    assert walk(draft, draft.extend, draft.no).service.slug == "permanent"


def test_an_answer_to_another_question_is_not_followed(draft):
    place = walk(draft, draft.extend, draft.online)
    assert (place.question, place.answers, place.is_whole) == (
        draft.expires,
        [draft.extend.pk],
        False,
    )


@pytest.mark.parametrize("answer", [0, -1, 10**30])
def test_an_answer_that_does_not_exist_is_not_followed(draft, answer):
    place = walk(draft, answer)
    assert (place.question, place.is_whole) == (draft.matter, False)


def test_an_answer_after_an_ending_is_not_followed(draft):
    place = walk(draft, draft.online, draft.yes)
    assert place.ending and not place.is_whole


def test_a_whole_guide_has_no_problem(draft):
    assert problems(draft) == []


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize(
    ("row", "field"), [("matter", "text"), ("extend", "text"), ("asylum", "text")]
)
def test_a_text_that_is_missing_in_a_language_is_a_problem(draft, row, field, language):
    changed = getattr(draft, row)
    setattr(changed, f"{field}_{language}", " ")
    guide_operations.save(draft.version, changed)
    assert len(problems(draft)) == 1 and "a text is missing" in problems(draft)[0]


@pytest.mark.parametrize("field", ["title", "why", "steps"])
def test_an_ending_says_what_why_and_what_next_in_each_language(draft, field):
    ending = draft.online.ending
    setattr(ending, f"{field}_sv", "")
    guide_operations.save(draft.version, ending)
    assert len(problems(draft)) == 1 and "in Swedish" in problems(draft)[0]


def test_an_explanation_in_one_language_wants_the_others(draft):
    draft.matter.help_en = "Choose what fits best."
    guide_operations.save(draft.version, draft.matter)
    assert len(problems(draft)) == 2


def test_a_question_with_one_answer_is_a_problem(draft):
    guide_operations.remove(draft.version, draft.yes)
    assert any("needs two answers" in text for text in problems(draft))


def test_an_answer_that_leads_nowhere_is_a_problem(draft):
    make_choice(draft.matter, "Something else")
    assert problems(draft) == [
        "“Your matter? (en)”: the answer “Something else (en)” leads nowhere."
    ]


def test_an_answer_that_leads_out_of_its_version_leads_nowhere(draft):
    publish(draft.version)
    guide_operations.start_draft(None)
    tree = Tree(GuideVersion.objects.drafts().with_tree().get())
    assert tree.target(draft.extend) is None


@pytest.mark.parametrize("target", ["matter", "expires"])
def test_an_answer_that_leads_back_is_a_problem(draft, target):
    make_choice(draft.expires, "Maybe", getattr(draft, target))
    assert [text for text in problems(draft) if "in a circle" in text] == problems(draft)
    assert problems(draft)


def test_two_ways_to_one_question_are_no_circle(draft):
    make_choice(draft.matter, "Another way", draft.expires, draft.extend.service)
    assert problems(draft) == []


def test_a_question_to_which_nothing_leads_is_a_problem(draft):
    alone = make_question(draft.version, "Alone?")
    for text in ("A", "B"):
        make_choice(alone, text, draft.yes.ending)
    assert problems(draft) == ["“Alone? (en)”: no answer leads here from the first question."]


def test_an_ending_to_which_nothing_leads_is_a_problem(draft):
    make_ending(draft.version, Ending.Kind.PARTNER, "Visby")
    assert problems(draft) == ["“Visby (en)”: no answer leads here from the first question."]


def test_a_way_to_a_booking_without_a_service_is_a_problem(draft):
    make_choice(draft.matter, "No idea", draft.expires)
    assert problems(draft) == [
        "“Does it expire? (en)”: the answer “No (en)” leads to a booking, and no answer on the "
        "way has chosen the service."
    ]


def test_a_service_that_nobody_can_book_is_a_problem(draft):
    Offering.objects.filter(service__slug="study").update(bookable=False)
    assert len(problems(draft)) == 1 and "cannot be booked" in problems(draft)[0]


def test_a_guide_without_questions_has_no_beginning():
    empty = guide_operations.start_draft(None)
    assert len(guide_operations.problems_of(loaded(empty))) == 1


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_guide_speaks_the_readers_language(draft, language):
    with translation.override(language):
        assert str(walk(draft).question) == f"Your matter? ({language})"
        assert walk(draft, draft.online).ending.steps == [f"Do this ({language})"]
