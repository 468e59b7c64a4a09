"""`/guide/`: one question a page, answers in the address, endings counted once."""

import datetime
import re
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from servicepoints import guide_operations
from servicepoints.guide_models import Choice, Ending, EndingReached
from servicepoints.models import Offering, ServicePoint
from tests.factories import make_group, make_opening, make_point
from tests.guides import (
    loaded,
    make_choice,
    make_draft,
    make_ending,
    make_guide,
    publish,
)

pytestmark = pytest.mark.django_db
RUN = "6f0f9d2e-0d2a-4c55-9a52-0d4b6f0f9d2e"
LOOKED_AT = ["{}", "{}?a={extend}", "{}?a={online}", "{}?a={extend}&a={yes}"]


@pytest.fixture(autouse=True)
def english(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


@pytest.fixture
def guide():
    return make_guide()


def address(*answers, run=RUN):
    query = [("run", run), *(("a", getattr(answer, "pk", answer)) for answer in answers)]
    return f"/guide/?{urlencode(query)}"


def page(client, *answers, run=RUN):
    return client.get(address(*answers, run=run))


def text(response):
    return response.content.decode()


def answer(client, choice, *before, run=RUN, follow=False):
    return client.post(address(*before, run=run), {"answer": choice.pk}, follow=follow)


def run_of(response):
    return re.search(r'action="/guide/\?run=([0-9a-f-]{36})', text(response))[1]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_first_question_is_asked_in_the_readers_language(client, guide, language):
    shown = client.get("/guide/", headers={"Accept-Language": language})
    assert f"Your matter? ({language})</h1>" in text(shown).replace("\n", "")
    assert f"Online ({language})" in text(shown)


def test_an_answer_leads_to_the_next_question_with_the_answer_in_the_address(client, guide):
    response = answer(client, guide.extend)
    assert (response.status_code, response.url) == (302, f"/guide/?run={RUN}&a={guide.extend.pk}")
    assert "Does it expire?" in text(client.get(response.url))


def test_the_way_back_shows_what_was_answered(client, guide):
    back = f"/guide/?run={RUN}&was={guide.extend.pk}"
    assert f'href="{escape(back)}"' in text(page(client, guide.extend))
    assert re.search(rf'value="{guide.extend.pk}"[^>]* checked', text(client.get(back)))


def test_the_first_question_leads_back_to_the_start_page(client, guide):
    assert 'class="back-link"><a class="hds-link hds-link--disable-visited-styles" href="/"' in (
        text(page(client))
    )


def test_the_last_answer_leads_to_an_ending_that_says_what_why_and_what_next(client, guide):
    shown = text(answer(client, guide.online, follow=True))
    for said in ("No visit needed", "Stay at home (en)", "Why Stay at home (en)", "Do this (en)"):
        assert said in shown


def test_an_ending_lists_the_answers_each_with_a_way_to_change_it(client, guide):
    shown = text(page(client, guide.extend, guide.yes))
    assert "Does it expire? (en)" in shown and "More time (en)" in shown
    for change in (f"was={guide.extend.pk}", f"a={guide.extend.pk}&amp;was={guide.yes.pk}"):
        assert f'href="/guide/?run={RUN}&amp;{change}"' in shown


def test_to_book_goes_on_at_the_people_question_with_the_service_chosen(client, guide):
    shown = text(page(client, guide.extend, guide.no))
    assert 'href="/book/people/?service=study"' in shown
    assert client.get("/book/people/?service=study").status_code == 200


def test_an_urgent_ending_says_where_and_when(client, guide):
    make_opening(make_group(make_point(name_en="Vaasa")), timezone.localdate().weekday())
    shown = text(page(client, guide.extend, guide.yes))
    assert "Vaasa" in shown and "8.00–16.00" in shown and 'href="/urgent/"' in shown


def test_an_urgent_ending_offers_to_book_where_no_numbers_are_given(client, guide):
    Offering.objects.update(walk_in=False)
    assert "Book a time instead." in text(page(client, guide.extend, guide.yes))


@pytest.fixture
def partner(guide):
    draft = guide_operations.start_draft(None)
    ending = make_ending(draft, Ending.Kind.PARTNER, "Go next door")
    first = Choice.objects.get(question__version=draft, text_en="More time (en)")
    first.next_question, first.ending = None, ending
    guide_operations.save(draft, first)
    for row in draft.questions.filter(is_first=False):
        guide_operations.remove(draft, row)
    for row in draft.endings.filter(kind__in=["book", "urgent"]):
        guide_operations.remove(draft, row)
    publish(draft)
    return first


def make_partner(name, **fields):
    operator = ServicePoint.Operator.PARTNER
    return make_point(name_en=name, operator=operator, operator_name="State service", **fields)


def test_a_partner_ending_lists_the_offices_that_offer_the_service(client, partner):
    make_group(make_partner("Visby"), services=[partner.service])
    make_partner("Borås")
    shown = text(page(client, partner))
    assert "Visby" in shown and "Borås" not in shown


def test_a_partner_office_that_has_ended_is_not_listed(client, partner):
    make_group(
        make_partner("Visby", valid_until=datetime.date(2021, 1, 31)), services=[partner.service]
    )
    assert "There are no partner offices" in text(page(client, partner))


def test_an_ending_leads_to_the_authority(client, guide):
    draft = guide_operations.start_draft(None)
    police = draft.endings.get(kind=Ending.Kind.OTHER_AUTHORITY)
    police.url = "https://police.example"
    guide_operations.save(draft, police)
    publish(draft)
    asylum = Choice.objects.get(question__version=draft, text_en="Asylum (en)")
    assert 'href="https://police.example"' in text(page(client, asylum))


# What is wrong -------------------------------------------------------------------


def test_no_answer_is_an_error_on_the_same_page(client, guide):
    response = client.post(address(guide.extend))
    assert response.status_code == 422
    assert "Choose one of the answers." in text(response)
    assert "<title>Error:" in text(response) and "Does it expire?" in text(response)


@pytest.mark.parametrize("wrong", ["0", "x", "-1", "9" * 30, "\x00", "١"])
def test_a_wrong_answer_is_an_error_at_its_question(client, guide, wrong):
    assert client.post("/guide/", {"answer": wrong}).status_code == 422
    shown = page(client, guide.extend, wrong)
    assert shown.status_code == 422
    assert "Choose one of these answers." in text(shown) and "Does it expire?" in text(shown)


def test_an_answer_of_a_draft_is_none(client, guide):
    draft = guide_operations.start_draft(None)
    choice = Choice.objects.filter(question__version=draft).first()
    assert page(client, choice).status_code == 422
    assert answer(client, choice).status_code == 422


@pytest.mark.parametrize("method", [page, answer])
def test_answers_to_a_guide_that_was_replaced_are_asked_for_again(client, guide, method):
    publish(guide_operations.start_draft(None))
    response = method(client, guide.extend)
    assert response.status_code == 410 and "Answer again" in text(response)


def test_without_a_published_guide_the_page_leads_to_booking(client):
    make_draft()
    assert 'href="/book/"' in text(client.get("/guide/"))
    assert client.post("/guide/", {"answer": "1"}).status_code == 200


def test_an_answer_needs_the_token_of_the_page(guide):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/guide/", {"answer": guide.online.pk}).status_code == 403
    assert not EndingReached.objects.exists()


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_not_there(client, guide, method):
    assert getattr(client, method)("/guide/").status_code == 405


# Counting ------------------------------------------------------------------------


def test_coming_to_an_ending_counts(client, guide):
    answer(client, guide.online)
    assert EndingReached.objects.get().ending == guide.online.ending


def test_coming_to_the_next_question_counts_nothing(client, guide):
    answer(client, guide.extend)
    assert not EndingReached.objects.exists()


def test_a_page_that_is_sent_twice_counts_once(client, guide):
    for _ in range(2):
        answer(client, guide.no, guide.extend)
    assert EndingReached.objects.count() == 1


def test_going_back_and_answering_otherwise_counts_the_last_ending(client, guide):
    answer(client, guide.online)
    answer(client, guide.no, guide.extend)
    assert EndingReached.objects.get().ending == guide.no.ending


def test_two_people_count_twice(client, guide):
    for _ in range(2):
        run = run_of(client.get("/guide/"))
        answer(client, guide.no, guide.extend, run=run)
    assert EndingReached.objects.count() == 2


def test_a_run_keeps_its_id_from_page_to_page_and_through_an_error(client, guide):
    assert run_of(page(client, guide.extend)) == RUN
    assert run_of(client.post(address(guide.extend))) == RUN


@pytest.mark.parametrize("run", ["", "x", "0" * 40, "\x00", "ä"])
def test_an_id_that_was_spoilt_does_not_lose_the_answer(client, guide, run):
    assert answer(client, guide.online, run=run).status_code == 302
    assert EndingReached.objects.count() == 1


@pytest.mark.parametrize("looked_at", LOOKED_AT)
def test_looking_at_a_page_writes_nothing(client, guide, looked_at):
    ids = {name: getattr(guide, name).pk for name in ("extend", "online", "yes")}
    for _ in range(2):
        with connection.execute_wrapper(refuse_writes):
            assert client.get(looked_at.format("/guide/", **ids)).status_code == 200
    assert not EndingReached.objects.exists()


def refuse_writes(execute, sql, params, many, context):
    assert not re.match(r"\s*(INSERT|UPDATE|DELETE)", sql), sql
    return execute(sql, params, many, context)


def test_a_write_would_be_noticed(client, guide):
    with connection.execute_wrapper(refuse_writes), pytest.raises(AssertionError, match="INSERT"):
        answer(client, guide.online)


# Around it -----------------------------------------------------------------------


def test_a_question_is_asked_in_few_queries(client, guide, django_assert_num_queries):
    for number in range(5):
        assert loaded(guide.version)
        make_opening(make_group(), number)
    with django_assert_num_queries(5):
        page(client, guide.extend)


def test_the_start_page_and_the_first_step_of_booking_lead_to_the_guide(client):
    for before in ("/", "/book/"):
        assert 'href="/guide/"' in text(client.get(before))


def test_text_in_the_guide_is_no_markup(client):
    draft = make_draft()
    draft.matter.text_en = "<script>alert(1)</script>"
    guide_operations.save(draft.version, draft.matter)
    make_choice(draft.matter, "<b>", draft.yes.ending)
    publish(draft.version)
    assert "<script>alert(1)" not in text(page(client)) and "<b>" not in text(page(client))
