"""The desk for paying partners: put up, release, give to the bank, note what became of it, put right."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from accounts.access import require_fresh, user_of
from accounts.models import Club
from clevervibes.lib import db, periods
from clevervibes.lib.admin import ModelAdmin, ReadOnly, ServicePage
from clevervibes.lib.team import APPROVER, AUDITOR, FINANCE, Rule
from coins.numbers import euros, said
from partners import bank_accounts, corrections, payout_forms, payouts, selectors, statement_pdf
from partners.models import BankAccount, Correction, Payout, PayoutBatch, PayoutFile, Settlement
from partners.settlement import cents

Rows = list[tuple[str | Promise, str]]
Status = Settlement.Status
_LABELS = {
    Status.DRAFT.label: "info", Status.APPROVED.label: "warning", Status.EXPORTED.label: "warning",
    Status.PAID.label: "success", Status.REJECTED.label: "danger", Status.RETURNED.label: "danger",
}  # fmt: skip
ROWS = "coins/admin/_rows.html"


class Desk(ServicePage, ReadOnly, ModelAdmin):
    """A model whose rows are decided about on pages of their own, each behind a fresh proof of who it is."""

    service_title: str | Promise = ""
    steps: dict[str, str] = {}  # the path's last part and the method that serves it

    @admin.display(description=_("Vorgang"))
    def group(self, row: Any) -> str:
        # Its transfers are found by it.
        return str(row.public_id)

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            *(path(f"<int:pk>/{word}/", wrap(getattr(self, method)), name=f"{name}_{method}")
              for word, method in self.steps.items()),
            *super().get_urls(),
        ]  # fmt: skip

    def found(self, request: HttpRequest, pk: int, *do: str) -> Any:
        """Return the row to decide about, to whoever may `do` one of these and has proven who they are."""
        row = self.row_to("view", request, pk)
        if not any(self.may(request, one, row) for one in do):
            raise PermissionDenied
        require_fresh(request)
        return row

    def step(self, request: HttpRequest, form: type[forms.Form], call: Callable[..., str], *, title: str | Promise,
             button: str | Promise, rows: Rows) -> HttpResponse:  # fmt: skip
        def done(request: HttpRequest, form: forms.Form) -> str:
            return call(**form.cleaned_data, by=user_of(request))

        given = form(request.POST if request.method == "POST" else None)
        return self.serve(request, given, done, title=title, button=button, notice_template=ROWS, rows=rows)


def moment(at: Any, who: object = None) -> str:
    return f"{localtime(at, periods.BERLIN):%d.%m.%Y, %H:%M}" + (f", {who}" if who else "")


# ── The month ────────────────────────────────────────────────────────────────────────────────────
@admin.register(PayoutBatch)
class PayoutBatchAdmin(Desk):
    rule = Rule(
        view=[FINANCE, APPROVER, AUDITOR], add=[FINANCE], change=[FINANCE], acts={"approve": [APPROVER]}, club="club"
    )
    list_display = ["proposed_at", "club", "proposed_by", "status", "statements", "amount"]
    list_filter = ["club", ("approved_at", admin.EmptyFieldListFilter), ("refused_at", admin.EmptyFieldListFilter)]
    list_select_related = ["club", "proposed_by"]
    date_hierarchy = "proposed_at"
    fields = ["group"]
    readonly_fields = ["group"]
    change_form_template = "partners/admin/batch.html"
    service_title = _("Abrechnungen zur Auszahlung vorlegen")
    service_button = _("Vorlegen")
    service_form = payout_forms.ProposalForm
    steps = {"freigeben": "approve", "ablehnen": "refuse", "datei": "export"}

    def get_queryset(self, request: HttpRequest) -> QuerySet[PayoutBatch]:
        found: QuerySet[PayoutBatch] = super().get_queryset(request)
        return found.annotate(
            net=Sum("settlements__net_coins", default=0), carried=Sum("settlements__carried_coins", default=0)
        )

    @display(description=_("Stand"), label={_("wartet auf Freigabe"): "warning", _("freigegeben"): "success"})
    def status(self, batch: PayoutBatch) -> str:
        return str(state_of(batch))

    @admin.display(description=_("Abrechnungen"))
    def statements(self, batch: PayoutBatch) -> int:
        return batch.settlements.count()

    @admin.display(description=_("Summe"))
    def amount(self, batch: PayoutBatch) -> str:
        return euros(cents(getattr(batch, "net", 0) + getattr(batch, "carried", 0)))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        require_fresh(request)
        clubs = Club.objects.filter(pk__in=user_of(request).clubs_working_on(PayoutBatch)).order_by("name")
        waiting = [(str(club), waiting_in(club)) for club in clubs]
        return self.serve(
            request, self.service_form(request.POST or None), self.call_service, notice_template=ROWS, rows=waiting
        )

    def call_service(self, request: HttpRequest, form: forms.Form) -> str:
        batch = payouts.propose(**form.cleaned_data, by=user_of(request), now=db.now())
        number = batch.settlements.count()
        return ngettext(
            "%(n)s Abrechnung liegt zur Freigabe vor.", "%(n)s Abrechnungen liegen zur Freigabe vor.", number
        ) % {"n": number}

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "",
                    extra_context: Any = None) -> HttpResponse:  # fmt: skip
        batch = self.get_object(request, object_id)
        context = {}
        if isinstance(batch, PayoutBatch):
            own = batch.proposed_by_id == user_of(request).pk
            context = {
                "batch": batch,
                "rows": rows_of_batch(batch),
                "settlements": selectors.settlements_in(batch),
                "files": selectors.files_of(batch),
                "left_out": payouts.left_out(batch, at=db.now()),
                "may_approve": batch.is_open and not own and self.may(request, "approve", batch),
                "may_refuse": batch.is_open and (own or self.may(request, "approve", batch)),
                "may_export": batch.settlements.filter(status=Status.APPROVED).exists()
                and self.may(request, "change", batch),
                "waits_for_another": batch.is_open and own,
            }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def approve(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self.found(request, pk, "approve")

        def call(by: Any) -> str:
            report = payouts.approve(batch=batch, by=by, now=db.now())
            if report.failed:
                return str(_("Freigegeben. Nicht gebucht werden konnte, und wird noch einmal versucht: %(what)s.")) % {
                    "what": ", ".join(map(str, report.failed))
                }
            return str(_("Freigegeben und gebucht. Als Nächstes die Datei für die Bank erstellen."))

        return self.step(
            request, forms.Form, call, title=_("Auszahlung freigeben?"), button=_("Freigeben"),
            rows=rows_of_batch(batch),
        )  # fmt: skip

    def refuse(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self.found(request, pk, "approve", "change")

        def call(why: str, by: Any) -> str:
            payouts.refuse(batch=batch, by=by, why=why, now=db.now())
            return str(_("Abgelehnt. Die Abrechnungen sind wieder Entwürfe."))

        return self.step(
            request, payout_forms.WhyForm, call, title=_("Auszahlung ablehnen oder zurückziehen?"),
            button=_("Ablehnen"), rows=rows_of_batch(batch),
        )  # fmt: skip

    def export(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = self.found(request, pk, "change")

        def call(executes_on: Any, by: Any) -> str:
            made = payouts.export(batch=batch, executes_on=executes_on, by=by, now=db.now())
            return str(_("Die Datei %(name)s ist erstellt. Sie liegt auf der Seite dieser Auszahlung.")) % {
                "name": made.message_id
            }

        return self.step(
            request, payout_forms.ExportForm, call, title=_("Datei für die Bank erstellen"), button=_("Erstellen"),
            rows=rows_of_batch(batch),
        )  # fmt: skip


def state_of(batch: PayoutBatch) -> str | Promise:
    if batch.refused_at:
        return _("abgelehnt")
    return _("freigegeben") if batch.approved_at else _("wartet auf Freigabe")


def waiting_in(club: Club) -> str:
    """Say how many drafts of a club would be put up, and what they come to."""
    drafts = Settlement.objects.filter(run__club=club, status=Status.DRAFT, batch=None)
    free, held = drafts.filter(held_at=None), drafts.exclude(held_at=None).count()
    text = ngettext("%(n)s Entwurf, %(sum)s", "%(n)s Entwürfe, %(sum)s", len(free)) % {
        "n": len(free),
        "sum": euros(cents(sum(draft.due_coins for draft in free))),
    }
    return text + (str(_("; zurückgestellt: %(n)s")) % {"n": held} if held else "")


def rows_of_batch(batch: PayoutBatch) -> Rows:
    """Return all that somebody who decides about a month's payment has to know."""
    settlements = list(batch.settlements.all())
    rows: Rows = [
        (_("Club"), str(batch.club)),
        (_("Stand"), str(state_of(batch))),
        (_("Abrechnungen"), said(len(settlements))),
        (_("Summe"), euros(cents(sum(settlement.due_coins for settlement in settlements)))),
        (_("Vorgelegt"), moment(batch.proposed_at, batch.proposed_by)),
    ]
    if batch.approved_at:
        rows.append((_("Freigegeben"), moment(batch.approved_at, batch.approved_by)))
    if batch.refused_at:
        rows.append((_("Abgelehnt"), f"{moment(batch.refused_at, batch.refused_by)}: {batch.refused_why}"))
    return rows


