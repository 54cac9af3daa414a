"""Proof that the books are right: every invariant of the ledger, recomputed from the rows in one query."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from coins.models.ledger import ROUTES, LedgerAccount, Transfer


@dataclass(frozen=True)
class Result:
    """One invariant: how many rows break it, and one of them in words."""

    name: str
    bad: int
    example: str | None = None


def check() -> list[Result]:
    """Return every invariant with the number of rows that break it, recomputed from the rows in one query."""
    return _ask(_RECOMPUTED, _INVARIANTS)


def look() -> list[Result]:
    """Return the invariants that a short look decides: the sums over all accounts, with stored balances as they stand.

    Costs a read of the accounts, not of the transfers, so it is asked every few minutes.
    """
    return _ask(_AS_THEY_STAND, {name: _INVARIANTS[name] for name in _AT_A_GLANCE})


def prepare(name: str) -> None:
    """Let PostgreSQL plan what `check` asks, for this session: `EXECUTE name` then answers as often as it is asked.

    Planning it takes far longer than asking it of small books.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"PREPARE {name} AS {_query(_RECOMPUTED, _INVARIANTS)}", _parameters())


def _ask(accounts: str, invariants: dict[str, str]) -> list[Result]:
    with transaction.atomic(), connection.cursor() as cursor:
        # Compiling so many plans costs more than it saves.
        cursor.execute("SET LOCAL statement_timeout = '10min'; SET LOCAL jit = off")
        cursor.execute(_query(accounts, invariants), _parameters())
        return [Result(*row) for row in cursor.fetchall()]


def _query(accounts: str, invariants: dict[str, str]) -> str:
    return accounts + " UNION ALL ".join(
        f"SELECT '{name}', count(*), min(broken.row) FROM ({sql}) AS broken (row)"  # noqa: S608 (texts of this module)
        for name, sql in invariants.items()
    )


def _parameters() -> dict[str, Any]:
    accounts = {kind.name.lower(): kind.value for kind in LedgerAccount.Kind}
    transfers = {kind.name.lower(): kind.value for kind in Transfer.Kind}
    routes = tuple((int(kind), int(debit), int(credit)) for kind in ROUTES for debit, credit in ROUTES[kind])
    return {
        **transfers,
        **accounts,
        "coin_value_cents": settings.COIN_VALUE_CENTS,
        "routes": routes,
    }


