"""Refusals of booking that a person can be shown. `code` is part of the API and stable."""

from http import HTTPStatus

from django.utils.translation import gettext_lazy as _

from accounts.exceptions import Refusal


class TimeTaken(Refusal):
    code = "time_taken"
    message = _("Someone else has just taken this time. Choose another one.")


class NoSuchRight(Refusal):
    """The same for a wrong code and for one that has ended: whoever guesses learns nothing."""

    code = "no_such_right"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("The invitation code is not valid. Check it: it has ten letters and digits.")


class RightDoesNotFit(Refusal):
    code = "right_does_not_fit"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("The invitation is not for this service, service point or day.")


class RightUsedUp(Refusal):
    code = "right_used_up"
    message = _("All the visits of this invitation have been booked.")


class ReservedTooMuch(Refusal):
    code = "reserved_too_much"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("No more desks can be reserved than there are for bookings.")


class ReturnOutOfRange(Refusal):
    code = "return_out_of_range"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _(
        "The reserved times must return to everybody after their release and before the day's "
        "hours begin."
    )


class BeyondPublic(Refusal):
    """To staff: the time can be had beyond the public capacity, by who says why."""

    code = "beyond_public"
    message = _("This time is beyond what the public can book. To take it all the same, say why.")


class ReasonNeeded(Refusal):
    code = "reason_needed"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("Say why. It is kept with the visit.")


class NoSuchTime(Refusal):
    code = "no_such_time"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("The service point is not open for bookings at this time. Choose another time.")


class InThePast(Refusal):
    code = "in_the_past"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("This time has already passed. Choose a later one.")


class OutsideHorizon(Refusal):
    """Raise with `last`, the last local date that can be booked."""

    code = "outside_horizon"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("You can book a time until %(last)s at the latest. Choose an earlier day.")


class NotInOneVisit(Refusal):
    code = "not_in_one_visit"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _(
        "These two matters cannot be handled in one visit. Book a visit for each: finish one "
        "booking, then begin another."
    )


class NotOffered(Refusal):
    code = "not_offered"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("This service cannot be booked at this service point on this day.")


class WrongNumberOfPeople(Refusal):
    code = "wrong_number_of_people"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("One visit is for one to six people, and each of them must be named.")


class SamePersonTwice(Refusal):
    code = "same_person_twice"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("The same person is named twice. Name each person once.")


class PersonHasVisit(Refusal):
    """Raise with `name`, the person who already has an active visit for the service (P4)."""

    code = "person_has_visit"
    message = _("%(name)s already has a time for this service. Move or cancel that time first.")


class PersonHasVisitHere(Refusal):
    """To staff of the point of that visit only: `name`, `day`, `time` and `reference` of it."""

    code = "person_has_visit_here"
    message = _(
        "%(name)s already has a time for this service: %(day)s, %(time)s, reference "
        "%(reference)s. Move or cancel that time first."
    )


class BookedMeanwhile(Refusal):
    """A missed visit cannot be taken up again: one of its people has another one now (P4)."""

    code = "booked_meanwhile"
    message = _(
        "Another time has been booked for the same matter meanwhile, so this visit cannot come "
        "back in line. Ask the staff for help."
    )


class QuotaReached(Refusal):
    """Raise with `limit`, the number of active appointments one e-mail address may have."""

    code = "quota_reached"
    message = _(
        "You already have %(limit)s times booked with this e-mail address, which is the most "
        "one can have. Cancel one of them to book another."
    )


class ClientQuotaReached(Refusal):
    """The same for a client, said to the representative. Raise with `limit`."""

    code = "client_quota_reached"
    message = _(
        "The client already has %(limit)s times booked, by themselves or by others for them, "
        "which is the most one can have."
    )


class HoldExpired(Refusal):
    code = "hold_expired"
    status = HTTPStatus.GONE
    message = _("The time was kept for you, but it was not confirmed in time. Choose a time again.")


