"""
Text messages: which numbers can have them, how they are written, and who takes them away.

SMS_BACKEND names one function, an `SmsSender`; without it no text message is ever queued.
docs/messages.md has an example.
"""

from typing import Protocol

import phonenumbers
from django.conf import settings
from django.utils.module_loading import import_string
from phonenumbers import PhoneNumberFormat, PhoneNumberType

# Where mobile and fixed numbers look the same (as in North America), a text message is tried.
_CAN_HAVE_TEXTS = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}

# GSM 03.38: the signs of a text message that has room for 160; the second row count double.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "\f^{}\\[~]|€"


class SmsSender(Protocol):
    """What hands one text message to a gateway."""

    def __call__(self, *, to: str, text: str, message_id: str) -> None:
        """
        Send `text` to the number `to` (E.164), or raise: it is then tried again later.

        It may be asked twice for one message, after a timeout; `message_id` is then the same.
        It should give up within ten seconds.
        """


def is_on() -> bool:
    """Whether text messages are sent at all."""
    return bool(settings.SMS_BACKEND)


def sender() -> SmsSender:
    found: SmsSender = import_string(settings.SMS_BACKEND)
    return found


def number_for_texts(typed: str) -> str:
    """
    Return the number in E.164 if it can have text messages, else an empty string.

    A number without a country code belongs to PHONE_REGION.
    """
    try:
        number = phonenumbers.parse(typed, settings.PHONE_REGION)
    except phonenumbers.NumberParseException:
        return ""
    # A number that nobody can have is of no type.
    if phonenumbers.number_type(number) not in _CAN_HAVE_TEXTS:
        return ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def parts(text: str) -> int:
    """
    Return how many messages a gateway makes of `text`, each of which is paid for.

    160 signs of the GSM alphabet are one; with any other sign, 70 are.
    """
    signs = set(text)
    if signs <= set(_BASIC + _EXTENDED):
        length = len(text) + sum(text.count(sign) for sign in _EXTENDED)
        whole, piece = 160, 153
    else:
        length = len(text.encode("utf-16-be")) // 2
        whole, piece = 70, 67
    return 1 if length <= whole else -(-length // piece)
