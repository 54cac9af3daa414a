"""The races of the counter, thousands of times, and with everything that may end a hold in the same moment."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction

from accounts import stops
from coins import selectors as coin_selectors
from coins.ledger import InsufficientBalance
from coins.models import LedgerHoldEnd
from partners import redemption
from partners.models import Hold, Offer, Redemption
from partners.redemption import AlreadyRedeemed, CodeCancelled, CodeExpired, HoldPaused
from tests.concurrency import Meeting, chosen_seed, crew, scaled, tell
from tests.factories import NOON, make_offer, make_partner, make_rich_youth, make_user
from tests.partners.test_races import hold_the_last, redeem_everywhere, redeem_while_cancelling, without_lock

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

CODES, MANY = 10_000, 2_000


def play_rounds(what: str, number: int, play: Callable[[random.Random], bool]):
    seed = chosen_seed()
    source = random.Random(seed)
    return tell(what, bad=sum(play(source) for _round in range(number)), of=number, seed=seed)


# ── One code, eight counters ─────────────────────────────────────────────────────────────────────
def test_one_code_at_eight_counters_is_redeemed_once():
    number = scaled(CODES)
    with crew(8) as at_once:
        play = redeem_everywhere(8, coins=number, at_once=at_once)

        assert play_rounds("R1 one code at 8 counters", number, play).bad == 0


def test_control_without_the_lock_the_eight_collide(monkeypatch):
    without_lock(monkeypatch, 8)
    number = scaled(CODES)
    with crew(8) as at_once:
        play = redeem_everywhere(8, coins=number, at_once=at_once)

        assert play_rounds("R1 control, without the lock", number, play).bad >= 0.9 * number


# ── The last ones ────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("left", [1, 3])
def test_the_last_ones_go_to_as_many_of_eight(left):
    number = scaled(MANY)
    with crew(8) as at_once:
        play = hold_the_last(left, 8, coins=number, at_once=at_once)

        assert play_rounds(f"R6 stock {left}, 8 youths", number, play).bad == 0


@pytest.mark.parametrize("left", [1, 3])
def test_control_read_first_and_write_later_oversells(monkeypatch, left):
    meeting = Meeting(8)

    def take_one(offer: Offer) -> None:
        found = Offer.objects.get(pk=offer.pk).stock
        meeting.wait()
        if not found:
            raise redemption.OutOfStock
        Offer.objects.filter(pk=offer.pk).update(stock=found - 1)

    monkeypatch.setattr(redemption, "_take_one", take_one)
    number = scaled(MANY) // 10
    with crew(8) as at_once:
        play = hold_the_last(left, 8, coins=number, at_once=at_once)

        assert play_rounds(f"R6 control, stock {left}", number, play).bad >= 0.9 * number


# ── Coins for one, two offers in two tabs ────────────────────────────────────────────────────────
def test_coins_for_one_hold_one_of_two_offers():
    partner, youth = make_partner(), make_rich_youth(coins=5)
    offers = [make_offer(title, partner=partner, price_coins=5) for title in ("Eis", "Kino")]
    number = scaled(MANY)

    with crew(2) as at_once:

        def play(_source: random.Random) -> bool:
            calls = [lambda offer=offer: redemption.hold(offer=offer, youth=youth, now=NOON) for offer in offers]
            results = at_once(*calls)
            balance = coin_selectors.balance_of(youth)
            held = [result for result in results if isinstance(result, Hold)]
            for hold in held:
                redemption.cancel(hold=hold, now=NOON)
            kinds = {type(result) for result in results}
            return kinds != {Hold, InsufficientBalance} or (balance.spendable, balance.held) != (0, 5)

        assert play_rounds("R7 coins for one, two tabs", number, play).bad == 0


# ── Redeemed while something else ends it ────────────────────────────────────────────────────────
def test_redeemed_while_cancelled():
    number = scaled(MANY)
    with crew(2) as at_once:
        play = redeem_while_cancelling(coins=number, at_once=at_once)

        assert play_rounds("R2 redeemed and cancelled", number, play).bad == 0


def redeem_while_expiring(*, coins: int, at_once):
    """Return a round: a counter books what it scanned in time, the tick ends what is over. Right is one of them."""
    offer, youth = make_offer(price_coins=1, stock=coins), make_rich_youth(coins=coins)

    def play(source: random.Random) -> bool:
        hold = redemption.hold(offer=offer, youth=youth, now=NOON)
        before = coin_selectors.balance_of(youth).posted
        over = hold.expires_at
        calls = [
            lambda: redemption.redeem(hold=hold, by=None, now=over, scanned_at=over - timedelta(minutes=1)),
            lambda: redemption.expire_due(now=over),
        ]
        order = source.sample([0, 1], 2)
        answers = dict(zip(order, at_once(*[calls[position] for position in order]), strict=True))
        # A tick that met the lock skips the hold; nobody else is there to be skipped.
        after = coin_selectors.balance_of(youth)
        ends = (type(answers[0]), answers[1], before - after.posted, after.held)
        return ends not in {(Redemption, 0, 1, 0), (CodeExpired, 1, 0, 0)}

    return play


def test_redeemed_while_it_expires():
    number = scaled(MANY)
    with crew(2) as at_once:
        play = redeem_while_expiring(coins=number, at_once=at_once)

        assert play_rounds("R2 redeemed and expired", number, play).bad == 0


def test_control_without_the_lock_redeeming_and_expiring_collide(monkeypatch):
    without_lock(monkeypatch, 2)

    def look_first(*, now):
        hold = redemption._locked(Hold.objects.get(status=Hold.Status.LIVE))  # no longer a lock, but where both meet
        with transaction.atomic():
            redemption._give_up(hold, Hold.Status.EXPIRED, LedgerHoldEnd.Outcome.EXPIRED, now)
        return 1

    monkeypatch.setattr(redemption, "expire_due", look_first)
    number = scaled(MANY) // 10
    with crew(2) as at_once:
        play = redeem_while_expiring(coins=number, at_once=at_once)

        assert play_rounds("R2 control, redeemed and expired", number, play).bad >= 0.9 * number


def test_redeemed_while_the_team_stops_the_youth():
    """Right is redeemed before the stop, or refused and kept; never half of it, and nothing once the stop is known."""
    number = scaled(MANY)
    offer, youth, team = make_offer(price_coins=1), make_rich_youth(coins=number), make_user("Team")

    with crew(2) as at_once:

        def play(source: random.Random) -> bool:
            hold = redemption.hold(offer=offer, youth=youth, now=NOON)
            before = coin_selectors.balance_of(youth)
            calls = [
                lambda: redemption.redeem(hold=hold, by=None, now=NOON),
                lambda: stops.stop_youth(youth=youth, by=team, reason="Verdacht", sentence="Kurz Pause.", now=NOON),
            ]
            order = source.sample([0, 1], 2)
            redeemed = dict(zip(order, at_once(*[calls[position] for position in order]), strict=True))[0]
            later = redeem_anyway(hold)
            after = coin_selectors.balance_of(youth)
            stops.resume_youth(youth=youth, by=team, now=NOON)
            moved = (before.posted - after.posted, before.held - after.held)
            if isinstance(redeemed, HoldPaused):
                redemption.cancel(hold=hold, now=NOON)
            return (type(redeemed), later, moved) not in {
                (Redemption, AlreadyRedeemed, (1, 1)),
                (HoldPaused, HoldPaused, (0, 0)),
            }

        assert play_rounds("R2 redeemed and stopped", number, play).bad == 0


def redeem_anyway(hold: Hold) -> type:
    try:
        redemption.redeem(hold=hold, by=None, now=NOON)
    except (AlreadyRedeemed, HoldPaused, CodeCancelled) as error:
        return type(error)
    return Redemption
