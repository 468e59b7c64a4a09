"""Typing into a page of the admin, as a browser would: what stands there, with changes."""

from typing import Any

from django.forms import BaseForm
from django.http import HttpResponse
from django.test import Client


def save(client: Client, url: str, **changes: Any) -> HttpResponse:
    """Open the form at `url`, change these of its inputs, and press Save."""
    page = client.get(url)
    assert page.status_code == 200, page.status_code
    return client.post(url, what_stands_in(page) | changes)


def what_stands_in(page: Any) -> dict[str, Any]:
    forms: list[BaseForm] = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    return {
        field.html_name: _as_sent(field.value())
        for form in forms
        for field in form
        if field.value() is not None and field.value() is not False
    }


def _as_sent(value: Any) -> Any:
    if isinstance(value, list):
        return [str(getattr(each, "pk", each)) for each in value]
    return "on" if value is True else str(value)


def errors_of(response: Any) -> dict[str, list[str]]:
    """What the page says is wrong, by field; everything of the tables under `rows`."""
    errors = dict(response.context["adminform"].form.errors)
    rows = [
        message
        for inline in response.context["inline_admin_formsets"]
        for messages in (
            inline.formset.non_form_errors(),
            *(each for form in inline.formset.forms for each in form.errors.values()),
        )
        for message in messages
    ]
    return errors | ({"rows": rows} if rows else {})
