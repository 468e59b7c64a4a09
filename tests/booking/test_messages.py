"""What people are told besides the mail: by text message, and only who can have one."""

import re
from typing import Any

import pytest
from django.conf import settings as project
from django.core import mail
from django.utils import timezone, translation

from booking import messages, operations, waiting_messages
from booking.models import Appointment, Offer
from config import mailbox
from notifications import senders, sms, tasks
from notifications.models import Message
from servicepoints.models import ServicePoint
from tests.factories import (
    free,
    make_appointment,
    make_entry,
    make_group,
    make_point,
    make_slot,
    make_slots,
    next_morning,
)

pytestmark = pytest.mark.django_db

MOBILE, FIXED = "040 123 4567", "09 123 4567"
LANGUAGES = [code for code, _name in project.LANGUAGES]
LONG = "Uudenmaan ja Kanta-Hämeen palvelupiste (Itä-Helsingin kulttuurikeskus, 2. kerros, B-rappu)"


@pytest.fixture(autouse=True)
def gateway(settings: Any, tmp_path: Any) -> None:
    """Text messages are on, and kept as files."""
    settings.SMS_BACKEND = "config.mailbox.send_sms"
    settings.MAILBOX_DIR = tmp_path
    settings.SITE_URL = "https://ajanvaraus.virasto.example"


def confirmed(phone: str = MOBILE, **fields: Any) -> Appointment:
    """A visit whose confirmation is queued once more, with this phone number."""
    visit = make_appointment(make_slot(**fields))
    return told_again(visit, phone=phone)


def told_again(visit: Appointment, **fields: Any) -> Appointment:
    Message.objects.all().delete()
    Appointment.objects.filter(pk=visit.pk).update(**fields)
    visit = Appointment.objects.with_place().get(pk=visit.pk)
    messages.queue_confirmation(visit)
    return visit


def texted() -> list[str]:
    chosen = Message.objects.filter(channel="sms").order_by("pk")
    return list(chosen.values_list("template", flat=True))


def text_of(template: str) -> str:
    return senders.compose_sms(Message.objects.get(channel="sms", template=template))


# Who gets one ------------------------------------------------------------------------


def test_who_left_a_mobile_number_gets_a_text_besides_the_mail():
    confirmed()
    rows = Message.objects.order_by("pk").values_list("channel", "to", "key")
    (mail_row, text_row) = rows
    assert (mail_row[0], text_row[0]) == ("email", "sms")
    assert text_row[1] == "+358401234567"
    assert mail_row[2] == text_row[2]


@pytest.mark.parametrize("phone", ["", FIXED, "12345"])
def test_no_text_goes_to_a_number_that_cannot_have_one(phone):
    confirmed(phone)
    assert Message.objects.get().channel == "email"


def test_no_text_is_queued_where_nothing_sends_it(settings):
    settings.SMS_BACKEND = ""
    confirmed()
    assert Message.objects.get().channel == "email"


def test_who_has_no_email_address_gets_the_text_alone():
    told_again(confirmed(), email="")
    assert Message.objects.get().channel == "sms"


def test_what_the_person_typed_is_kept():
    visit = confirmed("(040) 123-4567")
    assert visit.phone == "(040) 123-4567"
    assert Message.objects.get(channel="sms").to == "+358401234567"


def test_moving_and_cancelling_are_told_by_text():
    one, other = make_slots(make_group(), 2)
    visit = told_again(make_appointment(one), phone=MOBILE)
    moved = operations.move(visit, service_point=visit.service_point, starts_at=other.starts_at)
    operations.cancel(moved)
    assert texted() == ["visit_confirmed", "visit_moved", "visit_cancelled"]


def test_only_the_last_reminder_is_a_text():
    visit = confirmed()
    for days in (7, 1):
        messages.queue_reminder(visit, days)
    assert texted() == ["visit_confirmed", "visit_reminder_1"]


def test_an_offer_and_its_withdrawal_are_told_by_text():
    offer = make_offer()
    waiting_messages.queue_withdrawn(offer)
    assert texted() == ["waiting_offer", "waiting_withdrawn"]


def make_offer() -> Offer:
    slot = make_slot()
    entry = make_entry(slot)
    type(entry).objects.update(phone=MOBILE)
    free(slot)
    operations.offer_freed_times()
    return Offer.objects.with_place().get()


def test_an_offer_that_has_ended_is_not_sent_any_more():
    offer = make_offer()
    sent_by = Message.objects.filter(template="waiting_offer").values_list("not_after", flat=True)
    assert set(sent_by) == {offer.expires_at}


def test_a_withdrawn_offer_that_still_waits_is_not_sent():
    waiting_messages.queue_withdrawn(make_offer())
    offers = Message.objects.filter(template="waiting_offer")
    assert set(offers.values_list("status", flat=True)) == {"dropped"}


# How many ----------------------------------------------------------------------------


def test_one_person_gets_so_many_texts_a_day(settings):
    settings.TEXTS_PER_DAY = 2
    visit = make_appointment(make_slot())
    for _ in range(3):
        messages.queue_confirmation(told_again(visit, phone=MOBILE))
    Message.objects.all().delete()
    told_again(visit, phone="050 123 4567")
    assert texted() == []
    assert Message.objects.get().channel == "email"


def test_one_number_gets_so_many_texts_a_day_whoever_writes_it(settings):
    settings.TEXTS_PER_DAY = 2
    for _ in range(3):
        confirmed()
    assert texted() == []


def test_another_person_and_number_is_not_concerned(settings):
    settings.TEXTS_PER_DAY = 1
    confirmed()
    confirmed("050 123 4567")
    assert texted() == ["visit_confirmed"]


