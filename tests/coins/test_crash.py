"""PostgreSQL torn down under load: what it has acknowledged is there afterwards, once, and every read adds up.

A server of its own, with its files synced as in life. Whoever does not know what became of a call asks again under the
same key.
"""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, InterfaceError, connection

from clevervibes.lib import db, idempotency
from coins import ledger, reconciliation
from coins.models import LedgerAccount, Transfer, YouthAccount
from partners import redemption
from partners.models import Hold, Redemption
from tests.coins import books
from tests.concurrency import chosen_seed, in_parallel, scaled, tell
from tests.factories import make_offer, make_rich_youth
from tests.rigs import cluster
from tests.rigs.cluster import DurableServer

pytestmark = pytest.mark.slow

STOPS = 10
MOVES_BETWEEN = 200
COINS_EACH = 1_000
BUDGET_SECONDS = 240


@pytest.fixture
def server(django_db_blocker) -> Iterator[DurableServer]:
    """Return a durable server with the club's tables, to which Django's connections lead."""
    with django_db_blocker.unblock(), cluster.house(durable=True) as house:
        server = DurableServer(house)
        variables = {**os.environ, **server.urls}
        command = [sys.executable, "manage.py", "migrate", "--database", "owner", "--verbosity", "0"]
        subprocess.run(command, cwd=cluster.ROOT, env=variables, check=True)
        with server.opened("club"):
            yield server


def is_gone(error: Exception) -> bool:
    """Say whether the server has ended, is ending or is not there yet, rather than refused something."""
    return db.sqlstate(error)[:2] in ("", "57", "08")


