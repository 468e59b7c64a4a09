"""What the kiosk's templates need to know about their own address."""

from django import template
from django.http import HttpRequest
from django.utils import translation

register = template.Library()


@register.filter
def in_language(request: HttpRequest, language: str) -> str:
    """Return the address of this kiosk page in `language`."""
    return request.path.replace(f"/{translation.get_language()}/", f"/{language}/", 1)
