"""The form of an organisation, and those of the team that answers it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.models import Club, Organisation
from coins.models import Sponsor
from partners.models import Enquiry


class EnquiryForm(forms.ModelForm):
    """`homepage` is a trap: people never see it. What is wrong is said, and what was typed stays."""

    parts = forms.MultipleChoiceField(
        label=_("Was möchten Sie?"), choices=Enquiry.Part.choices, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Bitte wählen Sie mindestens eines.")},
    )  # fmt: skip
    agreed = forms.BooleanField(
        label=_("Der Club darf mich dazu anschreiben oder anrufen."),
        error_messages={"required": _("Ohne das können wir nicht antworten.")},
    )
    homepage = forms.CharField(
        label=_("Bitte leer lassen"), required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )  # fmt: skip
    mark = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)

    class Meta:
        model = Enquiry
        fields = ["club", "organisation_name", "parts", "contact_name", "email", "phone", "message"]
        labels = {"organisation_name": _("Name der Organisation"), "club": _("In welchem Ort?")}
        help_texts = {"email": _("Dorthin schicken wir gleich einen Link. Erst danach erreicht uns die Anfrage.")}
        widgets = {
            "organisation_name": forms.TextInput(attrs={"autocomplete": "organization"}),
            "contact_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
            "message": forms.Textarea(attrs={"rows": 4}),
        }

    field_order = ["parts", "organisation_name", "club", "contact_name", "email", "phone", "message", "agreed"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        clubs = list(Club.objects.all()[:2])
        # A town with one club is not asked for it.
        self._only_club = clubs[0] if len(clubs) == 1 else None
        if self._only_club:
            del self.fields["club"]

    def clean_organisation_name(self) -> str:
        # It stands in a mail to whoever is named below: a name, and nothing that leads anywhere.
        name = " ".join(str(self.cleaned_data["organisation_name"]).split())
        if "://" in name or "www." in name.lower():
            raise forms.ValidationError(_("Bitte nur den Namen, ohne Internetadresse."))
        return name

    def clean_homepage(self) -> str:
        if self.cleaned_data["homepage"]:
            self.data = self.data.copy()  # type: ignore[attr-defined]
            self.data["homepage"] = ""  # type: ignore[index]
            raise forms.ValidationError(
                _("Ein Feld, das leer bleiben muss, war ausgefüllt. Bitte schicken Sie es noch einmal ab.")
            )
        return ""

    def given(self) -> dict[str, Any]:
        """Return what is stored, without the club."""
        names = ["organisation_name", "parts", "contact_name", "email", "phone", "message"]
        return {name: self.cleaned_data[name] for name in names}

    @property
    def club(self) -> Club:
        club: Club = self._only_club or self.cleaned_data["club"]
        return club


class AcceptForm(forms.Form):
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("Gibt es die Organisation schon?"), required=False,
        empty_label=_("nein, neu anlegen"), widget=UnfoldAdminSelectWidget,
    )  # fmt: skip
    sponsor_kind = forms.ChoiceField(
        label=_("Wie fördert sie?"), choices=[("", "–"), *Sponsor.Kind.choices], required=False,
        widget=UnfoldAdminSelectWidget,
    )  # fmt: skip

    def __init__(self, *args: Any, enquiry: Enquiry, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["organisation"]
        field.queryset = Organisation.objects.filter(club=enquiry.club)
        if Enquiry.Part.SPONSOR not in enquiry.parts:
            del self.fields["sponsor_kind"]


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Grund, in einem Satz"), max_length=600, widget=UnfoldAdminTextareaWidget,
        help_text=_("Steht so in der Mail an die Organisation."),
    )  # fmt: skip
