"""The team's queue of scans that could not be booked as they stood."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from accounts.access import require_fresh, user_of
from clevervibes.lib import db
from clevervibes.lib.admin import ModelAdmin, OpenFirst, ReadOnly, ServicePage
from clevervibes.lib.team import APPROVER, AUDITOR, FINANCE, SUPPORT, Rule
from coins.numbers import euros, said
from partners import booking, goodwill
from partners.models import Goodwill, LateScan
from partners.payout_desk import ROWS, ByTwo, Rows, moment
from partners.settlement import cents


class DecideForm(forms.Form):
    note = forms.CharField(
        label=_("Was wurde entschieden?"),
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Mit wem gesprochen, was vereinbart. Der Laden hat die Ware schon ausgegeben."),
    )
    book = forms.BooleanField(
        label=_("Jetzt einlösen"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("Geht, solange die Vormerkung dieses Ladens noch lebt: Die Coins liegen bereit."),
    )


class PayForm(forms.Form):
    amount_coins = forms.IntegerField(
        label=_("Betrag in Coins"),
        min_value=1,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Höchstens der Preis der Vormerkung. Bezahlt wird aus dem eigenen Geld des Clubs."),
    )
    reason = forms.CharField(label=_("In einem Satz"), max_length=300, widget=UnfoldAdminTextInputWidget)


class StillOpen(OpenFirst):
    closed_by = "decided_at"


@admin.register(LateScan)
class LateScanAdmin(ReadOnly, ServicePage, ModelAdmin):
    """The oldest first; each is decided by a person, with a sentence."""

    rule = Rule(
        view=[SUPPORT, FINANCE], change=[SUPPORT, FINANCE], acts={"pay": [FINANCE]}, club="partner__organisation__club"
    )  # fmt: skip
    list_display = ["what", "partner", "scanned_at", "why", "waits", "decided_at"]
    list_filter = [StillOpen, "partner"]
    list_select_related = ["partner__organisation", "hold"]
    search_fields = ["partner__organisation__name"]
    fields = ["partner", "hold", "scanned_at", "received_at", "why", "by", "device", "decided_at", "decided_by", "note",
              "redemption"]  # fmt: skip
    actions_detail = ["decide", "pay"]
    service_title = _("Späten Scan entscheiden")

    @action(description=_("Entscheiden …"), url_path="decide", icon="check", permissions=["decide"])
    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        late_scan = self.row_to("change", request, object_id)

        def call(request: HttpRequest, form: forms.Form) -> str:
            booking.decide(late_scan=late_scan, by=user_of(request), now=db.now(), **form.cleaned_data)
            return gettext("Entschieden.")

        form = DecideForm(request.POST if request.method == "POST" else None)
        return self.serve(request, form, call, title=self.service_title, button=_("Entscheiden"))

    def has_decide_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        if not self.may(request, "change"):
            return False
        return object_id is None or LateScan.objects.filter(pk=object_id, decided_at=None).exists()

    @action(description=_("Dem Laden bezahlen …"), url_path="pay", icon="payments", permissions=["pay"])
    def pay(self, request: HttpRequest, object_id: str) -> HttpResponse:
        late_scan = self.row_to("pay", request, object_id)
        require_fresh(request)

        def call(request: HttpRequest, form: forms.Form) -> str:
            goodwill.request(late_scan=late_scan, by=user_of(request), now=db.now(), **form.cleaned_data)
            return gettext("Beantragt. Jemand anders aus dem Team gibt die Zahlung frei.")

        price = late_scan.hold.price_coins if late_scan.hold else None
        form = PayForm(request.POST if request.method == "POST" else None, initial={"amount_coins": price})
        return self.serve(
            request, form, call, title=_("Dem Laden bezahlen, was er ausgegeben hat?"), button=_("Beantragen"),
            notice_template=ROWS, rows=rows_of(late_scan),
        )  # fmt: skip

    def has_pay_permission(self, request: HttpRequest, object_id: str | int | None = None) -> bool:
        if not self.may(request, "pay"):
            return False
        payable = LateScan.objects.filter(redemption=None, goodwill=None, hold__offer__partner=F("partner"))
        return object_id is None or payable.filter(pk=object_id).exists()

    @admin.display(description=_("Angebot"))
    def what(self, late_scan: LateScan) -> str:
        return late_scan.get_what()

    @admin.display(description=_("wartet seit"), ordering="received_at")
    def waits(self, late_scan: LateScan) -> Any:
        return "–" if late_scan.decided_at else timesince(late_scan.received_at, depth=1)


def rows_of(late_scan: LateScan, *, reason: str = "") -> Rows:
    rows: Rows = [
        (_("Partner"), str(late_scan.partner)),
        (_("Angebot"), late_scan.get_what()),
        (_("Gescannt"), moment(late_scan.scanned_at)),
        (_("Warum nicht gebucht"), late_scan.why),
    ]
    if late_scan.hold:
        rows.insert(2, (_("Preis"), _said(late_scan.hold.price_coins)))
    if late_scan.note and late_scan.note != reason:
        rows.append((_("Was entschieden wurde"), late_scan.note))
    return rows


def _said(coins: int) -> str:
    return f"{said(coins)} Coins ({euros(cents(coins))})"


@admin.register(Goodwill)
class GoodwillAdmin(ByTwo):
    """Asked for on the page of the late scan; released here."""

    rule = Rule(
        view=[FINANCE, APPROVER, AUDITOR], acts={"approve": [APPROVER]}, club="late_scan__partner__organisation__club"
    )  # fmt: skip
    list_display = ["late_scan", "amount", "requested_by", "requested_at", "approved_by", "booked_at"]
    list_filter = [("booked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["late_scan__partner__organisation", "late_scan__hold", "requested_by", "approved_by"]
    search_fields = ["late_scan__partner__organisation__name", "late_scan__hold__title"]
    fields = ["late_scan", "amount", "vat_percent", "reason", "requested_by", "requested_at", "approved_by",
              "approved_at", "booked_at"]  # fmt: skip
    readonly_fields = ["amount"]

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @admin.display(description=_("Betrag"))
    def amount(self, asked: Goodwill) -> str:
        return _said(asked.amount_coins)

    def approve(self, request: HttpRequest, pk: int) -> HttpResponse:
        asked = self.found(request, pk, "approve")

        def call(by: Any) -> str:
            if goodwill.approve(goodwill=asked, by=by, now=db.now()).booked_at is None:
                return gettext("Freigegeben. Bezahlt wird, sobald das eigene Geld des Clubs dafür reicht.")
            return gettext("Freigegeben: Der Betrag steht in der nächsten Abrechnung des Ladens.")

        rows: Rows = [
            *rows_of(asked.late_scan, reason=asked.reason),
            (_("Betrag"), _said(asked.amount_coins)),
            (_("Grund"), asked.reason),
            (_("Beantragt"), moment(asked.requested_at, asked.requested_by)),
        ]
        return self.step(request, forms.Form, call, title=_("Zahlung freigeben?"), button=_("Freigeben"), rows=rows)
