"""Limits on requests: free up to a rate, then for a proof of work or at a slower pace."""

import pytest
from django.db import connection

from accounts import limits, proof_of_work, tasks
from accounts.exceptions import ProofNeeded, ProofRefused, TooManyRequests
from accounts.limits import Limit, admit
from accounts.models import SpentChallenge, TryCount
from accounts.tries import count_try
from tests.proofs import solved

pytestmark = pytest.mark.django_db

HERE = Limit("hold-network", "192.0.2.1", free=2, most=4)
ME = Limit("hold-person", "7", free=10, most=20)


def pass_freely(limit: Limit = HERE) -> None:
    for _ in range(limit.free):
        admit([limit])


def let_pass(interval: str) -> None:
    """Let time go by for everything that was counted, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_trycount SET last_at = last_at - %(by)s::interval, "
            "ends_at = ends_at - %(by)s::interval",
            {"by": interval},
        )


def counted(limit: Limit) -> int:
    row = TryCount.objects.filter(key=limit.key).first()
    return row.count if row else 0


def test_up_to_the_rate_nothing_is_asked_for():
    pass_freely()
    assert counted(HERE) == 2


def test_above_the_rate_a_proof_is_asked_for():
    pass_freely()
    with pytest.raises(ProofNeeded) as refusal:
        admit([HERE])
    assert 1 <= refusal.value.retry_after <= 30


def test_with_a_proof_it_goes_on_at_once():
    pass_freely()
    admit([HERE], proof=solved())
    admit([HERE], proof=solved())
    assert counted(HERE) == 4


def test_a_proof_works_once():
    pass_freely()
    proof = solved()
    admit([HERE], proof=proof)
    with pytest.raises(ProofRefused):
        admit([HERE], proof=proof)
    assert counted(HERE) == 3


def test_a_proof_that_was_not_needed_is_not_used_up():
    proof = solved()
    admit([HERE], proof=proof)
    assert not SpentChallenge.objects.exists()


def test_far_above_the_rate_no_proof_helps_nor_is_used_up():
    pass_freely()
    admit([HERE], proof=solved())
    admit([HERE], proof=solved())
    proof = solved()
    with pytest.raises(TooManyRequests) as refusal:
        admit([HERE], proof=proof)
    assert 3500 < refusal.value.retry_after <= 3600
    assert SpentChallenge.objects.count() == 2


def test_without_a_proof_it_goes_on_after_a_pause():
    pass_freely()
    let_pass("31 seconds")
    admit([HERE])
    with pytest.raises(ProofNeeded):
        admit([HERE])


def test_who_proves_does_not_lengthen_the_pause_of_those_who_cannot():
    pass_freely()
    let_pass("31 seconds")
    admit([HERE], proof=solved())
    admit([HERE])


def test_after_the_period_it_begins_anew():
    pass_freely()
    let_pass("61 minutes")
    admit([HERE])
    assert counted(HERE) == 1


def test_what_one_limit_refuses_no_other_counts():
    pass_freely()
    with pytest.raises(ProofNeeded):
        admit([HERE, ME])
    assert counted(ME) == 0


def test_refused_requests_never_lead_to_the_final_limit():
    pass_freely()
    for _ in range(10):
        with pytest.raises(ProofNeeded):
            admit([HERE])
    admit([HERE], proof=solved())


def test_who_asks_is_counted_apart():
    pass_freely()
    admit([HERE._replace(who="192.0.2.2")])


def test_a_request_costs_one_query(django_assert_num_queries):
    pass_freely(ME)
    with django_assert_num_queries(1):
        admit([HERE, ME._replace(free=20)])


def test_nothing_that_is_kept_tells_who_asked():
    admit([Limit("code-email", "amina@example.org", free=1, most=1), HERE])
    kept = str(list(TryCount.objects.values()))
    assert "amina" not in kept and "192.0.2.1" not in kept


def test_what_was_counted_is_forgotten_when_its_period_is_over():
    admit([HERE])
    count_try("enrol", "192.0.2.1", limit=5, period=limits.HOUR)
    tasks.forget_requests()
    assert TryCount.objects.count() == 2
    let_pass("61 minutes")
    tasks.forget_requests()
    tasks.forget_requests()
    assert not TryCount.objects.exists()


def test_a_used_proof_is_forgotten_when_it_could_not_be_used_again(monkeypatch):
    monkeypatch.setattr(proof_of_work, "LIFETIME_MINUTES", -1)
    assert not proof_of_work.spend(solved())
    monkeypatch.setattr(proof_of_work, "LIFETIME_MINUTES", 10)
    assert proof_of_work.spend(solved())
    tasks.forget_requests()
    assert SpentChallenge.objects.count() == 1
    SpentChallenge.objects.update(ends_at="2020-01-01T00:00Z")
    tasks.forget_requests()
    assert not SpentChallenge.objects.exists()
