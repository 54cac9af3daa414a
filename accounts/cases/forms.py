"""One field, and what the question is about."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldBooleanSwitchWidget

from accounts.cases.asking import LONGEST
from accounts.cases.subjects import Subject, read

_TOO_LONG = _("Das ist zu lang: höchstens %(limit_value)d Zeichen. Der Text ist noch da.")


class AskForm(forms.Form):
    """A question; `key` names the case it becomes, so that sent twice it is one."""

    text = forms.CharField(
        label=_("Was ist die Frage?"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Da steht noch nichts."), "max_length": _TOO_LONG},
    )
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)
    zu = forms.CharField(widget=forms.HiddenInput, required=False)
    was = forms.CharField(widget=forms.HiddenInput, required=False)

    @property
    def about(self) -> Subject:
        """Return what it is about, whether or not the text will do."""
        source: Mapping[str, Any] = self.data if self.is_bound else self.initial
        return read(source.get("zu"), source.get("was"))


class MoreForm(forms.Form):
    text = forms.CharField(
        label=_("Noch etwas dazu?"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Da steht noch nichts."), "max_length": _TOO_LONG},
    )


class AnswerForm(forms.Form):
    """What the team answers."""

    text = forms.CharField(
        label=_("Antwort"), max_length=LONGEST, widget=UnfoldAdminTextareaWidget,
        help_text=_("Jugendliche mit Du, alle anderen mit Sie. Wer gefragt hat, bekommt eine Nachricht."),
    )  # fmt: skip
    closing = forms.BooleanField(label=_("Damit ist es erledigt"), required=False, widget=UnfoldBooleanSwitchWidget)
