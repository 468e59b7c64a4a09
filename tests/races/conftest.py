"""What the races have in common: real commits, and protections that can be taken away."""

from collections.abc import Callable, Iterator
from unittest import mock

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.test import TransactionTestCase

# What migrations put there stays.
KEPT_APPS = {"contenttypes", "auth"}


@pytest.fixture(autouse=True)
def commits(transactional_db: None) -> None:
    """Every test here commits."""


@pytest.fixture(scope="package", autouse=True)
def rows_are_deleted() -> Iterator[None]:
    """After a test delete its few rows: ten times as fast as truncating every table."""
    with mock.patch.object(TransactionTestCase, "_fixture_teardown", delete_everything):
        yield


def delete_everything(*_test: object) -> None:
    # In any order and whatever is kept for good: without triggers, and so without foreign keys.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for model in apps.get_models(include_auto_created=True):
            if model._meta.app_label not in KEPT_APPS:
                cursor.execute(f'DELETE FROM "{model._meta.db_table}"')


@pytest.fixture
def without(commits: None) -> Iterator[Callable[..., None]]:
    """Take constraints of a model away, by name, until the test ends."""
    gone: list[tuple[type[models.Model], models.BaseConstraint]] = []

    def take_away(model: type[models.Model], *names: str) -> None:
        found = {constraint.name: constraint for constraint in model._meta.constraints}
        for name in names:
            with connection.schema_editor() as editor:
                editor.remove_constraint(model, found[name])
            gone.append((model, found[name]))

    yield take_away
    delete_everything()
    for model, constraint in gone:
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint)
