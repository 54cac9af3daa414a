"""The plan of a conversion run, set by set: stretches of youths, what counts for each, who gets how much of it.

Nothing goes row by row but the counting itself. Laying out and sharing are one transaction each; counting is one for
each stretch, so that several workers count side by side.
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid5

from django.db import connection
from django.db.models import QuerySet, Sum
from psycopg2.extensions import AsIs

from accounts import selectors as people
from activities import selectors as shared_time
from clevervibes.lib import periods
from coins import ledger
from coins.models import (
    ConversionRun,
    FundingPool,
    LedgerAccount,
    RunChunk,
    RunPool,
    Transfer,
)
from coins.models.conversion import UNITS_OF_A_POLICY, UNITS_PER_COIN

Kind = LedgerAccount.Kind

YOUTHS_IN_A_CHUNK = 2_000


# ── Laying out ───────────────────────────────────────────────────────────────────────────────────
def lay_out(run: ConversionRun) -> None:
    """Give everybody who is about to earn their first coins an account, and cut the accounts into chunks."""
    values = _values(run)
    if _execute(_NEWCOMERS, values):
        _execute(_OPEN_ACCOUNTS, values)
    _execute(_CHUNKS, {**values, "size": YOUTHS_IN_A_CHUNK})


# ── Counting ─────────────────────────────────────────────────────────────────────────────────────
def count(run: ConversionRun, chunk: RunChunk) -> None:
    """Count what the youths of one chunk did: an item for each entry, and the chunk's tally."""
    values = {**_values(run), "number": chunk.number, "first": chunk.first_account, "last": chunk.last_account}
    _execute(_BY_INDEX, {})
    _execute(_EARNERS, values)
    _execute(_TO_COUNT, values)
    _execute(_COUNT, {**values, "entries": entries_to_count()})
    _execute(_AS_USUAL, {})


def entries_to_count(
    *, of: str = "plan_entry", policies: str = "coins_conversionpolicy", counted: str = "coins_conversionitem"
) -> str:
    """Return the query that `coins_count_minutes` counts, as text: entries in order, with their rules and caps.

    Tables or subqueries, in SQL of ours: `of` which entries, under which `policies`, and what was `counted` before.
    """
    values = {"of": AsIs(of), "policies": AsIs(policies), "counted": AsIs(counted), "units": UNITS_OF_A_POLICY}
    with connection.cursor() as cursor:
        text: str = cursor.mogrify(_ENTRIES, values).decode()
    return text


# ── Sharing ──────────────────────────────────────────────────────────────────────────────────────
def share_out(run: ConversionRun) -> None:
    """Decide what each youth gets of what is due, lay the chunks along the line of pools, release the pools' coins."""
    found = run.chunks.aggregate(
        **{name: Sum(name, default=0) for name in ("youths", "entries", "minutes", "counted_minutes")},
        **{name: Sum(name, default=0) for name in ("earned_coins", "open_coins", "due_coins")},
    )
    for name, number in found.items():
        setattr(run, name, number)
    line = capacities(run)
    run.released_coins = min(run.due_coins, sum(capacity.coins for capacity in line))
    run.save(update_fields=[*found, "released_coins"])
    values = {"run": run.pk, "due": run.due_coins, "released": run.released_coins}
    if run.released_coins < run.due_coins:
        _execute(_QUOTA, values)
    _execute(_LINE_UP, values)
    _release(run, line)


@dataclass(frozen=True)
class Capacity:
    """What one pool can release in this run."""

    pool: FundingPool
    coins: int


def capacities(run: ConversionRun) -> list[Capacity]:
    """Return the open pools in the order in which they stand in line: who paid longest ago comes first."""
    week = periods.week(run.effective_on)
    with connection.cursor() as cursor:
        cursor.execute(_CAPACITIES, {"club": run.club_id, "on": run.effective_on, "from": week.start, "to": week.end})
        rows = cursor.fetchall()
    pools = FundingPool.objects.in_bulk([row[0] for row in rows])
    return [Capacity(pools[pool_id], coins) for pool_id, coins in rows]


