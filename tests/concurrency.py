"""Races on purpose: threads with a database connection each, and rounds that count what went wrong."""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

from django.db import connection, connections

_PATIENCE_SECONDS, _LATE_SECONDS = 60, 10
# Not the outcome of any race. A control that stumbles over one would look broken, as it should, and prove nothing.
_BLUNDERS = (TypeError, AttributeError, NameError)

# What the longer rigs have to say; pytest prints it at the end (see tests/conftest.py).
reports: list[str] = []


def chosen_seed() -> int:
    """Return the seed that RIG_SEED names, to play something again, or a new one."""
    return int(os.environ.get("RIG_SEED") or random.SystemRandom().randrange(2**32))


def scaled(number: int) -> int:
    """Return `number` times RIG_SCALE: how long the longer rigs go on."""
    return max(1, round(number * float(os.environ.get("RIG_SCALE") or 1)))


def in_parallel(*calls: Callable[[], Any], patience_seconds: float = _PATIENCE_SECONDS) -> list[Any]:
    """Run all calls at once, one thread and one database connection each.

    Return their results in the order of the calls; a call that raised is represented by its exception.
    Needs a transactional test: threads see committed rows only.

    :raises AssertionError: if a call still runs after a minute (or as long as said), which means a deadlock nobody
        resolves.
    """
    results: list[Any] = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def run(position: int, call: Callable[[], Any]) -> None:
        try:
            # Connected before the barrier: otherwise the quickest handshake would decide the race.
            connections["default"].ensure_connection()
            barrier.wait(_PATIENCE_SECONDS)
            results[position] = call()
        except Exception as error:  # handed to the test, which names what it expects
            results[position] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=row, daemon=True) for row in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience_seconds)
    assert not any(thread.is_alive() for thread in threads), "a call did not come back"
    return _without_blunders(results)


def _without_blunders(results: list[Any]) -> list[Any]:
    for result in results:
        if isinstance(result, _BLUNDERS):
            raise result
    return results


@contextmanager
def crew(size: int) -> Iterator[Callable[..., list[Any]]]:
    """Yield `in_parallel` for thousands of rounds: its threads, up to `size`, and their connections stay.

    To open eight connections takes longer than the race that they are opened for.
    """
    orders: list[SimpleQueue] = [SimpleQueue() for _hand in range(size)]
    done: SimpleQueue = SimpleQueue()

    def work(position: int) -> None:
        try:
            while order := orders[position].get():
                call, barrier = order
                try:
                    connections["default"].ensure_connection()
                    barrier.wait(_PATIENCE_SECONDS)
                    done.put((position, call()))
                except Exception as error:  # handed to the test, which names what it expects
                    done.put((position, error))
        finally:
            connections.close_all()

    def at_once(*calls: Callable[[], Any]) -> list[Any]:
        barrier = threading.Barrier(len(calls))
        for order, call in zip(orders, calls, strict=False):
            order.put((call, barrier))
        answers = dict(done.get(timeout=_PATIENCE_SECONDS) for _call in calls)
        return _without_blunders([answers[position] for position in range(len(calls))])

    hands = [threading.Thread(target=work, args=[position], daemon=True) for position in range(size)]
    for hand in hands:
        hand.start()
    try:
        yield at_once
    finally:
        for order in orders:
            order.put(None)
        for hand in hands:
            hand.join(_PATIENCE_SECONDS)


class Meeting:
    """Where the calls of one round meet between reading and acting, as unlocked ones do by bad luck in life."""

    def __init__(self, calls: int) -> None:
        self.barrier = threading.Barrier(calls)

    def wait(self) -> None:
        # Whoever comes alone goes on alone.
        try:
            self.barrier.wait(_LATE_SECONDS)
        except threading.BrokenBarrierError:
            self.barrier.reset()


# A rest in SQL that does not guess how late the others come: until so many have called it, or for so long. A sequence
# counts them, for it forgets nobody whose transaction has ended meanwhile.
MEET = """
    CREATE SEQUENCE met;
    CREATE FUNCTION meet(calls integer, seconds double precision) RETURNS boolean
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DECLARE
      until timestamptz := clock_timestamp() + make_interval(secs => seconds);
      all_here bigint := (nextval('met') - 1) / calls * calls + calls;
    BEGIN
      WHILE (SELECT last_value FROM met) < all_here LOOP
        IF clock_timestamp() > until THEN
          PERFORM setval('met', all_here);
        END IF;
        PERFORM pg_sleep(0.005);
      END LOOP;
      RETURN true;
    END $$
"""


def find_deadlocks_soon(superuser_sql: Any) -> None:
    """Have PostgreSQL look for a deadlock after a tenth of a second, in connections that are opened from now on."""
    superuser_sql.execute(f"ALTER DATABASE \"{connection.settings_dict['NAME']}\" SET deadlock_timeout = '100ms'")
    connection.close()


@dataclass(frozen=True)
class Report:
    """How many rounds of a race went wrong."""

    bad: int
    of: int
    seed: int

    @property
    def broken(self) -> bool:
        """Say whether so much went wrong that the guard which was missing is what keeps it right."""
        return self.bad >= 0.9 * self.of

    def __str__(self) -> str:
        return f"bad {self.bad} of {self.of} (seed {self.seed})"


def rounds(number: int, play: Callable[[random.Random], bool], *, seed: int | None = None) -> Report:
    """Play `number` rounds and print the report; `play` returns True for a round that went wrong.

    The guard under test shows `bad 0`; the same rounds with the guard taken out (the control) must show
    nearly all bad, or the race was never run.
    """
    seed = chosen_seed() if seed is None else seed
    source = random.Random(seed)
    report = Report(bad=sum(play(source) for _ in range(number)), of=number, seed=seed)
    print(report)
    return report


def control(number: int, play: Callable[[random.Random], bool], *, tries: int = 3) -> Report:
    """Play `number` rounds with the guard taken out, and again if they were void; the last report is returned.

    On a busy machine calls that should meet may miss each other. That proves nothing, so they get another chance,
    `tries` in all; a race that was never run stays unbroken in each.
    """
    for _once in range(tries):
        report = rounds(number, play)
        if report.broken:
            break
    return report


def let_transactions_end() -> None:
    """Wait until every transaction that is open now has ended, also those of tests beside us on the same server.

    What must not be missed waits for them: the seal and the snapshots know no databases, only transaction ids.
    A town that many tests look at keeps its one open for minutes.

    :raises AssertionError: if one is still open after six minutes.
    """
    until = time.monotonic() + 6 * _PATIENCE_SECONDS
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        given = cursor.fetchone()[0]
        while time.monotonic() < until:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint > %s", [given])
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    raise AssertionError("a transaction did not end")


def tell(what: str, *, bad: int, of: int, seed: int, more: str = "") -> Report:
    """Print the one line of a longer rig and return it."""
    report = Report(bad, of, seed)
    reports.append(f"{what}: {report}" + (f"; {more}" if more else ""))
    print(reports[-1])
    return report
