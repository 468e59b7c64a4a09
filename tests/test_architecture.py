"""
House rules that no linter knows; that imports run one way is import-linter's to say.

Each rule is a function from a parsed file to what it finds there, and has an offence on which
it is tried out.
"""

import ast
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

ROOT = settings.BASE_DIR
APPS = ("accounts", "booking", "config", "insights", "notifications", "queueing", "servicepoints")
LONGEST_FILE = 420
# What these rows hold is somebody's: a view gets them through access.py, which asks who wants it.
PERSONAL = {
    "Appointment",
    "Attendee",
    "DeskSession",
    "Device",
    "Mandate",
    "Message",
    "Representative",
    "Role",
    "Ticket",
    "User",
}
WRITES = {"bulk_create", "bulk_update", "create", "delete", "get_or_create", "update"}
HIDING_NAMES = {"base", "common", "helpers", "manager", "misc", "mixins", "services", "utils"}


class File(NamedTuple):
    """A Python file of ours, by its path from the root."""

    path: str
    source: str

    def walk(self) -> Iterator[ast.AST]:
        return ast.walk(parsed(self.source))


@cache
def parsed(source: str) -> ast.Module:
    return ast.parse(source)


@cache
def ours() -> list[File]:
    paths = sorted(
        path
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts
    )
    return [File(str(path.relative_to(ROOT)), path.read_text()) for path in paths]


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for an expression of names, calls and attributes: `Slot.objects.all`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return dotted(node.func) if isinstance(node, ast.Call) else ""


def calls(file: File) -> list[str]:
    """Return what a file calls: `timezone.now`, `Slot.objects.filter.update`."""
    return [dotted(node.func) for node in file.walk() if isinstance(node, ast.Call)]


