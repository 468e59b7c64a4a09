"""What an administrator types about the supply."""

from typing import ClassVar

from notifications.admin_pages import AdminForm


class SupplyForm(AdminForm):
    field_of_code: ClassVar[dict[str, str]] = {
        "ends_before_it_begins": "valid_until",
        "never_urgent": "can_be_urgent",
        "offered_already": "valid_from",
        "name_in_use": "name",
        "sign_in_use": "sign",
        "closes_before_it_opens": "closes_at",
        "sells_more_than_it_has": "public_desks",
        "same_twice": "other",
        "listed_already": "other",
    }
