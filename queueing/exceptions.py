"""Refusals of the day itself that a person can be shown."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from accounts.exceptions import Refusal


class NotUrgent(Refusal):
    code = "not_urgent"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _(
        "Queue numbers are for urgent matters: a Finnish permit, card or travel document that "
        "has expired or expires within three months. Please book a time."
    )


class NotServedByNumber(Refusal):
    code = "not_served_by_number"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("This matter is not served by queue number here. Please book a time.")


class PointClosed(Refusal):
    code = "point_closed"
    message = _("The service point is closed now. Queue numbers are given when it is open.")


class NumbersExhausted(Refusal):
    code = "numbers_exhausted"
    message = _(
        "All queue numbers of today have been given. Come back tomorrow morning, "
        "book a time, or ask the staff."
    )


class UnknownReference(Refusal):
    code = "unknown_reference"
    status = HTTPStatus.NOT_FOUND
    message = _("There is no visit with this reference today. Check it, or ask the staff.")


class WrongPoint(Refusal):
    """Raise with `point`, the name of the service point where the visit is."""

    code = "wrong_point"
    message = _("Your visit is at another service point: %(point)s.")


class TooEarly(Refusal):
    """Raise with `date` and `time` of the visit in local time."""

    code = "too_early"
    message = _("Your visit is on %(date)s at %(time)s. Check in closer to the time.")


class TooLate(Refusal):
    """Raise with `time`, the local time of the visit."""

    code = "too_late"
    message = _("Your visit was at %(time)s, which is too long ago. Ask the staff for help.")


class NobodyWaiting(Refusal):
    code = "nobody_waiting"
    status = HTTPStatus.NOT_FOUND
    message = _("Nobody is waiting for this desk.")


class NotAtADesk(Refusal):
    code = "not_at_a_desk"
    message = _("You are not at a desk. Choose a desk first.")


class DeskBusy(Refusal):
    """Raise with `number`, the ticket that is at the desk."""

    code = "desk_busy"
    message = _("Number %(number)s is still at this desk. Finish it first.")


class DeskOccupied(Refusal):
    """Raise with `desk`, its sign."""

    code = "desk_occupied"
    message = _("Someone else is working at desk %(desk)s. Choose another desk.")


class MissedTwice(Refusal):
    """Raise with `number` of the ticket: who was missed comes back into line by themselves once."""

    code = "missed_twice"
    message = _(
        "Number %(number)s has been called twice and nobody came. Ask the staff: they can put it "
        "back in line or give a new number."
    )


class WrongState(Refusal):
    """Raise with `number` of the ticket."""

    code = "wrong_state"
    message = _("Number %(number)s has moved on meanwhile. The page shows how it is now.")
