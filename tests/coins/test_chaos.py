"""A run whose workers are killed ends equal to one that nobody disturbed, byte for byte."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from statistics import quantiles

import pytest
from django.db import connection

from clevervibes.lib import db
from coins import conversion
from coins.models import ConversionRun
from tests.concurrency import chosen_seed, scaled, tell
from tests.rigs import chaos, cluster, dump
from tests.rigs.chaos import Ground, Point, wait_for

pytestmark = pytest.mark.slow

ENTRIES = int(os.environ.get("RIG_ENTRIES") or 20_000)
YOUTHS = int(os.environ.get("RIG_YOUTHS") or ENTRIES // 5)
CHUNKS = 20
POINTS = 20
MOST_MEMORY_MB = 300


@pytest.fixture(scope="session")
def crowd(django_db_setup, django_db_blocker) -> Iterator[str]:
    """Return the name of a database full of hours that wait; the rigs work on copies of it."""
    with django_db_blocker.unblock():
        name = connection.settings_dict["NAME"]
        size = {"entries": ENTRIES, "youths": YOUTHS}
        chaos.fill(cluster.ambient(), database=f"{name}_crowd", like=f"{name}_empty", seed=1, **size)
        yield f"{name}_crowd"
        for database in (f"{name}_crowd", f"{name}_chaos"):
            cluster.ambient().drop(database)


@pytest.fixture
def ground(crowd, django_db_blocker, tmp_path) -> Iterator[Ground]:
    """Return a copy of the crowd with a broker of its own; its workers end with the test."""
    with django_db_blocker.unblock(), cluster.house() as house:
        valkey = cluster.club().start_valkey(house)
        ground = Ground(
            cluster.ambient(), template=crowd, database=crowd.replace("_crowd", "_chaos"), folder=tmp_path,
            redis_url=valkey["REDIS_URL"], youths_in_a_chunk=-(-YOUTHS // CHUNKS),
        )  # fmt: skip
        ground.renew()
        with chaos.ending(ground):
            yield ground


@pytest.fixture
def undisturbed(ground, tmp_path) -> Path:
    """Return the dump of a run that one process carries out alone, without workers."""
    with ground.opened(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("coins.planning.YOUTHS_IN_A_CHUNK", ground.youths_in_a_chunk)
        from accounts.models import Club

        cutoff = conversion.last_coin_day(db.now())
        run = conversion.convert(club=Club.objects.get(slug="crowd"), cutoff=cutoff, now=db.now())
        assert (run.state, run.entries, run.youths) == (ConversionRun.State.CLOSED, ENTRIES, YOUTHS)
        assert 0 < run.released_coins < run.due_coins
    return dump.write(ground.server, ground.database, tmp_path / "undisturbed")


# ── Killed ───────────────────────────────────────────────────────────────────────────────────────
def kill_child(ground: Ground, pid: int) -> None:
    """F1: the worker lives on and starts another child."""
    os.kill(pid, signal.SIGKILL)


def run_out_of_time(ground: Ground, pid: int) -> None:
    """F1: what the worker does to a child when the soft limit of its task is over."""
    os.kill(pid, signal.SIGUSR1)


def kill_group(ground: Ground, pid: int) -> None:
    """F2: worker, children and beat at once; others are started in their place, and nobody tells them anything."""
    for process in ground.processes:
        process.kill()
    assert not any(process.pids() for process in ground.processes)
    ground.worker()
    ground.beat()


def disturb(ground: Ground, point: Point, strike: Callable[[Ground, int], None]) -> float:
    """Let a run begin, strike at `point`, and return after how many seconds it was done all the same."""
    ground.renew()
    chaos.arm(ground, point)
    chaos.begin(ground)
    pid = wait_for(lambda: chaos.caught(ground), f"a process at {point}", pause=0.01)
    strike(ground, pid)
    since = time.monotonic()
    wait_for(ground.is_done, f"the end of a run that was struck at {point}", pause=0.1)
    return time.monotonic() - since


@pytest.mark.parametrize("strike", [kill_child, run_out_of_time, kill_group])
def test_run_ends_as_if_nobody_had(strike, ground, undisturbed, tmp_path):
    seed = chosen_seed()
    points = chaos.some_points(random.Random(seed), scaled(POINTS), chunks=CHUNKS)
    ground.worker()
    ground.beat()
    seconds, wrong = [], {}

    for point in points:
        seconds.append(disturb(ground, point, strike))
        found = dump.differences(undisturbed, dump.write(ground.server, ground.database, tmp_path / "disturbed"))
        found += ground.broken_invariants()
        if found:
            wrong[str(point)] = found

    slowest = quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
    report = tell(
        f"{'F2' if strike is kill_group else 'F1'} {strike.__name__}, runs that differ",
        bad=len(wrong), of=len(points), seed=seed,
        more=f"{ENTRIES} entries, done after {slowest:.1f} s (p95), peak {ground.peak_mb:.0f} MB",
    )  # fmt: skip
    assert report.bad == 0, wrong
    assert ground.peak_mb <= MOST_MEMORY_MB


# ── Twice ────────────────────────────────────────────────────────────────────────────────────────
def test_every_message_twice_at_once_and_again_when_all_is_over(ground, undisturbed, tmp_path):
    seed, rounds, wrong, sent = chosen_seed(), scaled(3), {}, 0
    ground.variables["RIG_TWICE"] = "1"
    worker = ground.worker(concurrency=4)

    for number in range(rounds):
        ground.renew()
        chaos.begin(ground)
        wait_for(ground.is_done, "the end of a run that was told everything twice", pause=0.1)
        (run,) = ground.ask("SELECT id FROM coins_conversionrun")[0]
        steps, of_chunks = ("plan_run", "share_out", "close_run"), ("count_chunk", "pay_chunk")
        late = [(name, ()) for name in chaos.tasks_of_coins() if name not in steps + of_chunks]
        late += [(name, (run,)) for name in steps]
        late += [(name, (run, chunk)) for name in of_chunks for chunk in range(CHUNKS)]
        before = worker.count("Task", "succeeded")
        for name, arguments in late * 2:
            ground.send(f"coins.tasks.{name}", *arguments)
        wait_for(lambda: worker.count("Task", "succeeded") >= before + 2 * len(late), "the late messages")  # noqa: B023
        sent += 2 * len(late)
        found = dump.differences(undisturbed, dump.write(ground.server, ground.database, tmp_path / "disturbed"))
        if found := found + ground.broken_invariants():
            wrong[number] = found

    more = f"{worker.count('Task', 'received')} messages, {sent} of them late"
    report = tell("F7 everything twice, runs that differ", bad=len(wrong), of=rounds, seed=seed, more=more)
    assert report.bad == 0, wrong


SLOWER = """
    CREATE FUNCTION rig_slow() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_sleep(8); RETURN NULL; END $$;
    CREATE TRIGGER rig_slow AFTER INSERT ON coins_lot FOR EACH STATEMENT EXECUTE FUNCTION rig_slow()
