"""Every write of booking: hold, confirm, move, cancel, remind, release, close, waiting list."""

from booking.operations.changes import cancel, check_movable, move
from booking.operations.days import (
    Reservation,
    close_day,
    extra_day_times,
    open_extra_day,
    reopen_day,
    visits_in_the_way,
)
from booking.operations.ended_holds import expire_holds, let_go
from booking.operations.holds import check_pair, confirm, extend, hold
from booking.operations.offers import accept, decline, lapse_offers, leave, offer_freed_times
from booking.operations.persons import Person
from booking.operations.releases import open_horizon, release_due
from booking.operations.reminders import remind
from booking.operations.rights import holder_of_code, invite, make_right, new_codes
from booking.operations.slots import return_reserved
from booking.operations.staff import (
    cancel_for_somebody,
    confirm_for_somebody,
    hold_for_somebody,
    move_for_somebody,
)
from booking.operations.visits import (
    mark_arrived,
    mark_missed,
    mark_returned,
    mark_served,
    mark_started,
)
from booking.operations.waiting import Urgency, Wishes, end_waiting, join, wait_for_earlier

__all__ = [
    "Person",
    "Reservation",
    "Urgency",
    "Wishes",
    "accept",
    "cancel",
    "cancel_for_somebody",
    "check_movable",
    "check_pair",
    "close_day",
    "confirm",
    "confirm_for_somebody",
    "decline",
    "end_waiting",
    "expire_holds",
    "extend",
    "extra_day_times",
    "hold",
    "hold_for_somebody",
    "holder_of_code",
    "invite",
    "join",
    "lapse_offers",
    "leave",
    "let_go",
    "make_right",
    "mark_arrived",
    "mark_missed",
    "mark_returned",
    "mark_served",
    "mark_started",
    "move",
    "move_for_somebody",
    "new_codes",
    "offer_freed_times",
    "open_extra_day",
    "open_horizon",
    "release_due",
    "remind",
    "reopen_day",
    "return_reserved",
    "visits_in_the_way",
    "wait_for_earlier",
]
