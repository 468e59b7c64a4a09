"""Names that are nearly the same (pure)."""

import unicodedata
from difflib import SequenceMatcher

from booking.people import without_unseen

# Of twelve letters one may differ.
NEARLY = 0.85


def are_alike(one: str, other: str) -> bool:
    """
    Whether two names differ by little: accents, the order of their parts, a letter or two.

    Names of any script are compared, each with its own; nothing is transliterated. Digits, which
    some made-up names have, all differ.
    """
    if _digits(one) != _digits(other):
        return False
    return SequenceMatcher(None, plain(one), plain(other)).ratio() >= NEARLY


def plain(name: str) -> str:
    """Return the letters of a name without accents and case, its parts in alphabetical order."""
    split = without_unseen(unicodedata.normalize("NFKD", name.casefold()))
    letters = "".join(sign if sign.isalnum() else " " for sign in split if not _is_mark(sign))
    return " ".join(sorted(letters.split()))


def _digits(name: str) -> list[str]:
    return [sign for sign in name if sign.isdigit()]


def _is_mark(sign: str) -> bool:
    return unicodedata.category(sign) == "Mn"