# Each invariant selects the rows that break it, as one text that names them.
_INVARIANTS = {
    "transfers join two accounts of one asset": """
        SELECT concat('transfer ', t.id, ': ', t.amount, ' from account ', t.debit_id, ' to ', t.credit_id)
          FROM coins_transfer t
          LEFT JOIN coins_ledgeraccount d ON d.id = t.debit_id AND d.asset = t.asset
          LEFT JOIN coins_ledgeraccount c ON c.id = t.credit_id AND c.asset = t.asset
         WHERE d.id IS NULL OR c.id IS NULL OR t.amount <= 0 OR t.debit_id = t.credit_id""",
    "transfers follow the chart of accounts": """
        SELECT concat('transfer ', t.id, ': kind ', t.kind, ' from a ', d.kind, ' to a ', c.kind, ' account')
          FROM coins_transfer t
          JOIN coins_ledgeraccount d ON d.id = t.debit_id
          JOIN coins_ledgeraccount c ON c.id = t.credit_id
         WHERE (t.kind, d.kind, c.kind) NOT IN %(routes)s""",
    "balances sum to zero per asset": """
        SELECT concat('asset ', asset, ': ', sum(coalesce(posted, derived)))
          FROM account GROUP BY asset HAVING sum(coalesce(posted, derived)) <> 0""",
    "stored balances equal their transfers": """
        SELECT concat('account ', id, ': stored ', posted, ', transfers say ', derived)
          FROM account WHERE stored <> (posted IS NOT NULL) OR posted <> derived""",
    "held coins equal live holds": """
        SELECT concat('account ', a.id, ': held ', a.held, ', live holds say ', coalesce(h.amount, 0))
          FROM account a
          LEFT JOIN (SELECT h.account_id, sum(h.amount) AS amount FROM coins_ledgerhold h
                      WHERE NOT EXISTS (SELECT FROM coins_ledgerholdend e WHERE e.hold_id = h.id)
                      GROUP BY h.account_id) h ON h.account_id = a.id
         WHERE coalesce(a.held, 0) <> coalesce(h.amount, 0)""",
    "no account is below its floor": """
        SELECT concat('account ', id, ': ', coalesce(posted, derived), ', held ', held)
          FROM account
         WHERE held < 0 OR posted - held < floor
            OR (kind IN (%(clearing)s, %(partner)s) AND derived < 0)""",
    "closed accounts are empty": """
        SELECT concat('account ', a.id, ': ', coalesce(a.posted, a.derived), ', held ', coalesce(a.held, 0))
          FROM account a JOIN coins_ledgeraccount c ON c.id = a.id
         WHERE c.closed_at IS NOT NULL AND (coalesce(a.posted, a.derived) <> 0 OR coalesce(a.held, 0) <> 0)""",
    "captured holds have their transfer": """
        SELECT concat('hold ', coalesce(h.id, t.hold_id), ', transfer ', coalesce(t.id, h.transfer_id))
          FROM (SELECT id, hold_id, debit_id, amount FROM coins_transfer WHERE hold_id IS NOT NULL) t
          FULL JOIN (SELECT h.id, h.account_id, h.amount, e.transfer_id FROM coins_ledgerholdend e
                       JOIN coins_ledgerhold h ON h.id = e.hold_id
                      WHERE e.transfer_id IS NOT NULL) h ON h.id = t.hold_id AND h.transfer_id = t.id
         WHERE t.id IS NULL OR h.id IS NULL OR t.debit_id <> h.account_id OR t.amount > h.amount""",
    "reversals stay within their original": """
        SELECT concat('transfer ', o.id, ': ', sum(t.amount), ' of ', o.amount, ' reversed')
          FROM coins_transfer t LEFT JOIN coins_transfer o ON o.id = t.reverses_id
         WHERE t.reverses_id IS NOT NULL
         GROUP BY o.id, o.amount, o.reverses_id
        HAVING o.id IS NULL OR o.reverses_id IS NOT NULL OR sum(t.amount) > o.amount""",
    "every coin is backed": """
        SELECT concat(coins, ' coins are outstanding, ', cents, ' cents are set aside')
          FROM (SELECT coalesce(sum(coalesce(posted, derived)) FILTER (
                         WHERE kind IN (%(pool)s, %(clearing)s, %(youth)s, %(partner)s)), 0) AS coins,
                       coalesce(sum(posted) FILTER (WHERE kind = %(trust)s), 0) AS cents
                  FROM account) x
         WHERE coins * %(coin_value_cents)s <> cents""",
    "the bank holds what the books say": """
        SELECT concat('paid in and not out: ', bank, ' cents, in the books: ', books)
          FROM (SELECT coalesce(-sum(derived) FILTER (WHERE kind = %(world)s), 0) AS bank,
                       coalesce(sum(posted) FILTER (
                         WHERE kind IN (%(trust)s, %(payable)s, %(own)s, %(unallotted)s)), 0) AS books
                  FROM account) x
         WHERE bank <> books""",
    "lots hold what their youth has": """
        SELECT concat('account ', a.id, ': ', coalesce(a.posted, 0), ' coins, in lots ', coalesce(l."left", 0))
          FROM account a
          FULL JOIN (SELECT account_id, sum("left") AS "left" FROM coins_lot GROUP BY account_id) l
            ON l.account_id = a.id
         WHERE (a.kind = %(youth)s OR l.account_id IS NOT NULL) AND coalesce(a.posted, 0) <> coalesce(l."left", 0)""",
    "lots add up": """
        SELECT concat('lot ', l.id, ': ', l."left", ' left of ', l.coins, ', moves ', coalesce(m.coins, 0))
          FROM coins_lot l
          LEFT JOIN (SELECT lot_id, sum(coins) AS coins FROM coins_lotmove GROUP BY lot_id) m ON m.lot_id = l.id
          LEFT JOIN coins_transfer t ON t.id = l.transfer_id
          LEFT JOIN coins_fundingpool p ON p.id = l.pool_id
         WHERE p.id IS NULL OR l."left" <> l.coins + coalesce(m.coins, 0)
            OR (t.credit_id, t.amount) IS DISTINCT FROM (l.account_id, l.coins)""",
    "what leaves a youth leaves its lots": """
        SELECT concat('transfer ', t.id, ': ', t.amount, ' coins, lots moved ',
                      coalesce(l.coins, 0) + coalesce(m.coins, 0))
          FROM coins_transfer t
          JOIN coins_ledgeraccount d ON d.id = t.debit_id
          JOIN coins_ledgeraccount c ON c.id = t.credit_id
          LEFT JOIN coins_lot l ON l.transfer_id = t.id
          LEFT JOIN (SELECT transfer_id, sum(coins) AS coins FROM coins_lotmove GROUP BY transfer_id) m
            ON m.transfer_id = t.id
         WHERE (d.kind = %(youth)s OR c.kind = %(youth)s)
           AND coalesce(l.coins, 0) + coalesce(m.coins, 0)
            <> CASE WHEN c.kind = %(youth)s THEN t.amount ELSE 0 END
             - CASE WHEN d.kind = %(youth)s THEN t.amount ELSE 0 END""",
    "deposits equal their transfers": """
        SELECT concat('deposit ', d.id, ': ', d.amount_cents, ' cents, ', d.coins, ' coins')
          FROM coins_deposit d
         WHERE (d.amount_cents, d.coins * %(coin_value_cents)s, d.coins) <>
               (SELECT coalesce(sum(amount) FILTER (WHERE kind = %(bank_in)s), 0),
                       coalesce(sum(amount) FILTER (WHERE kind = %(allotment)s), 0),
                       coalesce(sum(amount) FILTER (WHERE kind = %(deposit)s), 0)
                  FROM coins_transfer WHERE group_id = d.public_id)""",
    "clearing holds what open runs still owe": """
        SELECT concat('account ', a.id, ': ', a.derived, ' coins, still to pay ', coalesce(o.coins, 0))
          FROM account a
          JOIN coins_ledgeraccount c ON c.id = a.id
          LEFT JOIN coins_fundingpool p ON p.public_id = c.owner
          LEFT JOIN (
            SELECT pool_id, sum(coins) AS coins
              FROM (SELECT rp.pool_id, rp.coins
                      FROM coins_conversionrun r JOIN coins_runpool rp ON rp.run_id = r.id WHERE r.closed_at IS NULL
                    UNION ALL
                    SELECT p.pool_id, -p.coins
                      FROM coins_conversionrun r JOIN coins_payment p ON p.run_id = r.id WHERE r.closed_at IS NULL) part
             GROUP BY pool_id) o ON o.pool_id = p.id
         WHERE a.kind = %(clearing)s AND a.derived <> coalesce(o.coins, 0)""",
    # What is not paid yet stands in the chunks that wait for it; what could not be paid went back.
    "runs pay what their pools release": """
        SELECT concat('run ', r.id, ', pool ', rp.pool_id, ': released ', rp.coins, ', back ', rp.leftover_coins,
                      ', paid ', coalesce(p.coins, 0))
          FROM coins_conversionrun r
          JOIN coins_runpool rp ON rp.run_id = r.id
          LEFT JOIN (SELECT run_id, pool_id, sum(coins) AS coins FROM coins_payment GROUP BY run_id, pool_id) p
            ON p.run_id = rp.run_id AND p.pool_id = rp.pool_id
         WHERE rp.coins < rp.leftover_coins + coalesce(p.coins, 0)
            OR (r.closed_at IS NOT NULL AND rp.coins > rp.leftover_coins + coalesce(p.coins, 0))
         UNION ALL
        SELECT concat('run ', r.id, ': released ', r.released_coins, ', back ', r.leftover_coins, ', lines ', l.paid,
                      ', pools ', p.coins, ', chunks ', c.coins)
          FROM coins_conversionrun r
          LEFT JOIN LATERAL (SELECT coalesce(sum(paid_coins), 0) AS paid, coalesce(sum(due_coins), 0) AS due,
                                    coalesce(sum(counted_minutes), 0) AS counted
                               FROM coins_conversionline WHERE run_id = r.id) l ON true
          LEFT JOIN LATERAL (SELECT coalesce(sum(coins), 0) AS coins, coalesce(sum(leftover_coins), 0) AS back
                               FROM coins_runpool WHERE run_id = r.id) p ON true
          LEFT JOIN LATERAL (SELECT coalesce(sum(coins), 0) AS coins FROM coins_runchunk WHERE run_id = r.id) c ON true
         WHERE (r.released_coins, r.released_coins, r.leftover_coins) <> (p.coins, c.coins, p.back)
            OR (r.closed_at IS NOT NULL
                AND (r.released_coins - r.leftover_coins, r.due_coins, r.counted_minutes)
                 <> (l.paid, l.due, l.counted))""",
    "payments equal their transfers": """
        SELECT concat('transfer ', t.id, ': ', t.amount, ' to account ', t.credit_id, ', payment ', p.id)
          FROM (SELECT id, credit_id, amount, source_id FROM coins_transfer WHERE kind = %(conversion)s) t
          FULL JOIN coins_payment p ON p.id = t.source_id
         WHERE (p.account_id, p.coins) IS DISTINCT FROM (t.credit_id, t.amount)""",
    "lines equal their items and payments": """
        SELECT concat('run ', run_id, ', account ', account_id, ': ', sum(lines), ' lines, minutes off by ',
                      sum(minutes), ', counted by ', sum(counted), ', units by ', sum(units), ', coins by ', sum(coins))
          FROM (SELECT run_id, account_id, 1 AS lines, minutes, counted_minutes AS counted, units, paid_coins AS coins
                  FROM coins_conversionline
                UNION ALL
                SELECT run_id, account_id, 0, -minutes, -counted_minutes, from_units - to_units, 0
                  FROM coins_conversionitem
                UNION ALL
                SELECT run_id, account_id, 0, 0, 0, 0, -coins FROM coins_payment
                UNION ALL
                -- Counted, and not paid yet.
                SELECT c.run_id, t.account_id, 1, t.minutes, t.counted, t.units, 0
                  FROM coins_runchunk c
                 CROSS JOIN LATERAL unnest(c.tally_accounts, c.tally_minutes, c.tally_counted, c.tally_units)
                         AS t (account_id, minutes, counted, units)
                 WHERE c.paid_at IS NULL) part
         GROUP BY run_id, account_id
        HAVING (sum(lines), sum(minutes), sum(counted), sum(units), sum(coins)) <> (1, 0, 0, 0, 0)""",
    "axes add up": """
        SELECT concat('account ', coalesce(x.account_id, i.account_id), ': axis ', x.covered_units, '/', x.end_units,
                      ', payments ', p.units, ', items ', i.units)
          FROM coins_axis x
          FULL JOIN (SELECT account_id, sum(to_units - from_units) AS units, max(to_units) AS reach
                       FROM coins_conversionitem GROUP BY account_id) i ON i.account_id = x.account_id
          LEFT JOIN (SELECT account_id, sum(to_units - from_units) AS units, max(to_units) AS reach
                       FROM coins_payment GROUP BY account_id) p ON p.account_id = x.account_id
         WHERE (x.end_units, x.end_units, x.covered_units, x.covered_units) IS DISTINCT FROM
               (coalesce(i.units, 0), coalesce(i.reach, 0), coalesce(p.units, 0), coalesce(p.reach, 0))""",
    "the coins of each pool are somewhere": """
        SELECT concat('pool ', p.id, ': received ', coalesce(w.received, 0), ', found ', w.here + coalesce(l.coins, 0))
          FROM coins_fundingpool p
          LEFT JOIN LATERAL (
            SELECT coalesce(sum(coalesce(a.posted, a.derived)), 0) AS here,
                   (SELECT coalesce(sum(CASE WHEN t.credit_id = pa.id THEN t.amount ELSE -t.amount END), 0)
                      FROM coins_ledgeraccount pa
                      JOIN coins_transfer t ON t.credit_id = pa.id OR t.debit_id = pa.id
                     WHERE pa.owner = p.public_id AND pa.kind = %(pool)s
                       AND t.kind IN (%(deposit)s, %(reallocation)s, %(withdrawal)s, %(refund)s, %(correction)s)
                   ) AS received
              FROM account a JOIN coins_ledgeraccount c ON c.id = a.id
             WHERE c.owner = p.public_id AND a.kind IN (%(pool)s, %(clearing)s)) w ON true
          -- Coins still in lots, or redeemed: whatever else left a lot went back to a pool.
          LEFT JOIN (
            SELECT pool_id, sum(coins) AS coins
              FROM (SELECT pool_id, "left" AS coins FROM coins_lot
                    UNION ALL
                    SELECT l.pool_id, -m.coins
                      FROM coins_lotmove m
                      JOIN coins_transfer t ON t.id = m.transfer_id
                      JOIN coins_lot l ON l.id = m.lot_id
                     WHERE t.kind IN (%(redemption)s, %(refund)s, %(correction)s)) part
             GROUP BY pool_id) l ON l.pool_id = p.id
         WHERE coalesce(w.received, 0) <> w.here + coalesce(l.coins, 0)""",
    # With the two around it: what a sponsor paid in and has not got back is in its pools, with youths, or was redeemed.
    "the euros of each sponsor are its coins": """
        SELECT concat('sponsor ', s.id, ': ', e.cents, ' cents set aside, ', c.coins, ' coins issued')
          FROM coins_sponsor s
          CROSS JOIN LATERAL (
            SELECT coalesce((SELECT sum(CASE WHEN t.debit_id = u.id THEN t.amount ELSE -t.amount END)
                               FROM coins_ledgeraccount u
                               JOIN coins_transfer t ON t.debit_id = u.id OR t.credit_id = u.id
                              WHERE u.kind = %(unallotted)s AND u.owner = s.public_id
                                AND t.kind IN (%(allotment)s, %(withdrawal_eur)s)), 0)
                 - coalesce((SELECT sum(t.amount)
                               FROM coins_moneyorder o
                               JOIN coins_fundingpool p ON p.id = o.pool_id AND p.sponsor_id = s.id
                               JOIN coins_transfer t ON t.source_id = o.id AND t.kind = %(withdrawal_eur)s
                              WHERE o.deposit_id IS NULL), 0) AS cents) e
          CROSS JOIN LATERAL (
            SELECT coalesce((SELECT sum(d.coins) FROM coins_deposit d WHERE d.sponsor_id = s.id), 0)
                 - coalesce((SELECT sum(t.amount)
                               FROM coins_moneyorder o
                               JOIN coins_fundingpool p ON p.id = o.pool_id
                               LEFT JOIN coins_deposit d ON d.id = o.deposit_id
                               JOIN coins_transfer t ON t.source_id = o.id AND t.kind = %(withdrawal)s
                              WHERE coalesce(d.sponsor_id, p.sponsor_id) = s.id), 0) AS coins) c
         WHERE e.cents <> c.coins * %(coin_value_cents)s""",
    "orders equal their transfers": """
        SELECT concat('order ', o.id, ': ', o.moved_coins, ' coins, ', o.paid_cents, ' cents, transfers say ', t.coins,
                      ' and ', t.cents)
          FROM coins_moneyorder o
         CROSS JOIN LATERAL (
           SELECT coalesce(sum(amount) FILTER (WHERE kind IN (
                    %(grant)s, %(take_back)s, %(reallocation)s, %(withdrawal)s)), 0) AS coins,
                  coalesce(sum(amount) FILTER (WHERE kind = %(bank_back)s
                    OR kind = %(withdrawal_eur)s AND o.deposit_id IS NULL), 0) AS cents
             FROM coins_transfer WHERE group_id = o.public_id) t
         WHERE (o.moved_coins, o.paid_cents) <> (t.coins, t.cents)""",
    "backflows equal their transfers": """
        SELECT concat('backflow ', b.id, ': ', b.coins, ' of account ', b.account_id, ', transfer ', t.id)
          FROM coins_backflow b
          LEFT JOIN coins_transfer t ON t.kind = b.kind AND t.source_id = b.id
         WHERE (t.debit_id, t.amount) IS DISTINCT FROM (b.account_id, b.coins)""",
    "snapshots say what the transfers said": """
        SELECT concat('account ', s.account_id, ' up to transfer ', s.upto_id, ': ', s.balance, ', transfers say ',
                      s.balance_before + moved.amount)
          FROM (SELECT account_id, upto_id, balance, lag(upto_id, 1, 0::bigint) OVER w AS upto_before,
                       lag(balance, 1, 0::bigint) OVER w AS balance_before
                  FROM coins_balancesnapshot WINDOW w AS (PARTITION BY account_id ORDER BY upto_id)) s
         CROSS JOIN LATERAL (
           SELECT coalesce((SELECT sum(amount) FROM coins_transfer
                             WHERE credit_id = s.account_id AND id > s.upto_before AND id <= s.upto_id), 0)
                - coalesce((SELECT sum(amount) FROM coins_transfer
                             WHERE debit_id = s.account_id AND id > s.upto_before AND id <= s.upto_id), 0)
                  AS amount) moved
         WHERE s.balance <> s.balance_before + moved.amount""",
    # Where a foreign key is not the database's business, nothing else notices.
    "no row points at nothing": """
        SELECT concat('hold ', h.id, ': account ', h.account_id)
          FROM coins_ledgerhold h LEFT JOIN coins_ledgeraccount a ON a.id = h.account_id WHERE a.id IS NULL
         UNION ALL
        SELECT concat('balance of account ', b.account_id)
          FROM coins_balance b LEFT JOIN coins_ledgeraccount a ON a.id = b.account_id WHERE a.id IS NULL
         UNION ALL
        SELECT concat('axis of account ', x.account_id)
          FROM coins_axis x LEFT JOIN coins_ledgeraccount a ON a.id = x.account_id WHERE a.id IS NULL
         UNION ALL
        SELECT concat('lot move ', m.id, ': transfer ', m.transfer_id)
          FROM coins_lotmove m LEFT JOIN coins_transfer t ON t.id = m.transfer_id WHERE t.id IS NULL
         UNION ALL
        SELECT concat('line ', l.id, ': run ', l.run_id, ', account ', l.account_id)
          FROM coins_conversionline l
          LEFT JOIN coins_conversionrun r ON r.id = l.run_id
          LEFT JOIN coins_ledgeraccount a ON a.id = l.account_id AND a.kind = %(youth)s
         WHERE r.id IS NULL OR a.id IS NULL
         UNION ALL
        SELECT concat('item of entry ', i.entry_id, ': category ', i.category_id, ', policy ', i.policy_id)
          FROM coins_conversionitem i
          LEFT JOIN activities_category c ON c.id = i.category_id
          LEFT JOIN coins_conversionpolicy p ON p.id = i.policy_id
         WHERE c.id IS NULL OR p.id IS NULL
         UNION ALL
        SELECT concat('payment ', y.id, ': pool ', y.pool_id)
          FROM coins_payment y LEFT JOIN coins_fundingpool p ON p.id = y.pool_id WHERE p.id IS NULL""",
    "the seal has no gap": """
        SELECT concat('seal ', seq)
          FROM (SELECT s.*, lag(seq, 1, 0::bigint) OVER w AS seq_before, lag(hash, 1, ''::bytea) OVER w AS hash_before,
                       lag(epoch) OVER w AS epoch_before, lag(to_xid) OVER w AS xid_before,
                       lag(to_id) OVER w AS id_before
                  FROM coins_ledgerseal s WINDOW w AS (ORDER BY seq)) s
         WHERE seq <> seq_before + 1 OR previous <> hash_before
            OR ((from_xid, from_id) <> (xid_before, id_before) AND epoch = epoch_before)""",
    # A chain that was written anew is whole by itself; what was published tells it apart.
    "the published seals are those of the chain": """
        SELECT concat('day seal ', d.number, ': seal ', d.to_seq, ' is not the one that was published')
          FROM coins_dayseal d LEFT JOIN coins_ledgerseal s ON s.seq = d.to_seq
         WHERE coalesce(s.hash, '') <> d.head""",
    "the published seals have no gap": """
        SELECT concat('day seal ', number)
          FROM (SELECT d.number, d.previous, d.from_seq, d.hash,
                       sha256(convert_to(coins_day_text(d), 'UTF8')) AS now_is,
                       lag(d.number, 1, 0::bigint) OVER w AS number_before, lag(d.hash, 1, ''::bytea) OVER w AS before,
                       lag(d.to_seq, 1, 0::bigint) OVER w AS seq_before
                  FROM coins_dayseal d WINDOW w AS (ORDER BY d.number)) d
         WHERE number <> number_before + 1 OR previous <> before OR from_seq <> seq_before + 1 OR hash <> now_is""",
}

# Sums that a change of any single balance breaks.
_AT_A_GLANCE = [
    "balances sum to zero per asset",
    "no account is below its floor",
    "every coin is backed",
    "the bank holds what the books say",
]

_RECOMPUTED = """
    WITH flow AS MATERIALIZED (
      SELECT account_id, sum(amount)::bigint AS amount
        FROM (SELECT debit_id AS account_id, -amount AS amount FROM coins_transfer
              UNION ALL SELECT credit_id, amount FROM coins_transfer) side
       GROUP BY account_id),
    account AS MATERIALIZED (
      SELECT a.id, a.asset, a.kind, a.stored, coalesce(f.amount, 0) AS derived, b.posted, b.held, b.floor
        FROM coins_ledgeraccount a
        LEFT JOIN flow f ON f.account_id = a.id
        LEFT JOIN coins_balance b ON b.account_id = a.id)
"""

_AS_THEY_STAND = """
    WITH account AS MATERIALIZED (
      SELECT a.id, a.asset, a.kind, a.stored, b.posted, b.held, b.floor,
             CASE WHEN NOT a.stored THEN coins_derived_balance(a.id) END AS derived
        FROM coins_ledgeraccount a
        LEFT JOIN coins_balance b ON b.account_id = a.id)
"""
