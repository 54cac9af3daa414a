"""The team's desk for money: sponsors, pools, deposits, runs. The ledger itself is only looked at."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.cache import patch_vary_headers
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from unfold.decorators import action, display

from accounts.access import require_fresh, user_of
from accounts.models import Club
from accounts.stop_pages import CanBeStopped
from accounts.team import rights
from clevervibes.lib import db, periods, sheets
from clevervibes.lib.admin import ModelAdmin, ReadOnly, ServicePage, TabularInline
from clevervibes.lib.errors import DomainError
from clevervibes.lib.team import ADMIN, APPROVER, AUDITOR, FINANCE, OPS, SUPPORT, Rule
from coins import (
    agreements,
    alarm,
    bank_admin,  # noqa: F401 (registers its pages)
    closing_admin,  # noqa: F401 (registers its pages)
    conversion,
    desk,  # noqa: F401 (registers its pages)
    funding,
    journal,
    ledger,
    opening_admin,  # noqa: F401 (registers its pages)
    pledges_admin,  # noqa: F401 (registers its pages)
    progress,
    receipt_pdf,
    references,
    report,
    simulation,
    stopping,
    tasks,
)
from coins.contacts_admin import HasContacts
from coins.forms import AlarmForm, DepositForm, PolicyForm, PoolForm, RunForm, RunStopForm, SponsorForm
from coins.models import (
    Alarm,
    Balance,
    ConversionPolicy,
    ConversionRun,
    Deposit,
    FundingPool,
    LedgerAccount,
    LedgerSeal,
    MoneyOrder,
    Sponsor,
    Transfer,
)
from coins.numbers import euros, said

State = ConversionRun.State
REFUSED = MoneyOrder.State.REFUSED
STOPPED = _("angehalten")
IN_FORCE, ANNOUNCED, REPLACED = _("gilt"), _("angekündigt"), _("abgelöst")


# ── Funding ──────────────────────────────────────────────────────────────────────────────────────
class AgreementFilter(admin.SimpleListFilter):
    title = _("Vereinbarung")
    parameter_name = "vereinbarung"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("endet", _("endet in 30 Tagen oder ist abgelaufen"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return agreements.ending(queryset, at=db.now()) if self.value() == "endet" else queryset


@admin.register(Sponsor)
class SponsorAdmin(HasContacts, ModelAdmin):
    rule = Rule(view=[FINANCE, APPROVER, AUDITOR, ADMIN], add=[FINANCE], change=[FINANCE], club="organisation__club")
    form = SponsorForm
    list_display = ["organisation", "kind", "agreement_from", "agreement_until", "suspended_at"]
    list_filter = ["kind", AgreementFilter]
    list_select_related = ["organisation"]
    autocomplete_fields = ["organisation"]
    readonly_fields = ["suspended_at"]
    search_fields = ["organisation__name"]
    actions = ["suspend", "resume"]

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @admin.action(description=_("Ausgewählte Förderer aussetzen"), permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Sponsor]) -> None:
        queryset.filter(suspended_at=None).update(suspended_at=db.now())

    @admin.action(description=_("Ausgewählte Förderer fortsetzen"), permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Sponsor]) -> None:
        queryset.update(suspended_at=None)


@admin.register(FundingPool)
class FundingPoolAdmin(CanBeStopped, ModelAdmin):
    rule = Rule(
        view=[FINANCE, APPROVER, AUDITOR, ADMIN], add=[FINANCE], change=[FINANCE], acts={"stop": [FINANCE, ADMIN]},
        club=("sponsor__organisation__club", "club"),
    )  # fmt: skip
    list_display = ["name", "sponsor", "club", "coins", "weekly_limit_coins", "paused_at", "ended_at"]
    list_filter = ["club"]
    list_select_related = ["sponsor__organisation", "club"]
    form = PoolForm
    autocomplete_fields = ["sponsor"]
    readonly_fields = ["purpose", "paused_at", "ended_at"]
    search_fields = ["name", "sponsor__organisation__name"]
    actions_detail = ["stop", "resume"]
    change_form_before_template = "coins/admin/_pool_orders.html"

    def get_readonly_fields(self, request: HttpRequest, obj: FundingPool | None = None) -> list[str]:
        # Whose money it is stays; when it has ended, also where its rest has gone.
        fixed = ["sponsor"] if obj else []
        return [*super().get_readonly_fields(request, obj), *fixed, *(["rest_goes"] if obj and obj.ended_at else [])]

    def get_queryset(self, request: HttpRequest) -> QuerySet[FundingPool]:
        return funding.with_coins(super().get_queryset(request))

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @admin.display(description=_("Verwendungszweck"))
    def purpose(self, pool: FundingPool) -> str:
        """What a sponsor writes on the transfer, so that the bank's statement says where the money goes."""
        return references.of(references.POOL, pool.pk) if pool.pk else "–"

    @admin.display(description=_("Coins im Topf"))
    def coins(self, pool: FundingPool) -> str:
        return said(getattr(pool, "coins", 0))


