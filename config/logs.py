"""Logs as one JSON object a line, with the id of the request that caused them."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

# Follows from the web request into the Celery job it asks for.
request_id: ContextVar[str] = ContextVar("request_id", default="")

STANDARD = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "request", "data"}
PLAIN = (str, int, float, bool, type(None))


class JsonFormatter(logging.Formatter):
    """Write a record as JSON: what `extra` added stands as fields of its own."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
            "request_id": request_id.get() or None,
        }
        line |= {
            name: value
            for name, value in record.__dict__.items()
            if name not in STANDARD and isinstance(value, PLAIN)
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps({k: v for k, v in line.items() if v is not None}, ensure_ascii=False)


def _message(record: logging.LogRecord) -> str:
    """Return what is said, with the route in the place of an address, which may hold a code."""
    said = record.getMessage()
    request = getattr(record, "request", None)
    # As Django writes it.
    path = getattr(request, "path", "").encode("unicode_escape").decode()
    if len(path) < len("/x"):
        return said
    match = getattr(request, "resolver_match", None)
    return said.replace(path, f"/{match.route}" if match else "(no route)")
