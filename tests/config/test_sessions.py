"""Our sessions are Django's, read by a plain statement."""

import datetime
from collections.abc import Callable

import pytest
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import tasks
from config.sessions import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def session() -> SessionStore:
    session = SessionStore()
    session["chosen"] = "Helsinki"
    session.create()
    return session


def test_what_was_saved_is_read(session: SessionStore) -> None:
    again = SessionStore(session.session_key)
    again["chosen"] = "Oulu"
    again.save()
    assert SessionStore(session.session_key)["chosen"] == "Oulu"


def test_djangos_own_store_reads_the_same_session(session: SessionStore) -> None:
    assert db.SessionStore(session.session_key)["chosen"] == "Helsinki"


def test_reading_is_one_query(
    session: SessionStore, django_assert_num_queries: Callable[..., object]
) -> None:
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert SessionStore(session.session_key)["chosen"] == "Helsinki"


def test_an_expired_session_is_empty_and_its_key_is_not_used_again(session: SessionStore) -> None:
    Session.objects.update(expire_date=timezone.now() - datetime.timedelta(seconds=1))
    expired = SessionStore(session.session_key)
    assert (expired.get("chosen"), expired.session_key) == (None, None)


def test_a_key_that_somebody_made_up_is_not_used() -> None:
    made_up = SessionStore("a" * 32)
    assert made_up.get("chosen") is None
    made_up.save()
    assert made_up.session_key != "a" * 32


def test_data_that_was_tampered_with_is_ignored(session: SessionStore) -> None:
    Session.objects.update(session_data="forged")
    assert SessionStore(session.session_key).get("chosen") is None


def test_a_session_that_ended_is_gone(session: SessionStore) -> None:
    SessionStore(session.session_key).flush()
    assert SessionStore(session.session_key).get("chosen") is None


def test_sessions_that_have_run_out_are_removed_and_no_others(session: SessionStore) -> None:
    over = SessionStore()
    over.create()
    yesterday = timezone.now() - datetime.timedelta(days=1)
    Session.objects.filter(session_key=over.session_key).update(expire_date=yesterday)
    tasks.forget_sessions()
    assert [row.session_key for row in Session.objects.all()] == [session.session_key]
