"""Somebody who has identified and whose e-mail address is not known yet: kept in the session."""

import datetime
import time

from django.contrib.sessions.backends.base import SessionBase

from accounts.operations import Identity

KEY = "pending_identity"
# As long as a code: who lets it pass identifies again.
KEPT_SECONDS = 10 * 60


def keep(session: SessionBase, identity: Identity) -> None:
    """Keep who it is until they have proved an e-mail address in this session."""
    born = identity.birth_date
    session[KEY] = {
        "at": time.time(),
        "key": identity.key,
        "name": identity.name,
        "birth_date": born.isoformat() if born else None,
    }


def found(session: SessionBase) -> Identity | None:
    """Return who has identified in this session and has not signed in since."""
    kept = session.get(KEY)
    if not kept or time.time() - kept["at"] > KEPT_SECONDS:
        return None
    born = kept["birth_date"]
    birth_date = datetime.date.fromisoformat(born) if born else None
    return Identity(kept["key"], kept["name"], birth_date)


def forget(session: SessionBase) -> None:
    session.pop(KEY, None)
