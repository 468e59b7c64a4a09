"""
Models read by SQL of our own, where a request must be short.

Over wide models Django takes several times longer to put a query together than PostgreSQL to
answer it (docs/performance.md).
"""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import connection, models

One = TypeVar("One", bound=models.Model)
Other = TypeVar("Other", bound=models.Model)


def columns(model: type[models.Model], table: str) -> str:
    """Return the columns of `model` for a SELECT list, in the order that `instance` expects."""
    return ", ".join(f"{table}.{field.column}" for field in model._meta.concrete_fields)


def instance(model: type[One], values: Sequence[Any]) -> One:
    """Return the row of `model` that has these values in its columns, as if Django had read it."""
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(connection.alias, names, values)


def instances(one: type[One], other: type[Other], values: Sequence[Any]) -> tuple[One, Other]:
    """Return a row of each model, of which the columns of `one` come first."""
    width = len(one._meta.concrete_fields)
    return instance(one, values[:width]), instance(other, values[width:])
