"""Rows 4 to 7: converting a crowd's entries, by one worker, by two, and through Celery."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.models import Max, Min

from accounts.models import Club
from clevervibes.bench import celery_workers, crowd, players, town
from clevervibes.bench.figures import Figure, Measurement, Reach
from clevervibes.bench.ground import Ground
from clevervibes.bench.play import Stage
from clevervibes.bench.players import Players
from clevervibes.bench.statements import counted
from clevervibes.lib import db
from clevervibes.lib.models import OutboxMessage
from coins import conversion, reconciliation, tasks
from coins.models import ConversionRun

State = ConversionRun.State

_PEER_TRANSACTIONS = 100_000
_LOOK_SECONDS = 0.005


def conversions(ground: Ground) -> list[Figure]:
    """Measure what the wanted rows need, all of it in turns."""
    wanted, runs = ground.wanted, _Runs(ground)
    trouble = ground.hordak.trouble() if 7 in wanted else ""
    measured: dict[str, Measurement] = {}
    if wanted & {4, 7}:
        measured["one"] = runs.by_one
    if wanted & {4, 5}:
        measured["floor"] = lambda: _floor(ground)
    if wanted & {5, 6}:
        measured["two"] = runs.by_two
    if 6 in wanted:
        measured["celery"] = runs.by_celery
    if 7 in wanted and not trouble:
        measured["hordak"] = lambda: ground.hordak.bulk(transactions=min(ground.entries, _PEER_TRANSACTIONS))
    found = ground.in_turns(**measured)
    figures = [figure for row, figure in _figures(found, runs, trouble) if row in wanted]
    for figure in figures:
        figure.profile.extend(runs.profiles.get(figure.name, []) if figure.reached is False else [])
    return figures


_ONE, _TWO, _CELERY = "conversion, 1 worker", "conversion, 2 workers", "conversion through Celery"


def _figures(found: dict[str, list[float]], runs: "_Runs", trouble: str) -> Iterator[tuple[int, Figure]]:
    floor, per_second = "header + 2 legs, no rule", "entries per second"
    one, two = found.get("one", []), found.get("two", [])
    yield 4, Figure(4, _ONE, per_second, one, Reach(at_least=0.8), floor, found.get("floor", []))
    yield 5, Figure(5, _TWO, per_second, two, Reach(at_least=1.0), floor, found.get("floor", []))
    celery = found.get("celery", [])
    yield 6, Figure(6, _CELERY, "s", celery, Reach(at_most=1.3), "2 workers without it", runs.direct_seconds)
    yield 6, Figure(6, "most memory of a worker", "MB", runs.peaks_mb, Reach(at_most=300, of_value=True))
    note = trouble or "hordak writes a transaction of two legs for each entry, 50,000 legs at a time."
    yield 7, Figure(7, _ONE, per_second, one, Reach(at_least=13), "hordak in bulk", found.get("hordak", []), note)


class _Runs:
    """Each call is a run over a fresh copy of the crowd. What it took in memory and time by step is kept."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self.peaks_mb: list[float] = []
        self.direct_seconds: list[float] = []
        self.profiles: dict[str, list[str]] = {}

    def by_one(self) -> float:
        with self._ground.crowd() as database:
            result = players.play(one_worker(self._ground, database))[0]
            if _ONE not in self.profiles:
                _require_books()
        return result["entries"] / self._kept(_ONE, result)

    def by_two(self) -> float:
        with self._ground.crowd() as database:
            result = players.play(_two_workers(self._ground, database))[0]
        self.direct_seconds.append(result["seconds"])
        return result["entries"] / self._kept(_TWO, result)

    def by_celery(self) -> float:
        ground = self._ground
        with ground.crowd() as database, celery_workers.running(ground.scratch, database) as workers:
            result = players.play(workers.watched_by("runs:conduct", {"cutoff": ground.cutoff.isoformat()}))[0]
            self.peaks_mb.append(workers.most_memory_mb())
        return self._kept(_CELERY, result)

    def _kept(self, name: str, result: dict[str, Any]) -> float:
        self.profiles[name] = result["profile"]
        return result["seconds"]


def _require_books() -> None:
    """Refuse to call a run fast whose books are wrong. Asked once: it takes longer than the run.

    :raises RuntimeError: naming the invariants that do not hold.
    """
    bad = [f"{result.name}: {result.bad}" for result in reconciliation.check() if result.bad]
    if bad:
        raise RuntimeError(f"the books do not balance after the run: {'; '.join(bad)}")


def one_worker(ground: Ground, database: str) -> Players:
    return players.of_the_club("runs:convert", ground.scratch, database, {"cutoff": ground.cutoff.isoformat()})


def _two_workers(ground: Ground, database: str) -> Players:
    helping = [{"helps": False}, {"helps": True}]
    parameters = [{"cutoff": ground.cutoff.isoformat(), **own} for own in helping]
    return players.of_the_club("runs:convert", ground.scratch, database, *parameters)


