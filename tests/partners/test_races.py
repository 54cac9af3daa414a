"""Several people at once. Each race has a control: the same rounds with the guard taken out must go wrong."""

import random
from datetime import datetime, timedelta

import pytest

from clevervibes.lib import db
from coins import ledger, lots
from coins import selectors as coin_selectors
from coins.models import Transfer
from partners import redemption
from partners.models import Hold, Offer, Redemption
from partners.redemption import AlreadyRedeemed, CodeCancelled, LimitReached, OutOfStock
from tests.concurrency import Meeting, control, find_deadlocks_soon, in_parallel, rounds
from tests.factories import NOON, make_offer, make_partner, make_rich_youth

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)
ROUNDS, CONTROL_ROUNDS = 15, 10  # one unlocked round in ten goes well by luck: fifteen never do


def without_lock(monkeypatch, calls: int) -> None:
    """Look first and act later, without a lock, and without the second try that a deadlock's loser would get."""
    meeting = Meeting(calls)

    def read(hold: Hold) -> Hold:
        found = Hold.objects.select_related("offer__partner__account", "ledger_hold__account").get(pk=hold.pk)
        found.youth_paused_at = None
        meeting.wait()
        return found

    def hand_over(*, hold: Hold, at: datetime, now: datetime, **_who: None) -> Redemption:
        found = read(hold)
        redemption._require_open(found, at=at)
        shop = found.offer.partner
        transfer = ledger.capture_hold(
            hold=found.ledger_hold, credit=shop.account, kind=Transfer.Kind.REDEMPTION, source_id=found.pk,
            effective_on=at.date(),
        )  # fmt: skip
        lots.spend(account=found.account, transfer=transfer)
        redemption._end(found, Hold.Status.REDEEMED, now)
        return Redemption.objects.create(
            hold=found, transfer=transfer, partner=shop, title=found.title, price_coins=found.price_coins,
            vat_percent=found.offer.vat_percent, redeemed_at=at, booked_at=now,
        )  # fmt: skip

    monkeypatch.setattr(redemption, "_locked", read)
    monkeypatch.setattr(redemption, "_handed_over", hand_over)
    monkeypatch.setattr(db, "_ATTEMPTS", 1)


def redeem_everywhere(counters: int, *, coins: int = 100, at_once=in_parallel):
    """Return a round: one code, `counters` clerks who tap at once. Right is one redemption and a named refusal each."""
    offer, youth = make_offer(price_coins=1), make_rich_youth(coins=coins)

    def play(_source: random.Random) -> bool:
        hold = redemption.hold(offer=offer, youth=youth, now=NOON)
        before = coin_selectors.balance_of(youth).posted
        results = at_once(*[lambda: redemption.redeem(hold=hold, by=None, now=NOON)] * counters)
        kinds = sorted(type(result).__name__ for result in results)
        paid = before - coin_selectors.balance_of(youth).posted
        return kinds != ["AlreadyRedeemed"] * (counters - 1) + ["Redemption"] or paid != 1

    return play


def test_one_code_at_several_counters_is_redeemed_once():
    assert rounds(ROUNDS, redeem_everywhere(4)).bad == 0


def test_control_without_the_lock_the_counters_collide(monkeypatch):
    without_lock(monkeypatch, 4)

    assert control(CONTROL_ROUNDS, redeem_everywhere(4)).broken


def hold_the_last(left: int, youths: int, *, coins: int = 100, at_once=in_parallel):
    """Return a round: a few left, several youths. Right is as many holds, and OutOfStock for all others."""
    offer = make_offer(price_coins=1, stock=left)
    everybody = [make_rich_youth(coins=coins) for _youth in range(youths)]

    def play(_source: random.Random) -> bool:
        Offer.objects.filter(pk=offer.pk).update(stock=left)
        results = at_once(
            *[lambda youth=youth: redemption.hold(offer=offer, youth=youth, now=NOON) for youth in everybody]
        )
        offer.refresh_from_db()
        held = [result for result in results if isinstance(result, Hold)]
        refused = [result for result in results if isinstance(result, OutOfStock)]
        return (len(held), len(refused), offer.stock) != (left, youths - left, 0)

    return play


