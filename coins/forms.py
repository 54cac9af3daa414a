"""Forms of the team's desk."""

import re
import uuid
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from accounts.models import Club
from coins.models import Alarm, BankLine, ConversionPolicy, Deposit, FundingPool, MoneyOrder, Sponsor

# 1234 · 1.234 · 1.234,5 · 0,10
_PLAIN = re.compile(r"-?[0-9]+")
_EUROS = re.compile(r"(?P<euros>[0-9]{1,12}|[0-9]{1,3}(\.[0-9]{3}){1,3})(,(?P<cents>[0-9]{1,2}))?")


class EuroField(forms.CharField):
    """An amount as people write it in Germany; gives whole cents."""

    widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "placeholder": "1.250,00"})
    default_error_messages = {"invalid": _("Bitte schreiben Sie den Betrag so: 1.250,00")}

    def clean(self, value: object) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        found = _EUROS.fullmatch(text.removesuffix("€").strip())
        if found is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        cents = (found["cents"] or "").ljust(2, "0")
        return int(found["euros"].replace(".", "")) * 100 + int(cents)


class DateInput(UnfoldAdminTextInputWidget):
    input_type = "date"


class _Moment(UnfoldAdminTextInputWidget):
    input_type = "datetime-local"


class DepositForm(forms.Form):
    # The form's own id: sent twice, it books once.
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    pool = forms.ModelChoiceField(
        FundingPool.objects.filter(ended_at=None, paused_at=None).select_related("sponsor__organisation"),
        label=_("Fördertopf"), widget=UnfoldAdminSelectWidget,
    )  # fmt: skip
    sponsor = forms.ModelChoiceField(
        Sponsor.objects.select_related("organisation"), label=_("Förderer"), required=False,
        widget=UnfoldAdminSelectWidget, help_text=_("Nur beim Gemeinschaftstopf nötig."),
    )  # fmt: skip
    amount_cents = EuroField(label=_("Betrag in Euro"))
    received_on = forms.DateField(label=_("Eingegangen am"), widget=DateInput)
    reference = forms.CharField(
        label=_("Verwendungszweck"), max_length=140, required=False, widget=UnfoldAdminTextInputWidget
    )


class RunForm(forms.Form):
    # The form's own id: sent twice, it starts one run.
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    club = forms.ModelChoiceField(Club.objects.none(), label=_("Club"), widget=UnfoldAdminSelectWidget)
    cutoff = forms.DateTimeField(
        label=_("Stichtag"), required=False, widget=_Moment,
        help_text=_("Leer: jetzt. Umgerechnet wird, was bis dahin bestätigt ist."),
    )  # fmt: skip

    def __init__(self, *args: Any, clubs: QuerySet[Club], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        club: Any = self.fields["club"]
        club.queryset = clubs
        if len(clubs) == 1:
            # Nothing to choose.
            club.widget, club.initial = forms.HiddenInput(), clubs[0].pk

    def cutoff_or(self, now: datetime) -> datetime:
        cutoff: datetime | None = self.cleaned_data["cutoff"]
        return cutoff or now

    def intention(self) -> uuid.UUID:
        """Return the same id whenever this form is sent with the same entries. What was changed is meant anew."""
        data = self.cleaned_data
        return uuid.uuid5(data["key"], f"{data['club'].pk} {data['cutoff'] or 'now'}")


class RunStopForm(forms.Form):
    reason = forms.CharField(
        label=_("Warum?"), max_length=300, widget=UnfoldAdminTextInputWidget,
        help_text=_("Steht im Verlauf des Laufs, mit Ihrem Namen und der Uhrzeit."),
        error_messages={"required": _("Bitte schreiben Sie in einem Satz, warum.")},
    )  # fmt: skip


class WholeField(forms.IntegerField):
    """A whole number in plain digits: Python would also read １２, 1_000 and +1."""

    def to_python(self, value: Any) -> int | None:
        if value not in self.empty_values and not _PLAIN.fullmatch(str(value).strip()):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class PolicyForm(forms.ModelForm):
    # For the simulation alone; the policy knows nothing of it.
    window = forms.ChoiceField(
        label=_("Simulieren an"), required=False, widget=UnfoldAdminSelectWidget,
        choices=[("month", _("den Läufen des letzten Monats")), ("1", _("dem letzten Lauf")),
                 ("4", _("den letzten 4 Läufen")), ("12", _("den letzten 12 Läufen"))],
        help_text=_("Was hätten diese Läufe mit den Zahlen hier gezahlt? Gespeichert wird dabei nichts."),
    )  # fmt: skip

    class Meta:
        model = ConversionPolicy
        fields = [
            "valid_from", "minutes_per_coin", "host_weight_percent", "day_cap_minutes", "host_day_cap_minutes",
            "week_cap_minutes", "year_cap_coins",
        ]  # fmt: skip
        field_classes = dict.fromkeys(fields[1:], WholeField)
        widgets = dict.fromkeys(fields, UnfoldAdminTextInputWidget) | {"valid_from": DateInput}


class IbanField(forms.CharField):
    """An IBAN as people type it; without spaces when it is right."""

    default_error_messages = {"invalid": _("Diese IBAN stimmt nicht: Bitte vergleichen Sie sie Ziffer für Ziffer.")}

    def clean(self, value: object) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return str(IBAN(text).compact)
        except SchwiftyException:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class SponsorForm(forms.ModelForm):
    class Meta:
        model = Sponsor
        fields = ["organisation", "kind", "agreement_from", "agreement_until", "iban"]
        field_classes = {"iban": IbanField}


class StatementForm(forms.Form):
    file = forms.FileField(
        label=_("Datei der Bank"), widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".xml,.camt,text/xml"}),
        help_text=_("Kontoauszug im Format camt.053 (XML), wie ihn das Online-Banking anbietet."),
    )  # fmt: skip


