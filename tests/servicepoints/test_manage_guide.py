"""Managers write the guide, try it, publish it, and see what it leads to."""

import datetime
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from servicepoints import guide_operations
from servicepoints.guide_models import Choice, Ending, EndingReached, GuideVersion, Question
from tests.factories import make_point, make_staff, make_user
from tests.guides import make_choice, make_draft, make_guide, publish, texts

pytestmark = pytest.mark.django_db
PAGES = ["guide", "guide_figures", "guide_draft", "guide_preview", "guide_discard"]
ROW_PAGES = {
    "guide_question": "matter",
    "guide_add_choice": "matter",
    "guide_remove_question": "matter",
    "guide_choice": "extend",
    "guide_remove_choice": "extend",
    "guide_ending": "ending",
    "guide_remove_ending": "ending",
}


def url(name, *arguments):
    return reverse(f"manage:{name}", args=arguments)


def text(response):
    return response.content.decode()


def test_texts_that_publishing_asks_for_are_not_called_optional(manager):
    draft = make_draft().version
    page = text(manager.get(url("guide_ending", draft.endings.first().pk)))
    labels = dict(re.findall(r'<label[^>]* for="id_(\w+)">(.*?)</label>', page))
    assert "(optional)" not in labels["title_sv"] + labels["why_en"] + labels["steps_fi"]
    assert "(optional)" in labels["url"]


@pytest.fixture
def manager(client):
    client.force_login(make_staff(make_point(), Role.Kind.MANAGER))
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def draft():
    return make_draft()


def row_of(draft, name):
    return (draft.online.ending if name == "ending" else getattr(draft, name)).pk


def every_page(draft):
    rows = [url(name, row_of(draft, of)) for name, of in ROW_PAGES.items()]
    adding = [url("guide_add_question"), url("guide_add_ending")]
    return [*map(url, PAGES), *adding, *rows]


def every_action(draft):
    return [
        url("guide_start_draft"),
        url("guide_publish", draft.version.number),
        url("guide_begin_with", draft.expires.pk),
    ]


# Who may -------------------------------------------------------------------------


def test_a_manager_of_any_point_opens_every_page(manager, draft):
    assert {manager.get(page).status_code for page in every_page(draft)} == {200}


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_page_speaks_the_readers_language(manager, draft, language):
    manager.cookies["django_language"] = language
    for page in every_page(draft):
        assert f'<html lang="{language}">' in text(manager.get(page))


def test_an_administrator_opens_every_page(client, draft):
    client.force_login(make_user(is_superuser=True))
    assert {client.get(page).status_code for page in every_page(draft)} == {200}


@pytest.mark.parametrize("kind", [Role.Kind.CLERK, Role.Kind.ADVISER])
def test_other_staff_get_a_clear_no(client, draft, kind):
    client.force_login(make_staff(make_point(), kind))
    for page in [*every_page(draft), *every_action(draft)]:
        assert client.post(page).status_code in (403, 405)
    assert {client.get(page).status_code for page in every_page(draft)} == {403}


def test_for_an_applicant_there_is_nothing(client, draft):
    client.force_login(make_user())
    assert {client.get(page).status_code for page in every_page(draft)} == {404}


def test_anonymous_people_sign_in_first(client, draft):
    for page in every_page(draft):
        assert client.get(page).url == f"/account/login/?next={page}"


def test_a_manager_who_was_let_go_is_kept_out(client, draft):
    user = make_staff(make_point(), Role.Kind.MANAGER)
    client.force_login(user)
    user.roles.all().delete()
    assert client.get(url("guide")).status_code == 404


def test_a_get_on_an_action_is_refused(manager, draft):
    assert {manager.get(page).status_code for page in every_action(draft)} == {405}


def test_a_figures_page_takes_no_post(manager):
    assert manager.post(url("guide_figures")).status_code == 405


# Writing -------------------------------------------------------------------------


def test_a_draft_begins_with_what_is_published(manager):
    make_guide()
    page = manager.post(url("guide_start_draft"), follow=True)
    assert "Your matter? (en)" in text(page) and "version 2" in text(page)


def test_without_a_draft_its_pages_are_not_there(manager):
    make_guide()
    assert manager.get(url("guide_draft")).status_code == 404
    assert manager.get(url("guide_add_question")).status_code == 404


def test_a_question_is_added_and_changed(manager, draft):
    manager.post(url("guide_add_question"), texts("text", "New?"))
    question = Question.objects.get(text_sv="New? (sv)")
    manager.post(url("guide_question", question.pk), texts("text", "Newer?"))
    question.refresh_from_db()
    assert question.text_fi == "Newer? (fi)"


def test_a_question_without_any_text_is_refused_at_its_field(manager, draft):
    response = manager.post(url("guide_add_question"), {"text_fi": "  "})
    assert response.status_code == 422
    assert response.context["form"].errors["text_fi"]
    assert "<title>Error:" in text(response)


