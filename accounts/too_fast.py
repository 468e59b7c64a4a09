"""A page that asks to wait, or to prove work, before it goes on."""

from django.http import HttpResponse

from accounts.exceptions import TooFast


def answer_too_fast(page: HttpResponse, refusal: TooFast) -> HttpResponse:
    """Say on a page that shows `too_fast` when to come again, for programs too (RFC 6585)."""
    page.status_code = refusal.status
    page["Retry-After"] = str(refusal.retry_after)
    return page
