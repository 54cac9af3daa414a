"""The run in SQL against the run in plain Python, on cases that nobody would think of."""

import itertools
import random
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.models import SharedTimeEntry
from clevervibes.lib import db, periods
from coins import conversion, funding, lots, reconciliation
from coins.models import Axis, ConversionItem, ConversionLine, ConversionPolicy, Payment, RunPool
from tests.coins import conversion_model as model
from tests.factories import make_category, make_club, make_pool, make_youth

pytestmark = pytest.mark.django_db

# Two weeks around the end of a year and of summer time's opposite: ISO week, calendar year and Berlin day differ.
FIRST_MONDAY = datetime(2026, 10, 19, tzinfo=periods.BERLIN)
CUTOFFS = [
    datetime(2026, 12, 29, 17, tzinfo=UTC),
    datetime(2026, 12, 31, 17, tzinfo=UTC),
    datetime(2027, 1, 1, 17, tzinfo=UTC),  # the same week, the next year
    datetime(2027, 1, 5, 17, tzinfo=UTC),  # the next week
]

an_entry = st.fixed_dictionaries(
    {
        "pause": st.integers(0, 2400),
        "minutes": st.integers(15, 240),
        "category": st.sampled_from(["lesen", "sprachen"]),
        "host": st.booleans(),
        "run": st.integers(0, len(CUTOFFS) - 1),
    }
)
some_youths = st.lists(st.lists(an_entry, max_size=9), min_size=1, max_size=4)
# Coins at the start, limit per week, and a deposit before the third run.
a_pool = st.tuples(st.integers(0, 150), st.none() | st.integers(0, 60), st.integers(0, 50))
some_pools = st.lists(a_pool, min_size=1, max_size=3)


@contextmanager
def nothing_stays():
    """Services inside run as parts of one transaction that is rolled back."""
    token = db.inside_keyed_block.set(True)
    try:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
    finally:
        db.inside_keyed_block.reset(token)


def store(youth, given_entries, categories, source) -> list[tuple[SharedTimeEntry, int]]:
    """Approved entries, one after the other, stored in random order and with random public ids."""
    rows, at = [], FIRST_MONDAY.astimezone(UTC)
    for one in given_entries:
        at += timedelta(minutes=one["pause"])
        entry = SharedTimeEntry(
            youth=youth, category=categories[one["category"]], starts_at=at, public_id=uuid4(),
            ends_at=at + timedelta(minutes=one["minutes"]), duration_minutes=one["minutes"], status="approved",
            companion_relation="parent", did="gelesen", claimed_at=at, host_confirmed=one["host"],
            approved_at=CUTOFFS[one["run"]] - timedelta(seconds=1),
        )  # fmt: skip
        rows.append((entry, one["run"]))
        at = entry.ends_at
    shuffled = [entry for entry, _run in rows]
    source.shuffle(shuffled)
    SharedTimeEntry.objects.bulk_create(shuffled)
    return rows


def as_model(entry: SharedTimeEntry, rules: model.Rules) -> model.Entry:
    return model.Entry(
        order=(entry.starts_at, entry.public_id), day=periods.berlin_date(entry.starts_at),
        minutes=entry.duration_minutes, category=entry.category.slug, category_cap=entry.category.weekly_cap_minutes,
        host=entry.host_confirmed, rules=rules,
    )  # fmt: skip


def found(run, accounts) -> list[dict | None]:
    lines = {line.account_id: line for line in ConversionLine.objects.filter(run=run)}
    names = {
        "open_in": "open_in_coins", "carry_in": "carry_in_units", "minutes": "minutes", "counted": "counted_minutes",
        "units": "units", "carry_out": "carry_out_units", "earned": "earned_coins", "due": "due_coins",
        "paid": "paid_coins", "open_out": "open_out_coins",
    }  # fmt: skip
    return [
        {name: getattr(lines[a.pk], attribute) for name, attribute in names.items()} if a.pk in lines else None
        for a in accounts
    ]


def capacity(pools, limits, week_used) -> int:
    return sum(
        max(0, min(left, limit - used) if limit is not None else left)
        for left, limit, used in zip(pools, limits, week_used, strict=True)
    )


def top_up(pool, coins: int) -> None:
    if coins:
        day = periods.berlin_date(CUTOFFS[0])
        funding.book_deposit(pool=pool, amount_cents=coins * 10, received_on=day, by=None, now=CUTOFFS[0])


