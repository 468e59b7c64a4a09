"""
The slot drop: many places become bookable at one moment, and more people than places want one.

Each person searches and claims until served, or until nothing is free at any point.
"""

import datetime
import json
import random
import selectors
import time
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench import requests
from bench.client import Answer, Connection, UnexpectedAnswer
from bench.requests import Requests

PLACES, PEOPLE = 2_900, 5_000
# 29 days of five visits for each of two desks at ten points.
DAYS, VISITS_A_DAY = 29, 5
ANSWERED_WITHIN = 120

FIRST_FREE, FREE_DAYS, FREE_TIMES, CLAIM = "first free times", "free days", "free times", "claim"
SERVED, REFUSED = "served", "refused"

# A person says what they ask for and the request, and is given the answer; then how it ended.
Asking = tuple[str, bytes]
Person = Generator[Asking, Answer, str]


@dataclass
class Drop:
    """What came of it: how each person ended, after how long, and what was asked in all."""

    ends: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    seconds: float = 0.0


def dates_from(first: datetime.date) -> list[datetime.date]:
    """Return DAYS days of the first whole month from `first` that has so many."""
    month = first
    while True:
        month = (month.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
        days = [month + datetime.timedelta(days=day) for day in range(DAYS)]
        if days[-1].month == month.month:
            return days


def person(ask: Requests, service: str, session: str, chance: random.Random) -> Person:
    """Choose a point, a day and a time at random; if it has just been taken, search again."""
    while True:
        found = yield FIRST_FREE, ask.get(requests.first_free(service), session)
        rows = _content(found)["service_points"]
        free = [row for row in rows if row["starts_at"]]
        if not free:
            return REFUSED
        chosen = chance.choice(free)
        point, month = chosen["service_point"], chosen["starts_at"][:7]
        found = yield FREE_DAYS, ask.get(requests.free_days(service, point, month), session)
        days = _content(found)["days"]
        if not days:
            continue
        date = chance.choice(days)["date"]
        found = yield FREE_TIMES, ask.get(requests.free_times(service, point, date), session)
        times = _content(found)["times"]
        if not times:
            continue
        claimed = yield CLAIM, ask.claim(session, service, point, chance.choice(times))
        if claimed.status == 201:
            return SERVED
        if claimed.status != 409:
            raise UnexpectedAnswer(str(claimed))


def _content(answer: Answer) -> Any:
    if answer.status != 200:
        raise UnexpectedAnswer(str(answer))
    return json.loads(answer.body)


@dataclass
class _Visitor:
    connection: Connection
    person: Person


class Crowd:
    """People with a connection each, who are all there before the drop."""

    def __init__(
        self, address: tuple[str, int], ask: Requests, service: str, sessions: Sequence[str]
    ) -> None:
        chance = random.Random(1)
        self.visitors = [
            _Visitor(Connection(address), person(ask, service, session, chance))
            for session in sessions
        ]

    def close(self) -> None:
        for visitor in self.visitors:
            visitor.connection.socket.close()

    def rush(self) -> Drop:
        """Let everybody begin at once; return when the last has ended."""
        drop = Drop()
        began = time.perf_counter()
        with selectors.DefaultSelector() as selector:
            for visitor in self.visitors:
                selector.register(visitor.connection.socket, selectors.EVENT_READ, visitor)
                self._send(drop, visitor, next(visitor.person))
            while len(drop.waits) < len(self.visitors):
                events = selector.select(ANSWERED_WITHIN)
                if not events:
                    raise UnexpectedAnswer(f"no answer in {ANSWERED_WITHIN} s")
                for key, _ in events:
                    if self._has_ended(drop, key.data):
                        drop.waits.append(time.perf_counter() - began)
                        # The server may close what nobody uses.
                        selector.unregister(key.fileobj)
        drop.seconds = time.perf_counter() - began
        return drop

    def _has_ended(self, drop: Drop, visitor: _Visitor) -> bool:
        answer = visitor.connection.read()
        if answer is None:
            return False
        drop.statuses[answer.status] += 1
        try:
            self._send(drop, visitor, visitor.person.send(answer))
        except StopIteration as ended:
            drop.ends[ended.value] += 1
            return True
        return False

    @staticmethod
    def _send(drop: Drop, visitor: _Visitor, asking: Asking) -> None:
        what, request = asking
        drop.asked[what] += 1
        visitor.connection.send(request)
