"""The 90 days after a withdrawal or the 21st birthday: spending goes on, then what is left goes back to the pools."""

from datetime import timedelta

import pytest
from django.db import transaction

from accounts import consent
from accounts.models import Ending
from clevervibes.lib import db
from coins import endings, ledger, selectors
from coins.models import Lot, Transfer
from partners import redemption
from tests.coins import books
from tests.concurrency import in_parallel, rounds
from tests.factories import (
    NOON,
    give_coins,
    guardian_of,
    make_consent_text,
    make_hold,
    make_offer,
    make_pool,
    make_rich_youth,
    make_youth,
)

pytestmark = pytest.mark.django_db


def in_pool(pool) -> int:
    return ledger.balance(books.open_account(books.Kind.POOL, pool.public_id))


def withdrawn(youth, now=NOON) -> Ending:
    consent.withdraw(youth=youth, by=guardian_of(youth), now=now)
    return youth.endings.get(called_off_at=None)


def test_until_the_last_second_coins_are_set_aside_and_then_they_go_back_to_their_pools():
    youth, first, second = make_youth(), make_pool(coins=50), make_pool(coins=50)
    give_coins(youth, 20, pool=first)
    give_coins(youth, 10, pool=second)
    until = withdrawn(youth).spend_until
    offer = make_offer(price_coins=4)

    hold = redemption.hold(offer=offer, youth=youth, now=until - timedelta(seconds=1))
    redemption.cancel(hold=hold, now=until - timedelta(seconds=1))
    assert endings.take_back_due(now=until - timedelta(seconds=1)) == 0
    with pytest.raises(redemption.SpendingOver):
        redemption.hold(offer=offer, youth=youth, now=until)

    assert endings.take_back_due(now=until) == 30
    assert endings.take_back_due(now=until) == 0
    assert (in_pool(first), in_pool(second)) == (50, 50)
    assert selectors.balance_of(youth).posted == 0
    assert set(Transfer.objects.filter(amount__in=[20, 10], debit__kind=4).values_list("kind", flat=True)) == {
        Transfer.Kind.EXPIRY
    }


def test_what_is_set_aside_waits_for_its_hold():
    youth = make_rich_youth(coins=30)
    until = withdrawn(youth).spend_until
    day_before = until - timedelta(days=1)
    fetched = make_hold(offer=make_offer(price_coins=12), youth=youth, now=day_before)
    left = make_hold(offer=make_offer(price_coins=8), youth=youth, now=day_before)

    assert endings.take_back_due(now=until) == 10
    redemption.redeem(hold=fetched, by=None, now=until + timedelta(hours=1))
    redemption.cancel(hold=left, now=until + timedelta(hours=1))
    assert endings.take_back_due(now=until + timedelta(hours=2)) == 8
    assert not Lot.objects.filter(left__gt=0).exists()


def test_a_new_yes_keeps_the_coins():
    youth = make_rich_youth(coins=30)
    until = withdrawn(youth).spend_until
    consent.give(youth=youth, text=make_consent_text(), by=guardian_of(youth), now=until - timedelta(seconds=1))
    assert endings.take_back_due(now=until) == 0
    assert make_hold(offer=make_offer(price_coins=4), youth=youth, now=until).price_coins == 4


def test_nobody_elses_coins_are_touched():
    youth, other = make_rich_youth(coins=30), make_rich_youth("Ben", coins=20)
    endings.take_back_due(now=withdrawn(youth).spend_until)
    assert selectors.balance_of(other).posted == 20


def test_at_most_so_many_questions_for_any_number_of_youths_without_an_ending(django_assert_max_num_queries):
    make_rich_youth(coins=5)
    with django_assert_max_num_queries(3):
        endings.take_back_due(now=NOON)


# ── At the same moment ───────────────────────────────────────────────────────────────────────────
def taken_despite_a_new_yes() -> bool:
    """Consent anew at the last moment beside the tick; True if coins went back of somebody who is welcome again."""
    youth = make_rich_youth(coins=30)
    until = withdrawn(youth).spend_until

    def take_back():
        return endings.take_back_due(now=until)

    def consent_anew():
        consent.give(youth=youth, text=make_consent_text(), by=guardian_of(youth), now=until)

    results = in_parallel(take_back, take_back, consent_anew)
    assert [result for result in results if isinstance(result, Exception)] == []
    went_back = sum(result for result in results if result)
    # Either order is right, half of it is not.
    return (went_back, selectors.balance_of(youth).posted) not in {(30, 0), (0, 30)}


@pytest.mark.django_db(transaction=True)
def test_two_ticks_and_a_new_yes_at_once_take_everything_once_or_nothing():
    assert rounds(10, lambda source: taken_despite_a_new_yes()).bad == 0


def test_taking_back_is_a_service_of_its_own():
    with transaction.atomic(), pytest.raises(RuntimeError):
        endings.take_back_next(after=0, now=db.now())
