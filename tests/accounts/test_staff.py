"""Who works here: how an account begins, ends, and what becomes of its sessions (T7)."""

import threading
from contextlib import suppress

import pytest
from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts import operations, staff
from accounts.exceptions import LastAdministrator, NoRole
from accounts.models import Role, User
from accounts.querysets import UserQuerySet
from notifications.models import Message
from tests.admin_forms import errors_of, save
from tests.factories import make_appointment, make_point, make_slot, make_staff, make_user

pytestmark = pytest.mark.django_db
ADD = reverse("admin:accounts_user_add")


@pytest.fixture
def administrator(client):
    client.force_login(make_user("admin@example.org", is_superuser=True, is_staff=True))
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def point():
    return make_point("malmi")


@pytest.fixture
def clerk(point):
    return make_staff(point)


def page_of(user):
    return reverse("admin:accounts_user_change", args=[user.pk])


def add(administrator, email, point=None, **changes):
    role = {"roles-0-service_point": point.pk, "roles-0-kind": "clerk"} if point else {}
    return save(administrator, ADD, email=email, name="New Person", **role, **changes)


def close(user):
    user.is_active = False
    staff.save(user)


def open_again(user):
    user.is_active = True
    staff.save(user)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def is_signed_in(client):
    return client.get("/visits/").status_code == 200


def sign_in_with_code(email):
    """Go the way of /account/login/ and return the browser at its end."""
    client = Client()
    client.post(reverse("account_login"), {"email": email})
    return client, confirm(client)


def confirm(client):
    code = Message.objects.filter(template="sign_in_code").latest("pk").context["code"]
    return client.post(reverse("account_confirm_login_code"), {"code": code})


def test_a_new_member_of_staff_signs_in_with_a_code(administrator, point):
    assert add(administrator, "New.Clerk@Example.org", point).status_code == 302
    client, _answer = sign_in_with_code("new.clerk@example.org")
    assert client.get("/desk/", follow=True).status_code == 200
    address = EmailAddress.objects.get(email="new.clerk@example.org")
    assert (address.verified, address.primary) == (True, True)


def test_nobody_gets_a_password(administrator, point):
    add(administrator, "new@example.org", point)
    assert not User.objects.get(email="new@example.org").has_usable_password()


def test_a_new_person_without_role_is_refused(administrator):
    response = add(administrator, "new@example.org")
    assert "Give a role" in errors_of(response)["rows"][0]
    assert not User.objects.filter(email="new@example.org").exists()


def test_an_administrator_needs_no_role(administrator):
    assert add(administrator, "new@example.org", is_superuser="on").status_code == 302
    new = User.objects.get(email="new@example.org")
    assert signed_in(new).get("/admin/").status_code == 200


def test_an_address_in_use_is_said_once_at_its_field_whatever_its_case(administrator, clerk, point):
    response = add(administrator, clerk.email.upper(), point)
    assert errors_of(response) == {"email": ["Somebody else has this e-mail address."]}


def test_an_applicant_who_begins_to_work_here_keeps_the_visits(administrator, point):
    applicant = make_user("amina@example.org")
    visit = make_appointment(make_slot(), user=applicant)
    assert add(administrator, "Amina@example.org", point).status_code == 302
    visit.refresh_from_db()
    assert visit.user == applicant and applicant.roles.get().service_point == point


def test_an_applicant_who_may_not_be_saved_stays_as_they_were(administrator):
    applicant = make_user("amina@example.org", name="Amina")
    add(administrator, "amina@example.org")
    applicant.refresh_from_db()
    assert applicant.name == "Amina" and not applicant.roles.exists()


def test_the_last_role_is_not_taken_from_somebody_who_works_here(administrator, clerk):
    response = save(administrator, page_of(clerk), **{"roles-0-DELETE": "on"})
    assert "Give a role" in errors_of(response)["rows"][0]
    assert clerk.roles.exists()


def test_one_of_two_roles_is_taken_away(administrator, clerk, point):
    Role.objects.create(user=clerk, service_point=point, kind=Role.Kind.MANAGER)
    assert save(administrator, page_of(clerk), **{"roles-0-DELETE": "on"}).status_code == 302
    assert clerk.roles.count() == 1


def test_the_same_role_twice_is_refused(administrator, clerk, point):
    twice = {"roles-1-service_point": point.pk, "roles-1-kind": "clerk"}
    assert errors_of(save(administrator, page_of(clerk), **twice))["rows"]


