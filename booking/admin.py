"""
The supply in the admin, as far as visits hang on it, and the releases to look at.

Appointments, the people who come and slots are not here: operations are the only ones that
write them, and staff see them where they work, at /desk/ and /manage/.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from booking import promises
from booking.admin_forms import DeskGroupForm, OfferingForm, ServicePointForm
from booking.models import Appointment, Release, Slot
from notifications.admin_pages import ReadOnlyPages, TableOfRows
from servicepoints import operations
from servicepoints.admin import PERIOD, SupplyPages
from servicepoints.admin_forms import SupplyForm
from servicepoints.models import Desk, DeskGroup, Offering, ServicePoint


@admin.register(ServicePoint)
class ServicePointAdmin(SupplyPages):
    intro = _(
        "Where people visit. A point that ends keeps its history: give it a last day instead of "
        "deleting it."
    )
    form = ServicePointForm
    list_display = ["name", "city", "operator", *PERIOD, "week"]
    list_filter = ["operator"]
    search_fields = ["name_fi", "name_sv", "name_en", "city", "slug"]
    prepopulated_fields = {"slug": ("name_fi",)}
    fieldsets = [
        (None, {"fields": ["name_fi", "name_sv", "name_en", "slug"]}),
        (
            _("Address"),
            {
                "fields": [
                    "street_address",
                    ("postal_code", "city"),
                    "country",
                    "time_zone",
                    ("latitude", "longitude"),
                ]
            },
        ),
        (_("Who runs it, and when"), {"fields": ["operator", "operator_name", PERIOD]}),
        (_("For whom it is suited"), {"fields": ["step_free", "languages"]}),
        (
            _("The day"),
            {
                "fields": [
                    "max_people_inside",
                    "tickets_per_day",
                    "move_until_hours",
                    "cancel_until_hours",
                    "arrive_early_minutes",
                    "arrive_late_minutes",
                ]
            },
        ),
    ]

    def fixed_fields(self, row: ServicePoint) -> tuple[str, ...]:
        return ("slug", "time_zone") if promises.has_times(row) else ("slug",)

    def history_of(self, row: ServicePoint) -> dict[type[Model], int]:
        return {model: model.objects.at(row).count() for model in (Slot, Appointment)}

    @admin.display(description=_("name"), ordering="name_fi")
    def name(self, point: ServicePoint) -> str:
        return point.name

    @admin.display(description=_("week"))
    def week(self, point: ServicePoint) -> SafeString:
        url = reverse("manage:week", kwargs={"slug": point.slug})
        return format_html('<a href="{}">{}</a>', url, _("Manage"))


@admin.register(Offering)
class OfferingAdmin(SupplyPages):
    intro = _("Which service points offer which services, from when, and in how many minutes.")
    form = OfferingForm
    list_display = ["service", "service_point", "minutes", *PERIOD, "bookable", "walk_in"]
    list_filter = ["service_point", "service", "bookable", "walk_in"]
    list_select_related = ["service", "service_point"]
    search_fields = [
        f"{of}__name_{language}"
        for of in ("service", "service_point")
        for language in ("fi", "sv", "en")
    ]
    ordering = ["service_point__name_fi", "service__position", "valid_from"]
    fixed_once_saved = ("service", "service_point")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        # Only what is saved already can go on with other minutes.
        minutes: list[str] = ["minutes", "next_minutes"] if obj else ["minutes"]
        return ["service", "service_point", PERIOD, *minutes, "bookable", "walk_in"]

    def save_model(self, request: HttpRequest, obj: Offering, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if minutes := form.cleaned_data.get("next_minutes"):
            operations.continue_offering(obj, minutes=minutes, until=form.initial["valid_until"])
        if not obj.service_point.desk_groups.filter(services=obj.service).exists():
            self.message_user(
                request,
                _("No desk group of the point serves this service yet, so nobody can book it."),
                messages.WARNING,
            )

    def history_of(self, row: Offering) -> dict[type[Model], int]:
        """What somebody booked by is ended, not removed."""
        return {Appointment: promises.visits_of(row)}


class DeskInline(TableOfRows):
    model = Desk
    form = SupplyForm
    fields = ["sign", "active"]
    extra = 1
    # The day's history names it: a desk is taken out of use instead.
    can_delete = False


@admin.register(DeskGroup)
class DeskGroupAdmin(SupplyPages):
    intro = _(
        "Desks whose staff can serve the same services. A desk is taken out of use, never "
        "deleted. The grid is fixed once the group has times, since visits are whole numbers of it."
    )
    form = DeskGroupForm
    inlines = [DeskInline]
    list_display = ["name", "service_point", "desks_in_use", "grid_minutes"]
    list_filter = ["service_point"]
    list_select_related = ["service_point"]
    search_fields = ["name", *(f"service_point__name_{code}" for code in ("fi", "sv", "en"))]
    ordering = ["service_point__name_fi", "name"]
    fields = ["service_point", "name", "grid_minutes", "services"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeskGroup]:
        desks = Count("desks", filter=Q(desks__active=True))
        return super().get_queryset(request).annotate(desks_in_use=desks)

    def fixed_fields(self, row: DeskGroup) -> tuple[str, ...]:
        fixed = ("service_point",)
        return (*fixed, "grid_minutes") if promises.group_has_times(row) else fixed

    def history_of(self, row: DeskGroup) -> dict[type[Model], int]:
        return {Slot: row.slots.count(), Appointment: row.appointments.count()}

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> forms.ModelMultipleChoiceField | None:
        kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @admin.display(description=_("desks in use"), ordering="desks_in_use")
    def desks_in_use(self, group: Any) -> int:
        return int(group.desks_in_use)


@admin.register(Release)
class ReleaseAdmin(ReadOnlyPages):
    intro = _(
        "Times become bookable by releases: of the day that enters the six-month horizon, and of "
        "extra days. Managers set the moment of an extra day under Manage."
    )
    list_display = ["date", "desk_group", "kind", "release_at", "released_at"]
    list_filter = ["kind", ("released_at", admin.EmptyFieldListFilter), "desk_group__service_point"]
    list_select_related = ["desk_group__service_point"]
    ordering = ["-date", "desk_group"]
    fields = [
        "desk_group",
        "date",
        "kind",
        "release_at",
        "released_at",
        "times",
        "taken",
        "created_by",
        "created_at",
    ]

    @admin.display(description=_("times for applicants"))
    def times(self, release: Release) -> int:
        return int(self._numbers(release).times)

    @admin.display(description=_("taken"))
    def taken(self, release: Release) -> int:
        return int(self._numbers(release).taken)

    def _numbers(self, release: Release) -> Any:
        return Release.objects.with_numbers().get(pk=release.pk)
