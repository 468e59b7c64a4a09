"""Two matters in one visit, where the rules allow it; otherwise two visits (P4)."""

import datetime
import re

import icalendar
import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from booking import availability, calendar, operations, promises
from booking.answers import value_of
from booking.checklist import checklist
from booking.exceptions import (
    NotInOneVisit,
    NotOffered,
    PersonHasVisit,
    RequestReused,
    TimeTaken,
    VisitsOfServices,
)
from booking.models import Appointment, Attendee, FreedTime, Offer, Slot
from booking.wanted import Wanted
from notifications.models import Message
from servicepoints.bring_models import BringItem
from servicepoints.models import Offering
from servicepoints.pair_models import ServicePair
from tests.booking.test_pages_search import page_of
from tests.factories import (
    make_group,
    make_person,
    make_point,
    make_service,
    make_slots,
    make_user,
    make_wishes,
)

pytestmark = pytest.mark.django_db

ONE_DAY = datetime.timedelta(days=1)


@pytest.fixture
def permit():
    return make_service("work", minutes=20, name_en="Residence permit: work")


@pytest.fixture
def passport():
    return make_service("passport", minutes=10, name_en="Alien's passport", bring_en="Photo")


@pytest.fixture
def pair(permit, passport):
    return ServicePair.objects.create(one=permit, other=passport)


@pytest.fixture
def group(permit, passport):
    return make_group(make_point("lahti"), services=[permit, passport])


@pytest.fixture
def slots(group, pair):
    return make_slots(group, 6)


def hold_both(slot, permit, passport, **fields):
    asked = {
        "user": make_user(),
        "service": permit,
        "second_service": passport,
        "service_point": slot.desk_group.service_point,
        "starts_at": slot.starts_at,
        "people": 1,
    }
    return operations.hold(**asked | fields)


def book(slot, service, *people, second=None):
    held = hold_both(slot, service, second, people=len(people))
    return operations.confirm(held, people=list(people))


def test_the_minutes_of_both_add_up(slots, permit, passport):
    held = hold_both(slots[0], permit, passport)
    assert (held.minutes, held.cells, held.claimed) == (30, 3, 3)
    held = Appointment.objects.get()
    assert held.services == [permit, passport]
    assert [slot.taken for slot in Slot.objects.order_by("starts_at")] == [1, 1, 1, 0, 0, 0]


def test_the_minutes_of_a_trial_at_the_point_count(slots, permit, passport):
    Offering.objects.filter(service=passport).update(minutes=20)
    assert hold_both(slots[0], permit, passport, people=1).minutes == 40


def test_a_family_has_both_matters_each(slots, permit, passport):
    assert hold_both(slots[0], permit, passport, people=2).cells == 6


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(weekdays=tuple(range(7)))])
def test_the_first_free_time_has_room_for_both(slots, permit, passport, wanted):
    Slot.objects.filter(pk=slots[2].pk).update(taken=1)
    (both,) = availability.first_free_times(permit, 1, wanted, passport)
    (one,) = availability.first_free_times(permit, 1, wanted)
    assert (one.starts_at, both.starts_at) == (slots[0].starts_at, slots[3].starts_at)


def test_a_point_whose_desks_do_not_serve_both_is_none(slots, permit, passport):
    point = make_point("oulu")
    make_slots(make_group(point, services=[permit]), 6)
    make_slots(make_group(point, services=[passport]), 6)
    found = availability.first_free_times(permit, 1, Wanted(), passport)
    assert [row.service_point.slug for row in found] == ["lahti"]
    with pytest.raises(NotOffered):
        hold_both(slots[0], permit, passport, service_point=point)


def test_an_extra_day_for_one_of_them_is_not_for_both(slots, permit, passport):
    Slot.objects.update(only_services=[permit.pk])
    (both,) = availability.first_free_times(permit, 1, Wanted(), passport)
    assert both.starts_at is None
    with pytest.raises(TimeTaken):
        hold_both(slots[0], permit, passport)


def test_two_that_are_no_pair_need_two_visits(slots, permit):
    citizenship = make_service("citizenship")
    slots[0].desk_group.services.add(citizenship)
    with pytest.raises(NotInOneVisit):
        hold_both(slots[0], permit, citizenship)
    assert not Appointment.objects.exists()


def test_the_order_of_a_pair_does_not_matter(slots, permit, passport):
    assert hold_both(slots[0], passport, permit).minutes == 30


def test_a_pair_is_listed_once_and_is_of_two(pair, permit, passport):
    for one, other in ((passport, permit), (permit, permit)):
        twice = ServicePair(one=one, other=other)
        with pytest.raises(ValidationError):
            twice.full_clean()
        with pytest.raises(IntegrityError), transaction.atomic():
            twice.save()


