"""The plan of a conversion run, set by set: items, lines, pools, payments, chunks.

One transaction, no row by row. Everything that needs time later (paying) only reads what is written here.
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid5

from django.db import connection
from django.db.models import QuerySet, Sum

from accounts import selectors as people
from activities import selectors as shared_time
from clevervibes.lib import periods
from coins import ledger
from coins.models import (
    ConversionLine,
    ConversionRun,
    FundingPool,
    LedgerAccount,
    RunPool,
    Transfer,
)
from coins.models.conversion import UNITS_OF_A_POLICY, UNITS_PER_COIN

Kind = LedgerAccount.Kind

YOUTHS_IN_A_CHUNK = 2_000


def write(run: ConversionRun) -> None:
    """Fill `run` (stored, without lines) with all that follows from its cutoff, and release the pools' coins."""
    values = _values(run)
    _gather(values)
    with connection.cursor() as cursor:
        entries = cursor.mogrify(_ENTRIES, values).decode()
    _execute(_ITEMS, {"run": run.pk, "entries": entries})
    capacities = _capacities(run)
    available = sum(capacity.coins for capacity in capacities)
    _execute(_LINES, {**values, "available": available})
    _sum_up(run)
    _release(run, capacities)
    _execute(_PAYMENTS, values)
    _execute(_AXES, values)
    _execute(_CHUNKS, {**values, "size": YOUTHS_IN_A_CHUNK})


def _gather(values: dict[str, Any]) -> None:
    """Put who earns and what is to be counted into tables of this transaction.

    Each question is asked once; and PostgreSQL knows how many rows there are, so that two youths of a million are
    looked up and a million are joined.
    """
    _execute(_MEMORY, {})
    _execute(_EARNERS, values)
    _execute(_WITHOUT_ACCOUNT, {})
    _execute(_OPEN_ACCOUNTS, values)
    _execute(_ADOPT_ACCOUNTS, {})
    _execute("ANALYZE plan_earner", {})
    _execute(_TO_COUNT, values)
    _execute("ANALYZE plan_entry", {})


@dataclass(frozen=True)
class Capacity:
    """What one pool can release in this run."""

    pool: FundingPool
    coins: int


def _capacities(run: ConversionRun) -> list[Capacity]:
    """Return the open pools in the order in which they stand in line: who paid longest ago comes first."""
    week = periods.week(run.effective_on)
    with connection.cursor() as cursor:
        cursor.execute(_CAPACITIES, {"club": run.club_id, "on": run.effective_on, "from": week.start, "to": week.end})
        rows = cursor.fetchall()
    pools = FundingPool.objects.in_bulk([row[0] for row in rows])
    return [Capacity(pools[pool_id], coins) for pool_id, coins in rows]


def _sum_up(run: ConversionRun) -> None:
    lines = ConversionLine.objects.filter(run=run)
    total = lines.aggregate(
        minutes=Sum("minutes", default=0),
        counted=Sum("counted_minutes", default=0),
        earned=Sum("earned_coins", default=0),
        due=Sum("due_coins", default=0),
        paid=Sum("paid_coins", default=0),
    )
    run.youths = lines.count()
    run.entries = _execute("SELECT coalesce(sum(entries), 0)::bigint FROM plan_counted", {})
    run.minutes, run.counted_minutes = total["minutes"], total["counted"]
    run.earned_coins, run.due_coins, run.released_coins = total["earned"], total["due"], total["paid"]
    run.save(
        update_fields=[
            "youths", "entries", "minutes", "counted_minutes", "earned_coins", "due_coins", "released_coins",
        ]
    )  # fmt: skip


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
        "year": run.effective_on.year,
        "year_cap": run.policy.year_cap_coins,
        "coin": UNITS_PER_COIN,
        "units": UNITS_OF_A_POLICY,
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


# Enough to sort a million entries without a file; for this transaction only.
_MEMORY = "SET LOCAL work_mem = '64MB'"

_EARNERS = """
    DROP TABLE IF EXISTS plan_earner, plan_entry, plan_counted;
    CREATE TEMPORARY TABLE plan_earner ON COMMIT DROP AS
    SELECT e.id AS youth_id, link.account_id
      FROM (%(earning)s) AS e (id)
      LEFT JOIN coins_youthaccount link ON link.youth_id = e.id
      LEFT JOIN coins_ledgeraccount y ON y.id = link.account_id
     WHERE y.closed_at IS NULL
"""

# The lock of coins.lots.account_for: somebody may be about to get an account by a grant.
_WITHOUT_ACCOUNT = """
    SELECT count(*) FROM (
      SELECT FROM accounts_youthprofile y JOIN plan_earner e ON e.youth_id = y.id AND e.account_id IS NULL
       ORDER BY y.id FOR NO KEY UPDATE OF y) locked
"""