def check_tied_together(run) -> None:
    """Items, lines and payments of a run tell one story on each youth's axis."""
    for line in run.lines.all():
        items = ConversionItem.objects.filter(run=run, account=line.account_id)
        assert sum(item.to_units - item.from_units for item in items) == line.units
        payments = list(Payment.objects.filter(run=run, account=line.account_id).order_by("from_units"))
        assert sum(payment.coins for payment in payments) == line.paid_coins
        for before, after in itertools.pairwise(payments):
            assert before.to_units == after.from_units
    for row in RunPool.objects.filter(run=run):
        assert sum(p.coins for p in Payment.objects.filter(run=run, pool=row.pool_id)) == row.coins
    for axis in Axis.objects.all():
        covered = sorted(Payment.objects.filter(account=axis.account_id).values_list("from_units", "to_units"))
        assert [start for start, _end in covered] == [0, *[end for _start, end in covered[:-1]]][: len(covered)]
        reach = sorted(ConversionItem.objects.filter(account=axis.account_id).values_list("from_units", "to_units"))
        assert reach[-1][1] == axis.end_units if reach else axis.end_units == 0


def play(youths_given, pools_given, rules: model.Rules, seed: int) -> None:
    source = random.Random(seed)
    ConversionPolicy.objects.update(
        minutes_per_coin=rules.minutes_per_coin, host_weight_percent=rules.host_weight_percent,
        day_cap_minutes=rules.day_cap, host_day_cap_minutes=rules.host_day_cap, week_cap_minutes=rules.week_cap,
        year_cap_coins=rules.year_cap,
    )  # fmt: skip
    club = make_club()
    categories = {"lesen": make_category(weekly_cap_minutes=300), "sprachen": make_category("Sprachen")}
    pools = [
        make_pool(coins=coins, weekly_limit_coins=limit, now=CUTOFFS[0], name=f"Topf {n}")
        for n, (coins, limit, _more) in enumerate(pools_given)
    ]  # fmt: skip
    left, limits, more = (list(column) for column in zip(*pools_given, strict=True))
    used = [0] * len(pools)
    youths = [make_youth(f"Kind{n}", now=FIRST_MONDAY - timedelta(days=1)) for n in range(len(youths_given))]
    accounts = [lots.account_for(youth) for youth in youths]
    stored = [store(y, entries, categories, source) for y, entries in zip(youths, youths_given, strict=True)]
    expected = [model.Youth() for _ in youths]

    for number, cutoff in enumerate(CUTOFFS):
        new = [[as_model(entry, rules) for entry, run in rows if run == number] for rows in stored]
        if number == 2:
            for youth in expected:
                youth.paid_in_year = 0
            for n, coins in enumerate(more):
                top_up(pools[n], coins)
                left[n] += coins
        if number == 3:
            used = [0] * len(pools)
        lines = model.run(expected, new, capacity(left, limits, used), rules.year_cap)

        run = conversion.convert(club=club, cutoff=cutoff, now=CUTOFFS[-1])

        assert found(run, accounts) == lines
        assert run.released_coins <= run.due_coins
        check_tied_together(run)
        for row in RunPool.objects.filter(run=run):
            place = pools.index(row.pool)
            left[place] -= row.coins
            used[place] += row.coins
        assert all(coins >= 0 for coins in left)
        assert not [result for result in reconciliation.check() if result.bad]
        # The same cutoff again changes nothing.
        assert conversion.convert(club=club, cutoff=cutoff, now=CUTOFFS[-1]) == run
    assert [lots.account_for(y).stored_balance.posted for y in youths] == [y.paid for y in expected]


any_case = given(
    youths=some_youths,
    pools=some_pools,
    minutes_per_coin=st.sampled_from([1, 6, 7, 45, 210]),
    host_weight_percent=st.sampled_from([1, 100, 133, 150]),
    year_cap=st.sampled_from([0, 25, 600]),
    seed=st.integers(0, 2**32),
)
# The fixture's database is the same for all cases; each of them is rolled back.
relaxed = settings(deadline=None, suppress_health_check=list(HealthCheck), report_multiple_bugs=False)


def compare(youths, pools, minutes_per_coin, host_weight_percent, year_cap, seed) -> None:
    rules = model.Rules(
        minutes_per_coin=minutes_per_coin, host_weight_percent=host_weight_percent, year_cap=year_cap, week_cap=400
    )
    with nothing_stays():
        play(youths, pools, rules, seed)


@settings(relaxed, max_examples=12)
@any_case
def test_any_run_equals_the_plain_one(**case):
    compare(**case)


@pytest.mark.slow
@settings(relaxed, max_examples=1_000)
@any_case
def test_a_thousand_runs_equal_the_plain_one(**case):
    compare(**case)