def _release(run: ConversionRun, capacities: list[Capacity]) -> None:
    """Move what the lines need from the pools to their clearing accounts, all in one statement."""
    rows, line_from = [], 0
    for capacity in capacities:
        coins = min(capacity.coins, run.released_coins - line_from)
        if coins <= 0:
            break
        rows.append(RunPool(run=run, pool=capacity.pool, line_from=line_from, coins=coins))
        line_from += coins
    owners = [row.pool.public_id for row in rows]
    pools, clearings = (ledger.open_accounts(kind=kind, owners=owners) for kind in (Kind.POOL, Kind.CLEARING))
    ledger.post_transfers(
        [
            ledger.Posting(
                debit=pools[row.pool.public_id], credit=clearings[row.pool.public_id], amount=row.coins,
                kind=Transfer.Kind.RELEASE, source_id=row.pk, key=uuid5(run.public_id, f"release {row.pool.public_id}"),
                effective_on=run.effective_on,
            )
            for row in RunPool.objects.bulk_create(rows)
        ]
    )  # fmt: skip


def _values(run: ConversionRun) -> dict[str, Any]:
    earning = people.earning_youths(run.cutoff, club=run.club).order_by().values("pk")
    approved = (
        shared_time.convertible_entries(run.cutoff)
        .order_by()
        .values("pk", "youth_id", "category_id", "starts_at", "public_id", "duration_minutes", "host_confirmed")
    )
    return {
        "run": run.pk,
        "club": run.club_id,
        "year": run.effective_on.year,
        "year_cap": run.policy.year_cap_coins,
        "coin": UNITS_PER_COIN,
        "earning": _Query(earning),
        "approved": _Query(approved),
    }


class _Query:
    """A selector's query as a parameter of a bigger one: psycopg2 asks it for its text."""

    def __init__(self, queryset: QuerySet) -> None:
        self.queryset = queryset

    def __conform__(self, protocol: object) -> "_Query":
        return self

    def getquoted(self) -> bytes:
        sql, parameters = self.queryset.query.sql_with_params()
        with connection.cursor() as cursor:
            return cursor.mogrify(sql, parameters)


def _execute(statement: str, values: dict[str, Any]) -> int:
    """Run one statement; return the first value of its first row, if it has any."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0] if cursor.description else 0


# ── SQL of laying out ────────────────────────────────────────────────────────────────────────────
# The lock of coins.lots.account_for: somebody may be about to get an account by a grant.
_NEWCOMERS = """
    SELECT count(*) FROM (
      SELECT FROM accounts_youthprofile y
       WHERE NOT EXISTS (SELECT FROM coins_youthaccount link WHERE link.youth_id = y.id)
         AND y.id IN (SELECT id FROM (%(earning)s) AS e (id))
       ORDER BY y.id FOR NO KEY UPDATE OF y) locked
"""

# Under random ids, and in the order of the youths: quota and pools go by the order of accounts, and a run that is
# laid out anew after a crash must come out the same. Who gets which of the new accounts is all the same, so the two
# lists are laid beside each other. A join would be planned by the rows of an attempt that was rolled back, which are
# still counted: as one of a single newcomer, in nested loops, for 200,000.
_OPEN_ACCOUNTS = """
    WITH holder AS MATERIALIZED (
      SELECT e.id AS youth_id
        FROM (%(earning)s) AS e (id)
       WHERE NOT EXISTS (SELECT FROM coins_youthaccount link WHERE link.youth_id = e.id)
         AND EXISTS (SELECT FROM (%(approved)s) AS a (id, youth_id) WHERE a.youth_id = e.id)),
    made AS (
      INSERT INTO coins_ledgeraccount (asset, kind, owner, stored)
      SELECT 1, 4, gen_random_uuid(), true FROM holder
      RETURNING id)
    INSERT INTO coins_youthaccount (youth_id, account_id)
    SELECT unnest(h.youths), unnest(m.accounts)
      FROM (SELECT array_agg(youth_id ORDER BY youth_id) AS youths FROM holder) h
     CROSS JOIN (SELECT array_agg(id ORDER BY id) AS accounts FROM made) m
