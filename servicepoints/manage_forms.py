"""What a manager types about the point itself. Nothing here knows a rule about the world."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Device


class DeviceForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What is the device?"),
        choices=Device.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the device is.")},
    )
    name = forms.CharField(
        label=_("Name of the device"),
        help_text=_("So that you know it again, for example: Kiosk by the door."),
        max_length=100,
        error_messages={"required": _("Give the device a name.")},
    )
