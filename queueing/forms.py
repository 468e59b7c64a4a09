"""What people type at a kiosk and at a desk: the shape of it, never a rule of the day."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from queueing import capacity
from servicepoints.models import Service, ServicePoint


class CodeForm(forms.Form):
    """The one-time code of a new device."""

    code = forms.CharField(
        label=_("Code"),
        max_length=30,
        help_text=_("A manager of the service point gets it. It is valid for 15 minutes."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        error_messages={"required": _("Type the code of this device.")},
    )


class ReferenceForm(forms.Form):
    """The reference of a visit."""

    reference = forms.CharField(
        label=_("Reference of the visit"),
        max_length=30,
        help_text=_("Ten letters and digits. It is in the confirmation of the visit."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        error_messages={"required": _("Type the reference of the visit.")},
    )


class DeskForm(forms.Form):
    """The desk at which somebody sits down: the number of its row."""

    desk = forms.RegexField(
        r"^[0-9]{1,18}\Z",
        label=_("Desk"),
        error_messages={"required": _("Choose a desk."), "invalid": _("Choose a desk.")},
    )


class NumberForm(forms.Form):
    """A number that staff hand out to someone who cannot use the kiosk."""

    service: "forms.ModelChoiceField[Service]" = forms.ModelChoiceField(
        label=_("Matter"),
        queryset=None,
        empty_label=_("Choose"),
        error_messages={"required": _("Choose the matter.")},
    )
    language = forms.ChoiceField(label=_("Language of the customer"), choices=settings.LANGUAGES)
    urgent = forms.BooleanField(
        required=False,
        label=_("The permit, card or document has expired or expires within three months"),
    )
    request_id = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: object, point: ServicePoint, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["service"].queryset = capacity.walk_in_services(point)  # type: ignore[attr-defined]
