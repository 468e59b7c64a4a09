"""The base of every refusal that a person can be shown."""

from http import HTTPStatus
from typing import Any

from django.utils.functional import Promise


class Refusal(Exception):
    """
    Something a person asked for that the rules do not allow.

    `code` is stable and part of the API (RFC 9457). `status` says which HTTP answer it is:
    409 the world has changed, 410 it is over, 422 the input cannot be right, 403 not for you.
    `message` is a whole translated sentence; `details` fill its named placeholders.
    """

    code = "refused"
    status = HTTPStatus.CONFLICT
    message: str | Promise = ""

    def __init__(self, **details: Any) -> None:
        self.details = details
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message) % self.details if self.details else str(self.message)
