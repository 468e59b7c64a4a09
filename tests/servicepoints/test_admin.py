"""Services and openings in the admin: what is wrong is said at its field, as the reader reads."""

import datetime

import pytest
from django.urls import reverse

from servicepoints.bring_models import BringItem
from servicepoints.models import Opening, Service
from tests.admin_forms import errors_of, save
from tests.factories import make_group, make_opening, make_service, make_user

pytestmark = pytest.mark.django_db
ADD_OPENING = reverse("admin:servicepoints_opening_add")
MONDAY = {
    "weekday": "0",
    "opens_at": "8:00",
    "closes_at": "16:00",
    "desks": "2",
    "public_desks": "1",
    "valid_from": "2026-01-01",
}


@pytest.fixture
def administrator(client):
    client.force_login(make_user(is_superuser=True))
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def group():
    return make_group(desks=2)


def add_opening(administrator, group, **changes):
    return save(administrator, ADD_OPENING, desk_group=group.pk, **MONDAY | changes)


def page_of(row):
    return reverse(f"admin:servicepoints_{row._meta.model_name}_change", args=[row.pk])


def test_an_opening_is_added(administrator, group):
    assert add_opening(administrator, group).status_code == 302
    assert Opening.objects.get().desk_group == group


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("closes_at", {"closes_at": "8:00"}),
        ("public_desks", {"public_desks": "3"}),
        ("valid_until", {"valid_until": "2025-12-31"}),
        ("desks", {"desks": "3"}),
        ("opens_at", {"opens_at": "25:00"}),
    ],
)
def test_what_is_wrong_with_an_opening_stands_at_its_field(administrator, group, field, changes):
    response = add_opening(administrator, group, **changes)
    assert list(errors_of(response)) == [field]
    assert not Opening.objects.exists()


@pytest.mark.parametrize(
    ("language", "said"),
    [("fi", "Sulkemisajan"), ("sv", "Stängningstiden"), ("en", "The closing time")],
)
def test_a_constraint_is_said_in_the_readers_language(administrator, group, language, said):
    administrator.cookies["django_language"] = language
    response = add_opening(administrator, group, opens_at="8:00", closes_at="7:00")
    assert said in response.content.decode()


def test_the_same_hours_twice_want_more_desks_than_there_are(administrator, group):
    add_opening(administrator, group)
    assert "4 desks" in errors_of(add_opening(administrator, group))["desks"][0]


def test_hours_after_the_others_may_use_the_same_desks(administrator, group):
    add_opening(administrator, group)
    assert add_opening(administrator, group, opens_at="16:00", closes_at="18:00").status_code == 302


def test_a_desk_out_of_use_does_not_count(administrator, group):
    group.desks.update(active=False)
    assert "desks" in errors_of(add_opening(administrator, group, desks="1"))


def test_monday_is_saved_as_new_for_tuesday(administrator, group):
    monday = make_opening(group, 0)
    save(administrator, page_of(monday), weekday="1", _saveasnew="1")
    assert list(Opening.objects.values_list("weekday", flat=True)) == [0, 1]


def test_the_page_of_openings_says_that_existing_times_stay(administrator, group):
    page = administrator.get(page_of(make_opening(group, 0))).content.decode()
    assert "Times that exist already stay as they are" in page


def test_citizenship_is_never_urgent(administrator):
    service = make_service(can_be_urgent=True)
    response = save(administrator, page_of(service), category="citizenship")
    assert errors_of(response) == {
        "can_be_urgent": ["Citizenship and EU registration are never urgent."]
    }


def test_the_name_of_a_service_in_addresses_is_given_once(administrator):
    service = make_service("passport")
    save(administrator, page_of(service), slug="other", minutes="25")
    service.refresh_from_db()
    assert (service.slug, service.minutes) == ("passport", 25)


def test_a_service_that_is_offered_is_not_removed(administrator):
    service = make_group().services.get()
    url = reverse("admin:servicepoints_service_delete", args=[service.pk])
    assert "Offerings: 1" in administrator.post(url, {"post": "yes"}).content.decode()
    assert Service.objects.filter(pk=service.pk).exists()


def test_a_service_nobody_offers_is_removed(administrator):
    service = make_service()
    url = reverse("admin:servicepoints_service_delete", args=[service.pk])
    assert administrator.post(url, {"post": "yes"}).status_code == 302
    assert not Service.objects.filter(pk=service.pk).exists()


def test_a_closed_day_is_shown_and_points_to_where_it_is_changed(administrator, group):
    override = group.overrides.create(date=datetime.date(2026, 12, 24), kind="closed")
    page = administrator.get(page_of(override)).content.decode()
    assert "under Manage" in page and 'name="_save"' not in page


def test_what_to_bring_in_a_situation_is_added_for_all_services(administrator):
    url = reverse("admin:servicepoints_bringitem_add")
    texts = {"text_fi": "Lomake", "text_sv": "Blankett", "text_en": "Form"}
    save(administrator, url, situation="paper", position="0", **texts)
    assert BringItem.objects.get().service is None


def test_what_to_bring_is_written_in_three_languages(administrator):
    url = reverse("admin:servicepoints_bringitem_add")
    response = save(administrator, url, situation="paper", position="0", text_fi="Lomake")
    assert set(errors_of(response)) == {"text_sv", "text_en"}
