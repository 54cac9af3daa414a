"""The arithmetic of a conversion run once more, in plain Python and row by row, to compare the real one with.

Written from the rules, not from the SQL: a youth is a dictionary, a run is a loop.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

COIN = 252_000


@dataclass
class Rules:
    minutes_per_coin: int = 6
    host_weight_percent: int = 150
    day_cap: int = 240
    host_day_cap: int = 480
    week_cap: int = 720
    year_cap: int = 600


@dataclass
class Entry:
    order: tuple  # start, public id
    day: date
    minutes: int
    category: str
    category_cap: int | None
    host: bool = False
    rules: Rules = field(default_factory=Rules)


@dataclass
class Youth:
    units: int = 0
    paid: int = 0
    paid_in_year: int = 0
    own_of_day: dict = field(default_factory=lambda: defaultdict(int))
    of_day: dict = field(default_factory=lambda: defaultdict(int))
    of_week: dict = field(default_factory=lambda: defaultdict(int))
    of_category: dict = field(default_factory=lambda: defaultdict(int))
    # (units up to which an entry reaches, its day), in the order in which they were counted
    reach: list = field(default_factory=list)

    def count(self, entry: Entry) -> int:
        week = entry.day - timedelta(days=entry.day.weekday())
        room = [
            entry.minutes,
            entry.rules.week_cap - self.of_week[week],
            entry.rules.host_day_cap - self.of_day[entry.day],
        ]
        if not entry.host:
            room.append(entry.rules.day_cap - self.own_of_day[entry.day])
        if entry.category_cap is not None:
            room.append(entry.category_cap - self.of_category[week, entry.category])
        counted = max(0, min(room))
        self.of_week[week] += counted
        self.of_day[entry.day] += counted
        self.of_category[week, entry.category] += counted
        if not entry.host:
            self.own_of_day[entry.day] += counted
        weight = entry.rules.host_weight_percent if entry.host else 100
        self.units += counted * weight * 2520 // entry.rules.minutes_per_coin
        if counted:
            self.reach.append((self.units, entry.day))
        return counted

    @property
    def open(self) -> int:
        return self.units // COIN - self.paid

    @property
    def waits_since(self) -> date:
        return next(day for reach, day in self.reach if reach > self.paid * COIN)


def run(youths: list[Youth], entries: list[list[Entry]], available: int, year_cap: int) -> list[dict | None]:
    """Play one run over youths (in the order of their accounts) and return a line for each, None for no line."""
    lines = []
    for youth, new in zip(youths, entries, strict=True):
        before = youth.units
        line = {"open_in": youth.open, "carry_in": youth.units % COIN, "minutes": sum(e.minutes for e in new)}
        line["counted"] = sum(youth.count(entry) for entry in sorted(new, key=lambda e: e.order))
        line["units"] = youth.units - before
        line["carry_out"] = youth.units % COIN
        line["earned"] = youth.units // COIN - before // COIN
        line["due"] = min(youth.open, max(0, year_cap - youth.paid_in_year))
        lines.append(line if new or line["open_in"] else None)

    due = sum(line["due"] for line in lines if line)
    released = min(due, available)
    for line in filter(None, lines):
        line["paid"] = line["due"] * released // due if due else 0
    rest = released - sum(line["paid"] for line in lines if line)
    waiting = [n for n, line in enumerate(lines) if line and line["due"] and released < due]
    for n in sorted(waiting, key=lambda n: (youths[n].waits_since, n))[:rest]:
        lines[n]["paid"] += 1

    for youth, line in zip(youths, lines, strict=True):
        if line:
            youth.paid += line["paid"]
            youth.paid_in_year += line["paid"]
            line["open_out"] = youth.open
    return lines
