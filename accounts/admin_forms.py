"""Forms of the team: publishing a text, what came on paper or by telephone, a birth date put right."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from unfold.forms import UserChangeForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts import consent, selectors
from accounts.models import User, YouthProfile


class PersonField(forms.CharField):
    """A person by username; gives the user."""

    widget = UnfoldAdminTextInputWidget(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"})
    default_error_messages = {"unknown": _("Diesen Benutzernamen gibt es nicht.")}

    def clean(self, value: object) -> User | None:
        username = super().clean(value)
        if not username:
            return None
        user = User.objects.filter(username__iexact=username.strip()).first()
        if user is None:
            raise forms.ValidationError(self.error_messages["unknown"], code="unknown")
        return user


class PublishForm(forms.Form):
    days_to_answer = forms.IntegerField(
        label=_("Tage zum Antworten"),
        min_value=0,
        max_value=consent.MAX_DAYS_TO_ANSWER,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
        help_text=_("So lange gilt die bisherige Einwilligung noch. Bei 0 zählt ab sofort nur der neue Text."),
    )


class PaperConsentForm(forms.Form):
    youth = PersonField(label=_("Für: Benutzername der Jugendlichen"))
    signed_by = PersonField(
        label=_("Unterschrieben von: Benutzername"),
        help_text=_("Unter 16 ein Elternteil, ab 16 die Jugendlichen selbst. Hebt einen früheren Widerruf auf."),
    )
    note = forms.CharField(
        label=_("Vermerk"), max_length=300, widget=UnfoldAdminTextInputWidget,
        help_text=_("Zum Beispiel: Bogen vom 3. Mai im Ordner, oder wer mit wem gesprochen hat."),
    )  # fmt: skip

    def clean_youth(self) -> YouthProfile:
        youth = YouthProfile.objects.select_related("user").filter(user=self.cleaned_data["youth"]).first()
        if youth is None:
            raise forms.ValidationError(_("Das ist keine Jugendliche und kein Jugendlicher."))
        return youth

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        values["text"] = selectors.current_text()
        if values["text"] is None:
            raise forms.ValidationError(_("Es ist noch kein Einwilligungstext veröffentlicht."))
        return values


class WithdrawalForm(forms.Form):
    said_by = forms.ModelChoiceField(User.objects.none(), label=_("Widerrufen von"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, youth: YouthProfile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        guardians = Q(guardianships__youth=youth, guardianships__ended_at=None)
        said_by: Any = self.fields["said_by"]
        said_by.queryset = User.objects.filter(guardians | Q(pk=youth.user_id)).distinct()


class BirthDateForm(forms.Form):
    birth_date = forms.DateField(label=_("Geburtsdatum"), widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}))
    reason = forms.CharField(
        label=_("Grund"), max_length=300, widget=UnfoldAdminTextInputWidget,
        help_text=_("Bleibt stehen, solange die Person im Club ist: zum Beispiel, was bei der Anmeldung vertippt war."),
    )  # fmt: skip


class StopForm(forms.Form):
    sentence = forms.CharField(
        label=_("Satz für die Familie"), max_length=300, widget=UnfoldAdminTextInputWidget,
        help_text=_("Lesen die Jugendlichen und ihre Eltern, auch per E-Mail. Was ist los, und wer hilft?"),
    )  # fmt: skip
    reason = forms.CharField(label=_("Grund, nur für das Team"), max_length=300, widget=UnfoldAdminTextInputWidget)


class SightingForm(forms.Form):
    person = PersonField(
        label=_("Benutzername"), help_text=_("Bis 18 ein Elternteil, ab 18 die Jugendlichen selbst.")
    )  # fmt: skip


class EndForm(forms.Form):
    why = forms.CharField(
        label=_("Grund, nur für das Team"), max_length=300, widget=UnfoldAdminTextInputWidget,
        help_text=_("Endgültig: Zurück geht es nur mit einer neuen Einladung. Alle Beteiligten erfahren es."),
    )  # fmt: skip


class SureForm(forms.Form):
    """Nothing to fill in: the button says it."""


class GuardianForm(forms.Form):
    """A guardian whom the team enters, for families that cannot do it by themselves. The consent comes on paper."""

    guardian = PersonField(label=_("Elternteil: Benutzername"))
    youth = PersonField(label=_("Jugendliche/r: Benutzername"))

    def clean_youth(self) -> YouthProfile:
        youth = YouthProfile.objects.select_related("user").filter(user=self.cleaned_data["youth"]).first()
        if youth is None:
            raise forms.ValidationError(_("Das ist keine Jugendliche und kein Jugendlicher."))
        return youth


def _require_why(form: forms.ModelForm, number: str, why: str) -> None:
    if form.cleaned_data.get(number) is not None and not form.cleaned_data.get(why):
        form.add_error(why, _("Eine Ausnahme braucht einen Grund."))


class PersonForm(UserChangeForm):
    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        _require_why(self, "max_youths", "max_youths_why")
        return given


class YouthForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        _require_why(self, "max_guardians", "max_guardians_why")
        return given
