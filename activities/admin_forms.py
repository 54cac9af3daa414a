"""Forms of the team about shared time."""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from activities.models import SharedTimeEntry


class RejectForm(forms.Form):
    reason = forms.CharField(
        label=_("Grund"), max_length=300, widget=UnfoldAdminTextInputWidget,
        help_text=_("Lesen die Jugendlichen und ihre Eltern: Was war nicht in Ordnung, und was geht stattdessen?"),
    )  # fmt: skip
    # In which state the entry was when the page was drawn.
    seen = forms.ChoiceField(choices=SharedTimeEntry.Status, widget=forms.HiddenInput)
