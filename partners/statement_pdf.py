"""A statement on paper: what a shop hands to whoever keeps its books."""

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from clevervibes.lib import pdf, periods
from clevervibes.lib.pdf import Sheet
from coins.numbers import euros, said
from partners import selectors
from partners.models import Settlement, SettlementLine
from partners.settlement import VatSum, cents, vat_sums

# Millimetres, of the 174 between the margins.
LINE_COLUMNS = (62, 31, 31, 12, 16, 22)
VAT_COLUMNS = (72, 34, 34, 34)
ROW = 4.6
INFO_AT, INFO_LABEL = 118, 24
ADDRESS_AT = 52  # where the window of an envelope is


def draw(settlement: Settlement) -> bytes:
    """Return the statement as PDF, in German as all that is kept with the books; the same statement, the same bytes."""
    with translation.override("de"):
        return _draw(settlement)


def _draw(settlement: Settlement) -> bytes:
    lines = selectors.lines_of(settlement)
    club = settlement.run.club
    sheet = Sheet(
        title=_("Abrechnung %(number)s") % {"number": settlement.number},
        foot=f"{club.name} · {settlement.number} · {settlement.partner.name}",
        language="de",
        made_at=settlement.created_at,
    )
    sheet.add_page()
    _head(sheet, settlement)
    _amount(sheet, settlement)
    _vat(sheet, vat_sums(lines))
    _lines(sheet, lines)
    _end(sheet, settlement)
    return sheet.file()


def _head(sheet: Sheet, settlement: Settlement) -> None:
    """A band with the number, the shop's address where a window shows it, and what is asked for on the telephone."""
    club, shop = settlement.run.club, settlement.partner.organisation
    sheet.set_fill_color(*pdf.DEEP)
    sheet.rect(0, 0, sheet.w, 34, style="F")
    sheet.set_fill_color(*pdf.SUN)
    sheet.rect(0, 34, sheet.w, 1.4, style="F")
    sheet.set_y(10)
    sheet.line_of(club.name, size=10, bold=True, color=pdf.SUN)
    sheet.line_of(
        _("Abrechnung %(number)s") % {"number": settlement.number}, size=18, bold=True, color=pdf.WHITE, height=10
    )
    sheet.set_y(ADDRESS_AT - 6)
    sender = club.name if club.town in club.name else f"{club.name}, {club.town}"
    sheet.line_of(sender, size=7, color=pdf.MUTED, width=90)
    town = f"{shop.postcode} {shop.town}".strip()
    for number, text in enumerate([settlement.partner.name, shop.street, town]):
        if text:
            sheet.line_of(text, size=11, bold=not number, width=90)
    bottom = sheet.get_y()
    sheet.set_y(ADDRESS_AT)
    for label, value in (
        (_("Nummer"), settlement.number),
        (_("Erstellt"), _day(settlement.created_at)),
        (_("Zeitraum"), period_of(settlement)),
        (_("Stand"), settlement.get_status_display()),
        *((("E-Mail", club.contact_email),) if club.contact_email else ()),
    ):
        sheet.set_x(INFO_AT)
        sheet.write_in(9, color=pdf.MUTED)
        sheet.cell(INFO_LABEL, 5.4, label)
        sheet.write_in(9)
        sheet.last_cell(sheet.w - sheet.r_margin - INFO_AT - INFO_LABEL, 5.4, pdf.printable(str(value)))
    sheet.set_y(max(bottom, sheet.get_y()) + 10)


def _amount(sheet: Sheet, settlement: Settlement) -> None:
    """What is paid, by whom and where to."""
    due_cents = cents(settlement.due_coins)
    top = sheet.get_y()
    sheet.set_fill_color(*pdf.SOFT)
    sheet.rect(sheet.l_margin, top, sheet.epw, 27, style="F", round_corners=True, corner_radius=3)
    sheet.set_y(top + 4)
    sheet.set_left_margin(pdf.MARGIN + 5)
    sheet.line_of(_("Ihr Betrag"), size=9, color=pdf.MUTED, height=5)
    sheet.line_of(euros(due_cents), size=18, bold=True, color=pdf.DEEP, height=9)
    sheet.line_of(_pays(settlement), size=9, height=5)
    sheet.set_left_margin(pdf.MARGIN)
    sheet.set_y(top + 29)


