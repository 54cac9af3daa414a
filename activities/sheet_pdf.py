"""The Wochenzettel as a PDF: what waits with a box each, lines to write on, and a place to sign."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import vouching
from accounts.models import ContactPoint
from activities import sheets
from activities.models import SharedTimeEntry, Sheet
from clevervibes.lib.paper import Paper
from clevervibes.lib.pdf import DEEP, INK, LINE, MUTED, SOFT, SUN, WHITE, printable
from clevervibes.lib.periods import BERLIN

LEFT, WIDTH, BOTTOM = 15.0, 180.0, 282.0
ROW, HEAD, FOOT = 12.5, 20.0, 66.0
HEADINGS: list[tuple[Promise, int]] = [
    (gettext_lazy("Tag"), 22), (gettext_lazy("Von – bis"), 27), (gettext_lazy("Was"), 36),
    (gettext_lazy("Mit wem"), 30), (gettext_lazy("Was genau"), 49), (gettext_lazy("Stimmt"), 16),
]  # fmt: skip


def draw(sheet: Sheet, *, now: datetime, language: str) -> bytes:
    """Return the paper of `sheet` in `language`; where that is not German, the German words stand beside the headings.

    A point of contact reads German, whatever the family does.
    """
    with translation.override(language):
        return _Drawing(sheet, now, language).pages()


class _Drawing:
    def __init__(self, sheet: Sheet, now: datetime, language: str) -> None:
        self.sheet, self.now, self.language = sheet, now, language
        self.page = Paper(title=_("Wochenzettel"), language=language, made_at=sheet.made_at)
        self.entries = list(sheets.waiting_on(sheet))
        self.points = list(vouching.points_near(sheet.youth.user)[:3])
        self.signers = list(sheets.signers(sheet.youth, now))
        self.y = 0.0

    def pages(self) -> bytes:
        self._begin(first=True)
        if self.entries:
            self._table(_("Schon im Club eingetragen, wartet auf Bestätigung"), self.entries)
        room = int((BOTTOM - FOOT - self.y - HEAD) // ROW)
        blank = min(max(room, 3), sheets.LINES)
        self._table(_("Was sonst noch war: einfach aufschreiben"), [None] * blank)
        if self.y + FOOT > BOTTOM:
            self._begin(first=False)
        self._sign()
        return self.page.file()

    def _both(self, text: str | Promise) -> tuple[str, str]:
        """Return a word in the reader's language and, if that is another one, in German."""
        here = str(text)
        with translation.override("de"):
            german = str(text)
        return here, "" if german == here else german

    def _begin(self, *, first: bool) -> None:
        page, sheet = self.page, self.sheet
        page.add_page()
        page.logo(LEFT, 14, 15)
        here, german = self._both(gettext_lazy("Wochenzettel"))
        page.say(here, LEFT + 20, 13, 100, size=21, bold=True, colour=DEEP)
        page.say(" · ".join(filter(None, [german, "Clever Vibes Club"])), LEFT + 20, 23.5, 100, size=9, colour=MUTED)
        self._code()
        sunday = sheet.monday + timedelta(days=6)
        week = f"{date_format(sheet.monday, 'j. F')} – {date_format(sunday, 'j. F Y')}"
        page.box(LEFT, 36, 126, 16, fill=SOFT, radius=4)
        page.say(sheet.youth.first_name, LEFT + 5, 38, 116, size=14, bold=True)
        page.say(week, LEFT + 5, 45, 116, size=10, colour=MUTED)
        self.y = 57
        if first:
            steps = _(
                "Haken Sie an, was stimmt, und schreiben Sie dazu, was fehlt. Unterschreiben Sie unten und geben Sie"
                " den Zettel bei einer Anlaufstelle ab. Von 15 Minuten bis 4 Stunden, höchstens 14 Tage her."
            )
            self.y = page.say(steps, LEFT, self.y, 126, size=10, lines=4) + 3
        self.y = max(self.y, 78)

    def _code(self) -> None:
        address = settings.PUBLIC_URL + reverse("activities:enter-sheet", args=[self.sheet.public_id])
        self.page.box(LEFT + 134, 12, 46, 60, fill=WHITE, edge=LINE, radius=4)
        self.page.qr_code(address, x=151, y=13, side=42)
        self.page.say(self.sheet.code, LEFT + 134, 55.5, 46, size=14, bold=True, align="C")
        self.page.say(_("für die Anlaufstelle"), LEFT + 134, 63.5, 46, size=8, colour=MUTED, align="C")

    # ── Lines ──
    def _table(self, title: str, rows: Sequence[SharedTimeEntry | None]) -> None:
        self._head(title)
        for entry in rows:
            if self.y + ROW > BOTTOM:
                self._begin(first=False)
                self._head(title)
            self._row(entry)
        self.y += 5

    def _head(self, title: str) -> None:
        if self.y + HEAD + ROW > BOTTOM:
            self._begin(first=False)
        self.y = self.page.say(title, LEFT, self.y, WIDTH, size=11, bold=True) + 1.5
        x = LEFT
        has_german = any(self._both(word)[1] for word, _width in HEADINGS)
        height = 9.5 if has_german else 6.5
        self.page.box(LEFT, self.y, WIDTH, height, fill=DEEP, radius=2)
        for word, width in HEADINGS:
            here, german = self._both(word)
            self.page.say(here, x + 2, self.y + 1.2, width - 3, size=8.5, bold=True, colour=WHITE)
            if german:
                self.page.say(german, x + 2, self.y + 5, width - 3, size=7, colour=SOFT)
            x += width
        self.y += height

    def _row(self, entry: SharedTimeEntry | None) -> None:
        x, top = LEFT, self.y + 1.8
        for text, (_word, width) in zip(self._cells(entry), HEADINGS, strict=True):
            if text:
                self.page.say(text, x + 2, top, width - 3, size=8.5, lines=2)
            x += width
        self.page.box(x - 11.5, self.y + 3, 6.5, 6.5, edge=INK, radius=1.5)
        self.y += ROW
        self.page.ruled(LEFT, self.y, WIDTH)

    def _cells(self, entry: SharedTimeEntry | None) -> list[str]:
        if entry is None or entry.ends_at is None:
            return [""] * len(HEADINGS)
        starts, ends = (timezone.localtime(moment, BERLIN) for moment in (entry.starts_at, entry.ends_at))
        who = entry.companion_name or str(entry.get_companion_relation_display())
        day = date_format(starts, "D, j.n.")
        return [day, f"{starts:%H:%M} – {ends:%H:%M}", str(entry.category), who, entry.did, ""]

    # ── Signature ──
    def _sign(self) -> None:
        page = self.page
        top = max(self.y, BOTTOM - FOOT)
        page.box(LEFT, top, WIDTH, 43, fill=WHITE, edge=DEEP, radius=4)
        here, german = self._both(gettext_lazy("Ich bestätige die angehakten und die aufgeschriebenen Zeiten."))
        page.say(here, LEFT + 5, top + 4, WIDTH - 10, size=11, bold=True)
        if german:
            page.say(german, LEFT + 5, top + 9.5, WIDTH - 10, size=8, colour=MUTED)
        x = LEFT + 5
        for person in self.signers[:6]:
            page.box(x, top + 14.5, 4.5, 4.5, edge=INK, radius=1)
            name = printable(person.first_name or person.username)
            page.say(name, x + 6.5, top + 14.4, 40, size=10)
            x += 12 + page.get_string_width(name)
        for place, width, word in (
            (LEFT + 5, 45, gettext_lazy("Datum")), (LEFT + 55, 120, gettext_lazy("Unterschrift"))
        ):  # fmt: skip
            page.ruled(place, top + 34, width, colour=INK)
            page.say(" · ".join(filter(None, self._both(word))), place, top + 35.2, width, size=8, colour=MUTED)
        page.box(LEFT, top + 46, WIDTH, 18, fill=(250, 246, 232), radius=4)
        page.box(LEFT, top + 46, 2.2, 18, fill=SUN, radius=1)
        page.say(_("Abgeben bei:"), LEFT + 6, top + 48.5, 100, size=9, bold=True)
        page.say(self._where(), LEFT + 6, top + 53.5, 112, size=9, lines=2, colour=MUTED)
        page.say(_("Gesehen von (füllt die Anlaufstelle aus):"), LEFT + 122, top + 48.5, 55, size=8, colour=MUTED)
        page.ruled(LEFT + 122, top + 60.5, 54, colour=INK)

    def _where(self) -> str:
        return " · ".join(_place(point) for point in self.points) or _("beim Club-Team")


def _place(point: ContactPoint) -> str:
    return f"{point.organisation.name} ({point.opening_hours})" if point.opening_hours else point.organisation.name
