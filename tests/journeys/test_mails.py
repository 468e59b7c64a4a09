"""Mails as a mail program shows them: readable on a small phone, and for everybody."""

import pytest
from django.conf import settings as project

from booking import messages
from booking.models import Appointment
from notifications import senders
from notifications.models import Message
from tests.factories import make_appointment, make_group, make_person, make_slots
from tests.journeys.axe import assert_fits_in_width, assert_no_axe_violations

LONG_NAME = "Ana María de los Ángeles Fernández-Castañeda y Gutiérrez de la Concha Vázquez"


@pytest.fixture
def mails(transactional_db, settings):
    """Every mail about a visit of three people, in the language that is asked for."""
    settings.SURVEY_URL = "https://survey.example/1"
    people = [make_person(name) for name in (LONG_NAME, "王小明", "محمد عبد الله")]
    visit = make_appointment(make_slots(make_group(), 3)[0], people=people)

    def every(language):
        Appointment.objects.update(language=language)
        Message.objects.all().delete()
        told = Appointment.objects.with_place().get(pk=visit.pk)
        messages.queue_confirmation(told)
        messages.queue_move(told)
        messages.queue_cancellation(told)
        messages.queue_not_served(told)
        messages.queue_thanks(told)
        for days in (7, 1):
            messages.queue_reminder(told, days)
        return [senders.compose(message) for message in Message.objects.order_by("pk")]

    return every


@pytest.mark.parametrize("language", [code for code, _name in project.LANGUAGES])
def test_a_mail_is_accessible_and_fits_on_a_small_phone(page, mails, language):
    page.set_viewport_size({"width": 320, "height": 700})
    for mail in mails(language):
        page.set_content(str(mail.alternatives[0][0]))
        assert_no_axe_violations(page)
        assert_fits_in_width(page)
