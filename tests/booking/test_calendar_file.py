"""A visit in a calendar, read by two libraries; and that its time is the same everywhere (P6)."""

import datetime
import email
import email.policy
import html

import icalendar
import ics
import pytest

from accounts.models import User
from booking import calendar, messages, operations
from booking.models import Appointment
from notifications import senders
from notifications.models import Message
from queueing import operations as queueing
from tests.factories import (
    make_appointment,
    make_group,
    make_point,
    make_service,
    make_slot,
    make_slots,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db

HELSINKI, STOCKHOLM = "Europe/Helsinki", "Europe/Stockholm"
# Ahead of the database's clock, which sells no past times.
CLOCK_CHANGES = [
    ("2031-03-29T07:00Z", HELSINKI, "Saturday 29 March 2031", "9.00"),
    ("2031-03-30T00:50Z", HELSINKI, "Sunday 30 March 2031", "2.50"),
    ("2031-03-30T01:00Z", HELSINKI, "Sunday 30 March 2031", "4.00"),
    ("2031-03-30T06:00Z", HELSINKI, "Sunday 30 March 2031", "9.00"),
    ("2031-03-30T07:00Z", STOCKHOLM, "Sunday 30 March 2031", "9.00"),
    ("2031-10-25T06:00Z", HELSINKI, "Saturday 25 October 2031", "9.00"),
    ("2031-10-26T00:30Z", HELSINKI, "Sunday 26 October 2031", "3.30"),
    ("2031-10-26T01:30Z", HELSINKI, "Sunday 26 October 2031", "3.30"),
    ("2031-10-26T07:00Z", HELSINKI, "Sunday 26 October 2031", "9.00"),
    ("2031-10-26T08:00Z", STOCKHOLM, "Sunday 26 October 2031", "9.00"),
    ("2031-10-26T22:30Z", HELSINKI, "Monday 27 October 2031", "0.30"),
]


@pytest.fixture
def slots():
    """Half an hour's visit at a point with an address, with room to move."""
    service = make_service(
        "study",
        minutes=30,
        name_fi="Oleskelulupa: opiskelu",
        name_en="Residence permit: study; täti, \\ & co",
        bring_en="Passport\nA photo, or its code",
    )
    point = make_point("lahti", name_en="Lahti", street_address="Kirkkokatu 12 D, 2nd floor")
    return make_slots(make_group(point, services=[service]), 9)


def in_english(visit: Appointment) -> Appointment:
    Appointment.objects.filter(pk=visit.pk).update(language="en")
    return Appointment.objects.with_place().get(pk=visit.pk)


def move(visit, slot):
    return operations.move(visit, service_point=visit.service_point, starts_at=slot.starts_at)


def event_of(file: str) -> icalendar.Event:
    (event,) = icalendar.Calendar.from_ical(file).walk("VEVENT")
    return event


def other_event_of(file: str) -> ics.Event:
    (event,) = ics.Calendar(file).events
    return event


def extra_of(file: str, name: str) -> str:
    return next(line.value for line in other_event_of(file).extra if line.name == name)


def mail_of(template: str) -> email.message.EmailMessage:
    """The newest mail of `template` as it travels, parsed again."""
    message = Message.objects.filter(template=template).latest("pk")
    sent = senders.compose(message)
    return email.message_from_bytes(sent.message().as_bytes(), policy=email.policy.default)


def file_of(template: str) -> str:
    (attachment,) = mail_of(template).iter_attachments()
    return attachment.get_content().decode()


# What the file says -----------------------------------------------------------------


def test_two_readers_find_the_same_visit_in_the_file(slots):
    visit = in_english(make_appointment(slots[0]))
    file = calendar.published(visit)
    one, other = event_of(file), other_event_of(file)
    ends_at = visit.starts_at + datetime.timedelta(minutes=30)
    assert (one["DTSTART"].dt, one["DTEND"].dt) == (visit.starts_at, ends_at)
    assert (other.begin.datetime, other.end.datetime) == (visit.starts_at, ends_at)
    assert one["SUMMARY"] == other.name == "Visit: Residence permit: study; täti, \\ & co"
    assert one["LOCATION"] == other.location == "Lahti, Kirkkokatu 12 D, 2nd floor, 00100 Helsinki"
    assert one["UID"] == other.uid


def test_the_description_has_reference_address_and_what_to_bring(slots):
    visit = in_english(make_appointment(slots[0]))
    file = calendar.published(visit)
    for text in (event_of(file)["DESCRIPTION"], other_event_of(file).description):
        assert f"Reference: {visit.reference}\n" in text
        assert "- Passport\n- A photo, or its code\n" in text
        assert text.endswith(f"/visits/{visit.pk}/")


@pytest.mark.parametrize(
    ("language", "summary"),
    [("fi", "Käynti: Oleskelulupa"), ("sv", "Besök: "), ("en", "Visit: Residence permit: study")],
)
def test_the_file_is_in_the_language_of_the_person(slots, language, summary):
    visit = make_appointment(slots[0])
    Appointment.objects.filter(pk=visit.pk).update(language=language)
    file = calendar.published(Appointment.objects.get())
    assert str(event_of(file)["SUMMARY"]).startswith(summary)


def test_lines_are_as_the_standard_wants_them(slots):
    file = calendar.published(make_appointment(slots[0])).encode()
    assert file.startswith(b"BEGIN:VCALENDAR\r\n") and file.endswith(b"END:VCALENDAR\r\n")
    lines = file.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not any(b"\n" in line or b"\r" in line for line in lines)


def test_times_are_instants_that_no_calendar_can_shift(slots):
    file = calendar.published(make_appointment(slots[0]))
    starts = [line for line in file.splitlines() if line.startswith(("DTSTART", "DTEND"))]
    assert all(line.endswith("Z") and "TZID" not in line for line in starts)


def test_the_downloaded_file_asks_for_no_answer(client, slots):
    user = make_user()
    client.force_login(user)
    visit = make_appointment(slots[0], user=user)
    file = client.get(f"/visits/{visit.pk}/visit.ics").content.decode()
    assert ics.Calendar(file).method == "PUBLISH"
    assert "ATTENDEE" not in file and "RRULE" not in file


def test_the_calendar_reminds_of_the_visit_a_day_before(slots):
    visit = make_appointment(slots[0])
    for file in (calendar.published(visit), file_of("visit_confirmed")):
        (alarm,) = event_of(file).walk("VALARM")
        (other,) = other_event_of(file).alarms
        assert (alarm["ACTION"], other.action) == ("DISPLAY", "DISPLAY")
        assert alarm["TRIGGER"].dt == other.trigger == datetime.timedelta(days=-1)


def test_a_cancelled_visit_reminds_of_nothing(slots):
    operations.cancel(make_appointment(slots[0]))
    assert "VALARM" not in file_of("visit_cancelled")


# The life of a visit in a calendar ----------------------------------------------------


def test_a_confirmation_puts_the_visit_into_the_calendar(slots):
    visit = make_appointment(slots[0])
    file = file_of("visit_confirmed")
    event = event_of(file)
    assert ics.Calendar(file).method == "REQUEST"
    assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", 0)
    assert str(event["ATTENDEE"]) == f"mailto:{visit.email}"
    assert event["ATTENDEE"].params["RSVP"] == "FALSE"


def test_a_move_replaces_the_old_time_under_the_same_name(slots):
    visit = make_appointment(slots[0])
    before = file_of("visit_confirmed")
    move(visit, slots[3])
    after = file_of("visit_moved")
    assert event_of(after)["UID"] == event_of(before)["UID"] == other_event_of(before).uid
    assert other_event_of(after).begin.datetime == slots[3].starts_at
    assert event_of(after)["SEQUENCE"] == 1


def test_a_cancellation_takes_the_visit_out_of_the_calendar(slots):
    visit = make_appointment(slots[0])
    operations.cancel(visit)
    file = file_of("visit_cancelled")
    assert ics.Calendar(file).method == "CANCEL"
    assert event_of(file)["STATUS"] == "CANCELLED"
    assert other_event_of(file).uid == other_event_of(file_of("visit_confirmed")).uid


def test_every_change_has_a_higher_number_than_the_one_before(slots):
    visit = make_appointment(slots[0])
    files = [file_of("visit_confirmed")]
    for slot in (slots[3], slots[6]):
        visit = move(visit, slot)
        files += [file_of("visit_moved"), calendar.published(visit)]
    operations.cancel(visit)
    files.append(file_of("visit_cancelled"))
    assert [int(extra_of(file, "SEQUENCE")) for file in files] == [0, 1, 1, 2, 2, 3]


def test_two_visits_have_two_names(slots):
    one, other = (make_appointment(slot) for slot in (slots[0], slots[3]))
    assert event_of(calendar.published(one))["UID"] != event_of(calendar.published(other))["UID"]


@pytest.mark.parametrize(
    ("template", "method"),
    [("visit_confirmed", "REQUEST"), ("visit_moved", "REQUEST"), ("visit_cancelled", "CANCEL")],
)
def test_a_mail_program_recognises_the_file(slots, template, method):
    operations.cancel(move(make_appointment(slots[0]), slots[3]))
    mail = mail_of(template)
    (attachment,) = mail.iter_attachments()
    *_texts, invitation = mail.get_payload(0).iter_parts()
    content_type = invitation["Content-Type"]
    assert content_type.content_type == "text/calendar"
    assert (content_type.params["method"], content_type.params["charset"]) == (method, "utf-8")
    assert event_of(invitation.get_content())["UID"] == event_of(file_of(template))["UID"]
    assert attachment.get_filename() == "visit.ics"


# One time everywhere (P6) -------------------------------------------------------------


def visit_at(instant: str, zone: str, time_machine, client) -> Appointment:
    """A visit at an instant, booked a week before by somebody who is now signed in."""
    starts_at = datetime.datetime.fromisoformat(instant)
    time_machine.move_to(starts_at - datetime.timedelta(days=7), tick=False)
    user = User.objects.create_user("amina@example.org")
    client.force_login(user)
    slot = make_slot(make_group(make_point("here", time_zone=zone)), starts_at=starts_at)
    return in_english(make_appointment(slot, user=user))


@pytest.mark.parametrize(("instant", "zone", "date", "time"), CLOCK_CHANGES)
def test_a_time_is_the_same_on_every_page(client, time_machine, instant, zone, date, time):
    visit = visit_at(instant, zone, time_machine, client)
    pages = [f"/visits/{visit.pk}/", "/visits/", f"/book/{visit.pk}/confirmed/"]
    pages += [f"/visits/{visit.pk}/cancel/", f"/visits/{visit.pk}/move/"]
    for page in pages:
        assert f"{date}, {time}" in client.get(page).content.decode()


@pytest.mark.parametrize(("instant", "zone", "date", "time"), CLOCK_CHANGES)
def test_a_time_is_the_same_in_the_mail_and_in_the_file(
    client, time_machine, instant, zone, date, time
):
    visit = visit_at(instant, zone, time_machine, client)
    Message.objects.all().delete()
    messages.queue_confirmation(visit)
    mail = mail_of("visit_confirmed")
    texts = [mail["Subject"], *(mail.get_body([kind]).get_content() for kind in ("plain", "html"))]
    assert all(f"{date}, {time}" in html.unescape(text) for text in texts)
    begins = other_event_of(file_of("visit_confirmed")).begin.datetime
    assert event_of(file_of("visit_confirmed"))["DTSTART"].dt == begins == visit.starts_at


@pytest.mark.parametrize(("instant", "zone", "date", "time"), CLOCK_CHANGES)
def test_a_time_is_the_same_at_the_desk(client, time_machine, instant, zone, date, time):
    visit = visit_at(instant, zone, time_machine, client)
    time_machine.move_to(visit.starts_at - datetime.timedelta(minutes=10), tick=False)
    queueing.check_in(visit.service_point, visit.reference)
    clerk = make_staff(visit.service_point)
    queueing.sit_down(clerk, visit.desk_group.desks.get())
    client.force_login(clerk)
    assert f"Appointment at {time}<" in client.get("/desk/here/").content.decode()


@pytest.mark.parametrize(("instant", "zone", "date", "time"), CLOCK_CHANGES)
def test_a_time_is_the_same_for_programs(client, time_machine, instant, zone, date, time):
    visit = visit_at(instant, zone, time_machine, client)
    answer = client.get(f"/api/v1/appointments/{visit.pk}").json()["starts_at"]
    told = datetime.datetime.fromisoformat(answer)
    assert told == visit.starts_at
    assert f"{told.hour}.{told:%M}" == time
