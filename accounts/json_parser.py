"""Read the body of an API request: JSON in UTF-8, of limited size and depth."""

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from accounts.problems import TooLarge


class JsonParser(parsers.BaseParser):
    """Return the parsed body. What is no JSON raises ParseError, what is too much TooLarge."""

    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: str | None = None, context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge
        try:
            return json.loads(body.decode("utf-8"), parse_constant=_refuse)
        # Nested too deeply is a RecursionError.
        except (ValueError, RecursionError) as error:
            raise ParseError from error


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are no JSON.
