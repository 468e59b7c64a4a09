"""
What REST framework says of bad input and has not translated into Finnish or Swedish.

Named here, so that the catalogs of this project have it.
"""

from django.utils.translation import gettext_noop

UNTRANSLATED = [
    gettext_noop("Must be a valid UUID."),
    gettext_noop("Must be a valid boolean."),
    gettext_noop("Not a valid string."),
    gettext_noop("Datetime value out of range."),
    gettext_noop("Ensure this field has no more than {max_length} elements."),
    gettext_noop("Surrogate characters are not allowed: U+{code_point:X}."),
]