class LineForm(forms.Form):
    """What a movement of the account is, said by somebody who knows."""

    kind = forms.ChoiceField(label=_("Was ist es?"), widget=UnfoldAdminRadioSelectWidget)
    pool = forms.ModelChoiceField(
        FundingPool.objects.filter(ended_at=None, paused_at=None).select_related("sponsor__organisation"),
        label=_("Fördertopf"), required=False, widget=UnfoldAdminSelectWidget, help_text=_("Bei einer Einzahlung."),
    )  # fmt: skip
    sponsor = forms.ModelChoiceField(
        Sponsor.objects.select_related("organisation"), label=_("Förderer"), required=False,
        widget=UnfoldAdminSelectWidget, help_text=_("Nur beim Gemeinschaftstopf nötig."),
    )  # fmt: skip
    deposit = forms.ModelChoiceField(
        Deposit.objects.none(), label=_("Einzahlung"), required=False, widget=UnfoldAdminSelectWidget,
        help_text=_("Wenn sie schon von Hand gebucht ist: welche."),
    )  # fmt: skip
    order = forms.ModelChoiceField(
        MoneyOrder.objects.none(), label=_("Geldauftrag"), required=False, widget=UnfoldAdminSelectWidget,
        help_text=_("Bei einer Rückzahlung: welche."),
    )  # fmt: skip
    remember = forms.BooleanField(
        label=_("Die IBAN für diesen Förderer merken"), required=False, widget=UnfoldBooleanWidget
    )

    def __init__(self, *args: Any, line: BankLine, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = BankLine.Kind
        came = line.amount_cents > 0
        named = [kinds.DEPOSIT, kinds.KNOWN, kinds.RESULT, kinds.OWN] if came else [
            kinds.RESULT, kinds.ORDER, kinds.OWN
        ]  # fmt: skip
        choices = {kind: str(kind.label) for kind in named}
        choices[kinds.RESULT] = gettext("Auszahlung an Partner, dort schon vermerkt")
        self.fields["kind"].choices = list(choices.items())  # type: ignore[attr-defined]
        deposits = Deposit.objects.filter(bank_line=None, amount_cents=abs(line.amount_cents))
        orders = MoneyOrder.objects.filter(bank_line=None, paid_cents=abs(line.amount_cents))
        for name, rows in (
            ("deposit", deposits.select_related("sponsor__organisation")),
            ("order", orders.filter(state=MoneyOrder.State.DONE)),
        ):
            self.fields[name].queryset = rows  # type: ignore[attr-defined]
        for name in ("pool", "sponsor", "deposit", "remember") if not came else ("order",):
            del self.fields[name]
        if came and not line.iban:
            del self.fields["remember"]


class PoolForm(forms.ModelForm):
    class Meta:
        model = FundingPool
        fields = ["sponsor", "name", "club", "weekly_limit_coins", "rest_goes"]
        field_classes = {"weekly_limit_coins": WholeField}


class AlarmForm(forms.ModelForm):
    """What somebody says who has seen an alarm."""

    note = forms.CharField(
        label=_("Was war los, was ist getan?"), max_length=2000, widget=UnfoldAdminTextareaWidget,
        help_text=_("Damit gilt der Alarm als gesehen. Kommt die Ursache wieder, wird er neu ausgelöst."),
    )  # fmt: skip

    class Meta:
        model = Alarm
        fields = ["note"]
