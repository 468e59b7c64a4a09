"""How often a sign-in code can be asked for (T6, T12)."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.limits import DAY, Limit, admit
from accounts.tries import forget_tries

# What is counted of an e-mail address; what of a network is in `admit_request`.
HOURLY, DAILY = "code-email", "code-email-day"


def admit_request(email: str, network: str, *, is_known: bool = False, proof: str = "") -> None:
    """
    Count a request for a code, of an address that is known or not alike; refuse as `admit` does.

    So many codes go to one e-mail address at most, whoever asks for them; the last of an hour
    needs a proof or a pause. A browser in which the address was proved before `is_known`, and has
    as many of its own, so that nobody can keep the owner out by asking. What is no e-mail address
    is not counted: nothing is sent to it.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        return
    hour, day = settings.CODES_PER_EMAIL, settings.CODES_PER_EMAIL_A_DAY
    whose = _whose(email, is_known=is_known)
    here = settings.CODES_PER_NETWORK
    limits = [
        Limit(HOURLY, whose, free=max(hour - 1, 0), most=hour),
        Limit(DAILY, whose, free=day, most=day, period=DAY),
        Limit("code-network", network, free=here, most=here * settings.REFUSED_ABOVE_TIMES),
    ]
    admit(limits, proof=proof)


def forget_requests(email: str) -> None:
    """Begin anew for an address whose code was typed: who reads its mails may ask again."""
    for is_known in (False, True):
        whose = _whose(email.lower(), is_known=is_known)
        forget_tries(HOURLY, whose)
        forget_tries(DAILY, whose)


def _whose(email: str, *, is_known: bool) -> str:
    return f"known {email}" if is_known else email
