"""What a sponsor's money did, in coins and hours, and without a name or a group of fewer than five youths.

Money that comes and goes is told by the day of its booking. What youths did with it is told in whole months that are
over, as `coins.withheld` cuts them. Each flow is cut for itself: who earned, who redeemed and whose coins came back
are different groups.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet, Sum

from accounts.models import Membership, User
from activities.models import Category
from clevervibes.lib import periods
from clevervibes.lib.groups import Cell, at_least
from coins import withheld
from coins.models import ConversionRun, FundingPool, LedgerAccount, Payment, Sponsor, Transfer
from coins.withheld import Block

Kind = Transfer.Kind
# What is booked for a month comes within its first days: the run after it, a scan without connection.
SETTLES = timedelta(days=7)
THOUSANDTHS = 1000  # of a minute: what an hour's sponsors share is no whole number
_KEY = re.compile(r"(?P<year>20[0-9]{2})(-q(?P<quarter>[1-4]))?")


# ── Whose, and which time ────────────────────────────────────────────────────────────────────────
def sponsors_seen_by(user: User) -> QuerySet[Sponsor]:
    """Return the sponsors that somebody is a contact of, by name."""
    return Sponsor.objects.filter(
        organisation__memberships__user=user, organisation__memberships__role=Membership.Role.CONTACT
    ).select_related("organisation__club").order_by("organisation__name")  # fmt: skip


@dataclass(frozen=True)
class Span:
    """A quarter, a year, or all: days from `first` to before `end`. `key` is how an address says it."""

    key: str = "alles"
    first: date = date.min
    end: date = date.max
    year: int = 0
    quarter: int = 0

    def __contains__(self, day: date) -> bool:
        return self.first <= day < self.end


ALL = Span()


def span_of(key: str) -> Span | None:
    """Return the span that an address says (`2026`, `2026-q3`, `alles`), or None."""
    if key in ("", ALL.key):
        return ALL
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    year, quarter = int(found["year"]), int(found["quarter"] or 0)
    first = date(year, 3 * quarter - 2 if quarter else 1, 1)
    end = date(year + 1, 1, 1)
    if quarter:
        end = periods.next_month(first.replace(month=first.month + 2))
    return Span(key, first, end, year, quarter)


def spans(since: date, until: date) -> list[Span]:
    """Return all, the years and the quarters between two days, the latest first."""
    found = [ALL]
    for year in range(until.year, since.year - 1, -1):
        found.append(_span(str(year)))
        quarters = [_span(f"{year}-q{quarter}") for quarter in (4, 3, 2, 1)]
        found += [quarter for quarter in quarters if quarter.first <= until and since < quarter.end]
    return found


def _span(key: str) -> Span:
    found = span_of(key)
    assert found is not None  # noqa: S101 (for the type checker)
    return found


def end_of_stand(now: datetime) -> date:
    """Return the day before which months are told: the first of a month.

    A month is told a week after it is over, and not while a run that belongs to it is open.
    """
    end = (periods.berlin_date(now) - SETTLES).replace(day=1)
    run = ConversionRun.objects.filter(closed_at=None, effective_on__lt=end).first()
    return run.effective_on.replace(day=1) if run else end


# ── The figures ──────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Impact:
    """What may be said about a sponsor's money in a span, up to `end` (that day is not in it any more).

    Coins that are not told yet because too few youths stand behind them are missing in every sum.
    """

    sponsor: Sponsor
    span: Span
    end: date
    funded_coins: int  # in the span: deposits, and what was moved here, less what was taken away again
    earned_coins: int  # released by the pools for hours
    granted_coins: int
    redeemed_coins: int
    back_coins: int  # expired, taken back or given back: they are in the pools again
    left_coins: int  # at the end of the span or before `end`: what is told and not gone
    minutes: int
    youths: int  # at least so many
    by_category: list[tuple[str, int]]  # minutes; "" is what was merged
    by_block: list[Block] = field(default_factory=list)  # of hours: the amount is minutes, too

    @property
    def is_empty(self) -> bool:
        return not self.by_block


def of(sponsor: Sponsor, *, span: Span = ALL, now: datetime) -> Impact:
    """Return what a sponsor's money did in a span."""
    pools = list(sponsor.pools.all())
    end = end_of_stand(now)
    flows = {name: withheld.blocks(flow) for name, flow in _flows(pools, end).items()}
    categories: dict[int, str] = dict(Category.objects.values_list("pk", "name"))
    coins, hours = _earned(pools, end, categories)
    earned = withheld.blocks(coins, hours, scale=THOUSANDTHS)
    told = [block for block in earned if block.last in span]
    until = min(end, span.end)
    before = Span(end=until)

    def within(name: str, where: Span) -> int:
        return sum(block.amount for block in flows[name] if block.last in where)

    by_category: dict[str, int] = {}
    for block in told:
        for name, minutes in block.parts.items():
            by_category[name] = by_category.get(name, 0) + minutes
    in_order = sorted(by_category.items(), key=lambda pair: (pair[0] == "", -pair[1], pair[0]))
    return Impact(
        sponsor=sponsor, span=span, end=until,
        funded_coins=funded(pools, since=span.first, end=until),
        earned_coins=sum(block.amount for block in told),
        granted_coins=within("granted", span),
        redeemed_coins=within("redeemed", span),
        back_coins=within("back", span),
        left_coins=funded(pools, end=until) - sum(block.amount for block in earned if block.last in before)
        - within("granted", before) + within("back", before),
        minutes=sum(by_category.values()),
        youths=_youths(pools, told),
        by_category=in_order,
        by_block=[Block(block.first, block.last, sum(block.parts.values()), block.parts) for block in told],
    )  # fmt: skip


