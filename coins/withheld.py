"""Numbers about groups, cut so that none is about fewer than five youths, also not by taking one from another.

What is published is made of blocks alone. A block is as many whole months as it takes until five youths stand behind
its number; months that follow without five are not published yet. Within a block a category with fewer than five is
merged with others. Every number on a page is a sum of blocks, so whatever somebody computes from several pages, of
several months or years, is one again. Months that are over do not change: the blocks of yesterday are those of today.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from clevervibes.lib.groups import LEAST

Key = TypeVar("Key", bound=str)


@dataclass(frozen=True)
class Cell:
    """An amount, and who stands behind it. Five of them are enough to know: more need not be named."""

    amount: int = 0
    accounts: frozenset[int] = frozenset()

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(self.amount + other.amount, self.accounts | other.accounts)

    @property
    def is_enough(self) -> bool:
        return len(self.accounts) >= LEAST


@dataclass(frozen=True)
class Block:
    """Whole months with at least five youths behind their sum; both months belong to it."""

    first: date
    last: date
    amount: int
    # Of the same amount or another one of the same youths, by category; "" is what was merged.
    parts: dict[str, int] = field(default_factory=dict)


def blocks(
    months: Mapping[date, Cell], parts: Mapping[date, Mapping[str, Cell]] | None = None, *, scale: int = 1
) -> list[Block]:
    """Cut months (by their first day) into blocks, each as short as it can be; what is left at the end is left out.

    Parts are given in `scale` of what is shown: 1000 for thousandths of a minute.
    """
    found: list[Block] = []
    first, sum_, by_part = None, Cell(), dict[str, Cell]()
    for month in sorted(months):
        first = first or month
        sum_ += months[month]
        for key, cell in (parts or {}).get(month, {}).items():
            by_part[key] = by_part.get(key, Cell()) + cell
        if sum_.is_enough:
            found.append(Block(first, month, sum_.amount, merged(by_part, scale=scale)))
            first, sum_, by_part = None, Cell(), {}
    return found


def merged(parts: Mapping[str, Cell], *, scale: int = 1) -> dict[str, int]:
    """Return the amounts of `parts`, those of fewer than five youths together as "", with the next smallest if need be.

    One small part beside the others would be their difference to the sum: it takes a bigger one with it.
    """
    in_order = sorted(parts, key=lambda key: (len(parts[key].accounts), parts[key].amount, key))
    small = [key for key in in_order if not parts[key].is_enough]
    rest = _sum(parts[key] for key in small)
    for key in in_order[len(small) :]:
        if not small or rest.is_enough:
            break
        small.append(key)
        rest += parts[key]
    # Round down: parts of a minute are not said.
    shown = {key: parts[key].amount // scale for key in parts if key not in small}
    return shown | ({"": rest.amount // scale} if small and rest.is_enough else {})


def at_least(number: int) -> int:
    """Return a number of people as it is said: in fives, rounded down. Fewer than five are nobody."""
    return number - number % LEAST


def _sum(cells: Iterable[Cell]) -> Cell:
    total = Cell()
    for cell in cells:
        total += cell
    return total
