"""The days on which the clocks change, with all clocks set there: wall time stays (I12, P6)."""

import datetime
import email
import email.policy
import html
import itertools
import zoneinfo

import icalendar
import pytest
from django.db import connection

from booking import operations
from booking.answers import value_of
from booking.models import Appointment, Slot
from notifications import senders
from notifications.models import Message
from servicepoints import plan
from servicepoints.models import DateOverride, DeskGroup
from tests.factories import make_group, make_point, make_service, make_user

pytestmark = pytest.mark.django_db

HELSINKI = zoneinfo.ZoneInfo("Europe/Helsinki")
SPRING = datetime.date(2027, 3, 28)  # 3.00 becomes 4.00
AUTUMN = datetime.date(2027, 10, 31)  # 4.00 becomes 3.00
# The day, the instant of 8.00 there, and how people write it.
EIGHT = [
    (SPRING, "2027-03-28T05:00Z", "Sunday 28 March 2027, 8.00"),
    (AUTUMN, "2027-10-31T06:00Z", "Sunday 31 October 2027, 8.00"),
]
DAY, QUARTER = datetime.timedelta(days=1), datetime.timedelta(minutes=15)

# What comes first in the search path hides the function of the same name behind it.
_SET_CLOCK = """
    CREATE SCHEMA IF NOT EXISTS clock;
    CREATE OR REPLACE FUNCTION clock.statement_timestamp() RETURNS timestamptz
        LANGUAGE sql STABLE AS $$ SELECT timestamptz '{moment}' $$;
    SET LOCAL search_path = clock, pg_catalog, public;
"""


@pytest.fixture
def set_clocks(time_machine):
    """Set the clocks of the program and of the database to a wall time in Helsinki."""

    def set_to(date: datetime.date, hour: int, minute: int = 0) -> None:
        moment = wall(date, hour, minute)
        time_machine.move_to(moment, tick=False)
        with connection.cursor() as cursor:
            cursor.execute(_SET_CLOCK.format(moment=moment.isoformat()))

    return set_to


def wall(date: datetime.date, hour: int, minute: int = 0) -> datetime.datetime:
    return plan.to_utc(date, datetime.time(hour, minute), HELSINKI)


def hours_on(date: datetime.date, opens: int, closes: int) -> DeskGroup:
    """A group that is open on that day only, holiday or not; its times are made and released."""
    service = make_service("study", name_en="Residence permit: study", minutes=15)
    group = make_group(make_point("lahti", name_en="Lahti"), services=[service], grid_minutes=15)
    DateOverride.objects.create(
        desk_group=group,
        date=date,
        kind=DateOverride.Kind.CHANGED,
        opens_at=datetime.time(opens),
        closes_at=datetime.time(closes),
        desks=1,
        public_desks=1,
    )
    operations.open_horizon()
    operations.release_due()
    return group


def shown(moments: list[datetime.datetime]) -> list[str]:
    """What a clock on the wall shows at these moments."""
    return [f"{moment.astimezone(HELSINKI):%H:%M}" for moment in moments]


def all_times() -> list[datetime.datetime]:
    return list(Slot.objects.order_by("starts_at").values_list("starts_at", flat=True))


TYPED = {
    "p1-name": "Amina Said",
    "p1-birth_date_day": "17",
    "p1-birth_date_month": "5",
    "p1-birth_date_year": "1990",
    "contact-phone": "",
}


def book_by_the_pages(client, starts_at: datetime.datetime) -> str:
    """Book a time as a person does; return the page that confirms it."""
    client.force_login(make_user("amina@example.org"))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    chosen = {"service": "study", "people": "1", "point": "lahti", "time": value_of(starts_at)}
    details = client.post("/book/hold/", chosen).url
    client.post(details, TYPED)
    page = client.post(details.replace("details", "check"), follow=True)
    return html.unescape(page.content.decode())


def mail_of(template: str) -> email.message.EmailMessage:
    sent = senders.compose(Message.objects.get(template=template))
    return email.message_from_bytes(sent.message().as_bytes(), policy=email.policy.default)


