"""Signs of misuse: what is counted, of which days and points, and who sees it."""

import datetime
import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from booking import abuse_report, operations
from booking.models import Appointment
from tests.factories import (
    make_appointment,
    make_group,
    make_hold,
    make_person,
    make_point,
    make_service,
    make_slots,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db
BORN = datetime.date(1990, 5, 17)


@pytest.fixture
def slots():
    return make_slots(make_group(make_point("malmi"), services=[make_service()]), 12, capacity=9)


@pytest.fixture
def manager(client, slots):
    point = slots[0].desk_group.service_point
    client.force_login(make_staff(point, Role.Kind.MANAGER))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def signs():
    return abuse_report.report(Appointment.objects.all())


def text_of(response):
    return html.unescape(re.sub(r"\s+", " ", response.content.decode()))


def link_with(page, words):
    (found,) = [
        url for url in re.findall(r'href="([^"]*/abuse/visits/[^"]*)"', page) if words in url
    ]
    return html.unescape(found)


def hold_and_let_go(user, slots):
    for slot in slots:
        operations.let_go(make_hold(slot, user=user))


# What is counted -------------------------------------------------------------------------


def test_bookings_are_counted_by_domain_from_five_on(slots):
    for number, slot in enumerate(slots[:5]):
        make_appointment(slot, user=make_user(f"a{number}@Seller.example"))
    make_appointment(slots[5], user=make_user("amina@home.example"))
    assert [(row["domain"], row["visits"], row["people"]) for row in signs().domains] == [
        ("seller.example", 5, 5)
    ]


def test_who_holds_much_and_confirms_little_is_a_sign(slots):
    seller = make_user()
    hold_and_let_go(seller, slots[:5])
    make_appointment(slots[5], user=seller)
    (row,) = signs().unconfirmed
    assert (row["user_id"], row["holds"], row["confirmed"]) == (seller.pk, 6, 1)


def test_who_looks_around_and_then_books_is_none(slots):
    hold_and_let_go(make_user(), slots[:4])
    assert signs().unconfirmed == []


def test_many_moves_of_one_person_are_a_sign(slots):
    mover, other = make_user(), make_user()
    for user, moves, slot in ((mover, 2, slots[0]), (mover, 1, slots[1]), (other, 2, slots[2])):
        visit = make_appointment(slot, user=user, people=[make_person()])
        Appointment.objects.filter(pk=visit.pk).update(moves=moves)
    assert [(row["user_id"], row["moves"]) for row in signs().moved] == [(mover.pk, 3)]


def test_cancelling_late_twice_is_a_sign(slots):
    user = make_user()
    for slot in slots[:2]:
        operations.cancel(make_appointment(slot, user=user))
    assert signs().cancelled_late == []
    Appointment.objects.update(cancelled_late=True)
    assert [row["late"] for row in signs().cancelled_late] == [2]


def test_one_birth_date_and_nearly_one_name_in_two_visits_is_a_sign(slots):
    for name, slot in zip(["Amina Said", "Said Amína"], slots, strict=False):
        make_appointment(slot, people=[make_person(name, BORN)])
    make_appointment(slots[2], people=[make_person("Amina Said", BORN.replace(year=1991))])
    (pair,) = signs().pairs
    assert set(pair.names) == {"Amina Said", "Said Amína"}
    assert len(pair.visits) == 2


def test_twins_who_come_together_are_none(slots):
    twins = [make_person("Aino Virtanen", BORN), make_person("Eino Virtanen", BORN)]
    make_appointment(slots[0], people=twins)
    assert signs().pairs == []


def test_the_figures_of_all_are_right(slots):
    hold_and_let_go(make_user(), slots[:3])
    make_appointment(slots[3])
    total = signs().total
    assert (total.holds, total.confirmed, total.percent_confirmed) == (4, 1, 25)


def test_a_report_costs_six_queries_however_much_there_is(slots, django_assert_num_queries):
    for number, slot in enumerate(slots[:8]):
        make_appointment(slot, people=[make_person(f"Amina Saidi{'abcdefgh'[number]}", BORN)])
    with django_assert_num_queries(6):
        assert len(signs().pairs) == 20


# Who sees what ---------------------------------------------------------------------------


def test_a_manager_sees_the_signs_of_the_own_point(manager, slots):
    for number, slot in enumerate(slots[:5]):
        make_appointment(slot, user=make_user(f"a{number}@seller.example"))
    page = manager.get("/manage/malmi/abuse/")
    assert "seller.example" in text_of(page)


def test_what_happens_elsewhere_is_not_seen(manager):
    there = make_slots(make_group(make_point("turku")), 5)
    for number, slot in enumerate(there):
        make_appointment(slot, user=make_user(f"a{number}@seller.example"))
    assert "seller.example" not in text_of(manager.get("/manage/malmi/abuse/"))
    assert manager.get("/manage/turku/abuse/").status_code == 404
    assert manager.get("/manage/abuse/").status_code == 403


def test_an_administrator_sees_all_points_together(client, slots):
    for number, slot in enumerate([*slots[:3], *make_slots(make_group(make_point("turku")), 2)]):
        make_appointment(slot, user=make_user(f"a{number}@seller.example"))
    client.force_login(make_user(is_superuser=True))
    page = text_of(client.get("/manage/abuse/"))
    assert "seller.example" in page
    assert "malmi" in text_of(client.get(link_with(page, "domain="))).lower()


def test_each_sign_leads_to_its_visits(manager, slots):
    seller = make_user("seller@bookings.example")
    hold_and_let_go(seller, slots[:6])
    page = text_of(manager.get("/manage/malmi/abuse/"))
    visits = text_of(manager.get(link_with(page, f"person={seller.pk}")))
    assert "6 held times" in visits and "Nobody was named." in visits


def test_what_staff_booked_for_somebody_is_no_sign(manager, slots):
    hold_and_let_go(make_user("held@example.org"), slots[:6])
    Appointment.objects.update(staff=make_staff(slots[0].desk_group.service_point))
    assert "held@example.org" not in text_of(manager.get("/manage/malmi/abuse/"))


def test_the_list_of_visits_costs_the_same_however_long_it_is(manager, slots):
    seller, days = make_user(), "first=2020-01-01&last=2040-01-01"
    address = f"/manage/malmi/abuse/visits/?{days}&person={seller.pk}"
    counts = []
    for slot in slots[:2]:
        operations.let_go(make_hold(slot, user=seller))
        with CaptureQueriesContext(connection) as queries:
            page = text_of(manager.get(address))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert slots[0].desk_group.services.get().name in page


def test_a_pair_of_names_leads_to_both_visits_of_the_point_and_no_other(manager, slots):
    both = [
        make_appointment(slot, people=[make_person(name, BORN)])
        for slot, name in zip(slots, ["Amina Said", "Amina Saïd"], strict=False)
    ]
    elsewhere = make_appointment(make_slots(make_group())[0], people=[make_person("Bo Ek")])
    page = text_of(manager.get("/manage/malmi/abuse/"))
    address = link_with(page, str(both[0].pk))
    visits = text_of(manager.get(f"{address}&visit={elsewhere.pk}&visit=x"))
    assert "2 held times" in visits and "Amina Saïd" in visits and "Bo Ek" not in visits


def test_only_the_days_that_were_asked_for_are_counted(manager, slots):
    make_appointment(slots[0])
    day = timezone.localdate() - datetime.timedelta(days=40)
    asked = {
        f"{end}_{part}": getattr(day, part)
        for end in ("first", "last")
        for part in ("day", "month", "year")
    }
    assert "Nobody held a time in these days." in text_of(
        manager.get("/manage/malmi/abuse/", asked)
    )
    noon = datetime.datetime.combine(day, datetime.time(12), timezone.get_current_timezone())
    Appointment.objects.update(created_at=noon)
    assert "Nobody held" not in text_of(manager.get("/manage/malmi/abuse/", asked))
    assert "Nobody held" in text_of(manager.get("/manage/malmi/abuse/"))


@pytest.mark.parametrize(
    ("last", "words"), [("31 12 2026", "three months at most"), ("1 1 2025", "before the first")]
)
def test_days_that_cannot_be_are_said(manager, last, words):
    asked = dict(zip(("first_day", "first_month", "first_year"), (1, 3, 2026), strict=True))
    asked |= dict(zip(("last_day", "last_month", "last_year"), last.split(), strict=True))
    response = manager.get("/manage/malmi/abuse/", asked)
    assert response.status_code == 422
    assert words in text_of(response)


@pytest.mark.parametrize(
    "query", ["", "?first=x&last=y", "?first=2026-01-01&last=2026-01-31&visit=x&person=&domain="]
)
def test_no_sign_leads_back_to_all_of_them(manager, query):
    assert manager.get(f"/manage/malmi/abuse/visits/{query}").url == "/manage/malmi/abuse/"
