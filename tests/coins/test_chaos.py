"""A run whose workers are killed ends equal to one that nobody disturbed, byte for byte."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import quantiles

import pytest
from django.db import connection

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

        cutoff = conversion.last_coin_day(conversion.db.now())
        run = conversion.convert(club=Club.objects.get(slug="crowd"), cutoff=cutoff, now=conversion.db.now())
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
