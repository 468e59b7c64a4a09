"""What can be a name, a date of birth and a phone number, for forms and for programs alike."""

import datetime
import unicodedata
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

OLDEST_YEARS = 130
PHONE_SIGNS = set("0123456789 +-()./")
# Some scripts need these between letters, though nobody sees them.
JOINERS = {"\u200c", "\u200d"}
# Letters and marks that nobody sees; the other invisible signs are of the category Cf.
UNSEEN = {
    *("\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u3164", "\uffa0"),
    *map(chr, [*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]),
}


def checked_name(text: str) -> str:
    """Return a name in any script with single spaces, or refuse what has no letter in it."""
    name = " ".join(without_unseen(text, but=JOINERS).split())
    if not any(unicodedata.category(sign).startswith("L") for sign in name):
        raise ValidationError(_("Write the name in letters."))
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in name):
        raise ValidationError(_("The name has a sign that cannot be in a name."))
    return name


def without_unseen(text: str, *, but: Collection[str] = ()) -> str:
    """Leave out what does not show: two names that look the same are then the same (P4)."""
    return "".join(
        sign
        for sign in text
        if sign in but or (sign not in UNSEEN and unicodedata.category(sign) != "Cf")
    )


def checked_birth_date(date: datetime.date) -> datetime.date:
    """Return the date, or refuse one on which nobody who lives was born."""
    today = timezone.localdate()
    if date > today:
        raise ValidationError(_("The date of birth is in the future. Check it."))
    if date.year < today.year - OLDEST_YEARS:
        raise ValidationError(_("The date of birth is too long ago. Check the year."))
    return date


def checked_phone(phone: str) -> str:
    """Return the number as it was written, which may be empty, or refuse what cannot be called."""
    digits = sum(sign.isdigit() for sign in phone)
    if phone and (not set(phone) <= PHONE_SIGNS or digits < 5):
        raise ValidationError(_("Write the phone number in digits, for example +358 40 123 4567."))
    return phone
