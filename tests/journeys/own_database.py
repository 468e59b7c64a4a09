"""A database that a test and a server in another process both use."""

import contextlib
import io
from collections.abc import Iterator

from django.core.management import call_command
from django.db import connection


@contextlib.contextmanager
def own_database(name: str) -> Iterator[None]:
    """
    Have an empty database of its own for a while, whatever database there was before.

    What is written there is committed, so that a server sees it; no rollback takes it back, and
    nothing of it is left for the tests that come after.
    """
    before = connection.settings_dict["NAME"]
    _recreate(name)
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        _drop(name)


def empty_database() -> None:
    """Take everything out of it."""
    call_command("flush", verbosity=0, interactive=False, stdout=io.StringIO())


def _recreate(name: str) -> None:
    _drop(name)
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)}")


def _drop(name: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)} WITH (FORCE)")
