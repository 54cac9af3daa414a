"""Who stands behind a number: told apart only as long as they are fewer than five.

A number about youths is published once at least five of them stand behind it, or none. What does not reach five is
added to what comes next, never left out beside a total that would give it away.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from clevervibes.lib.groups import LEAST


@dataclass(frozen=True)
class Crowd:
    """Random account ids, or the statement that there are five and more; never stored, never shown."""

    few: frozenset[int] = frozenset()
    is_many: bool = False

    @classmethod
    def of(cls, number: int, accounts: Iterable[int] | None) -> "Crowd":
        return cls(is_many=True) if number >= LEAST else cls(frozenset(accounts or ()))

    def __or__(self, other: "Crowd") -> "Crowd":
        few = self.few | other.few
        return Crowd(is_many=True) if self.is_many or other.is_many or len(few) >= LEAST else Crowd(few)

    @property
    def may_be_shown(self) -> bool:
        return self.is_many or not self.few


@dataclass
class Month:
    """What happened in a month, by measure; hours also by category. Two months side by side are one in all respects."""

    first: date
    last: date
    sums: dict[str, int] = field(default_factory=dict)
    crowds: dict[str, Crowd] = field(default_factory=dict)
    minutes: dict[int, int] = field(default_factory=dict)  # by category
    hour_crowds: dict[int, Crowd] = field(default_factory=dict)

    def with_next(self, other: "Month") -> "Month":
        return Month(
            self.first,
            other.last,
            _added(self.sums, other.sums),
            _joined(self.crowds, other.crowds),
            _added(self.minutes, other.minutes),
            _joined(self.hour_crowds, other.hour_crowds),
        )

    @property
    def may_be_shown(self) -> bool:
        return all(crowd.may_be_shown for crowd in self.crowds.values())


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


def by_category(month: Month) -> tuple[dict[int, int], int]:
    """Return minutes by category, and those of small groups together. Few youths' hours join the next larger ones."""
    sizes = sorted(month.minutes, key=lambda category: (month.hour_crowds[category].is_many, month.minutes[category]))
    rest, crowd = 0, Crowd()
    kept = dict(month.minutes)
    for category in sizes:
        if month.hour_crowds[category].is_many and crowd.may_be_shown:
            break
        crowd = crowd | month.hour_crowds[category]
        rest += kept.pop(category)
    return kept, rest


def _added(one: dict, other: dict) -> dict:
    return {key: one.get(key, 0) + other.get(key, 0) for key in {**one, **other}}


def _joined(one: dict, other: dict) -> dict:
    return {key: one.get(key, Crowd()) | other.get(key, Crowd()) for key in {**one, **other}}
