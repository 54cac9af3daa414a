"""What the team fills in about a sample.

The field is not called `reason`: that is what opens a record (accounts.masking), and another family reads it.
"""

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget


class NoteForm(forms.Form):
    """A reason that stays with the team."""

    words = forms.CharField(
        label=_("Grund"), max_length=300, widget=UnfoldAdminTextInputWidget,
        help_text=_("Ein Satz. Er bleibt beim Eintrag stehen; wer die eigenen Daten abruft, kann ihn lesen."),
    )  # fmt: skip


class SaidForm(forms.Form):
    """A reason that the family reads."""

    words = forms.CharField(
        label=_("Grund, den die Familie liest"), max_length=300, widget=UnfoldAdminTextInputWidget,
        help_text=_("Freundlich und genau: Was fehlt oder stimmt nicht, und was hilft?"),
    )  # fmt: skip
