"""Leaving: coins go back to the sponsors' pools, open ones are dropped, and nothing leads to the person any more."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from clevervibes.lib import db
from coins import conversion, departure, ledger, orders, selectors
from coins.models import Axis, ConversionItem, ConversionRun, FundingPool, Lot, Payment, Transfer, YouthAccount
from partners import redemption
from tests.coins import books
from tests.concurrency import in_parallel, rounds
from tests.factories import (
    NOON,
    give_coins,
    make_account,
    make_approved,
    make_club,
    make_hold,
    make_offer,
    make_pool,
    make_user,
    make_youth,
)

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


leave = db.service(departure.leave)


@db.service
def erase(youth) -> None:
    departure.leave(youth=youth, now=NOON)
    youth.entries.all().delete()
    youth.user.delete()


def in_pool(pool) -> int:
    return ledger.balance(books.open_account(books.Kind.POOL, pool.public_id))


def earn(youth, *, minutes=62, at=NOON) -> ConversionRun:
    make_approved(youth, minutes=minutes, now=at, starts_at=at - timedelta(hours=5))
    cutoff = at + timedelta(hours=1)
    return conversion.convert(club=youth.user.club, cutoff=cutoff, now=cutoff)


def test_what_is_left_goes_back_to_its_pools_and_the_account_is_closed():
    youth, first, second = make_youth(), make_pool(coins=10), make_pool(coins=20)
    give_coins(youth, 10, pool=first)
    give_coins(youth, 5, pool=second)
    account = make_account(youth=youth)
    hold = make_hold(offer=make_offer(price_coins=4), youth=youth)
    redemption.redeem(hold=hold, by=None, now=NOON)

    assert leave(youth=youth, now=NOON) == 11

    account.refresh_from_db()
    assert account.closed_at is not None
    assert not YouthAccount.objects.filter(youth=youth).exists()
    assert (in_pool(first), in_pool(second), ledger.balance(account)) == (6, 20, 0)
    assert {t.amount for t in Transfer.objects.filter(kind=Transfer.Kind.RETURN)} == {6, 5}
    assert selectors.balance_of(youth) == selectors.Standing()


def test_leaving_again_and_without_an_account_changes_nothing():
    youth = make_youth()
    assert leave(youth=youth, now=NOON) == 0
    give_coins(youth, 5, pool=make_pool(coins=5))

    assert [leave(youth=youth, now=NOON) for _ in range(2)] == [5, 0]

    assert Transfer.objects.filter(kind=Transfer.Kind.RETURN).count() == 1


def test_nobody_leaves_with_something_set_aside():
    youth = make_youth()
    give_coins(youth, 5, pool=make_pool(coins=5))
    hold = make_hold(offer=make_offer(price_coins=2), youth=youth)

    with pytest.raises(departure.HoldsLive, match="noch etwas vorgemerkt"):
        leave(youth=youth, now=NOON)
    assert YouthAccount.objects.filter(youth=youth).exists()

    redemption.cancel(hold=hold, now=NOON)
    assert leave(youth=youth, now=NOON) == 5


def test_open_coins_and_carry_are_dropped_and_what_was_counted_stays():
    youth = make_youth()
    make_pool(coins=4)
    earn(youth)
    account = make_account(youth=youth)
    assert selectors.standing_of(account).open_coins == 6
    club, counted = youth.user.club, ConversionItem.objects.order_by("pk").values("from_units", "to_units", "minutes")
    items, payments = list(counted), list(Payment.objects.values())

    erase(youth)

    axis = Axis.objects.get(account=account)
    assert (axis.open_coins, axis.end_units - axis.covered_units - axis.dropped_units) == (0, 0)
    assert axis.dropped_units == 6 * 252_000 + 84_000
    assert (list(counted), list(Payment.objects.values())) == (items, payments)
    # The next run finds nobody, and its quota nothing that waits.
    make_pool(coins=100)
    run = conversion.convert(club=club, cutoff=NOON + timedelta(days=7), now=NOON + timedelta(days=8))
    assert (run.youths, run.due_coins, run.released_coins) == (0, 0, 0)


def test_what_a_run_under_way_still_had_becomes_its_leftover():
    youth, pool = make_youth(), make_pool(coins=100)
    make_approved(youth, minutes=60)
    run = conversion.plan(run=conversion.start(club=youth.user.club, cutoff=LATER, now=LATER))

    assert leave(youth=youth, now=LATER) == 0
    run = conversion.carry_on(run)

    assert (run.state, run.leftover_coins, in_pool(pool)) == (run.State.CLOSED, 10, 100)


def count_all(run) -> None:
    for number in run.chunks.values_list("number", flat=True):
        conversion.count_chunk(run=run, number=number)


STEPS = [
    lambda run: None,
    lambda run: conversion.lay_out(run=run),
    count_all,
    lambda run: conversion.share_out(run=run),
]


@pytest.mark.parametrize("done", range(len(STEPS)))
def test_leaving_between_any_two_steps_of_a_run(done):
    youth, other, pool = make_youth(), make_youth("Ben"), make_pool(coins=15)
    for who in (youth, other):
        make_approved(who, minutes=60)
    account, club = make_account(youth=youth), youth.user.club
    run = conversion.start(club=club, cutoff=LATER, now=LATER)
    for step in STEPS[: done + 1]:
        step(run)

    erase(youth)
    run = conversion.carry_on(run)

    axis = Axis.objects.filter(account=account).first()
    assert (run.state, axis.open_coins if axis else 0, ledger.balance(account)) == (run.State.CLOSED, 0, 0)
    # Whatever was meant for who has left is in the pool again.
    assert in_pool(pool) == 15 - ledger.balance(make_account(youth=other))


def test_a_refund_after_leaving_goes_to_the_pools():
    youth, first, second = make_youth(), make_pool(coins=10), make_pool(coins=10)
    for pool in (first, second):
        give_coins(youth, 10, pool=pool)
    hold = make_hold(offer=make_offer(price_coins=13), youth=youth)
    sold = redemption.redeem(hold=hold, by=None, now=NOON)
    leave(youth=youth, now=NOON)

    for _ in range(2):
        sold = redemption.undo(redemption=sold, by=None, reason="vertippt", now=NOON + timedelta(minutes=5))

    assert (in_pool(first), in_pool(second), ledger.balance(sold.partner.account)) == (10, 10, 0)
    assert sold.undone_at is not None
    assert {t.amount for t in Transfer.objects.filter(reverses=sold.transfer)} == {10, 3}
    assert sold.refund.amount == 10
    assert set(Lot.objects.values_list("left", flat=True)) == {0}


def test_of_an_ended_pool_it_goes_on_to_the_common_one():
    youth, pool = make_youth(), make_pool(coins=10)
    give_coins(youth, 10, pool=pool)
    FundingPool.objects.update(ended_at=NOON)

    leave(youth=youth, now=NOON)

    assert (in_pool(pool), in_pool(FundingPool.objects.get(sponsor=None))) == (0, 10)


def test_the_team_s_reasons_go_with_the_person():
    youth = make_youth()
    orders.grant(
        pool=make_pool(coins=5), youth=youth, coins=5, reason="Mia hat das Lesefest geplant", by=make_user("Anna"),
        now=NOON,
    )  # fmt: skip

    leave(youth=youth, now=NOON)

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM coins_moneyorder WHERE reason || refused_why <> ''")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_leaving_while_a_hold_is_placed_ends_one_way():
    def play(source):
        youth, pool = make_youth(), make_pool(coins=10)
        give_coins(youth, 10, pool=pool)
        offer = make_offer(price_coins=4)
        calls = [
            lambda: leave(youth=youth, now=NOON),
            lambda: redemption.hold(offer=offer, youth=youth, now=NOON),
        ]
        source.shuffle(calls)
        results = in_parallel(*calls)
        refused = [result for result in results if isinstance(result, Exception)]
        expected = (departure.HoldsLive, ledger.InsufficientBalance, ledger.AccountClosed)
        assert all(isinstance(error, expected) for error in refused), results
        return len(refused) != 1

    assert rounds(8, play).bad == 0


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_the_hold_comes_in_between(monkeypatch):
    youth = make_youth()
    give_coins(youth, 10, pool=make_pool(coins=10))
    offer = make_offer(price_coins=4)
    in_between = books.look_without_lock(monkeypatch)

    def hold():
        in_between(lambda: redemption.hold(offer=offer, youth=youth, now=NOON))

    left, _held = in_parallel(lambda: leave(youth=youth, now=NOON), hold)

    # No word of what is set aside: only the ledger's own guard has noticed.
    assert isinstance(left, ledger.InsufficientBalance)


@pytest.mark.django_db(transaction=True)
def test_leaving_while_the_shop_takes_a_redemption_back_loses_no_coin():
    def play(source):
        youth, pool = make_youth(), make_pool(coins=10)
        give_coins(youth, 10, pool=pool)
        sold = redemption.redeem(hold=make_hold(offer=make_offer(price_coins=4), youth=youth), by=None, now=NOON)
        calls = [
            lambda: leave(youth=youth, now=NOON),
            lambda: redemption.undo(redemption=sold, by=None, reason="vertippt", now=NOON),
        ]
        source.shuffle(calls)
        results = in_parallel(*calls)
        assert not [result for result in results if isinstance(result, Exception)], results
        return in_pool(pool) != 10

    assert rounds(8, play).bad == 0


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_the_refund_meets_a_closed_account(monkeypatch):
    youth = make_youth()
    give_coins(youth, 10, pool=make_pool(coins=10))
    sold = redemption.redeem(hold=make_hold(offer=make_offer(price_coins=4), youth=youth), by=None, now=NOON)
    found_open, closed, reverse = threading.Event(), threading.Event(), ledger.reverse

    def reverse_late(**fields):
        found_open.set()
        assert closed.wait(30)
        return reverse(**fields)

    def go():
        assert found_open.wait(30)
        leave(youth=youth, now=NOON)
        closed.set()

    monkeypatch.setattr(ledger, "lock", books.look)
    monkeypatch.setattr(ledger, "reverse", reverse_late)
    undone, _left = in_parallel(lambda: redemption.undo(redemption=sold, by=None, reason="vertippt", now=NOON), go)

    assert isinstance(undone, ledger.AccountClosed)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_an_axis_is_left_open(monkeypatch):
    youth = make_youth()
    make_approved(youth, minutes=60)
    account, club = make_account(youth=youth), youth.user.club
    has_counted, gone, count = threading.Event(), threading.Event(), conversion.planning.count

    def count_and_rest(run, chunk):
        count(run, chunk)
        has_counted.set()
        assert gone.wait(30)

    def go():
        assert has_counted.wait(30)
        leave(youth=youth, now=NOON)
        gone.set()

    monkeypatch.setattr(departure, "LEAVING_LOCK", 0)
    monkeypatch.setattr(conversion.planning, "count", count_and_rest)
    results = in_parallel(lambda: conversion.convert(club=club, cutoff=LATER, now=LATER), go)

    assert not [result for result in results if isinstance(result, Exception)], results
    assert Axis.objects.get(account=account).open_coins == 10


@pytest.mark.django_db(transaction=True)
def test_leaving_while_a_run_is_planned_leaves_nothing_open():
    def play(source):
        youth, pool = make_youth(club=make_club(f"Club {uuid4()}")), make_pool(coins=4)
        make_approved(youth, minutes=60)
        account, club = make_account(youth=youth), youth.user.club
        calls = [lambda: erase(youth), lambda: conversion.convert(club=club, cutoff=LATER, now=LATER)]
        source.shuffle(calls)
        results = in_parallel(*calls)
        assert not [result for result in results if isinstance(result, Exception)], results
        axis = Axis.objects.filter(account=account).first()
        FundingPool.objects.filter(pk=pool.pk).update(ended_at=NOON)
        return bool((axis and axis.open_coins) or ledger.balance(account) or in_pool(pool) != 4)

    assert rounds(8, play).bad == 0
