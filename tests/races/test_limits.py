"""Requests at one moment: a proof of work is used once, and a limit lets no more through (T1)."""

from functools import partial

import pytest

from accounts import proof_of_work
from accounts.exceptions import ProofNeeded, ProofRefused
from accounts.limits import Limit, admit
from accounts.models import SpentChallenge, TryCount
from tests.proofs import solved
from tests.races.racing import CONNECTIONS, Meeting, kinds, race

pytestmark = pytest.mark.django_db(transaction=True)

HERE = Limit("hold-network", "192.0.2.1", free=5, most=100)
ME = Limit("hold-person", "7", free=100, most=100)


@pytest.fixture(autouse=True)
def the_pause_is_long(settings):
    """Nothing passes because the machine is slow."""
    settings.SECONDS_WITHOUT_PROOF = 3600


# A proof of work ------------------------------------------------------------------------


def test_a_proof_used_twenty_times_at_one_moment_passes_once():
    proof = solved()

    outcomes = race([partial(proof_of_work.spend, proof)] * 20)

    assert sorted(outcomes) == [False] * 19 + [True]


def test_a_proof_passes_twenty_times_without_its_constraint(without):
    without(SpentChallenge, "a_challenge_is_spent_once")
    proof = solved()

    outcomes = race([partial(proof_of_work.spend, proof)] * 20)

    assert outcomes == [True] * 20


def naive_spend(signature: str, meeting: Meeting) -> bool:
    """See that the challenge was not used, then remember that it is."""
    if SpentChallenge.objects.filter(signature=signature).exists():
        return False
    meeting.wait()
    SpentChallenge.objects.create(signature=signature, ends_at="2040-01-01T00:00Z")
    return True


def test_a_program_that_looks_first_lets_it_pass_twenty_times(without):
    without(SpentChallenge, "a_challenge_is_spent_once")
    meeting = Meeting(CONNECTIONS)

    outcomes = race([partial(naive_spend, "0" * 64, meeting)] * CONNECTIONS)

    assert outcomes == [True] * CONNECTIONS


def test_twenty_requests_with_one_proof_are_one_request_above_the_rate():
    for _ in range(HERE.free):
        admit([HERE])

    outcomes = race([partial(admit, [HERE], proof=solved())] + [partial(admit, [HERE])] * 19)

    assert kinds(outcomes) == {"NoneType": 1, "ProofNeeded": 19}


# A limit --------------------------------------------------------------------------------


def test_fifty_requests_at_one_moment_pass_as_many_as_are_free():
    outcomes = race([partial(admit, [HERE])] * 50)

    assert kinds(outcomes) == {"NoneType": 5, "ProofNeeded": 45}
    assert TryCount.objects.get().count == 5


def naive_admit(limit: Limit, meeting: Meeting) -> None:
    """Read the count, compare it, and save it."""
    row, _made = TryCount.objects.get_or_create(
        key=limit.key, defaults={"began_at": "2020-01-01T00:00Z", "count": 0}
    )
    if row.count >= limit.free:
        raise ProofNeeded(retry_after=1)
    meeting.wait()
    row.count += 1
    row.save(update_fields=["count"])


def test_more_pass_than_are_free_where_the_count_is_read_first():
    meeting = Meeting(CONNECTIONS)

    outcomes = race([partial(naive_admit, HERE, meeting)] * CONNECTIONS)

    assert kinds(outcomes)["NoneType"] == CONNECTIONS


def test_limits_in_any_order_do_not_lock_each_other_out():
    many = HERE._replace(free=1000, most=1000), ME._replace(free=1000, most=1000)

    outcomes = race([partial(admit, many), partial(admit, many[::-1])] * 100)

    assert kinds(outcomes) == {"NoneType": 200}
    assert {row.count for row in TryCount.objects.all()} == {200}


def test_what_one_limit_refuses_is_taken_back_from_the_other_at_one_moment():
    race([partial(admit, [HERE, ME])] * 40)

    assert TryCount.objects.get(key=ME.key).count == HERE.free


def test_a_refused_proof_is_none(transactional_db):
    for _ in range(HERE.free):
        admit([HERE])

    outcomes = race([partial(admit, [HERE], proof="no proof")] * 20)

    assert kinds(outcomes) == {ProofRefused.__name__: 20}
