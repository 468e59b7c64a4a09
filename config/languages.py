"""The language of a page: chosen, or asked for by the browser, or English."""

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

FOR_OTHERS = "en"


class ChosenOrEnglish(LocaleMiddleware):
    """
    Django's choice; but whose browser asks only for languages that we do not have gets English.

    Who asks for nothing, or for anything, gets Finnish, the language in which texts are complete.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and _asks_for_others(request):
            translation.activate(FOR_OTHERS)
            request.LANGUAGE_CODE = FOR_OTHERS


def _asks_for_others(request: HttpRequest) -> bool:
    asked = [
        name
        for name, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    ]
    return bool(asked) and not any(name == "*" or _is_ours(name) for name in asked)


def _is_ours(name: str) -> bool:
    try:
        translation.get_supported_language_variant(name)
    except LookupError:
        return False
    return True