def funded(pools: list[FundingPool], *, since: date = date.min, end: date = date.max) -> int:
    """Return the coins that came into `pools` for good in `[since, end)`, without what was moved on or paid back."""
    accounts = LedgerAccount.objects.filter(
        kind=LedgerAccount.Kind.POOL, owner__in=[pool.public_id for pool in pools]
    ).values("pk")  # fmt: skip
    moves = Transfer.objects.filter(
        kind__in=[Kind.DEPOSIT, Kind.REALLOCATION, Kind.WITHDRAWAL], effective_on__gte=since, effective_on__lt=end
    )
    into, out = (
        moves.filter(**{f"{side}__in": accounts}).aggregate(coins=Sum("amount", default=0))["coins"]
        for side in ("credit", "debit")
    )
    return int(into - out)


def _youths(pools: list[FundingPool], told: list[Block]) -> int:
    if not told:
        return 0
    # Between the blocks of a span nobody earned.
    end = periods.next_month(told[-1].last)
    paid = Payment.objects.filter(
        pool__in=pools, run__effective_on__gte=told[0].first, run__effective_on__lt=end, run__closed_at__isnull=False
    )
    return at_least(paid.aggregate(youths=Count("account", distinct=True))["youths"])


def _earned(
    pools: list[FundingPool], end: date, categories: Mapping[int, str]
) -> tuple[dict[date, Cell], dict[date, dict[str, Cell]]]:
    """Return by month what runs paid, and the minutes behind it by category, each with up to five of who earned it."""
    coins = _cells(_PAID, pools, end)
    hours: dict[date, dict[str, Cell]] = {}
    for month, category, minutes, accounts in _rows(_HOURS, pools, end):
        cell = Cell(minutes, frozenset(accounts))
        by_name = hours.setdefault(month, {})
        name = categories[category]
        by_name[name] = by_name.get(name, Cell()) + cell
    return coins, hours


