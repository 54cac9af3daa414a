"""The team's page for what lay on the account before the first statement."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.access import require_fresh, user_of
from clevervibes.lib import db
from clevervibes.lib.admin import ModelAdmin, ReadOnly, ServicePage, steps
from clevervibes.lib.team import APPROVER, AUDITOR, FINANCE, Rule
from coins import opening
from coins.forms import DateInput, EuroField
from coins.models import OpeningMoney
from coins.numbers import euros

OPEN, BOOKED = _("wartet auf die zweite Person"), _("gebucht")


class OpeningForm(forms.Form):
    amount_cents = EuroField(
        label=_("Betrag in Euro"), help_text=_("Eigenes Geld des Vereins: Daraus werden keine Coins.")
    )
    held_on = forms.DateField(
        label=_("Lag auf dem Konto am"), widget=DateInput,
        help_text=_("Am Tag vor dem ersten Kontoauszug, den Sie einlesen. Davor beginnen die Bücher."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Woher man das weiß"), max_length=300, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("Zum Beispiel: Endsaldo von Auszug 12/2025, Ordner Bank."),
        error_messages={"required": opening.ReasonMissing.message},
    )  # fmt: skip


@admin.register(OpeningMoney)
class OpeningMoneyAdmin(ServicePage, ReadOnly, ModelAdmin):
    # One account at the bank for all clubs: whoever opens its books does that work in each of them.
    rule = Rule(view=[FINANCE, APPROVER, AUDITOR], add=[FINANCE], acts={"approve": [APPROVER]})
    list_display = ["held_on", "amount", "status", "asked_by", "approved_by", "approved_at"]
    list_select_related = ["asked_by", "approved_by"]
    list_filter = [("approved_at", admin.EmptyFieldListFilter)]
    service_form = OpeningForm
    service_title = _("Anfangsbestand des Kontos")
    service_button = _("Beantragen")
    change_form_template = "coins/admin/opening.html"
    fields = ["held_on"]

    @admin.display(description=_("Betrag"), ordering="amount_cents")
    def amount(self, one: OpeningMoney) -> str:
        return euros(one.amount_cents)

    @display(description=_("Stand"), label={OPEN: "warning", BOOKED: "success"})
    def status(self, one: OpeningMoney) -> str:
        return str(BOOKED if one.approved_at else OPEN)

    def call_service(self, request: HttpRequest, form: forms.Form) -> str:
        require_fresh(request)
        opening.ask(**form.cleaned_data, by=user_of(request), now=db.now())
        return str(_("Beantragt: Eine zweite Person gibt den Anfangsbestand frei."))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/freigeben/", wrap(self.approve_view), name="coins_openingmoney_approve"),
            path("<int:pk>/zurueckziehen/", wrap(self.withdraw_view), name="coins_openingmoney_withdraw"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "",
                    extra_context: Any = None) -> HttpResponse:  # fmt: skip
        one = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if isinstance(one, OpeningMoney):
            own, is_open = one.asked_by_id == user_of(request).pk, one.approved_at is None
            context = {
                "rows": rows_of(one), "opening": one, "waits_for_another": is_open and own,
                "may_approve": is_open and not own and self.may(request, "approve", one),
                "may_withdraw": is_open and own,
            }  # fmt: skip
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def approve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        one: OpeningMoney = self.row_to("approve", request, pk)
        require_fresh(request)

        def approve(request: HttpRequest, form: forms.Form) -> str:
            done = opening.approve(opening=one, by=user_of(request), now=db.now())
            return str(_("%(euros)s sind als eigenes Geld gebucht.")) % {"euros": euros(done.amount_cents)}

        return self.serve(
            request, forms.Form(request.POST if request.method == "POST" else None), approve,
            title=_("Anfangsbestand freigeben?"), button=_("Freigeben"),
            notice_template="coins/admin/_rows.html", rows=rows_of(one),
        )  # fmt: skip

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        one: OpeningMoney = self.row_to("view", request, pk)
        if one.asked_by_id != user_of(request).pk:
            raise PermissionDenied

        def withdraw(request: HttpRequest, form: forms.Form) -> str:
            opening.withdraw(opening=one, now=db.now())
            return str(_("Der Antrag ist zurückgezogen."))

        return self.serve(
            request, forms.Form(request.POST if request.method == "POST" else None), withdraw,
            title=_("Antrag zurückziehen?"), button=_("Zurückziehen"),
            notice_template="coins/admin/_rows.html", rows=rows_of(one),
        )  # fmt: skip


def rows_of(one: OpeningMoney) -> list[tuple[Any, str]]:
    """Return all that somebody who decides has to know."""
    rows: list[tuple[Any, str]] = [
        (_("Betrag"), euros(one.amount_cents)),
        (_("Lag auf dem Konto am"), f"{one.held_on:%d.%m.%Y}"),
        (_("Woher man das weiß"), one.reason),
    ]
    rows += steps(
        (_("Beantragt"), one.asked_by, one.asked_at), (_("Freigegeben"), one.approved_by, one.approved_at),
    )  # fmt: skip
    return rows