# ── One statement ────────────────────────────────────────────────────────────────────────────────
class SettlementSteps(Desk):
    """Taking a statement out of the month's payment, and putting it back."""

    steps = {"zurueckstellen": "take_out", "dazulegen": "put_back", "pdf": "statement"}

    def statement(self, request: HttpRequest, pk: int) -> HttpResponse:
        settlement = self.found(request, pk, "view")
        headers = {"Content-Disposition": f'attachment; filename="{settlement.number}.pdf"'}
        return HttpResponse(statement_pdf.draw(settlement), content_type="application/pdf", headers=headers)

    def take_out(self, request: HttpRequest, pk: int) -> HttpResponse:
        settlement = self.found(request, pk, "change")

        def call(why: str, by: Any) -> str:
            payouts.take_out(settlement=settlement, why=why, by=by, now=db.now())
            return str(_("%(number)s ist zurückgestellt.")) % {"number": settlement.number}

        return self.step(
            request, payout_forms.WhyForm, call, title=_("Diese Abrechnung zurückstellen?"),
            button=_("Zurückstellen"), rows=rows_of_settlement(settlement),
        )  # fmt: skip

    def put_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        settlement = self.found(request, pk, "change")

        def call(by: Any) -> str:
            payouts.put_back(settlement=settlement, by=by)
            return str(_("%(number)s wird wieder mit ausgezahlt.")) % {"number": settlement.number}

        return self.step(
            request, forms.Form, call, title=_("Diese Abrechnung wieder mit auszahlen?"), button=_("Dazulegen"),
            rows=rows_of_settlement(settlement),
        )  # fmt: skip


