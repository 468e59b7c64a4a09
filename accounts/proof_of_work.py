"""
Proofs of work (ALTCHA): a browser or a program computes for a moment, and nobody solves a puzzle.

A challenge is signed and kept nowhere. A solved one works once (T1): its signature is kept, under
a unique constraint, for as long as the challenge lives.
"""

import base64
import binascii
import json
import secrets
from typing import Any

from altcha import Payload, create_challenge, verify_solution
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from accounts.models import SpentChallenge

ALGORITHM = "PBKDF2/SHA-256"
# Iterations of each try, so that a browser's work is computing and not calling functions.
COST = 1000
# Minutes that a challenge lives, and that it is remembered when it has been used.
LIFETIME_MINUTES = 10
LONGEST_PAYLOAD = 4000

# Its end is judged here, by the database's clock, and so is whether it was used before.
_SPEND = """
    INSERT INTO accounts_spentchallenge (signature, ends_at)
    SELECT %(signature)s, to_timestamp(%(until)s) WHERE to_timestamp(%(until)s) > now()
    ON CONFLICT DO NOTHING
"""


def new_challenge() -> dict[str, Any]:
    """
    Return a challenge as ALTCHA's widget takes it. It lives ten minutes and changes nothing.

    About PROOF_OF_WORK_TRIES tries solve it, half as many to half as many again.
    """
    tries = settings.PROOF_OF_WORK_TRIES
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM now() + make_interval(mins => %s))::bigint",
            [LIFETIME_MINUTES],
        )
        (until,) = cursor.fetchone()
    challenge = create_challenge(
        ALGORITHM,
        COST,
        counter=tries // 2 + secrets.randbelow(tries + 1),
        # Not as `expires_at`, which would be judged by the clock of whatever machine looks at it.
        data={"until": until},
        hmac_secret=_secret("challenge"),
        hmac_key_secret=_secret("key"),
    )
    return challenge.to_dict()


def spend(proof: str) -> bool:
    """
    Use up a solved challenge; say whether it was one: ours, solved, alive and not used before.

    Of many that come with the same one at a moment one is right. Call it outside a transaction,
    so that it stays used whatever becomes of the request.
    """
    payload = _read(proof)
    if payload is None:
        return False
    result = verify_solution(payload, _secret("challenge"), hmac_key_secret=_secret("key"))
    if not result.verified:
        return False
    challenge = payload.challenge
    with connection.cursor() as cursor:
        parameters = {
            "signature": challenge.signature,
            "until": (challenge.parameters.data or {})["until"],
        }
        cursor.execute(_SPEND, parameters)
        return bool(cursor.rowcount)


def forget_spent() -> int:
    """Remove used challenges that are over, which no longer need be told apart; return how many."""
    removed, _rows = SpentChallenge.objects.filter(ends_at__lte=Now()).delete()
    return removed


def _read(proof: str) -> Payload | None:
    if len(proof) > LONGEST_PAYLOAD:
        return None
    try:
        # UnicodeError is a ValueError; nested too deeply is a RecursionError.
        return Payload.from_dict(json.loads(base64.b64decode(proof, validate=True)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error):
        return None


def _secret(purpose: str) -> str:
    return salted_hmac("accounts.proof_of_work", purpose, algorithm="sha256").hexdigest()