"""

# Whole youths, by account; who of them earns is asked when they are counted.
_CHUNKS = """
    INSERT INTO coins_runchunk (run_id, number, first_account, last_account, fence)
    SELECT %(run)s, number, min(account_id), max(account_id), 0
      FROM (SELECT link.account_id,
                   ((row_number() OVER (ORDER BY link.account_id) - 1) / %(size)s)::integer AS number
              FROM coins_youthaccount link
              JOIN accounts_youthprofile y ON y.id = link.youth_id
              JOIN accounts_user u ON u.id = y.user_id AND u.club_id = %(club)s) holder
     GROUP BY number
"""

# ── SQL of counting ──────────────────────────────────────────────────────────────────────────────
# A few thousand youths of perhaps a million, whose rows lie beside each other in most tables and in memory in all: what
# is looked up by index costs what it touches. Reading whole tables would cost what the club has, for each chunk.
_BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL random_page_cost = 1.1; SET LOCAL jit = off"

_AS_USUAL = "RESET enable_seqscan; RESET random_page_cost; RESET jit"

_EARNERS = """
    DROP TABLE IF EXISTS plan_earner, plan_entry;
    CREATE TEMPORARY TABLE plan_earner ON COMMIT DROP AS
    SELECT e.id AS youth_id, link.account_id, coalesce(x.end_units, 0) AS end_units,
           coalesce(x.covered_units, 0) AS covered_units,
           CASE WHEN x.paid_year = %(year)s THEN x.paid_year_coins ELSE 0 END AS paid_this_year
      FROM coins_youthaccount link
      JOIN (%(earning)s) AS e (id) ON e.id = link.youth_id
      LEFT JOIN coins_axis x ON x.account_id = link.account_id AND x.account_id BETWEEN %(first)s AND %(last)s
     WHERE link.account_id BETWEEN %(first)s AND %(last)s
"""

_TO_COUNT = """
    CREATE TEMPORARY TABLE plan_entry ON COMMIT DROP AS
    SELECT a.id AS entry_id, e.account_id, e.end_units, a.category_id, a.starts_at, a.public_id,
           a.minutes::integer, a.with_host, (a.starts_at AT TIME ZONE 'Europe/Berlin')::date AS done_on
      FROM (%(approved)s) AS a (id, youth_id, category_id, starts_at, public_id, minutes, with_host)
      JOIN plan_earner e ON e.youth_id = a.youth_id
     WHERE NOT EXISTS (SELECT FROM coins_conversionitem i
                        WHERE i.account_id = e.account_id AND i.entry_id = a.id
                          AND i.account_id BETWEEN %(first)s AND %(last)s)
"""

# What is to be counted, each entry with the policy of its start and what earlier runs counted in its day and week.
_ENTRIES = """
    WITH entry AS (
      -- Days since a Monday: extract() would count in decimals, a million times.
      SELECT *, done_on - (done_on - date '2001-01-01') %% 7 AS monday FROM %(of)s AS to_count),
    counted AS MATERIALIZED (
      SELECT w.account_id, w.monday, i.done_on, i.category_id, i.with_host,
             sum(i.counted_minutes)::integer AS minutes
        FROM (SELECT DISTINCT account_id, monday FROM entry) w
        JOIN %(counted)s i
          ON i.account_id = w.account_id AND i.done_on >= w.monday AND i.done_on < w.monday + 7
       GROUP BY w.account_id, w.monday, i.done_on, i.category_id, i.with_host),
    by_day AS (
      SELECT account_id, done_on, sum(minutes)::integer AS minutes,
             (sum(minutes) FILTER (WHERE NOT with_host))::integer AS own
        FROM counted GROUP BY account_id, done_on),
    by_week AS (
      SELECT account_id, monday, sum(minutes)::integer AS minutes FROM counted GROUP BY account_id, monday),
    by_category AS (
      SELECT account_id, monday, category_id, sum(minutes)::integer AS minutes
        FROM counted GROUP BY account_id, monday, category_id),
    policy AS (
      SELECT p.*, CASE WHEN row_number() OVER w = 1 THEN '-infinity' ELSE valid_from END AS since,
             lead(valid_from, 1, 'infinity'::date) OVER w AS until
        FROM %(policies)s p WINDOW w AS (ORDER BY valid_from))
    SELECT e.entry_id, e.account_id, e.category_id, p.id AS policy_id, e.done_on, e.monday, e.minutes, e.with_host,
           e.end_units AS axis_end, c.weekly_cap_minutes AS category_cap,
           p.day_cap_minutes AS day_cap, p.host_day_cap_minutes AS host_day_cap, p.week_cap_minutes AS week_cap,
           CASE WHEN e.with_host THEN p.host_weight_percent ELSE 100 END * (%(units)s / p.minutes_per_coin)
             AS units_per_minute,
           coalesce(d.own, 0) AS own_day_before, coalesce(d.minutes, 0) AS day_before,
           coalesce(w.minutes, 0) AS week_before, coalesce(k.minutes, 0) AS category_before
      FROM entry e
      JOIN policy p ON e.done_on >= p.since AND e.done_on < p.until
      JOIN activities_category c ON c.id = e.category_id
      LEFT JOIN by_day d ON d.account_id = e.account_id AND d.done_on = e.done_on
      LEFT JOIN by_week w ON w.account_id = e.account_id AND w.monday = e.monday
      LEFT JOIN by_category k
        ON k.account_id = e.account_id AND k.monday = e.monday AND k.category_id = e.category_id
     ORDER BY e.account_id, e.starts_at, e.public_id
