"""Rows 9 and 10: what the ledger answers, how fast it proves itself, and how much room it takes."""

import time
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from statistics import median

from django.db import connection, connections, transaction

from clevervibes.bench.figures import Figure, Reach
from clevervibes.bench.ground import Ground
from clevervibes.bench.statements import counted
from clevervibes.lib import db
from coins import ledger, seal, snapshots
from coins.models import LedgerAccount

Kind = LedgerAccount.Kind

_LEVELS = (1_000, 10_000, 100_000, 1_000_000)
_LARGEST = 10_000_000
_TAIL = 900
_SOURCES = count(10**12, 10**9)  # no two fillings share one
_READS = 300
_PAYMENTS_PER_REDEMPTION = 4
_CHUNK = 50_000


# ── Row 9 ────────────────────────────────────────────────────────────────────────────────────────
def balances(ground: Ground) -> list[Figure]:
    with ground.town() as database:
        youth = LedgerAccount.objects.filter(kind=Kind.YOUTH).order_by("pk")[0]
        figures = [_read("balance, stored", youth, ground.rounds, Reach(at_most=0.2, of_value=True))]
        levels = [level for level in _LEVELS if level <= max(ground.entries, _LEVELS[0])]
        levels += [_LARGEST] if ground.large else []
        shops = list(LedgerAccount.objects.filter(kind=Kind.PARTNER).order_by("pk"))
        for shop, level in zip(shops, levels, strict=False):
            # As it stands at the end of a busy day: a snapshot of the night, and what came since.
            _redeem_at(shop, level - _TAIL)
            snapshots.take(patience=timedelta(minutes=1))
            _redeem_at(shop, _TAIL)
            ground.scratch.vacuum(database)
            name = f"balance, derived from {level:,} transfers"
            figures.append(_read(name, shop, ground.rounds, Reach(at_most=1.0, of_value=True)))
        first, last = figures[1], figures[-1]
        flat, reach = f"how flat: derived from {levels[-1]:,} transfers", Reach(at_most=2.0)
        figures.append(Figure(9, flat, "ms", last.values, reach, f"from {levels[0]:,}", first.values))
    return figures


def _read(name: str, account: LedgerAccount, rounds: int, reach: Reach) -> Figure:
    def one_read() -> float:
        began = time.perf_counter()
        ledger.balance(account)
        return (time.perf_counter() - began) * 1000

    one_read()
    figure = Figure(9, name, "ms", [median(one_read() for _ in range(_READS)) for _ in range(rounds)], reach)
    if figure.reached is False:
        with counted() as statements:
            for _ in range(_READS):
                ledger.balance(account)
        assert statements
        figure.profile.extend(statements.report())
    return figure


def _redeem_at(shop: LedgerAccount, transfers: int) -> None:
    """Let so many coins arrive at `shop`: neither side of these keeps a balance that would have to move."""
    issuance = db.service(ledger.open_account)(kind=Kind.ISSUANCE)
    _in_chunks(_ARRIVALS, transfers, {"issuance": issuance.pk, "shop": shop.pk})


def _in_chunks(statement: str, count: int, values: dict[str, int]) -> None:
    """Book `count` transfers as the owner, numbered from 0, chunk by chunk as a run does it."""
    values = {**values, "first_source": next(_SOURCES)}
    for first in range(0, count, _CHUNK):
        with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
            cursor.execute("SELECT set_config('coins.bulk', 'on', true)")
            cursor.execute(statement, {**values, "first": first, "last": min(first + _CHUNK, count) - 1})


_ARRIVALS = """
    INSERT INTO coins_transfer (debit_id, credit_id, amount, effective_on, asset, kind, source_id)
    SELECT %(issuance)s, %(shop)s, 1 + n %% 40, current_date, 1, 5, %(first_source)s + n
      FROM generate_series(%(first)s, %(last)s) n
"""


