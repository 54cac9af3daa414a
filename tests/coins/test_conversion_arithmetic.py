"""The run in SQL against the run in plain Python, on cases that nobody would think of."""

import itertools
import random
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import Club, Consent, Sighting, User, YouthProfile
from activities.models import Category, SharedTimeEntry
from clevervibes.lib import db, periods
from coins import conversion, funding, lots, reconciliation
from coins.models import (
    Axis,
    ConversionItem,
    ConversionLine,
    ConversionPolicy,
    ConversionRun,
    LedgerAccount,
    Payment,
    RunPool,
    YouthAccount,
)
from tests.coins import conversion_model as model
from tests.concurrency import chosen_seed, scaled, tell
from tests.factories import make_category, make_club, make_consent_text, make_pool, make_sponsor, make_youth

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
    rows = entries_of(youth, given_entries, categories)
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
@settings(relaxed, max_examples=60)
@any_case
def test_sixty_more_runs_equal_the_plain_one(**case):
    compare(**case)


# ── Twenty thousand youths ───────────────────────────────────────────────────────────────────────
# A case is one youth's hours, drawn by Hypothesis. Hundreds of them share a database transaction and the clubs whose
# pools they compete for, or the SQL would spend its time on setting the stage.
CASES = 20_000
CASES_AT_ONCE = 250
CLUB_SIZES = [1, 2, 5, 12, 30, 60]
POLICY_CHANGE = date(2026, 10, 26)  # the second of the weeks in which most hours lie


def drawn(strategy: st.SearchStrategy, number: int, seed: int) -> list[Any]:
    """Return `number` examples of `strategy`, as Hypothesis draws them for a test."""
    examples = []

    @hypothesis.seed(seed)
    @settings(relaxed, max_examples=number, phases=[Phase.generate], database=None)
    @given(strategy)
    def collect(example):
        examples.append(example)

    while len(examples) < number:
        collect()
    return examples[:number]


def some_rules(source: random.Random) -> model.Rules:
    """Rules that mostly let something through: of all that Hypothesis draws, too much is zero."""
    return model.Rules(
        minutes_per_coin=source.choice([1, 5, 6, 6, 7, 8, 45, 210]),
        host_weight_percent=source.choice([1, 100, 133, 150, 1000]),
        day_cap=source.choice([0, 45, 120, 240, 240, 300]),
        host_day_cap=source.choice([200, 480]),
        week_cap=source.choice([100, 400, 720, 720]),
        year_cap=source.choice([0, 25, 60, 600, 600, 600]),
    )


def some_shares(source: random.Random) -> list[tuple[int, int | None, int]]:
    """For up to three pools the coins at the start, the limit per week, and a deposit before the third run, each per
    youth of the club."""
    return [
        (source.randint(0, 20), source.choice([None, None, source.randint(0, 15)]), source.randint(0, 20))
        for _ in range(source.randint(1, 3))
    ]


@dataclass
class Town:
    """One club of a batch: its youths in the order of their accounts, their hours, its pools."""

    club: Club
    accounts: list[int]
    hours: list[list[tuple[SharedTimeEntry, int]]]  # each entry with the number of its run
    pools: list[Any]
    shares: list[tuple[int, int | None, int]]


def set_rules(rules: model.Rules, valid_from: date) -> None:
    ConversionPolicy.objects.update_or_create(
        valid_from=valid_from,
        defaults={
            "minutes_per_coin": rules.minutes_per_coin, "host_weight_percent": rules.host_weight_percent,
            "day_cap_minutes": rules.day_cap, "host_day_cap_minutes": rules.host_day_cap,
            "week_cap_minutes": rules.week_cap, "year_cap_coins": rules.year_cap,
        },
    )  # fmt: skip


def settle_in(name: str, patterns: list, shares: list, categories: dict[str, Category], source: random.Random) -> Town:
    """Found a club whose youths have the hours of `patterns`. Grown up, so that they stand for themselves."""
    club = make_club(name)
    count, at = len(patterns), FIRST_MONDAY - timedelta(days=1)
    users = User.objects.bulk_create(
        User(username=f"{club.slug}-{n}", first_name=f"Kind{n}", club=club, password="!") for n in range(count)
    )
    youths = YouthProfile.objects.bulk_create(
        YouthProfile(user=user, birth_date=date(2007, 5, 1), joined_at=at) for user in users
    )
    text = make_consent_text()
    Consent.objects.bulk_create(Consent(youth=y, text=text, given_by=y.user, given_at=at) for y in youths)
    Sighting.objects.bulk_create(Sighting(person=user, seen_at=at) for user in users)
    source.shuffle(youths)
    accounts = LedgerAccount.objects.bulk_create(
        LedgerAccount(kind=LedgerAccount.Kind.YOUTH, owner=uuid4(), asset=LedgerAccount.Asset.COIN, stored=True)
        for _ in youths
    )
    YouthAccount.objects.bulk_create(
        YouthAccount(youth=y, account=account) for y, account in zip(youths, accounts, strict=True)
    )
    sponsor = make_sponsor(club=club)
    shares = [(coins * count, None if limit is None else limit * count, more * count) for coins, limit, more in shares]
    pools = [
        make_pool(coins=coins, weekly_limit_coins=limit, now=CUTOFFS[0], name=f"Topf {n}", sponsor=sponsor, club=club)
        for n, (coins, limit, _more) in enumerate(shares)
    ]
    hours = [entries_of(youth, pattern, categories) for youth, pattern in zip(youths, patterns, strict=True)]
    return Town(club, [account.pk for account in accounts], hours, pools, shares)


