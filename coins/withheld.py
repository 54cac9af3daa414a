"""Numbers about groups, cut so that none is about fewer than five youths, also not by taking one from another.

What is published is made of blocks alone. A block is as many whole months as it takes until five youths stand behind
its number; months that follow without five are not published yet. Within a block a category with fewer than five is
merged with others. Every number on a page is a sum of blocks, so whatever somebody computes from several pages, of
several months or years, is one again. Months that are over do not change: the blocks of yesterday are those of today.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from clevervibes.lib.groups import Cell, merged


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
            found.append(Block(first, month, sum_.amount, _shown(by_part, scale)))
            first, sum_, by_part = None, Cell(), {}
    return found


def _shown(parts: Mapping[str, Cell], scale: int) -> dict[str, int]:
    shown, rest = merged(parts)
    if rest.is_enough:
        shown[""] = rest.amount
    # Round down: parts of a minute are not said.
    return {key: amount // scale for key, amount in shown.items()}
