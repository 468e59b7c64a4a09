"""What to bring and do for a visit: by service, situation and who comes."""

import datetime
import re

import pytest
from django.utils import translation

from booking.checklist import checklist
from notifications import senders
from notifications.models import Message
from servicepoints.bring_models import BringItem
from tests.factories import (
    make_appointment,
    make_group,
    make_person,
    make_service,
    make_slot,
    make_slots,
    make_user,
)
from tests.guides import texts

pytestmark = pytest.mark.django_db
GROWN_UP = datetime.date(1990, 5, 17)


def make_item(situation, text, service=None, position=0):
    return BringItem.objects.create(
        situation=situation, service=service, position=position, **texts("text", text)
    )


def make_visit(*birth_dates, **fields):
    people = [make_person(birth_date=date) for date in birth_dates or [GROWN_UP]]
    return make_appointment(make_slot(**fields), people=people)


def groups(visit, language="en"):
    with translation.override(language):
        return {group.title: group.things for group in checklist(visit)}


def test_without_situations_the_list_is_that_of_the_service():
    assert groups(make_visit()) == {"": ["Passport"]}


def test_what_a_situation_asks_for_stands_below_it():
    make_item("paper", "Copies", position=2)
    make_item("paper", "Form", position=1)
    make_item("online", "Come within three months")
    assert groups(make_visit()) == {
        "": ["Passport"],
        "If you have applied online": ["Come within three months (en)"],
        "If you apply on paper": ["Form (en)", "Copies (en)"],
    }


def test_what_another_service_asks_for_is_left_out():
    visit = make_visit()
    make_item("paper", "Own", visit.service)
    make_item("paper", "Foreign", make_service())
    assert groups(visit)["If you apply on paper"] == ["Own (en)"]


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("fi", "Jos haet paperilla"),
        ("sv", "Om du ansöker på papper"),
        ("en", "If you apply on paper"),
    ],
)
def test_the_list_speaks_the_readers_language(language, title):
    make_item("paper", "Form")
    assert groups(make_visit(), language)[title] == [f"Form ({language})"]


@pytest.mark.parametrize(
    ("birth_date", "day_of_the_visit", "is_child"),
    [
        ("2008-12-03", "2026-12-02", True),
        ("2008-12-02", "2026-12-02", False),
        ("2008-12-01", "2026-12-02", False),
        ("2008-02-29", "2026-02-27", True),
        ("2008-02-29", "2026-03-01", False),
    ],
)
def test_what_concerns_children_is_said_to_who_is_under_18_on_the_day_of_the_visit(
    birth_date, day_of_the_visit, is_child
):
    make_item("child", "Guardian")
    visit = make_visit(datetime.date.fromisoformat(birth_date))
    visit.starts_at = datetime.datetime.fromisoformat(f"{day_of_the_visit}T08:00+00:00")
    assert ("If somebody who comes is under 18" in groups(visit)) is is_child


def test_one_child_in_a_family_is_enough():
    make_item("child", "Guardian")
    slot = make_slots(make_group(), 2)[0]
    child = make_person(birth_date=slot.starts_at.date() - datetime.timedelta(days=3000))
    family = make_appointment(slot, people=[make_person(), child])
    assert len(groups(family)) == 2


@pytest.mark.parametrize("page", ["/visits/{}/", "/book/{}/confirmed/"])
def test_the_pages_of_a_visit_list_it_to_be_ticked_off(client, page):
    make_item("paper", "Form")
    user = make_user()
    visit = make_appointment(make_slot(), user=user)
    client.force_login(user)
    shown = client.get(page.format(visit.pk)).content.decode()
    assert shown.count('type="checkbox"') == 2
    assert "If you apply on paper" in shown and "Form (en)</label>" in shown


def mail_of(visit):
    mail = senders.compose(Message.objects.get(key=f"confirmed:{visit.pk}"))
    return mail.body, mail.alternatives[0].content


@pytest.mark.parametrize(
    ("language", "passport", "title"),
    [
        ("fi", "Passi", "Jos haet paperilla"),
        ("sv", "Pass", "Om du ansöker på papper"),
        ("en", "Passport", "If you apply on paper"),
    ],
)
def test_the_mail_lists_it_by_situation_in_both_of_its_forms(language, passport, title):
    make_item("paper", "Form")
    with translation.override(language):
        plain, html = mail_of(make_visit())
    assert f"- {passport}\n\n{title}:\n- Form ({language})\n" in plain
    assert re.search(
        rf"<p[^>]*>{title}:</p>\s*<ul[^>]*><li[^>]*>Form \({language}\)</li></ul>", html
    )


def test_a_mail_that_was_queued_before_there_were_situations_is_still_sent():
    make_item("paper", "Form")
    with translation.override("fi"):
        visit = make_visit()
    message = Message.objects.get()
    del message.context["bring_in_situations"]
    message.save()
    assert "- Passi\n" in mail_of(visit)[0] and "Form" not in mail_of(visit)[0]
