"""Forms for orders about money. Each carries an id of its own: sent twice, it is one order."""

import re
import uuid
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.models import YouthProfile
from coins import funding
from coins.forms import EuroField
from coins.models import ConversionLine, Deposit, FundingPool, MoneyOrder
from coins.numbers import euros, said

# 1250 · 1.250
_WHOLE = re.compile(r"[0-9]{1,12}|[0-9]{1,3}(\.[0-9]{3}){1,3}")


class CoinsField(forms.CharField):
    """A number of coins as people write it in Germany."""

    widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric", "placeholder": "1.250"})
    default_error_messages = {"invalid": _("Bitte schreiben Sie eine ganze Zahl, zum Beispiel 1.250.")}

    def clean(self, value: object) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        if not _WHOLE.fullmatch(text):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return int(text.replace(".", ""))


class PoolField(forms.ModelChoiceField):
    """A pool, with whose it is and what is in it."""

    def label_from_instance(self, obj: Any) -> str:
        whose = f" ({obj.sponsor})" if obj.sponsor else ""
        return f"{obj.name}{whose}: {said(getattr(obj, 'coins', 0))} Coins"


class DepositField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.received_on:%d.%m.%Y}: {euros(obj.amount_cents)}, {obj.sponsor} → {obj.pool}"


class UsernameField(forms.CharField):
    """A youth by username, typed as it is spoken; gives the profile."""

    widget = UnfoldAdminTextInputWidget(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"})
    default_error_messages = {
        "unknown": _("Diesen Benutzernamen gibt es nicht."),
        "similar": _("Diesen Benutzernamen gibt es nicht. Meinten Sie: %(names)s?"),
    }
    NAMED_AT_MOST = 5

    def clean(self, value: object) -> YouthProfile | None:
        text = super().clean(value)
        if not text:
            return None
        youths = YouthProfile.objects.select_related("user")
        found = youths.filter(user__username__iexact=text).first()
        if found is None:
            similar = youths.filter(user__username__icontains=text[:20]) | youths.filter(
                user__first_name__iexact=text[:20]
            )
            names = list(similar.order_by("user__username").values_list("user__username", flat=True))
            if not names:
                raise forms.ValidationError(self.error_messages["unknown"], code="unknown")
            shown = ", ".join(names[: self.NAMED_AT_MOST])
            raise forms.ValidationError(self.error_messages["similar"], code="similar", params={"names": shown})
        return found


class OrderForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    reason = forms.CharField(
        label=_("Grund"), max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("In einem Satz. Wer freigibt und wer später prüft, liest ihn."),
    )  # fmt: skip

    field_order: list[str] | None = None

    def clean_reason(self) -> str:
        # One line: it stands in a line of the statement.
        return " ".join(str(self.cleaned_data["reason"]).split())


_FOR_YOUTHS = _("In einem Satz, wie Sie ihn der Person sagen würden: Er steht bei ihren Coins.")


class GrantForm(OrderForm):
    username = UsernameField(label=_("Benutzername"), max_length=150)
    pool = PoolField(FundingPool.objects.none(), label=_("aus dem Topf"), widget=UnfoldAdminSelectWidget)
    coins = CoinsField(label=_("Coins"))
    field_order = ["username", "pool", "coins", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "pool", _pools().filter(ended_at=None, paused_at=None, sponsor__suspended_at=None))
        self.fields["reason"].help_text = _FOR_YOUTHS


class TakeBackForm(OrderForm):
    line = forms.ModelChoiceField(ConversionLine.objects.all(), widget=forms.HiddenInput)
    coins = CoinsField(label=_("Falsch gezahlte Coins"))
    field_order = ["coins", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["coins"].help_text = _(
            "Zurück geht nur, was noch nicht ausgegeben oder vorgemerkt ist. Schulden entstehen nicht."
        )
        self.fields["reason"].help_text = _FOR_YOUTHS


class ReallocationForm(OrderForm):
    pool = PoolField(FundingPool.objects.none(), label=_("aus dem Topf"), widget=UnfoldAdminSelectWidget)
    to_pool = PoolField(
        FundingPool.objects.none(), label=_("in den Topf"), widget=UnfoldAdminSelectWidget,
        help_text=_("Ein anderer Topf desselben Förderers oder ein Gemeinschaftstopf."),
    )  # fmt: skip
    coins = CoinsField(label=_("Coins"))
    field_order = ["pool", "to_pool", "coins", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "pool", _pools())
        _offer(self, "to_pool", _pools().filter(ended_at=None, paused_at=None))


class WithdrawalForm(OrderForm):
    pool = PoolField(FundingPool.objects.none(), label=_("aus dem Topf"), widget=UnfoldAdminSelectWidget)
    amount_cents = EuroField(label=_("Betrag in Euro"))
    field_order = ["pool", "amount_cents", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "pool", _pools().exclude(sponsor=None))


class DepositBackForm(OrderForm):
    deposit = DepositField(Deposit.objects.none(), label=_("Einzahlung"), widget=UnfoldAdminSelectWidget)
    field_order = ["deposit", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        going_back = MoneyOrder.objects.filter(deposit=OuterRef("pk"), state__lte=MoneyOrder.State.DONE)
        deposits = Deposit.objects.select_related("sponsor__organisation", "pool")
        # The form that was sent twice must still know its deposit; the service says what became of it.
        _offer(self, "deposit", deposits if self.is_bound else deposits.filter(~Exists(going_back)))


class EndPoolForm(OrderForm):
    pool = PoolField(FundingPool.objects.none(), label=_("Topf"), widget=UnfoldAdminSelectWidget)
    field_order = ["pool", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pools = _pools()
        _offer(self, "pool", pools if self.is_bound else pools.filter(ended_at=None))
        self.fields["pool"].help_text = _(
            "Was noch darin ist, geht in den Gemeinschaftstopf oder zurück an den Förderer, wie es beim Topf steht."
        )


class RefusalForm(forms.Form):
    why = forms.CharField(label=_("Warum?"), max_length=200, required=False, widget=UnfoldAdminTextInputWidget)


def _offer(form: forms.Form, name: str, rows: QuerySet) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 (for the type checker)
    field.queryset = rows


def _pools() -> QuerySet[FundingPool]:
    return funding.with_coins(FundingPool.objects.select_related("sponsor__organisation").order_by("name"))
