"""The portfolio on paper: sums by category, visits, what was learned, every entry, a QR that confirms the sums."""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from activities.models import Portfolio, PortfolioItem
from activities.portfolio import links, versions
from activities.portfolio.versions import Sums
from clevervibes.lib import pdf, periods
from clevervibes.lib.pdf import Sheet

QR_SIDE = 42
DAY_WIDTH, TIME_WIDTH = 26, 24


def draw(portfolio: Portfolio) -> bytes:
    """Return the sheet of a version in the language of its youth; a thousand entries are some thirty pages."""
    with translation.override(portfolio.youth.user.language):
        return _draw(portfolio)


def _draw(portfolio: Portfolio) -> bytes:
    club = portfolio.youth.user.club
    made_on = _day(portfolio.made_at)
    sheet = Sheet(
        title=_("Portfolio"),
        foot=f"{club.name if club else 'Clever Vibes Club'} · {_('Blatt')} {portfolio.sheet} · {made_on}",
        language=translation.get_language(),
        made_at=portfolio.made_at,
    )
    sheet.add_page()
    sums = versions.sums_of(portfolio)
    items = list(versions.items_of(portfolio))
    _head(sheet, portfolio, sums, made_on)
    _parts(sheet, sums)
    if visits := [item for item in items if item.entry.host_confirmed]:
        sheet.heading(_("Von innen gesehen"))
        _rows(sheet, visits)
    if learned := [item for item in items if item.shows_learned and item.entry.learned]:
        sheet.heading(_("Was ich gelernt habe"))
        for item in learned:
            _reflection(sheet, item)
    if others := [item for item in items if not item.entry.host_confirmed]:
        sheet.heading(_("Gemeinsame Zeit"))
        _rows(sheet, others)
    return sheet.file()


def name_on(portfolio: Portfolio) -> str:
    """Return the name on the sheet; who has none in letters that can be printed goes by their user name."""
    user = portfolio.youth.user
    full = user.get_full_name() if portfolio.shows_last_name else user.first_name
    return pdf.printable(full) or user.username


def _head(sheet: Sheet, portfolio: Portfolio, sums: Sums, made_on: str) -> None:
    """A green band with the name; beside it, on white, the code that confirms the sums."""
    url = links.url_of(portfolio)
    name = name_on(portfolio)
    words = int(sheet.epw) - (QR_SIDE + 10 if url else 0)
    sheet.write_in(_size_for(sheet, name, words), bold=True)
    # Two lines at most: what is longer than that has been made smaller.
    height = max(62, QR_SIDE + 20) if url else 50
    sheet.set_fill_color(*pdf.DEEP)
    sheet.rect(0, 0, sheet.w, height, style="F")
    sheet.set_fill_color(*pdf.SUN)
    sheet.rect(0, height, sheet.w, 1.4, style="F")
    sheet.set_y(12)
    sheet.line_of(_("Portfolio"), size=10, bold=True, color=pdf.SUN, width=words)
    sheet.line_of(name, size=_size_for(sheet, name, words), bold=True, color=pdf.WHITE, width=words, height=10)
    sheet.ln(1)
    sheet.line_of(
        _("%(time)s gemeinsame Zeit, bestätigt") % {"time": hours(sums.minutes)}, size=12, color=pdf.WHITE, width=words
    )
    if sums.first_on and sums.last_on:
        sheet.line_of(_period(sums.first_on, sums.last_on), size=10, color=pdf.DEEP_MUTED, width=words)
    if portfolio.youth.user.club:
        sheet.line_of(f"{portfolio.youth.user.club} · {made_on}", size=10, color=pdf.DEEP_MUTED, width=words)
    if url:
        x = int(sheet.w) - pdf.MARGIN - QR_SIDE
        sheet.qr_code(url, x=x, y=10, side=QR_SIDE)
        sheet.set_xy(x, 10 + QR_SIDE + 1)
        sheet.write_in(7, color=pdf.WHITE)
        sheet.set_left_margin(x)
        sheet.flow(QR_SIDE, 3.4, _("Scannen: Der Club bestätigt diese Summen."), align="C")
        sheet.set_left_margin(pdf.MARGIN)
    sheet.set_y(height + 6)