# What it says ------------------------------------------------------------------------


def every_text(visit: Appointment, offer: Offer) -> None:
    """Queue each text message once."""
    messages.queue_confirmation(visit)
    messages.queue_move(visit)
    messages.queue_reminder(visit, 1)
    messages.queue_cancellation(visit)
    Message.objects.filter(template__startswith="waiting").delete()
    waiting_messages.queue_offer(offer)
    waiting_messages.queue_withdrawn(offer)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [LONG, "Lahti", "Kauppakeskus" * 8])
def test_every_text_is_one_message(language, name, settings):
    settings.TEXTS_PER_DAY = 100
    offer = make_offer()
    visit = told_again(make_appointment(make_slot()), phone=MOBILE, language=language)
    ServicePoint.objects.update(name_fi=name, name_sv=name, name_en=name)
    type(offer.entry).objects.update(language=language)
    Message.objects.all().delete()
    visit = Appointment.objects.with_place().get(pk=visit.pk)
    every_text(visit, Offer.objects.with_place().get())
    texts = {m.template: senders.compose_sms(m) for m in Message.objects.filter(channel="sms")}
    assert set(texts) == messages.TEXTED
    # With room for a day, a month and an hour of two figures, whatever today is.
    assert [text for text in texts.values() if sms.parts(text + "000") != 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_has_reference_time_place_and_a_link(language):
    visit = confirmed(starts_at=next_morning(40).replace(hour=7))
    told_again(visit, language=language)
    local = visit.starts_at.astimezone(visit.service_point.zone)
    text = text_of("visit_confirmed")
    assert visit.reference in text
    assert messages.time_text(local) in text and str(local.day) in text
    assert visit.service_point.name in text
    assert f"https://ajanvaraus.virasto.example/v/{visit.reference}/" in text


def test_the_text_of_an_offer_has_the_link_that_answers_it():
    offer = make_offer()
    text = text_of("waiting_offer")
    assert f"https://ajanvaraus.virasto.example/offers/{offer.code}/" in text
    until = offer.expires_at.astimezone(offer.freed.service_point.zone)
    assert messages.time_text(until) in text


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Lahti", "Lahti"),
        ("Helsinki (Malmi)", "Helsinki (Malmi)"),
        ("Helsingin palvelupiste (Malmin talo)", "Helsingin palvelupiste"),
        (LONG, "Uudenmaan ja Kanta-Hämeen"),
        ("Kauppakeskus" * 8, ("Kauppakeskus" * 8)[:30]),
    ],
)
def test_a_long_name_is_cut_after_a_word(name, short):
    assert messages._shortened(name) == short


@pytest.mark.parametrize(
    ("language", "day"), [("fi", "ma 14.12."), ("sv", "mån 14.12."), ("en", "Mon 14 Dec")]
)
def test_the_day_of_a_text_is_short(language, day):
    with translation.override(language):
        assert messages.short_day_text(timezone.datetime(2026, 12, 14).date()) == day


def test_a_text_is_kept_where_the_demonstration_shows_it():
    confirmed()
    tasks.send_due_texts()
    (kept,) = mailbox.newest_first()
    assert kept.is_text_message and kept.to == "+358401234567"
    assert re.search(r"/v/[0-9A-Z]{10}/$", kept.text)


# Every mail --------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_has_a_subject_a_text_and_the_same_in_html(language, settings):
    settings.SURVEY_URL = "https://survey.example/1"
    visit = told_again(make_appointment(make_slot()), language=language, email="a@example.org")
    for queue in (messages.queue_move, messages.queue_cancellation, messages.queue_not_served):
        queue(visit)
    messages.queue_thanks(visit)
    for days in (7, 1):
        messages.queue_reminder(visit, days)
    for message in Message.objects.filter(channel="email"):
        sent = senders.compose(message)
        page = str(sent.alternatives[0][0])
        assert sent.subject and "\n" not in sent.subject
        date = message.context["date"].casefold()
        assert date in sent.body.casefold() and date in page.casefold()
        assert links(sent.body) <= links(page) | {"https://ajanvaraus.virasto.example"}
        assert "{{" not in page + sent.body and "{%" not in page + sent.body


def links(text: str) -> set[str]:
    return {link.rstrip(".") for link in re.findall(r"https://[^\s\"<]+", text)}


# Thanks ------------------------------------------------------------------------------


def served() -> Appointment:
    visit = make_appointment(make_slot())
    operations.mark_arrived(visit)
    operations.mark_started(visit)
    operations.mark_served(visit)
    operations.mark_served(visit)
    return visit


def test_who_was_served_is_thanked_once_and_asked_how_it_went(settings):
    settings.SURVEY_URL = "https://survey.example/1"
    served()
    tasks.send_due()
    (thanks,) = [sent for sent in mail.outbox if "survey.example" in sent.body]
    assert "https://survey.example/1" in str(thanks.alternatives[0][0])


def test_without_a_survey_nobody_is_thanked():
    served()
    assert not Message.objects.filter(template="visit_thanks").exists()


def test_who_was_missed_is_not_thanked(settings):
    settings.SURVEY_URL = "https://survey.example/1"
    operations.mark_missed(make_appointment(make_slot()))
    assert not Message.objects.filter(template="visit_thanks").exists()


def test_a_point_has_a_short_name_of_its_own_language():
    visit = confirmed()
    point = make_point(name_fi="Turku", name_sv="Åbo", name_en="Turku")
    with translation.override("sv"):
        told = messages.time_and_place(visit.starts_at, point)
    assert told["short_point"] == "Åbo"
