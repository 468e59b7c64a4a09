"""
The supply in the admin, as far as no visit hangs on it: services, openings, closed days.

Service points, offerings and desk groups stand in booking, which knows who has been promised
what: imports run one way.
"""

from collections import Counter
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import NestedObjects
from django.db.models import Model
from django.forms import ModelChoiceField, ModelForm
from django.http import HttpRequest
from django.utils.dateformat import time_format
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from notifications.admin_pages import AdminPages, ReadOnlyPages
from servicepoints.admin_forms import SupplyForm
from servicepoints.bring_models import BringItem
from servicepoints.models import DateOverride, DeskGroup, Opening, Service
from servicepoints.pair_models import ServicePair

PERIOD = ("valid_from", "valid_until")


class SupplyPages(AdminPages):
    form = SupplyForm
    fixed_once_saved: tuple[str, ...] = ()

    def fixed_fields(self, row: Any) -> tuple[str, ...]:
        """What of a saved row cannot be changed any more."""
        return self.fixed_once_saved

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        for name in self.fixed_fields(obj) if obj else ():
            # Not a read-only field of Django's: constraints that name one are not checked.
            form.base_fields[name].disabled = True
        return form

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else dict(self.prepopulated_fields)

    def history_of(self, row: Any) -> dict[type[Model], int]:
        """Count what is known to keep `row` from being removed; loading it would take long."""
        return {}

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """
        Say how many rows keep one from being removed, and never which.

        Django would list each, thousands of times of day and with them the names of people.
        """
        kept: Counter[type[Model]] = Counter()
        for row in objs:
            kept.update(self.history_of(row))
        if not kept.total():
            collector = NestedObjects(using="default", origin=objs)
            collector.collect(objs)
            kept.update(type(row) for row in collector.protected)
        if not kept.total():
            return super().get_deleted_objects(objs, request)
        counted = [
            f"{capfirst(kind._meta.verbose_name_plural)}: {n}" for kind, n in kept.items() if n
        ]
        return [], {}, set(), counted


@admin.register(Service)
class ServiceAdmin(SupplyPages):
    intro = _(
        "What a visit can be for. A service can be booked when a service point offers it and one "
        "of the point's desk groups serves it."
    )
    list_display = ["name", "category", "minutes", "can_be_urgent", "without_visit", "position"]
    list_filter = ["category", "can_be_urgent", "without_visit"]
    search_fields = ["name_fi", "name_sv", "name_en", "slug"]
    prepopulated_fields = {"slug": ("name_en",)}
    fixed_once_saved = ("slug",)
    fieldsets = [
        (None, {"fields": ["name_fi", "name_sv", "name_en", "slug", "category", "position"]}),
        (_("The visit"), {"fields": ["minutes", "can_be_urgent", "without_visit"]}),
        (_("What to bring"), {"fields": ["bring_fi", "bring_sv", "bring_en"]}),
    ]

    @admin.display(description=_("name"), ordering="name_fi")
    def name(self, service: Service) -> str:
        return service.name


@admin.register(BringItem)
class BringItemAdmin(AdminPages):
    intro = _(
        "What to bring and do in a situation, for one service or for all. What everybody brings "
        "for a service, whatever the situation, is written at the service. People see both when "
        "they have booked, on the page and in the mail."
    )
    list_display = ["text", "situation", "service", "position"]
    list_filter = ["situation", "service"]
    list_select_related = ["service"]
    search_fields = ["text_fi", "text_sv", "text_en"]
    fields = ["situation", "service", "position", "text_fi", "text_sv", "text_en"]

    @admin.display(description=_("what to bring or do"), ordering="text_fi")
    def text(self, item: BringItem) -> str:
        return item.text


@admin.register(ServicePair)
class ServicePairAdmin(SupplyPages):
    intro = _(
        "Which two matters may be handled in one visit: a permit and a travel document, for "
        "example. For any other two, people book two visits. The minutes of both add up, and "
        "some desk group of the point must serve both."
    )
    list_display = ["one", "other"]
    list_select_related = ["one", "other"]
    fields = ["one", "other"]


@admin.register(Opening)
class OpeningAdmin(SupplyPages):
    intro = _(
        "The hours of a week. New and longer hours get their times within an hour, up to six "
        "months ahead. Times that exist already stay as they are: fewer desks and shorter hours "
        "take effect on days that have no times yet. Single days are opened and closed under "
        "Manage."
    )
    # Monday is typed, and saved as new for each of the other days.
    save_as = True
    list_display = ["desk_group", "weekday", "hours", "desks", "public_desks", *PERIOD]
    list_filter = ["desk_group__service_point", "weekday"]
    list_select_related = ["desk_group__service_point"]
    search_fields = [
        "desk_group__name",
        "desk_group__service_point__name_fi",
        "desk_group__service_point__name_sv",
        "desk_group__service_point__name_en",
    ]
    ordering = ["desk_group__service_point__name_fi", "desk_group", "weekday", "opens_at"]
    fields = [
        "desk_group",
        "weekday",
        ("opens_at", "closes_at"),
        ("desks", "public_desks"),
        PERIOD,
    ]

    @admin.display(description=_("hours"), ordering="opens_at")
    def hours(self, opening: Opening) -> str:
        opens_at, closes_at = (
            time_format(time, "G.i") for time in (opening.opens_at, opening.closes_at)
        )
        return f"{opens_at}–{closes_at}"

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        if db_field.name == "desk_group":
            kwargs["queryset"] = DeskGroup.objects.select_related("service_point").order_by(
                "service_point__name_fi", "name"
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(DateOverride)
class DateOverrideAdmin(ReadOnlyPages):
    intro = _(
        "Days that differ from the week. Managers open extra days and close days under Manage, "
        "where nobody with a visit is dropped."
    )
    list_display = ["date", "desk_group", "kind", "opens_at", "closes_at", "desks", "reason"]
    list_filter = ["kind", "desk_group__service_point"]
    list_select_related = ["desk_group__service_point"]
    ordering = ["-date", "desk_group"]
    fields = [
        "desk_group",
        "date",
        "kind",
        ("opens_at", "closes_at"),
        ("desks", "public_desks"),
        "services",
        "reason",
        "created_by",
        "created_at",
    ]