def _flows(pools: list[FundingPool], end: date) -> dict[str, dict[date, Cell]]:
    return {
        "granted": _cells(_GRANTED, pools, end),
        "redeemed": _cells(_REDEEMED, pools, end),
        "back": _cells(_BACK, pools, end),
    }


def _cells(sql: str, pools: list[FundingPool], end: date) -> dict[date, Cell]:
    return {month: Cell(coins, frozenset(accounts or ())) for month, coins, accounts in _rows(sql, pools, end)}


def _rows(sql: str, pools: list[FundingPool], end: date) -> list[tuple]:
    kinds = {kind.name.lower(): kind.value for kind in Kind}
    parameters: dict[str, Any] = {
        **kinds, "youth": LedgerAccount.Kind.YOUTH.value, "pool": LedgerAccount.Kind.POOL.value, "end": end,
        "pools": [pool.pk for pool in pools], "owners": [pool.public_id for pool in pools],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


_PAID = """
    SELECT date_trunc('month', r.effective_on)::date, sum(p.coins)::bigint, (array_agg(DISTINCT p.account_id))[1:5]
      FROM coins_payment p JOIN coins_conversionrun r ON r.id = p.run_id
     WHERE p.pool_id = ANY(%(pools)s) AND r.closed_at IS NOT NULL AND r.effective_on < %(end)s
     GROUP BY 1
"""
# A payment covers a stretch of its youth's axis, and so do the entries it pays for: what both cover is what this money
# paid of that hour.
_HOURS = """
    SELECT date_trunc('month', r.effective_on)::date, i.category_id,
           floor(sum(1000 * i.counted_minutes::numeric
               * (least(i.to_units, p.to_units) - greatest(i.from_units, p.from_units))
               / (i.to_units - i.from_units)))::bigint,
           (array_agg(DISTINCT p.account_id))[1:5]
      FROM coins_payment p
      JOIN coins_conversionrun r ON r.id = p.run_id
      JOIN coins_conversionitem i
        ON i.account_id = p.account_id AND i.from_units < p.to_units AND i.to_units > p.from_units
     WHERE p.pool_id = ANY(%(pools)s) AND r.closed_at IS NOT NULL AND r.effective_on < %(end)s
     GROUP BY 1, 2
"""
_GRANTED = """
    SELECT date_trunc('month', t.effective_on)::date, sum(t.amount)::bigint, (array_agg(DISTINCT t.credit_id))[1:5]
      FROM coins_transfer t JOIN coins_ledgeraccount a ON a.id = t.debit_id
     WHERE a.kind = %(pool)s AND a.owner = ANY(%(owners)s) AND t.kind = %(grant)s AND t.effective_on < %(end)s
     GROUP BY 1
"""
# What a redemption took out of the lots of these pools, less what a refund laid back into them.
_REDEEMED = """
    SELECT date_trunc('month', t.effective_on)::date, -sum(m.coins)::bigint, (array_agg(DISTINCT l.account_id))[1:5]
      FROM coins_lotmove m
      JOIN coins_lot l ON l.id = m.lot_id
      JOIN coins_transfer t ON t.id = m.transfer_id
     WHERE l.pool_id = ANY(%(pools)s) AND t.kind IN (%(redemption)s, %(refund)s, %(correction)s)
       AND t.effective_on < %(end)s
     GROUP BY 1
"""
_BACK = """
    SELECT date_trunc('month', t.effective_on)::date, sum(t.amount)::bigint,
           (array_agg(DISTINCT d.id) FILTER (WHERE d.kind = %(youth)s))[1:5]
      FROM coins_transfer t
      JOIN coins_ledgeraccount a ON a.id = t.credit_id
      JOIN coins_ledgeraccount d ON d.id = t.debit_id
     WHERE a.kind = %(pool)s AND a.owner = ANY(%(owners)s) AND t.effective_on < %(end)s
       AND t.kind IN (%(expiry)s, %(take_back)s, %(return)s, %(refund)s, %(correction)s)
     GROUP BY 1
"""
