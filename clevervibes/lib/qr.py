"""QR codes as one SVG path: crisp at every size, printable, and nothing inline that a CSP would refuse."""

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
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_H, border=QUIET)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    return Qr(size=len(matrix), path="".join(_row(y, row) for y, row in enumerate(matrix)))


def _row(y: int, row: list[bool]) -> str:
    parts, x = [], 0
    while x < len(row):
        start = x
        while x < len(row) and row[x]:
            x += 1
        if x > start:
            parts.append(f"M{start} {y}h{x - start}v1h-{x - start}z")
        x += 1
    return "".join(parts)
