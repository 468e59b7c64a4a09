"""Texts that are kept in every language."""

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Spoken(models.TextChoices):
    """A language in which people are served; its values are the codes of ISO 639-1."""

    FINNISH = "fi", _("Finnish")
    SWEDISH = "sv", _("Swedish")
    ENGLISH = "en", _("English")
    NORTHERN_SAMI = "se", _("Northern Sámi")
    RUSSIAN = "ru", _("Russian")
    UKRAINIAN = "uk", _("Ukrainian")
    ARABIC = "ar", _("Arabic")


def usual_languages() -> list[str]:
    """Return those in which the agency serves at every point of its own (facts of the agency)."""
    return [code for code, _name in settings.LANGUAGES]


def names_of(languages: list[str]) -> list[str]:
    """Return the names of language codes in the reader's language, in the order of `Spoken`."""
    return [str(each.label) for each in Spoken if each in languages]


def in_reader_language(row: models.Model, field: str) -> str:
    """Return `field` in the active language, or in Finnish where a translation is missing."""
    language = (get_language() or settings.LANGUAGE_CODE)[:2]
    return getattr(row, f"{field}_{language}", "") or getattr(row, f"{field}_fi")


def in_every_language(field: str) -> list[str]:
    """Return the names of the columns that hold `field`: help_fi, help_sv, help_en."""
    return [f"{field}_{language}" for language, _name in settings.LANGUAGES]