"""

# Everybody who has new items or open coins gets a place in the tally: what is counted, and what of it is due within the
# year's cap. The axis moves with its items; what is paid of it moves when it is paid.
_COUNT = """
    WITH item AS (
      INSERT INTO coins_conversionitem (run_id, account_id, entry_id, category_id, policy_id, from_units, to_units,
                                        done_on, minutes, counted_minutes, cut_by, with_host)
      SELECT %(run)s, account_id, entry_id, category_id, policy_id, from_units, to_units, done_on, minutes, counted,
             cut_by, with_host
        FROM coins_count_minutes(%(entries)s)
      RETURNING account_id, minutes, counted_minutes, to_units - from_units AS units),
    counted AS MATERIALIZED (
      SELECT account_id, count(*) AS entries, sum(minutes)::integer AS minutes,
             sum(counted_minutes)::integer AS counted, sum(units)::bigint AS units
        FROM item GROUP BY account_id),
    moved AS (
      INSERT INTO coins_axis (account_id, end_units, covered_units, paid_year, paid_year_coins)
      SELECT account_id, units, 0, 0, 0 FROM counted ORDER BY account_id
      ON CONFLICT (account_id) DO UPDATE SET end_units = coins_axis.end_units + excluded.end_units),
    stand AS (
      SELECT y.account_id, n.entries, coalesce(n.minutes, 0) AS minutes, coalesce(n.counted, 0) AS counted,
             coalesce(n.units, 0) AS units, (y.end_units %% %(coin)s + coalesce(n.units, 0)) / %(coin)s AS earned,
             (y.end_units - y.covered_units) / %(coin)s AS open,
             greatest(%(year_cap)s - y.paid_this_year, 0) AS may
        FROM plan_earner y
        LEFT JOIN counted n ON n.account_id = y.account_id
       WHERE n.account_id IS NOT NULL OR y.end_units - y.covered_units >= %(coin)s
       ORDER BY y.account_id)
    UPDATE coins_runchunk chunk
       SET counted_at = clock_timestamp(), leased_until = NULL, youths = t.youths, entries = t.entries,
           minutes = t.minutes, counted_minutes = t.counted, earned_coins = t.earned, open_coins = t.open,
           due_coins = t.due,
           tally_accounts = t.accounts, tally_minutes = t.each_minutes, tally_counted = t.each_counted,
           tally_units = t.each_units, tally_due = t.each_due
      FROM (SELECT count(*) AS youths, coalesce(sum(entries), 0) AS entries, coalesce(sum(minutes), 0) AS minutes,
                   coalesce(sum(counted), 0) AS counted, coalesce(sum(earned), 0) AS earned,
                   coalesce(sum(open + earned), 0) AS open, coalesce(sum(least(open + earned, may)), 0) AS due,
                   coalesce(array_agg(account_id), '{}') AS accounts,
                   coalesce(array_agg(minutes), '{}') AS each_minutes,
                   coalesce(array_agg(counted), '{}') AS each_counted, coalesce(array_agg(units), '{}') AS each_units,
                   coalesce(array_agg(least(open + earned, may)::integer), '{}') AS each_due
              FROM stand) t
     WHERE chunk.run_id = %(run)s AND chunk.number = %(number)s
