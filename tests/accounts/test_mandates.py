"""Who may act for whom: the role, the question, the answer, the end; and who is told."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import operations, sign_in
from accounts.exceptions import (
    AlreadyRepresentative,
    MandateEnded,
    MandateExists,
    MandateOfOneself,
    NotARepresentative,
    TooManyTries,
)
from accounts.models import Mandate, Representative, User
from notifications.models import Message
from tests.factories import make_mandate, make_representative, make_user

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


def told(template: str) -> set[str]:
    """Return to whom a kind of mail is queued."""
    return set(Message.objects.filter(template=template).values_list("to", flat=True))


def ask(representative: Representative, email: str = "carla@example.org", **fields) -> Mandate:
    return operations.ask_for_mandate(representative, name="Carla", email=email, **fields)


def request_role(user: User | None = None) -> Representative:
    return operations.ask_to_represent(
        user or make_user(), kind="guardian", name="Gunnar", evidence="The court's decision"
    )


# The role ---------------------------------------------------------------------------


def test_a_request_becomes_a_role_when_somebody_verifies_it_and_says_who_did():
    asked, manager = request_role(), make_user()

    operations.verify_representative(asked, by=manager)

    asked.refresh_from_db()
    assert (asked.state, asked.verified_by) == ("verified", manager)
    assert told("representative_decided") == {asked.user.email}


def test_who_verified_first_stays_the_one_who_did():
    asked, first = request_role(), make_user()
    operations.verify_representative(asked, by=first)

    operations.verify_representative(asked, by=make_user())

    asked.refresh_from_db()
    assert asked.verified_by == first


def test_somebody_asks_once_at_a_time():
    user = make_user()
    asked = request_role(user)
    with pytest.raises(AlreadyRepresentative):
        request_role(user)

    operations.end_representative(asked, by=make_user())

    assert request_role(user).state == "asked"


def test_a_request_that_was_turned_down_is_not_verified_later():
    asked = request_role()
    operations.end_representative(asked, by=make_user())

    with pytest.raises(NotARepresentative):
        operations.verify_representative(asked, by=make_user())


def test_the_database_refuses_a_role_that_nobody_verified():
    asked = request_role()

    with pytest.raises(IntegrityError), transaction.atomic():
        Representative.objects.filter(pk=asked.pk).update(state="verified")


def test_whoever_only_asked_for_the_role_asks_no_clients():
    with pytest.raises(NotARepresentative):
        ask(request_role())


def test_ending_the_role_ends_every_mandate_and_tells_each_client():
    representative = make_representative()
    mandates = [make_mandate(representative) for _ in range(2)]
    ask(representative)

    operations.end_representative(representative, by=make_user())

    assert not Mandate.objects.open().exists()
    assert {mandate.client.email for mandate in mandates} <= told("mandate_ended")


# The question -----------------------------------------------------------------------


def test_asking_writes_to_the_client_and_begins_nothing():
    mandate = ask(make_representative())

    assert (mandate.state, mandate.client) == ("asked", None)
    assert told("mandate_asked") == {"carla@example.org"}
    assert not Mandate.objects.in_force().exists()


@pytest.mark.parametrize("is_known", [True, False])
def test_asking_is_the_same_for_an_address_with_and_without_an_account(is_known):
    if is_known:
        make_user("carla@example.org")
    users = User.objects.count() + 2

    mandate = ask(make_representative(), email="Carla@Example.org")

    assert (mandate.state, mandate.client, mandate.client_email) == (
        "asked",
        None,
        "carla@example.org",
    )
    assert User.objects.count() == users
    assert told("mandate_asked") == {"carla@example.org"}


def test_the_client_is_asked_in_the_language_of_their_account():
    make_user("carla@example.org", language="sv")

    ask(make_representative(), language="en")

    assert Message.objects.get(template="mandate_asked").language == "sv"


def test_somebody_without_an_account_is_asked_in_the_language_of_the_page():
    ask(make_representative(), language="en")

    assert Message.objects.get(template="mandate_asked").language == "en"


def test_nobody_asks_for_a_mandate_of_their_own():
    representative = make_representative(make_user("leena@example.org"))

    with pytest.raises(MandateOfOneself):
        ask(representative, email="Leena@example.org")


def test_a_client_is_asked_once_at_a_time():
    representative = make_representative()
    ask(representative)

    with pytest.raises(MandateExists):
        ask(representative, email="CARLA@example.org")


def test_one_address_is_asked_three_times_a_day_whoever_asks():
    for _ in range(3):
        ask(make_representative())

    with pytest.raises(TooManyTries):
        ask(make_representative())


# The answer -------------------------------------------------------------------------


def test_a_mandate_begins_when_the_client_confirms_and_both_are_told():
    representative, client = make_representative(), make_user("carla@example.org")

    mandate = operations.confirm_mandate(ask(representative), by=client)

    assert (mandate.state, mandate.client) == ("active", client)
    assert told("mandate_began") == {client.email, representative.user.email}


def test_confirming_twice_is_harmless():
    client = make_user("carla@example.org")
    asked = ask(make_representative())
    operations.confirm_mandate(asked, by=client)

    assert operations.confirm_mandate(asked, by=client).is_active


def test_a_representative_cannot_confirm_what_they_asked():
    representative = make_representative()

    with pytest.raises(MandateOfOneself):
        operations.confirm_mandate(ask(representative), by=representative.user)


def test_what_was_declined_does_not_begin_later():
    client = make_user("carla@example.org")
    asked = ask(make_representative())
    operations.end_mandate(asked, by=client)

    with pytest.raises(MandateEnded):
        operations.confirm_mandate(asked, by=client)


def test_a_question_of_somebody_whose_role_has_ended_is_not_confirmed():
    representative = make_representative()
    asked = ask(representative)
    operations.end_representative(representative, by=make_user())

    with pytest.raises(MandateEnded):
        operations.confirm_mandate(asked, by=make_user("carla@example.org"))


def test_a_question_that_was_not_answered_in_time_is_not_confirmed():
    asked = ask(make_representative())
    Mandate.objects.filter(pk=asked.pk).update(answer_until=timezone.now() - DAY)

    with pytest.raises(MandateEnded):
        operations.confirm_mandate(asked, by=make_user("carla@example.org"))


# Recorded by staff ------------------------------------------------------------------


def record(representative: Representative, by: User | None = None, **fields) -> Mandate:
    given = {"name": "Carla", "email": "carla@example.org", "basis": "Power of attorney"}
    return operations.record_mandate(representative, by=by or make_user(), **given | fields)


def test_a_mandate_that_staff_have_seen_is_in_force_at_once_and_says_who_saw_it():
    representative, manager = make_representative(), make_user()

    mandate = record(representative, by=manager)

    assert Mandate.objects.in_force().get() == mandate
    assert (mandate.recorded_by, mandate.basis) == (manager, "Power of attorney")
    assert told("mandate_began") == {"carla@example.org", representative.user.email}


def test_recording_answers_what_was_only_asked():
    representative = make_representative()
    asked = ask(representative)

    assert record(representative).pk == asked.pk


def test_what_is_in_force_is_not_recorded_again():
    representative = make_representative()
    record(representative)

    with pytest.raises(MandateExists):
        record(representative)


def test_a_client_whose_mandate_was_recorded_keeps_an_account_that_nobody_has_used():
    mandate = record(make_representative())
    User.objects.filter(pk=mandate.client_id).update(date_joined=timezone.now() - 3 * DAY)

    assert sign_in.forget_unproved() == 0


def test_the_database_refuses_a_recorded_mandate_without_what_was_seen():
    mandate = record(make_representative())

    with pytest.raises(IntegrityError), transaction.atomic():
        Mandate.objects.filter(pk=mandate.pk).update(basis="")


# The end ----------------------------------------------------------------------------


def test_ending_a_mandate_tells_both_once():
    mandate = make_mandate()

    operations.end_mandate(mandate, by=mandate.client)
    operations.end_mandate(mandate, by=mandate.client)

    assert told("mandate_ended") == {mandate.client.email, mandate.representative.user.email}
    assert Message.objects.filter(template="mandate_ended").count() == 2
    assert not Mandate.objects.in_force().exists()


def test_an_address_that_never_answered_is_not_written_to_again():
    representative = make_representative()
    asked = ask(representative)

    operations.end_mandate(asked, by=representative.user)

    assert told("mandate_ended") == {representative.user.email}


def test_a_mandate_holds_on_its_last_day_and_not_after_it():
    mandate = make_mandate(valid_until=timezone.localdate())
    assert Mandate.objects.in_force().exists()

    Mandate.objects.filter(pk=mandate.pk).update(valid_until=timezone.localdate() - DAY)

    assert not Mandate.objects.in_force().exists()


def test_what_has_run_out_is_ended_and_told_by_the_job():
    outdated, _other = make_mandate(), make_mandate()
    Mandate.objects.filter(pk=outdated.pk).update(valid_until=timezone.localdate() - DAY)
    asked = ask(make_representative(), email="silent@example.org")
    Mandate.objects.filter(pk=asked.pk).update(answer_until=timezone.now() - DAY)

    assert operations.end_outdated_mandates() == 2

    assert outdated.client.email in told("mandate_ended")
    assert asked.representative.user.email in told("mandate_ended")
    assert operations.end_outdated_mandates() == 0


@pytest.mark.parametrize("side", ["client", "representative__user"])
def test_nothing_is_in_force_with_a_closed_account(side):
    mandate = make_mandate()
    user = mandate.client if side == "client" else mandate.representative.user

    User.objects.filter(pk=user.pk).update(is_active=False)

    assert not Mandate.objects.in_force().exists()


def test_a_client_asked_again_after_the_end_gives_a_new_mandate():
    mandate = make_mandate()
    operations.end_mandate(mandate, by=mandate.client)

    again = make_mandate(mandate.representative, mandate.client)

    assert again.pk != mandate.pk
