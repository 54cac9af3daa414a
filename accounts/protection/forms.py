"""What somebody says was not okay, as much or as little as they want."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.admin_forms import PersonField
from accounts.models import Club


class ConcernForm(forms.Form):
    """Only the first field is needed. `key` names the concern it becomes: sent twice, it is one."""

    what = forms.CharField(
        label=_("Was war los?"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
        help_text=_("So, wie es Dir oder Ihnen einfällt. Ein Satz genügt."),
        error_messages={
            "required": _("Ein Satz genügt: Was war los?"),
            "max_length": _("Das ist zu lang: höchstens %(limit_value)d Zeichen. Der Text ist noch da."),
        },
    )
    place = forms.CharField(
        label=_("Wo war das?"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Zum Beispiel in einem Betrieb, in einem Laden, hier auf der Seite."),
    )  # fmt: skip
    reach = forms.CharField(
        label=_("Wie können wir antworten?"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Telefon, E-Mail oder Benutzername. Ohne das lesen wir es genauso, können aber nicht nachfragen."),
    )  # fmt: skip
    club = forms.ModelChoiceField(
        Club.objects.all(), label=_("Welcher Club?"), required=False, empty_label=_("weiß nicht")
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
    page = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)

    def __init__(self, *args: Any, own_club: Club | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clubs = list(Club.objects.all()[:2])
        # Whoever is signed in, and a town with one club, is not asked.
        self._only_club = own_club or (clubs[0] if len(clubs) == 1 else None)
        if self._only_club or not clubs:
            del self.fields["club"]

    def clean_what(self) -> str:
        said: str = self.cleaned_data["what"].replace("\x00", "")
        return said

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        given["club"] = self._only_club or given.get("club")
        return given


class CloseForm(forms.Form):
    note = forms.CharField(label=_("Was ist getan?"), max_length=2000, widget=UnfoldAdminTextareaWidget)


class MemberForm(forms.Form):
    club = forms.ModelChoiceField(Club.objects.all(), label=_("Club"), widget=UnfoldAdminSelectWidget)
    person = PersonField(
        label=_("Benutzername"), help_text=_("Wer im Schutz-Team ist, erfährt es von jedem neuen Namen.")
    )