@admin.register(Deposit)
class DepositAdmin(ServicePage, ReadOnly, ModelAdmin):
    rule = Rule(view=[FINANCE, APPROVER, AUDITOR], add=[FINANCE], club="sponsor__organisation__club")
    list_display = ["received_on", "sponsor", "pool", "amount", "coins", "reference", "back"]
    list_filter = ["pool"]
    list_select_related = ["sponsor__organisation", "pool"]
    date_hierarchy = "received_on"
    search_fields = ["reference", "sponsor__organisation__name"]
    actions_detail = ["receipt"]
    service_form = DepositForm
    service_title = _("Einzahlung buchen")
    service_button = _("Buchen")

    @admin.display(description=_("Betrag"))
    def amount(self, deposit: Deposit) -> str:
        return euros(deposit.amount_cents)

    @admin.display(description=_("Zurückgenommen"))
    def back(self, deposit: Deposit) -> str:
        return ", ".join(order.get_state_display() for order in deposit.orders.all() if order.state != REFUSED)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Deposit]:
        return super().get_queryset(request).prefetch_related("orders")

    @action(description=_("Beleg (PDF)"), url_path="beleg", icon="receipt_long")
    def receipt(self, request: HttpRequest, object_id: str) -> HttpResponse:
        deposit: Deposit = self.row_to("view", request, object_id)
        headers = {"Content-Disposition": f'attachment; filename="{receipt_pdf.number_of(deposit)}.pdf"'}
        return HttpResponse(receipt_pdf.draw(deposit), content_type="application/pdf", headers=headers)

    def call_service(self, request: HttpRequest, form: forms.Form) -> str:
        deposit = funding.book_deposit(**form.cleaned_data, by=user_of(request), now=db.now())
        booked = ngettext("%(coins)s Coin ist", "%(coins)s Coins sind", deposit.coins) % {"coins": said(deposit.coins)}
        return _("%(booked)s im Topf „%(pool)s“.") % {"booked": booked, "pool": deposit.pool}


