"""The figures as one picture: how far each is from its reach, short of it on the left, beyond it on the right.

An SVG that stands alone and follows the reader's light or dark page.
"""

from math import log2

from django.utils.html import escape

from clevervibes.bench.figures import Figure, written

_WIDTH, _LEFT, _RIGHT = 760, 24, 736
_TOP, _ROW, _FOOT = 54, 40, 34
_DOUBLINGS = 3  # eight times short of the reach on the left, eight times beyond it on the right

_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #222c28; stroke: #fff; stroke-width: 4px; paint-order: stroke }
.page { fill: #fff } .small { font-size: 12px; fill: #4d5c55 } .end { text-anchor: end } .mid { text-anchor: middle }
.grid { stroke: #e3e6de } .reach { stroke: #222c28; stroke-width: 2 } .span { stroke: #65756d; stroke-width: 3 }
.ok { fill: #0b7a63 } .missed { fill: #b3261e }
@media (prefers-color-scheme: dark) {
  text { fill: #f1f1ea; stroke: #19211e } .page { fill: #19211e } .small { fill: #cbd2ca } .grid { stroke: #3a4741 }
  .reach { stroke: #f1f1ea } .span { stroke: #97a59d } .ok { fill: #4cb89b } .missed { fill: #ff8a80 }
}
"""


def picture(figures: list[Figure]) -> str:
    """Return the SVG of all figures that were measured and had something to reach."""
    measured = [figure for figure in figures if figure.judged and figure.reached is not None]
    bottom = _TOP + len(measured) * _ROW
    height = bottom + _FOOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-labelledby="t">',
        '<title id="t">What was measured against what is to be reached</title>',
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{_WIDTH}" height="{height}" rx="14"/>',
        *_axis(bottom),
    ]
    for number, figure in enumerate(measured):
        parts += _row(figure, _TOP + number * _ROW)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _axis(bottom: int) -> list[str]:
    parts = [
        f'<text class="small" x="{_LEFT}" y="24">short of the reach</text>',
        f'<text class="small mid" x="{_x(1):.0f}" y="24">the reach</text>',
        f'<text class="small end" x="{_RIGHT}" y="24">beyond it</text>',
    ]
    for power in range(-_DOUBLINGS, _DOUBLINGS + 1):
        x, css = _x(2.0**power), "grid" if power else "reach"
        label = f"{2**power} ×" if power >= 0 else f"1/{2**-power}"
        parts.append(f'<line class="{css}" x1="{x:.0f}" x2="{x:.0f}" y1="{_TOP - 18}" y2="{bottom}"/>')
        parts.append(f'<text class="small mid" x="{x:.0f}" y="{bottom + 20}">{label}</text>')
    return parts


def _row(figure: Figure, y: int) -> list[str]:
    assert figure.judged is not None
    assert figure.span is not None
    first, last = sorted(_x(_reached_by(figure, number)) for number in figure.span)
    x, line = _x(_reached_by(figure, figure.judged)), y + 22
    # Another shape as well as another colour, for eyes that tell no red from green.
    mark = (
        f'<circle class="ok" cx="{x:.1f}" cy="{line}" r="6"/>'
        if figure.reached
        else f'<path class="missed" d="M{x:.1f} {line - 8}l8 8l-8 8l-8 -8z"/>'
    )
    name = f"{figure.row}  {figure.name}" + (f" ÷ {figure.peer}" if figure.peer and not figure.reach.of_value else "")
    unit = f" {figure.unit}" if figure.reach.of_value else ""
    return [
        f'<text x="{_LEFT}" y="{y + 10}">{escape(name)}</text>',
        f'<text class="end" x="{_RIGHT}" y="{y + 10}">{escape(written(figure.judged) + unit)}'
        f" ({escape(str(figure.reach))})</text>",
        f'<line class="span" x1="{first:.1f}" x2="{last:.1f}" y1="{line}" y2="{line}"/>',
        mark,
    ]


def _reached_by(figure: Figure, number: float) -> float:
    """Return how many times its reach a number is, more being better."""
    if figure.reach.at_least is not None:
        return number / figure.reach.at_least
    assert figure.reach.at_most is not None
    return figure.reach.at_most / number if number else 2.0**_DOUBLINGS


def _x(times: float) -> float:
    doublings = max(-_DOUBLINGS, min(_DOUBLINGS, log2(max(times, 2.0**-_DOUBLINGS))))
    return _LEFT + (doublings + _DOUBLINGS) / (2 * _DOUBLINGS) * (_RIGHT - _LEFT)
