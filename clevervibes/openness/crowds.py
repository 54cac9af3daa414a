"""Months that may be shown: all their numbers have five youths behind them, or nobody; others wait for the next one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from clevervibes.lib.groups import Cell


@dataclass
class Month:
    """What happened in a month, by measure; hours also by category. Two months side by side are one in all respects."""

    first: date
    last: date
    measures: dict[str, Cell] = field(default_factory=dict)
    hours: dict[int, Cell] = field(default_factory=dict)  # minutes by category

    def with_next(self, other: "Month") -> "Month":
        return Month(
            self.first, other.last, _added(self.measures, other.measures), _added(self.hours, other.hours)
        )  # fmt: skip

    @property
    def may_be_shown(self) -> bool:
        return all(cell.may_be_shown for cell in self.measures.values())


def shown(months: Sequence[Month]) -> tuple[list[Month], date | None]:
    """Return the months that may be shown, some of them taken together, and since when numbers are held back."""
    found: list[Month] = []
    waiting: Month | None = None
    for month in months:
        waiting = month if waiting is None else waiting.with_next(month)
        if waiting.may_be_shown:
            found.append(waiting)
            waiting = None
    return found, waiting.first if waiting else None


def _added(one: dict, other: dict) -> dict:
    return {key: one.get(key, Cell()) + other.get(key, Cell()) for key in {**one, **other}}
