"""A bank's day: many move coins between a few accounts while one reads them all, and each read adds up."""

import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.db import connection

from coins import ledger
from coins.models import LedgerAccount, LedgerHoldEnd, Transfer
from tests.coins import books
from tests.concurrency import chosen_seed, in_parallel, scaled, tell

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ACCOUNTS = TELLERS = 8
COINS_EACH = 1_000
BUDGET_SECONDS = 600
Outcome = LedgerHoldEnd.Outcome


@dataclass
class Bank:
    """Accounts, what was acknowledged on them, and what one reader saw."""

    moves_wanted: int
    reads_wanted: int
    accounts: list[LedgerAccount] = field(
        default_factory=lambda: [books.make_pool(coins=COINS_EACH) for _ in range(ACCOUNTS)]
    )
    acknowledged: Counter = field(default_factory=Counter)  # account → change
    moves: int = 0
    refused: int = 0
    reads: int = 0
    bad_reads: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    until: float = field(default_factory=lambda: time.monotonic() + scaled(BUDGET_SECONDS))

    @property
    def total(self) -> int:
        return COINS_EACH * len(self.accounts)

    @property
    def is_open(self) -> bool:
        assert time.monotonic() < self.until, f"{self.moves} moves and {self.reads} reads, then the time was over"
        return self.moves < self.moves_wanted or self.reads < self.reads_wanted

    # ── Who moves ────────────────────────────────────────────────────────────────────────────────
    def teller(self, seed: int) -> Callable[[], None]:
        def work() -> None:
            source, own = random.Random(seed), []
            while self.is_open:
                # Whoever has moved enough leaves the machine to the reader.
                if self.moves > 2 * self.moves_wanted:
                    time.sleep(0.01)
                try:
                    moved = self._move(source, own)
                except (ledger.InsufficientBalance, ledger.NotReversible):
                    with self.lock:
                        self.refused += 1
                else:
                    own = [*own[-20:], *moved]

        return work

    def _move(self, source: random.Random, own: list[Transfer]) -> list[Transfer]:
        """Post, take back, or hold and capture some coins; return what may be taken back later."""
        debit, credit = source.sample(self.accounts, 2)
        # Now and then more than there is.
        amount = source.randint(1, COINS_EACH if source.random() < 0.1 else COINS_EACH // 8)
        what = source.random()
        if what < 0.7:
            return [self._count(books.move(debit, credit, amount))]
        if what < 0.8 and own:
            original = own.pop(source.randrange(len(own)))
            self._count(books.reverse(original, source.randint(1, original.amount)))
            return []
        hold = books.hold(debit, amount)
        if what < 0.95:
            self._count(books.capture(hold, credit, amount=source.randint(1, amount)))
        else:
            books.release(hold, source.choice([Outcome.CANCELLED, Outcome.EXPIRED]))
        return []

    def _count(self, transfer: Transfer) -> Transfer:
        with self.lock:
            self.moves += 1
            self.acknowledged[transfer.debit_id] -= transfer.amount
            self.acknowledged[transfer.credit_id] += transfer.amount
        return transfer

    # ── Who reads ────────────────────────────────────────────────────────────────────────────────
    def reader(self) -> None:
        while self.is_open:
            if self.reads > self.moves:
                time.sleep(0.001)
            self.read(deep=self.reads % 500 == 0)

    def read(self, *, deep: bool) -> None:
        """Read every balance in one snapshot; a deep read recomputes them in that same snapshot."""
        ids = [account.pk for account in self.accounts]
        with connection.cursor() as cursor:
            cursor.execute(_BALANCES, [ids])
            total, least, least_held, least_free = cursor.fetchone()
            cursor.execute(_DIFFERENT if deep else "SELECT 0 WHERE false", [ids] if deep else [])
            different = cursor.fetchall()
        self.reads += 1
        if total != self.total or min(least, least_held, least_free) < 0 or different:
            self.bad_reads.append(f"total {total}, least {least}, {least_held}, {least_free}, {different}")

    # ── What is left ─────────────────────────────────────────────────────────────────────────────
    def lost(self) -> dict[int, int]:
        """Return the accounts that do not have what was acknowledged, and by how much."""
        differences = {
            account.pk: ledger.balance(account) - COINS_EACH - self.acknowledged[account.pk]
            for account in self.accounts
        }
        return {account: difference for account, difference in differences.items() if difference}

    def open_for_business(self, seed: int) -> None:
        source = random.Random(seed)
        tellers = [self.teller(source.randrange(2**32)) for _ in range(TELLERS)]
        results = in_parallel(*tellers, self.reader, patience_seconds=scaled(BUDGET_SECONDS) + 60)
        assert results == [None] * (TELLERS + 1), [result for result in results if result]


_BALANCES = """
    SELECT sum(posted), min(posted), min(held), min(posted - held) FROM coins_balance WHERE account_id = ANY (%s)
"""

_DIFFERENT = """
    SELECT b.account_id, b.posted, b.held, t.posted, h.held
      FROM coins_balance b,
           LATERAL (SELECT coalesce(sum(CASE WHEN credit_id = b.account_id THEN amount ELSE -amount END), 0) AS posted
                      FROM coins_transfer WHERE b.account_id IN (debit_id, credit_id)) t,
           LATERAL (SELECT coalesce(sum(amount), 0) AS held FROM coins_ledgerhold h
                     WHERE h.account_id = b.account_id
                       AND NOT EXISTS (SELECT FROM coins_ledgerholdend e WHERE e.hold_id = h.id)) h
     WHERE b.account_id = ANY (%s) AND (b.posted, b.held) <> (t.posted, h.held)
"""


def test_bank_every_read_adds_up():
    seed = chosen_seed()
    bank = Bank(moves_wanted=scaled(30_000), reads_wanted=scaled(10_000))

    bank.open_for_business(seed)

    bank.read(deep=True)
    more = f"{bank.moves} moves, {bank.refused} refused, off {len(bank.lost())} of {ACCOUNTS} accounts"
    report = tell("C1 bank, reads", bad=len(bank.bad_reads), of=bank.reads, seed=seed, more=more)
    assert report.bad == 0, bank.bad_reads[:5]
    assert bank.lost() == {}


# ── The same with a guard taken out ──────────────────────────────────────────────────────────────
def read_then_write(superuser_sql) -> None:
    """Have the trigger compute a balance from what it has read, as an application would."""
    superuser_sql.execute("SELECT pg_get_functiondef('coins_transfer_posted'::regproc)")
    body = superuser_sql.fetchone()[0]
    body, count = re.subn(
        r"UPDATE coins_balance SET posted = posted ([+-]) new\.amount(.*?) WHERE account_id = (new\.\w+);",
        r"SELECT posted INTO before FROM coins_balance WHERE account_id = \3; PERFORM pg_sleep(0.001);"
        r" UPDATE coins_balance SET posted = before \1 new.amount\2 WHERE account_id = \3;",
        body,
    )
    assert count == 3
    superuser_sql.execute(body.replace("original record;", "original record; before bigint;"))


def no_overdraft_check(superuser_sql) -> None:
    superuser_sql.execute("ALTER TABLE coins_balance DROP CONSTRAINT coins_balance_no_overdraft")


@pytest.mark.corrupts_ledger
@pytest.mark.parametrize("take_out", [read_then_write, no_overdraft_check])
def test_control_bank_without(take_out, superuser_sql):
    take_out(superuser_sql)
    seed, broken, rounds = chosen_seed(), 0, 10

    for number in range(rounds):
        bank = Bank(moves_wanted=300, reads_wanted=50)
        bank.open_for_business(seed + number)
        broken += bool(bank.bad_reads)

    report = tell(f"C2 bank, control {take_out.__name__}, rounds", bad=broken, of=rounds, seed=seed)
    assert report.bad >= 0.9 * report.of
