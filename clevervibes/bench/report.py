"""The figures on a terminal, for machines, and as the page in docs. Nothing here measures anything."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clevervibes.bench import drawing
from clevervibes.bench.figures import Figure, written


@dataclass(frozen=True)
class Report:
    """One run of the bench: where, how much, and what came out."""

    place: dict[str, Any]
    size: dict[str, Any]
    figures: list[Figure]

    def as_json(self) -> str:
        known = {"place": self.place, "size": self.size, "figures": [figure.as_json() for figure in self.figures]}
        return json.dumps(known, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Report":
        known = json.loads(text)
        return cls(known["place"], known["size"], [Figure.from_json(figure) for figure in known["figures"]])


_HEAD = ["#", "figure", "value", "against", "ratio", "rounds", "reach", ""]


def table(report: Report) -> str:
    """Return the figures as lines for a terminal, with what is missing or slow below."""
    rows = [_HEAD, *(_cells(figure) for figure in report.figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    right = {0, 2, 4}
    lines = [
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([*_about(report), "", *lines, *_below(report)])


def _about(report: Report) -> list[str]:
    place, server = report.place, report.place["server"]
    said = ", ".join(f"{name} {value}" for name, value in server.items() if name != "server_version")
    return [
        f"PostgreSQL {server.get('server_version', '?')}: {said}",
        f"{place['processor']}, {place['cores']} cores, {place['memory_gb']} GB, {place['kernel']},"
        f" Python {place['python']}, Django {place['django']}",
        f"{place['measured_at']}, commit {place['commit'] or 'unknown'},"
        f" load before {place['load_before']}{_busy(place)}",
        f"{report.size['entries']:,} entries of {report.size['youths']:,} youths, {report.size['rounds']} rounds,"
        f" {report.size['seconds']:g} s each where time is given",
    ]


def _busy(place: dict[str, Any]) -> str:
    """Say so where somebody else had the machine: all figures of such a run mean little."""
    return " (busy: the figures mean little)" if place["load_before"] > place["cores"] / 2 else ""


def _cells(figure: Figure) -> list[str]:
    span = figure.span
    against = f"{figure.peer} {written(figure.peer_value)}" if figure.peer else ""
    return [
        str(figure.row),
        figure.name,
        f"{written(figure.value)} {figure.unit}",
        against,
        written(figure.ratio) if figure.ratio is not None else "",
        f"{written(span[0])} … {written(span[1])}" if span else "",
        str(figure.reach),
        _verdict(figure),
    ]


def _verdict(figure: Figure) -> str:
    unsaid = "not measured" if figure.judged is None else ""
    return {True: "ok", False: "MISSED", None: unsaid}[figure.reached]


def _below(report: Report) -> list[str]:
    notes = _notes(report)
    lines = ["", *notes] if notes else []
    for figure in _profiled(report):
        lines += ["", f"Where the time goes, row {figure.row}, {figure.name}:"]
        lines += [f"    {line}" for line in figure.profile]
    return lines


def _notes(report: Report) -> list[str]:
    # In their order, each once.
    return list(dict.fromkeys(f"Row {figure.row}: {figure.note}" for figure in report.figures if figure.note))


def _profiled(report: Report) -> list[Figure]:
    """Return the figures with a profile, but not twice what two figures of one measurement share."""
    found: list[Figure] = []
    for figure in report.figures:
        if figure.profile and all(figure.profile != other.profile for other in found):
            found.append(figure)
    return found


# ── The page in docs ─────────────────────────────────────────────────────────────────────────────
_INTRODUCTION = """\
# Benchmarks

Written by `./club manage bench --write` out of `benchmarks.json`, which it measured; nothing here is written by hand.
Each figure is the median of {rounds} rounds. Rounds of what is compared take turns (A B A B …), so that what slows the
machine down slows both. A ratio is that of the medians, behind it stand the lowest and the highest of the rounds.
*simple-update* is what `pgbench -b simple-update` does with as many clients in the same time; *hordak* is django-hordak
through its own API in a database of its own on the same server; *header + 2 legs* are rows and indexes alone, without
any rule. Our side always runs as the app's role, with all guards on.
"""

_ELSEWHERE = """\
Row 11 (no wrong balance, no double payment, no lost acknowledgement after kills) is not a speed and comes from the
rigs: `./club test -m slow`. How soon lists answer stands in [lists.md](lists.md).
"""


def page(report: Report) -> str:
    """Return the report as docs/benchmarks.md."""
    lines = [_INTRODUCTION.format(rounds=report.size["rounds"])]
    lines += [f"- {line}" for line in _about(report)]
    lines += ["", "![How far each figure is from its reach](img/benchmarks.svg)", ""]
    lines += [_row(_HEAD), _row(["---:" if column in {0, 2, 4} else "---" for column in range(len(_HEAD))])]
    lines += [_row(_cells(figure)) for figure in report.figures]
    lines += ["", _ELSEWHERE]
    if notes := _notes(report):
        lines += [*(f"- {note}" for note in notes), ""]
    for figure in _profiled(report):
        lines += [f"Where the time goes, row {figure.row}, {figure.name}:", "", "```", *figure.profile, "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.strip() for cell in cells)} |"


def write(report: Report, docs: Path) -> list[Path]:
    """Write figures, page and picture below `docs` and return the files."""
    texts = {
        docs / "benchmarks.json": report.as_json(),
        docs / "benchmarks.md": page(report),
        docs / "img" / "benchmarks.svg": drawing.picture(report.figures),
    }
    for file, text in texts.items():
        file.write_text(text)
    return list(texts)