def _size_for(sheet: Sheet, name: str, width: int) -> int:
    """Return the biggest size in which a name takes two lines at most."""
    for size in (24, 20, 17, 14, 12):
        sheet.write_in(size, bold=True)
        if sheet.lines_of(width, name) <= 2:
            return size
    return 10


def _period(first_on: date, last_on: date) -> str:
    first, last = date_format(first_on, "DATE_FORMAT"), date_format(last_on, "DATE_FORMAT")
    return first if first == last else f"{first} – {last}"


def _parts(sheet: Sheet, sums: Sums) -> None:
    """A bar per category: as long as its part of the whole."""
    sheet.heading(_("Worum es ging"))
    most = max((part.minutes for part in sums.parts), default=1)
    for part in sums.parts:
        sheet.write_in(10)
        top = sheet.get_y()
        sheet.cell(64, 6, pdf.printable(str(part.category)))
        room = int(sheet.epw) - 64 - TIME_WIDTH
        sheet.set_fill_color(*pdf.SOFT)
        sheet.rect(sheet.l_margin + 64, top + 1.5, room, 3, style="F", round_corners=True, corner_radius=1.5)
        sheet.set_fill_color(*pdf.DEEP)
        filled = max(3, room * part.minutes // most)
        sheet.rect(sheet.l_margin + 64, top + 1.5, filled, 3, style="F", round_corners=True, corner_radius=1.5)
        sheet.set_x(sheet.l_margin + 64 + room)
        sheet.last_cell(TIME_WIDTH, 6, hours(part.minutes))
    if sums.company_minutes:
        sheet.ln(1)
        sheet.line_of(
            _("Davon %(time)s von Betrieben selbst bestätigt.") % {"time": hours(sums.company_minutes)},
            size=9, color=pdf.MUTED,
        )  # fmt: skip


def _rows(sheet: Sheet, items: Iterable[PortfolioItem]) -> None:
    """A row per entry: day, what it was, how long. A row is never torn apart by a page."""
    for item in items:
        entry = item.entry
        what = pdf.printable(entry.did)
        width = int(sheet.epw) - DAY_WIDTH - TIME_WIDTH
        sheet.write_in(9, color=pdf.MUTED)
        lines = sheet.lines_of(width, what)
        if sheet.will_page_break(5 + lines * 4.6 + 3):
            sheet.add_page()
        sheet.rule()
        sheet.ln(1.2)
        sheet.write_in(9, color=pdf.MUTED)
        sheet.cell(DAY_WIDTH, 5, _day(entry.starts_at))
        sheet.write_in(10, bold=True)
        sheet.cell(width, 5, pdf.printable(str(entry.category)))
        sheet.write_in(10)
        sheet.last_cell(TIME_WIDTH, 5, hours(entry.duration_minutes))
        if what:
            sheet.set_x(sheet.l_margin + DAY_WIDTH)
            sheet.write_in(9, color=pdf.MUTED)
            sheet.flow(width, 4.6, what)
        sheet.ln(1.2)


def _reflection(sheet: Sheet, item: PortfolioItem) -> None:
    entry = item.entry
    words = pdf.printable(entry.learned)
    if not words:
        return
    sheet.write_in(10)
    lines = sheet.lines_of(sheet.epw - 6, words)
    if sheet.will_page_break(lines * 5.4 + 9):
        sheet.add_page()
    top = sheet.get_y()
    sheet.set_left_margin(pdf.MARGIN + 6)
    sheet.line_of(words, size=10, height=5)
    sheet.line_of(f"{entry.category}, {_day(entry.starts_at)}", size=8, color=pdf.MUTED, height=5)
    sheet.set_left_margin(pdf.MARGIN)
    sheet.set_fill_color(*pdf.SUN)
    sheet.rect(pdf.MARGIN, top + 0.6, 1.2, max(1, sheet.get_y() - top - 1.2), style="F")
    sheet.set_x(pdf.MARGIN)
    sheet.ln(3)


def hours(minutes: int) -> str:
    """Write minutes as the pages do: 45 min, 2 h, 2 h 15."""
    whole, rest = divmod(minutes, 60)
    if not whole:
        return f"{rest} {_('min')}"
    return f"{whole} {_('h')} {rest:02d}" if rest else f"{whole} {_('h')}"


def _day(moment: datetime) -> str:
    return date_format(periods.berlin_date(moment), "d.m.Y")