def test_what_was_typed_is_kept_after_an_error(manager, draft):
    response = manager.post(url("guide_add_ending"), texts("title", "Typed"))
    assert response.status_code == 422 and "Typed (sv)" in text(response)


def test_an_answer_is_added_that_leads_to_an_ending(manager, draft):
    ending = draft.online.ending
    sent = texts("text", "Else") | {"leads_to": f"e{ending.pk}", "position": "9"}
    manager.post(url("guide_add_choice", draft.matter.pk), sent)
    choice = Choice.objects.get(text_fi="Else (fi)")
    assert (choice.question, choice.ending, choice.position) == (draft.matter, ending, 9)


def test_an_answer_is_led_elsewhere(manager, draft):
    service = draft.extend.service
    sent = texts("text", "Else") | {
        "leads_to": f"q{draft.expires.pk}",
        "service": service.pk,
        "position": "1",
    }
    manager.post(url("guide_choice", draft.online.pk), sent)
    draft.online.refresh_from_db()
    assert (draft.online.ending, draft.online.next_question) == (None, draft.expires)
    assert draft.online.service == service


@pytest.mark.parametrize("target", ["q0", "e0", "x", "q", "q9999999999999999999999"])
def test_an_answer_cannot_lead_to_what_is_not_there(manager, draft, target):
    sent = texts("text", "Else") | {"leads_to": target, "position": "1"}
    assert manager.post(url("guide_choice", draft.online.pk), sent).status_code == 422


def test_an_answer_cannot_lead_to_its_own_question_nor_into_another_version(manager):
    guide = make_guide()
    copy = guide_operations.start_draft(None)
    own = copy.questions.get(is_first=True)
    for foreign in (own.pk, guide.expires.pk):
        sent = texts("text", "Else") | {"leads_to": f"q{foreign}", "position": "1"}
        assert manager.post(url("guide_add_choice", own.pk), sent).status_code == 422


def test_an_ending_is_added(manager, draft):
    sent = texts("title", "Visby") | texts("why", "Near") | texts("steps", "Go")
    manager.post(url("guide_add_ending"), sent | {"kind": "partner", "url": "visby.example"})
    ending = Ending.objects.get(title_en="Visby (en)")
    assert (ending.kind, ending.url) == ("partner", "https://visby.example")


@pytest.mark.parametrize("address", ["javascript:alert(1)", "x y", "ftp:"])
def test_an_ending_leads_to_web_addresses_only(manager, draft, address):
    sent = texts("title", "A") | {"kind": "no_visit", "url": address}
    assert manager.post(url("guide_add_ending"), sent).status_code == 422


def test_removing_is_asked_about_first(manager, draft):
    here = url("guide_remove_question", draft.expires.pk)
    assert "Remove “Does it expire? (en)”" in text(manager.get(here))
    assert Question.objects.filter(pk=draft.expires.pk).exists()
    manager.post(here)
    assert not Question.objects.filter(pk=draft.expires.pk).exists()


def test_another_question_is_made_the_first(manager, draft):
    manager.post(url("guide_begin_with", draft.expires.pk))
    draft.expires.refresh_from_db()
    assert draft.expires.is_first


def test_what_is_published_cannot_be_reached_by_the_pages_of_the_draft(manager):
    guide = make_guide()
    guide_operations.start_draft(None)
    for name, of in ROW_PAGES.items():
        assert manager.get(url(name, row_of(guide, of))).status_code == 404


# Trying and publishing -----------------------------------------------------------


def test_the_preview_goes_through_the_draft_and_counts_nothing(manager, draft):
    sent = {"answer": draft.online.pk}
    page = manager.post(url("guide_preview"), sent, follow=True)
    assert "Stay at home (en)" in text(page) and "Preview of the draft" in text(page)
    assert not EndingReached.objects.exists()


def test_the_preview_says_where_an_answer_leads_nowhere(manager, draft):
    choice = make_choice(draft.matter, "Nowhere")
    page = manager.post(url("guide_preview"), {"answer": choice.pk}, follow=True)
    assert "This answer leads nowhere yet" in text(page)


def send_publish(manager, version):
    version.refresh_from_db()
    here = url("guide_publish", version.number)
    return manager.post(here, {"revision": version.revision}, follow=True)


def test_a_draft_is_published(manager, draft):
    assert "The guide is published." in text(send_publish(manager, draft.version))
    assert GuideVersion.objects.get().published_by == manager.get(url("guide")).wsgi_request.user


def test_publishing_twice_says_the_same(manager, draft):
    for _ in range(2):
        assert "The guide is published." in text(send_publish(manager, draft.version))


def test_what_is_missing_is_listed_with_where_to_correct_it(manager, draft):
    choice = make_choice(draft.matter, "Nowhere")
    page = text(manager.get(url("guide_draft")))
    assert "leads nowhere" in page and f'href="{url("guide_choice", choice.pk)}"' in page
    assert url("guide_publish", draft.version.number) not in page


