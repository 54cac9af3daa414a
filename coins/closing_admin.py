"""The team's page for closing a year."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.access import require_fresh, user_of
from clevervibes.lib import db
from clevervibes.lib.admin import ModelAdmin, ReadOnly, ServicePage, steps
from clevervibes.lib.team import APPROVER, AUDITOR, FINANCE, Rule
from coins import closing
from coins.models import YearClosing
from coins.numbers import euros

OPEN, CLOSED = _("wartet auf die zweite Person"), _("abgeschlossen")


class ClosingForm(forms.Form):
    year = forms.IntegerField(
        label=_("Jahr"),
        min_value=2020,
        max_value=2999,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"}),
    )
    why = forms.CharField(
        label=_("Warum ohne Abgleich mit der Bank?"), max_length=300, required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("Nur nötig, wenn es keinen Kontoauszug zum 31.12. gibt oder er nicht zu den Büchern passt."),
    )  # fmt: skip


@admin.register(YearClosing)
class YearClosingAdmin(ServicePage, ReadOnly, ModelAdmin):
    # One ledger for all clubs: whoever closes it does that work in each of them.
    rule = Rule(view=[FINANCE, APPROVER, AUDITOR], add=[FINANCE], acts={"approve": [APPROVER]})
    list_display = ["year", "status", "asked_by", "approved_by", "approved_at"]
    list_filter = [("approved_at", admin.EmptyFieldListFilter)]
    list_select_related = ["asked_by", "approved_by"]
    service_form = ClosingForm
    service_title = _("Jahr abschließen")
    service_button = _("Beantragen")
    change_form_template = "coins/admin/year_closing.html"
    fields = ["year"]

    @display(description=_("Stand"), label={OPEN: "warning", CLOSED: "success"})
    def status(self, one: YearClosing) -> str:
        return str(CLOSED if one.approved_at else OPEN)

    def call_service(self, request: HttpRequest, form: forms.Form) -> str:
        require_fresh(request)
        given = form.cleaned_data
        asked = closing.ask(on=given["year"], why=given["why"], by=user_of(request), now=db.now())
        return str(_("Beantragt: Eine zweite Person schließt %(year)s ab.")) % {"year": asked.year}

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/abschliessen/", wrap(self.approve_view), name="coins_yearclosing_approve"),
            path("<int:pk>/zurueckziehen/", wrap(self.withdraw_view), name="coins_yearclosing_withdraw"),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "",
                    extra_context: Any = None) -> HttpResponse:  # fmt: skip
        one = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if isinstance(one, YearClosing):
            own, is_open = one.asked_by_id == user_of(request).pk, one.approved_at is None
            context = {
                "rows": rows_of(one), "closing": one, "waits_for_another": is_open and own,
                "may_approve": is_open and not own and self.may(request, "approve", one),
                "may_withdraw": is_open and own,
            }  # fmt: skip
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def approve_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        one: YearClosing = self.row_to("approve", request, pk)
        require_fresh(request)

        def approve(request: HttpRequest, form: forms.Form) -> str:
            done = closing.approve(closing=one, by=user_of(request), now=db.now())
            return str(_("Das Jahr %(year)s ist abgeschlossen.")) % {"year": done.year}

        return self.serve(
            request, forms.Form(request.POST if request.method == "POST" else None), approve,
            title=_("Jahr endgültig abschließen?"), button=_("Abschließen"),
            notice_template="coins/admin/_rows.html", rows=rows_of(one),
        )  # fmt: skip

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        one: YearClosing = self.row_to("view", request, pk)
        if one.asked_by_id != user_of(request).pk:
            raise PermissionDenied

        def withdraw(request: HttpRequest, form: forms.Form) -> str:
            closing.withdraw(closing=one, now=db.now())
            return str(_("Der Antrag ist zurückgezogen."))

        return self.serve(
            request, forms.Form(request.POST if request.method == "POST" else None), withdraw,
            title=_("Antrag zurückziehen?"), button=_("Zurückziehen"),
            notice_template="coins/admin/_rows.html", rows=rows_of(one),
        )  # fmt: skip


def rows_of(one: YearClosing) -> list[tuple[Any, str]]:
    """Return all that somebody who decides has to know."""
    rows: list[tuple[Any, str]] = [
        (_("Jahr"), str(one.year)),
        (_("Endsaldo der Bank"), euros(one.bank_cents) if one.bank_cents is not None else "–"),
        (_("In den Büchern"), euros(one.books_cents)),
    ]
    if one.why_without_bank:
        rows.append((_("Warum ohne Abgleich"), one.why_without_bank))
    rows += steps(
        (_("Beantragt"), one.asked_by, one.asked_at), (_("Abgeschlossen"), one.approved_by, one.approved_at),
    )  # fmt: skip
    if one.approved_at is None:
        rows.append((_("Danach"), str(_("nimmt das Jahr keine Buchungen mehr an, und niemand öffnet es wieder"))))
    return rows
