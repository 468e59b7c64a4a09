"""The admin as a whole: who gets in, its order, its languages, and how many queries it costs."""

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import Device, Role
from accounts.operations import new_device
from booking.models import Appointment, Attendee, Slot
from config.admin_site import INDEX
from notifications.models import Message
from queueing.models import DeskSession, QueueDay, Ticket, TicketEvent
from servicepoints.bring_models import BringItem
from servicepoints.models import DateOverride
from tests.factories import (
    make_appointment,
    make_group,
    make_opening,
    make_person,
    make_representative,
    make_slot,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db

EDITED = [
    "servicepoints_servicepoint",
    "servicepoints_service",
    "servicepoints_bringitem",
    "servicepoints_offering",
    "servicepoints_deskgroup",
    "servicepoints_opening",
    "accounts_user",
]
READ_ONLY = [
    "accounts_representative",
    "servicepoints_dateoverride",
    "accounts_device",
    "booking_release",
    "notifications_message",
]


@pytest.fixture
def administrator(client):
    client.force_login(make_user("admin@example.org", name="Ada", is_superuser=True))
    client.cookies["django_language"] = "en"
    return client


def make_rows(key):
    """Make one row of everything the admin shows."""
    group = make_slot(make_group()).desk_group
    make_opening(group, 0)
    BringItem.objects.create(situation="paper", text_fi="A", text_sv="B", text_en="C")
    DateOverride.objects.create(desk_group=group, date=timezone.localdate(), kind="closed")
    new_device(group.service_point, Device.Kind.KIOSK, "Kiosk")
    make_staff(group.service_point)
    make_representative()
    Message.objects.create(key=key, template="visit_confirmed", language="fi", to="a@example.org")


@pytest.fixture
def supply():
    make_rows("first")


def row_of(name):
    model = apps.get_model(name.replace("_", "."))
    return admin.site.get_model_admin(model).get_queryset(None).first()


def page_of(name, kind):
    arguments = [row_of(name).pk] if kind in ("change", "delete", "history") else []
    return reverse(f"admin:{name}_{kind}", args=arguments)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("name", EDITED)
def test_an_administrator_opens_every_page_in_each_language(administrator, supply, name, language):
    administrator.cookies["django_language"] = language
    for kind in ("changelist", "add", "change"):
        page = administrator.get(page_of(name, kind))
        assert page.status_code == 200
        assert page.headers["Content-Language"] == language


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("name", READ_ONLY)
def test_what_operations_write_is_only_shown(administrator, supply, name, language):
    administrator.cookies["django_language"] = language
    assert administrator.get(page_of(name, "changelist")).status_code == 200
    assert administrator.get(page_of(name, "change")).status_code == 200
    assert administrator.get(page_of(name, "add")).status_code == 403
    assert administrator.get(page_of(name, "delete")).status_code == 403


@pytest.mark.parametrize("name", READ_ONLY)
def test_what_is_only_shown_cannot_be_sent_either(administrator, supply, name):
    for kind in ("add", "change", "delete"):
        assert administrator.post(page_of(name, kind), {"post": "yes"}).status_code == 403
    assert row_of(name) and not LogEntry.objects.exists()


def test_no_list_offers_to_delete_many_rows_at_once(administrator, supply):
    for name in EDITED + READ_ONLY:
        page = administrator.get(page_of(name, "changelist"))
        assert not page.context["cl"].model_admin.get_actions(page.wsgi_request)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_index_stands_in_the_order_of_setting_up(administrator, language):
    administrator.cookies["django_language"] = language
    groups = administrator.get(reverse("admin:index")).context["app_list"]
    listed = [row["model"]._meta.label for group in groups for row in group["models"]]
    assert listed == INDEX


@pytest.mark.parametrize(
    ("language", "group"),
    [
        ("fi", "Palvelupisteet ja aukioloajat"),
        ("sv", "Serviceställen och öppettider"),
        ("en", "Service points and opening hours"),
    ],
)
def test_the_index_names_its_groups_in_the_readers_language(administrator, language, group):
    administrator.cookies["django_language"] = language
    assert group in administrator.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize(
    "model",
    [Appointment, Attendee, Slot, Ticket, TicketEvent, QueueDay, DeskSession, EmailAddress],
)
def test_people_and_promises_are_not_in_the_admin(model):
    assert not admin.site.is_registered(model)


def test_what_packages_bring_is_not_in_the_admin():
    assert {model._meta.label for model in admin.site._registry} == set(INDEX)


def test_applicants_are_nowhere_named(administrator):
    applicant = make_user("amina@applicant.example", name="Amina Applicant")
    slot = make_slot()
    make_appointment(slot, user=applicant, people=[make_person("Amina Person")])
    make_staff(slot.desk_group.service_point)
    for name in EDITED + READ_ONLY:
        page = administrator.get(reverse(f"admin:{name}_changelist")).content.decode()
        assert "Amina" not in page and "amina" not in page
    assert administrator.get(
        reverse("admin:accounts_user_change", args=[applicant.pk])
    ).status_code in (302, 404)


def test_anonymous_people_go_to_the_ordinary_sign_in_and_come_back(client):
    here = reverse("admin:servicepoints_service_changelist")
    response = client.get(here + "?q=passport")
    assert response.status_code == 302
    assert response.url == f"/account/login/?next={here}%3Fq%3Dpassport"


@pytest.mark.parametrize("path", ["", "login/", "no-such-page/", "jsi18n/", "accounts/user/"])
def test_no_page_of_the_admin_asks_for_a_password(client, path):
    response = client.get(f"/admin/{path}", follow=True)
    assert response.redirect_chain[-1][0].startswith("/account/login/?next=/admin/")
    assert "password" not in [field.name for field in response.context["form"]]


@pytest.mark.parametrize("kind", Role.Kind.values)
@pytest.mark.parametrize("path", ["", "login/", "servicepoints/service/", "jsi18n/", "nothing/"])
def test_staff_who_are_no_administrators_get_a_clear_no(client, kind, path):
    client.force_login(make_staff(make_group().service_point, kind))
    response = client.get(f"/admin/{path}", follow=True)
    assert response.status_code == 403
    assert "<h1>" in response.content.decode()


def test_a_mere_flag_of_django_does_not_open_the_admin(client):
    client.force_login(make_user(is_staff=True))
    assert client.get("/admin/").status_code == 403


def test_there_is_no_page_to_change_a_password(administrator):
    with pytest.raises(NoReverseMatch):
        reverse("admin:password_change")
    assert administrator.get("/admin/password_change/").status_code == 404
    assert "password_change" not in administrator.get("/admin/").content.decode()


def test_signing_out_is_the_ordinary_one(administrator):
    assert 'action="/account/logout/"' in administrator.get("/admin/").content.decode()
    response = administrator.post(reverse("admin:logout"))
    assert (response.status_code, response.url) == (302, "/account/logout/")


def test_every_page_leads_back_to_the_site_and_to_the_other_languages(administrator):
    page = administrator.get("/admin/servicepoints/service/?q=x").content.decode()
    assert '<a href="/">' in page
    assert 'name="next" value="/admin/servicepoints/service/?q=x"' in page


def test_pages_of_the_admin_keep_the_content_security_policy(administrator, supply):
    for name in EDITED:
        for kind in ("changelist", "add", "change"):
            page = administrator.get(page_of(name, kind))
            assert "default-src 'none'" in page.headers["Content-Security-Policy"]
            text = page.content.decode()
            assert " style=" not in text and "<style" not in text and "onclick=" not in text


# Session, user, two counts and the rows; a filter by point or service, and what goes with rows.
QUERIES = {
    "servicepoints_servicepoint": 5,
    "servicepoints_service": 5,
    "servicepoints_bringitem": 6,
    "servicepoints_offering": 7,
    "servicepoints_deskgroup": 6,
    "servicepoints_opening": 6,
    "servicepoints_dateoverride": 6,
    "accounts_user": 8,
    "accounts_device": 6,
    "accounts_representative": 5,
    "booking_release": 6,
    "notifications_message": 6,
}


@pytest.mark.parametrize("name", EDITED + READ_ONLY)
def test_a_list_costs_the_same_however_long_it_is(administrator, django_assert_num_queries, name):
    for key in ("first", "second", "third"):
        make_rows(key)
    with django_assert_num_queries(QUERIES[name]):
        page = administrator.get(page_of(name, "changelist"))
    assert page.context["cl"].result_count >= 3


def test_the_index_costs_three_queries(administrator, django_assert_num_queries):
    with django_assert_num_queries(3):
        administrator.get("/admin/")
