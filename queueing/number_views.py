"""My number: the page of a ticket on a phone, behind its private link."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from queueing.access import count_ahead_of, ticket_by_code
from queueing.models import Ticket


@never_cache
@require_safe
def my_number(request: HttpRequest, code: str) -> HttpResponse:
    """Show the number, how many are ahead, and the desk when it is called."""
    ticket = ticket_by_code(code)
    is_waiting = ticket.status == Ticket.Status.WAITING
    context = {
        "ticket": ticket,
        "point": ticket.queue_day.service_point,
        "ahead": count_ahead_of(ticket) if is_waiting else 0,
    }
    is_fragment = request.headers.get("HX-Request") == "true"
    template = "queueing/_my_number.html" if is_fragment else "queueing/my_number.html"
    with translation.override(_language(request, ticket)):
        response = render(request, template, context)
        response["Content-Language"] = translation.get_language() or ""
    return response


def _language(request: HttpRequest, ticket: Ticket) -> str | None:
    """Return the language chosen at the kiosk, unless another has been chosen on the phone."""
    chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    return translation.get_language() if chosen else ticket.language
