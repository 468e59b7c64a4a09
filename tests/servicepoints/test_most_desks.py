"""How many desks weekly openings ask for at once: the pure function behind the admin's refusal."""

import datetime

import pytest

from servicepoints.models import Opening
from servicepoints.plan import most_desks

WINTER, SUMMER = datetime.date(2026, 1, 1), datetime.date(2026, 6, 1)


def hours(first, last, desks, valid_from=WINTER, valid_until=None):
    return Opening(
        opens_at=datetime.time(first),
        closes_at=datetime.time(last),
        desks=desks,
        valid_from=valid_from,
        valid_until=valid_until,
    )


def test_one_opening_asks_for_its_own_desks():
    assert most_desks(hours(8, 16, 3), []) == 3


@pytest.mark.parametrize(
    ("other", "most"),
    [
        (hours(8, 16, 2), 5),
        (hours(15, 17, 2), 5),
        (hours(7, 9, 2), 5),
        (hours(16, 18, 2), 3),
        (hours(6, 8, 2), 3),
        (hours(8, 16, 2, valid_until=WINTER), 5),
        (hours(8, 16, 2, SUMMER), 5),
    ],
)
def test_openings_that_meet_add_up(other, most):
    assert most_desks(hours(8, 16, 3), [other]) == most


def test_openings_of_other_seasons_do_not_meet():
    winter = hours(8, 16, 3, valid_until=datetime.date(2026, 5, 31))
    assert most_desks(winter, [hours(8, 16, 2, SUMMER)]) == 3


def test_others_that_never_meet_each_other_do_not_add_up():
    others = [hours(8, 10, 2), hours(10, 12, 1)]
    assert most_desks(hours(8, 16, 3), others) == 5
