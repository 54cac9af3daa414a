"""Pages on which everything has its place: forms that are filled in by hand."""

from datetime import datetime

from clevervibes.lib import pdf

Colour = tuple[int, int, int]
CORAL: Colour = (255, 122, 92)


class Paper(pdf.Sheet):
    """A4 in millimetres without margins or a foot. Places are given, nothing flows by itself."""

    def __init__(self, *, title: str, language: str, made_at: datetime) -> None:
        super().__init__(title=title, foot="", language=language, made_at=made_at)
        self.set_margin(0)
        self.c_margin = 0
        self.set_auto_page_break(False)

    def footer(self) -> None:
        """Leave the foot to what is placed there."""

    def say(self, text: object, x: float, y: float, width: float, *, size: float = 10, bold: bool = False,
            colour: Colour = pdf.INK, lines: int = 1, leading: float = 1.3, align: str = "L") -> float:  # fmt: skip
        """Write `text` at a place, cut to `lines` with an ellipsis, and return where it ends below."""
        self.set_font("Rubik", "B" if bold else "", size)
        self.set_text_color(*colour)
        step = size * 0.3528 * leading
        for row in self._broken(pdf.printable(str(text)), width, lines):
            self.set_xy(x, y)
            self.cell(width, step, row, align=align)
            y += step
        return y

    def _broken(self, text: str, width: float, lines: int) -> list[str]:
        rows: list[str] = [""]
        words = text.split(" ")
        for position, word in enumerate(words):
            longer = f"{rows[-1]} {word}".strip()
            if self.get_string_width(longer) <= width:
                rows[-1] = longer
            elif len(rows) < lines and rows[-1]:
                rows.append(self._cut(word, width))
            else:
                rows[-1] = self._cut(f"{rows[-1]} {' '.join(words[position:])}".strip(), width)
                break
        return rows

    def _cut(self, text: str, width: float) -> str:
        if self.get_string_width(text) <= width:
            return text
        while text and self.get_string_width(f"{text}…") > width:
            text = text[:-1]
        return f"{text.rstrip()}…"

    def box(self, x: float, y: float, width: float, height: float, *, fill: Colour | None = None,
            edge: Colour | None = None, radius: float = 2.5) -> None:  # fmt: skip
        """Draw a rounded rectangle."""
        if fill:
            self.set_fill_color(*fill)
        if edge:
            self.set_draw_color(*edge)
            self.set_line_width(0.3)
        style = ("D" if edge else "") + ("F" if fill else "")
        self.rect(x, y, width, height, style=style, round_corners=True, corner_radius=radius)

    def ruled(self, x: float, y: float, width: float, *, colour: Colour = pdf.LINE, thick: float = 0.25) -> None:
        self.set_draw_color(*colour)
        self.set_line_width(thick)
        self.line(x, y, x + width, y)

    def logo(self, x: float, y: float, size: float) -> None:
        """Draw the club's sign: the clock that is a tick."""
        unit = size / 64
        self.box(x, y, size, size, fill=pdf.DEEP, radius=18 * unit)
        self.set_line_width(6.2 * unit)
        self.set_draw_color(*pdf.SUN)
        self.arc(x + 11 * unit, y + 17 * unit, 36 * unit, 10, 277, b=36 * unit)
        self.set_draw_color(*pdf.WHITE)
        self.polyline([(x + a * unit, y + b * unit) for a, b in ((21.5, 33.5), (28.7, 41.7), (41, 25.5))])
        self.set_fill_color(*CORAL)
        self.polygon(
            [(x + a * unit, y + b * unit) for a, b in ((47.5, 6.5), (50, 15), (58.5, 17.5), (50, 20), (47.5, 28.5),
                                                     (45, 20), (36.5, 17.5), (45, 15))],
            style="F",
        )  # fmt: skip