class AlreadyHandled(Refusal):
    code = "already_handled"
    message = _("This visit has already begun or ended, so it cannot be changed any more.")


class NotActive(Refusal):
    code = "not_active"
    status = HTTPStatus.GONE
    message = _("This time has been cancelled or has expired.")


class ChangedMeanwhile(Refusal):
    code = "changed_meanwhile"
    message = _("This booking was changed elsewhere at the same moment. Look at it again.")


class TooLateToMove(Refusal):
    """Raise with `hours`, how long before a visit it can be moved."""

    code = "too_late_to_move"
    message = _(
        "A time can be moved online until %(hours)s hours before the visit. "
        "You can still cancel it."
    )


class MovedTooOften(Refusal):
    """Raise with `limit`, how many times an appointment may be moved (T2)."""

    code = "moved_too_often"
    message = _(
        "This time has been moved %(limit)s times already. Contact the service point to change it."
    )


class RequestReused(Refusal):
    """The same idempotency key came with another request (I3)."""

    code = "idempotency_key_reused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("This request key has already been used for another request.")


class NeedDateMissing(Refusal):
    """It presses by a date that was not said."""

    code = "need_date_missing"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("Enter the date.")


class AlreadyWaiting(Refusal):
    code = "already_waiting"
    message = _(
        "One of these people is on the waiting list for this service already. "
        "Each person has one place in line."
    )


class WaitsReached(Refusal):
    """Raise with `limit`, in how many places one e-mail address may wait (T1)."""

    code = "waits_reached"
    message = _(
        "You already wait in %(limit)s places with this e-mail address, which is the most one "
        "can have. Leave one of them to join again."
    )


class OfferEnded(Refusal):
    code = "offer_ended"
    status = HTTPStatus.GONE
    message = _("This offer has ended, and the time has gone to the next person in line.")


class HoursOverlap(Refusal):
    code = "hours_overlap"
    message = _("Some of these hours are already open for these desks. Choose other hours.")


class HoursTooShort(Refusal):
    code = "hours_too_short"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("These hours give no times. Choose a longer period or more desks for bookings.")


class TooManyDesks(Refusal):
    """Raise with `desks`, how many desks the group has."""

    code = "too_many_desks"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("This group has %(desks)s desks in use. Choose at most so many.")


class SkippedByClock(Refusal):
    code = "skipped_by_clock"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("There is no such time on this day, because the clocks are put forward.")


class DayClosed(Refusal):
    code = "day_closed"
    message = _("The service point is closed on this day.")


class DayOutOfRange(Refusal):
    """Raise with `last`, the last local date that can be planned."""

    code = "day_out_of_range"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("Choose a day from today to %(last)s on which the service point operates.")


class ReleaseInThePast(Refusal):
    code = "release_after_opening"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("The times must be released before the day's hours begin.")


class ReleaseMomentPassed(Refusal):
    code = "release_moment_passed"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("This moment has already passed. Choose a later one, or release the times now.")


class DayHasBookings(Refusal):
    """Raise with `count` and keep the `appointments`, so that the page can say who (P7)."""

    code = "day_has_bookings"
    message = _("There are bookings on this day (%(count)s), so it cannot be closed yet.")

    def __init__(self, appointments: list) -> None:
        self.appointments = appointments
        super().__init__(count=len(appointments))


class VisitsOutsidePeriod(Refusal):
    """Raise with `count`, and `first` and `last`, the local dates of the visits (P7)."""

    code = "visits_outside_period"
    message = _(
        "Visits are booked outside this period: %(count)s, from %(first)s to %(last)s. "
        "Move or cancel them first; Manage shows them by week."
    )


class VisitsOfServices(Refusal):
    """Raise with `services` by name, `count`, and `first` and `last`, as above (P7)."""

    code = "visits_of_services"
    message = _(
        "Visits are booked at these desks for %(services)s: %(count)s, from %(first)s to "
        "%(last)s. Move or cancel them first; Manage shows them by week."
    )
