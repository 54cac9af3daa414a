"""What other numbers would have paid: past runs counted anew by the run's own code. Nothing is stored.

The transaction is read-only but for two tables of its own, which end with it: PostgreSQL itself refuses the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from activities.models import Category
from clevervibes.lib import db
from coins import funding, planning
from coins.models import ConversionItem, ConversionPolicy, ConversionRun, FundingPool, Payment
from coins.models.conversion import UNITS_PER_COIN

State = ConversionRun.State
Cut = ConversionItem.Cut

NUMBERS = (
    "minutes_per_coin", "host_weight_percent", "day_cap_minutes", "host_day_cap_minutes", "week_cap_minutes",
    "year_cap_coins",
)  # fmt: skip


@dataclass(frozen=True)
class Side:
    """What was, or would have been."""

    counted_minutes: int
    earned_coins: int
    # Of that, what may be paid within the year's cap, if the pools have it.
    needed_coins: int
    capped_youths: int


@dataclass(frozen=True)
class Compared:
    """One thing on both sides."""

    label: str | Promise
    was: int
    would: int

    @property
    def more(self) -> int:
        return self.would - self.was


@dataclass(frozen=True)
class PoolNeed:
    name: str
    sponsor: str
    paid: int
    would: int
    left: int  # in the pool now


@dataclass(frozen=True)
class Simulation:
    runs: Sequence[ConversionRun]
    entries: int
    minutes: int
    paid_coins: int  # what the runs really paid
    was: Side
    would: Side
    groups: list[tuple[int, int]]  # coins more (or less), youths
    themes: list[Compared]  # counted minutes by category
    cuts: list[Compared]  # entries that a cap has cut
    pools: list[PoolNeed]

    @property
    def more(self) -> int:
        return sum(youths for coins, youths in self.groups if coins > 0)

    @property
    def same(self) -> int:
        return sum(youths for coins, youths in self.groups if not coins)

    @property
    def less(self) -> int:
        return sum(youths for coins, youths in self.groups if coins < 0)

    @property
    def sums(self) -> list[Compared]:
        was, would = self.was, self.would
        return [
            Compared(_("Minuten, die zählen"), was.counted_minutes, would.counted_minutes),
            Compared(_("Coins verdient"), was.earned_coins, would.earned_coins),
            Compared(_("davon zu zahlen, innerhalb der Jahresgrenze"), was.needed_coins, would.needed_coins),
            Compared(_("Personen an der Jahresgrenze"), was.capped_youths, would.capped_youths),
        ]


def runs_between(first: date, until: date) -> list[ConversionRun]:
    """Return the closed runs of all clubs with a booking day in [first, until), in the order of their cutoffs."""
    closed = ConversionRun.objects.filter(state=State.CLOSED, effective_on__gte=first, effective_on__lt=until)
    return list(closed.select_related("policy").order_by("cutoff", "pk"))


def last_runs(number: int, *, now: datetime) -> list[ConversionRun]:
    """Return the runs of the last `number` Coin-Tage (or other cutoffs), of all clubs."""
    closed = ConversionRun.objects.filter(state=State.CLOSED, cutoff__lte=now)
    cutoffs = list(closed.order_by("-cutoff").values_list("cutoff", flat=True).distinct()[:number])
    return list(closed.filter(cutoff__in=cutoffs).select_related("policy").order_by("cutoff", "pk"))


def simulate(runs: Sequence[ConversionRun], policy: ConversionPolicy | None = None) -> Simulation:
    """Return what `runs` would have counted and earned under the numbers of `policy`; None: under those of the time.

    All that a run knew stays as it was: who earned, which entries, what runs before them counted. A category's own cap
    is that of today. Runs that follow each other without a gap, please: what lies between is taken as it was.
    """
    return db.retrying(lambda: _simulate(runs, policy))


def _simulate(runs: Sequence[ConversionRun], policy: ConversionPolicy | None) -> Simulation:
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(_TABLES)
            cursor.execute("SET TRANSACTION READ ONLY")
        found = _counted_anew(runs, policy)
        transaction.set_rollback(True)
    return found


def _counted_anew(runs: Sequence[ConversionRun], policy: ConversionPolicy | None) -> Simulation:
    keys = [run.pk for run in runs]
    # Since the first of them: what these runs have counted is not known yet in what is told here.
    later = list(ConversionRun.objects.filter(cutoff__gte=runs[0].cutoff).values_list("pk", flat=True)) if runs else []
    entries = planning.entries_to_count(
        of="simulated_entry", counted=_COUNTED % ", ".join(map(str, later or [0])), policies=_policies(policy)
    )
    with connection.cursor() as cursor:
        for run in runs:
            cursor.execute(_ENTRIES_OF_A_RUN, {"run": run.pk})
            cursor.execute(_COUNT, {"run": run.pk, "entries": entries})
        last = runs[-1] if runs else None
        cursor.execute(
            _YOUTHS,
            {
                "runs": keys, "coin": UNITS_PER_COIN, "first": runs[0].cutoff if runs else None,
                "year": last.effective_on.year if last else 0,
                "cap_was": last.policy.year_cap_coins if last else 0,
                "cap_would": policy.year_cap_coins if policy else last.policy.year_cap_coins if last else 0,
            },
        )  # fmt: skip
        youths = cursor.fetchall()
        cursor.execute(_BY_CATEGORY, {"runs": keys})
        categories = cursor.fetchall()
        cursor.execute(_BY_CUT, {"runs": keys})
        cuts = cursor.fetchall()
    names: dict[int, str] = dict(Category.objects.values_list("pk", "name"))
    themes = [Compared(names[pk], was, would) for pk, was, would, _entries, _minutes in categories]
    sums = [int(sum(row[place] for row in youths)) for place in range(2, 8)]
    return Simulation(
        runs=runs,
        entries=sum(row[3] for row in categories),
        minutes=sum(row[4] for row in categories),
        paid_coins=sum(run.released_coins - run.leftover_coins for run in runs),
        was=Side(sum(theme.was for theme in themes), sums[0], sums[2], sums[4]),
        would=Side(sum(theme.would for theme in themes), sums[1], sums[3], sums[5]),
        groups=[(row[0], row[1]) for row in youths],
        themes=themes,
        cuts=[Compared(Cut(cut).label, was, would) for cut, was, would in cuts],
        pools=_pools(keys, sums[3]),
    )


def _policies(policy: ConversionPolicy | None) -> str:
    """Return one policy for all times as a table, or that of all the real ones."""
    if policy is None:
        return "coins_conversionpolicy"
    # Of the columns' own types: the counting loop keeps its plans from one call to the next.
    numbers = ", ".join(
        f"{int(getattr(policy, name))}::{'integer' if name == 'year_cap_coins' else 'smallint'} AS {name}"
        for name in NUMBERS
    )
    return f"(SELECT 0::bigint AS id, date '2001-01-01' AS valid_from, {numbers})"


def _pools(runs: list[int], needed: int) -> list[PoolNeed]:
    """Return what each pool would have to give if all gave the shares that they gave."""
    paid: dict[int, int] = dict(
        Payment.objects.filter(run__in=runs).order_by().values_list("pool").annotate(coins=Sum("coins"))
    )
    shares = _shares(paid, needed)
    pools: Any = funding.with_coins(FundingPool.objects.filter(pk__in=paid)).select_related("sponsor__organisation")
    return [
        PoolNeed(pool.name, str(pool.sponsor or _("Gemeinschaftstopf")), paid[pool.pk], shares[pool.pk], pool.coins)
        for pool in pools.order_by("pk")
    ]


def _shares(paid: dict[int, int], coins: int) -> dict[int, int]:
    """Share out `coins` as `paid` was: rounded down, and one more each for those who lost most by that."""
    total = sum(paid.values())
    if not total:
        return dict.fromkeys(paid, 0)
    shares = {pool: coins * part // total for pool, part in paid.items()}
    by_loss = sorted(paid, key=lambda pool: (-(coins * paid[pool] % total), pool))
    for pool in by_loss[: coins - sum(shares.values())]:
        shares[pool] += 1
    return shares


# ── SQL ──────────────────────────────────────────────────────────────────────────────────────────
_TABLES = """
    DROP TABLE IF EXISTS simulated_entry, simulated_item;
    CREATE TEMPORARY TABLE simulated_entry (entry_id bigint, account_id bigint, end_units bigint, category_id bigint,
        starts_at timestamptz, public_id uuid, minutes integer, with_host boolean, done_on date) ON COMMIT DROP;
    CREATE TEMPORARY TABLE simulated_item (account_id bigint, category_id bigint, done_on date, minutes integer,
        counted_minutes integer, cut_by smallint, with_host boolean, units bigint) ON COMMIT DROP;
    CREATE INDEX ON simulated_item (account_id, done_on);
"""

# What was counted before, as the run knew it: by runs before all of these, and by those of these that came before.
_COUNTED = """(
    SELECT account_id, done_on, category_id, with_host, counted_minutes::integer FROM coins_conversionitem
     WHERE run_id <> ALL (ARRAY[%s]::bigint[])
    UNION ALL SELECT account_id, done_on, category_id, with_host, counted_minutes FROM simulated_item)"""

# In the order in which the run counted: where its items lie on the axis. Those that counted nothing lie on one point,
# there the entry knows, as far as it has not been erased.
_ENTRIES_OF_A_RUN = """
    DELETE FROM simulated_entry;
    INSERT INTO simulated_entry
    SELECT i.entry_id, i.account_id, 0, i.category_id,
           to_timestamp(row_number() OVER (PARTITION BY i.account_id ORDER BY i.done_on, i.from_units, i.to_units,
                                           e.starts_at, e.public_id, i.entry_id)),
           '00000000-0000-0000-0000-000000000000', i.minutes, i.with_host, i.done_on
      FROM coins_conversionitem i LEFT JOIN activities_sharedtimeentry e ON e.id = i.entry_id
     WHERE i.run_id = %(run)s
"""

_COUNT = """
    INSERT INTO simulated_item
    SELECT account_id, category_id, done_on, minutes, counted, cut_by, with_host, to_units - from_units
      FROM coins_count_minutes(%(entries)s)
"""

# Youths by how many coins more they would have: earned and payable, was and would be. The room in the year is that of
# the last run's year; of runs on both sides of New Year it is a little too wide.
_YOUTHS = """
    WITH was AS (
      SELECT account_id, sum(to_units - from_units)::bigint AS units
        FROM coins_conversionitem WHERE run_id = ANY (%(runs)s) GROUP BY account_id),
    would AS (SELECT account_id, sum(units)::bigint AS units FROM simulated_item GROUP BY account_id),
    since AS (
      SELECT DISTINCT ON (l.account_id) l.account_id, l.carry_in_units, l.open_in_coins
        FROM coins_conversionline l JOIN coins_conversionrun r ON r.id = l.run_id
       WHERE l.run_id = ANY (%(runs)s) ORDER BY l.account_id, r.cutoff),
    paid AS (
      SELECT l.account_id, sum(l.paid_coins) AS coins
        FROM coins_conversionline l JOIN coins_conversionrun r ON r.id = l.run_id
       WHERE r.cutoff < %(first)s AND extract(year FROM r.effective_on) = %(year)s
       GROUP BY l.account_id),
    youth AS (
      SELECT s.open_in_coins AS open, (s.carry_in_units + was.units) / %(coin)s AS was,
             (s.carry_in_units + would.units) / %(coin)s AS would,
             greatest(%(cap_was)s - coalesce(p.coins, 0), 0) AS room_was,
             greatest(%(cap_would)s - coalesce(p.coins, 0), 0) AS room_would
        FROM was JOIN would USING (account_id) JOIN since s USING (account_id) LEFT JOIN paid p USING (account_id))
    SELECT would - was, count(*), sum(was), sum(would),
           sum(least(open + was, room_was) - least(open, room_was)),
           sum(least(open + would, room_would) - least(open, room_would)),
           count(*) FILTER (WHERE open + was > room_was), count(*) FILTER (WHERE open + would > room_would)
      FROM youth GROUP BY 1 ORDER BY 1
"""

_BY_CATEGORY = """
    SELECT category_id, was.counted, would.counted, was.entries, was.minutes
      FROM (SELECT category_id, sum(counted_minutes)::bigint AS counted, count(*) AS entries,
                   sum(minutes)::bigint AS minutes
              FROM coins_conversionitem WHERE run_id = ANY (%(runs)s) GROUP BY category_id) was
      JOIN (SELECT category_id, sum(counted_minutes)::bigint AS counted
              FROM simulated_item GROUP BY category_id) would USING (category_id)
     ORDER BY was.counted DESC, category_id
"""

_BY_CUT = """
    SELECT cut_by, coalesce(was.n, 0), coalesce(would.n, 0)
      FROM (SELECT cut_by, count(*) AS n FROM coins_conversionitem
             WHERE run_id = ANY (%(runs)s) AND cut_by > 0 GROUP BY cut_by) was
      FULL JOIN (SELECT cut_by, count(*) AS n FROM simulated_item WHERE cut_by > 0 GROUP BY cut_by) would USING (cut_by)
     ORDER BY cut_by
"""
