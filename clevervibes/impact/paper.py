"""A sponsor's impact on paper, for a quarterly meeting: the sentences, the money, the hours."""

from django.utils import translation
from django.utils.translation import gettext as _

from clevervibes.impact import telling
from clevervibes.impact.telling import Story
from clevervibes.lib import pdf, periods
from clevervibes.lib.pdf import Sheet
from coins.numbers import euros, said

LABEL, NUMBER, DAY = 92, 41, 28
HOURS = 20
BAR_HEIGHT = 4


def draw(story: Story) -> bytes:
    """Return the sheet, in German; of the same numbers the same file."""
    with translation.override("de"):
        return _draw(story)


def _draw(story: Story) -> bytes:
    found = story.impact
    club = found.sponsor.organisation.club
    sheet = Sheet(
        title=_("Wirkung: %(name)s") % {"name": found.sponsor},
        foot=f"{club.name} · {_('Stand')} {story.until:%d.%m.%Y}",
        language="de",
        made_at=periods.midnight(found.end),
    )
    sheet.add_page()
    _head(sheet, story)
    for sentence in [*story.sentences, story.agreement]:
        if not sentence:
            continue
        sheet.line_of(sentence, size=12, height=7)
        sheet.ln(1.5)
    _money(sheet, story)
    _promises(sheet, story)
    _hours(sheet, story)
    _host(sheet, story)
    sheet.ln(6)
    sheet.line_of(_how_counted(story), size=8, color=pdf.MUTED, height=4)
    return sheet.file()


def _how_counted(story: Story) -> str:
    return _(
        "Gezählt sind ganze Monate bis %(day)s. Was Jugendliche getan haben, steht hier nur, wo es mindestens fünf "
        "waren: Kleinere Themen sind zusammengefasst, kleinere Monate kommen mit dem nächsten. Zahlen von Menschen "
        "sind in Fünfern abgerundet. Ein Strich heißt: niemand, oder weniger als fünf. Namen kennt diese Übersicht "
        "nicht."
    ) % {"day": f"{story.until:%d.%m.%Y}"}


def _head(sheet: Sheet, story: Story) -> None:
    sheet.set_fill_color(*pdf.DEEP)
    sheet.rect(0, 0, sheet.w, 40, style="F")
    sheet.set_fill_color(*pdf.SUN)
    sheet.rect(0, 40, sheet.w, 1.2, style="F")
    sheet.set_y(10)
    sheet.line_of(story.impact.sponsor.organisation.club.name, size=10, bold=True, color=pdf.SUN)
    sheet.line_of(str(story.impact.sponsor), size=19, bold=True, color=pdf.WHITE, height=9)
    words = f"{telling.title_of(story.impact.span)} · {_('Stand')} {story.until:%d.%m.%Y}"
    sheet.line_of(words, size=11, color=pdf.DEEP_MUTED, height=6)
    sheet.set_y(50)


def _money(sheet: Sheet, story: Story) -> None:
    sheet.heading(_("Ihr Geld"))
    for figure in story.figures:
        sheet.rule()
        sheet.ln(1)
        sheet.write_in(10)
        sheet.cell(LABEL, 6, figure.label)
        sheet.cell(NUMBER, 6, f"{said(figure.coins)} Coins" if figure.coins is not None else "", align="R")
        sheet.write_in(10, bold=True)
        sheet.last_cell(NUMBER, 6, euros(figure.cents) if figure.cents is not None else "–")
    sheet.rule()


def _promises(sheet: Sheet, story: Story) -> None:
    found = story.promises
    if not found.rows:
        return
    sheet.heading(_("Ihre Zusagen"))
    for sentence in found.sentences:
        sheet.line_of(sentence, size=10, height=6)
    sheet.ln(1)
    for row in found.rows:
        if sheet.will_page_break(8):
            sheet.add_page()
        sheet.rule()
        sheet.ln(1)
        sheet.write_in(10)
        sheet.cell(DAY, 6, f"{row.due_on:%d.%m.%Y}")
        sheet.cell(sheet.epw - DAY - NUMBER, 6, row.said)
        sheet.write_in(10, bold=True)
        sheet.last_cell(NUMBER, 6, euros(row.amount_cents))
    sheet.rule()


def _hours(sheet: Sheet, story: Story) -> None:
    for chart in (story.categories, story.months):
        if chart is None:
            continue
        sheet.heading(chart.title)
        # The last column is what a row comes to.
        sums = [int(row[-1].replace(".", "")) for row in chart.rows]
        most = max(sums, default=0) or 1
        width = sheet.epw - LABEL - HOURS
        for row, hours in zip(chart.rows, sums, strict=True):
            if sheet.will_page_break(7):
                sheet.add_page()
            sheet.write_in(10)
            sheet.cell(LABEL, 6, pdf.printable(row[0]))
            sheet.set_fill_color(*pdf.SOFT)
            x, y = sheet.get_x(), sheet.get_y() + 1
            sheet.rect(x, y, width, BAR_HEIGHT, style="F")
            sheet.set_fill_color(*pdf.DEEP)
            if hours:
                sheet.rect(x, y, width * hours / most, BAR_HEIGHT, style="F")
            sheet.cell(width, 6, "")
            sheet.last_cell(HOURS, 6, f"{row[-1]} {_('Std.')}")


def _host(sheet: Sheet, story: Story) -> None:
    if not story.offered:
        return
    sheet.heading(_("Als Ausrichter"))
    lines = [(label, said(number)) for label, number in story.offered]
    lines += [
        (answer.label, _("mindestens %(number)s") % {"number": said(answer.number)} if answer.number else _("unter 5"))
        for answer in story.answers
    ]
    for label, text in lines:
        sheet.rule()
        sheet.ln(1)
        sheet.write_in(10)
        sheet.cell(sheet.epw - NUMBER, 6, label)
        sheet.write_in(10, bold=True)
        sheet.last_cell(NUMBER, 6, text)
    sheet.rule()
