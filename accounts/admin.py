"""Who works here and in which role, and the devices to look at. Applicants are never listed."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import staff
from accounts.exceptions import Refusal
from accounts.models import Device, Representative, Role, User
from notifications.admin_pages import AdminForm, AdminPages, ReadOnlyPages, TableOfRows


class MemberForm(AdminForm):
    field_of_code: ClassVar[dict[str, str]] = {"email_in_use": "email"}

    def validate_unique(self) -> None:
        """Leave the address to the constraint, which says it once, whatever its case."""


class NewMemberForm(MemberForm):
    """Somebody who has booked here with the address before goes on with the same account."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        known = staff.applicant_with(data.get("email", "")) if data else None
        super().__init__(data, *args, **kwargs | ({"instance": known} if known else {}))


class RoleFormSet(BaseInlineFormSet):
    def clean(self) -> None:
        """Ask the operation last, when everything else that is typed is right."""
        super().clean()
        if any(self.errors):
            return
        kept = [form for form in self.forms if form.has_changed() or form.instance.pk]
        try:
            staff.check_can_save(self.instance, roles=len(kept) - len(self.deleted_forms))
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal)) from refusal


class RoleInline(TableOfRows):
    model = Role
    formset = RoleFormSet
    fields = ["service_point", "kind"]
    extra = 1


@admin.register(User)
class UserAdmin(AdminPages):
    intro = _(
        "Who works here. Everybody signs in with a code that comes by e-mail; nobody has a "
        "password. A person who leaves is made not active, and keeps the history."
    )
    form = MemberForm
    inlines = [RoleInline]
    list_display = ["email", "name", "roles", "is_superuser", "is_active", "last_login"]
    list_filter = ["is_active", "is_superuser", "roles__kind", "roles__service_point"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    fields = ["email", "name", "language", "is_superuser", "is_active"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return User.objects.who_work_here().prefetch_related("roles__service_point")

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        if not change:
            kwargs["form"] = NewMemberForm
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        staff.save(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        return ", ".join(
            f"{role.get_kind_display()}: {role.service_point}" for role in user.roles.all()
        )


@admin.register(Device)
class DeviceAdmin(ReadOnlyPages):
    intro = _(
        "Kiosks and lobby screens. Managers enrol them and take them out of use under Manage."
    )
    list_display = ["name", "kind", "service_point", "enrolled_at", "revoked_at"]
    list_filter = ["kind", "service_point"]
    list_select_related = ["service_point"]
    search_fields = ["name"]
    ordering = ["service_point__name_fi", "name"]
    fields = ["name", "kind", "service_point", "created_at", "enrolled_at", "revoked_at"]


@admin.register(Representative)
class RepresentativeAdmin(ReadOnlyPages):
    intro = _(
        "Who may act for others, and who let them. Requests are verified, and roles ended, under "
        "Manage, Representatives: there the clients are told."
    )
    list_display = ["name", "organisation", "kind", "state", "verified_by", "ended_by"]
    list_filter = ["state", "kind"]
    list_select_related = ["verified_by", "ended_by"]
    search_fields = ["name", "organisation", "user__email"]
    ordering = ["name"]
    fields = [
        "name",
        "organisation",
        "kind",
        "evidence",
        "state",
        "asked_at",
        "verified_at",
        "verified_by",
        "ended_at",
        "ended_by",
    ]
