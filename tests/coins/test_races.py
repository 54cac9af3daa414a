"""Two at once: what must hold, and the same round with the guard taken out (the control), which must break."""

import random
import re
import threading
from uuid import uuid4

import pytest
from django.db import OperationalError, transaction

from coins import ledger
from coins.models import Transfer
from tests.coins import books
from tests.concurrency import MEET, control, find_deadlocks_soon, in_parallel, rounds

pytestmark = pytest.mark.django_db(transaction=True)

REALLOCATION = Transfer.Kind.REALLOCATION


@pytest.fixture
def without_overdraft_check(superuser_sql):
    superuser_sql.execute("ALTER TABLE coins_balance DROP CONSTRAINT coins_balance_no_overdraft")


# ── Double spend, and a pool that runs dry ───────────────────────────────────────────────────────
def spend_more_than_there_is(source: random.Random, *, coins: int, spenders: int) -> bool:
    """All of them look, see enough, and only then post 1 coin each. True if more is gone than was there."""
    pool, other = books.make_pool(coins=coins), books.make_pool()
    all_have_looked = threading.Barrier(spenders)

    def spend():
        assert ledger.spendable(pool) >= 1
        all_have_looked.wait()
        return books.move(pool, other, 1)

    results = in_parallel(*[spend] * spenders)

    paid = sum(isinstance(result, Transfer) for result in results)
    assert paid + sum(isinstance(result, ledger.InsufficientBalance) for result in results) == spenders, results
    assert (ledger.balance(pool), ledger.balance(other)) == (coins - paid, paid)
    return paid != coins


def test_the_last_coin_is_spent_once():
    assert rounds(15, lambda source: spend_more_than_there_is(source, coins=1, spenders=2)).bad == 0


@pytest.mark.corrupts_ledger
def test_control_the_last_coin_is_spent_twice_without_the_check(without_overdraft_check):
    assert control(10, lambda source: spend_more_than_there_is(source, coins=1, spenders=2)).broken


def test_a_pool_of_seven_pays_seven_of_twenty():
    assert rounds(4, lambda source: spend_more_than_there_is(source, coins=7, spenders=20)).bad == 0


@pytest.mark.corrupts_ledger
def test_control_the_pool_is_overdrawn_without_the_check(without_overdraft_check):
    assert control(3, lambda source: spend_more_than_there_is(source, coins=7, spenders=20)).broken


# ── Opposite directions ──────────────────────────────────────────────────────────────────────────
def slow_between_the_locks(superuser_sql, *, in_order: bool, rest: str = "pg_sleep(0.03)") -> None:
    """Make the trigger rest between its two updates, and forget the fixed order if told so."""
    superuser_sql.execute(MEET)
    superuser_sql.execute("SELECT pg_get_functiondef('coins_transfer_posted'::regproc)")
    body = superuser_sql.fetchone()[0]
    # After each update but the last: where a transaction holds one lock and wants the next.
    rest = f":= FOUND; PERFORM {rest} WHERE new.kind = {REALLOCATION};"
    body, count = re.subn(r"(debit_moved := FOUND;|credit_moved := FOUND;\n  END IF;\n  UPDATE)",
                          lambda m: m[0].replace(":= FOUND;", rest), body)  # fmt: skip
    assert count == 2
    if not in_order:
        body = body.replace("new.credit_id > new.debit_id", "false").replace("new.credit_id < new.debit_id", "true")
    superuser_sql.execute(body)
    find_deadlocks_soon(superuser_sql)


def both_ways(source: random.Random) -> bool:
    """A to B and B to A at once, without the service's retries. True if PostgreSQL had to break a deadlock."""
    here, there = books.make_pool(coins=5), books.make_pool(coins=5)

    def once(debit, credit):
        with transaction.atomic():
            return ledger.post_transfer(
                debit=debit, credit=credit, amount=1, kind=REALLOCATION, key=uuid4(), effective_on=books.TODAY
            )

    results = in_parallel(lambda: once(here, there), lambda: once(there, here))

    return any(isinstance(result, OperationalError) for result in results)


def test_opposite_directions_wait_for_each_other(superuser_sql):
    slow_between_the_locks(superuser_sql, in_order=True)

    assert rounds(10, both_ways).bad == 0


def test_control_opposite_directions_deadlock_without_the_order(superuser_sql):
    slow_between_the_locks(superuser_sql, in_order=False, rest="meet(2, 10)")

    assert control(10, both_ways).broken


def test_a_deadlock_does_not_surface(superuser_sql):
    # Even the function that forgot its order: the service tries again.
    here, there = books.make_pool(coins=5), books.make_pool(coins=5)
    slow_between_the_locks(superuser_sql, in_order=False, rest="meet(2, 1)")

    results = in_parallel(lambda: books.move(here, there, 1), lambda: books.move(there, here, 1))

    assert all(isinstance(result, Transfer) for result in results)


