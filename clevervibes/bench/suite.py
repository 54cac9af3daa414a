"""The rows in their order, and one run of those that are wanted."""

from collections.abc import Callable, Collection

from django.db import connections

from clevervibes.bench import books, counter, machine, pgbench, postings, runs
from clevervibes.bench.figures import Figure
from clevervibes.bench.ground import Ground
from clevervibes.bench.hordak import Hordak
from clevervibes.bench.pgbench import Pgbench
from clevervibes.bench.report import Report
from clevervibes.bench.scratch import Scratch
from clevervibes.lib import db
from coins import conversion

# What is measured together stands together; each is called once, with the rows that are wanted in `ground.wanted`.
GROUPS: list[tuple[set[int], Callable[[Ground], list[Figure]]]] = [
    ({1}, postings.in_sql),
    ({2}, postings.in_django),
    ({3}, counter.whole_service),
    ({4, 5, 6, 7}, runs.conversions),
    ({8}, counter.beside_a_run),
    ({9}, books.balances),
    ({10}, books.proof),
]
ROWS = sorted(row for rows, _measure in GROUPS for row in rows)


def run(*, only: Collection[int] = (), entries: int = 1_000_000, rounds: int = 3, seconds: float = 5,
        large: bool = False, prefix: str = "club_bench", forgetful: bool = False,
        say: Callable[[str], None] = lambda text: None) -> Report:  # fmt: skip
    """Measure the rows `only`, or all, in databases of our own that are gone afterwards.

    `forgetful` lets a server with fsync off pass, for tests of the bench itself: its figures mean nothing.

    :raises machine.CannotMeasure: if something is missing without which figures mean nothing.
    """
    pgbench.find()
    with Scratch(prefix) as scratch:
        with connections["owner"].cursor() as cursor:
            if not forgetful:
                machine.require_fsync(cursor)
            place = machine.describe(cursor)
        hordak = Hordak(scratch)
        ground = Ground(
            frozenset(only or ROWS), entries, rounds, seconds, large, scratch, Pgbench(scratch, seconds), hordak,
            conversion.last_coin_day(db.now()), say,
        )  # fmt: skip
        figures = []
        try:
            for group, measure in GROUPS:
                if wanted := group & ground.wanted:
                    say(f"Measuring {' and '.join(f'row {row}' for row in sorted(wanted))} …")
                    figures += measure(ground)
        finally:
            hordak.close()
    size = {"entries": entries, "youths": ground.youths, "rounds": rounds, "seconds": seconds, "large": large}
    return Report(place, size, figures)