def rows_of_settlement(settlement: Settlement) -> Rows:
    rows: Rows = [
        (_("Abrechnung"), str(settlement)),
        (_("Stand"), settlement.get_status_display()),
        (_("Betrag"), f"{said(settlement.due_coins)} Coins ({euros(cents(settlement.due_coins))})"),
    ]
    if settlement.held_at:
        rows.append((_("Zurückgestellt"), f"{moment(settlement.held_at, settlement.held_by)}: {settlement.held_why}"))
    return rows


# ── The bank ─────────────────────────────────────────────────────────────────────────────────────
@admin.register(PayoutFile)
class PayoutFileAdmin(Desk):
    rule = Rule(view=[FINANCE, APPROVER, AUDITOR], change=[FINANCE], club="batch__club")
    list_display = ["message_id", "batch", "executes_on", "created_at", "created_by"]
    list_select_related = ["batch__club", "created_by"]
    search_fields = ["message_id"]
    fields = ["message_id", "batch", "executes_on", "created_at", "created_by"]
    steps = {"herunterladen": "download", "bezahlt": "all_paid"}

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        made = self.found(request, pk, "change")
        headers = {"Content-Disposition": f'attachment; filename="{made.message_id}.xml"'}
        return HttpResponse(made.content.encode(), content_type="application/xml", headers=headers)

    def all_paid(self, request: HttpRequest, pk: int) -> HttpResponse:
        made = self.found(request, pk, "change")
        waiting = list(made.payouts.filter(settlement__status=Status.EXPORTED).select_related("settlement"))

        def call(on: Any, by: Any) -> str:
            for payout in waiting:
                payouts.note_paid(payout=payout, on=on, by=by)
            return str(_("%(n)s Überweisungen sind als bezahlt vermerkt.")) % {"n": len(waiting)}

        rows: Rows = [
            (_("Datei"), made.message_id),
            (_("Noch offen"), said(len(waiting))),
            (_("Summe"), euros(sum(payout.amount_cents for payout in waiting))),
        ]
        return self.step(
            request, payout_forms.PaidForm, call, title=_("Alle als bezahlt vermerken?"), button=_("Vermerken"),
            rows=rows,
        )  # fmt: skip


