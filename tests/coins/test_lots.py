"""Lots: oldest first out, and back where they came from."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from clevervibes.lib import db
from coins import ledger, lots
from coins.models import LedgerAccount, Lot, LotMove, Transfer, YouthAccount
from tests.coins import books
from tests.concurrency import in_parallel, rounds
from tests.factories import give_coins, make_account, make_pool, make_youth

pytestmark = pytest.mark.django_db

Kind = Transfer.Kind


@pytest.fixture
def shop():
    return books.open_account(LedgerAccount.Kind.PARTNER)


@db.service
def redeem(account, shop, coins, key=None) -> Transfer:
    transfer = ledger.post_transfer(
        debit=account, credit=shop, amount=coins, kind=Kind.REDEMPTION, key=key or uuid4(), effective_on=books.TODAY
    )
    lots.spend(account=account, transfer=transfer)
    return transfer


@db.service
def refund(original, coins=None, *, on=books.TODAY, key=None) -> Transfer:
    transfer = ledger.reverse(original=original, amount=coins, kind=Kind.REFUND, key=key or uuid4(), effective_on=on)
    lots.give_back(original=original, refund=transfer)
    return transfer


def make_lots(*sizes_and_years):
    """A youth with one lot per (coins, year until which it is good); each from a pool of its own."""
    youth = make_youth()
    rows = []
    for coins, year in sizes_and_years:
        lot = give_coins(youth, coins, pool=make_pool(coins=coins))
        Lot.objects.filter(pk=lot.pk).update(valid_until=date(year, 12, 31))
        rows.append(lot)
    return rows[0].account, rows


def left(rows):
    return [Lot.objects.get(pk=lot.pk).left for lot in rows]


def test_a_youth_has_one_account_under_a_random_id():
    youth = make_youth()

    account = make_account(youth=youth)

    assert make_account(youth=youth) == account
    assert account.owner not in {youth.public_id, youth.user.public_id}
    youth.user.delete()
    assert not YouthAccount.objects.exists()
    assert LedgerAccount.objects.filter(pk=account.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_open_one_account():
    youth = make_youth()

    results = in_parallel(*[lambda: make_account(youth=youth)] * 4)

    assert len({account.pk for account in results}) == 1


def test_coins_are_good_until_the_end_of_the_third_year():
    assert lots.valid_until(date(2026, 1, 1)) == date(2029, 12, 31)
    assert lots.valid_until(date(2026, 12, 31)) == date(2029, 12, 31)


def test_the_oldest_are_spent_first(shop):
    account, rows = make_lots((10, 2029), (10, 2028), (10, 2030))

    redeem(account, shop, 4)
    assert left(rows) == [10, 6, 10]
    redeem(account, shop, 20)
    assert left(rows) == [0, 0, 6]
    redeem(account, shop, 6)
    assert left(rows) == [0, 0, 0]


def test_spending_again_for_the_same_transfer_changes_nothing(shop):
    account, rows = make_lots((10, 2028), (10, 2029))
    key = uuid4()

    assert redeem(account, shop, 12, key) == redeem(account, shop, 12, key)

    assert left(rows) == [0, 8]


def test_a_refund_goes_back_to_the_same_lots_with_their_dates(shop):
    account, rows = make_lots((10, 2028), (10, 2029), (10, 2030))
    redeem(account, shop, 5)
    original = redeem(account, shop, 13)
    assert left(rows) == [0, 2, 10]

    refund(original, 9)
    assert left(rows) == [1, 10, 10]
    refund(original, 4)
    assert left(rows) == [5, 10, 10]

    assert [Lot.objects.get(pk=lot.pk).valid_until.year for lot in rows] == [2028, 2029, 2030]
    assert sum(LotMove.objects.filter(lot=rows[1]).values_list("coins", flat=True)) == 0


def test_a_refund_given_back_again_changes_nothing(shop):
    account, rows = make_lots((10, 2028))
    original, key = redeem(account, shop, 7), uuid4()

    assert refund(original, 5, key=key) == refund(original, 5, key=key)

    assert left(rows) == [8]


def test_refunded_coins_are_good_for_thirty_more_days(shop):
    account, rows = make_lots((10, 2026), (10, 2029))
    original = redeem(account, shop, 20)

    refund(original, on=date(2026, 12, 20))

    dates = [Lot.objects.get(pk=lot.pk).valid_until for lot in rows]
    assert dates == [date(2026, 12, 20) + timedelta(days=30), date(2029, 12, 31)]


def test_lots_that_differ_from_the_balance_stop_everything(shop):
    account, rows = make_lots((10, 2028))
    Lot.objects.filter(pk=rows[0].pk).update(left=3)

    with pytest.raises(lots.LotsDiffer):
        redeem(account, shop, 5)

    assert ledger.balance(account) == 10
    Lot.objects.filter(pk=rows[0].pk).update(left=10)


@pytest.mark.django_db(transaction=True)
def test_two_tills_at_once_take_different_coins(shop):
    def play(source):
        account, rows = make_lots((10, 2028), (10, 2029))
        sizes = [source.randint(1, 5) for _ in range(4)]
        results = in_parallel(*[lambda n=n: redeem(account, shop, n) for n in sizes])
        assert all(isinstance(result, Transfer) for result in results), results
        return sum(left(rows)) != 20 - sum(sizes) or ledger.balance(account) != 20 - sum(sizes)

    assert rounds(8, play).bad == 0
