"""Texts that are kept in every language."""

from django.conf import settings
from django.db import models
from django.utils.translation import get_language


def in_reader_language(row: models.Model, field: str) -> str:
    """Return `field` in the active language, or in Finnish where a translation is missing."""
    language = (get_language() or settings.LANGUAGE_CODE)[:2]
    return getattr(row, f"{field}_{language}", "") or getattr(row, f"{field}_fi")


def in_every_language(field: str) -> list[str]:
    """Return the names of the columns that hold `field`: help_fi, help_sv, help_en."""
    return [f"{field}_{language}" for language, _name in settings.LANGUAGES]