@pytest.mark.parametrize("first", ["both", "permit", "passport"])
@pytest.mark.parametrize("then", ["both", "permit", "passport", "other way round"])
def test_a_person_has_one_active_visit_for_each_of_both(slots, permit, passport, first, then):
    matters = {
        "both": (permit, passport),
        "other way round": (passport, permit),
        "permit": (permit, None),
        "passport": (passport, None),
    }
    aino = make_person("Aino")
    (one, second), (other, its_second) = matters[first], matters[then]
    book(slots[0], one, aino, second=second)
    held = hold_both(slots[3], other, its_second)
    if {one, second} & {other, its_second} - {None}:
        with pytest.raises(PersonHasVisit):
            operations.confirm(held, people=[aino])
    else:
        assert operations.confirm(held, people=[aino]).status == "confirmed"


def test_the_database_refuses_it_whoever_writes(slots, permit, passport):
    visit = book(slots[0], permit, make_person("Aino"), second=passport)
    row = visit.attendees.get()
    other = hold_both(slots[3], passport, None)
    twin = {"name": row.name, "birth_date": row.birth_date, "person_key": row.person_key}
    with pytest.raises(IntegrityError, match="one_active_visit_per_person_and_matter"):
        Attendee.objects.create(appointment=other, position=1, service=passport, **twin)


def test_a_cancelled_visit_for_both_is_in_the_way_of_none(slots, permit, passport):
    aino = make_person("Aino")
    operations.cancel(book(slots[0], permit, aino, second=passport))
    assert book(slots[3], passport, aino).status == "confirmed"


def test_the_same_request_with_another_second_matter_is_refused(slots, permit, passport):
    user, key = make_user(), "8d6f0a5e-6c0e-4e55-9f2e-5c0d3b1f7a11"
    hold_both(slots[0], permit, passport, user=user, request_id=key)
    again = hold_both(slots[0], permit, passport, user=user, request_id=key)
    assert again.services == [permit, passport]
    with pytest.raises(RequestReused):
        hold_both(slots[0], permit, None, user=user, request_id=key)


def test_a_move_keeps_both_and_their_length(slots, permit, passport):
    visit = book(slots[0], permit, make_person(), second=passport)
    point = visit.service_point
    moved = operations.move(visit, service_point=point, starts_at=slots[3].starts_at)
    assert (moved.cells, moved.services) == (3, [permit, passport])
    with pytest.raises(NotOffered):
        Offering.objects.filter(service=passport).delete()
        operations.move(visit, service_point=point, starts_at=slots[0].starts_at)


def test_mail_and_calendar_file_name_both_and_what_to_bring_for_both(slots, permit, passport):
    translation.activate("fi")
    BringItem.objects.create(situation="paper", service=passport, text_fi="Lomake")
    BringItem.objects.create(situation="paper", text_fi="Kopiot")
    visit = book(slots[0], permit, make_person(), second=passport)
    visit = Appointment.objects.with_place().get(pk=visit.pk)
    event = icalendar.Calendar.from_ical(calendar.published(visit)).walk("VEVENT")[0]
    assert "work + passport" in str(event["summary"])
    mail = Message.objects.get()
    assert mail.context["service"] == "work + passport"
    assert mail.context["bring"] == ["Passi"]
    assert [group.things for group in checklist(visit)] == [["Passi"], ["Kopiot", "Lomake"]]


def test_desks_that_visits_need_for_a_second_matter_keep_it(slots, group, permit, passport):
    book(slots[0], permit, make_person(), second=passport)
    with pytest.raises(VisitsOfServices):
        promises.check_services(group, [permit])
    promises.check_services(group, [permit, passport])


# The waiting list -----------------------------------------------------------------------


def waiting_for_both(slot, permit, passport):
    return operations.join(
        user=make_user(),
        service=permit,
        second_service=passport,
        people=[make_person()],
        wishes=make_wishes(slot.desk_group.service_point),
    )


def test_who_waits_with_two_matters_is_offered_what_is_long_enough(slots, permit, passport):
    entry = waiting_for_both(slots[0], permit, passport)
    operations.cancel(book(slots[0], permit, make_person()))
    assert operations.offer_freed_times() == 0
    operations.cancel(book(slots[2], permit, make_person(), second=passport))
    operations.offer_freed_times()
    offer = Offer.objects.get()
    assert (offer.entry, offer.minutes) == (entry, 30)
    visit = operations.accept(offer)
    assert (visit.services, visit.cells) == ([permit, passport], 3)


