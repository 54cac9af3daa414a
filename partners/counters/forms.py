"""Forms around the counter: a device's name, a clerk, a PIN, whom a manager invites."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clevervibes.lib.errors import DomainError
from partners.counters.clerks import BadPin, is_good_pin


class Refusable(forms.Form):
    """A form that can say at the right field why a service refused."""

    at: dict[str, str] = {}  # by the refusal's code

    def refuse(self, error: DomainError) -> None:
        self.add_error(self.at.get(error.code), str(error))


def _name(label: Any, example: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=40,
        error_messages={
            "required": _("Bitte schreiben Sie einen Namen."),
            "max_length": _("Das ist zu lang: höchstens 40 Zeichen. Ihr Text ist noch da."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": example}),
    )


_PIN = {"autocomplete": "off", "inputmode": "numeric", "maxlength": "4", "pattern": "[0-9]{4}",
        "class": "input input--pin"}  # fmt: skip


class PinField(forms.CharField):
    """Four digits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {"required": _("Bitte tippen Sie die vier Ziffern ein.")})
        super().__init__(**{"max_length": 20, "widget": forms.PasswordInput(attrs=_PIN), **kwargs})


class NewPinField(PinField):
    """Four digits that not everybody tries first. The manager says them to somebody, so they can be read."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs=_PIN), **kwargs)

    def validate(self, value: str) -> None:
        super().validate(value)
        if not is_good_pin(value):
            raise forms.ValidationError(str(BadPin.message), code="bad_pin")


class DeviceForm(Refusable):
    name = _name(_("Name des Geräts"), _("zum Beispiel: Tablet vorn"))


class TillForm(Refusable):
    name = _name(_("Name der Kasse"), _("zum Beispiel: Kasse 1"))


class ClerkForm(Refusable):
    at = {"name_taken": "name", "bad_pin": "pin"}

    name = _name(_("Name"), _("so, wie alle im Laden sie nennen"))
    pin = NewPinField(
        label=_("PIN aus vier Ziffern"), help_text=_("Sagen Sie sie der Person, wir zeigen sie nie mehr.")
    )


class PinForm(Refusable):
    at = {"bad_pin": "pin"}

    pin = NewPinField(label=_("Neue PIN aus vier Ziffern"))


class ShiftForm(Refusable):
    """Who is here, and the PIN. Nothing is prefilled: the screen passes from hand to hand."""

    clerk = forms.UUIDField(
        error_messages={
            "required": _("Bitte tippen Sie Ihren Namen an."),
            "invalid": _("Bitte tippen Sie Ihren Namen an."),
        }
    )
    pin = PinField(label=_("Ihre PIN"))


class InviteForm(Refusable):
    mailbox = forms.EmailField(
        label=_("E-Mail-Adresse"),
        max_length=254,
        error_messages={
            "required": _("Bitte schreiben Sie die E-Mail-Adresse."),
            "invalid": _("Das sieht nicht wie eine E-Mail-Adresse aus."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