def imports(file: File) -> set[str]:
    """Return the names a file imports, each with its module: `django.utils.timezone.now`."""
    found: set[str] = set()
    for node in file.walk():
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def functions(file: File) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return the public functions and methods of a file."""
    return [
        node
        for node in file.walk()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_"
    ]


def is_view(file: File) -> bool:
    return Path(file.path).stem.endswith(("views", "api"))


def is_operation(file: File) -> bool:
    return "operations" in Path(file.path).with_suffix("").parts


def is_domain(file: File) -> bool:
    """Whether a file knows nothing of HTTP: it is called by pages, the API and jobs alike."""
    stems = {"availability", "capacity", "horizon", "outbox", "plan", "querysets", "supply"}
    return is_operation(file) or Path(file.path).stem in stems


# The rules ------------------------------------------------------------------------------


def naive_clocks(file: File) -> list[str]:
    """Today is a date in the zone of a point, and a test sets the clock through the module."""
    naive = ("date.today", "datetime.today", "datetime.now", "datetime.utcnow")
    unset = {f"django.utils.timezone.{name}" for name in ("now", "localdate", "localtime")}
    return [call for call in calls(file) if call.endswith(naive)] + sorted(imports(file) & unset)


def hiding_names(file: File) -> list[str]:
    """A file is named for its contents."""
    words = set(Path(file.path).stem.split("_"))
    return sorted(words & HIDING_NAMES)


def long_files(file: File) -> list[str]:
    """A file that grows is split by what it holds."""
    lines = len(file.source.splitlines())
    return [f"{lines} lines"] if lines > LONGEST_FILE else []


def undocumented_operations(file: File) -> list[str]:
    """An operation and a pure function state their promise."""
    promised = is_domain(file) and Path(file.path).stem != "querysets"
    public = [node for node in functions(file) if node in parsed(file.source).body]
    return [node.name for node in public if promised and not ast.get_docstring(node)]


def undocumented_locks(file: File) -> list[str]:
    """A lock says what it keeps apart, and until when."""
    return [
        node.name
        for node in functions(file)
        if "select_for_update" in ast.unparse(node)
        and Path(file.path).stem == "querysets"
        and not ast.get_docstring(node)
    ]


def writes_outside_operations(file: File) -> list[str]:
    """Views and forms fetch, call and redirect; what changes state is an operation."""
    if not (is_view(file) or Path(file.path).stem.endswith("forms")):
        return []
    made = [call for call in calls(file) if call.startswith("transaction.")]
    return made + [
        call for call in calls(file) if ".objects." in call and call.rpartition(".")[2] in WRITES
    ]


def views_that_fetch_by_themselves(file: File) -> list[str]:
    """A view gets what belongs to somebody through access.py."""
    if not is_view(file):
        return []
    return [call for call in calls(file) if call.partition(".objects.")[0] in PERSONAL]


def http_in_the_domain(file: File) -> list[str]:
    """A domain function takes no request and raises no HTTP error."""
    if not is_domain(file):
        return []
    modules = ("django.http", "django.shortcuts", "rest_framework")
    takers = [
        node.name
        for node in functions(file)
        if "request" in [argument.arg for argument in node.args.args]
    ]
    return [name for name in sorted(imports(file)) if name.startswith(modules)] + takers


def mail_and_jobs_in_operations(file: File) -> list[str]:
    """Mail goes out by the outbox and jobs start after the commit, never within it."""
    if not is_operation(file):
        return []
    mail = [name for name in sorted(imports(file)) if name.startswith("django.core.mail")]
    return mail + [call for call in calls(file) if call.endswith((".delay", ".apply_async"))]


def workflow_in_models(file: File) -> list[str]:
    """save() and signals stay free of workflow."""
    overrides = [
        node.name for node in functions(file) if node.name in {"save", "delete"} and _on_a_row(node)
    ]
    return overrides if Path(file.path).stem == "models" or "/models/" in file.path else []


def _on_a_row(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return bool(node.args.args) and node.args.args[0].arg == "self"


OFFENCES: dict[Callable[[File], list[str]], list[File]] = {
    naive_clocks: [
        File("booking/x.py", "import datetime\nx = datetime.date.today()"),
        File("booking/x.py", "from datetime import datetime\nx = datetime.now()"),
        File("booking/x.py", "from django.utils.timezone import now"),
    ],
    hiding_names: [File("booking/utils.py", ""), File("booking/slot_helpers.py", "")],
    long_files: [File("booking/x.py", "x = 1\n" * (LONGEST_FILE + 1))],
    undocumented_operations: [
        File("booking/operations/x.py", "def hold(): ..."),
        File("queueing/operations.py", "def close(): ..."),
        File("servicepoints/plan.py", "def cells(): ..."),
    ],
    undocumented_locks: [
        File("x/querysets.py", "class Q:\n def mine(self): return self.select_for_update()")
    ],
    writes_outside_operations: [
        File("booking/views.py", "Slot.objects.create()"),
        File("booking/manage_views.py", "Slot.objects.filter(pk=1).update(taken=0)"),
        File("booking/api.py", "with transaction.atomic(): pass"),
        File("booking/forms.py", "Slot.objects.all().delete()"),
    ],
    views_that_fetch_by_themselves: [
        File("booking/views.py", "Appointment.objects.get(pk=pk)"),
        File("queueing/api.py", "x = Ticket.objects.waiting().filter(pk=pk).first()"),
    ],
    http_in_the_domain: [
        File("booking/operations/x.py", "from django.http import Http404"),
        File("booking/availability.py", "from rest_framework.exceptions import APIException"),
        File("queueing/operations.py", "def call(request): ..."),
    ],
    mail_and_jobs_in_operations: [
        File("booking/operations/x.py", "from django.core.mail import send_mail"),
        File("queueing/operations.py", "tasks.close_days.delay()"),
    ],
    workflow_in_models: [
        File("booking/models.py", "class Slot:\n def save(self): ..."),
        File("servicepoints/models/desks.py", "class Desk:\n def delete(self): ..."),
    ],
}


@pytest.mark.parametrize("rule", OFFENCES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_rules(rule):
    found = {file.path: rule(file) for file in ours()}

    assert {path: what for path, what in found.items() if what} == {}, rule.__doc__


@pytest.mark.parametrize(
    ("rule", "offence"),
    [(rule, offence) for rule, offences in OFFENCES.items() for offence in offences],
    ids=lambda value: getattr(value, "__name__", None) or value.path,
)
def test_each_rule_finds_its_offence(rule, offence):
    assert rule(offence)


def our_models() -> list[type[models.Model]]:
    return [model for app in APPS for model in apps.get_app_config(app).get_models()]


def test_every_model_says_what_it_is():
    # Django writes one of its own, with the names of the fields.
    silent = [
        model.__name__
        for model in our_models()
        if not model.__doc__ or model.__doc__.startswith(f"{model.__name__}(")
    ]

    assert silent == []


def test_every_constraint_is_named_as_a_sentence():
    names = [constraint.name for model in our_models() for constraint in model._meta.constraints]

    assert [name for name in names if len(name.split("_")) < 4] == []
