import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from notifications.models import Message
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def administrators() -> list[str]:
    return [user.email for user in User.objects.filter(is_superuser=True, is_staff=True)]


def test_the_first_administrator_is_made_by_one_command() -> None:
    call_command("add_administrator", "Boss@Example.org")
    call_command("add_administrator", "boss@example.org")
    assert administrators() == ["boss@example.org"]


def test_somebody_who_is_known_becomes_administrator_and_active_again() -> None:
    make_user("boss@example.org", name="Bo Ss", is_active=False)
    call_command("add_administrator", "boss@example.org")
    boss = User.objects.get()
    assert (boss.name, boss.is_active, boss.is_superuser) == ("Bo Ss", True, True)


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(CommandError, match="boss"):
        call_command("add_administrator", "boss")
    assert administrators() == []


def test_the_first_administrator_signs_in_with_a_code(client: Client) -> None:
    call_command("add_administrator", "boss@example.org")
    answer = client.post("/account/login/", {"email": "boss@example.org"})
    code = Message.objects.get().context["code"]
    client.post(answer.headers["Location"], {"code": code})
    page = client.get("/admin/")
    assert page.status_code == 200
    assert "<h1" in page.content.decode()