# ── Conversion ───────────────────────────────────────────────────────────────────────────────────
@admin.register(ConversionPolicy)
class ConversionPolicyAdmin(ServicePage, ReadOnly, ModelAdmin):
    rule = Rule(view=[FINANCE, APPROVER, AUDITOR, ADMIN, OPS], add=[FINANCE, OPS])
    list_display = [
        "valid_from", "standing", "minutes_per_coin", "host_weight_percent", "day_cap_minutes", "host_day_cap_minutes",
        "week_cap_minutes", "year_cap_coins",
    ]  # fmt: skip
    service_form = PolicyForm  # type: ignore[assignment]
    service_title = _("Neuer Umrechnungskurs")

    @display(description=_("Stand"), label={IN_FORCE: "success", ANNOUNCED: "info", REPLACED: "warning"})
    def standing(self, policy: ConversionPolicy) -> str:
        today = periods.berlin_date(db.now())
        if policy.valid_from > today:
            return str(ANNOUNCED)
        return str(IN_FORCE if policy == conversion.policy_on(today) else REPLACED)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        # What is not changed stays as it is: the numbers in force, from the next Monday that has none yet.
        today = periods.berlin_date(db.now())
        initial: dict[str, Any] = {
            name: getattr(conversion.policy_on(today), name) for name in simulation.NUMBERS
        }  # fmt: skip
        taken = set(ConversionPolicy.objects.filter(valid_from__gt=today).values_list("valid_from", flat=True))
        monday = today + timedelta(days=7 - today.weekday())
        while monday in taken:
            monday += timedelta(days=7)
        form: Any = PolicyForm(
            request.POST if request.method == "POST" else None, initial={**initial, "valid_from": monday.isoformat()}
        )
        return self.serve(request, form, self.call_service, second_button=_("Simulieren"))

    def call_service(self, request: HttpRequest, form: forms.Form) -> str | HttpResponse:
        numbers = dict(form.cleaned_data)
        window = numbers.pop("window") or "month"
        now = db.now()
        if request.POST.get("then") == "preview":
            runs = _runs_of(window, now)
            # Without its form: the model's rules are kept, and nothing is saved.
            found = simulation.simulate(runs, ConversionPolicy(**numbers)) if runs else None
            return self.service_page(
                request, form, second_button=_("Simulieren"), below_template="coins/admin/simulation.html",
                simulation=found, took_ms=(db.now() - now) // timedelta(milliseconds=1),
            )  # fmt: skip
        policy = conversion.set_policy(valid_from=numbers.pop("valid_from"), now=now, **numbers)
        return _("Der Kurs gilt für alles, was ab dem %(day)s beginnt.") % {"day": policy}


def _runs_of(window: str, now: datetime) -> list[ConversionRun]:
    if window != "month":
        return simulation.last_runs(int(window), now=now)
    until = periods.berlin_date(now).replace(day=1)
    return simulation.runs_between((until - timedelta(days=1)).replace(day=1), until)


