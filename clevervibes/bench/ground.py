"""What all rows stand on: how much to measure, the databases, the yardstick and the peer."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connections

from clevervibes.bench import crowd, town
from clevervibes.bench.figures import Measurement, in_turns
from clevervibes.bench.hordak import Hordak
from clevervibes.bench.pgbench import Pgbench
from clevervibes.bench.scratch import Scratch
from clevervibes.lib import db

ENTRIES_PER_YOUTH = 5
MOST_COINS_PER_ENTRY = 40


@dataclass
class Ground:
    wanted: frozenset[int]
    entries: int
    rounds: int
    seconds: float
    large: bool
    scratch: Scratch
    pgbench: Pgbench
    hordak: Hordak
    cutoff: datetime  # of all entries
    say: Callable[[str], None]

    @property
    def youths(self) -> int:
        return max(self.entries // ENTRIES_PER_YOUTH, 10)

    @property
    def cores(self) -> int:
        return os.cpu_count() or 1

    def in_turns(self, **measurements: Measurement) -> dict[str, list[float]]:
        return in_turns(self.rounds, measurements, self.say)

    @contextmanager
    def town(self) -> Iterator[str]:
        """Yield the name of a database of youths with coins, but without entries; Django's connections lead there."""
        name = self.scratch.make("town", like=self.scratch.empty_club())
        with self.scratch.opened(name):
            self._fill(entries=0)
            town.hand_out()
            self.scratch.vacuum(name)
            yield name
        self.scratch.drop(name)

    @contextmanager
    def crowd(self) -> Iterator[str]:
        """Yield the name of a fresh database with all entries, none converted; Django's connections lead there."""
        name = self.scratch.make("run", like=self._crowd())
        with self.scratch.opened(name):
            yield name
        self.scratch.drop(name)

    def _crowd(self) -> str:
        name = self.scratch.name("crowd")
        if not self.scratch.has(name):
            self.scratch.make("crowd", like=self.scratch.empty_club())
            with self.scratch.opened(name):
                self._fill(entries=self.entries)
                self.scratch.vacuum(name)
        return name

    def _fill(self, *, entries: int) -> None:
        with connections["owner"].cursor() as cursor:
            crowd.fill(cursor, entries=entries, youths=self.youths, cutoff=self.cutoff)
        # Less than half of it is earned: a run draws on some twenty pools and has enough for all.
        limit = entries * MOST_COINS_PER_ENTRY // town.POOLS or None
        town.found(weekly_limit_coins=limit, now=db.now())
        town.open_accounts()