def test_bulk_and_single_transfers_do_not_deadlock():
    pools = [books.make_pool(coins=50) for _ in range(6)]

    def some(seed):
        source = random.Random(seed)
        for _ in range(10):
            debit, credit = source.sample(pools, 2)
            others = [pool for pool in source.sample(pools, 4) if pool != debit]
            batch = [ledger.Posting(debit, pool, 1, REALLOCATION, books.TODAY, key=uuid4()) for pool in others]
            with transaction.atomic():
                ledger.post_transfers(batch)
            with transaction.atomic():
                ledger.post_transfer(
                    debit=debit, credit=credit, amount=1, kind=REALLOCATION, key=uuid4(), effective_on=books.TODAY
                )
        return "done"

    results = in_parallel(*[lambda seed=seed: some(seed) for seed in range(4)])

    assert all(result == "done" or isinstance(result, ledger.InsufficientBalance) for result in results), results
    assert sum(ledger.balance(pool) for pool in pools) == 300


# ── One key, fifty times ─────────────────────────────────────────────────────────────────────────
def same_key(source: random.Random, *, calls: int) -> bool:
    pool, other, key = books.make_pool(coins=calls), books.make_pool(), uuid4()

    results = in_parallel(*[lambda: books.move(pool, other, 1, key=key)] * calls)

    assert all(isinstance(result, Transfer) for result in results), results
    return len({result.pk for result in results}) != 1 or ledger.balance(other) != 1


def test_one_key_fifty_times_is_one_transfer():
    assert rounds(2, lambda source: same_key(source, calls=50)).bad == 0


@pytest.mark.corrupts_ledger
def test_control_one_key_books_again_without_its_index(superuser_sql):
    superuser_sql.execute("DROP INDEX coins_transfer_once_per_key")

    assert control(10, lambda source: same_key(source, calls=8)).broken


# ── Holds and reversals ──────────────────────────────────────────────────────────────────────────
def capture_against_cancel(source: random.Random) -> bool:
    pool, other = books.make_pool(coins=5), books.make_pool()
    hold = books.hold(pool, 5)
    calls = [lambda: books.capture(hold, other), lambda: books.release(hold), lambda: books.capture(hold, other)]
    source.shuffle(calls)

    results = in_parallel(*calls)

    ended = [result for result in results if not isinstance(result, ledger.HoldEnded)]
    assert ledger.balance(pool) + ledger.balance(other) == 5
    return len(ended) != 1 or isinstance(ended[0], Exception)


def test_a_hold_captured_twice_and_cancelled_at_once_ends_once():
    assert rounds(15, capture_against_cancel).bad == 0


@pytest.mark.corrupts_ledger
def test_control_a_hold_ends_often_without_its_primary_key(superuser_sql):
    superuser_sql.execute("ALTER TABLE coins_ledgerholdend DROP CONSTRAINT coins_ledgerholdend_pkey")
    superuser_sql.execute("ALTER TABLE coins_balance DROP CONSTRAINT coins_balance_held_not_negative")
    superuser_sql.execute("ALTER TABLE coins_balance DROP CONSTRAINT coins_balance_no_overdraft")

    def play(source):
        pool, other = books.make_pool(coins=5), books.make_pool()
        hold = books.hold(pool, 5)
        results = in_parallel(lambda: books.capture(hold, other), lambda: books.capture(hold, other))
        return sum(isinstance(result, Transfer) for result in results) == 2

    assert control(10, play).broken


def refund_twice(source: random.Random) -> bool:
    pool, other = books.make_pool(coins=10), books.make_pool(coins=10)
    original = books.move(pool, other, 10)

    results = in_parallel(*[lambda: books.reverse(original, 6)] * 3)

    assert all(isinstance(result, Transfer | ledger.NotReversible) for result in results), results
    return sum(isinstance(result, Transfer) for result in results) != 1


def test_a_refund_at_two_tills_at_once_is_given_once():
    assert rounds(15, refund_twice).bad == 0


@pytest.mark.corrupts_ledger
def test_control_a_refund_is_given_twice_without_the_lock(superuser_sql):
    superuser_sql.execute("SELECT pg_get_functiondef('coins_transfer_posted'::regproc)")
    body = superuser_sql.fetchone()[0]
    # Without the lock, and nobody books before all have looked.
    superuser_sql.execute(MEET)
    unlocked = body.replace("WHERE t.id = new.reverses_id FOR NO KEY UPDATE;", "WHERE t.id = new.reverses_id;")
    unlocked = unlocked.replace(
        "  IF new.hold_id IS NOT NULL",
        "  IF new.reverses_id IS NOT NULL THEN PERFORM meet(3, 10); END IF;\n  IF new.hold_id IS NOT NULL",
    )
    assert unlocked.count("meet") == 1
    assert "FOR NO KEY" not in unlocked
    superuser_sql.execute(unlocked)

    assert control(10, refund_twice).broken