# Accounts for those who are about to earn their first coins, under random ids. In the order of the youths: quota and
# pools go by the order of accounts, and a plan that is made anew after a crash must come out the same.
_OPEN_ACCOUNTS = """
    WITH holder AS MATERIALIZED (
      SELECT e.youth_id, gen_random_uuid() AS owner
        FROM plan_earner e
       WHERE e.account_id IS NULL
         AND NOT EXISTS (SELECT FROM coins_youthaccount link WHERE link.youth_id = e.youth_id)
         AND EXISTS (SELECT FROM (%(approved)s) AS a (id, youth_id) WHERE a.youth_id = e.youth_id)),
    made AS (
      INSERT INTO coins_ledgeraccount (asset, kind, owner, stored)
      SELECT 1, 4, owner, true FROM holder ORDER BY youth_id
      RETURNING id, owner)
    INSERT INTO coins_youthaccount (youth_id, account_id)
    SELECT youth_id, made.id FROM made JOIN holder USING (owner)
"""

_ADOPT_ACCOUNTS = """
    UPDATE plan_earner e SET account_id = link.account_id
      FROM coins_youthaccount link WHERE link.youth_id = e.youth_id AND e.account_id IS NULL
"""

_TO_COUNT = """
    CREATE TEMPORARY TABLE plan_entry ON COMMIT DROP AS
    SELECT a.id AS entry_id, e.account_id, a.category_id, a.starts_at, a.public_id, a.minutes::integer, a.with_host,
           -- Days since a Monday: extract() would count in decimals, a million times.
           day.done_on, day.done_on - (day.done_on - date '2001-01-01') %% 7 AS monday
      FROM (%(approved)s) AS a (id, youth_id, category_id, starts_at, public_id, minutes, with_host)
      JOIN plan_earner e ON e.youth_id = a.youth_id
      CROSS JOIN LATERAL (SELECT (a.starts_at AT TIME ZONE 'Europe/Berlin')::date AS done_on) day
     WHERE NOT EXISTS (SELECT FROM coins_conversionitem i
                        WHERE i.account_id = e.account_id AND i.done_on = day.done_on AND i.entry_id = a.id)
"""

# What is to be counted, each entry with the policy of its start and what earlier runs counted in its day and week.
_ENTRIES = """
    WITH counted AS MATERIALIZED (
      SELECT w.account_id, w.monday, i.done_on, i.category_id, i.with_host,
             sum(i.counted_minutes)::integer AS minutes
        FROM (SELECT DISTINCT account_id, monday FROM plan_entry) w
        JOIN coins_conversionitem i
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
        FROM coins_conversionpolicy p WINDOW w AS (ORDER BY valid_from))
    SELECT e.entry_id, e.account_id, e.category_id, p.id AS policy_id, e.done_on, e.monday, e.minutes, e.with_host,
           coalesce(x.end_units, 0) AS axis_end, c.weekly_cap_minutes AS category_cap,
           p.day_cap_minutes AS day_cap, p.host_day_cap_minutes AS host_day_cap, p.week_cap_minutes AS week_cap,
           CASE WHEN e.with_host THEN p.host_weight_percent ELSE 100 END * (%(units)s / p.minutes_per_coin)
             AS units_per_minute,
           coalesce(d.own, 0) AS own_day_before, coalesce(d.minutes, 0) AS day_before,
           coalesce(w.minutes, 0) AS week_before, coalesce(k.minutes, 0) AS category_before
      FROM plan_entry e
      JOIN policy p ON e.done_on >= p.since AND e.done_on < p.until
      JOIN activities_category c ON c.id = e.category_id
      LEFT JOIN coins_axis x ON x.account_id = e.account_id
      LEFT JOIN by_day d ON d.account_id = e.account_id AND d.done_on = e.done_on
      LEFT JOIN by_week w ON w.account_id = e.account_id AND w.monday = e.monday
      LEFT JOIN by_category k
        ON k.account_id = e.account_id AND k.monday = e.monday AND k.category_id = e.category_id
     ORDER BY e.account_id, e.starts_at, e.public_id
"""

_ITEMS = """
    CREATE TEMPORARY TABLE plan_counted (
      account_id bigint, entries bigint, minutes bigint, counted bigint, units bigint) ON COMMIT DROP;
    WITH item AS (
      INSERT INTO coins_conversionitem (run_id, account_id, entry_id, category_id, policy_id, from_units, to_units,
                                        done_on, minutes, counted_minutes, cut_by, with_host)
      SELECT %(run)s, account_id, entry_id, category_id, policy_id, from_units, to_units, done_on, minutes, counted,
             cut_by, with_host
        FROM coins_count_minutes(%(entries)s)
      RETURNING account_id, minutes, counted_minutes, to_units - from_units AS units)
    INSERT INTO plan_counted
    SELECT account_id, count(*), sum(minutes), sum(counted_minutes), sum(units) FROM item GROUP BY account_id
"""

