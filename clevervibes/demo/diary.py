"""What happens when: acts are planned for a moment and played in the order of their moments."""

import heapq
from collections.abc import Callable
from datetime import date, datetime, time
from itertools import count

from clevervibes.lib import periods

Act = Callable[[datetime], object]


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """Return an hour of a Berlin day."""
    return datetime.combine(day, time(hour, minute), periods.BERLIN)


class Diary:
    def __init__(self) -> None:
        self._acts: list[tuple[datetime, int, Act]] = []
        self._numbers = count()

    def plan(self, at: datetime, act: Act) -> None:
        heapq.heappush(self._acts, (at, next(self._numbers), act))

    def play(self, *, until: datetime) -> None:
        """Play what is planned up to `until`, and what is planned while playing; the rest never happens."""
        while self._acts and self._acts[0][0] <= until:
            at, _number, act = heapq.heappop(self._acts)
            act(at)