class Load:
    """Tellers, counters and a reader at work while the database comes and goes."""

    def __init__(self, seed: int) -> None:
        self.source = random.Random(seed)
        self.pools = [books.make_pool(coins=COINS_EACH) for _ in range(6)]
        self.offer = make_offer(price_coins=1)
        self.youths = [make_rich_youth(f"Kind{n}", coins=5_000) for n in range(3)]
        self.moved: dict[UUID, tuple[int, int, int]] = {}  # acknowledged: key → debit, credit, amount
        self.redeemed: dict[str, int] = {}  # acknowledged: hold → transfer
        self.reads = self.replays = self.refused = 0
        self.bad_reads: list[str] = []
        self.closing = threading.Event()
        self.until = time.monotonic() + BUDGET_SECONDS

    def until_known(self, call: Callable[[], Any]) -> Any:
        """Return what `call` answers, asked again as long as the database is gone."""
        while True:
            try:
                return call()
            except (DatabaseError, InterfaceError) as error:
                if not is_gone(error):
                    raise
                assert time.monotonic() < self.until, "the database did not come back"
                self.replays += 1
                connection.close()
                time.sleep(0.05)

    def teller(self, seed: int) -> Callable[[], None]:
        def work() -> None:
            source = random.Random(seed)
            while not self.closing.is_set():
                debit, credit = source.sample(self.pools, 2)
                key, amount = uuid4(), source.randint(1, COINS_EACH // 4)
                try:
                    self.until_known(lambda: books.move(debit, credit, amount, key=key))  # noqa: B023
                except ledger.InsufficientBalance:
                    self.refused += 1
                else:
                    self.moved[key] = (debit.pk, credit.pk, amount)

        return work

    def counter(self, youth) -> Callable[[], None]:
        def hold() -> idempotency.Answer:
            made = redemption.hold(offer=self.offer, youth=youth, now=db.now())
            return idempotency.Answer(201, {"hold": str(made.public_id)})

        def redeem(hold: str) -> idempotency.Answer:
            made = redemption.redeem(hold=Hold.objects.get(public_id=hold), by=None, now=db.now())
            return idempotency.Answer(201, {"transfer": made.transfer_id})

        def once(call: Callable[[], idempotency.Answer]) -> Any:
            key = uuid4()
            ask = lambda: idempotency.once(scope="rig", key=key, fingerprint="", call=call, wait=True)  # noqa: E731
            return self.until_known(ask).body

        def work() -> None:
            while not self.closing.is_set():
                name = once(hold)["hold"]
                self.redeemed[name] = once(lambda: redeem(name))["transfer"]  # noqa: B023

        return work

    def reader(self) -> None:
        pools = [pool.pk for pool in self.pools]
        youths = list(YouthAccount.objects.values_list("account", flat=True))
        shop = self.offer.partner.account_id
        while not self.closing.is_set():
            try:
                with connection.cursor() as cursor:
                    cursor.execute(_READ, {"pools": pools, "youths": youths, "shop": shop})
                    row = cursor.fetchone()
            except (DatabaseError, InterfaceError) as error:
                if not is_gone(error):
                    raise
                connection.close()
                time.sleep(0.05)
                continue
            self.reads += 1
            if row[:2] != (len(self.pools) * COINS_EACH, len(self.youths) * 5_000) or row[2] < 0:
                self.bad_reads.append(str(row))
            time.sleep(0.005)

    def lost(self) -> list[str]:
        """Return what was acknowledged before this call began and is not there, or not as it was acknowledged."""
        moved, redeemed = dict(self.moved), dict(self.redeemed)

        def look() -> list[str]:
            rows = Transfer.objects.filter(idempotency_key__in=moved)
            found = {row[0]: row[1:] for row in rows.values_list("idempotency_key", "debit", "credit", "amount")}
            spent = dict(Redemption.objects.values_list("hold__public_id", "transfer"))
            return [f"{key}" for key, row in moved.items() if found.get(key) != row] + [
                hold for hold, transfer in redeemed.items() if spent.get(UUID(hold)) != transfer
            ]

        return self.until_known(look)

    def doubled(self) -> list[str]:
        """Return what happened without anybody having been told, after all calls are over."""
        transfers = Transfer.objects.filter(debit__kind=LedgerAccount.Kind.POOL, credit__kind=LedgerAccount.Kind.POOL)
        unknown = set(transfers.values_list("idempotency_key", flat=True)) - set(self.moved)
        spent = Redemption.objects.count(), Transfer.objects.filter(kind=Transfer.Kind.REDEMPTION).count()
        wrong = [] if spent == (len(self.redeemed),) * 2 else [f"{spent} redemptions of {len(self.redeemed)}"]
        return [str(key) for key in unknown] + wrong

    def run(self, disturb: Callable[[], None]) -> list[Exception]:
        """Let everybody work until `disturb` returns, and return what went wrong for them."""
        tellers = [self.teller(self.source.randrange(2**32)) for _ in range(4)]
        calls = [*tellers, *(self.counter(youth) for youth in self.youths), self.reader]
        results: list[Any] = []
        at_work = threading.Thread(
            target=lambda: results.extend(in_parallel(*calls, patience_seconds=2 * BUDGET_SECONDS)), daemon=True
        )
        at_work.start()
        try:
            # In this thread: the system ends a server with the thread that has started it.
            disturb()
        finally:
            self.closing.set()
            at_work.join()
        return [result for result in results if result]


_READ = """
    SELECT (SELECT sum(posted) FROM coins_balance WHERE account_id = ANY (%(pools)s))::bigint,
           (SELECT sum(posted) + coins_derived_balance(%(shop)s) FROM coins_balance
             WHERE account_id = ANY (%(youths)s))::bigint,
           (SELECT min(least(held, posted - held)) FROM coins_balance
             WHERE account_id = ANY (%(pools)s || %(youths)s))
"""


def torn_down(server: DurableServer, *, stops: int, seed: int) -> tuple[Load, int, list[Exception]]:
    """Tear the database down `stops` times under load; return the load, how many stops lost something, and errors."""
    load, losing = Load(seed), 0

    def disturb() -> None:
        nonlocal losing
        for _ in range(stops):
            enough = len(load.moved) + load.source.randint(MOVES_BETWEEN // 2, MOVES_BETWEEN)
            while len(load.moved) < enough:
                assert time.monotonic() < load.until, "too little happens"
                time.sleep(0.005)
            server.stop_immediately()
            server.start_again()
            losing += bool(load.lost())

    errors = load.run(disturb)
    return load, losing, errors


def test_database_torn_down_loses_and_doubles_nothing(server):
    seed, stops = chosen_seed(), scaled(STOPS)

    load, losing, errors = torn_down(server, stops=stops, seed=seed)

    broken = [result for result in reconciliation.check() if result.bad]
    lost, doubled = load.lost(), load.doubled()
    calls = len(load.moved) + len(load.redeemed)
    more = (
        f"{stops} stops, lost {len(lost)}, double {len(doubled)}, bad reads {len(load.bad_reads)} of {load.reads},"
        f" asked again {load.replays} times"
    )
    bad = len(lost) + len(doubled) + len(load.bad_reads)
    tell("F3 PostgreSQL torn down, acknowledged calls", bad=bad, of=calls, seed=seed, more=more)
    assert (bad, losing, broken, errors) == (0, 0, [], [])


def test_control_a_database_that_acknowledges_early_loses_something_at_most_stops(server):
    server.run("postgres", "ALTER SYSTEM SET synchronous_commit = off", "SELECT pg_reload_conf()")
    seed, stops = chosen_seed(), scaled(STOPS)

    # Who was promised a hold that is gone cannot go on: that is what is to be seen here.
    _load, losing, _errors = torn_down(server, stops=stops, seed=seed)

    report = tell("F3 control, commits not waited for, stops", bad=losing, of=stops, seed=seed)
    assert report.bad >= 0.9 * report.of
