"""How far a run is, and whether anybody is at it. The clock is the database's."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Max, Q, QuerySet, Sum

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
    counted_chunks: int
    paid_chunks: int
    coins: int  # paid so far
    stalled: bool  # open, nobody is at it, and nothing has happened for a minute

    @property
    def is_open(self) -> bool:
        return self.run.closed_at is None

    @property
    def is_counting(self) -> bool:
        return self.run.state == State.COUNTING

    @property
    def percent(self) -> int:
        """Return how far the step is that the run is at: counting, or paying."""
        # Round down: 100 is said when all is done.
        if self.is_counting and self.chunks:
            return 100 * self.counted_chunks // self.chunks
        if self.run.released_coins:
            return 100 * self.coins // self.run.released_coins
        return 0 if self.is_open else 100


def of(run: ConversionRun) -> Progress:
    now = db.now()
    chunks = run.chunks.aggregate(
        all=Count("pk"),
        counted=Count("counted_at"),
        paid=Count("paid_at"),
        live=Count("pk", filter=Q(paid_at=None, leased_until__gt=now)),
        last_counted=Max("counted_at"),
        last_paid=Max("paid_at"),
        coins=Sum("coins", filter=Q(paid_at__isnull=False), default=0),
    )
    marks = (run.started_at, chunks["last_counted"], run.planned_at, chunks["last_paid"])
    signs = [sign for sign in marks if sign]
    quiet = run.closed_at is None and not chunks["live"] and now - max(signs) > QUIET
    return Progress(
        run=run,
        chunks=chunks["all"],
        counted_chunks=chunks["counted"],
        paid_chunks=chunks["paid"],
        coins=run.released_coins - run.leftover_coins if run.state == State.CLOSED else chunks["coins"],
        stalled=quiet and not is_planning(),
    )


def with_chunks(runs: QuerySet[ConversionRun]) -> QuerySet[ConversionRun]:
    """Add `all_chunks`, `counted_chunks` and `paid_chunks` to each run, for lists."""
    return runs.annotate(
        all_chunks=Count("chunks"), counted_chunks=Count("chunks__counted_at"), paid_chunks=Count("chunks__paid_at")
    )


def is_planning() -> bool:
    """Say whether a run is being laid out or shared out, or a preview made, at this moment."""
    return db.is_locked(conversion.PLANNING)


def free_chunks(run: ConversionRun) -> list[int]:
    """Return the numbers of the chunks that are still to be counted, or paid, and nobody's."""
    free = Q(leased_until=None) | Q(leased_until__lt=db.now())
    undone = Q(counted_at=None) if run.state == State.COUNTING else Q(paid_at=None)
    return list(run.chunks.filter(free, undone).values_list("number", flat=True))
