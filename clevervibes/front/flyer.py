"""The flyer of a club: A4, printed on both sides and folded once, with a QR that leads to its first page."""

from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Club, Operator
from clevervibes.lib.paper import Paper
from clevervibes.lib.pdf import DEEP, DEEP_MUTED, INK, MUTED, SOFT, SUN, WHITE

WIDE, HIGH, FOLD = 297, 210, 148.5  # millimetres
HELPLINE = "116 111"


def address_of(club: Club) -> str:
    """Return what the QR says: the first page, as it knows this club."""
    return f"{settings.PUBLIC_URL}/?ort={club.slug}"


def _site() -> str:
    return settings.PUBLIC_URL.partition("://")[2]


def draw(*, club: Club, operator: Operator | None, language: str, made_at: datetime) -> bytes:
    """Draw the flyer in a language: outside first, then inside."""
    with translation.override(language):
        paper = Paper(title=_("Faltblatt: {club}").format(club=club), language=language, made_at=made_at)
        paper.add_page(orientation="landscape")
        _front(paper, club)
        _back(paper, club, operator)
        paper.add_page(orientation="landscape")
        _idea(paper)
        _steps(paper)
        return paper.file()


def _front(paper: Paper, club: Club) -> None:
    x, width = FOLD + 14, FOLD - 28
    paper.set_fill_color(*DEEP)
    paper.rect(FOLD, 0, FOLD, HIGH, style="F")
    paper.logo(x, 14, 14)
    paper.say("Clever Vibes Club", x + 18, 17.5, width - 18, size=16, bold=True, colour=WHITE)
    y = paper.say(_("Eure Zeit ist was wert."), x, 36, width, size=44, bold=True, colour=WHITE, lines=2, leading=1.05)
    lead = _("Zeit, die ihr zusammen verbringt, wird zu Coins. Coins werden zu Eis, Kino oder Training.")
    paper.say(lead, x, y + 5, width, size=15.5, colour=DEEP_MUTED, lines=4)
    paper.box(x, 108, 66, 66, fill=WHITE, radius=6)
    paper.qr_code(address_of(club), x=int(x) + 2, y=110, side=62)
    below = paper.say(_("Scannen und mitmachen"), x + 71, 112, width - 71, size=18, bold=True, colour=SUN, lines=3)
    paper.say(_("Für alle von 12 bis 20. Kostenlos, ohne E-Mail-Adresse."), x + 71, below + 4, width - 71, size=12.5,
              colour=WHITE, lines=6)  # fmt: skip
    paper.say(_site(), x, 178, width, size=12, colour=DEEP_MUTED)
    paper.say(club.name, x, 188, width, size=17, bold=True, colour=WHITE)


def _back(paper: Paper, club: Club, operator: Operator | None) -> None:
    x, width = 14, FOLD - 28
    y = paper.say(_("Für Eltern"), x, 15, width, size=24, bold=True, colour=DEEP) + 3
    for words in (
        _("Unter 16 geht nichts ohne Ihre Einwilligung. Widerrufen ist so leicht wie zustimmen."),
        _("Sie bestätigen die Zeiten einmal in der Woche, in einer Minute, für alle Kinder."),
        _("Kein Laden und kein Förderer erfährt einen Namen. Es gibt keine Werbung."),
        _("Ohne Handy geht es auf Papier: Die Anlaufstelle hilft."),
    ):
        y = _tick(paper, words, x, y, width)
    y = max(y + 2, 98)
    paper.box(x, y, width, 36, fill=SOFT, radius=6)
    below = paper.say(_("Fragen? Wir sind da."), x + 8, y + 5, width - 16, size=16, bold=True, colour=DEEP) + 1
    below = paper.say(club.name, x + 8, below, width - 16, size=13, bold=True)
    reach = " · ".join(filter(None, [club.contact_phone, club.contact_email]))
    paper.say(reach, x + 8, below, width - 16, size=13, lines=2)
    y = paper.say(_("Etwas war nicht okay?"), x, y + 44, width, size=16, bold=True, colour=DEEP) + 1
    y = paper.say(_("Nummer gegen Kummer, kostenlos und ohne Namen:"), x, y, width, size=12, lines=2)
    y = paper.say(HELPLINE, x, y, width, size=20, bold=True, colour=DEEP)
    if club.emergency_phone:
        y = paper.say(_("Notfallnummer des Clubs: {phone}").format(phone=club.emergency_phone), x, y, width, size=12)
    paper.say(f"{_site()}/nicht-okay/", x, y, width, size=12)
    if operator:
        paper.say(f"{operator.legal_name}, {operator.address}", x, 196, width, size=8, colour=MUTED)


