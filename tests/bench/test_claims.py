"""Which claims the bench makes, and what it reads of pgbench's words."""

import datetime

import pytest

from bench.data import PUBLIC_DESKS, VISITS_A_DAY, Group
from bench.pgbench import SCRIPT, ClaimsFailed, latencies_in, rate_in
from bench.visits import Visits

FIRST = datetime.date(2026, 12, 1)
GROUPS = [Group(id=id, service_id=1, service="one", point=f"point-{id}") for id in (1, 2, 3)]


def test_every_time_of_every_group_is_claimed_once_for_each_desk():
    visits = Visits(GROUPS, FIRST, FIRST + datetime.timedelta(days=9))
    claimed = [visits.visit(number) for number in visits.take(visits.count * PUBLIC_DESKS)]
    assert visits.count == len(set(claimed)) == len(GROUPS) * 10 * VISITS_A_DAY
    assert all(claimed.count(visit) == PUBLIC_DESKS for visit in claimed[:20])


def test_no_number_is_given_twice():
    visits = Visits(GROUPS, FIRST, FIRST)
    assert set(visits.take(5)).isdisjoint(visits.take(5))


def test_the_script_leaves_no_parameter_of_the_statement_open():
    assert "%(" not in SCRIPT


def test_the_rate_is_the_one_without_connecting():
    said = "latency average = 2.8 ms\ntps = 2392.5 (without initial connection time)\n"
    assert rate_in(said) == 2392.5


def test_words_without_a_rate_are_a_failure():
    with pytest.raises(ClaimsFailed):
        rate_in("pgbench: error")


def test_the_log_has_microseconds_in_its_third_column():
    assert latencies_in("0 1 2500 0 1 1\n1 1 500 0 1 1\n") == [0.0025, 0.0005]
