"""Which variables of the environment the software reads, found in its source."""

import ast
import re
from collections.abc import Iterator

from django.conf import settings

CONFIG = settings.BASE_DIR / "config"
NAME = re.compile(r"[A-Z][A-Z0-9_]+")
# What only `make run` and `make test` read, said in the README where it matters.
OF_MAKE = {"PORT"}


def names_read() -> set[str]:
    """Return the names that the settings and what stands beside them ask for."""
    files = [CONFIG / name for name in ("settings.py", "asgi.py", "metrics.py")]
    return {name for file in files for name in _names_in(file.read_text())} - OF_MAKE


def _names_in(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _is_question(node.func):
            first = node.args[0]
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            first = node.slice
        elif isinstance(node, ast.Compare) and ast.unparse(node.comparators[0]) == "os.environ":
            first = node.left
        else:
            continue
        if isinstance(first, ast.Constant) and NAME.fullmatch(str(first.value)):
            yield str(first.value)


def _is_question(called: ast.expr) -> bool:
    text = ast.unparse(called)
    return text == "os.environ.get" or re.fullmatch(r"env\.\w+", text) is not None
