"""The names of countries."""

from babel import Locale
from django.conf import settings
from django.utils.translation import get_language


def name_of_country(code: str) -> str:
    """Return the name in the reader's language; an unknown code stays as it is."""
    language = (get_language() or settings.LANGUAGE_CODE)[:2]
    return str(Locale(language).territories.get(code, code))
