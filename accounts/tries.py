"""Limits on guessing, counted in the database."""

import datetime

from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.exceptions import TooManyTries
from accounts.models import TryCount

# No limit counts longer than this.
LONGEST_PERIOD = datetime.timedelta(days=1)

# One statement, so that tries at the same moment are counted one by one.
_COUNT = """
    INSERT INTO accounts_trycount (key, began_at, count) VALUES (%(key)s, now(), 1)
    ON CONFLICT (key) DO UPDATE SET
        began_at = CASE WHEN accounts_trycount.began_at < now() - make_interval(secs => %(seconds)s)
            THEN now() ELSE accounts_trycount.began_at END,
        count = CASE WHEN accounts_trycount.began_at < now() - make_interval(secs => %(seconds)s)
            THEN 1 ELSE accounts_trycount.count + 1 END
    RETURNING count
"""


def count_try(action: str, who: str, *, limit: int, period: datetime.timedelta) -> None:
    """
    Count one more try of `action` by `who`; over `limit` in `period`, raise TooManyTries.

    Call it before the try and outside a transaction, so that a failure keeps the count.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"key": _key(action, who), "seconds": period.total_seconds()})
        (count,) = cursor.fetchone()
    if count > limit:
        raise TooManyTries


def forget_tries(action: str, who: str) -> None:
    """Begin anew after a success: only failures are limited."""
    TryCount.objects.filter(key=_key(action, who)).delete()


def forget_ended() -> None:
    """Remove the counts whose period is over, so that every address ever tried is not kept."""
    TryCount.objects.filter(began_at__lt=timezone.now() - LONGEST_PERIOD).delete()


def _key(action: str, who: str) -> str:
    return f"{action}:{salted_hmac('accounts.tries', who, algorithm='sha256').hexdigest()}"
