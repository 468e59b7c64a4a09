import pytest

from tests.factories import make_user

pytestmark = pytest.mark.django_db


def choose(client, language):
    return client.post("/language/", {"language": language, "next": "/visits/?page=2"})


def test_choosing_a_language_comes_back_to_the_page(client):
    response = choose(client, "sv")
    assert (response.status_code, response.url) == (302, "/visits/?page=2")
    assert client.cookies["django_language"].value == "sv"


def test_mails_follow_the_language_of_a_signed_in_person(client):
    user = make_user()
    client.force_login(user)
    choose(client, "en")
    user.refresh_from_db()
    assert user.language == "en"


def test_a_language_we_do_not_have_changes_nothing(client):
    user = make_user(language="sv")
    client.force_login(user)
    choose(client, "xx")
    user.refresh_from_db()
    assert user.language == "sv"


def test_following_a_link_changes_no_language(client):
    assert client.get("/language/").status_code == 405
