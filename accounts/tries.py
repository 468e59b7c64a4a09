"""Tries, counted in the database by its clock, without a word on who tried."""

import datetime

from django.db import connection
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from accounts.exceptions import TooManyTries
from accounts.models import TryCount

# One statement, so that tries at the same moment are counted one by one.
_COUNT = """
    INSERT INTO accounts_trycount AS known (key, began_at, count, last_at, ends_at)
    VALUES (%(key)s, now(), 1, now(), now() + make_interval(secs => %(seconds)s))
    ON CONFLICT (key) DO UPDATE SET
        began_at = CASE WHEN known.ends_at <= now() THEN now() ELSE known.began_at END,
        count = CASE WHEN known.ends_at <= now() THEN 1 ELSE known.count + 1 END,
        last_at = now(),
        ends_at = CASE WHEN known.ends_at <= now() THEN EXCLUDED.ends_at ELSE known.ends_at END
    RETURNING count
"""


def count_try(action: str, who: str, *, limit: int, period: datetime.timedelta) -> None:
    """
    Count one more try of `action` by `who`; over `limit` in `period`, raise TooManyTries.

    Call it before the try and outside a transaction, so that a failure keeps the count.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"key": key_of(action, who), "seconds": period.total_seconds()})
        (count,) = cursor.fetchone()
    if count > limit:
        raise TooManyTries


def forget_tries(action: str, who: str) -> None:
    """Begin anew after a success: only failures are limited."""
    TryCount.objects.filter(key=key_of(action, who)).delete()


def forget_ended_tries() -> int:
    """Remove what was counted in periods that are over; return how many. Harmless at any time."""
    removed, _rows = TryCount.objects.filter(ends_at__lte=Now()).delete()
    return removed


def key_of(action: str, who: str) -> str:
    """Return the name under which `who` is counted: nobody can read from it who it is."""
    return f"{action}:{salted_hmac('accounts.tries', who, algorithm='sha256').hexdigest()}"