"""


def double_payments(ground: Ground, *, rounds: int, without_guards: bool) -> tuple[int, int, int]:
    """Let chunks take longer than the broker waits; return the chunks paid twice, all of them, and the redeliveries."""
    ground.visibility_seconds, ground.lease_seconds, ground.youths_in_a_chunk = 2, 1, -(-YOUTHS // 4)
    workers = [ground.worker(concurrency=4, name=name) for name in ("one", "other")]
    double = chunks = 0
    for _round in range(rounds):
        ground.renew()
        ground.ask(SLOWER)
        if without_guards:
            take_guards_out(ground)
        chaos.begin(ground)
        for _again in range(2):
            wait_for(ground.is_paid, "the end of a run with slow chunks", pause=0.2)
            time.sleep(1)
        double += len(ground.ask(_PAID_TWICE))
        chunks += ground.progress()[2]
    received = sum(worker.count("pay_chunk", "received") for worker in workers)
    return double, chunks, received


_PAID_TWICE = """
    SELECT c.number FROM coins_runchunk c
     WHERE EXISTS (SELECT FROM coins_transfer t JOIN coins_payment p ON t.kind = 3 AND t.source_id = p.id
                    WHERE p.run_id = c.run_id AND p.account_id BETWEEN c.first_account AND c.last_account
                    GROUP BY p.account_id, p.pool_id HAVING count(*) > 1)
