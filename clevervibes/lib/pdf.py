"""Printed matter in the club's look: A4, Rubik, deep green. fpdf2 draws it; nothing is loaded from anywhere."""

import unicodedata
from datetime import datetime
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

from clevervibes.lib import qr

# Subsets for Latin (with Turkish, Polish …) and Cyrillic letters, cut from the variable font that the pages use.
FONTS = Path(__file__).parent / "fonts"
_FILES = {"": "rubik-regular.ttf", "B": "rubik-semibold.ttf"}

MARGIN = 18  # millimetres
DEEP, INK, MUTED, LINE, SOFT = (10, 95, 78), (18, 33, 28), (81, 98, 91), (214, 219, 209), (217, 243, 234)
SUN, WHITE, DEEP_MUTED = (255, 201, 74), (255, 255, 255), (214, 240, 231)


@cache
def _letters() -> frozenset[int]:
    with TTFont(FONTS / _FILES[""], lazy=True) as font:
        return frozenset(font.getBestCmap())


def printable(text: str) -> str:
    """Return `text` with what the font can draw: emoji and letters it does not know are left out.

    Line breaks become spaces, so that nothing that was typed can draw a line of its own.
    """
    known = [char if ord(char) in _letters() else _plain(char) for char in unicodedata.normalize("NFC", text)]
    return " ".join("".join(known).split())


def _plain(char: str) -> str:
    if char.isspace():
        return " "
    letters = unicodedata.normalize("NFKD", char)
    return "".join(letter for letter in letters if ord(letter) in _letters() and not unicodedata.combining(letter))


class Sheet(FPDF):
    """A4 upright with our font, our margins and a line at the foot of every page: `foot` and the page's number."""

    def __init__(self, *, title: str, foot: str, language: str, made_at: datetime) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self.foot = printable(foot)
        self.set_title(printable(title))
        self.set_author("Clever Vibes Club")
        self.set_lang(language)
        # The same sheet is the same file, whenever it is drawn.
        self.set_creation_date(made_at)
        for style, name in _FILES.items():
            self.add_font("Rubik", style, FONTS / name)
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=22)
        self.write_in()

    def footer(self) -> None:
        self.set_y(-15)
        self.write_in(8, color=MUTED)
        self.cell(self.epw - 30, 5, self.foot)
        self.cell(30, 5, f"{self.page_no()} / {{nb}}", align="R")

    def write_in(self, size: int = 10, *, bold: bool = False, color: tuple[int, int, int] = INK) -> None:
        """Go on in this size (points), weight and colour."""
        self.set_font("Rubik", "B" if bold else "", size)
        self.set_text_color(*color)

    def line_of(self, text: str, *, size: int = 10, bold: bool = False, color: tuple[int, int, int] = INK,
                width: int | None = None, height: int = 6) -> None:  # fmt: skip
        """Write a text of any length, broken into lines, and go to the next line."""
        self.write_in(size, bold=bold, color=color)
        self.flow(width or 0, height, printable(text))

    def flow(self, width: float, height: float, text: str, *, align: str = "L") -> None:
        """Write a text in as many lines as it needs, and go to the next line."""
        self.multi_cell(width, height, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def last_cell(self, width: float, height: float, text: str) -> None:
        """Write the last thing of a line, to its right edge, and go to the next line."""
        self.cell(width, height, text, align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def lines_of(self, width: float, text: str) -> int:
        """Return how many lines a text takes, as it would be written now."""
        if not text:
            return 0
        lines = self.multi_cell(width, 5, text, align="L", dry_run=True, output=MethodReturnValue.LINES)
        return len(lines) if isinstance(lines, list) else 0

    def heading(self, text: str) -> None:
        """Begin a section; a heading never stands alone at the foot of a page."""
        if self.will_page_break(26):
            self.add_page()
        self.ln(4)
        self.line_of(text, size=13, bold=True, color=DEEP, height=8)
        self.ln(1)

    def rule(self) -> None:
        self.set_draw_color(*LINE)
        self.line(self.l_margin, self.get_y(), self.w - self.r_margin, self.get_y())

    def qr_code(self, text: str, *, x: int, y: int, side: int) -> None:
        """Draw `text` as a QR code, `side` millimetres wide with its quiet zone, on white."""
        rows = qr.modules(text)
        module = side / len(rows)
        self.set_fill_color(*WHITE)
        self.rect(x, y, side, side, style="F")
        self.set_fill_color(*INK)
        for row, modules in enumerate(rows):
            for start, length in qr.runs(modules):
                # A hair wider than it is: between two rows no white line must be seen.
                self.rect(x + start * module, y + row * module, length * module + 0.02, module + 0.02, style="F")

    def file(self) -> bytes:
        """Return the finished PDF."""
        return bytes(self.output())
