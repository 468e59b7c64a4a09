"""Which visit each claim is for: all different, spread over all groups and free days."""

import datetime
from typing import NamedTuple

from bench import data
from bench.data import Group

# A prime: neighbours in the order of claims are far from each other in the calendar.
STRIDE = 104_729
DAY_SECONDS = 24 * 3600


class Visit(NamedTuple):
    """A group and the instant at which a visit begins there."""

    group: Group
    starts_at: datetime.datetime


class Visits:
    """
    The visits that can be claimed, by number; each number is given out once.

    Visit n and visit n + count are at the same time, at the other desk.
    """

    def __init__(self, groups: list[Group], first: datetime.date, last: datetime.date) -> None:
        self.groups = groups
        self.first = datetime.datetime.combine(first, data.OPENS_AT)
        self.count = len(groups) * ((last - first).days + 1) * data.VISITS_A_DAY
        self.given = 0

    def take(self, count: int) -> range:
        """Return `count` numbers that nobody had."""
        self.given += count
        assert self.given <= self.count * data.PUBLIC_DESKS
        return range(self.given - count, self.given)

    def visit(self, number: int) -> Visit:
        time, group = divmod(number * STRIDE % self.count, len(self.groups))
        day, start = divmod(time, data.VISITS_A_DAY)
        after = datetime.timedelta(days=day, minutes=start * data.VISIT_MINUTES)
        return Visit(self.groups[group], self.first + after)