def _idea(paper: Paper) -> None:
    x, width = 14, FOLD - 28
    y = paper.say(_("Die Idee"), x, 15, width, size=24, bold=True, colour=DEEP) + 4
    for words in (
        _("Wer mit anderen liest, lernt, baut oder einen Betrieb ansieht, kommt weiter."),
        _("Diese gemeinsame Zeit zählt: Eltern oder Vertrauenspersonen bestätigen sie, und sie wird zu Coins."),
        _("Unternehmen aus der Stadt bezahlen die Coins. Läden geben dafür Belohnungen."),
    ):
        y = paper.say(words, x, y, width, size=15.5, lines=5) + 4
    y = max(y + 4, 112)
    paper.box(x, y, width, 54, fill=DEEP, radius=7)
    inner = paper.say(
        _("6 Minuten zusammen = 1 Coin"), x + 9, y + 9, width - 18, size=20.5, bold=True, colour=SUN, lines=2
    )
    paper.say(_("Zeit mit einem Betrieb zählt eineinhalbfach. Jeder Coin ist gedeckt: Das Geld liegt schon bereit."),
              x + 9, inner + 3, width - 18, size=13.5, colour=WHITE, lines=4)  # fmt: skip
    y = paper.say(
        _("Was zählt? Alle Beispiele stehen auf der Seite."), x, y + 62, width, size=12.5, colour=MUTED, lines=2
    )
    paper.say(f"{_site()}/was-zaehlt/", x, y + 1, width, size=12.5, bold=True, colour=DEEP)


def _steps(paper: Paper) -> None:
    x, width = FOLD + 14, FOLD - 28
    y = paper.say(_("So geht’s: in fünf Schritten"), x, 15, width, size=24, bold=True, colour=DEEP, lines=2) + 7
    for number, (title, words) in enumerate(
        (
            (_("Zeit verbringen"), _("Mit jemandem, der Dir wichtig ist, etwas machen, bei dem Du weiterkommst.")),
            (_("Eintragen"), _("Wann, mit wem, was: das dauert am Handy keine 20 Sekunden.")),
            (_("Bestätigen lassen"), _("Deine Eltern oder eine Vertrauensperson tippen auf „Stimmt“.")),
            (
                _("Coins bekommen"),
                _("Dienstag ist Coin-Tag. Bezahlt werden Deine Coins von Unternehmen, den Förderern."),
            ),
            (_("Einlösen"), _("Code im Laden zeigen, fertig. Der Laden bekommt sein Geld vom Club.")),
        ),
        start=1,
    ):
        paper.box(x, y, 15, 15, fill=SUN, radius=5)
        paper.say(number, x, y + 3.3, 15, size=18, bold=True, colour=INK, align="C")
        below = paper.say(title, x + 21, y - 0.5, width - 21, size=16, bold=True)
        y = max(paper.say(words, x + 21, below, width - 21, size=13.5, colour=MUTED, lines=3), y + 15) + 11


def _tick(paper: Paper, words: str, x: float, y: float, width: float) -> float:
    paper.set_draw_color(*DEEP)
    paper.set_line_width(1)
    paper.polyline([(x + 0.5, y + 3.2), (x + 2.3, y + 5), (x + 6, y + 1)])
    return paper.say(words, x + 10, y, width - 10, size=14, lines=4) + 3
