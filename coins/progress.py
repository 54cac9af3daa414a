"""How far a run is, and whether anybody is at it. The clock is the database's."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet

from clevervibes.lib import db
from coins import conversion
from coins.models import ConversionRun

State = ConversionRun.State

# After a minute without a sign of life somebody may want to lend a hand.
QUIET = timedelta(minutes=1)


@dataclass(frozen=True)
class Progress:
    """A run at one moment."""

    run: ConversionRun
    chunks: int
    paid_chunks: int
    coins: int  # paid so far
    stalled: bool  # open, nobody is at it, and nothing has happened for a minute

    @property
    def is_open(self) -> bool:
        return self.run.closed_at is None

    @property
    def percent(self) -> int:
        # Round down: 100 is said when all is paid.
        if self.run.released_coins:
            return 100 * self.coins // self.run.released_coins
        return 0 if self.is_open else 100


def of(run: ConversionRun) -> Progress:
    now = db.now()
    chunks = run.chunks.aggregate(
        all=Count("pk"),
        paid=Count("paid_at"),
        live=Count("pk", filter=Q(paid_at=None, leased_until__gt=now)),
        last=Max("paid_at"),
    )
    signs = [sign for sign in (run.started_at, run.planned_at, chunks["last"]) if sign]
    quiet = run.closed_at is None and not chunks["live"] and now - max(signs) > QUIET
    return Progress(
        run=run,
        chunks=chunks["all"],
        paid_chunks=chunks["paid"],
        coins=_coins(run),
        stalled=quiet and not is_planning(),
    )


def _coins(run: ConversionRun) -> int:
    if run.state == State.CLOSED:
        return run.released_coins - run.leftover_coins
    with connection.cursor() as cursor:
        cursor.execute(_PAID, [run.pk])
        return int(cursor.fetchone()[0])


_PAID = """
    SELECT coalesce(sum(p.coins), 0) FROM coins_runchunk c
      JOIN coins_payment p ON p.run_id = c.run_id AND p.account_id BETWEEN c.first_account AND c.last_account
     WHERE c.run_id = %s AND c.paid_at IS NOT NULL
"""


def with_chunks(runs: QuerySet[ConversionRun]) -> QuerySet[ConversionRun]:
    """Add `all_chunks` and `paid_chunks` to each run, for lists."""
    return runs.annotate(all_chunks=Count("chunks"), paid_chunks=Count("chunks__paid_at"))


def is_planning() -> bool:
    """Say whether a run is being planned, or a preview made, at this moment."""
    return db.is_locked(conversion.PLANNING)


def free_chunks(run: ConversionRun) -> list[int]:
    """Return the numbers of the chunks that are unpaid and nobody's."""
    free = Q(leased_until=None) | Q(leased_until__lt=db.now())
    return list(run.chunks.filter(free, paid_at=None).values_list("number", flat=True))