def test_an_earlier_time_is_for_both_too(slots, permit, passport):
    late = make_slots(slots[0].desk_group, 3, starts_at=slots[0].starts_at + 20 * ONE_DAY)
    visit = book(late[0], permit, make_person(), second=passport)
    wishes = make_wishes(visit.service_point)
    operations.wait_for_earlier(Appointment.objects.get(pk=visit.pk), wishes=wishes)
    operations.cancel(book(slots[0], permit, make_person(), second=passport))
    operations.offer_freed_times()
    moved = operations.accept(Offer.objects.get())
    assert (moved.pk, moved.starts_at, moved.cells) == (visit.pk, slots[0].starts_at, 3)
    assert FreedTime.objects.filter(status="booked").count() == 1


def test_who_has_a_visit_for_the_second_matter_does_not_wait(slots, permit, passport):
    aino = make_person("Aino")
    book(slots[0], passport, aino)
    with pytest.raises(PersonHasVisit):
        operations.join(
            user=make_user(),
            service=permit,
            second_service=passport,
            people=[aino],
            wishes=make_wishes(slots[0].desk_group.service_point),
        )
    assert waiting_for_both(slots[0], permit, passport).services == [permit, passport]


# Pages ----------------------------------------------------------------------------------

SECOND = "Do you have a second matter for the same visit?"
BOTH = "service=work&second=passport"


def test_a_second_matter_is_asked_for_where_a_pair_can_be_had(client, slots, permit):
    make_service("citizenship")
    page = page_of(client, "/book/")
    assert SECOND in page
    options = re.findall(r'<option value="(\w*)"', page)
    assert set(options) == {"", "work", "passport"}


def test_it_is_not_asked_where_no_desks_serve_both(client, permit, passport, pair):
    point = make_point()
    for service in (permit, passport):
        make_group(point, services=[service])
    assert SECOND not in page_of(client, "/book/")


def test_it_is_not_asked_where_there_is_no_pair(client, group):
    assert SECOND not in page_of(client, "/book/")


def test_two_that_are_no_pair_are_told_to_book_two_visits(client, slots, permit):
    other = make_service("study")
    slots[0].desk_group.services.add(other)
    Offering.objects.create(
        service=other,
        service_point=slots[0].desk_group.service_point,
        valid_from=timezone.localdate(),
    )
    page = page_of(client, "/book/people/?service=study&second=passport", 422)
    assert page.count("These two matters cannot be handled in one visit.") == 2
    assert re.search(r'value="study"[^>]* checked', page)
    assert '<option value="passport" selected>' in page


@pytest.mark.parametrize("second", ["work", "nothing", "%00"])
def test_a_second_matter_that_cannot_be_is_asked_again(client, slots, second):
    page = page_of(client, f"/book/point/?service=work&people=1&second={second}", 422)
    assert "These two matters cannot be handled in one visit." in page


def test_both_go_through_all_pages_to_the_confirmation(client, slots):
    client.force_login(make_user())
    assert f"{BOTH}&amp;people=1".replace("&second", "&amp;second") in page_of(
        client, f"/book/point/?{BOTH}&people=1"
    )
    times = page_of(client, f"/book/time/?{BOTH}&people=1&point=lahti")
    assert [value_of(slots[i].starts_at) in times for i in range(4)] == [True, False, False, True]
    asked = {"service": "work", "second": "passport", "people": "1", "point": "lahti"}
    response = client.post("/book/hold/", asked | {"time": value_of(slots[0].starts_at)})
    held = Appointment.objects.get()
    assert (response.url, held.cells) == (f"/book/{held.pk}/details/", 3)
    operations.confirm(held, people=[make_person()])
    for address in (f"/book/{held.pk}/confirmed/", f"/visits/{held.pk}/", "/visits/"):
        page = page_of(client, address)
        assert "Residence permit: work" in page and "Alien&#x27;s passport" in page


def test_the_pages_of_a_move_are_about_both(client, slots, permit, passport):
    visit = book(slots[0], permit, make_person(), second=passport)
    client.force_login(visit.user)
    make_slots(make_group(make_point("oulu"), services=[permit]), 6)
    assert "Oulu" not in page_of(client, f"/visits/{visit.pk}/move/")
    times = page_of(client, f"/visits/{visit.pk}/move/time/?point=lahti")
    assert value_of(slots[3].starts_at) in times
    assert value_of(slots[4].starts_at) not in times


def test_the_waiting_list_is_joined_for_both(client, slots):
    client.force_login(make_user())
    last = timezone.localdate() + 30 * ONE_DAY
    wishes = f"points=lahti&time_of_day=any&notice=24&last_date_day={last.day}"
    dates = f"last_date_month={last.month}&last_date_year={last.year}"
    person = {"p1-name": "Aino", "p1-birth_date_day": "17", "p1-birth_date_month": "5"}
    need = {"p1-birth_date_year": "1990", "need-need": "3"}
    address = f"/waiting/people/?{BOTH}&people=1&{wishes}&{dates}"
    page = client.get(client.post(address, person | need).url).content.decode()
    assert "Residence permit: work<br>Alien&#x27;s passport" in page