"""

# ── SQL of sharing ───────────────────────────────────────────────────────────────────────────────
# Too little for all: everyone gets the same share of what is due, rounded down; coins left over go one each to those
# who wait longest.
_QUOTA = """
    WITH due AS MATERIALIZED (
      SELECT c.number, t.account_id, t.due, div(t.due::numeric * %(released)s, %(due)s)::bigint AS rounded
        FROM coins_runchunk c CROSS JOIN LATERAL unnest(c.tally_accounts, c.tally_due) AS t (account_id, due)
       WHERE c.run_id = %(run)s),
    queue AS (
      SELECT d.account_id, row_number() OVER (ORDER BY i.done_on, d.account_id) AS place
        FROM due d
        JOIN coins_axis x ON x.account_id = d.account_id
        LEFT JOIN LATERAL (
          SELECT i.done_on FROM coins_conversionitem i
           WHERE i.account_id = d.account_id AND i.to_units > x.covered_units AND i.to_units > i.from_units
           ORDER BY i.to_units LIMIT 1) i ON true
       WHERE d.due > 0),
    rest AS (SELECT %(released)s - sum(rounded) AS coins FROM due),
    share AS (
      SELECT d.number, d.account_id, d.rounded + CASE WHEN q.place <= r.coins THEN 1 ELSE 0 END AS coins
        FROM due d CROSS JOIN rest r LEFT JOIN queue q ON q.account_id = d.account_id)
    UPDATE coins_runchunk c SET tally_paid = s.coins
      FROM (SELECT number, array_agg(coins::integer ORDER BY account_id) AS coins FROM share GROUP BY number) s
     WHERE c.run_id = %(run)s AND c.number = s.number
"""

# Who has what is due to them needs no list of its own.
_LINE_UP = """
    UPDATE coins_runchunk c SET coins = line.coins, line_from = line.till - line.coins
      FROM (SELECT id, coins, sum(coins) OVER (ORDER BY number) AS till
              FROM (SELECT id, number, CASE WHEN tally_paid IS NULL THEN due_coins
                                            ELSE (SELECT coalesce(sum(paid), 0) FROM unnest(tally_paid) AS paid)
                                       END AS coins
                      FROM coins_runchunk WHERE run_id = %(run)s) of_chunk) line
     WHERE c.id = line.id
"""

# Open pools of this club or of all, with what they may still release this week.
_CAPACITIES = """
    SELECT p.id, may.coins
      FROM coins_fundingpool p
      JOIN coins_ledgeraccount a ON a.kind = 2 AND a.owner = p.public_id AND a.closed_at IS NULL
      JOIN coins_balance b ON b.account_id = a.id
      LEFT JOIN coins_sponsor s ON s.id = p.sponsor_id
      LEFT JOIN LATERAL (
        SELECT sum(rp.coins - rp.leftover_coins) AS coins
          FROM coins_runpool rp JOIN coins_conversionrun r ON r.id = rp.run_id
         WHERE rp.pool_id = p.id AND r.cutoff >= %(from)s AND r.cutoff < %(to)s) used ON true
      LEFT JOIN LATERAL (SELECT max(rp.run_id) AS run_id FROM coins_runpool rp WHERE rp.pool_id = p.id) last ON true
      -- Without a limit the second value is null, and least() leaves it out.
      CROSS JOIN LATERAL (
        SELECT least(b.posted - b.held, p.weekly_limit_coins - coalesce(used.coins, 0))::bigint AS coins) may
     WHERE (p.club_id = %(club)s OR p.club_id IS NULL) AND p.paused_at IS NULL AND p.ended_at IS NULL
       AND s.suspended_at IS NULL AND (s.agreement_from IS NULL OR s.agreement_from <= %(on)s) AND may.coins > 0
     ORDER BY last.run_id NULLS FIRST, p.id
"""
