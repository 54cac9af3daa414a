"""What a youth types around their portfolio."""

from django import forms
from django.utils.translation import gettext_lazy as _


class MakeForm(forms.Form):
    shows_last_name = forms.BooleanField(
        label=_("Mit Nachnamen"), required=False, initial=True,
        help_text=_("Auf dem Blatt. Ein Betrieb hier im Club sieht immer nur Deinen Vornamen."),
    )  # fmt: skip


class GoalForm(forms.Form):
    text = forms.CharField(
        label=_("Was willst Du als Nächstes lernen?"),
        min_length=3,
        max_length=120,
        error_messages={
            "required": _("Schreib kurz auf, was es sein soll."),
            "min_length": _("Schreib kurz auf, was es sein soll."),
            "max_length": _("Höchstens 120 Zeichen. Dein Text ist noch da."),
        },
        widget=forms.TextInput(
            attrs={"placeholder": _("Zum Beispiel: Bruchrechnen, Löten, Türkisch"), "autocomplete": "off"}
        ),
    )  # fmt: skip
