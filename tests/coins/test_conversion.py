"""Conversion runs through their services and the command: who gets what, when, and that nothing happens twice."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from activities import approvals
from activities.models import SharedTimeEntry
from clevervibes.lib import db, periods
from coins import conversion, funding, ledger, lots, planning
from coins.models import (
    Axis,
    ConversionItem,
    ConversionPolicy,
    ConversionRun,
    FundingPool,
    LedgerAccount,
    Lot,
    Payment,
    Transfer,
)
from tests.coins import books
from tests.concurrency import MEET, control, in_parallel, rounds
from tests.factories import (
    NOON,
    give_coins,
    guardian_of,
    make_account,
    make_approved,
    make_category,
    make_club,
    make_pool,
    make_youth,
)

pytestmark = pytest.mark.django_db

Cut = ConversionItem.Cut
_EUROS = (Transfer.Kind.BANK_IN, Transfer.Kind.ALLOTMENT)
LATER = NOON + timedelta(hours=1)
MONDAY = datetime(2026, 9, 14, 8, 0, tzinfo=UTC)


def planned(cutoff=LATER, *, club=None) -> ConversionRun:
    return conversion.plan(run=conversion.start(club=club or make_club(), cutoff=cutoff, now=cutoff))


def convert(cutoff=LATER, *, club=None, now=LATER + timedelta(days=400)) -> ConversionRun:
    return conversion.convert(club=club or make_club(), cutoff=cutoff, now=now)


def approve_host_time(youth, *, starts_at, minutes, **fields) -> SharedTimeEntry:
    """Time that a host confirmed; nobody else has to."""
    return SharedTimeEntry.objects.create(
        youth=youth, category=fields.pop("category", None) or make_category(), starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes), duration_minutes=minutes, status="approved",
        companion_relation="company", did="Besuch", claimed_at=NOON, approved_at=NOON, host_confirmed=True, **fields,
    )  # fmt: skip


def approve_days(youth, *minutes, at=MONDAY, **details) -> list[SharedTimeEntry]:
    """One entry a day from `at` on."""
    return [
        make_approved(youth, starts_at=at + timedelta(days=n), minutes=some, now=NOON + timedelta(days=6), **details)
        for n, some in enumerate(minutes)
    ]  # fmt: skip


def item_of(entry) -> ConversionItem:
    return entry.conversion_items.get()


def line_of(run, youth):
    return run.lines.get(account=make_account(youth=youth))


def balance_of(youth) -> int:
    return ledger.balance(make_account(youth=youth))


# ── What counts ──────────────────────────────────────────────────────────────────────────────────
def test_six_minutes_are_a_coin():
    youth, pool = make_youth(), make_pool(coins=100)
    entry = make_approved(youth, minutes=62)

    run = convert()

    assert balance_of(youth) == 10
    line = line_of(run, youth)
    assert (line.minutes, line.counted_minutes, line.earned_coins, line.paid_coins) == (62, 62, 10, 10)
    assert line.carry_out_units == 2 * 42_000
    item = item_of(entry)
    assert (item.minutes, item.counted_minutes, item.cut_by, item.done_on) == (62, 62, Cut.NONE, date(2026, 9, 16))
    lot = Lot.objects.get()
    assert (lot.pool, lot.coins, lot.left, lot.valid_until) == (pool, 10, 10, date(2029, 12, 31))
    assert lot.transfer.source_id == Payment.objects.get().pk
    assert run.state == ConversionRun.State.CLOSED


def test_minutes_that_make_no_coin_are_carried_on():
    youth = make_youth()
    make_pool(coins=100)
    make_approved(youth, minutes=17)
    convert()
    make_approved(youth, minutes=19, starts_at=NOON - timedelta(hours=5))

    line = line_of(convert(LATER + timedelta(days=1)), youth)

    assert balance_of(youth) == 6
    assert (line.carry_in_units, line.earned_coins, line.carry_out_units) == (5 * 42_000, 4, 0)


def test_time_with_a_company_counts_one_and_a_half():
    youth = make_youth()
    make_pool(coins=100)
    approve_host_time(youth, starts_at=MONDAY, minutes=60)

    convert()

    assert balance_of(youth) == 15


def test_the_day_s_cap_limits_what_counts_and_the_rest_is_shown():
    youth = make_youth()
    make_pool(coins=1_000)
    first = make_approved(youth, starts_at=MONDAY, minutes=200)
    second = make_approved(youth, starts_at=MONDAY + timedelta(hours=5), minutes=100)

    run = convert()

    assert (item_of(first).counted_minutes, item_of(second).counted_minutes) == (200, 40)
    assert item_of(second).cut_by == Cut.DAY
    assert (line_of(run, youth).minutes, line_of(run, youth).counted_minutes) == (300, 240)


def test_time_with_a_company_has_a_day_cap_of_its_own():
    youth = make_youth()
    make_pool(coins=1_000)
    own = make_approved(youth, starts_at=MONDAY, minutes=240)
    host = approve_host_time(youth, starts_at=MONDAY + timedelta(hours=5), minutes=300)

    convert()

    assert item_of(own).counted_minutes == 240
    assert (item_of(host).counted_minutes, item_of(host).cut_by) == (240, Cut.DAY)


def test_the_week_s_cap_is_720_minutes():
    youth = make_youth()
    make_pool(coins=1_000)
    *_, last, next_week = approve_days(youth, 240, 240, 0 + 200, 62, 60, at=MONDAY + timedelta(days=2))

    run = convert(LATER + timedelta(days=10))

    assert (item_of(last).counted_minutes, item_of(last).cut_by) == (40, Cut.WEEK)
    # Sunday was the fifth day; the sixth is a Monday.
    assert periods.berlin_date(next_week.starts_at).isoweekday() == 7
    assert item_of(next_week).counted_minutes == 0
    assert line_of(run, youth).counted_minutes == 720


def test_a_category_may_have_a_weekly_cap():
    youth, languages = make_youth(), make_category("Sprachen", weekly_cap_minutes=90)
    make_pool(coins=1_000)
    first, second = approve_days(youth, 60, 60, category=languages)
    (other,) = approve_days(youth, 60, at=MONDAY + timedelta(hours=3))

    convert(LATER + timedelta(days=10))

    assert item_of(first).counted_minutes == 60
    assert (item_of(second).counted_minutes, item_of(second).cut_by) == (30, Cut.CATEGORY)
    assert item_of(other).counted_minutes == 60


def test_a_late_entry_gets_what_an_earlier_run_left_of_its_week():
    youth = make_youth()
    make_pool(coins=1_000)
    approve_days(youth, 240, 240, 200)
    convert(LATER + timedelta(days=10))
    late = make_approved(youth, starts_at=MONDAY + timedelta(days=3), minutes=60, now=NOON + timedelta(days=5))
    SharedTimeEntry.objects.filter(pk=late.pk).update(approved_at=LATER + timedelta(days=11))

    convert(LATER + timedelta(days=12))

    assert (item_of(late).counted_minutes, item_of(late).cut_by) == (40, Cut.WEEK)


def test_an_entry_belongs_to_the_berlin_day_on_which_it_starts():
    youth = make_youth()
    make_pool(coins=1_000)
    sunday_night = datetime(2026, 9, 13, 23, 30, tzinfo=periods.BERLIN)
    before = make_approved(youth, starts_at=sunday_night.astimezone(UTC), minutes=60)

    convert()

    assert item_of(before).done_on == date(2026, 9, 13)


def test_categories_that_do_not_count_and_open_entries_are_left_alone():
    youth, school = make_youth(), make_category("Unterricht")
    make_pool(coins=1_000)
    make_approved(youth, minutes=60, category=school)
    school.counts = False
    school.save(update_fields=["counts"])
    entry = make_approved(youth, starts_at=MONDAY, minutes=60)
    approvals.undo(entry_id=entry.public_id, by=guardian_of(youth), now=NOON)

    run = convert()

    assert (run.entries, run.youths) == (0, 0)


# ── Who earns ────────────────────────────────────────────────────────────────────────────────────
def test_hours_wait_until_somebody_is_seen_and_are_paid_afterwards():
    youth = make_youth(seen=False)
    make_pool(coins=100)
    make_approved(youth, minutes=60)

    assert convert().entries == 0
    from accounts import registration

    registration.see(person=guardian_of(youth), by=guardian_of(youth), now=LATER)
    convert(LATER + timedelta(days=1))

    assert balance_of(youth) == 10


def test_a_paused_youth_earns_nothing_and_loses_nothing():
    youth = make_youth()
    make_pool(coins=100)
    make_approved(youth, minutes=60)
    youth.paused_at = NOON
    youth.save(update_fields=["paused_at"])

    assert convert().entries == 0
    youth.paused_at = None
    youth.save(update_fields=["paused_at"])
    convert(LATER + timedelta(days=1))

    assert balance_of(youth) == 10


def test_each_club_has_its_own_run_and_pools_of_all_clubs_pay_both():
    small = make_club("Clever Vibes Selm")
    here, there = make_youth(), make_youth(club=small)
    make_pool(coins=100)
    own = make_pool(coins=100, club=small)
    make_approved(here, minutes=60)
    make_approved(there, minutes=60)

    convert()
    assert (balance_of(here), balance_of(there)) == (10, 0)
    convert(club=small)
    assert balance_of(there) == 10

    assert not Payment.objects.filter(pool=own, account=make_account(youth=here)).exists()


# ── Quota and pools ──────────────────────────────────────────────────────────────────────────────
def test_first_accounts_are_opened_in_the_order_of_the_youths():
    # Whoever comes first gets what is left over, so a plan that is made anew must not shuffle them.
    youths = [make_youth(f"Kind{n}") for n in range(5)]
    for youth in youths:
        make_approved(youth, minutes=60)
    for moved in (youths[0], youths[2]):
        moved.save()  # PostgreSQL writes the row anew, behind the others
    with connection.cursor() as cursor:
        # Read as a large table is read: as it lies.
        cursor.execute("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_mergejoin = off; SET LOCAL enable_sort = off")

    convert()

    accounts = [make_account(youth=youth).pk for youth in youths]
    assert accounts == sorted(accounts)


def test_too_little_money_is_shared_and_the_rest_stays_open():
    many, few = make_youth("Mia"), make_youth("Noah")
    make_pool(coins=20)
    make_approved(many, minutes=180, starts_at=MONDAY)  # 30 coins
    make_approved(few, minutes=60)  # 10 coins

    run = convert()

    assert (run.due_coins, run.released_coins) == (40, 20)
    assert (balance_of(many), balance_of(few)) == (15, 5)
    assert line_of(run, many).open_out_coins == 15


def test_a_coin_left_over_goes_to_who_waits_longest_then_to_the_older_account():
    youths = [make_youth(f"Kind{n}") for n in range(3)]
    accounts = [make_account(youth=youth) for youth in youths]
    make_pool(coins=8)
    for youth, day in zip(youths, (2, 1, 1), strict=True):
        make_approved(youth, minutes=18, starts_at=MONDAY - timedelta(days=7 - day))

    convert()

    assert [ledger.balance(account) for account in accounts] == [2, 3, 3]


def test_open_coins_are_paid_first_in_first_out_when_there_is_money_again():
    youth, pool = make_youth(), make_pool(coins=4)
    make_approved(youth, minutes=60)
    convert()
    funding.book_deposit(pool=pool, amount_cents=1_000, received_on=date(2026, 9, 16), by=None, now=NOON)

    run = convert(LATER + timedelta(days=1))

    assert balance_of(youth) == 10
    assert (line_of(run, youth).open_in_coins, line_of(run, youth).minutes) == (6, 0)
    assert list(Payment.objects.order_by("pk").values_list("from_units", "to_units")) == [
        (0, 4 * 252_000), (4 * 252_000, 10 * 252_000),
    ]  # fmt: skip


def test_the_year_s_cap_limits_coins_paid_and_the_excess_stays_open():
    youth = make_youth()
    make_pool(coins=1_000)
    ConversionPolicy.objects.update(year_cap_coins=25)
    make_approved(youth, minutes=180, starts_at=MONDAY)

    run = convert()
    assert (line_of(run, youth).due_coins, line_of(run, youth).open_out_coins) == (25, 5)
    run = convert(LATER + timedelta(days=1))
    assert line_of(run, youth).paid_coins == 0
    convert(datetime(2027, 1, 5, 17, tzinfo=UTC))

    assert balance_of(youth) == 30
    assert Axis.objects.get().paid_year_coins == 5


def test_a_pool_releases_at_most_its_weekly_limit():
    youth = make_youth()
    pool = make_pool(coins=100, weekly_limit_coins=12)
    make_approved(youth, minutes=180, starts_at=MONDAY)

    convert(MONDAY + timedelta(days=2, hours=4))
    assert balance_of(youth) == 12
    convert(MONDAY + timedelta(days=3))
    assert balance_of(youth) == 12
    convert(MONDAY + timedelta(days=7))
    assert balance_of(youth) == 24

    assert ledger.balance(LedgerAccount.objects.get(owner=pool.public_id, kind=LedgerAccount.Kind.POOL)) == 76


def test_pools_stand_in_line_and_a_payment_may_come_from_two():
    first, second = make_youth("Mia"), make_youth("Noah")
    accounts = [make_account(youth=first), make_account(youth=second)]
    small, big = make_pool(coins=14, name="klein"), make_pool(coins=100, name="groß")
    make_approved(first, minutes=60)
    make_approved(second, minutes=60)

    convert()

    paid = list(Payment.objects.order_by("pk").values_list("account", "pool", "coins"))
    assert paid == [(accounts[0].pk, small.pk, 10), (accounts[1].pk, small.pk, 4), (accounts[1].pk, big.pk, 6)]


def test_the_pool_that_paid_longest_ago_comes_first():
    youth = make_youth()
    one, two = make_pool(coins=100, name="eins"), make_pool(coins=100, name="zwei")
    for day in range(3):
        make_approved(youth, minutes=60, starts_at=MONDAY + timedelta(days=day - 7))
        convert(LATER + timedelta(days=day))

    assert list(Payment.objects.order_by("pk").values_list("pool", flat=True)) == [one.pk, two.pk, one.pk]


@pytest.mark.parametrize(
    "change",
    [
        lambda pool: FundingPool.objects.update(paused_at=NOON),
        lambda pool: FundingPool.objects.update(ended_at=NOON),
        lambda pool: type(pool.sponsor).objects.update(suspended_at=NOON),
        lambda pool: type(pool.sponsor).objects.update(agreement_from=date(2027, 1, 1)),
        lambda pool: FundingPool.objects.update(club=make_club("Clever Vibes Selm")),
    ],
)
def test_a_pool_that_may_not_pay_does_not(change):
    youth, pool = make_youth(), make_pool(coins=100)
    make_approved(youth, minutes=60)
    change(pool)

    run = convert()

    assert (run.due_coins, run.released_coins) == (10, 0)
    assert line_of(run, youth).open_out_coins == 10


def test_without_any_pool_everything_stays_open():
    youth = make_youth()
    make_approved(youth, minutes=60)

    run = convert()

    assert (run.state, run.due_coins, run.released_coins) == (ConversionRun.State.CLOSED, 10, 0)
    assert line_of(run, youth).open_out_coins == 10


# ── Once ─────────────────────────────────────────────────────────────────────────────────────────
def test_the_same_cutoff_again_is_the_same_run():
    youth = make_youth()
    make_pool(coins=100)
    make_approved(youth, minutes=60)

    assert convert() == convert()
    assert convert(LATER + timedelta(days=1)).entries == 0

    assert balance_of(youth) == 10


def test_a_cutoff_lies_in_the_past_and_after_all_others():
    convert()

    with pytest.raises(conversion.CutoffInFuture):
        convert(LATER + timedelta(days=9), now=LATER)
    with pytest.raises(conversion.CutoffTooEarly, match=r"16\. September 2026, 13:00 Uhr"):
        convert(NOON)
    assert ConversionRun.objects.count() == 1


def test_a_refusal_books_nothing():
    youth, club = make_youth(), make_club()
    make_pool(coins=100)
    make_approved(youth, minutes=60)
    open_run = conversion.start(club=club, cutoff=NOON, now=NOON)

    for door in (conversion.start, conversion.preview, conversion.convert):
        with pytest.raises(conversion.CutoffInFuture):
            door(club=club, cutoff=LATER, now=NOON)
        with pytest.raises(conversion.RunUnderWay):
            door(club=make_club("Clever Vibes Selm"), cutoff=LATER, now=LATER)

    assert ConversionRun.objects.get() == open_run
    assert not Transfer.objects.exclude(kind__in=[Transfer.Kind.DEPOSIT, *_EUROS]).exists()
    assert not ConversionItem.objects.exists()


def test_a_preview_of_a_run_that_was_planned_shows_its_figures():
    youth = make_youth()
    make_pool(coins=100)
    make_approved(youth, minutes=60)
    run = planned()

    assert conversion.preview(club=make_club(), cutoff=LATER, now=LATER).run == run


def test_a_preview_says_what_the_run_does_and_stores_nothing():
    youth, pool = make_youth(), make_pool(coins=4)
    make_approved(youth, minutes=60)

    preview = conversion.preview(club=youth.user.club, cutoff=LATER, now=LATER)

    assert (preview.run.due_coins, preview.run.released_coins, preview.carried_open) == (10, 4, 6)
    assert preview.pools == [(pool.name, 4)]
    assert not ConversionRun.objects.exists()
    assert not ConversionItem.objects.exists()
    assert balance_of(youth) == 0


def test_what_is_counted_can_no_longer_be_taken_back_or_changed():
    youth = make_youth()
    make_pool(coins=100)
    entry = make_approved(youth, minutes=60)
    convert()

    with pytest.raises(approvals.AlreadyTaken):
        approvals.undo(entry_id=entry.public_id, by=guardian_of(youth), now=LATER)
    for change in ({"duration_minutes": 200}, {"host_confirmed": True}, {"status": "rejected"}):
        with pytest.raises(IntegrityError, match="counted by a conversion run"), transaction.atomic():
            SharedTimeEntry.objects.filter(pk=entry.pk).update(**change)


def test_an_erased_entry_leaves_its_numbers():
    youth = make_youth()
    make_pool(coins=100)
    entry = make_approved(youth, minutes=60)
    convert()

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM activities_review; DELETE FROM activities_sharedtimeentry")

    item = ConversionItem.objects.get()
    assert (item.counted_minutes, item.category, item.done_on) == (
        60,
        entry.category,
        periods.berlin_date(entry.starts_at),
    )


def test_lines_and_payments_are_never_changed():
    youth = make_youth()
    make_pool(coins=100)
    make_approved(youth, minutes=60)
    convert()

    for table in ("coins_conversionline", "coins_payment"):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(f"UPDATE {table} SET id = id")


# ── Interrupted ──────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr("coins.planning.YOUTHS_IN_A_CHUNK", 2)


def five_hours_of_work() -> list:
    youths = [make_youth(f"Kind{n}") for n in range(5)]
    make_pool(coins=100)
    for youth in youths:
        make_approved(youth, minutes=60)
    return youths


def test_a_run_that_was_broken_off_goes_on_where_it_stopped(small_chunks):
    youths = five_hours_of_work()
    run = planned()
    conversion.pay_chunk(run=run, number=1)
    assert conversion.close(run=run).state == ConversionRun.State.PAYING  # too early changes nothing
    assert sorted(balance_of(youth) for youth in youths) == [0, 0, 0, 10, 10]

    with pytest.raises(conversion.RunUnderWay):
        convert(LATER + timedelta(days=1))
    assert convert() == run

    assert {balance_of(youth) for youth in youths} == {10}
    assert conversion.pay_chunk(run=run, number=1) == 0
    assert conversion.close(run=run).state == ConversionRun.State.CLOSED


def test_who_has_left_meanwhile_is_not_paid_and_the_coins_go_back(small_chunks):
    youths = five_hours_of_work()
    gone = make_account(youth=youths[2])
    run = planned()
    books.close(gone)

    run = convert()

    assert run.leftover_coins == 10
    assert ledger.balance(gone) == 0
    pool = LedgerAccount.objects.get(kind=LedgerAccount.Kind.POOL)
    assert ledger.balance(pool) == 60
    assert Transfer.objects.get(kind=Transfer.Kind.LEFTOVER).amount == 10


@pytest.mark.django_db(transaction=True)
def test_two_starts_at_once_are_one_run():
    def play(source):
        youth = make_youth()
        make_pool(coins=10)
        make_approved(youth, minutes=60)
        cutoff = LATER + timedelta(minutes=ConversionRun.objects.count())
        results = in_parallel(*[lambda: convert(cutoff)] * 4)
        assert all(isinstance(r, ConversionRun | conversion.RunUnderWay) for r in results), results
        convert(cutoff)
        return balance_of(youth) != 10 or ConversionRun.objects.filter(cutoff=cutoff).count() != 1

    assert rounds(6, play).bad == 0


@pytest.mark.django_db(transaction=True)
def test_one_chunk_by_two_workers_is_paid_once(small_chunks):
    youths = five_hours_of_work()
    run = planned()

    results = in_parallel(*[lambda: conversion.carry_on(ConversionRun.objects.get(pk=run.pk))] * 4)

    assert all(result == run for result in results), results
    assert {balance_of(youth) for youth in youths} == {10}


def grant_against_plan(source) -> bool:
    """True if a first account from both sides at once breaks one of them, or loses coins."""
    youth, pool = make_youth(), FundingPool.objects.get()
    make_approved(youth, minutes=60)
    cutoff = LATER + timedelta(minutes=ConversionRun.objects.count())

    results = in_parallel(
        lambda: give_coins(youth, 5, pool=pool),
        lambda: convert(cutoff),
    )

    # A run that broke would be in the way of the next round.
    convert(cutoff)
    return any(isinstance(result, Exception) for result in results) or balance_of(youth) != 15


@pytest.fixture
def slow_to_link(request, superuser_sql) -> None:
    """Whoever has opened an account waits for another one, or a while, before it is linked to its youth."""
    seconds = getattr(request, "param", 0.2)
    superuser_sql.execute(
        f"{MEET}; CREATE FUNCTION rest() RETURNS trigger LANGUAGE plpgsql"
        f" AS $$ BEGIN PERFORM meet(2, {seconds}); RETURN new; END $$;"
        "CREATE TRIGGER rest BEFORE INSERT ON coins_youthaccount FOR EACH ROW EXECUTE FUNCTION rest()"
    )


@pytest.mark.django_db(transaction=True)
def test_a_first_account_comes_once_from_a_grant_and_a_run_at_once(slow_to_link):
    make_pool(coins=1_000)
    assert rounds(6, grant_against_plan).bad == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("slow_to_link", [10], indirect=True)
def test_control_without_the_lock_one_of_them_breaks(slow_to_link, monkeypatch):
    monkeypatch.setattr(planning, "_NEWCOMERS", "SELECT 1")
    make_pool(coins=1_000)
    assert control(6, grant_against_plan).bad >= 5


def let_lease_end(run, number) -> None:
    run.chunks.filter(number=number).update(leased_until=db.now() - timedelta(seconds=1))


def test_a_chunk_has_one_worker_until_its_lease_ends():
    five_hours_of_work()
    run = planned()

    first = conversion.claim(run=run, number=0)
    assert conversion.claim(run=run, number=0) is None
    let_lease_end(run, 0)
    fence = conversion.claim(run=run, number=0)
    assert fence == first + 1

    assert conversion.pay(run=run, number=0, fence=fence) == 5
    let_lease_end(run, 0)
    assert conversion.claim(run=run, number=0) is None  # paid


def test_a_worker_that_comes_back_late_pays_nothing():
    youths = five_hours_of_work()
    run = planned()
    late = conversion.claim(run=run, number=0)
    let_lease_end(run, 0)
    fence = conversion.claim(run=run, number=0)

    with pytest.raises(conversion.LeaseLost):
        conversion.pay(run=run, number=0, fence=late)
    assert {balance_of(youth) for youth in youths} == {0}

    assert conversion.pay(run=run, number=0, fence=fence) == 5
    assert conversion.pay(run=run, number=0, fence=late) == 0


def test_a_worker_that_comes_back_late_counts_nothing():
    five_hours_of_work()
    run = conversion.lay_out(run=conversion.start(club=make_club(), cutoff=LATER, now=LATER))
    late = conversion.claim(run=run, number=0, step=ConversionRun.State.COUNTING)
    let_lease_end(run, 0)
    fence = conversion.claim(run=run, number=0, step=ConversionRun.State.COUNTING)

    with pytest.raises(conversion.LeaseLost):
        conversion.count(run=run, number=0, fence=late)
    assert not ConversionItem.objects.exists()

    assert conversion.count(run=run, number=0, fence=fence)
    assert not conversion.count(run=run, number=0, fence=late)
    assert ConversionItem.objects.count() == 5


def test_what_is_being_counted_cannot_be_changed_and_what_came_later_can():
    youth = make_youth()
    counted, later = (make_approved(youth, minutes=60, starts_at=NOON - timedelta(hours=n)) for n in (2, 4))
    type(later).objects.filter(pk=later.pk).update(approved_at=LATER)
    run = conversion.lay_out(run=conversion.start(club=make_club(), cutoff=LATER, now=LATER))

    with pytest.raises(approvals.AlreadyTaken):
        approvals.undo(entry_id=counted.public_id, by=guardian_of(youth), now=LATER)
    approvals.undo(entry_id=later.public_id, by=guardian_of(youth), now=LATER)

    run = conversion.carry_on(run)
    assert (run.entries, run.released_coins) == (1, 0)


def undo_against_plan(source) -> bool:
    """True if a run counted what its guardian had taken back."""
    youth = make_youth()
    entry = make_approved(youth, minutes=60)
    cutoff = LATER + timedelta(minutes=ConversionRun.objects.count())

    in_parallel(
        lambda: approvals.undo(entry_id=entry.public_id, by=guardian_of(youth), now=LATER),
        lambda: convert(cutoff),
    )

    entry.refresh_from_db()
    counted = ConversionItem.objects.filter(entry=entry).exists()
    return counted and entry.status != entry.Status.APPROVED


@pytest.mark.django_db(transaction=True)
def test_an_entry_is_taken_back_or_counted_never_both():
    make_pool(coins=1_000)
    assert rounds(8, undo_against_plan).bad == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.corrupts_ledger
def test_control_without_the_lock_an_entry_is_both(superuser_sql):
    # The undo is let through when the plan has read, and the plan ends when the undo has: nobody waits for a lock.
    superuser_sql.execute("SELECT pg_get_functiondef('coins_entry_taken'::regproc)")
    body = superuser_sql.fetchone()[0]
    lock = "NOT pg_try_advisory_xact_lock_shared(252001)"
    assert lock in body
    superuser_sql.execute(MEET + ";" + body.replace(lock, "NOT meet(2, 10)"))
    superuser_sql.execute("""
        CREATE FUNCTION rest() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM meet(2, 10);
          FOR n IN 1..1000 LOOP
            EXIT WHEN EXISTS (SELECT FROM counted c JOIN activities_sharedtimeentry e ON e.id = c.entry_id
                               WHERE e.status <> 'approved');
            PERFORM pg_sleep(0.005);
          END LOOP;
          RETURN NULL;
        END $$;
        CREATE TRIGGER rest AFTER INSERT ON coins_conversionitem REFERENCING NEW TABLE AS counted
          FOR EACH STATEMENT EXECUTE FUNCTION rest()
    """)

    assert control(10, undo_against_plan).broken


# ── When ─────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-09-15T17:59:59+02:00", "2026-09-08T18:00+02:00"),
        ("2026-09-15T18:00:00+02:00", "2026-09-15T18:00+02:00"),
        ("2026-09-21T23:59:00+02:00", "2026-09-15T18:00+02:00"),
        ("2026-10-27T18:00:00+01:00", "2026-10-27T18:00+01:00"),  # after the clocks went back
        ("2027-03-30T17:30:00+02:00", "2027-03-23T18:00+01:00"),  # after they went forward
    ],
)
def test_coin_tag_is_tuesday_six_o_clock_in_berlin(now, expected):
    assert conversion.last_coin_day(datetime.fromisoformat(now)) == datetime.fromisoformat(expected)


def carry_out_what_is_due(now) -> list[ConversionRun]:
    runs = []
    while run := conversion.due(now=now):
        runs.append(conversion.carry_on(run))
    return runs


def test_what_is_due_runs_once_per_club_and_catches_up_once():
    make_club("Clever Vibes Selm"), make_club()
    youth = make_youth()
    make_pool(coins=100)
    make_approved(youth, minutes=60)
    now = NOON + timedelta(days=21)

    assert len(carry_out_what_is_due(now)) == 2
    assert carry_out_what_is_due(now + timedelta(minutes=5)) == []

    assert balance_of(youth) == 10


def test_a_run_by_hand_after_coin_tag_is_not_followed_by_another():
    convert(conversion.last_coin_day(NOON) + timedelta(hours=2))

    assert conversion.due(now=NOON) is None


# ── Policy ───────────────────────────────────────────────────────────────────────────────────────
def test_the_policy_of_the_entry_s_start_applies():
    youth = make_youth()
    make_pool(coins=1_000)
    conversion.set_policy(valid_from=date(2026, 9, 21), minutes_per_coin=10, now=NOON)
    before = make_approved(youth, starts_at=MONDAY, minutes=60, now=NOON + timedelta(days=6))
    after = make_approved(
        youth, starts_at=MONDAY + timedelta(days=7), minutes=60, now=NOON + timedelta(days=6),
    )  # fmt: skip

    convert(LATER + timedelta(days=10))

    assert balance_of(youth) == 10 + 6
    assert item_of(before).policy != item_of(after).policy
    assert item_of(after).policy.week_cap_minutes == 720  # what was not said stayed


@pytest.mark.parametrize("day", [date(2026, 9, 22), date(2026, 9, 14), date(2026, 1, 5)])
def test_a_policy_starts_on_a_future_monday(day):
    with pytest.raises(conversion.PolicyRefused):
        conversion.set_policy(valid_from=day, now=NOON)


def test_a_monday_has_one_policy():
    conversion.set_policy(valid_from=date(2026, 9, 21), now=NOON)
    with pytest.raises(conversion.PolicyRefused):
        conversion.set_policy(valid_from=date(2026, 9, 21), now=NOON)


@pytest.mark.parametrize("numbers", [{"minutes_per_coin": 0}, {"minutes_per_coin": 11}, {"host_weight_percent": 0}])
def test_a_policy_s_numbers_leave_no_fraction(numbers):
    with pytest.raises(ValidationError):
        conversion.set_policy(valid_from=date(2026, 9, 21), now=NOON, **numbers)


# ── Command ──────────────────────────────────────────────────────────────────────────────────────
def run_command(*arguments) -> str:
    out = StringIO()
    call_command("convert", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_previews_and_converts():
    youth = make_youth()
    make_pool(coins=4, name="Lesen im Kiez")
    make_approved(youth, minutes=60)

    shown = run_command("--cutoff", "now", "--preview")
    assert "Vorschau" in shown
    assert "aus „Lesen im Kiez“" in shown
    assert not ConversionRun.objects.exists()

    run_command("--cutoff", "now")
    assert balance_of(youth) == 4


def test_the_command_carries_on_its_own_run_and_waits_for_any_other(small_chunks):
    youths = five_hours_of_work()
    planned()

    with pytest.raises(CommandError, match="Gerade läuft eine Umrechnung"):
        run_command("--cutoff", "now")
    err = StringIO()
    call_command("convert", cutoff=LATER.isoformat(), verbosity=2, stdout=StringIO(), stderr=err)

    assert {balance_of(youth) for youth in youths} == {10}
    assert [line for line in err.getvalue().splitlines() if "3 of 3 chunks" in line]


def test_the_command_is_quiet_where_nobody_watches():
    five_hours_of_work()
    err = StringIO()
    call_command("convert", cutoff="now", stdout=StringIO(), stderr=err)

    assert err.getvalue() == ""


@pytest.mark.parametrize("cutoff", ["2999-01-01", "31.12.2026", "quark", "2026-13-01"])
def test_the_command_refuses_in_one_line(cutoff):
    make_club()
    with pytest.raises(CommandError) as refusal:
        run_command("--cutoff", cutoff)
    assert "\n" not in str(refusal.value)


def test_the_command_takes_the_last_coin_tag_by_itself():
    make_club()
    with time_machine.travel(NOON):
        run_command()

    assert ConversionRun.objects.get().cutoff == conversion.last_coin_day(db.now())


def test_lots_of_a_run_carry_the_run_s_year():
    assert lots.valid_until(periods.berlin_date(datetime(2026, 12, 31, 23, 30, tzinfo=UTC))) == date(2030, 12, 31)
