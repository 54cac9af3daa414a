"""Accounts with real money behind them, for tests of the ledger alone."""

import threading
from datetime import date
from uuid import UUID, uuid4

from clevervibes.lib import db
from coins import ledger
from coins.models import Balance, LedgerAccount, LedgerHold, LedgerHoldEnd, Transfer
from tests.factories import make_account

Kind = LedgerAccount.Kind
TODAY = date(2026, 9, 16)


@db.service
def open_account(kind: int, owner: UUID | None = None) -> LedgerAccount:
    return ledger.open_account(kind=kind, owner=owner or uuid4())


@db.service
def move(debit: LedgerAccount, credit: LedgerAccount, amount: int, kind: int = Transfer.Kind.REALLOCATION,
         key: UUID | None = None, **more: object) -> Transfer:  # fmt: skip
    """One transfer in a transaction of its own."""
    fields = {"effective_on": TODAY, **more}
    return ledger.post_transfer(debit=debit, credit=credit, amount=amount, kind=kind, key=key or uuid4(), **fields)


@db.service
def hold(account: LedgerAccount, amount: int, key: UUID | None = None) -> LedgerHold:
    return ledger.place_hold(account=account, amount=amount, key=key or uuid4())


@db.service
def capture(hold: LedgerHold, credit: LedgerAccount, key: UUID | None = None, **more: object) -> Transfer:
    return ledger.capture_hold(
        hold=hold, credit=credit, kind=Transfer.Kind.REALLOCATION, key=key or uuid4(), effective_on=TODAY, **more
    )


@db.service
def release(hold, outcome: int = LedgerHoldEnd.Outcome.CANCELLED) -> LedgerHoldEnd:
    return ledger.release_hold(hold=hold, outcome=outcome)


@db.service
def reverse(original: Transfer, amount: int | None = None, key: UUID | None = None, **more: object) -> Transfer:
    return ledger.reverse(
        original=original, amount=amount, kind=Transfer.Kind.REALLOCATION, key=key or uuid4(), effective_on=TODAY,
        **more,
    )  # fmt: skip


@db.service
def close(account: LedgerAccount) -> None:
    ledger.close_account(account)


@db.service
def post(postings: list[ledger.Posting]) -> int:
    return ledger.post_transfers(postings)


@db.service
def make_pool(coins: int = 0) -> LedgerAccount:
    """A pool with `coins`, paid for in euros like any deposit."""
    pool = ledger.open_account(kind=Kind.POOL, owner=uuid4())
    if coins:
        world, trust = ledger.open_account(kind=Kind.WORLD), ledger.open_account(kind=Kind.TRUST)
        unallotted = ledger.open_account(kind=Kind.UNALLOTTED, owner=uuid4())
        issuance = ledger.open_account(kind=Kind.ISSUANCE)
        for debit, credit, amount, kind in (
            (world, unallotted, coins * 10, Transfer.Kind.BANK_IN),
            (unallotted, trust, coins * 10, Transfer.Kind.ALLOTMENT),
            (issuance, pool, coins, Transfer.Kind.DEPOSIT),
        ):
            ledger.post_transfer(debit=debit, credit=credit, amount=amount, kind=kind, key=uuid4(), effective_on=TODAY)
    return pool


def make_youth(coins: int = 0) -> LedgerAccount:
    """A youth's account with `coins`, granted from a pool that was paid for."""
    return make_account(coins=coins)


def look(accounts):
    """Read balances as coins.ledger.lock does, without the lock."""
    return {row.pk: row for row in Balance.objects.filter(pk__in=[account.pk for account in accounts])}


def look_without_lock(monkeypatch, owner=ledger, step="lock"):
    """Take the lock out: one side has read what there is when the other comes through, and goes on after it.

    It rests after reading the balances, or in the later `step` of module `owner`. Return the function through which
    the other side is called.
    """
    looked, through = threading.Event(), threading.Event()
    monkeypatch.setattr(ledger, "lock", look)
    real = getattr(owner, step)

    def rest(*args, **kwargs):
        found = real(*args, **kwargs)
        # The other side, which is let through meanwhile, takes the same step.
        if not looked.is_set():
            looked.set()
            through.wait(30)
        return found

    def in_between(call):
        looked.wait(30)
        call()
        through.set()

    monkeypatch.setattr(owner, step, rest)
    return in_between
