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


def language_of(client, asked):
    return client.get("/", headers={"accept-language": asked})["Content-Language"]


@pytest.mark.parametrize("asked", ["es", "ar,ru;q=0.8", "uk-UA,uk;q=0.9", "zh-Hans"])
def test_who_asks_for_languages_we_do_not_have_gets_english(client, asked):
    assert language_of(client, asked) == "en"


@pytest.mark.parametrize(
    ("asked", "gets"),
    [
        ("es, fi;q=0.5", "fi"),
        ("ar, sv-FI;q=0.5", "sv"),
        ("es, en;q=0.1", "en"),
        ("", "fi"),
        ("es, *;q=0.5", "fi"),
    ],
)
def test_who_asks_for_one_of_ours_gets_it_and_who_asks_for_none_gets_finnish(client, asked, gets):
    assert language_of(client, asked) == gets


def test_a_language_that_was_chosen_goes_before_what_the_browser_asks_for(client):
    choose(client, "sv")
    assert language_of(client, "es") == "sv"


def test_following_a_link_changes_no_language(client):
    assert client.get("/language/").status_code == 405
