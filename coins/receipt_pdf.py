"""A sheet per deposit: what a donor's certificate or a sponsor's invoice has to say, ready to be signed or written."""

from datetime import date

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from clevervibes.lib import pdf, periods
from clevervibes.lib.pdf import Sheet
from coins.models import Deposit, MoneyOrder, Sponsor
from coins.numbers import euros

LABEL = 58


def draw(deposit: Deposit) -> bytes:
    """Return the sheet of one deposit, in German as all that is kept with the books; the same each time."""
    return _draw([deposit], _("Beleg"))


def draw_year(on: int) -> bytes:
    """Return the sheets of a year in one file, by sponsor; what went back whole is left out."""
    return _draw(list(kept_in(on)), _("Belege %(year)s") % {"year": on}, on)


def kept_in(on: int) -> QuerySet[Deposit]:
    """Return the deposits of a year that the club kept."""
    back = MoneyOrder.objects.filter(state=MoneyOrder.State.DONE, deposit__isnull=False).values("deposit")
    found = Deposit.objects.filter(received_on__year=on).exclude(pk__in=back)
    return found.select_related("sponsor__organisation__club", "pool").order_by(
        "sponsor__organisation__name", "received_on", "pk"
    )


def number_of(deposit: Deposit) -> str:
    """Return the number of a deposit's sheet; never given twice."""
    return f"E-{deposit.received_on.year}-{deposit.pk:06d}"


def _draw(deposits: list[Deposit], title: str, on: int | None = None) -> bytes:
    with translation.override("de"):
        made_at = max((deposit.booked_at for deposit in deposits), default=periods.midnight(date(on or 2000, 1, 1)))
        sheet = Sheet(title=title, foot="Clever Vibes Club", language="de", made_at=made_at)
        if not deposits:
            sheet.add_page()
            sheet.line_of(_("In diesem Jahr ist nichts eingegangen."))
        for deposit in deposits:
            sheet.add_page()
            _page(sheet, deposit)
        return sheet.file()


def _page(sheet: Sheet, deposit: Deposit) -> None:
    giver, donation = deposit.sponsor.organisation, deposit.sponsor.kind == Sponsor.Kind.DONATION
    sheet.set_fill_color(*pdf.DEEP)
    sheet.rect(0, 0, sheet.w, 34, style="F")
    sheet.set_fill_color(*pdf.SUN)
    sheet.rect(0, 34, sheet.w, 1, style="F")
    sheet.set_y(10)
    sheet.line_of(giver.club.name, size=10, bold=True, color=pdf.SUN)
    heading = _("Angaben für die Zuwendungsbestätigung") if donation else _("Angaben für die Rechnung")
    sheet.line_of(heading, size=18, bold=True, color=pdf.WHITE, height=10)
    sheet.set_y(46)
    for place, text in enumerate([giver.name, giver.street, f"{giver.postcode} {giver.town}".strip()]):
        if text:
            sheet.line_of(text, size=11, bold=not place)
    sheet.ln(8)
    rows = [
        (_("Nummer"), number_of(deposit)),
        (_("Betrag"), euros(deposit.amount_cents)),
        (_("Eingegangen am"), f"{deposit.received_on:%d.%m.%Y}"),
        (_("Art"), _("Geldzuwendung (Spende)") if donation else _("Werbevertrag (Leistung und Gegenleistung)")),
        (_("Verwendung"), deposit.pool.name),
        (_("Verwendungszweck"), deposit.reference or "–"),
    ]
    if not donation and (agreed := deposit.sponsor.agreement_from):
        until = deposit.sponsor.agreement_until
        rows.append((_("Vereinbarung"), f"{agreed:%d.%m.%Y} – {until:%d.%m.%Y}" if until else f"{agreed:%d.%m.%Y}"))
    for label, value in rows:
        sheet.rule()
        sheet.ln(1)
        sheet.write_in(10, color=pdf.MUTED)
        sheet.cell(LABEL, 6, label)
        sheet.write_in(10, bold=label == rows[1][0])
        sheet.flow(sheet.epw - LABEL, 6, pdf.printable(str(value)))
    sheet.rule()
    sheet.ln(8)
    note = (
        _("Die Bestätigung selbst stellt der Verein nach dem amtlichen Muster aus und unterschreibt sie.")
        if donation
        else _("Die Rechnung selbst schreibt der Verein, mit dem Steuersatz, der für ihn gilt.")
    )
    sheet.line_of(note, size=9, color=pdf.MUTED)
