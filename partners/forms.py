from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clevervibes.lib.errors import DomainError
from partners import codes


class CodeForm(forms.Form):
    """What a clerk types, or a hand scanner types for them."""

    code = forms.CharField(
        label=_("Code"),
        max_length=codes.MAX_INPUT,
        error_messages={
            "required": _("Bitte tippen oder scannen Sie den Code vom Handy."),
            "max_length": _("Das ist kein Code von uns. Ein Code hat acht Zeichen."),
        },
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "enterkeyhint": "search",
                "autofocus": True,
                "placeholder": "XXXX-XXXX",
            }
        ),
    )

    def refuse(self, error: DomainError) -> None:
        self.add_error("code", str(error))


class LateForm(forms.Form):
    """A scan that waited on the device. Never drawn: the page sends it by itself."""

    code = forms.CharField(max_length=codes.MAX_INPUT)
    key = forms.UUIDField()
    # Not the device's time of day, which may be wrong: how long ago it was.
    elapsed_ms = forms.IntegerField(min_value=0, max_value=10**15)

    def given(self) -> dict[str, Any]:
        given = self.cleaned_data
        elapsed = timedelta(milliseconds=given["elapsed_ms"])
        return {"text": given["code"], "key": given["key"], "elapsed": elapsed}


class UndoForm(forms.Form):
    """Why a shop takes a redemption back."""

    REASONS = [
        (str(reason), reason)
        for reason in (_("Falsch eingelöst"), _("Nicht vorrätig"), _("Doch nicht gewollt"), _("Anderer Grund"))
    ]
    reason = forms.ChoiceField(
        label=_("Warum?"),
        choices=REASONS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Bitte wählen Sie einen Grund.")},
    )
    details = forms.CharField(
        label=_("Noch etwas dazu?"),
        max_length=120,
        required=False,
        error_messages={"max_length": _("Das ist zu lang: höchstens 120 Zeichen. Ihr Text ist noch da.")},
    )

    def sentence(self) -> str:
        return ": ".join(filter(None, [self.cleaned_data["reason"], self.cleaned_data["details"]]))


class BankAccountForm(forms.Form):
    """Where a shop wants to be paid."""

    iban = forms.CharField(
        label=_("IBAN"),
        max_length=60,
        error_messages={
            "required": _("Bitte schreiben Sie die IBAN des Kontos, auf das wir überweisen sollen."),
            "max_length": _("Das ist zu lang für eine IBAN: Sie hat höchstens 34 Zeichen."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    holder = forms.CharField(
        label=_("Kontoinhaber"),
        max_length=70,
        error_messages={"max_length": _("Das ist zu lang: höchstens 70 Zeichen. Ihr Text ist noch da.")},
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )

    def refuse(self, error: DomainError) -> None:
        field = getattr(error, "field", None)
        self.add_error(field if field in self.fields else None, str(error))