def play_town(town: Town, rules: list[tuple[date, model.Rules]]) -> list[dict[str, Any]]:
    """Let every run of a club happen, and return where it said something else than the plain one."""
    expected, wrong = [model.Youth() for _ in town.accounts], []
    left, limits, more = (list(column) for column in zip(*town.shares, strict=True))
    used = [0] * len(town.pools)
    for number, cutoff in enumerate(CUTOFFS):
        if number == 2:
            for youth in expected:
                youth.paid_in_year = 0
            for n, coins in enumerate(more):
                top_up(town.pools[n], coins)
                left[n] += coins
        if number == 3:
            used = [0] * len(town.pools)
        new = [[as_model(entry, rules_on(entry, rules)) for entry, run in rows if run == number] for rows in town.hours]
        year_cap = rules[-1][1].year_cap
        lines = model.run(expected, new, capacity(left, limits, used), year_cap)

        run = conversion.convert(club=town.club, cutoff=cutoff, now=CUTOFFS[-1])

        for account, line, one in zip(town.accounts, lines, found_in_bulk(run, town.accounts), strict=True):
            if line != one:
                wrong.append({"account": account, "run": number, "expected": line, "found": one})
        if not run.released_coins == sum(line["paid"] for line in lines if line) <= capacity(left, limits, used):
            wrong.append({"run": number, "released": run.released_coins, "there": capacity(left, limits, used)})
        for row in RunPool.objects.filter(run=run):
            place = town.pools.index(row.pool)
            left[place] -= row.coins
            used[place] += row.coins
        before = everything(run)
        conversion.convert(club=town.club, cutoff=cutoff, now=CUTOFFS[-1])
        if everything(run) != before:
            wrong.append({"run": number, "again": everything(run), "before": before})
    return wrong + rounded_away(town.accounts)


def entries_of(youth: YouthProfile, pattern: list, categories: dict[str, Category]) -> list[tuple]:
    """Return a youth's entries, not stored yet, each with the number of its run."""
    rows, at = [], FIRST_MONDAY.astimezone(UTC)
    for one in pattern:
        at += timedelta(minutes=one["pause"])
        entry = SharedTimeEntry(
            youth=youth, category=categories[one["category"]], starts_at=at, public_id=uuid4(),
            ends_at=at + timedelta(minutes=one["minutes"]), duration_minutes=one["minutes"], status="approved",
            companion_relation="parent", did="gelesen", claimed_at=at + timedelta(minutes=one["minutes"]),
            host_confirmed=one["host"],
            approved_at=CUTOFFS[one["run"]] - timedelta(seconds=1),
        )  # fmt: skip
        rows.append((entry, one["run"]))
        at = entry.ends_at
    return rows


def rules_on(entry: SharedTimeEntry, rules: list[tuple[date, model.Rules]]) -> model.Rules:
    day = periods.berlin_date(entry.starts_at)
    return next(of for since, of in reversed(rules) if since <= day)


def found_in_bulk(run: ConversionRun, accounts: list[int]) -> list[dict | None]:
    columns = (
        "open_in_coins", "carry_in_units", "minutes", "counted_minutes", "units", "carry_out_units", "earned_coins",
        "due_coins", "paid_coins", "open_out_coins",
    )  # fmt: skip
    names = ["open_in", "carry_in", "minutes", "counted", "units", "carry_out", "earned", "due", "paid", "open_out"]
    lines = {row[0]: row[1:] for row in ConversionLine.objects.filter(run=run).values_list("account", *columns)}
    return [dict(zip(names, lines[account], strict=True)) if account in lines else None for account in accounts]


def everything(run: ConversionRun) -> list[object]:
    """Return what a second run over the same cutoff must leave alone."""
    return [
        ConversionRun.objects.filter(club=run.club).count(),
        *(kind.objects.count() for kind in (ConversionItem, ConversionLine, Payment)),
        sorted(Axis.objects.values_list("account", "end_units", "covered_units")),
    ]