@admin.register(ConversionRun)
class ConversionRunAdmin(ServicePage, ReadOnly, ModelAdmin):
    rule = Rule(
        view=[FINANCE, APPROVER, AUDITOR, ADMIN], add=[FINANCE], acts={"stop": [FINANCE, ADMIN]}, club="club"
    )  # fmt: skip
    list_display = ["cutoff", "club", "stage", "done", "youths", "entries", "earned_coins", "due_coins"]
    list_filter = ["club", "state"]
    list_select_related = ["club"]
    date_hierarchy = "cutoff"
    fields = ["club", "cutoff", "effective_on", "policy", "started_by", "started_at", "planned_at", "closed_at"]
    change_form_template = "coins/admin/run.html"
    service_title = _("Umrechnungslauf starten")
    service_button = _("Lauf starten")

    def get_urls(self) -> list[URLPattern]:
        carry_on, abandon = (
            self.admin_site.admin_view(require_POST(view)) for view in (self.carry_on_view, self.abandon_view)
        )
        stop, resume, as_csv = (
            self.admin_site.admin_view(v) for v in (self.stop_view, self.resume_view, self.csv_view)
        )
        return [
            path("<int:pk>/stop/", stop, name="coins_conversionrun_stop"),
            path("<int:pk>/resume/", resume, name="coins_conversionrun_resume"),
            path("<int:pk>/csv/", as_csv, name="coins_conversionrun_csv"),
            path("<int:pk>/carry-on/", carry_on, name="coins_conversionrun_carry_on"),
            path("<int:pk>/abandon/", abandon, name="coins_conversionrun_abandon"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ConversionRun]:
        return progress.with_chunks(super().get_queryset(request))

    # ── List ──
    @display(
        description=_("Stand"), ordering="state",
        label={
            State.PLANNING.label: "info", State.COUNTING.label: "info", State.PAYING.label: "warning",
            State.CLOSED.label: "success", STOPPED: "danger",
        },
    )  # fmt: skip
    def stage(self, run: ConversionRun) -> str:
        return str(STOPPED if getattr(run, "stopped", False) else run.get_state_display())

    @admin.display(description=_("ausgezahlt"))
    def done(self, run: ConversionRun) -> str:
        if run.state == State.CLOSED:
            return said(run.released_coins - run.leftover_coins)
        if run.state == State.PLANNING:
            return "–"
        done = "counted_chunks" if run.state == State.COUNTING else "paid_chunks"
        chunks = getattr(run, "all_chunks", 0)
        words = ngettext("%(paid)s von %(all)s Abschnitt", "%(paid)s von %(all)s Abschnitten", chunks)
        return words % {"paid": said(getattr(run, done, 0)), "all": said(chunks)}

    # ── Start ──
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        # Not every club that one works for: who leads one may stop its runs, and starts none.
        clubs = Club.objects.filter(pk__in=rights.clubs_for(user_of(request), "add", ConversionRun)).order_by("name")
        form = RunForm(request.POST if request.method == "POST" else None, clubs=clubs)
        return self.serve(request, form, self.call_service)

    def service_page(self, request: HttpRequest, form: forms.Form, **more: object) -> HttpResponse:
        under_way = ConversionRun.objects.filter(closed_at=None).select_related("club").first()
        return super().service_page(
            request, form, **{
                "second_button": _("Vorschau"), "notice_template": "coins/admin/_under_way.html",
                "under_way": under_way, "may_look": under_way and self.may(request, "view", under_way), **more,
            },
        )  # fmt: skip

    def call_service(self, request: HttpRequest, form: Any) -> str | HttpResponse:
        now = db.now()
        club, cutoff = form.cleaned_data["club"], form.cutoff_or(now)
        if request.POST.get("then") == "preview":
            preview = conversion.preview(club=club, cutoff=cutoff, now=now)
            return self.service_page(
                request, form, below_template="coins/admin/preview.html", preview=preview, report=preview.report,
                figures=conversion.figures(preview), took_ms=(db.now() - now) // timedelta(milliseconds=1),
            )  # fmt: skip
        run = conversion.start(club=club, cutoff=cutoff, by=user_of(request), now=now, key=form.intention())
        self._wake(request, run)
        return redirect("admin:coins_conversionrun_change", run.pk)

    # ── One run ──
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        run = self.get_object(request, object_id)
        if run is None or not self.has_view_permission(request, run):
            return super().change_view(request, object_id, form_url, extra_context)
        context: dict[str, Any] = {
            "progress": progress.of(run), "log": progress.log(run), "tried_again": progress.tried_again(run),
            "may_carry_on": self.may(request, "add", run), "may_stop": self.may(request, "stop", run),
        }  # fmt: skip
        if run.planned_at is not None:
            context["figures"] = conversion.figures(conversion.summary(run))
        if getattr(request, "htmx", False):
            answer = render(request, "coins/admin/_progress.html", context)
            if run.closed_at is not None:
                # Nothing moves any more: the whole page shows what came of it.
                answer["HX-Refresh"] = "true"
        else:
            if run.planned_at is not None:
                context["report"] = report.of(run)
            answer = super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})
        patch_vary_headers(answer, ["HX-Request"])
        return answer

    def csv_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        run: ConversionRun = self.row_to("view", request, pk)
        require_fresh(request)
        return sheets.download(f"umrechnung-{run.effective_on}.csv", report.table(run))

    # ── Stop and go on ──
    def stop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        run: ConversionRun = self.row_to("stop", request, pk)

        def call(request: HttpRequest, form: forms.Form) -> HttpResponse:
            stopping.stop(run=run, by=user_of(request), now=db.now(), **form.cleaned_data)
            messages.success(request, _("Der Lauf ist angehalten. Was schon ausgezahlt ist, bleibt ausgezahlt."))
            return redirect("admin:coins_conversionrun_change", run.pk)

        return self._asked_why(request, call, _("Lauf vom %(when)s anhalten") % {"when": run}, _("Anhalten"))

    def resume_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        run: ConversionRun = self.row_to("stop", request, pk)

        def call(request: HttpRequest, form: forms.Form) -> HttpResponse:
            if stopping.resume(run=run, by=user_of(request), now=db.now(), **form.cleaned_data) and self._wake(
                request, run
            ):
                messages.success(request, _("Der Lauf geht weiter."))
            return redirect("admin:coins_conversionrun_change", run.pk)

        return self._asked_why(request, call, _("Lauf vom %(when)s fortsetzen") % {"when": run}, _("Fortsetzen"))

    def _asked_why(self, request: HttpRequest, call: Any, title: str, button: str | Promise) -> HttpResponse:
        form = RunStopForm(request.POST if request.method == "POST" else None)
        return self.serve(
            request, form, call, title=title, button=button, second_button="", notice_template="coins/admin/_stop.html"
        )

    def carry_on_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        run: ConversionRun = self.row_to("add", request, pk)
        if self._wake(request, run) and run.closed_at is None:
            messages.success(request, _("Der Lauf geht weiter."))
        return redirect("admin:coins_conversionrun_change", pk)

    def abandon_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if (run := self.get_queryset(request).filter(pk=pk).first()) and not self.may(request, "stop", run):
            raise PermissionDenied
        try:
            if run is not None:  # pressed twice, it is gone already
                conversion.abandon(run=run)
        except DomainError as error:
            messages.error(request, str(error))
            return redirect("admin:coins_conversionrun_change", pk)
        messages.success(request, _("Der Lauf ist verworfen. Umgerechnet und ausgezahlt ist nichts."))
        return redirect("admin:coins_conversionrun_changelist")

    def _wake(self, request: HttpRequest, run: ConversionRun) -> bool:
        if tasks.wake(run):
            return True
        messages.warning(
            request,
            _("Die Warteschlange ist gerade nicht erreichbar. Sobald sie es ist, geht der Lauf von selbst weiter."),
        )
        return False


