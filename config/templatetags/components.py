"""What the component templates need to know about a form field. Nothing here decides anything."""

import datetime
from collections.abc import Iterable
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils import dateformat, timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.date_field import DatePartsInput

register = template.Library()


@register.filter
def kind_of_control(field: BoundField) -> str:
    """Return the kind of input that shows `field`; "text" is the usual one."""
    if isinstance(field.field.widget, forms.RadioSelect) and _is_grouped(field.field.widget):
        return "times"
    kinds: tuple[tuple[type[forms.Widget], str], ...] = (
        (DatePartsInput, "date"),
        (forms.CheckboxSelectMultiple, "checkboxes"),
        (forms.RadioSelect, "radios"),
        (forms.Select, "select"),
        (forms.CheckboxInput, "checkbox"),
        (forms.Textarea, "textarea"),
    )
    return next((kind for widget, kind in kinds if isinstance(field.field.widget, widget)), "text")


def _is_grouped(widget: forms.RadioSelect) -> bool:
    return any(isinstance(label, list | tuple) for _value, label in widget.choices)


@register.filter
def first_control_id(field: BoundField) -> str:
    """Return the id an error summary links to: that of the field, or of its first input."""
    if field.id_for_label:
        return field.id_for_label
    if not field.subwidgets:
        return ""
    first = field.subwidgets[0].data
    return (first["subwidgets"][0] if "subwidgets" in first else first)["attrs"]["id"]


@register.simple_tag
def described_by(field: BoundField, hint: str = "") -> str:
    """Return the ids of the hint and of the error that belong to `field`, in reading order."""
    hints = [f"{field.auto_id}_helptext"] if hint or field.help_text else []
    errors = [f"{field.auto_id}_error"] if field.errors else []
    return " ".join([*hints, *errors])


@register.simple_tag
def control(field: BoundField, css_class: str, hint: str = "", **attrs: Any) -> SafeString:
    """Render the input of `field` with `css_class` and those of `attrs` that have a value."""
    given = {name: value for name, value in attrs.items() if value not in ("", None)}
    if description := described_by(field, hint):
        given["aria-describedby"] = description
    own_class = field.field.widget.attrs.get("class", "")
    return field.as_widget(attrs={"class": f"{css_class} {own_class}".strip(), **given})


@register.filter
def weekday_date(value: datetime.date, zone: datetime.tzinfo | None = None) -> str:
    """
    Write a date as people say it: "Monday 14 December", "maanantai 14. joulukuuta".

    A datetime is first taken to `zone`, or to the current time zone.
    """
    # Translators: a Django date format, as in "Monday 14 December"
    return dateformat.format(_in_zone(value, zone), _("l j F"))


@register.filter
def full_date(value: datetime.date, zone: datetime.tzinfo | None = None) -> str:
    """Write a date like weekday_date, with its year: "Monday 14 December 2026"."""
    # Translators: a Django date format, as in "Monday 14 December 2026"
    return dateformat.format(_in_zone(value, zone), _("l j F Y"))


@register.filter
def clock(value: datetime.datetime | datetime.time, zone: datetime.tzinfo | None = None) -> str:
    """
    Write a time of day as on the signs, "9.20" in every language.

    A datetime is first taken to `zone`, or to the current time zone; a time is written as it is.
    """
    if isinstance(value, datetime.time):
        return dateformat.time_format(value, "G.i")
    return dateformat.format(_in_zone(value, zone), "G.i")


def _in_zone(value: datetime.date, zone: datetime.tzinfo | None) -> datetime.date:
    return timezone.localtime(value, zone) if isinstance(value, datetime.datetime) else value


@register.simple_tag
def forms_with_errors(
    form: forms.BaseForm | None, several: Iterable[forms.BaseForm] | None = None
) -> list[forms.BaseForm]:
    """Return those of `several`, or of the one `form`, that have errors, in their order."""
    shown = several or ([form] if form else [])
    return [each for each in shown if each.errors]