def test_the_last_one_goes_to_one_of_eight():
    assert rounds(ROUNDS, hold_the_last(1, 8)).bad == 0


def test_control_read_first_and_write_later_oversells(monkeypatch):
    meeting = Meeting(8)

    def take_one(offer: Offer) -> None:
        left = Offer.objects.get(pk=offer.pk).stock
        meeting.wait()
        if not left:
            raise OutOfStock
        Offer.objects.filter(pk=offer.pk).update(stock=left - 1)

    monkeypatch.setattr(redemption, "_take_one", take_one)

    assert control(CONTROL_ROUNDS, hold_the_last(1, 8)).broken


def redeem_while_cancelling(*, coins: int = 100, at_once=in_parallel):
    """Return a round: the clerk redeems, the youth cancels. Right is one of them, and the other is told so."""
    offer, youth = make_offer(price_coins=1, stock=coins), make_rich_youth(coins=coins)
    pairs = {(Redemption, AlreadyRedeemed), (CodeCancelled, Hold)}

    def play(source: random.Random) -> bool:
        hold = redemption.hold(offer=offer, youth=youth, now=NOON)
        before = coin_selectors.balance_of(youth)
        calls = [
            lambda: redemption.redeem(hold=hold, by=None, now=NOON),
            lambda: redemption.cancel(hold=hold, now=NOON),
        ]
        order = source.sample([0, 1], 2)
        answers = dict(zip(order, at_once(*[calls[position] for position in order]), strict=True))
        after = coin_selectors.balance_of(youth)
        redeemed = isinstance(answers[0], Redemption)
        right_sum = (before.posted - after.posted, after.held) == (1 if redeemed else 0, before.held - 1)
        return (type(answers[0]), type(answers[1])) not in pairs or not right_sum

    return play


def test_redeeming_and_cancelling_at_once_end_in_one_of_the_two():
    assert rounds(ROUNDS, redeem_while_cancelling()).bad == 0


def test_control_without_the_lock_redeeming_and_cancelling_collide(monkeypatch, superuser_sql):
    without_lock(monkeypatch, 2)
    find_deadlocks_soon(superuser_sql)

    assert control(CONTROL_ROUNDS, redeem_while_cancelling()).broken


def test_two_tabs_of_one_youth_keep_to_the_monthly_limit():
    partner, youth = make_partner(), make_rich_youth(coins=100)

    def play(_source: random.Random) -> bool:
        offer = make_offer(partner=partner, price_coins=1, per_youth_per_month=1)
        results = in_parallel(*[lambda: redemption.hold(offer=offer, youth=youth, now=NOON)] * 2)
        return {type(result) for result in results} != {Hold, LimitReached}

    assert rounds(ROUNDS, play).bad == 0


def test_an_undo_pressed_twice_gives_back_once():
    offer, youth = make_offer(price_coins=1, stock=50), make_rich_youth(coins=1)

    def play(_source: random.Random) -> bool:
        made = redemption.redeem(hold=redemption.hold(offer=offer, youth=youth, now=NOON), by=None, now=NOON)
        calls = [lambda: redemption.undo(redemption=made, by=None, reason="Falsch", now=NOON + MINUTE)] * 3
        results = in_parallel(*calls)
        offer.refresh_from_db()
        back = coin_selectors.balance_of(youth).posted == 1 and offer.stock == 50
        return {type(result) for result in results} != {Redemption} or not back

    assert rounds(ROUNDS, play).bad == 0


def test_two_ticks_at_once_expire_each_hold_once():
    offer, youth = make_offer(price_coins=1, stock=30), make_rich_youth(coins=30)
    for _hold in range(30):
        redemption.hold(offer=offer, youth=youth, now=NOON)
    later = NOON + redemption.HOLD_FOR

    counts = in_parallel(*[lambda: redemption.expire_due(now=later)] * 3)

    offer.refresh_from_db()
    assert sum(counts) == 30
    assert (offer.stock, coin_selectors.balance_of(youth).held) == (30, 0)
