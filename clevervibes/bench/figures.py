"""What one measurement says: the values of all rounds, what they are compared with, and how far it has to reach."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

Measurement = Callable[[], float]


@dataclass(frozen=True)
class Reach:
    """A bound for the ratio to the peer, or for the value itself where nobody is asked; without one it is told only."""

    at_least: float | None = None
    at_most: float | None = None
    of_value: bool = False

    def __str__(self) -> str:
        if self.at_least is None and self.at_most is None:
            return "–"
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"

    def holds(self, number: float) -> bool:
        return (self.at_least is None or number >= self.at_least) and (self.at_most is None or number <= self.at_most)


@dataclass(frozen=True)
class Figure:
    """One line of the table. `values` and `peer_values` stand in the order of the rounds, both in `unit`.

    Without peer values a figure that has a peer was not measured; `note` says why.
    """

    row: int
    name: str
    unit: str
    values: list[float]
    reach: Reach
    peer: str = ""
    peer_values: list[float] = field(default_factory=list)
    note: str = ""
    profile: list[str] = field(default_factory=list)  # what the time went into, where the reach is missed

    @property
    def value(self) -> float | None:
        return median(self.values) if self.values else None

    @property
    def peer_value(self) -> float | None:
        return median(self.peer_values) if self.peer_values else None

    @property
    def ratio(self) -> float | None:
        """The ratio of the medians; None without a peer."""
        if self.value is None or not self.peer_value:
            return None
        return self.value / self.peer_value

    @property
    def span(self) -> tuple[float, float] | None:
        """The smallest and the largest of what is judged, round by round."""
        if self.reach.of_value:
            judged = self.values
        else:
            judged = [ours / theirs for ours, theirs in zip(self.values, self.peer_values, strict=False) if theirs]
        return (min(judged), max(judged)) if judged else None

    @property
    def judged(self) -> float | None:
        return self.value if self.reach.of_value else self.ratio

    @property
    def reached(self) -> bool | None:
        """None where nothing was measured, or nothing was to be reached."""
        return None if self.judged is None or self.reach == Reach() else self.reach.holds(self.judged)

    def as_json(self) -> dict[str, Any]:
        worked_out = {"value": self.value, "peer_value": self.peer_value, "ratio": self.ratio, "reached": self.reached}
        return {**asdict(self), **worked_out}

    @classmethod
    def from_json(cls, known: dict[str, Any]) -> "Figure":
        own = {name: known[name] for name in cls.__dataclass_fields__}
        return cls(**{**own, "reach": Reach(**own["reach"])})


def in_turns(
    rounds: int, measurements: dict[str, Measurement], say: Callable[[str], None] = lambda text: None
) -> dict[str, list[float]]:
    """Measure A B A B … and return the values by name: what slows the machine down for a while slows both."""
    found: dict[str, list[float]] = {name: [] for name in measurements}
    for number in range(1, rounds + 1):
        for name, measure in measurements.items():
            found[name].append(measure())
            say(f"  round {number}: {name} {written(found[name][-1])}")
    return found


def written(number: float | None) -> str:
    """Write a number with three digits that count, and no more than it has."""
    if number is None:
        return "–"
    if abs(number) >= 100 or number == int(number):
        return f"{number:,.0f}"
    return f"{number:.1f}" if abs(number) >= 10 else f"{number:.2f}"