@admin.register(Payout)
class PayoutAdmin(Desk):
    rule = Rule(view=[FINANCE, APPROVER, AUDITOR], change=[FINANCE], club="settlement__partner__organisation__club")
    list_display = ["end_to_end_id", "partner", "amount", "status", "paid_on", "failed_on"]
    list_filter = ["settlement__status"]
    list_select_related = ["settlement__partner__organisation", "file"]
    search_fields = ["end_to_end_id", "settlement__partner__organisation__name"]
    fields = ["end_to_end_id", "settlement", "file", "amount_cents", "bank_account", "paid_on", "failed_on",
              "failed_why", "noted_by"]  # fmt: skip
    change_form_template = "partners/admin/payout.html"
    steps = {"bezahlt": "paid", "abgelehnt": "rejected", "zurueckgekommen": "returned"}

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @admin.display(description=_("Partner"))
    def partner(self, payout: Payout) -> str:
        return str(payout.settlement.partner)

    @admin.display(description=_("Betrag"))
    def amount(self, payout: Payout) -> str:
        return euros(payout.amount_cents)

    @display(description=_("Stand"), label=_LABELS)
    def status(self, payout: Payout) -> str:
        return payout.settlement.get_status_display()

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "",
                    extra_context: Any = None) -> HttpResponse:  # fmt: skip
        payout = self.get_object(request, object_id)
        context = {}
        if isinstance(payout, Payout):
            context = {
                "payout": payout,
                "rows": rows_of_payout(payout),
                "may_note": self.may(request, "change", payout),
            }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def paid(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._note(request, pk, payout_forms.PaidForm, payouts.note_paid, _("Als bezahlt vermerken?"))

    def rejected(self, request: HttpRequest, pk: int) -> HttpResponse:
        title = _("Von der Bank abgelehnt?")
        return self._note(request, pk, payout_forms.FailureForm, payouts.note_rejected, title)

    def returned(self, request: HttpRequest, pk: int) -> HttpResponse:
        title = _("Bezahlt und zurückgekommen?")
        return self._note(request, pk, payout_forms.FailureForm, payouts.note_returned, title)

    def _note(self, request: HttpRequest, pk: int, form: type[forms.Form], note: Callable[..., Payout],
              title: str | Promise) -> HttpResponse:  # fmt: skip
        payout = self.found(request, pk, "change")

        def call(**given: Any) -> str:
            note(payout=payout, **given)
            payout.settlement.refresh_from_db()
            return f"{payout.settlement}: {payout.settlement.get_status_display()}"

        return self.step(request, form, call, title=title, button=_("Vermerken"), rows=rows_of_payout(payout))


def rows_of_payout(payout: Payout) -> Rows:
    rows: Rows = [
        (_("Abrechnung"), str(payout.settlement)),
        (_("Stand"), payout.settlement.get_status_display()),
        (_("Betrag"), euros(payout.amount_cents)),
        (_("Konto"), f"{payout.bank_account.masked}, {payout.bank_account.holder}"),
        (_("Kennung"), payout.end_to_end_id),
    ]
    if payout.failed_on:
        rows.append((_("Gescheitert"), f"{payout.failed_on:%d.%m.%Y}: {payout.failed_why}"))
    return rows


# ── Bank accounts ────────────────────────────────────────────────────────────────────────────────
@admin.register(BankAccount)
class BankAccountAdmin(Desk):
    rule = Rule(
        view=[FINANCE, APPROVER, AUDITOR], add=[FINANCE], change=[FINANCE], acts={"approve": [APPROVER]},
        club="partner__organisation__club",
    )  # fmt: skip
    list_display = ["partner", "masked", "holder", "status", "requested_by", "requested_at", "usable_at"]
    list_filter = [("approved_at", admin.EmptyFieldListFilter), ("refused_at", admin.EmptyFieldListFilter)]
    list_select_related = ["partner__organisation", "requested_by"]
    search_fields = ["partner__organisation__name", "holder"]
    fields = ["group"]
    readonly_fields = ["group"]
    change_form_template = "partners/admin/bank_account.html"
    service_title = _("Bankverbindung eines Partners eintragen")
    service_button = _("Eintragen")
    service_form = payout_forms.BankAccountForm
    steps = {"bestaetigen": "approve", "ablehnen": "refuse"}

    @display(description=_("Stand"), label={_("wartet auf Bestätigung"): "warning", _("gilt"): "success"})
    def status(self, account: BankAccount) -> str:
        return str(state_of_account(account))

    @admin.display(description=_("IBAN"))
    def masked(self, account: BankAccount) -> str:
        return account.masked

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if self.has_add_permission(request):
            require_fresh(request)
        return super().add_view(request, form_url, extra_context)

    def call_service(self, request: HttpRequest, form: forms.Form) -> str:
        account = bank_accounts.request(**form.cleaned_data, by=user_of(request), now=db.now())
        return str(_("Eingetragen für %(partner)s. Jemand anders bestätigt sie.")) % {"partner": account.partner}

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "",
                    extra_context: Any = None) -> HttpResponse:  # fmt: skip
        account = self.get_object(request, object_id)
        context = {}
        if isinstance(account, BankAccount):
            own = account.requested_by_id == user_of(request).pk
            used = account.usable_at is not None and account.usable_at <= db.now()
            is_open = account.approved_at is None and account.refused_at is None
            context = {
                "account": account,
                "rows": rows_of_account(account),
                "may_approve": is_open and not own and self.may(request, "approve", account),
                "may_refuse": not used and not account.refused_at and (own or self.may(request, "approve", account)),
                "waits_for_another": is_open and own,
            }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def approve(self, request: HttpRequest, pk: int) -> HttpResponse:
        account = self.found(request, pk, "approve")

        def call(by: Any) -> str:
            done = bank_accounts.approve(account=account, by=by, now=db.now())
            return str(_("Bestätigt. Überwiesen wird dorthin ab %(day)s.")) % {"day": moment(done.usable_at)}

        return self.step(
            request, forms.Form, call, title=_("Bankverbindung bestätigen?"), button=_("Bestätigen"),
            rows=rows_of_account(account),
        )  # fmt: skip

    def refuse(self, request: HttpRequest, pk: int) -> HttpResponse:
        account = self.found(request, pk, "approve", "change")

        def call(why: str, by: Any) -> str:
            bank_accounts.refuse(account=account, by=by, why=why, now=db.now())
            return str(_("Die Bankverbindung ist abgelehnt."))

        return self.step(
            request, payout_forms.WhyForm, call, title=_("Bankverbindung ablehnen?"), button=_("Ablehnen"),
            rows=rows_of_account(account),
        )  # fmt: skip


