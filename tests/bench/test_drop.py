"""What a person does in the slot drop of the bench, and on which days it is."""

import datetime
import json
import random

import pytest

from bench import data, drop
from bench.client import Answer, UnexpectedAnswer
from bench.requests import Requests

TIME = "2027-03-01T08:00:00+02:00"
FREE = {"service_points": [{"service_point": "one", "starts_at": TIME}]}
FULL = {"service_points": [{"service_point": "one", "starts_at": None}]}
DAY = {"days": [{"date": "2027-03-01", "times": 1}]}


def outcome(*answers: tuple[int, object]) -> tuple[str, list[str]]:
    """Return how a person ends who is given these answers, and what they asked for."""
    person = drop.person(Requests(80), "service-1", "session", random.Random(1))
    asked = [next(person)[0]]
    for status, body in answers:
        try:
            asked.append(person.send(Answer(status, json.dumps(body).encode()))[0])
        except StopIteration as ended:
            return ended.value, asked
    raise AssertionError("not ended")


def test_who_finds_a_time_and_gets_it_is_served():
    end, asked = outcome((200, FREE), (200, DAY), (200, {"times": [TIME]}), (201, {}))
    assert end == drop.SERVED
    assert asked == [drop.FIRST_FREE, drop.FREE_DAYS, drop.FREE_TIMES, drop.CLAIM]


def test_who_comes_too_late_for_a_time_searches_again_until_nothing_is_free():
    found = [(200, FREE), (200, DAY), (200, {"times": [TIME]})]
    end, asked = outcome(*found, (409, {}), (200, FREE), (200, {"days": []}), (200, FULL))
    assert end == drop.REFUSED
    assert (asked.count(drop.CLAIM), asked.count(drop.FIRST_FREE)) == (1, 3)


@pytest.mark.parametrize("status", [429, 500])
def test_any_other_answer_ends_the_bench(status):
    with pytest.raises(UnexpectedAnswer):
        outcome((status, {}))


@pytest.mark.parametrize(
    ("first", "day"), [("2027-01-05", "2027-03-01"), ("2027-12-31", "2028-01-01")]
)
def test_the_drop_is_in_the_next_month_that_has_so_many_days(first, day):
    days = drop.dates_from(datetime.date.fromisoformat(first))
    assert len(days) == drop.DAYS
    assert days[0].isoformat() == day
    assert days[-1].month == days[0].month


def test_the_drop_has_as_many_places_as_it_says():
    assert data.POINTS * drop.DAYS * drop.VISITS_A_DAY * data.PUBLIC_DESKS == drop.PLACES
