"""Coin lots: every coin a youth has came from one pool and is good until one date. Oldest are spent first.

All parts. They run after the transfer they belong to: its trigger has locked the youth's balance, so no two
of them choose from the same lots at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection

from accounts.models import YouthProfile
from clevervibes.lib import db
from coins import ledger
from coins.models import FundingPool, LedgerAccount, Lot, Transfer, YouthAccount

YEARS_VALID = 3
DAYS_AFTER_REFUND = 30


class LotsDiffer(RuntimeError):
    """The lots of an account do not hold what its balance says. The transaction must not be committed."""


def account_for(youth: YouthProfile) -> LedgerAccount:
    """Return the youth's account, opened under a random id if there is none yet."""
    db.require_transaction()
    link = YouthAccount.objects.select_related("account").filter(youth=youth).first()
    if link is None:
        # The profile's row is the lock: two at once must not open two accounts.
        YouthProfile.objects.select_for_update(no_key=True).get(pk=youth.pk)
        link = YouthAccount.objects.select_related("account").filter(youth=youth).first()
    if link is None:
        account = ledger.open_account(kind=LedgerAccount.Kind.YOUTH, owner=ledger.random_owner())
        link = YouthAccount.objects.create(youth=youth, account=account)
    return link.account


def valid_until(earned_on: date) -> date:
    """Return the last day of coins earned on `earned_on`: one date a year, so one season of notices."""
    return date(earned_on.year + YEARS_VALID, 12, 31)


def give(*, pool: FundingPool, account: LedgerAccount, coins: int, kind: int, key: UUID, source_id: int | None = None,
         group: UUID | None = None, effective_on: date) -> Lot:  # fmt: skip
    """Move coins from a pool to a youth as a lot of their own, once per `key`.

    :raises coins.ledger.InsufficientBalance: if the pool has less.
    """
    pool_account = ledger.open_account(kind=LedgerAccount.Kind.POOL, owner=pool.public_id)
    transfer = ledger.post_transfer(
        debit=pool_account, credit=account, amount=coins, kind=kind, key=key, source_id=source_id,
        group=group, effective_on=effective_on,
    )  # fmt: skip
    lot, _created = Lot.objects.get_or_create(
        transfer=transfer,
        defaults={
            "account": account, "pool": pool, "coins": coins, "left": coins,
            "valid_until": valid_until(effective_on),
        },
    )  # fmt: skip
    return lot


def spend(*, account: LedgerAccount, transfer: Transfer) -> None:
    """Take the coins of `transfer`, just posted from `account`, out of its lots, the oldest first.

    A transfer that captures a hold takes first what was good on the day the hold was placed: coins whose last day
    was over by then wait for an older hold, or for their expiry. Doing it again for the same transfer changes nothing.
    """
    good_on = transfer.hold.placed_on if transfer.hold else None
    values = {"account": account.pk, "transfer": transfer.pk, "coins": transfer.amount, "good_on": good_on}
    _move("SELECT coins_spend_lots(%(account)s, %(transfer)s, %(coins)s, %(good_on)s)", values, transfer)


def give_back(*, original: Transfer, refund: Transfer) -> None:
    """Put the coins of `refund` back into the lots that `original` took them from, the youngest first.

    They keep their date, but are good for another 30 days at least. Doing it again changes nothing.
    """
    at_least = refund.effective_on + timedelta(days=DAYS_AFTER_REFUND)
    values = {"original": original.pk, "transfer": refund.pk, "coins": refund.amount, "at_least": at_least}
    _move(_GIVE_BACK, values, refund)


def _move(statement: str, values: dict[str, Any], transfer: Transfer) -> None:
    db.require_transaction()
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        moved = cursor.fetchone()[0]
    if moved != transfer.amount:
        raise LotsDiffer(f"transfer {transfer.pk} moves {transfer.amount} coins, its lots {moved}")


@contextmanager
def refusals() -> Iterator[None]:
    """Say in the club's words what the ledger, or the lots, said in PostgreSQL's."""
    try:
        with ledger.refusals():
            yield
    except IntegrityError as error:
        if db.constraint(error) != "coins_lots_differ":
            raise
        raise LotsDiffer(str(error)) from error


# `before` is what younger lots take: one is given back to as long as those before it do not hold all of it.
_GIVE_BACK = """
    WITH out AS (
      SELECT m.lot_id, -sum(m.coins) AS coins
        FROM coins_lotmove m JOIN coins_transfer t ON t.id = m.transfer_id
       WHERE (t.id = %(original)s OR t.reverses_id = %(original)s)
         AND NOT EXISTS (SELECT FROM coins_lotmove WHERE transfer_id = %(transfer)s)
       GROUP BY m.lot_id HAVING sum(m.coins) < 0),
    line AS (
      SELECT l.id, o.coins, sum(o.coins) OVER (ORDER BY l.valid_until DESC, l.id DESC) - o.coins AS before
        FROM out o JOIN coins_lot l ON l.id = o.lot_id),
    back AS (SELECT id, least(coins, %(coins)s - before) AS coins FROM line WHERE before < %(coins)s),
    changed AS (
      UPDATE coins_lot l SET "left" = l."left" + b.coins, valid_until = greatest(l.valid_until, %(at_least)s)
        FROM back b WHERE l.id = b.id RETURNING b.id),
    written AS (INSERT INTO coins_lotmove (transfer_id, lot_id, coins) SELECT %(transfer)s, id, coins FROM back)
    SELECT coalesce((SELECT sum(coins) FROM back),
                    (SELECT sum(coins) FROM coins_lotmove WHERE transfer_id = %(transfer)s), 0)::bigint
"""