def rounded_away(accounts: list[int]) -> list[dict[str, Any]]:
    """Return the youths whose coins and carry are not, to the unit, what their minutes make, or whose hours, axis and
    payments are not one gapless line."""
    wrong = []
    items, payments = defaultdict(list), defaultdict(list)
    for account, *row in ConversionItem.objects.filter(account__in=accounts).values_list(
        "account", "from_units", "to_units", "counted_minutes", "with_host", "policy__host_weight_percent",
        "policy__minutes_per_coin",
    ):  # fmt: skip
        items[account].append(row)
    paid = Payment.objects.filter(account__in=accounts)
    for account, *row in paid.values_list("account", "from_units", "to_units", "coins"):
        payments[account].append(row)
    axes = {axis.account_id: axis for axis in Axis.objects.filter(account__in=accounts)}
    balances = dict(LedgerAccount.objects.filter(pk__in=accounts).values_list("pk", "stored_balance__posted"))
    for account in accounts:
        axis = axes.get(account) or Axis()
        earned = sum(
            minutes * (weight if host else 100) * 2520 // per_coin
            for _from, _to, minutes, host, weight, per_coin in items[account]
        )
        coins = sum(coins for _from, _to, coins in payments[account])
        ranges = [
            sorted((start, end) for start, end, *_ in rows if end > start)
            for rows in (items[account], payments[account])
        ]
        gapless = all(
            [start for start, _end in line] == [0, *(end for _start, end in line)][: len(line)] for line in ranges
        )
        if not (
            earned == axis.end_units
            and coins * model.COIN == axis.covered_units
            and coins == balances[account]
            and gapless
        ):
            wrong.append({"account": account, "earned": earned, "axis": str(axis), "coins": coins, "lines": ranges})
    return wrong


@pytest.mark.slow
def test_twenty_thousand_youths_get_what_the_plain_run_gives():
    seed, number = chosen_seed(), scaled(CASES)
    source = random.Random(seed)
    cases = drawn(st.lists(an_entry, max_size=9), number, seed)
    wrong, runs, clubs, short, cut, carried = [], 0, 0, 0, 0, 0

    for start in range(0, number, CASES_AT_ONCE):
        patterns = cases[start : start + CASES_AT_ONCE]
        first, second = some_rules(source), some_rules(source)
        first_day = ConversionPolicy.objects.order_by("valid_from").values_list("valid_from", flat=True)[0]
        with nothing_stays(), pytest.MonkeyPatch.context() as patch:
            patch.setattr("coins.planning.YOUTHS_IN_A_CHUNK", source.choice([1, 7, 2_000]))
            set_rules(first, first_day)
            set_rules(second, POLICY_CHANGE)
            categories = {"lesen": make_category(weekly_cap_minutes=300), "sprachen": make_category("Sprachen")}
            towns, taken = [], 0
            while taken < len(patterns):
                size = source.choice(CLUB_SIZES)
                some = patterns[taken : taken + size]
                towns.append(settle_in(f"Club {len(towns)}", some, some_shares(source), categories, source))
                taken += len(some)
            entries = [entry for town in towns for rows in town.hours for entry, _run in rows]
            source.shuffle(entries)
            SharedTimeEntry.objects.bulk_create(entries, batch_size=5_000)
            for town in towns:
                bad = play_town(town, [(first_day, first), (POLICY_CHANGE, second)])
                # What is needed to play one of them again by hand.
                for one in bad:
                    place = town.accounts.index(one["account"]) if "account" in one else None
                    hours = (
                        [(str(entry), run) for entry, run in town.hours[place]] if place is not None else town.shares
                    )
                    wrong.append({**one, "hours": hours, "rules": (first, second)})
            wrong += [f"{result.name}: {result.example}" for result in reconciliation.check() if result.bad]
            runs, clubs = runs + len(towns) * len(CUTOFFS), clubs + len(towns)
            short += ConversionRun.objects.filter(released_coins__lt=F("due_coins"), released_coins__gt=0).count()
            cut += ConversionItem.objects.exclude(cut_by=0).values("account").distinct().count()
            carried += ConversionLine.objects.filter(carry_in_units__gt=0).values("account").distinct().count()

    more = (
        f"{len({repr(case) for case in cases})} different, {cut} meet a cap, {carried} carry on; "
        f"{clubs} clubs with pools of their own, {runs} runs, {short} pay a part"
    )
    report = tell("L8 conversion, cases of hours", bad=len(wrong), of=len(cases), seed=seed, more=more)
    assert report.bad == 0, wrong[:3]
