"""Coins end at midnight after their last day, in Berlin: told before, taken once, and held ones wait."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Notice
from clevervibes.lib import db, outbox, periods
from clevervibes.lib.models import OutboxMessage
from coins import backflow, expiry, ledger, lots, selectors, tasks
from coins.models import Backflow, ExpiryNotice, FundingPool, LedgerHold, Lot, LotMove, Transfer
from partners import redemption
from tests.coins import books
from tests.concurrency import in_parallel, rounds
from tests.factories import (
    give_coins,
    make_account,
    make_hold,
    make_offer,
    make_pool,
    make_sponsor,
    make_youth,
)

pytestmark = pytest.mark.django_db

LAST_DAY = date(2029, 12, 31)
# 31 December 23:59:59 and 1 January 00:00 in Berlin.
LAST_SECOND = datetime(2029, 12, 31, 22, 59, 59, tzinfo=UTC)
NEW_YEAR = datetime(2029, 12, 31, 23, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def make_lot(youth, coins, *, until=LAST_DAY, pool=None) -> Lot:
    lot = give_coins(youth, coins, pool=pool or make_pool(coins=coins))
    Lot.objects.filter(pk=lot.pk).update(valid_until=until)
    return lot


def left(*lots_):
    return [Lot.objects.get(pk=lot.pk).left for lot in lots_]


def in_pool(pool) -> int:
    return ledger.balance(books.open_account(books.Kind.POOL, pool.public_id))


# ── The end ──────────────────────────────────────────────────────────────────────────────────────
def test_coins_of_2026_are_good_through_31_december_2029():
    youth, pool = make_youth(), make_pool(coins=10)
    lot = give_coins(youth, 10, pool=pool)
    assert Lot.objects.get(pk=lot.pk).valid_until == LAST_DAY

    assert expiry.expire_due(now=LAST_SECOND) == 0
    assert (left(lot), in_pool(pool)) == ([10], 0)

    assert expiry.expire_due(now=NEW_YEAR) == 10
    assert (left(lot), in_pool(pool)) == ([0], 10)
    transfer = Transfer.objects.get(kind=Transfer.Kind.EXPIRY)
    row = Backflow.objects.get()
    assert (transfer.source_id, transfer.amount, transfer.effective_on) == (row.pk, 10, date(2030, 1, 1))
    assert LotMove.objects.get(transfer=transfer).coins == -10


def test_only_what_is_due_goes_and_each_pool_gets_its_own():
    youth, first, second = make_youth(), make_pool(coins=30), make_pool(coins=5)
    due, also_due = make_lot(youth, 10, pool=first), make_lot(youth, 5, pool=second)
    and_due, good = make_lot(youth, 3, pool=first), make_lot(youth, 17, pool=first, until=date(2030, 12, 31))

    assert expiry.expire_due(now=NEW_YEAR) == 18

    assert left(due, also_due, and_due, good) == [0, 0, 0, 17]
    assert (in_pool(first), in_pool(second)) == (13, 5)
    # One transfer per youth and pool.
    assert Transfer.objects.filter(kind=Transfer.Kind.EXPIRY).count() == 2


def test_a_second_tick_and_a_late_one_change_nothing(django_assert_max_num_queries):
    make_lot(make_youth(), 10)
    expiry.expire_due(now=NEW_YEAR)

    with django_assert_max_num_queries(4):
        assert expiry.expire_due(now=NEW_YEAR) == 0
    assert expiry.expire_due(now=NEW_YEAR + 40 * DAY) == 0
    assert Transfer.objects.filter(kind=Transfer.Kind.EXPIRY).count() == 1


def test_taking_back_asks_as_much_for_many_pools_as_for_one(django_assert_num_queries):
    youth, other = make_youth(), make_youth()
    make_lot(youth, 10)
    with CaptureQueriesContext(connection) as for_one:
        assert expiry.expire_due(now=NEW_YEAR) == 10
    for coins in (1, 2, 3):
        make_lot(other, coins)

    with django_assert_num_queries(len(for_one)):
        assert expiry.expire_due(now=NEW_YEAR) == 6


def test_a_tick_that_comes_a_week_late_takes_them_all_the_same():
    make_lot(make_youth(), 10)

    assert expiry.expire_due(now=NEW_YEAR + 7 * DAY) == 10


def test_chunks_reach_everybody_and_one_that_fails_leaves_the_others(monkeypatch):
    monkeypatch.setattr(expiry, "ACCOUNTS_AT_ONCE", 2)
    rows = [make_lot(make_youth(), 10) for _ in range(5)]
    rows.sort(key=lambda lot: lot.account_id)

    done = expiry.expire_some(after=0, today=periods.berlin_date(NEW_YEAR))
    assert (done.count, left(*rows)) == (20, [0, 0, 10, 10, 10])
    # Killed here and started again.
    assert expiry.expire_due(now=NEW_YEAR) == 30
    assert left(*rows) == [0] * 5


def test_the_tick_takes_what_is_over_by_the_database_s_clock():
    past, soon = make_lot(make_youth(), 10, until=db.now().date() - DAY), make_lot(make_youth(), 10)

    tasks.end_coins()

    assert left(past, soon) == [0, 10]


# ── Held coins ───────────────────────────────────────────────────────────────────────────────────
def make_shopping(*, price=10, due=10, good=5, held_at=LAST_SECOND):
    """A youth with `due` coins that end and `good` ones that do not, and a hold placed at a moment."""
    youth = make_youth()
    pool = make_pool(coins=due + good)
    old = make_lot(youth, due, pool=pool)
    new = make_lot(youth, good, pool=pool, until=date(2030, 12, 31))
    hold = redemption.hold(offer=make_offer(price_coins=price), youth=youth, now=held_at) if price else None
    return youth, pool, old, new, hold


def test_what_was_set_aside_before_midnight_may_still_be_redeemed():
    _youth, _pool, old, new, hold = make_shopping(price=6, due=10, good=5)

    assert expiry.expire_due(now=NEW_YEAR) == 4
    assert left(old, new) == [6, 5]

    redemption.redeem(hold=hold, by=None, now=NEW_YEAR + 3 * DAY)
    assert left(old, new) == [0, 5]


def test_what_was_set_aside_is_taken_when_the_hold_is_cancelled_on_3_january():
    _youth, pool, old, new, hold = make_shopping(price=10, due=10, good=5)
    assert expiry.expire_due(now=NEW_YEAR) == 0

    redemption.cancel(hold=hold, now=NEW_YEAR + 2 * DAY)

    assert expiry.expire_due(now=NEW_YEAR + 2 * DAY) == 10
    assert (left(old, new), in_pool(pool)) == ([0, 5], 10)
    assert Transfer.objects.get(kind=Transfer.Kind.EXPIRY).effective_on == date(2030, 1, 3)


def test_a_hold_that_runs_out_lets_them_go_with_the_next_tick():
    _youth, _pool, old, _new, _hold = make_shopping(price=10, held_at=LAST_SECOND - 5 * DAY)
    assert expiry.expire_due(now=NEW_YEAR) == 0

    redemption.expire_due(now=NEW_YEAR + 10 * DAY)

    assert expiry.expire_due(now=NEW_YEAR + 10 * DAY) == 10
    assert left(old) == [0]


def test_twice_on_one_day_is_two_transfers():
    _youth, pool, old, _new, hold = make_shopping(price=4, due=10)
    expiry.expire_due(now=NEW_YEAR)
    redemption.cancel(hold=hold, now=NEW_YEAR + timedelta(hours=2))

    assert expiry.expire_due(now=NEW_YEAR + timedelta(hours=3)) == 4
    assert left(old) == [0]
    days = Transfer.objects.filter(kind=Transfer.Kind.EXPIRY).values_list("effective_on", flat=True)
    assert list(days) == [date(2030, 1, 1)] * 2
    assert in_pool(pool) == 10


def test_past_midnight_nobody_sets_aside_what_has_ended_even_before_the_tick():
    youth, pool, old, new, _none = make_shopping(price=0, due=10, good=5)

    with pytest.raises(ledger.InsufficientBalance):
        redemption.hold(offer=make_offer(price_coins=6), youth=youth, now=NEW_YEAR)
    # Refused as a whole; the tick takes them.
    assert left(old, new) == [10, 5]

    redemption.hold(offer=make_offer(price_coins=5), youth=youth, now=NEW_YEAR)
    assert left(old, new) == [0, 5]
    assert in_pool(pool) == 10
    assert selectors.balance_of(youth).spendable == 0


def test_a_hold_placed_after_midnight_keeps_no_ended_coins_alive():
    youth, _pool, old, new, first = make_shopping(price=10, due=10, good=20)
    expiry.expire_due(now=NEW_YEAR)
    second = redemption.hold(offer=make_offer(price_coins=5), youth=youth, now=NEW_YEAR + DAY)

    redemption.redeem(hold=second, by=None, now=NEW_YEAR + DAY)
    assert left(old, new) == [10, 15]
    redemption.cancel(hold=first, now=NEW_YEAR + 2 * DAY)

    assert expiry.expire_due(now=NEW_YEAR + 2 * DAY) == 10
    assert left(old, new) == [0, 15]


def test_the_older_hold_ends_while_the_younger_one_lives():
    youth, _pool, old, new, first = make_shopping(price=10, due=10, good=20)
    redemption.hold(offer=make_offer(price_coins=5), youth=youth, now=NEW_YEAR + DAY)
    redemption.cancel(hold=first, now=NEW_YEAR + 2 * DAY)

    assert expiry.expire_due(now=NEW_YEAR + 2 * DAY) == 10
    assert left(old, new) == [0, 20]


def test_never_more_than_can_be_spent():
    # A hold that finds no good coins (they were taken back meanwhile) still gets what is there.
    lot = Lot(pk=1, left=10, valid_until=LAST_DAY)
    holds = [LedgerHold(amount=4, placed_on=date(2030, 1, 2)), LedgerHold(amount=3, placed_on=date(2029, 12, 1))]

    assert expiry.due_parts([lot], holds, spendable=3, today=date(2030, 1, 5)) == [(lot, 3)]
    assert expiry.due_parts([lot], [], spendable=3, today=date(2030, 1, 5)) == [(lot, 3)]
    assert expiry.due_parts([lot], [], spendable=10, today=LAST_DAY) == []


def test_a_refund_gives_thirty_days_and_then_they_end():
    _youth, _pool, old, _new, hold = make_shopping(price=10)
    now = NEW_YEAR + 3 * DAY
    sold = redemption.redeem(hold=hold, by=None, now=now)
    expiry.expire_due(now=now)

    redemption.undo(redemption=sold, by=None, reason="vertippt", now=now + timedelta(minutes=5))

    assert expiry.expire_due(now=now + 30 * DAY) == 0
    assert expiry.expire_due(now=now + 31 * DAY) == 10
    assert left(old) == [0]


# ── A pool that has ended ────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("rest", "own", "common"), [("common", 0, 10), ("sponsor", 10, 0)])
def test_the_money_of_an_ended_pool_goes_where_its_agreement_says(rest, own, common):
    pool = make_pool(coins=10)
    make_lot(make_youth(), 10, pool=pool)
    # As a correction after the pool's end leaves it.
    FundingPool.objects.filter(pk=pool.pk).update(ended_at=LAST_SECOND, rest_goes=rest)

    expiry.expire_due(now=NEW_YEAR)

    found = FundingPool.objects.filter(sponsor=None).first()
    assert in_pool(pool) == own
    assert (in_pool(found) if found else 0) == common


def test_a_club_has_one_common_pool():
    club = make_sponsor().organisation.club

    first, second = (db.service(backflow.common_pool)(club) for _ in range(2))

    assert first == second
    assert (first.sponsor, first.club) == (None, club)


# ── Told in time ─────────────────────────────────────────────────────────────────────────────────
def noon(day: date) -> datetime:
    return periods.midnight(day) + timedelta(hours=12)


def make_reachable(coins=12, until=LAST_DAY, email="mia@example.org"):
    youth = make_youth()
    youth.user.email = email
    youth.user.save(update_fields=["email"])
    make_lot(youth, coins, until=until)
    return youth


@pytest.mark.parametrize(
    ("day", "stage"),
    [
        (date(2029, 10, 31), None), (date(2029, 11, 1), 60), (date(2029, 12, 14), 60), (date(2029, 12, 15), 16),
        (date(2029, 12, 31), 16), (date(2030, 1, 1), None),
    ],
)  # fmt: skip
def test_people_are_told_on_1_november_and_15_december(day, stage):
    make_reachable()

    assert expiry.announce_due(now=noon(day)) == (stage is not None)

    assert list(ExpiryNotice.objects.values_list("stage_days", flat=True)) == ([stage] if stage else [])


def test_once_per_stage_however_often_the_tick_comes():
    youth = make_reachable()
    for day in (date(2029, 11, 1), date(2029, 11, 1), date(2029, 12, 1), date(2029, 12, 15), date(2029, 12, 20)):
        expiry.announce_due(now=noon(day))
        outbox.relay(noon(day))
        outbox.forget(noon(day) + 31 * DAY)

    assert len(mail.outbox) == 2
    assert mail.outbox[0].to == [youth.user.email]
    assert "12 Coins von Dir gelten noch bis 31. Dezember 2029. Danach verfallen sie." in mail.outbox[0].body
    assert "Mia" not in mail.outbox[0].subject


def test_the_mail_says_what_is_left_when_it_leaves_and_nothing_if_nothing_is():
    youth, other = make_reachable(12), make_reachable(1, email="ben@example.org")
    expiry.announce_due(now=noon(date(2029, 12, 15)))
    hold = make_hold(offer=make_offer(price_coins=12), youth=youth, now=noon(date(2029, 12, 15)))
    redemption.redeem(hold=hold, by=None, now=noon(date(2029, 12, 15)))

    outbox.relay(noon(date(2029, 12, 16)))

    (said,) = mail.outbox
    assert said.to == [other.user.email]
    assert "1 Coin von Dir gilt noch bis 31. Dezember 2029. Danach verfällt er." in said.body


def test_who_has_no_address_reads_it_behind_the_bell():
    youth = make_reachable(email="")
    assert expiry.announce_due(now=noon(date(2029, 11, 2))) == 1
    assert expiry.announce_due(now=noon(date(2029, 11, 3))) == 0

    assert Notice.objects.get(topic=expiry.TOPIC).to == youth.user
    outbox.relay(noon(date(2029, 11, 3)))
    assert mail.outbox == []


def test_when_everybody_has_been_told_the_tick_asks_once(monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(expiry, "ACCOUNTS_AT_ONCE", 1)
    for n in range(3):
        make_reachable(email=f"kind{n}@example.org")
    make_reachable(email="")
    assert expiry.announce_due(now=noon(date(2029, 12, 20))) == 4

    # In a transaction of its own.
    with django_assert_max_num_queries(1 + 2):
        assert expiry.announce_due(now=noon(date(2029, 12, 20))) == 0


def test_two_dates_are_two_messages_in_chunks_too(monkeypatch):
    monkeypatch.setattr(expiry, "ACCOUNTS_AT_ONCE", 1)
    youth = make_reachable(until=date(2029, 12, 10))
    make_lot(youth, 5)
    make_reachable(email="ben@example.org")

    assert expiry.announce_due(now=noon(date(2029, 12, 1))) == 3
    assert OutboxMessage.objects.filter(topic=expiry.TOPIC).count() == 3
    assert expiry.announce_due(now=noon(date(2029, 12, 1))) == 0


# ── Two at once ──────────────────────────────────────────────────────────────────────────────────
@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_take_each_coin_once():
    def play(source):
        rows = [make_lot(make_youth(), source.randint(1, 9)) for _ in range(3)]
        before = Backflow.objects.count()
        results = in_parallel(*[lambda: expiry.expire_due(now=NEW_YEAR)] * 3)
        assert all(isinstance(result, int) for result in results), results
        return left(*rows) != [0, 0, 0] or Backflow.objects.count() - before != 3

    assert rounds(5, play).bad == 0


@db.service
def spend(account, shop) -> Transfer:
    transfer = ledger.post_transfer(
        debit=account, credit=shop, amount=10, kind=Transfer.Kind.REDEMPTION, key=uuid4(), effective_on=books.TODAY
    )
    lots.spend(account=account, transfer=transfer)
    return transfer


def expire_against_redemption(source) -> bool:
    """The tick and the counter want the same coins. True if they were taken twice, or not at all."""
    youth = make_youth()
    lot = make_lot(youth, 10)
    account = make_account(youth=youth)
    shop = books.open_account(books.Kind.PARTNER)

    calls = [lambda: expiry.expire_due(now=NEW_YEAR), lambda: spend(account, shop)]
    source.shuffle(calls)
    results = in_parallel(*calls)

    spent = sum(isinstance(result, Transfer) for result in results)
    assert all(isinstance(result, int | Transfer | ledger.InsufficientBalance) for result in results), results
    moves = -sum(LotMove.objects.filter(lot=lot).values_list("coins", flat=True))
    return moves != 10 or left(lot) != [0] or ledger.balance(shop) != 10 * spent


@pytest.mark.django_db(transaction=True)
def test_the_tick_and_a_redemption_never_take_the_same_coins():
    assert rounds(12, expire_against_redemption).bad == 0


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_the_redemption_comes_in_between(monkeypatch):
    youth = make_youth()
    lot = make_lot(youth, 10)
    account, shop = make_account(youth=youth), books.open_account(books.Kind.PARTNER)
    in_between = books.look_without_lock(monkeypatch, expiry, "due_parts")

    ticked, _spent = in_parallel(
        lambda: expiry.expire_due(now=NEW_YEAR), lambda: in_between(lambda: spend(account, shop))
    )

    # Nothing is due any more, but only the ledger's own guard has noticed.
    assert isinstance(ticked, ledger.InsufficientBalance)
    assert left(lot) == [0]


def test_redeemed_coins_are_the_partner_s_whatever_their_date():
    _youth, _pool, old, _new, hold = make_shopping(price=10)
    redemption.redeem(hold=hold, by=None, now=LAST_SECOND)

    assert expiry.expire_due(now=NEW_YEAR) == 0

    assert left(old) == [0]
    assert ledger.balance(hold.offer.partner.account) == 10
