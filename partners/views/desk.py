"""A partner's desk: today, offers, redemptions, statements."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clevervibes.lib import db, periods, sheets
from partners import access, bank_accounts, selectors, settlement, shelf, statement_pdf, volume
from partners.access import Counter, at_desk
from partners.models import Redemption, Settlement, SettlementLine

PAGE = 30


@require_safe
@at_desk
def desk(request: HttpRequest, here: Counter) -> HttpResponse:
    now = db.now()
    today = selectors.redemptions_on(here.partner, now)
    context = {
        "counter": here,
        "today": selectors.sums(today),
        "unsettled": selectors.sums(selectors.unsettled(here.partner)),
        "latest": list(selectors.redemptions_at(here.partner)[:6]),
        "offers": [(offer, shelf.standing(offer, now).value) for offer in shelf.offers_of(here.partner)[:6]],
        "settlements": list(selectors.settlements_of(here.partner)[:3]),
        "now": now,
    }
    return render(request, "partners/desk.html", context)


@require_POST
@at_desk
def switch(request: HttpRequest, here: Counter) -> HttpResponse:
    """Sit down at another of one's own shops."""
    shop = next((shop for shop in here.shops if str(shop.public_id) == request.POST.get("shop")), here.partner)
    request.session[access.SHOP] = str(shop.public_id)
    back = request.POST.get("next", "")
    # A path, not a word: `redirect` would look for an address of that name.
    safe = back.startswith("/") and url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(back if safe else "partners:desk")


@require_safe
@at_desk
def redemptions(request: HttpRequest, here: Counter) -> HttpResponse:
    page = Paginator(selectors.redemptions_at(here.partner), PAGE).get_page(request.GET.get("page"))
    return render(request, "partners/desk_redemptions.html", {"counter": here, "page": page})


@require_safe
@at_desk
def redemptions_csv(request: HttpRequest, here: Counter) -> HttpResponse:
    found = selectors.with_statement(selectors.redemptions_at(here.partner)).order_by("-redeemed_at")
    head = [_("Datum"), _("Uhrzeit"), _("Angebot"), _("Coins"), _("Betrag in Euro"), _("USt in %"),
            _("Zurückgenommen"), _("Abrechnung"), _("Bedient von")]  # fmt: skip
    return sheets.download("einloesungen.csv", [head, *map(_redemption_row, found)])


def _redemption_row(made: Redemption) -> list[object]:
    at = made.redeemed_at.astimezone(periods.BERLIN)
    settled_in = getattr(made, "settlement_id", None)
    return [
        f"{at:%d.%m.%Y}",
        f"{at:%H:%M}",
        sheets.text(made.title),
        made.price_coins,
        sheets.amount(settlement.cents(made.price_coins)),
        made.vat_percent,
        f"{made.undone_at.astimezone(periods.BERLIN):%d.%m.%Y %H:%M}" if made.undone_at else "",
        Settlement(pk=settled_in).number if settled_in else "",
        sheets.text(made.who),
    ]


@require_safe
@at_desk
def settlements(request: HttpRequest, here: Counter) -> HttpResponse:
    page = Paginator(selectors.settlements_of(here.partner), PAGE).get_page(request.GET.get("page"))
    now = db.now()
    months = volume.by_month(selectors.redemptions_at(here.partner), at=now)
    context = {
        "counter": here,
        "page": page,
        "unsettled": selectors.sums(selectors.unsettled(here.partner)),
        "account": bank_accounts.usable(here.partner, at=now),
        "months": months if any(month.cents for month in months) else None,
    }
    return render(request, "partners/settlements.html", context)


@require_safe
@at_desk
def statement(request: HttpRequest, here: Counter, public_id: UUID) -> HttpResponse:
    found = get_object_or_404(selectors.settlements_of(here.partner), public_id=public_id)
    lines = selectors.lines_of(found)
    context = {"counter": here, "settlement": found, "lines": lines, "vat_sums": settlement.vat_sums(lines)}
    return render(request, "partners/statement.html", context)


@require_safe
@at_desk
def statement_csv(request: HttpRequest, here: Counter, public_id: UUID) -> HttpResponse:
    found = get_object_or_404(selectors.settlements_of(here.partner), public_id=public_id)
    lines = selectors.lines_of(found)
    head = [_("Datum"), _("Uhrzeit"), _("Art"), _("Angebot"), _("Coins"), _("Betrag in Euro"), _("USt in %"),
            _("Bedient von")]  # fmt: skip
    return sheets.download(f"{found.number}.csv", [head, *map(_row, lines), *_carried_rows(found), *_sum_rows(lines)])


@require_safe
@at_desk
def statement_file(request: HttpRequest, here: Counter, public_id: UUID) -> HttpResponse:
    found = get_object_or_404(selectors.settlements_of(here.partner), public_id=public_id)
    return as_pdf(found)


def as_pdf(found: Settlement) -> HttpResponse:
    """Answer a statement as a file."""
    headers = {"Content-Disposition": f'attachment; filename="{found.number}.pdf"'}
    return HttpResponse(statement_pdf.draw(found), content_type="application/pdf", headers=headers)


def _row(line: SettlementLine) -> list[object]:
    at = line.happened_at.astimezone(periods.BERLIN)
    return [
        f"{at:%d.%m.%Y}",
        f"{at:%H:%M}",
        line.get_kind_display(),
        sheets.text(line.what),
        line.amount_coins,
        sheets.amount(settlement.cents(line.amount_coins)),
        "" if line.vat_percent is None else line.vat_percent,
        sheets.text(line.redemption.who) if line.redemption else "",
    ]


def _sum_rows(lines: list[SettlementLine]) -> list[list[object]]:
    rows: list[list[object]] = [[]]
    for part in settlement.vat_sums(lines):
        label = _("Summe %(percent)s %%, darin Umsatzsteuer %(vat)s") % {
            "percent": part.percent,
            "vat": sheets.amount(part.vat_cents),
        }
        rows.append(["", "", "", label, part.coins, sheets.amount(part.gross_cents), part.percent])
    return rows


def _carried_rows(found: Settlement) -> list[list[object]]:
    if not found.carried_coins:
        return []
    amount = sheets.amount(settlement.cents(found.carried_coins))
    return [["", "", "", _("Übertrag aus früheren Abrechnungen"), found.carried_coins, amount, ""]]
