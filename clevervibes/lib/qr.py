"""QR codes as one SVG path: crisp at every size, printable, and nothing inline that a CSP would refuse."""

from collections.abc import Iterator
from dataclasses import dataclass

import qrcode
from qrcode.constants import ERROR_CORRECT_H

# Scanners need four light modules around the code, also on a dark page.
QUIET = 4


@dataclass(frozen=True)
class Qr:
    """Draw as `<svg viewBox="0 0 size size"><path d="path"/></svg>`, dark on white."""

    size: int
    path: str


def draw(text: str) -> Qr:
    """Return `text` as a QR code that is still readable with 30 % of it covered: a cracked corner, a reflection."""
    rows = modules(text)
    path = "".join(f"M{start} {y}h{length}v1h-{length}z" for y, row in enumerate(rows) for start, length in runs(row))
    return Qr(size=len(rows), path=path)


def modules(text: str) -> list[list[bool]]:
    """Return the modules of the code row by row, dark ones true, with the quiet zone around them."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_H, border=QUIET)
    code.add_data(text)
    code.make(fit=True)
    rows: list[list[bool]] = code.get_matrix()
    return rows


def runs(row: list[bool]) -> Iterator[tuple[int, int]]:
    """Yield start and length of each stretch of dark modules."""
    x = 0
    while x < len(row):
        start = x
        while x < len(row) and row[x]:
            x += 1
        if x > start:
            yield start, x - start
        x += 1