# ── Ledger ───────────────────────────────────────────────────────────────────────────────────────
LINES_ON_A_PAGE = 50


def money(account: LedgerAccount, amount: int) -> str:
    return euros(amount) if account.asset == LedgerAccount.Asset.EUR else said(amount)


def read_day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


class BalanceInline(ReadOnly, TabularInline):
    model = Balance
    fields = ["posted", "held", "floor"]


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnly, ModelAdmin):
    rule = Rule(view=[SUPPORT, FINANCE, APPROVER, AUDITOR])  # one ledger for all clubs, and it names nobody
    list_display = ["__str__", "kind", "asset", "posted", "held", "closed_at"]
    list_filter = ["kind", "asset"]
    list_select_related = ["stored_balance"]
    search_fields = ["owner", "id"]
    inlines = [BalanceInline]
    actions_detail = ["journal"]

    @action(description=_("Buchungen und Stand am …"), url_path="journal", icon="history")
    def journal(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        account = self.get_object(request, object_id)
        if not isinstance(account, LedgerAccount):
            raise Http404
        asked = request.GET.get("on", "")
        until = read_day(asked)
        if request.GET.get("as") == "csv":
            require_fresh(request)
            return self._csv(account, until)
        page = Paginator(journal.entries(account, until=until).select_related("other"), LINES_ON_A_PAGE).get_page(
            request.GET.get("page")
        )
        rows = journal.rows(account, page, newer=page.start_index() - 1 if page else 0, until=until)
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": _("Buchungen"), "account": account,
            "until": until, "wrong_day": bool(asked and until is None), "page": page,
            "balance": money(account, journal.balance_on(account, until) if until else ledger.balance(account)),
            "lines": [
                {"entry": row.entry, "amount": money(account, row.entry.amount), "balance": money(account, row.balance)}
                for row in rows
            ],
        }  # fmt: skip
        return render(request, "coins/admin/journal.html", context)

    def _csv(self, account: LedgerAccount, until: date | None) -> HttpResponse:
        amount = sheets.amount if account.asset == LedgerAccount.Asset.EUR else str
        head = [_("Nr."), _("Buchungstag"), _("Art"), _("Gegenkonto"), _("Betrag"), _("Saldo"), _("Vorgang")]
        lines = (
            [row.entry.transfer_id, row.entry.effective_on.isoformat(), row.entry.get_kind_display(),
             str(row.entry.other), amount(row.entry.amount), amount(row.balance), row.entry.group or ""]
            for row in journal.from_the_start(account, until=until)
        )  # fmt: skip
        return sheets.download(f"konto-{account.pk}.csv", [head, *lines])

    @admin.display(description=_("Saldo"))
    def posted(self, account: LedgerAccount) -> str:
        # Of derived ones it would be a sum per row.
        return said(account.stored_balance.posted) if account.stored else "–"

    @admin.display(description=_("vorgemerkt"))
    def held(self, account: LedgerAccount) -> str:
        return said(account.stored_balance.held) if account.stored else "–"


