"""Forms of the desk for paying partners."""

import uuid
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.models import Club
from clevervibes.lib import db, periods
from partners.models import Correction, Partner, Redemption


class _Day(UnfoldAdminTextInputWidget):
    input_type = "date"


def today() -> date:
    return periods.berlin_date(db.now())


class ProposalForm(forms.Form):
    # The form's own id: sent twice, it is one batch.
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    club = forms.ModelChoiceField(Club.objects.order_by("name"), label=_("Club"), widget=UnfoldAdminSelectWidget)


class WhyForm(forms.Form):
    why = forms.CharField(
        label=_("Grund"), max_length=300, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Ein Satz, den auch nächstes Jahr noch jemand versteht."),
    )  # fmt: skip


class ExportForm(forms.Form):
    executes_on = forms.DateField(label=_("Ausführung am"), widget=_Day, initial=today)

    def clean_executes_on(self) -> date:
        on: date = self.cleaned_data["executes_on"]
        if not today() <= on <= today() + timedelta(days=60):
            raise forms.ValidationError(_("Bitte wählen Sie einen Tag in den nächsten zwei Monaten."))
        return on


class PaidForm(forms.Form):
    on = forms.DateField(label=_("Am"), widget=_Day, initial=today)

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if not today() - timedelta(days=365) <= on <= today():
            raise forms.ValidationError(_("Bitte nehmen Sie den Buchungstag vom Kontoauszug: nicht in der Zukunft."))
        return on


class FailureForm(PaidForm):
    why = forms.CharField(label=_("Was die Bank sagt"), max_length=200, widget=UnfoldAdminTextInputWidget)


class BankAccountForm(forms.Form):
    partner = forms.ModelChoiceField(
        Partner.objects.select_related("organisation"), label=_("Partner"), widget=UnfoldAdminSelectWidget
    )
    iban = forms.CharField(label=_("IBAN"), max_length=60, widget=UnfoldAdminTextInputWidget)
    holder = forms.CharField(label=_("Kontoinhaber"), max_length=70, widget=UnfoldAdminTextInputWidget)


class RedemptionField(forms.UUIDField):
    """A redemption by the id on its receipt and in its list."""

    widget = UnfoldAdminTextInputWidget

    def clean(self, value: object) -> Any:
        public_id = super().clean(value)
        found = Redemption.objects.filter(public_id=public_id).first() if public_id else None
        if public_id and found is None:
            raise forms.ValidationError(_("Diese Einlösung gibt es nicht."))
        return found


class CorrectionForm(forms.Form):
    redemption = RedemptionField(
        label=_("Einlösung"), help_text=_("Die Kennung aus der Liste der Einlösungen."),
        error_messages={"invalid": _("Das ist keine Kennung einer Einlösung.")},
    )  # fmt: skip
    incident = forms.ChoiceField(
        label=_("Was war"), choices=Correction.Incident.choices, widget=UnfoldAdminSelectWidget
    )
    reason = forms.CharField(
        label=_("In einem Satz"), max_length=300, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )
