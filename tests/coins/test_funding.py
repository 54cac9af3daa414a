"""Deposits: from euros to coins, cent by cent."""

from datetime import timedelta
from uuid import uuid4

import pytest

from clevervibes.lib import db, periods
from coins import funding, ledger
from coins.models import Deposit, LedgerAccount, Transfer
from tests.concurrency import in_parallel
from tests.factories import NOON, make_pool, make_sponsor, make_user

pytestmark = pytest.mark.django_db

TODAY = periods.berlin_date(NOON)
Kind = LedgerAccount.Kind


def book(pool, amount_cents, **more):
    given = {"received_on": TODAY, "reference": "Spende", "by": None, "now": NOON}
    return funding.book_deposit(pool=pool, amount_cents=amount_cents, **{**given, **more})


@db.service
def balance(kind, owner=None):
    return ledger.balance(ledger.open_account(kind=kind, owner=owner))


def test_a_deposit_becomes_coins_with_euros_behind_them():
    pool = make_pool()

    deposit = book(pool, 50_000, by=make_user("Kasse"))

    assert deposit.coins == 5_000
    assert balance(Kind.POOL, pool.public_id) == 5_000
    assert balance(Kind.TRUST) == 50_000
    assert balance(Kind.UNALLOTTED, pool.sponsor.public_id) == 0
    assert balance(Kind.WORLD) == -50_000
    assert balance(Kind.ISSUANCE) == -5_000
    group = Transfer.objects.filter(group=deposit.public_id)
    assert {(t.kind, t.amount) for t in group} == {(31, 50_000), (32, 50_000), (1, 5_000)}
    assert {t.effective_on for t in group} == {TODAY}


def test_cents_that_make_no_coin_wait_for_the_next_deposit():
    pool = make_pool()
    owner = pool.sponsor.public_id

    assert book(pool, 7).coins == 0
    assert balance(Kind.UNALLOTTED, owner) == 7
    assert book(pool, 104).coins == 11
    assert balance(Kind.UNALLOTTED, owner) == 1
    assert book(pool, 9).coins == 1
    assert balance(Kind.UNALLOTTED, owner) == 0
    assert balance(Kind.POOL, pool.public_id) == 12


def test_the_same_form_sent_twice_books_once():
    pool, key = make_pool(), uuid4()

    assert book(pool, 1_000, key=key) == book(pool, 1_000, key=key)
    with pytest.raises(funding.KeyReused):
        book(pool, 1_010, key=key)

    assert balance(Kind.POOL, pool.public_id) == 100


@pytest.mark.parametrize("cents", [0, -1, -(10**9)])
def test_nothing_is_not_booked(cents):
    with pytest.raises(funding.NothingToBook, match="über 0 Euro"):
        book(make_pool(), cents)


@pytest.mark.parametrize("cents", [funding.MAX_CENTS + 1, 2**63, 2**80])
def test_a_slipped_comma_is_noticed(cents):
    with pytest.raises(funding.TooMuch, match=r"1\.000\.000 Euro"):
        book(make_pool(), cents)
    assert not Deposit.objects.exists()


def test_money_of_tomorrow_is_not_booked_today():
    with pytest.raises(funding.NotYetReceived):
        book(make_pool(), 100, received_on=TODAY + timedelta(days=1))


def test_a_mistyped_year_is_noticed():
    with pytest.raises(funding.ReceivedLongAgo):
        book(make_pool(), 100, received_on=TODAY - timedelta(days=367))
    book(make_pool(), 100, received_on=TODAY - timedelta(days=366))


@pytest.mark.parametrize("field", ["paused_at", "ended_at"])
def test_a_pool_that_is_paused_or_ended_takes_nothing(field):
    pool = make_pool()
    setattr(pool, field, NOON)
    pool.save(update_fields=[field])

    with pytest.raises(funding.PoolNotOpen, match="Lesen im Kiez"):
        book(pool, 100)


def test_a_suspended_sponsor_pays_nothing():
    pool = make_pool()
    pool.sponsor.suspended_at = NOON
    pool.sponsor.save(update_fields=["suspended_at"])

    with pytest.raises(funding.SponsorSuspended):
        book(pool, 100)


def test_a_common_pool_asks_who_paid():
    pool, sponsor = funding.open_pool(sponsor=None, name="Gemeinschaftstopf"), make_sponsor()

    with pytest.raises(funding.SponsorMissing):
        book(pool, 100)
    assert book(pool, 100, sponsor=sponsor).sponsor == sponsor


@pytest.mark.django_db(transaction=True)
def test_two_deposits_at_once_lose_no_cent():
    pool = make_pool()

    results = in_parallel(*[lambda: book(pool, 15)] * 6)

    assert sum(deposit.coins for deposit in results) == 9
    assert balance(Kind.POOL, pool.public_id) == 9
    assert balance(Kind.UNALLOTTED, pool.sponsor.public_id) == 0