def state_of_account(account: BankAccount) -> str | Promise:
    if account.refused_at:
        return _("abgelehnt")
    if account.usable_at is None:
        return _("wartet auf Bestätigung")
    return _("gilt") if account.usable_at <= db.now() else _("gilt bald")


def rows_of_account(account: BankAccount) -> Rows:
    """Return all that somebody who compares it with a letterhead has to know: the account in full."""
    groups = " ".join(account.iban[start : start + 4] for start in range(0, len(account.iban), 4))
    rows: Rows = [
        (_("Partner"), str(account.partner)),
        (_("IBAN"), groups),
        (_("Kontoinhaber"), account.holder),
        (_("Stand"), str(state_of_account(account))),
        (_("Eingetragen"), moment(account.requested_at, account.requested_by)),
    ]
    if account.usable_at and account.approved_at:
        rows.append((_("Bestätigt"), moment(account.approved_at, account.approved_by)))
        rows.append((_("Gilt ab"), moment(account.usable_at)))
    if account.refused_at:
        rows.append((_("Abgelehnt"), f"{moment(account.refused_at, account.refused_by)}: {account.refused_why}"))
    return rows


# ── Corrections ──────────────────────────────────────────────────────────────────────────────────
class ByTwo(Desk):
    """What one person asked for and another releases: the button, or the word why it is not there."""

    change_form_template = "partners/admin/by_two.html"
    steps = {"freigeben": "approve"}

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "",
                    extra_context: Any = None) -> HttpResponse:  # fmt: skip
        asked = self.get_object(request, object_id)
        context = {}
        if asked is not None:
            is_open, own = asked.approved_at is None, asked.requested_by_id == user_of(request).pk
            context = {
                "approve_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_approve", args=[asked.pk]),
                "may_approve": is_open and not own and self.may(request, "approve", asked),
                "waits_for_another": is_open and own,
            }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})


