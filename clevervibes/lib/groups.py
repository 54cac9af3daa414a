"""How many people must stand behind a number before anybody who does not know them reads it.

A number is published once at least five stand behind it, or nobody. What does not reach five is added to others, never
left out beside a total that would give it away. Which months stand together is said where they are told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

LEAST = 5

Key = TypeVar("Key", int, str)


@dataclass(frozen=True)
class Cell:
    """An amount, and who stands behind it: random ids, never stored, never shown. Five are enough to know."""

    amount: int = 0
    accounts: frozenset[int] = frozenset()

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(self.amount + other.amount, self.accounts | other.accounts)

    @property
    def is_enough(self) -> bool:
        return len(self.accounts) >= LEAST

    @property
    def may_be_shown(self) -> bool:
        return self.is_enough or not self.accounts


def merged(parts: Mapping[Key, Cell]) -> tuple[dict[Key, int], Cell]:
    """Return the amounts of parts with five and more, and the others together, with the next smallest if need be.

    One small part beside the others would be their difference to the sum: it takes a bigger one with it.
    """
    kept, rest = {key: cell.amount for key, cell in parts.items()}, Cell()
    for key in sorted(parts, key=lambda key: (parts[key].is_enough, parts[key].amount, key)):
        if parts[key].is_enough and rest.may_be_shown:
            break
        rest += parts[key]
        del kept[key]
    return kept, rest


def at_least(number: int) -> int:
    """Return a number of people as it is said: in fives, rounded down. Fewer than five are nobody."""
    return number - number % LEAST
