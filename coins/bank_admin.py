"""The desk for statements of the bank: read a file, look at it, book it, place what nobody knew."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from accounts.access import require_fresh, user_of
from clevervibes.lib import db, sheets
from clevervibes.lib.admin import ModelAdmin, OpenFirst, ReadOnly, ServicePage
from clevervibes.lib.team import APPROVER, AUDITOR, FINANCE, Rule
from clevervibes.lib.wake import send
from coins import bank, camt, receipt_pdf, tasks, year
from coins.forms import LineForm, StatementForm
from coins.models import BankLine, BankStatement
from coins.numbers import euros, said

Rows = list[tuple[str | Promise, str]]
State = BankLine.State


@admin.register(BankStatement)
class BankStatementAdmin(ServicePage, ReadOnly, ModelAdmin):
    # The account is one for all clubs.
    rule = Rule(view=[FINANCE, APPROVER, AUDITOR], add=[FINANCE])
    list_display = ["closing_on", "sequence", "closing", "lines_in_it", "waiting", "status", "imported_at"]
    date_hierarchy = "closing_on"
    search_fields = ["statement_id", "sequence"]
    fields = ["iban", "statement_id", "file_sha256", "imported_by", "imported_at", "booked_by", "booked_at"]
    change_form_template = "coins/admin/bank_statement.html"
    list_before_template = "coins/admin/_bank_compared.html"
    service_form = StatementForm
    service_title = _("Kontoauszug lesen")
    service_button = _("Lesen und ansehen")

    def get_queryset(self, request: HttpRequest) -> QuerySet[BankStatement]:
        found: QuerySet[BankStatement] = super().get_queryset(request)
        return found.annotate(
            all_lines=Count("lines"),
            waiting_lines=Count("lines", filter=Q(lines__state=State.WAITING)),
            new_lines=Count("lines", filter=Q(lines__state=State.NEW)),
        )

    @admin.display(description=_("Endsaldo"))
    def closing(self, statement: BankStatement) -> str:
        return euros(statement.closing_cents)

    @admin.display(description=_("Umsätze"))
    def lines_in_it(self, statement: BankStatement) -> str:
        return said(getattr(statement, "all_lines", 0))

    @admin.display(description=_("warten"))
    def waiting(self, statement: BankStatement) -> str:
        return said(getattr(statement, "waiting_lines", 0))

    @display(description=_("Stand"), label={_("angesehen, nicht gebucht"): "warning", _("gebucht"): "success"})
    def status(self, statement: BankStatement) -> str:
        if statement.booked_at is None:
            return str(_("angesehen, nicht gebucht"))
        return str(_("wird gebucht") if getattr(statement, "new_lines", 0) else _("gebucht"))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {**(extra_context or {}), **compared()})

    # ── Reading ──
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        require_fresh(request)
        form = StatementForm(request.POST, request.FILES) if request.method == "POST" else StatementForm()
        return self.serve(request, form, self.call_service)

    def call_service(self, request: HttpRequest, form: forms.Form) -> HttpResponse:
        given = form.cleaned_data["file"]
        if given.size > camt.MAX_BYTES:
            raise camt.WrongFile(line=1, why=_("Die Datei ist größer als 25 MB."))
        stored = bank.read(data=given.read(), by=user_of(request), now=db.now())
        messages.info(request, _("Gelesen, noch nichts gebucht. Bitte ansehen und dann buchen."))
        if len(stored) == 1:
            return redirect("admin:coins_bankstatement_change", stored[0].pk)
        return redirect("admin:coins_bankstatement_changelist")

    # ── One statement ──
    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/buchen/", wrap(require_POST(self.book_view)), name="coins_bankstatement_book"),
            path("jahr/", wrap(self.year_view), name="coins_bankstatement_year"),
            path("jahr/<int:on>/", wrap(self.year_view), name="coins_bankstatement_year"),
            path("jahr/<int:on>/<slug:what>/", wrap(self.year_file), name="coins_bankstatement_year_file"),
            *super().get_urls(),
        ]

    # ── A year ──
    def year_view(self, request: HttpRequest, on: int = 0) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = db.now()
        every = year.years(now=now)
        if on and on not in every:
            raise Http404
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "years": every,
            "year": year.of(on or every[0], now=now),
        }  # fmt: skip
        return render(request, "coins/admin/year.html", {**context, "title": _("Jahr")})

    def year_file(self, request: HttpRequest, on: int, what: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        require_fresh(request)
        if on not in year.years(now=db.now()):
            raise Http404
        if what == "journal":
            return journal_of(on, coins_too=request.GET.get("coins") == "1")
        if what == "belege":
            headers = {"Content-Disposition": f'attachment; filename="belege-{on}.pdf"'}
            return HttpResponse(receipt_pdf.draw_year(on), content_type="application/pdf", headers=headers)
        raise Http404

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "",
                    extra_context: Any = None) -> HttpResponse:  # fmt: skip
        statement = self.get_object(request, object_id)
        if not isinstance(statement, BankStatement) or not self.has_view_permission(request, statement):
            return super().change_view(request, object_id, form_url, extra_context)
        context = page_of(statement, may_book=self.has_add_permission(request))
        if getattr(request, "htmx", False):
            answer = render(request, "coins/admin/_bank_progress.html", context)
            if not context["under_way"]:
                answer["HX-Refresh"] = "true"
        else:
            answer = super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})
        patch_vary_headers(answer, ["HX-Request"])
        return answer

    def book_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        require_fresh(request)
        statement = get_object_or_404(BankStatement, pk=pk)
        now = db.now()
        statement = bank.start_booking(statement=statement, by=user_of(request), now=now)
        if statement.lines.filter(state=State.NEW).count() <= bank.AT_ONCE:
            bank.carry_on(statement=statement, now=now)
            waiting = statement.lines.filter(state=State.WAITING).count()
            done = statement.lines.filter(state=State.BOOKED).count()
            messages.success(
                request,
                _("Gebucht: %(done)s. Wartet auf Zuordnung: %(waiting)s.")
                % {"done": said(done), "waiting": said(waiting)},
            )
        elif not send([(tasks.book_bank_lines, ())]):
            messages.warning(
                request, _("Die Warteschlange ist gerade nicht erreichbar. Gebucht wird, sobald sie es ist.")
            )
        return redirect("admin:coins_bankstatement_change", pk)


def journal_of(on: int, *, coins_too: bool) -> HttpResponse:
    """Answer the bookings of a year as a file: euros with a comma, coins as whole numbers."""
    head = [gettext("Nr."), gettext("Buchungstag"), gettext("Art"), gettext("Soll"), gettext("Haben"),
            gettext("Betrag"), gettext("Einheit"), gettext("Vorgang")]  # fmt: skip
    lines = (
        [row.number, row.on.isoformat(), row.kind, sheets.text(row.debit), sheets.text(row.credit),
         sheets.amount(row.amount) if row.is_money else row.amount, "EUR" if row.is_money else "Coins", row.group or ""]
        for row in year.bookings(on, coins_too=coins_too)
    )  # fmt: skip
    return sheets.download(f"journal-{on}.csv", [head, *lines])


def compared() -> dict[str, Any]:
    """Return what stands above the list: what the latest statement says, and the books."""
    found = bank.latest()
    if found is None:
        return {"rows": [(_("Abgleich"), _("Noch kein Kontoauszug gebucht."))], "agrees": None}
    return {
        "rows": rows_of(found), "agrees": found.agrees, "is_late": bank.is_late(found, at=db.now()),
        "waiting_number": bank.waiting().count(),
    }  # fmt: skip


def rows_of(found: bank.Comparison) -> Rows:
    return [
        (_("Stand vom"), f"{found.statement.closing_on:%d.%m.%Y}"),
        (_("Endsaldo der Bank"), euros(found.statement.closing_cents)),
        (_("In den Büchern"), euros(found.books_cents)),
        (_("Noch nicht gebucht"), euros(found.open_cents)),
        (_("Unterschied"), euros(found.difference_cents)),
    ]


def page_of(statement: BankStatement, *, may_book: bool) -> dict[str, Any]:
    """Return what the page of a statement shows: before the booking, during it and after."""
    done, every = bank.progress_of(statement)
    found = bank.compare(statement)
    parts = bank.parts_of(statement)
    gap = bank.gap_before(statement)
    return {
        "statement": statement, "parts": parts, "rows": rows_of(found), "agrees": found.agrees,
        "under_way": statement.booked_at is not None and done < every, "done": done, "every": every,
        "percent": 100 * done // every if every else 100,
        "gap": euros(gap) if gap is not None else "",
        "may_book": may_book and statement.booked_at is None,
        "lines_url": reverse("admin:coins_bankline_changelist") + f"?statement={statement.pk}&stand=alle",
        "waiting_number": statement.lines.filter(state=State.WAITING).count(),
    }  # fmt: skip


# ── Lines ────────────────────────────────────────────────────────────────────────────────────────
class WaitingFirst(OpenFirst):
    """The queue: what waits to be placed, unless something else is asked for."""

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "alle":
            return queryset
        return queryset.filter(state=State.BOOKED if self.value() == "erledigt" else State.WAITING)


@admin.register(BankLine)
class BankLineAdmin(ServicePage, ReadOnly, ModelAdmin):
    rule = Rule(view=[FINANCE, APPROVER, AUDITOR], acts={"assign": [FINANCE]})
    list_display = ["booked_on", "name", "text", "amount", "status", "what"]
    list_filter = [WaitingFirst, "kind"]
    list_select_related = ["pool", "sponsor__organisation", "statement"]
    search_fields = ["name", "text", "reference", "end_to_end_id", "iban"]
    date_hierarchy = "booked_on"
    show_full_result_count = False
    fields = ["statement", "reference", "booked_on", "name", "iban", "text", "end_to_end_id", "batch_ids", "why",
              "pool", "sponsor", "deposit", "order", "decided_by", "decided_at"]  # fmt: skip
    change_form_template = "coins/admin/bank_line.html"
    service_title = _("Kontoumsatz zuordnen")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup == "statement" or super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @admin.display(description=_("Betrag"))
    def amount(self, line: BankLine) -> str:
        return euros(line.amount_cents)

    @display(description=_("Stand"), label={State.WAITING.label: "warning", State.BOOKED.label: "success"})
    def status(self, line: BankLine) -> str:
        return line.get_state_display()

    @admin.display(description=_("Was es ist"))
    def what(self, line: BankLine) -> str:
        return what_is(line)

    def get_urls(self) -> list[URLPattern]:
        assign = self.admin_site.admin_view(self.assign_view)
        return [path("<int:pk>/zuordnen/", assign, name="coins_bankline_assign"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "",
                    extra_context: Any = None) -> HttpResponse:  # fmt: skip
        line = self.get_object(request, object_id)
        context = {}
        if isinstance(line, BankLine):
            waits = line.state == State.WAITING
            context = {"line": line, "rows": rows_of_line(line), "may_assign": waits and self.may(request, "assign")}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def assign_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        line: BankLine = self.row_to("assign", request, pk)
        require_fresh(request)

        def assign(request: HttpRequest, form: forms.Form) -> str:
            done = bank.assign(line=line, **form.cleaned_data, by=user_of(request), now=db.now())
            return str(_("Gebucht: %(what)s, %(amount)s.")) % {
                "what": done.get_kind_display(), "amount": euros(done.amount_cents),
            }  # fmt: skip

        suggested = {"kind": BankLine.Kind.DEPOSIT, "sponsor": line.sponsor_id} if line.amount_cents > 0 else {}
        form = LineForm(request.POST if request.method == "POST" else None, line=line, initial=suggested)
        return self.serve(
            request, form, assign, button=_("Zuordnen und buchen"), notice_template="coins/admin/_rows.html",
            rows=rows_of_line(line),
        )  # fmt: skip


def what_is(line: BankLine) -> str:
    """Say what a line is taken for, and by what."""
    if line.kind in (BankLine.Kind.DEPOSIT, BankLine.Kind.KNOWN):
        return f"{line.get_kind_display()}: {line.sponsor} → {line.pool or '–'}"
    hint = line.note or (str(line.sponsor) if line.sponsor else "")
    return f"{line.get_kind_display()}: {hint}" if hint else line.get_kind_display()


def rows_of_line(line: BankLine) -> Rows:
    rows: Rows = [
        (_("Betrag"), euros(line.amount_cents)),
        (_("Buchungstag"), f"{line.booked_on:%d.%m.%Y}"),
        (_("Name"), line.name or "–"),
        # In groups, so that it may break on a phone.
        (_("IBAN"), " ".join(line.iban[start : start + 4] for start in range(0, len(line.iban), 4)) or "–"),
        (_("Verwendungszweck"), line.text or "–"),
        (_("Was es ist"), what_is(line)),
    ]
    if line.note:
        rows.append((_("Warum"), line.note))
    return rows