"""


def take_guards_out(ground: Ground) -> None:
    """Pay a chunk whoever else is at it, under whatever fence, and pay a youth as often as somebody asks."""
    ((body,),) = ground.ask("SELECT pg_get_functiondef('coins_pay_chunk'::regproc)")
    for guard, nothing in (
        ("FOR UPDATE OF c", ""),
        ("p_fence IS DISTINCT FROM chunk.fence", "false"),
        ("chunk.paid_at IS NOT NULL", "false"),
    ):
        assert guard in body
        body = body.replace(guard, nothing)
    ground.ask(body)
    # The second one waits for the balances of the first, and must not give up.
    ground.ask("ALTER FUNCTION coins_pay_chunk SET lock_timeout = '60s'")
    for table, constraint in _ONCE:
        ground.ask(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")


# What refuses a second payment even where the fence does not: one line, one payment, and coins only for hours.
_ONCE = (
    ("coins_conversionline", "coins_line_once_per_run"),
    ("coins_conversionline", "coins_line_adds_up"),
    ("coins_payment", "coins_payment_once_per_pool"),
    ("coins_axis", "coins_axis_covered_of_end"),
)


def test_chunks_that_take_longer_than_the_broker_waits_are_paid_once(ground):
    seed = chosen_seed()

    double, chunks, received = double_payments(ground, rounds=scaled(3), without_guards=False)

    wait_for(ground.is_done, "the end of the last run")
    broken = ground.broken_invariants()
    more = f"{received} messages about them"
    report = tell("F9 longer than the visibility timeout, chunks", bad=double, of=chunks, seed=seed, more=more)
    assert received > chunks
    assert (report.bad, broken) == (0, [])


def test_control_without_the_guards_slow_chunks_are_paid_twice(ground):
    double, chunks, received = double_payments(ground, rounds=scaled(3), without_guards=True)

    more = f"{received} messages about them"
    report = tell("F9 control, chunks paid twice", bad=double, of=chunks, seed=chosen_seed(), more=more)
    assert report.bad >= 0.9 * report.of


# ── The clock ────────────────────────────────────────────────────────────────────────────────────
PERIODS = 30
RESTARTS = 20


def test_two_beats_start_each_period_once(ground, tmp_path):
    """Thirty Coin-Tage pass; beats are killed and started anew, and now and then both are away for 26 hours."""
    seed = chosen_seed()
    source, periods = random.Random(seed), scaled(PERIODS)
    clock = tmp_path / "clock"
    with ground.opened():
        now = db.now()
    last = conversion.last_coin_day(now)
    cutoffs = [conversion.last_coin_day(last - timedelta(days=7 * n)) for n in reversed(range(periods))]

    def set_clock(at) -> None:
        unfinished = clock.with_suffix(".new")
        unfinished.write_text(str((at - now).total_seconds()))
        unfinished.replace(clock)

    set_clock(cutoffs[0] - timedelta(minutes=1))
    ground.variables["RIG_CLOCK"] = str(clock)
    ground.worker()
    beats, restarts = [ground.beat("one"), ground.beat("other")], 0

    for n, cutoff in enumerate(cutoffs):
        away = n % 6 == 5
        if away:
            for beat in beats:
                beat.kill()
            set_clock(cutoff + timedelta(hours=26))
            beats = [ground.beat("one"), ground.beat("other")]
        else:
            set_clock(cutoff + timedelta(seconds=source.randint(0, 600)))
            if restarts < RESTARTS:
                restarts += 1
                place = source.randrange(2)
                beats[place].kill()
                beats[place] = ground.beat(f"beat {n}")
        closed = "SELECT count(*) FROM coins_conversionrun WHERE closed_at IS NOT NULL AND cutoff = %s"
        wait_for(lambda: ground.ask(closed, cutoff)[0][0], f"the run of {cutoff}")  # noqa: B023

    runs = Counter(cutoff for (cutoff,) in ground.ask("SELECT cutoff FROM coins_conversionrun"))
    bad = sum(runs[cutoff] != 1 for cutoff in cutoffs) + len(runs.keys() - set(cutoffs))
    more = f"{restarts} beats restarted, {sum(n % 6 == 5 for n in range(periods))} times away for 26 h"
    report = tell("F10 two beats, periods", bad=bad, of=periods, seed=seed, more=more)
    assert report.bad == 0, runs
    assert ground.broken_invariants() == []
