"""Plots drawn by the server: pure functions from numbers to a `Chart`, which `{% plot chart %}` draws.

Positions along the page are percentages, heights are pixels: a plot fits every width while its letters keep
their size. Each plot carries its numbers as a table for whoever cannot or does not want to see it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil

from django.utils.dates import MONTHS_3
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext as _

Number = int | float
Write = Callable[[Number], str]

COLOURS = 6  # plot-1 … plot-6 in tokens.css
HEAT_STEPS = 4
ROW, BAR = 46, 14  # a line of the lying bars: label above, bar below
TOP, PLOT, FOOT = 22, 180, 24  # standing columns and lines
MOST_LABELS = 16  # more would overlap
CELL, GAP = 12, 3  # a day of the year
AXIS = 9  # percent on the left, for the numbers: they would stand in the first column, and hardly be read


def written(value: Number) -> str:
    """Write a number the German way, with at most one decimal."""
    whole = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    return whole.translate(str.maketrans(",.", ".,"))


@dataclass(frozen=True)
class Series:
    label: str
    values: Sequence[Number]


@dataclass(frozen=True)
class Mark:
    """A rectangle: x and width in percent, y and height in pixels; `tip` is shown on hovering."""

    x: str
    y: Number
    width: str
    height: Number
    css: str
    tip: str = ""


@dataclass(frozen=True)
class Word:
    x: str
    y: Number
    text: str
    anchor: str = "start"
    css: str = ""


@dataclass(frozen=True)
class Line:
    """Points of a curve in a box 1000 wide and as high as the plot."""

    points: str
    css: str


@dataclass(frozen=True)
class Chart:
    key: str
    title: str
    summary: str
    height: int
    marks: list[Mark] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    grid: list[Number] = field(default_factory=list)  # y of the lines across
    legend: list[tuple[str, str]] = field(default_factory=list)  # css, label
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


def bars(*, title: str, unit: str, data: Sequence[tuple[str, Number]], write: Write = written) -> Chart:
    """Draw one lying bar per (label, value), longest possible label included: for categories."""
    most = max((value for _label, value in data), default=0)
    marks, words = [], []
    for index, (label, value) in enumerate(data):
        y = index * ROW
        words.append(Word("0", y + 14, label))
        words.append(Word("100%", y + 14, write(value), "end", "plot__value"))
        marks.append(Mark("0", y + 22, "100%", BAR, "plot__track"))
        marks.append(Mark("0", y + 22, _percent(value, most), BAR, "plot-1", f"{label}: {write(value)} {unit}"))
    return Chart(
        key=slugify(title),
        title=title,
        summary=_summary([*data], unit, write),
        height=max(len(data) * ROW - 8, 1),
        marks=marks,
        words=words,
        head=["", unit],
        rows=[[label, write(value)] for label, value in data],
    )


def columns(
    *, title: str, unit: str, labels: Sequence[str], series: Sequence[Series], write: Write = written, step: int = 1
) -> Chart:
    """Draw one standing column per label, the series stacked in it: for months and weeks.

    `step` is what one of the unit is in the numbers (60 for minutes that are written as hours): the axis counts by it.
    """
    totals = [sum(values) for values in zip(*(one.values for one in series), strict=True)]
    top, ticks = _scale(max(totals, default=0), step)
    slot = _slot(labels)
    marks = []
    for index, label in enumerate(labels):
        floor = float(TOP + PLOT)
        for number, one in enumerate(series):
            height = one.values[index] / top * PLOT
            floor -= height
            if height:
                tip = f"{label}, {one.label}: {write(one.values[index])} {unit}"
                css = f"plot-{number % COLOURS + 1}"
                x, width = f"{AXIS + slot * index + slot * 0.16:.2f}%", f"{slot * 0.68:.2f}%"
                marks.append(Mark(x, round(floor, 1), width, round(height, 1), css, tip))
    return Chart(
        key=slugify(title),
        title=title,
        summary=_summary(list(zip(labels, totals, strict=True)), unit, write),
        height=TOP + PLOT + FOOT,
        marks=marks,
        words=[*_tick_words(ticks, top, unit, write), *_label_words(labels)],
        grid=[_height_of(tick, top) for tick in ticks],
        **_several(labels, series, totals, unit, write),
    )


def lines(*, title: str, unit: str, labels: Sequence[str], series: Sequence[Series], write: Write = written) -> Chart:
    """Draw one curve per series over the labels: for what goes up and down."""
    top, ticks = _scale(max((value for one in series for value in one.values), default=0))
    slot = _slot(labels)
    curves = [
        Line(
            " ".join(
                f"{(AXIS + slot * (index + 0.5)) * 10:.1f},{PLOT - value / top * PLOT:.1f}"
                for index, value in enumerate(one.values)
            ),
            f"plot-{number % COLOURS + 1}",
        )
        for number, one in enumerate(series)
    ]
    last = [(one.label, one.values[-1]) for one in series if one.values]
    return Chart(
        key=slugify(title),
        title=title,
        summary=_summary(last, unit, write),
        height=TOP + PLOT + FOOT,
        lines=curves,
        words=[*_tick_words(ticks, top, unit, write), *_label_words(labels)],
        grid=[_height_of(tick, top) for tick in ticks],
        **_several(labels, series, None, unit, write),
    )


def year(*, title: str, unit: str, on: int, data: Mapping[date, Number], write: Write = written) -> Chart:
    """Draw a square per day of the calendar year `on`, darker the more happened."""
    first, last = date(on, 1, 1), date(on, 12, 31)
    monday = first - timedelta(days=first.weekday())
    weeks = (last - monday).days // 7 + 1
    slot = 100 / weeks
    most = max(data.values(), default=0)
    marks, words, sums = [], [], [0.0] * weeks
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        week, value = (day - monday).days // 7, data.get(day, 0)
        sums[week] += value
        step = ceil(value / most * HEAT_STEPS) if value else 0
        tip = f"{date_format(day, 'j. F')}: {write(value)} {unit}"
        y = TOP + day.weekday() * (CELL + GAP)
        marks.append(Mark(f"{slot * week:.3f}%", y, f"{slot * 0.8:.3f}%", CELL, f"heat-{step}", tip))
        if day.day == 1 and day.month % 2:
            words.append(Word(f"{slot * week:.2f}%", 12, str(MONTHS_3[day.month]).capitalize()))
    weekly = [(monday + timedelta(days=7 * week), total) for week, total in enumerate(sums) if total]
    active = sum(1 for value in data.values() if value)
    return Chart(
        key=slugify(title),
        title=title,
        summary=_("An %(days)s Tagen, zusammen %(sum)s %(unit)s.")
        % {"days": written(active), "sum": write(sum(data.values())), "unit": unit},
        height=TOP + 7 * (CELL + GAP),
        marks=marks,
        words=words,
        head=[_("Woche ab"), unit],
        rows=[[date_format(max(start, first), "j. F"), write(total)] for start, total in weekly],
    )


# ── What they share ──────────────────────────────────────────────────────────────────────────────
def _scale(most: Number, unit: int = 1) -> tuple[Number, list[Number]]:
    """Return a round end of the axis at or above `most` and its ticks: 1, 2 or 5 times a power of ten units apart."""
    step = 1
    while step * 4 * unit < most:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    ticks = [step * unit * number for number in range(max(ceil(most / (step * unit)), 1) + 1)]
    return ticks[-1], list(ticks)


def _slot(labels: Sequence[str]) -> float:
    """Return how much of the width one label has, in percent."""
    return (100 - AXIS) / max(len(labels), 1)


def _percent(value: Number, most: Number) -> str:
    return f"{value / most * 100:.2f}%" if most else "0"


def _height_of(tick: Number, top: Number) -> float:
    return round(TOP + PLOT - tick / top * PLOT, 1)


def _tick_words(ticks: list[Number], top: Number, unit: str, write: Write) -> list[Word]:
    texts = [f"{write(tick)} {unit}" if tick == ticks[-1] else write(tick) for tick in ticks]
    # Above its line: the topmost, which names the unit, may be longer than what is kept free on the left.
    return [Word("0", _height_of(tick, top) - 5, text) for tick, text in zip(ticks, texts, strict=True) if tick]


def _label_words(labels: Sequence[str]) -> list[Word]:
    """Write a label under the middle of each slot; on a phone every second one has to do."""
    slot = _slot(labels)
    every = ceil(len(labels) / MOST_LABELS) or 1
    shown = list(enumerate(labels))[::every]
    middles = [f"{AXIS + slot * (index + 0.5):.2f}%" for index, _label in shown]
    return [
        Word(middle, TOP + PLOT + 17, label, "middle", "plot__spare" if place % 2 else "")
        for place, (middle, (_index, label)) in enumerate(zip(middles, shown, strict=True))
    ]


def _several(
    labels: Sequence[str], series: Sequence[Series], totals: Sequence[Number] | None, unit: str, write: Write
) -> dict[str, list]:
    """Legend and table of plots with several series; one series needs no legend."""
    many = len(series) > 1
    rows = [[label, *(write(one.values[index]) for one in series)] for index, label in enumerate(labels)]
    head = ["", *(one.label for one in series)] if many else ["", unit]
    if many and totals is not None:
        head.append(_("zusammen"))
        rows = [[*row, write(total)] for row, total in zip(rows, totals, strict=True)]
    legend = [(f"plot-{number % COLOURS + 1}", one.label) for number, one in enumerate(series)] if many else []
    return {"legend": legend, "head": head, "rows": rows}


def _summary(data: Sequence[tuple[str, Number]], unit: str, write: Write) -> str:
    if not any(value for _label, value in data):
        return _("Noch keine Zahlen.")
    label, value = max(data, key=lambda pair: pair[1])
    return _("Am meisten: %(label)s mit %(value)s %(unit)s.") % {"label": label, "value": write(value), "unit": unit}
