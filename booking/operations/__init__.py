"""Every write of booking: hold, confirm, move, cancel, expire; release, extra day, closing."""

from booking.operations.changes import cancel, check_movable, move
from booking.operations.days import (
    close_day,
    extra_day_times,
    open_extra_day,
    reopen_day,
    visits_in_the_way,
)
from booking.operations.holds import Person, confirm, expire_holds, extend, hold, let_go
from booking.operations.releases import open_horizon, release_due
from booking.operations.visits import mark_arrived, mark_missed, mark_served, mark_started

__all__ = [
    "Person",
    "cancel",
    "check_movable",
    "close_day",
    "confirm",
    "expire_holds",
    "extend",
    "extra_day_times",
    "hold",
    "let_go",
    "mark_arrived",
    "mark_missed",
    "mark_served",
    "mark_started",
    "move",
    "open_extra_day",
    "open_horizon",
    "release_due",
    "reopen_day",
    "visits_in_the_way",
]