# ── What the processes play ──────────────────────────────────────────────────────────────────────
def convert(stage: Stage, *, cutoff: str, helps: bool = False) -> dict[str, Any]:
    """Convert all before `cutoff`. Who `helps` works from the other end, once somebody has laid the run out."""
    club, at, now = Club.objects.get(slug=crowd.CLUB), datetime.fromisoformat(cutoff), db.now()
    stage.ready()
    began = time.perf_counter()
    with counted() as statements:
        run = _laid_out_by_somebody(at) if helps else _laid_out(club, at, now)
        for number in _left(run, backwards=helps, counted_at=None):
            conversion.count_chunk(run=run, number=number)
        while (run := conversion.share_out(run=run)).state == State.COUNTING:
            time.sleep(_LOOK_SECONDS)  # the other one is at its last chunk
        for number in _left(run, backwards=helps, paid_at=None):
            conversion.pay_chunk(run=run, number=number)
        while not helps and conversion.close(run=run).state != State.CLOSED:
            time.sleep(_LOOK_SECONDS)
        seconds = time.perf_counter() - began
    assert statements
    return {"seconds": seconds, "entries": run.entries, "profile": statements.report()}


def _laid_out(club: Club, cutoff: datetime, now: datetime) -> ConversionRun:
    return conversion.lay_out(run=conversion.start(club=club, cutoff=cutoff, now=now))


def _laid_out_by_somebody(cutoff: datetime) -> ConversionRun:
    while not (run := ConversionRun.objects.filter(cutoff=cutoff).exclude(state=State.PLANNING).first()):
        time.sleep(_LOOK_SECONDS)
    return run


def _left(run: ConversionRun, *, backwards: bool, **undone: None) -> list[int]:
    return sorted(run.chunks.filter(**undone).values_list("number", flat=True), reverse=backwards)


def conduct(stage: Stage, *, cutoff: str) -> dict[str, Any]:
    """Start a run the way the team's page does, leave it to the workers and watch until it is closed."""
    club, at, now = Club.objects.get(slug=crowd.CLUB), datetime.fromisoformat(cutoff), db.now()
    celery_workers.wait_for_one()
    stage.ready()
    began = time.perf_counter()
    run = conversion.start(club=club, cutoff=at, now=now)
    tasks.wake(run)
    while run.state != State.CLOSED:
        time.sleep(_LOOK_SECONDS)
        run.refresh_from_db(fields=["state", "closed_at", "planned_at"])
    seconds = time.perf_counter() - began
    told = OutboxMessage.objects.count()
    if not told:
        raise RuntimeError("the run is closed, but nobody was told")
    return {"seconds": seconds, "profile": _phases(run, seconds, told)}


def _phases(run: ConversionRun, seconds: float, told: int) -> list[str]:
    """Return what a run through workers tells of itself, from the rows it has written."""
    chunks = run.chunks.aggregate(counting=Min("counted_at"), counted=Max("counted_at"), paid=Max("paid_at"))
    marks = [("first chunk counted", chunks["counting"]), ("all counted", chunks["counted"])]
    marks += [("shared out", run.planned_at), ("all paid", chunks["paid"])]
    marks.append((f"closed, {told:,} messages", run.closed_at))
    # From the end backwards: the moments are the database's, the beginning is ours.
    return [f"{seconds - (run.closed_at - at).total_seconds():.2f} s {name}" for name, at in marks]


# ── The floor ────────────────────────────────────────────────────────────────────────────────────
def _floor(ground: Ground) -> float:
    """Return the entries per second at which PostgreSQL writes header, two legs and balances, with no rule at all.

    The entries are the crowd's, read from a narrow copy with pool and coins already known.
    """
    with ground.crowd(), connections["owner"].cursor() as cursor:
        cursor.execute(_FLOOR_TABLES, {"pools": town.POOLS})
        cursor.execute("SELECT count(*) FROM floor.due")
        entries = cursor.fetchone()[0]
        ground.scratch.vacuum(cursor.db.settings_dict["NAME"])
        began = time.perf_counter()
        cursor.execute(_FLOOR)
        return entries / (time.perf_counter() - began)


_FLOOR_TABLES = """
    CREATE SCHEMA floor;
    CREATE TABLE floor.due (id bigint PRIMARY KEY, pool_id bigint NOT NULL, youth_id bigint NOT NULL,
                            coins bigint NOT NULL);
    INSERT INTO floor.due
    SELECT id, -1 - (hashint8(id) & 2147483647) %% %(pools)s, youth_id, duration_minutes / 6
      FROM activities_sharedtimeentry ORDER BY id;
    CREATE TABLE floor.header (id bigint PRIMARY KEY, entry_id bigint NOT NULL,
                               posted_at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE floor.leg (header_id bigint NOT NULL, account_id bigint NOT NULL, amount bigint NOT NULL,
                            posted_at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX ON floor.leg (header_id);
    CREATE INDEX ON floor.leg (account_id, header_id);
    CREATE TABLE floor.balance (account_id bigint PRIMARY KEY, posted bigint NOT NULL) WITH (fillfactor = 60);
    INSERT INTO floor.balance SELECT DISTINCT unnest(ARRAY[pool_id, youth_id]), 0 FROM floor.due ORDER BY 1;
"""

_FLOOR = """
    WITH due AS MATERIALIZED (SELECT id, pool_id, youth_id, coins FROM floor.due),
    header AS (INSERT INTO floor.header (id, entry_id) SELECT id, id FROM due),
    leg AS (
      INSERT INTO floor.leg (header_id, account_id, amount)
      SELECT id, pool_id, -coins FROM due UNION ALL SELECT id, youth_id, coins FROM due)
    UPDATE floor.balance b SET posted = b.posted + d.amount
      FROM (SELECT account_id, sum(amount)::bigint AS amount
              FROM (SELECT pool_id AS account_id, -coins AS amount FROM due
                    UNION ALL SELECT youth_id, coins FROM due) side GROUP BY account_id) d
     WHERE b.account_id = d.account_id
"""