# ── Row 10 ───────────────────────────────────────────────────────────────────────────────────────
def proof(ground: Ground) -> list[Figure]:
    """Measure over as many payments as there are entries, and a redemption for every four of them."""
    payments = max(ground.entries // ground.rounds, 1)
    redemptions = max(ground.entries // _PAYMENTS_PER_REDEMPTION, 1)
    sealed = []
    with ground.town() as database:
        seal.seal()
        rooms = [_room()]
        for _round in range(ground.rounds):
            _book_many(_PAYMENTS, payments)
            sealed.append(_million_per_second(seal.seal))
        ground.scratch.vacuum(database)
        rooms.append(_room())
        _book_many(_REDEMPTIONS, redemptions)
        ground.scratch.vacuum(database)
        rooms.append(_room())
        recomputed = [_million_per_second(_recompute) for _round in range(ground.rounds)]
        speeds = [
            _speed("seal over new payments", sealed, 0.5, _SEALED_IN_ONE),
            _speed("every balance recomputed", recomputed, 1.0, _RECOMPUTE),
        ]
    return [
        *speeds,
        _size("size of a payment with its indexes", rooms[0], rooms[1], payments * ground.rounds),
        _size("size of a redemption with its indexes", rooms[1], rooms[2], redemptions),
    ]


def _million_per_second(work: Callable[[], int | None]) -> float:
    """Return the speed of `work`, which returns how many transfers it has read."""
    began = time.perf_counter()
    transfers = work()
    return (transfers or 0) / 1_000_000 / (time.perf_counter() - began)


def _speed(name: str, values: list[float], at_least: float, statement: str) -> Figure:
    reach = Reach(at_least=at_least, of_value=True)
    figure = Figure(10, name, "million transfers per second", values, reach)
    if figure.reached is False:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}")
            figure.profile.extend(str(row[0]) for row in cursor.fetchall())
    return figure


def _size(name: str, before: dict[str, int], after: dict[str, int], transfers: int) -> Figure:
    """Return the bytes a transfer takes, from the room that table and indexes took before and after so many."""
    each = {relation: (after[relation] - before[relation]) / transfers for relation in after}
    figure = Figure(10, name, "B", [sum(each.values())], Reach(at_most=240, of_value=True))
    if figure.reached is False:
        largest = sorted(each.items(), key=lambda row: row[1], reverse=True)
        figure.profile.extend(f"{size:.0f} B in {relation}" for relation, size in largest)
    return figure


def _room() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(_ROOM)
        return dict(cursor.fetchall())


_ROOM = """
    SELECT 'coins_transfer itself', pg_table_size('coins_transfer') UNION ALL
    SELECT indexrelid::regclass::text, pg_relation_size(indexrelid)
      FROM pg_index WHERE indrelid = 'coins_transfer'::regclass
"""


def _recompute() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_RECOMPUTE)
        bad, accounts, transfers = cursor.fetchone()
    if bad or not accounts:
        raise RuntimeError(f"{bad} of {accounts} balances are not what their transfers say")
    return int(transfers)


def _book_many(transfers: str, count: int) -> None:
    issuance = db.service(ledger.open_account)(kind=Kind.ISSUANCE)
    _in_chunks(_BOOKED.format(transfers=transfers), count, {"issuance": issuance.pk})


# Written in the order of accounts, run by run, as a run writes them.
_PAYMENTS = """
    SELECT %(issuance)s::bigint, y.id, 1 + n %% 40, 3, %(first_source)s + n, NULL::bigint, NULL::uuid, NULL::uuid
      FROM generate_series(%(first)s, %(last)s) n JOIN youth y ON y.place = n %% (SELECT count(*) FROM youth) ORDER BY n
"""

# One after the other, each by another youth at another shop.
_REDEMPTIONS = """
    SELECT y.id, s.id, 1, 5, %(first_source)s + n, n, NULL::uuid, NULL::uuid
      FROM generate_series(%(first)s, %(last)s) n
      JOIN youth y ON y.place = n * 7919::bigint %% (SELECT count(*) FROM youth)
      JOIN shop s ON s.place = n %% (SELECT count(*) FROM shop)
     ORDER BY n
"""

_BOOKED = """
    WITH youth AS MATERIALIZED (
      SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM coins_ledgeraccount WHERE kind = 4),
    shop AS MATERIALIZED (
      SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM coins_ledgeraccount WHERE kind = 5),
    written AS (
      INSERT INTO coins_transfer (debit_id, credit_id, amount, effective_on, asset, kind, source_id, hold_id,
                                  group_id, idempotency_key)
      SELECT debit_id, credit_id, amount, current_date, 1, kind, source_id, hold_id, group_id, key
        FROM ({transfers}) AS t (debit_id, credit_id, amount, kind, source_id, hold_id, group_id, key)
      RETURNING debit_id, credit_id, amount),
    moves AS (
      SELECT side.account_id, sum(side.amount)::bigint AS amount
        FROM written w
        CROSS JOIN LATERAL (VALUES (w.debit_id, -w.amount), (w.credit_id, w.amount)) AS side (account_id, amount)
       GROUP BY side.account_id)
    UPDATE coins_balance b SET posted = b.posted + m.amount FROM moves m WHERE b.account_id = m.account_id
"""

_RECOMPUTE = """
    SELECT count(*) FILTER (WHERE b.posted <> coalesce(flow.amount, 0)), count(*),
           (SELECT count(*) FROM coins_transfer)
      FROM coins_balance b
      LEFT JOIN (SELECT account_id, sum(amount)::bigint AS amount
                   FROM (SELECT debit_id AS account_id, -amount AS amount FROM coins_transfer
                         UNION ALL SELECT credit_id, amount FROM coins_transfer) side
                  GROUP BY account_id) flow ON flow.account_id = b.account_id
"""

# What a seal is made of, without writing one: rows in their order, as bytes, hashed.
_SEALED_IN_ONE = """
    SELECT count(*), sha256(string_agg(bytes, ''))
      FROM (SELECT coins_transfer_bytes(t) AS bytes FROM coins_transfer t ORDER BY t.xid, t.id LIMIT 200000) block
"""