@admin.register(Correction)
class CorrectionAdmin(ByTwo):
    rule = Rule(
        view=[FINANCE, APPROVER, AUDITOR], add=[FINANCE], change=[FINANCE], acts={"approve": [APPROVER]},
        club="redemption__partner__organisation__club",
    )  # fmt: skip
    list_display = ["redemption", "incident", "requested_by", "requested_at", "approved_by", "booked_at"]
    list_filter = ["incident", ("booked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["redemption", "requested_by", "approved_by"]
    search_fields = ["redemption__public_id", "redemption__title"]
    fields = ["redemption", "incident", "reason", "requested_by", "requested_at", "approved_by", "approved_at",
              "booked_at", "transfer"]  # fmt: skip
    service_title = _("Eine abgerechnete Einlösung berichtigen")
    service_button = _("Beantragen")
    service_form = payout_forms.CorrectionForm

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if self.has_add_permission(request):
            require_fresh(request)
        return super().add_view(request, form_url, extra_context)

    def call_service(self, request: HttpRequest, form: forms.Form) -> str:
        corrections.request(**form.cleaned_data, by=user_of(request), now=db.now())
        return str(_("Beantragt. Jemand anders aus dem Team gibt die Korrektur frei."))

    def approve(self, request: HttpRequest, pk: int) -> HttpResponse:
        correction = self.found(request, pk, "approve")

        def call(by: Any) -> str:
            done = corrections.approve(correction=correction, by=by, now=db.now())
            if done.booked_at is None:
                return str(_("Freigegeben. Sie wird gebucht, sobald das eigene Geld des Clubs dafür reicht."))
            return str(_("Gebucht: Die Coins sind zurück, der Laden zahlt sie mit seiner nächsten Abrechnung."))

        redemption = correction.redemption
        rows: Rows = [
            (_("Einlösung"), str(redemption)),
            (_("Partner"), str(redemption.partner)),
            (_("Eingelöst"), moment(redemption.redeemed_at)),
            (_("Was war"), correction.get_incident_display()),
            (_("Grund"), correction.reason),
            (_("Beantragt"), moment(correction.requested_at, correction.requested_by)),
        ]
        return self.step(request, forms.Form, call, title=_("Korrektur freigeben?"), button=_("Freigeben"), rows=rows)
