"""
Limits on how often something may be asked, for each of those who ask: an e-mail address, a
person, a network.

Up to `free` times in a period nothing is noticed. Above that a proof of work is asked for, which
a browser gives by itself. Whoever gives none, without JavaScript, shares a slower pace with the
others who give none; proofs do not count there, so those who prove cannot keep them out. So nobody
is kept out of a library or a camp that shares one address. `most` is far above, and final.
"""

import datetime
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from accounts import proof_of_work
from accounts.exceptions import ProofNeeded, ProofRefused, TooManyRequests
from accounts.tries import key_of

HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


class Limit(NamedTuple):
    """How often `who` may do something in `period`: `free` times, and `most` times with a proof."""

    name: str
    who: str
    free: int
    most: int
    period: datetime.timedelta = HOUR

    @property
    def key(self) -> str:
        return key_of(self.name, self.who)


class Refused(NamedTuple):
    """A limit that is reached: after how many seconds it lets something through again."""

    is_final: bool
    seconds: int


# One statement for all limits of a request, so that requests at the same moment are counted one
# by one; in the order of the keys, so that they cannot deadlock. They stand in it one by one:
# four arrays take longer to send than the counting.
_COUNT = """
    WITH asked (key, free, most, seconds) AS (VALUES {limits})
    INSERT INTO accounts_trycount AS known (key, began_at, count, last_at, ends_at)
    SELECT key, now(), 1, now(), now() + make_interval(secs => seconds) FROM asked ORDER BY key
    ON CONFLICT (key) DO UPDATE SET
        began_at = CASE WHEN known.ends_at <= now() THEN now() ELSE known.began_at END,
        count = CASE WHEN known.ends_at <= now() THEN 1 ELSE known.count + 1 END,
        last_at = CASE WHEN %(proven)s THEN known.last_at ELSE now() END,
        ends_at = CASE WHEN known.ends_at <= now() THEN EXCLUDED.ends_at ELSE known.ends_at END
    WHERE known.ends_at <= now() OR EXISTS (
        SELECT FROM asked WHERE asked.key = known.key AND known.count < asked.most AND (
            known.count < asked.free OR %(proven)s
            OR known.last_at <= now() - make_interval(secs => %(pause)s) AND NOT %(has_proof)s
        )
    )
    RETURNING key
"""

_TAKE_BACK = """
    UPDATE accounts_trycount SET count = count - 1
    WHERE key IN (
        SELECT key FROM accounts_trycount WHERE key = ANY(%(keys)s) AND count > 0
        ORDER BY key FOR NO KEY UPDATE
    )
"""

_WHY = """
    SELECT key, count, greatest(1, ceil(extract(epoch FROM ends_at - now())))::int,
        greatest(1, ceil(%(pause)s + extract(epoch FROM last_at - now())))::int
    FROM accounts_trycount WHERE key = ANY(%(keys)s)
"""


def admit(limits: Sequence[Limit], *, proof: str = "") -> None:
    """
    Count one more request of all of `limits`, or of none.

    Above `free` of one of them it needs a `proof` (of accounts.proof_of_work), which is used up
    then and only then, or a pause of SECONDS_WITHOUT_PROOF since the last one that passed without.
    Refuses with ProofNeeded, ProofRefused and, from `most` on, TooManyRequests, each with
    `retry_after` in seconds. Call it before the work and outside a transaction.
    """
    refused = _count(limits, has_proof=bool(proof))
    if not refused:
        return
    if proof and not any(limit.is_final for limit in refused):
        if not proof_of_work.spend(proof):
            raise ProofRefused(retry_after=_longest(refused))
        refused = _count(limits, has_proof=True, proven=True)
        if not refused:
            return
    final = [limit for limit in refused if limit.is_final]
    if final:
        raise TooManyRequests(retry_after=_longest(final))
    raise ProofNeeded(retry_after=_longest(refused))


@cache
def _count_statement(limits: int) -> str:
    """Return the statement that counts a request in so many limits."""
    one = "(%(key_{0})s, %(free_{0})s::bigint, %(most_{0})s::bigint, %(seconds_{0})s::float8)"
    return _COUNT.format(limits=", ".join(one.format(number) for number in range(limits)))


def _count(limits: Sequence[Limit], *, has_proof: bool, proven: bool = False) -> list[Refused]:
    """
    Count a request everywhere, or return where it is refused and count it nowhere.

    One that has a proof leaves the slower pace to those who have none.
    """
    by_key = {limit.key: limit for limit in limits}
    parameters: dict[str, Any] = {
        "has_proof": has_proof,
        "proven": proven,
        "pause": settings.SECONDS_WITHOUT_PROOF,
    }
    for number, (key, limit) in enumerate(by_key.items()):
        parameters |= {
            f"key_{number}": key,
            f"free_{number}": limit.free,
            f"most_{number}": limit.most,
            f"seconds_{number}": limit.period.total_seconds(),
        }
    with connection.cursor() as cursor:
        cursor.execute(_count_statement(len(by_key)), parameters)
        passed = {key for (key,) in cursor.fetchall()}
        if len(passed) == len(by_key):
            return []
        reached = [key for key in by_key if key not in passed]
        if passed:
            cursor.execute(_TAKE_BACK, {"keys": list(passed)})
        cursor.execute(_WHY, {"keys": reached, "pause": parameters["pause"]})
        rows = cursor.fetchall()
    return [_refused(by_key[key], count, end, pause) for key, count, end, pause in rows] or [
        # Tidied in between: the next request begins a period.
        Refused(is_final=False, seconds=1)
    ]


def _refused(limit: Limit, count: int, seconds_to_end: int, seconds_of_pause: int) -> Refused:
    if count >= limit.most:
        return Refused(is_final=True, seconds=seconds_to_end)
    return Refused(is_final=False, seconds=min(seconds_to_end, seconds_of_pause))


def _longest(refused: Sequence[Refused]) -> int:
    return max(limit.seconds for limit in refused)