def test_publishing_what_is_incomplete_is_refused_on_the_page(manager, draft):
    make_choice(draft.matter, "Nowhere")
    response = send_publish(manager, draft.version)
    assert response.status_code == 422
    assert "cannot be published yet" in text(response) and "leads nowhere" in text(response)


@pytest.mark.parametrize("seen", ["0", "", "x", "-1"])
def test_publishing_what_was_not_seen_is_refused_on_the_page(manager, draft, seen):
    response = manager.post(url("guide_publish", draft.version.number), {"revision": seen})
    assert response.status_code == 409
    assert "has changed since you saw it" in text(response)
    assert GuideVersion.objects.get().state == "draft"


def test_publishing_what_was_replaced_is_said_on_the_page_of_the_guide(manager):
    old = make_guide().version
    publish(guide_operations.start_draft(None))
    assert "no longer a draft" in text(send_publish(manager, old))


def test_the_draft_is_thrown_away_after_asking(manager, draft):
    assert "Throw the draft away?" in text(manager.get(url("guide_discard")))
    for _ in range(2):
        manager.post(url("guide_discard"))
    assert not GuideVersion.objects.exists()


def test_the_history_shows_every_published_version(manager):
    old = make_guide().version
    publish(guide_operations.start_draft(None))
    page = text(manager.get(url("guide")))
    assert "Version 1" in page and "Version 2" in page and "Replaced" in page
    assert "Your matter? (en)" in text(manager.get(url("guide_version", old.number)))
    assert manager.get(url("guide_version", 99)).status_code == 404


def test_an_old_version_cannot_be_changed_on_its_page(manager):
    guide = make_guide()
    page = text(manager.get(url("guide_version", guide.version.number)))
    assert "Change the question" not in page and "<form" not in page.split("<main")[1]


def test_the_tree_costs_the_same_however_large_it_is(manager, draft, django_assert_num_queries):
    for number in range(10):
        make_choice(draft.matter, f"More {number}", draft.expires, draft.extend.service)
    with django_assert_num_queries(11):
        manager.get(url("guide_draft"))


def test_the_pages_of_a_point_lead_to_the_guide(manager):
    point = make_point()
    Role.objects.create(
        user=manager.get(url("guide")).wsgi_request.user, service_point=point, kind="manager"
    )
    for page in (url("points"), url("week", point.slug)):
        assert f'href="{url("guide")}"' in text(manager.get(page))


# Figures -------------------------------------------------------------------------


@pytest.fixture
def figures(manager):
    guide = make_guide()
    today = timezone.localdate()
    for choice, times in ((guide.online, 3), (guide.asylum, 2), (guide.yes, 1)):
        for number in range(times):
            date = today - datetime.timedelta(days=number)
            EndingReached.objects.create(ending=choice.ending, date=date)
    old = today - datetime.timedelta(days=100)
    EndingReached.objects.create(ending=guide.online.ending, date=old)
    return manager


def test_figures_say_how_many_visits_were_avoided_in_the_last_thirty_days(figures):
    shown = figures.get(url("guide_figures")).context["figures"]
    assert (shown.avoided, shown.elsewhere, shown.total) == (3, 2, 6)
    assert [(row.ending.kind, row.times) for row in shown.endings] == [
        ("no_visit", 3),
        ("other_authority", 2),
        ("urgent", 1),
    ]


def period(first, last):
    return {
        f"{name}_{part}": getattr(date, part)
        for name, date in (("first", first), ("last", last))
        for part in ("day", "month", "year")
    }


def test_figures_are_of_the_period_that_is_asked_for(figures):
    today = timezone.localdate()
    before = today - datetime.timedelta(days=100)
    of_one_day = figures.get(url("guide_figures"), period(before, before)).context["figures"]
    of_all = figures.get(url("guide_figures"), period(before, today)).context["figures"]
    assert (of_one_day.total, of_all.total) == (1, 7)
    assert of_all.months[0].month == before.replace(day=1)
    assert sum(sum(row.times) for row in of_all.months) == 7


def test_figures_of_a_period_without_any_say_so(figures):
    day = datetime.date(2020, 1, 1)
    page = text(figures.get(url("guide_figures"), period(day, day)))
    assert "Nobody came to an ending in this period." in page


@pytest.mark.parametrize(
    "asked",
    [
        {"first_day": "31", "first_month": "2", "first_year": "2026"},
        {"first_day": "x"},
        period(datetime.date(2026, 2, 2), datetime.date(2026, 2, 1)),
    ],
)
def test_a_period_that_cannot_be_is_an_error_at_its_field(figures, asked):
    response = figures.get(url("guide_figures"), asked)
    assert response.status_code == 422 and response.context["form"].errors


def test_figures_cost_the_same_however_many_there_are(figures, django_assert_num_queries):
    with django_assert_num_queries(7):
        figures.get(url("guide_figures"))
