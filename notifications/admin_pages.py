"""What the admin pages of every app share."""

from collections import defaultdict
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.text import capfirst


class AdminForm(forms.ModelForm):
    """A form that shows the violation of a constraint at the field that should change."""

    # By the constraint's `violation_error_code`.
    field_of_code: ClassVar[dict[str, str]] = {}

    def add_error(self, field: str | None, error: Any) -> None:
        if field is None and hasattr(error, "error_dict"):
            error = ValidationError(self._at_fields(error.error_dict))
        super().add_error(field, error)

    def _at_fields(self, errors: dict[str, list[ValidationError]]) -> dict[str, Any]:
        placed = defaultdict(list)
        for field, several in errors.items():
            for error in several:
                better = self.field_of_code.get(error.code or "", field)
                known = field == NON_FIELD_ERRORS and better in self.fields
                placed[better if known else field].append(error)
        return dict(placed)


class AdminPages(admin.ModelAdmin):
    """`intro` stands above the list and the form: what the rows do, and what they do not."""

    intro: str | Promise = ""
    form = AdminForm
    list_per_page = 50


class TableOfRows(admin.TabularInline):
    """Rows of a form in a table; each field is named also for those who do not see its column."""

    form = AdminForm

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs["aria-label"] = capfirst(db_field.verbose_name)
        return field


class ReadOnlyPages(AdminPages):
    """Rows to look at: an operation is the only one that writes them."""

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