def test_a_closed_account_is_signed_out_at_once(administrator, clerk):
    browser = signed_in(clerk)
    assert is_signed_in(browser)
    page = administrator.get(page_of(clerk))
    assert page.context["adminform"].form.initial["is_active"]
    save(administrator, page_of(clerk), is_active="")
    assert not is_signed_in(browser)


def test_saving_a_member_without_closing_ends_no_session(administrator, clerk):
    browser = signed_in(clerk)
    save(administrator, page_of(clerk), name="Another Name")
    assert is_signed_in(browser)


def test_an_old_session_does_not_come_back_with_the_account(clerk):
    browser = signed_in(clerk)
    close(clerk)
    open_again(clerk)
    assert not is_signed_in(browser)


def test_without_ending_sessions_an_old_one_would_come_back(clerk, monkeypatch):
    monkeypatch.setattr(staff, "end_sessions", lambda user: None)
    browser = signed_in(clerk)
    close(clerk)
    open_again(clerk)
    assert is_signed_in(browser)


def test_a_closed_account_loses_its_tokens(clerk):
    token, _ends = operations.issue_token(clerk)
    bearer = {"Authorization": f"Bearer {token}"}
    assert Client().get("/api/v1/appointments", headers=bearer).status_code == 200
    close(clerk)
    open_again(clerk)
    assert Client().get("/api/v1/appointments", headers=bearer).status_code == 401


def test_a_new_address_signs_out_and_is_the_one_to_sign_in_with(administrator, clerk):
    browser = signed_in(clerk)
    save(administrator, page_of(clerk), email="Moved@example.org")
    assert not is_signed_in(browser)
    assert is_signed_in(sign_in_with_code("moved@example.org")[0])
    assert [row.email for row in EmailAddress.objects.filter(user=clerk)] == ["moved@example.org"]


def test_the_old_address_no_longer_leads_to_the_account(administrator, clerk):
    old = clerk.email
    save(administrator, page_of(clerk), email="moved@example.org")
    client, _answer = sign_in_with_code(old)
    assert client.get("/desk/").status_code != 200


def test_the_last_administrator_cannot_give_it_up(administrator):
    only = User.objects.get(email="admin@example.org")
    Role.objects.create(user=only, service_point=make_point(), kind=Role.Kind.CLERK)
    for change in ({"is_superuser": ""}, {"is_active": ""}):
        response = save(administrator, page_of(only), **change)
        assert errors_of(response)["rows"] == [str(LastAdministrator())]


def test_an_administrator_with_another_one_can_leave(administrator):
    make_user(is_superuser=True)
    only = User.objects.get(email="admin@example.org")
    assert save(administrator, page_of(only), is_active="").status_code == 302
    assert administrator.get("/admin/").url.startswith("/account/login/")


def test_a_closed_administrator_does_not_count_as_another(administrator):
    make_user(is_superuser=True, is_active=False)
    only = User.objects.get(email="admin@example.org")
    assert save(administrator, page_of(only), is_active="").status_code == 200


def test_people_are_not_deleted(administrator, clerk):
    assert administrator.get(
        reverse("admin:accounts_user_delete", args=[clerk.pk])
    ).status_code == (403)


def test_nobody_without_place_passes_the_check():
    with pytest.raises(NoRole):
        staff.check_can_save(make_user(), roles=0)
    staff.check_can_save(make_user(), roles=1)


def demote_at_the_same_moment(users):
    """Two administrators give it up, each with the other in mind; return who was refused."""
    meeting, refused = threading.Barrier(2), []

    def demote(user):
        user.is_superuser = False
        try:
            with transaction.atomic():
                staff.check_can_save(user, roles=1)
                with suppress(threading.BrokenBarrierError):
                    meeting.wait(timeout=1)
                staff.save(user)
        except LastAdministrator:
            refused.append(user)
        finally:
            connection.close()

    threads = [threading.Thread(target=demote, args=[user]) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_leave_at_one_moment_leave_one():
    users = [make_user(is_superuser=True) for _ in range(2)]
    assert len(demote_at_the_same_moment(users)) == 1
    assert User.objects.administrators().count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_nobody_would_be_left(monkeypatch):
    users = [make_user(is_superuser=True) for _ in range(2)]
    monkeypatch.setattr(UserQuerySet, "lock_in_order", lambda rows: rows.order_by("pk"))
    assert demote_at_the_same_moment(users) == []
    assert not User.objects.administrators().exists()
