"""Snapshots: a derived balance stays right whatever commits, in whichever order."""

import random
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction

from coins import ledger, snapshots
from coins.models import BalanceSnapshot, LedgerAccount, Transfer
from tests.coins import books
from tests.concurrency import in_parallel, rounds

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("patient_snapshots")]

IN, OUT = Transfer.Kind.OWN_IN, Transfer.Kind.OWN_OUT
AT_ONCE = timedelta(0)


def make_bank(*amounts: int) -> tuple[LedgerAccount, LedgerAccount]:
    """A bank, which is derived, that the club's own money of `amounts` came from: it has as much less."""
    own, bank = books.open_account(books.Kind.OWN), books.open_account(books.Kind.WORLD)
    for amount in amounts:
        books.move(bank, own, amount, IN)
    return own, bank


def summed_up(account: LedgerAccount) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(CASE credit_id WHEN %s THEN amount ELSE -amount END), 0) FROM coins_transfer"
            " WHERE %s IN (debit_id, credit_id)",
            [account.pk, account.pk],
        )
        return int(cursor.fetchone()[0])


def test_each_derived_account_that_moved_is_remembered():
    own, bank = make_bank(4, 2)
    books.open_account(books.Kind.PARTNER)

    assert snapshots.take(at_least=1) == 1
    snapshot = BalanceSnapshot.objects.get()
    assert (snapshot.account, snapshot.balance) == (bank, -6)
    assert snapshot.upto_id == Transfer.objects.latest("pk").pk
    assert snapshots.take(at_least=1) == 0

    books.move(own, bank, 1, OUT)
    assert ledger.balance(bank) == -5
    assert snapshots.take(at_least=1) == 1
    assert list(bank.snapshots.order_by("upto_id").values_list("balance", flat=True)) == [-6, -5]
    assert ledger.balance(bank) == -5


def test_few_moves_are_not_worth_one():
    make_bank(4, 2)

    assert snapshots.take(at_least=3) == 0
    assert snapshots.take(at_least=2) == 1


def test_an_empty_ledger_has_nothing_to_remember():
    assert snapshots.take(at_least=1) == 0


# ── What commits late has a lower id ─────────────────────────────────────────────────────────────
def with_a_late_commit(take) -> tuple[LedgerAccount, object]:
    """Move money at a bank, and call `take` while a transfer with a lower id is still uncommitted."""
    own, bank = make_bank(4)
    has_posted, may_commit = threading.Event(), threading.Event()

    def post_slowly():
        with transaction.atomic():
            late = ledger.post_transfer(
                debit=bank, credit=own, amount=10, kind=IN, key=uuid4(), effective_on=books.TODAY
            )
            has_posted.set()
            assert may_commit.wait(30)
        return late

    def take_meanwhile():
        assert has_posted.wait(30)
        # To another account: nothing here waits for the open transfer.
        quick = books.move(bank, books.open_account(books.Kind.OWN), 1, IN)
        taken = take()
        may_commit.set()
        return quick, taken

    late, (quick, taken) = in_parallel(post_slowly, take_meanwhile)
    assert late.pk < quick.pk
    return bank, taken


def test_a_snapshot_waits_for_what_may_still_come_in_below():
    bank, taken = with_a_late_commit(lambda: snapshots.take(at_least=1, patience=timedelta(seconds=0.2)))

    assert taken is None
    assert ledger.balance(bank) == summed_up(bank) == -15
    assert snapshots.take(at_least=1) == 1
    assert ledger.balance(bank) == -15


def test_it_gives_up_at_once_if_told_so():
    _bank, taken = with_a_late_commit(lambda: snapshots.take(at_least=1, patience=AT_ONCE))

    assert taken is None


@pytest.mark.corrupts_ledger
def test_control_a_snapshot_of_what_is_visible_forgets_what_commits_late(superuser_sql):
    def take_what_is_visible():
        superuser_sql.execute(
            "INSERT INTO coins_balancesnapshot (account_id, upto_id, balance)"
            " SELECT a.id, (SELECT max(id) FROM coins_transfer), coins_derived_balance(a.id)"
            "   FROM coins_ledgeraccount a WHERE NOT a.stored"
        )

    bank, _nothing = with_a_late_commit(take_what_is_visible)

    assert summed_up(bank) == -15
    assert ledger.balance(bank) == -5


def test_snapshots_under_load_never_lose_a_transfer():
    # With the xmax of a snapshot for the mark's transaction id, ten rounds of fifteen lost one.
    _own, bank = make_bank(4)
    others = [books.open_account(books.Kind.OWN) for _ in range(3)]
    for other in others:
        books.move(bank, other, 100, IN)

    def play(source: random.Random) -> bool:
        def post(other, seed):
            ways = random.Random(seed).choices([(bank, other, 1, IN), (other, bank, 1, OUT)], k=5)
            return lambda: [books.move(*way) for way in ways]

        posting = [post(other, source.random()) for other in others]
        results = in_parallel(*posting, lambda: [snapshots.take(at_least=1) for _ in range(3)])
        assert not any(isinstance(result, Exception) for result in results), results
        return ledger.balance(bank) != summed_up(bank)

    assert rounds(15, play).bad == 0
    assert bank.snapshots.count() > 5


def test_two_at_once_write_one():
    make_bank(4, 2)

    results = in_parallel(*[lambda: snapshots.take(at_least=1)] * 4)

    assert sorted(results) == [0, 0, 0, 1], results
