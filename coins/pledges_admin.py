"""The team's page for what sponsors have promised."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from accounts.access import user_of
from clevervibes.lib import db, periods
from clevervibes.lib.admin import ModelAdmin, ReadOnly, ServicePage, steps
from clevervibes.lib.team import AUDITOR, FINANCE, Rule
from coins import pledges
from coins.forms import DateInput, EuroField
from coins.models import FundingPool, Pledge, Sponsor
from coins.numbers import euros
from coins.pledges import State

COLOURS = {
    State.OPEN: "info", State.PARTLY: "warning", State.OVERDUE: "danger", State.FULFILLED: "success",
    State.WITHDRAWN: "default",
}  # fmt: skip


class PledgeForm(forms.Form):
    # The form's own id: sent twice, it notes once.
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    sponsor = forms.ModelChoiceField(
        Sponsor.objects.select_related("organisation"), label=_("Förderer"), widget=UnfoldAdminSelectWidget
    )
    pool = forms.ModelChoiceField(
        FundingPool.objects.filter(ended_at=None).select_related("sponsor__organisation"), label=_("Fördertopf"),
        required=False, widget=UnfoldAdminSelectWidget, help_text=_("Leer: Geld für jeden Topf zählt."),
    )  # fmt: skip
    amount_cents = EuroField(label=_("Betrag in Euro"), help_text=_("Bei einer Reihe: jedes Mal so viel."))
    due_on = forms.DateField(label=_("Fällig am"), widget=DateInput)
    rhythm = forms.ChoiceField(
        label=_("Wie oft?"), choices=pledges.Rhythm.choices, widget=UnfoldAdminSelectWidget,
        help_text=_("Eine Reihe geht vom ersten Tag an so lange, wie die Vereinbarung gilt."),
    )  # fmt: skip
    promised_on = forms.DateField(
        label=_("Zugesagt am"), required=False, widget=DateInput,
        help_text=_("Leer: heute. Was vorher eingezahlt wurde, zählt nicht dazu."),
    )  # fmt: skip


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("Warum?"), max_length=300, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        error_messages={"required": _("Bitte schreiben Sie in einem Satz, warum.")},
    )  # fmt: skip


class StateFilter(admin.SimpleListFilter):
    title = _("Stand")
    parameter_name = "stand"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return list(State.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in State.values:
            return queryset
        return pledges.in_state(queryset, str(self.value()), on=periods.berlin_date(db.now()))


@admin.register(Pledge)
class PledgeAdmin(ServicePage, ReadOnly, ModelAdmin):
    rule = Rule(
        view=[FINANCE, AUDITOR], add=[FINANCE], acts={"withdraw": [FINANCE]}, club="sponsor__organisation__club"
    )  # fmt: skip
    list_display = ["due_on", "sponsor", "pool", "amount", "received", "missing", "standing"]
    list_filter = [StateFilter, "sponsor"]
    list_select_related = ["sponsor__organisation", "pool"]
    date_hierarchy = "due_on"
    search_fields = ["sponsor__organisation__name", "pool__name"]
    service_form = PledgeForm
    service_title = _("Zusage eintragen")
    service_button = _("Eintragen")
    change_form_template = "coins/admin/pledge.html"
    fields = ["sponsor"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pledge]:
        return pledges.with_received(super().get_queryset(request))

    @admin.display(description=_("Betrag"), ordering="amount_cents")
    def amount(self, pledge: Pledge) -> str:
        return euros(pledge.amount_cents)

    @admin.display(description=_("Eingegangen"))
    def received(self, pledge: Any) -> str:
        return euros(pledge.received_cents)

    @admin.display(description=_("Fehlt noch"))
    def missing(self, pledge: Any) -> str:
        return "–" if pledge.withdrawn_at else euros(pledge.amount_cents - pledge.received_cents)

    @display(description=_("Stand"), label={str(state.label): colour for state, colour in COLOURS.items()})
    def standing(self, pledge: Any) -> str:
        return str(standing_of(pledge).label)

    def call_service(self, request: HttpRequest, form: forms.Form) -> str:
        made = pledges.promise(**form.cleaned_data, by=user_of(request), now=db.now())
        return ngettext("%(number)s Zusage ist eingetragen.", "%(number)s Zusagen sind eingetragen.", len(made)) % {
            "number": len(made)
        }

    def get_urls(self) -> list[URLPattern]:
        withdraw = self.admin_site.admin_view(self.withdraw_view)
        return [path("<int:pk>/zurueckziehen/", withdraw, name="coins_pledge_withdraw"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "",
                    extra_context: Any = None) -> HttpResponse:  # fmt: skip
        one = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if isinstance(one, Pledge):
            is_open = standing_of(one) not in (State.FULFILLED, State.WITHDRAWN)
            may = is_open and self.may(request, "withdraw", one)
            context = {"rows": rows_of(one), "pledge": one, "may_withdraw": may}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        one: Pledge = self.row_to("withdraw", request, pk)

        def withdraw(request: HttpRequest, form: forms.Form) -> str:
            pledges.withdraw(pledge=one, reason=form.cleaned_data["reason"], by=user_of(request), now=db.now())
            return str(_("Die Zusage ist zurückgezogen."))

        return self.serve(
            request, WithdrawForm(request.POST if request.method == "POST" else None), withdraw,
            title=_("Zusage zurückziehen?"), button=_("Zurückziehen"),
            notice_template="coins/admin/_rows.html", rows=rows_of(one),
        )  # fmt: skip


def standing_of(pledge: Any) -> State:
    return pledges.state_of(pledge, pledge.received_cents, on=periods.berlin_date(db.now()))


def rows_of(one: Any) -> list[tuple[Any, str]]:
    """Return all that is known about a pledge."""
    rows: list[tuple[Any, str]] = [
        (_("Förderer"), str(one.sponsor)),
        (_("Fördertopf"), str(one.pool) if one.pool else str(_("jeder"))),
        (_("Betrag"), euros(one.amount_cents)),
        (_("Eingegangen"), euros(one.received_cents)),
        (_("Fällig am"), f"{one.due_on:%d.%m.%Y}"),
        (_("Zugesagt am"), f"{one.promised_on:%d.%m.%Y}"),
        (_("Stand"), str(standing_of(one).label)),
    ]
    rows += steps(
        (_("Eingetragen"), one.created_by, one.created_at), (_("Zurückgezogen"), one.withdrawn_by, one.withdrawn_at),
    )  # fmt: skip
    if one.withdrawn_why:
        rows.append((_("Warum"), one.withdrawn_why))
    return rows
