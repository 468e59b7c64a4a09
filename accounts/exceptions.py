"""The base of every refusal that a person can be shown."""

from http import HTTPStatus
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import npgettext


class Refusal(Exception):
    """
    Something a person asked for that the rules do not allow.

    `code` is stable and part of the API (RFC 9457). `status` says which HTTP answer it is:
    409 the world has changed, 410 it is over, 422 the input cannot be right, 403 not for you.
    `message` is a whole translated sentence; `details` fill its named placeholders.
    """

    code = "refused"
    status = HTTPStatus.CONFLICT
    message: str | Promise = ""

    def __init__(self, **details: Any) -> None:
        self.details = details
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message) % self.details if self.details else str(self.message)


class CodeRefused(Refusal):
    """The same for a wrong, used and expired code: whoever guesses learns nothing (T5)."""

    code = "code_refused"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _(
        "The code is not valid. It works once, for 15 minutes: check it, or ask for a new one."
    )


class TooManyTries(Refusal):
    code = "too_many_tries"
    status = HTTPStatus.TOO_MANY_REQUESTS
    message = _("There have been too many tries from here. Try again in an hour.")


class TooFast(Refusal):
    """Raise with `retry_after`, the seconds after which it can be tried again."""

    code = "too_fast"
    status = HTTPStatus.TOO_MANY_REQUESTS
    message = _("There have been too many requests. Try again in %(wait)s.")

    def __init__(self, *, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(wait=time_text(retry_after))

    @property
    def lets_prove(self) -> bool:
        """Whether a proof of work lifts it."""
        return isinstance(self, ProofNeeded)


class TooManyRequests(TooFast):
    """Whoever asks has reached a limit that nothing lifts before its period ends."""

    code = "too_many_requests"


class ProofNeeded(TooFast):
    """Above a rate a proof of work is asked for; without one there is a slower pace."""

    code = "proof_needed"
    message = _(
        "There have been many requests from here. Send a proof of work with the request, or try "
        "again in %(wait)s."
    )


class ProofRefused(ProofNeeded):
    code = "proof_refused"
    message = _(
        "The proof of work is wrong, too old or has been used. Solve a new challenge, or try "
        "again in %(wait)s."
    )


def time_text(seconds: int) -> str:
    """Return how long somebody has to wait, in words, to stand after "in"; never too short."""
    minutes, hours = -(-seconds // 60), -(-seconds // 3600)
    if seconds <= 90:
        text = npgettext("after in", "%(count)s second", "%(count)s seconds", seconds)
        return text % {"count": seconds}
    if minutes <= 90:
        text = npgettext("after in", "%(count)s minute", "%(count)s minutes", minutes)
        return text % {"count": minutes}
    return npgettext("after in", "%(count)s hour", "%(count)s hours", hours) % {"count": hours}


class DeviceRefused(Refusal):
    code = "device_refused"
    status = HTTPStatus.FORBIDDEN
    message = _("This device may no longer show this page. Ask a manager for a new code.")


class NoRole(Refusal):
    """Whoever works here has a role at some point, or administers all of them."""

    code = "no_role"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _(
        "Give a role at one service point at least, or make the person an administrator. "
        "To end somebody's work here, make them not active."
    )


class LastAdministrator(Refusal):
    code = "last_administrator"
    message = _("Nobody else is an administrator. Make somebody else one first.")


class NotARepresentative(Refusal):
    """Only a verified representative may ask for mandates and use them."""

    code = "not_a_representative"
    status = HTTPStatus.FORBIDDEN
    message = _("You can act for others only after we have verified that you may.")


class AlreadyRepresentative(Refusal):
    code = "already_representative"
    message = _("You have asked already. There is nothing more to do until we have answered.")


class MandateExists(Refusal):
    """It is the same whether the client has answered, or has an account at all (T6)."""

    code = "mandate_exists"
    message = _("You have asked this person already, or act for them. See the list of clients.")


class MandateOfOneself(Refusal):
    code = "mandate_of_oneself"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    message = _("This is your own e-mail address. For yourself you need no mandate.")


class MandateEnded(Refusal):
    """It was ended, its last day is over, or its representative may not act any more."""

    code = "mandate_ended"
    status = HTTPStatus.GONE
    message = _("This mandate is not in force, so nothing can be done with it any more.")


class IdentityTaken(Refusal):
    code = "identity_taken"
    message = _(
        "Somebody has identified with these details under another e-mail address. Sign in with "
        "that address, or identify without signing in first."
    )


class OtherIdentity(Refusal):
    code = "other_identity"
    message = _("This account belongs to somebody who has identified as another person.")


class IdentificationFailed(Refusal):
    """Whatever it was, it is said the same: who tries to deceive learns nothing (T13)."""

    code = "identification_failed"
    status = HTTPStatus.BAD_REQUEST
    message = _("The identification did not succeed, and nothing has changed. Try again.")


class IdentificationCancelled(Refusal):
    code = "identification_cancelled"
    message = _("You did not identify, and nothing has changed.")
