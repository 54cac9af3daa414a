"""Coins on their way back: from a youth to the pools they came from, and from an ended pool to the common one.

All parts. Whoever calls them has locked the youths' balances (`lock`), so the lots stay as they were read.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID, uuid5

from django.db import connection
from django.db.models import QuerySet

from accounts.models import Club
from clevervibes.lib import db
from coins import funding, ledger
from coins.models import Backflow, Balance, FundingPool, LedgerAccount, Lot, LotMove, MoneyOrder, Transfer

# Keys of the ledger are derived from the row that was written for the transfer.
_KEYS = UUID("9d0d5c0e-7d1b-4b6c-8f0e-52f7a9f0c3d1")

Taken = Sequence[tuple[Lot, int]]  # a lot, read with its pool and account, and how many of its coins


def lock(accounts: Iterable[LedgerAccount], lots: QuerySet[Lot]) -> dict[int, Balance]:
    """Lock the balances of `accounts` and of the pools that `lots` came from; return them by account id."""
    pools = FundingPool.objects.filter(pk__in=lots.values("pool"))
    return ledger.lock([*accounts, *funding.accounts_of(pools).values()])


def live_lots(accounts: Iterable[int]) -> list[Lot]:
    """Return the lots of `accounts` in which something is left, the oldest first."""
    return list(
        Lot.objects.filter(account__in=list(accounts), left__gt=0)
        .select_related("account", "pool__sponsor__organisation__club", "pool__club")
        .order_by("account", "valid_until", "pk")
    )


def to_pools(taken: Taken, *, kind: Transfer.Kind, effective_on: date, order: MoneyOrder | None = None) -> int:
    """Move coins out of lots and back to their pools; return how many. One transfer per youth and pool.

    What returns to a pool that has ended goes on to its club's common pool.
    """
    db.require_transaction()
    if not taken:
        return 0
    parts: dict[tuple[int, int], list[tuple[Lot, int]]] = defaultdict(list)
    for lot, coins in taken:
        parts[lot.account_id, lot.pool_id].append((lot, coins))
    rows = Backflow.objects.bulk_create(
        Backflow(
            kind=kind, account_id=account, pool_id=pool, coins=sum(coins for _lot, coins in some),
            effective_on=effective_on, order=order,
        )
        for (account, pool), some in parts.items()
    )  # fmt: skip
    pools = {lot.pool_id: lot.pool for lot, _coins in taken}
    pool_accounts = funding.accounts_of(pools.values())
    group = order.public_id if order else None
    ledger.post_transfers(
        [
            ledger.Posting(some[0][0].account, pool_accounts[row.pool_id], row.coins, kind, effective_on,
                           key=_key("backflow", row), source_id=row.pk, group=group)
            for row, some in zip(rows, parts.values(), strict=True)
        ]
    )  # fmt: skip
    _out_of_lots(rows, list(parts.values()), kind)
    for pool_id, pool in pools.items():
        first = next(row for row in rows if row.pool_id == pool_id)
        coins = sum(row.coins for row in rows if row.pool_id == pool_id)
        sweep(pool, coins, key=_key("sweep", first), effective_on=effective_on)
    return sum(row.coins for row in rows)


def refund(*, original: Transfer, key: UUID, group: UUID | None, effective_on: date,
           kind: Transfer.Kind = Transfer.Kind.REFUND, debit: LedgerAccount | None = None) -> Transfer:  # fmt: skip
    """Give back all that `original` moved, to the pools of its lots: the youth's account is closed.

    One transfer per pool; the first one is returned. After a settlement the shop has no coins left to give: `debit`
    then says where they come from.
    """
    db.require_transaction()
    parts: dict[FundingPool, int] = {}
    moves = LotMove.objects.filter(transfer=original).select_related("lot__pool__sponsor__organisation__club")
    for move in moves.order_by("pk"):
        parts[move.lot.pool] = parts.get(move.lot.pool, 0) - move.coins
    accounts = funding.accounts_of(parts)
    refunds = []
    for pool, coins in parts.items():
        transfer = ledger.reverse(
            original=original, amount=coins, kind=kind, key=uuid5(key, str(pool.public_id)), debit=debit,
            credit=accounts[pool.pk], group=group, effective_on=effective_on,
        )  # fmt: skip
        sweep(pool, coins, key=uuid5(key, f"sweep {pool.public_id}"), effective_on=effective_on)
        refunds.append(transfer)
    return refunds[0]


def sweep(pool: FundingPool, coins: int, *, key: UUID, effective_on: date) -> None:
    """Pass on what came back to a pool that has ended: to the common pool, unless its rest belongs to the sponsor."""
    if pool.ended_at is None or pool.rest_goes == FundingPool.Rest.SPONSOR:
        return
    common = common_pool_for(pool)
    if common is None or common == pool:
        return
    ledger.post_transfer(
        debit=funding.account_of(pool), credit=funding.account_of(common), amount=coins,
        kind=Transfer.Kind.REALLOCATION, key=key, effective_on=effective_on,
    )  # fmt: skip


def common_pool_for(pool: FundingPool) -> FundingPool | None:
    """Return the common pool of the club that `pool` is for, or else of its sponsor's; None for a pool of nobody."""
    club = pool.club or (pool.sponsor.organisation.club if pool.sponsor else None)
    return common_pool(club) if club else None


def common_pool(club: Club) -> FundingPool:
    """Return the club's common pool, opened if there is none."""
    db.require_transaction()
    pool, created = FundingPool.objects.get_or_create(
        club=club, sponsor=None, ended_at=None, defaults={"name": f"Gemeinschaftstopf {club.name}"}
    )
    if created:
        funding.account_of(pool)
    return pool


def _out_of_lots(rows: Sequence[Backflow], parts: Sequence[Taken], kind: Transfer.Kind) -> None:
    transfer_of = dict(
        Transfer.objects.filter(kind=kind, source_id__in=[row.pk for row in rows]).values_list("source_id", "pk")
    )
    moves = [
        LotMove(transfer_id=transfer_of[row.pk], lot=lot, coins=-coins)
        for row, some in zip(rows, parts, strict=True)
        for lot, coins in some
    ]
    LotMove.objects.bulk_create(moves)
    with connection.cursor() as cursor:
        cursor.execute(
            'UPDATE coins_lot l SET "left" = l."left" + m.coins'
            "  FROM unnest(%s::bigint[], %s::bigint[]) AS m (lot_id, coins) WHERE l.id = m.lot_id",
            [[move.lot_id for move in moves], [move.coins for move in moves]],
        )


def _key(what: str, row: Backflow) -> UUID:
    return uuid5(_KEYS, f"{what}:{row.pk}")