def text_of(mail: email.message.EmailMessage) -> str:
    body = mail.get_body(["plain"])
    assert body is not None
    return str(body.get_content())


def begins(mail: email.message.EmailMessage) -> datetime.datetime:
    (file,) = mail.iter_attachments()
    (event,) = icalendar.Calendar.from_ical(file.get_content().decode()).walk("VEVENT")
    moment: datetime.datetime = event["DTSTART"].dt
    return moment


@pytest.mark.parametrize(("date", "instant", "written"), EIGHT)
def test_times_open_at_their_wall_time(set_clocks, date, instant, written):
    set_clocks(date - 28 * DAY, 12)
    hours_on(date, 8, 10)
    quarters = ["00", "15", "30", "45"]
    assert shown(all_times()) == [f"{hour}:{past}" for hour in ("08", "09") for past in quarters]
    assert all_times()[0] == datetime.datetime.fromisoformat(instant)


@pytest.mark.parametrize(("date", "hours"), [(SPRING, 2), (AUTUMN, 4)])
def test_a_night_has_the_hours_that_it_has(set_clocks, date, hours):
    set_clocks(date - 28 * DAY, 12)
    hours_on(date, 2, 5)
    times = all_times()
    assert len(times) == 4 * hours
    assert all(later - earlier == QUARTER for earlier, later in itertools.pairwise(times))


@pytest.mark.parametrize(("date", "instant", "written"), EIGHT)
def test_a_visit_is_confirmed_for_its_wall_time_everywhere(
    client, set_clocks, date, instant, written
):
    set_clocks(date - 28 * DAY, 12)
    hours_on(date, 8, 10)
    page = book_by_the_pages(client, datetime.datetime.fromisoformat(instant))
    mail = mail_of("visit_confirmed")
    assert written in page and written in text_of(mail)
    assert begins(mail) == datetime.datetime.fromisoformat(instant)
    assert Appointment.objects.get().starts_at == datetime.datetime.fromisoformat(instant)


@pytest.mark.parametrize(("date", "instant", "written"), EIGHT)
@pytest.mark.parametrize("days", [7, 1])
def test_a_reminder_goes_out_at_nine_on_the_wall_and_says_the_wall_time(
    client, set_clocks, date, instant, written, days
):
    set_clocks(date - 28 * DAY, 12)
    hours_on(date, 8, 10)
    book_by_the_pages(client, datetime.datetime.fromisoformat(instant))
    set_clocks(date - days * DAY, 8, 59)
    operations.remind()
    assert not Message.objects.filter(template=f"visit_reminder_{days}").exists()
    set_clocks(date - days * DAY, 9)
    operations.remind()
    assert written in text_of(mail_of(f"visit_reminder_{days}"))


@pytest.mark.parametrize(("date", "instant", "written"), EIGHT)
def test_a_time_is_sold_until_it_begins_by_the_clock_on_the_wall(
    client, set_clocks, date, instant, written
):
    set_clocks(date - DAY, 12)
    hours_on(date, 8, 10)
    set_clocks(date, 7, 59)
    assert first_free_time(client, date) == datetime.datetime.fromisoformat(instant)
    set_clocks(date, 8)
    assert first_free_time(client, date) == datetime.datetime.fromisoformat(instant) + QUARTER


def first_free_time(client, date: datetime.date) -> datetime.datetime:
    address = f"/api/v1/service-points/lahti/free-times?service=study&people=1&date={date}"
    return datetime.datetime.fromisoformat(client.get(address).json()["times"][0])


@pytest.mark.parametrize("date", [SPRING, AUTUMN])
def test_reckoning_in_hours_is_an_hour_off_on_these_days(date):
    midnight = wall(date, 0)
    assert shown([midnight + datetime.timedelta(hours=8)]) != ["08:00"]
    assert shown([wall(date, 9) - 7 * 24 * datetime.timedelta(hours=1)]) != ["09:00"]


def test_the_clock_of_the_database_is_set(set_clocks):
    set_clocks(AUTUMN, 8)
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        assert cursor.fetchone()[0] == datetime.datetime(2027, 10, 31, 6, tzinfo=datetime.UTC)
