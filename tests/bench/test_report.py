"""Figures and ratios of the bench."""

import pytest

from bench.client import Load
from bench.cpu import Cpu
from bench.report import Figures, figures_table, percentile, processor_ratio, ratio


def figures(count: int, seconds: float = 1.0) -> Figures:
    latencies = [0.001 * (n + 1) for n in range(count)]
    return Figures(Load(latencies, seconds, count), Cpu(0.1, 1.5, 0.5))


@pytest.mark.parametrize(("share", "value"), [(0.5, 5), (0.95, 10), (0.9, 9), (0.0, 1), (1.0, 10)])
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(share, value):
    assert percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], share) == value


def test_a_percentile_of_one_value_is_that_value():
    assert percentile([7], 0.95) == 7


def test_a_ratio_is_taken_within_each_round():
    one, other = [figures(10), figures(30), figures(90)], [figures(20), figures(100), figures(90)]
    assert ratio(one, other) == (0.5, 0.3, 1.0)


def test_what_costs_twice_the_processor_time_has_half_the_ratio():
    assert processor_ratio([figures(100)], [figures(200)]) == 0.5


def test_the_table_shows_the_median_of_the_rounds():
    table = figures_table({"claim": [figures(100), figures(300), figures(200)]})
    line = table.splitlines()[-1].split()
    assert line[:4] == ["claim", "200", "100.0", "190.0"]
    assert line[4:] == ["10", "%", "7.50", "2.50"]