def _pays(settlement: Settlement) -> str:
    if settlement.due_coins <= 0:
        return _("Zu zahlen ist nichts: Der Betrag wird in die nächste Abrechnung übernommen.")
    account = selectors.account_for(settlement)
    if account is None:
        return _("Der Club überweist den Betrag, sobald Ihre Bankverbindung bestätigt ist. Sie zahlen nichts.")
    return _("Der Club überweist den Betrag auf Ihr Konto %(iban)s. Sie zahlen nichts.") % {"iban": account.masked}


def _vat(sheet: Sheet, sums: list[VatSum]) -> None:
    sheet.heading(_("Summen nach Steuersatz"))
    _row(sheet, VAT_COLUMNS, [_("Steuersatz"), _("Netto"), _("Umsatzsteuer"), _("Brutto")], bold=True, ends=1)
    for part in sums:
        texts = [f"{part.percent} %", euros(part.net_cents), euros(part.vat_cents), euros(part.gross_cents)]
        _row(sheet, VAT_COLUMNS, texts, ends=1)
    sheet.rule()


def _lines(sheet: Sheet, lines: list[SettlementLine]) -> None:
    sheet.heading(_("Alle Zeilen (%(n)s)") % {"n": said(len(lines))})
    _line_heads(sheet)
    for line in lines:
        at = line.happened_at.astimezone(periods.BERLIN)
        what = pdf.printable(line.what)
        sheet.write_in(8)
        rows = max(sheet.lines_of(LINE_COLUMNS[0], what), 1) if _is_long(sheet, what) else 1
        # A row is never torn apart, and each page says again what its columns are.
        if sheet.will_page_break(ROW * rows + 1):
            sheet.add_page()
            _line_heads(sheet)
        percent = "" if line.vat_percent is None else f"{line.vat_percent} %"
        texts = [
            what, f"{at:%d.%m.%Y %H:%M}", line.get_kind_display(), percent, said(line.amount_coins),
            euros(cents(line.amount_coins)),
        ]  # fmt: skip
        _row(sheet, LINE_COLUMNS, texts, size=8, ends=3, rows=rows)


def _is_long(sheet: Sheet, text: str) -> bool:
    return sheet.get_string_width(text) > LINE_COLUMNS[0] - 2


def _line_heads(sheet: Sheet) -> None:
    heads = [_("Angebot"), _("Wann"), _("Art"), _("USt"), _("Coins"), _("Betrag")]
    _row(sheet, LINE_COLUMNS, heads, bold=True, size=8, ends=3)


def _row(sheet: Sheet, widths: tuple[int, ...], texts: list[str], *, ends: int, bold: bool = False, size: int = 9,
         rows: int = 1) -> None:  # fmt: skip
    """Write a row of a table; its first text may take several lines, the columns from `ends` on are numbers."""
    sheet.rule()
    sheet.write_in(size, bold=bold)
    top, left = sheet.get_y() + 0.5, sheet.l_margin
    for number, (width, text) in enumerate(zip(widths, texts, strict=True)):
        sheet.set_xy(left, top)
        if number == 0 and _is_long(sheet, text):
            sheet.flow(width, ROW, text)
        else:
            sheet.cell(width, ROW, text, align="R" if number >= ends else "L")
        left += width
    sheet.set_xy(sheet.l_margin, top + ROW * rows + 0.5)


def _end(sheet: Sheet, settlement: Settlement) -> None:
    if sheet.will_page_break(16):
        sheet.add_page()
    widths = (sum(LINE_COLUMNS[:4]), *LINE_COLUMNS[4:])
    rows = [(_("Summe"), settlement.due_coins)]
    if settlement.carried_coins:
        rows.insert(0, (_("Übertrag aus früheren Abrechnungen"), settlement.carried_coins))
    for label, coins in rows:
        _row(sheet, widths, [label, said(coins), euros(cents(coins))], bold=label == rows[-1][0], ends=1)
    sheet.rule()


def period_of(settlement: Settlement) -> str:
    """Say what a statement is about: from the cutoff before to its own, both days included."""
    before = selectors.settled_before(settlement)
    until = settlement.cutoff_at.astimezone(periods.BERLIN)
    # A month ends at midnight: its last day is the one before.
    at_midnight = settlement.cutoff_at == periods.midnight(until.date())
    last = f"{until.date() - periods.ONE_DAY:%d.%m.%Y}" if at_midnight else f"{until:%d.%m.%Y, %H:%M}"
    return f"{_day(before)} – {last}" if before else _("bis %(day)s") % {"day": last}


def _day(at: datetime) -> str:
    return f"{at.astimezone(periods.BERLIN):%d.%m.%Y}"