@admin.register(Transfer)
class TransferAdmin(ReadOnly, ModelAdmin):
    rule = Rule(view=[SUPPORT, FINANCE, APPROVER, AUDITOR])
    list_display = ["number", "effective_on", "kind", "debit", "credit", "amount", "asset", "posted_at"]
    exclude = ["idempotency_key"]  # a machine's
    list_filter = ["kind", "asset"]
    list_select_related = ["debit", "credit"]
    date_hierarchy = "effective_on"
    search_fields = ["=id", "=group"]
    readonly_fields = ["debit_after", "credit_after"]
    change_form_after_template = "admin/_way.html"

    @admin.display(description=_("Nr."), ordering="pk")
    def number(self, transfer: Transfer) -> int:
        return transfer.pk

    @admin.display(description=_("Stand danach, abgebendes Konto"))
    def debit_after(self, transfer: Transfer) -> str:
        return money(transfer.debit, journal.balance_after(transfer.debit, transfer.pk))

    @admin.display(description=_("Stand danach, empfangendes Konto"))
    def credit_after(self, transfer: Transfer) -> str:
        return money(transfer.credit, journal.balance_after(transfer.credit, transfer.pk))


@admin.register(LedgerSeal)
class LedgerSealAdmin(ReadOnly, ModelAdmin):
    rule = Rule(view=[FINANCE, APPROVER, AUDITOR, OPS])
    list_display = ["number", "transfers", "at"]
    fields = ["number", "at", "transfers", "highest", "digest", "before"]
    readonly_fields = fields

    @admin.display(description=_("Nr."), ordering="seq")
    def number(self, seal: LedgerSeal) -> int:
        return seal.seq

    @admin.display(description=_("gesiegelt am"), ordering="sealed_at")
    def at(self, seal: LedgerSeal) -> str:
        return f"{localtime(seal.sealed_at, periods.BERLIN):%d.%m.%Y, %H:%M:%S}"

    @admin.display(description=_("bis Buchung Nr."))
    def highest(self, seal: LedgerSeal) -> int:
        return seal.highest_id

    @admin.display(description=_("Prüfsumme"))
    def digest(self, seal: LedgerSeal) -> str:
        return bytes(seal.hash).hex()

    @admin.display(description=_("Prüfsumme davor"))
    def before(self, seal: LedgerSeal) -> str:
        return bytes(seal.previous).hex()


# ── Alarms ───────────────────────────────────────────────────────────────────────────────────────
@admin.register(Alarm)
class AlarmAdmin(ReadOnly, ModelAdmin):
    rule = Rule(view=[FINANCE, AUDITOR, ADMIN, OPS], change=[FINANCE, ADMIN, OPS])
    list_display = ["raised_at", "kind", "seen_by", "seen_at", "note"]
    list_filter = ["kind", ("seen_at", admin.EmptyFieldListFilter)]
    list_select_related = ["seen_by"]
    fields = ["kind", "detail", "raised_at", "note", "seen_by", "seen_at"]
    readonly_fields = ["kind", "detail", "raised_at", "seen_by", "seen_at"]
    form = AlarmForm

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        # A note is written once; what was said stays.
        return request.user.has_perm("coins.change_alarm") and getattr(obj, "seen_at", None) is None

    def save_model(self, request: HttpRequest, obj: Alarm, form: forms.ModelForm, change: bool) -> None:
        alarm.acknowledge(alarm=obj, by=user_of(request), note=obj.note, now=db.now())