# A line for everybody who has new items or open coins. Everyone gets the same share of what is due, rounded down;
# coins left over go one each to those who wait longest.
_LINES = """
    INSERT INTO coins_conversionline (run_id, account_id, minutes, counted_minutes, units, carry_in_units,
                                      carry_out_units, earned_coins, open_in_coins, due_coins, paid_coins,
                                      open_out_coins)
    WITH stand AS (
      SELECT y.account_id, coalesce(n.minutes, 0) AS minutes, coalesce(n.counted, 0) AS counted,
             coalesce(n.units, 0)::bigint AS units, coalesce(x.covered_units, 0) AS covered,
             coalesce(x.end_units, 0) %% %(coin)s AS carry,
             (coalesce(x.end_units, 0) - coalesce(x.covered_units, 0)) / %(coin)s AS open,
             CASE WHEN x.paid_year = %(year)s THEN x.paid_year_coins ELSE 0 END AS paid_this_year
        FROM plan_earner y
        LEFT JOIN coins_axis x ON x.account_id = y.account_id
        LEFT JOIN plan_counted n ON n.account_id = y.account_id
       WHERE n.account_id IS NOT NULL OR x.end_units - x.covered_units >= %(coin)s),
    due AS MATERIALIZED (
      SELECT s.*, (carry + units) / %(coin)s AS earned,
             least(open + (carry + units) / %(coin)s, greatest(%(year_cap)s - paid_this_year, 0)) AS due
        FROM stand s),
    total AS (
      SELECT coalesce(sum(due), 0)::bigint AS due, least(coalesce(sum(due), 0), %(available)s)::bigint AS released
        FROM due),
    share AS MATERIALIZED (
      SELECT d.*, t.released, t.due AS due_of_all,
             -- Round down: a share is whole coins.
             CASE WHEN t.released = t.due THEN d.due
                  ELSE div(d.due::numeric * t.released, t.due)::bigint END AS rounded,
             CASE WHEN t.released < t.due AND d.due > 0 THEN
               (SELECT i.done_on FROM coins_conversionitem i
                 WHERE i.account_id = d.account_id AND i.to_units > d.covered AND i.to_units > i.from_units
                 ORDER BY i.to_units LIMIT 1) END AS waits_since
        FROM due d CROSS JOIN total t),
    queue AS (
      SELECT account_id, row_number() OVER (ORDER BY waits_since, account_id) AS place
        FROM share WHERE due > 0 AND released < due_of_all),
    rest AS (SELECT max(released) - sum(rounded) AS coins FROM share)
    SELECT %(run)s, s.account_id, s.minutes, s.counted, s.units, s.carry, (s.carry + s.units) %% %(coin)s, s.earned,
           s.open, s.due, paid.coins, s.open + s.earned - paid.coins
      FROM share s
      LEFT JOIN queue q ON q.account_id = s.account_id
      CROSS JOIN rest r
      CROSS JOIN LATERAL (SELECT s.rounded + CASE WHEN q.place <= r.coins THEN 1 ELSE 0 END AS coins) paid
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

# Youths in the order of their accounts are laid along the line of pools; where two stretches overlap is a payment.
_PAYMENTS = """
    INSERT INTO coins_payment (run_id, account_id, pool_id, coins, from_units, to_units)
    SELECT %(run)s, l.account_id, p.pool_id, cut.till - cut.since,
           l.covered + (cut.since - l.since) * %(coin)s::bigint, l.covered + (cut.till - l.since) * %(coin)s::bigint
      FROM (SELECT l.account_id, coalesce(x.covered_units, 0) AS covered,
                   sum(l.paid_coins) OVER w - l.paid_coins AS since, sum(l.paid_coins) OVER w AS till
              FROM coins_conversionline l LEFT JOIN coins_axis x ON x.account_id = l.account_id
             WHERE l.run_id = %(run)s AND l.paid_coins > 0
            WINDOW w AS (ORDER BY l.account_id)) l
      JOIN coins_runpool p ON p.run_id = %(run)s AND p.line_from < l.till AND p.line_from + p.coins > l.since
      CROSS JOIN LATERAL (SELECT greatest(p.line_from, l.since) AS since,
                                 least(p.line_from + p.coins, l.till) AS till) cut
     ORDER BY l.account_id, p.line_from
"""

# Absolute values: PostgreSQL checks the row that would be inserted before it finds the one to update.
_AXES = """
    INSERT INTO coins_axis (account_id, end_units, covered_units, paid_year, paid_year_coins)
    SELECT l.account_id, coalesce(x.end_units, 0) + l.units,
           coalesce(x.covered_units, 0) + l.paid_coins * %(coin)s::bigint, %(year)s,
           l.paid_coins + CASE WHEN x.paid_year = %(year)s THEN x.paid_year_coins ELSE 0 END
      FROM coins_conversionline l LEFT JOIN coins_axis x ON x.account_id = l.account_id
     WHERE l.run_id = %(run)s
    ON CONFLICT (account_id) DO UPDATE
      SET end_units = excluded.end_units, covered_units = excluded.covered_units,
          paid_year = excluded.paid_year, paid_year_coins = excluded.paid_year_coins
"""

_CHUNKS = """
    INSERT INTO coins_runchunk (run_id, number, first_account, last_account, payments, fence)
    SELECT %(run)s, number, min(account_id), max(account_id), sum(payments), 0
      FROM (SELECT account_id, count(*) AS payments,
                   ((row_number() OVER (ORDER BY account_id) - 1) / %(size)s)::integer AS number
              FROM coins_payment WHERE run_id = %(run)s GROUP BY account_id) holder
     GROUP BY number
"""
