"""coins.ledger through its functions: what it books, what it refuses, what a repeated call does."""

from datetime import timedelta
from uuid import uuid4

import pytest

from clevervibes.lib.db import TransactionNeeded
from coins import ledger
from coins.models import Balance, LedgerAccount, LedgerEntry, LedgerHoldEnd, Transfer
from tests.coins import books
from tests.coins.books import Kind

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_transfer_moves_both_balances():
    pool, other = books.make_pool(coins=100), books.make_pool()

    transfer = books.move(pool, other, 30)

    assert (ledger.balance(pool), ledger.balance(other)) == (70, 30)
    stored = Transfer.objects.get(pk=transfer.pk)
    assert (stored.xid, stored.posted_at) == (transfer.xid, transfer.posted_at)


def test_django_s_own_create_is_guarded_like_any_insert():
    pool, other = books.make_pool(coins=100), books.make_pool()

    transfer = Transfer.objects.create(
        debit=pool, credit=other, amount=30, asset=1, kind=Transfer.Kind.REALLOCATION, effective_on=books.TODAY
    )

    assert transfer.pk
    assert transfer.xid
    assert transfer.posted_at
    assert (ledger.balance(pool), ledger.balance(other)) == (70, 30)


def test_opening_an_account_again_returns_the_same_one():
    owner = uuid4()

    assert books.open_account(Kind.POOL, owner) == books.open_account(Kind.POOL, owner)
    assert Balance.objects.filter(account__owner=owner).count() == 1


def test_the_ledger_wants_the_caller_s_transaction():
    pool = books.make_pool(coins=10)

    with pytest.raises(TransactionNeeded):
        ledger.place_hold(account=pool, amount=1, key=uuid4())


def test_more_than_the_balance_is_refused():
    pool, other = books.make_pool(coins=10), books.make_pool()

    with pytest.raises(ledger.InsufficientBalance):
        books.move(pool, other, 11)

    assert (ledger.balance(pool), ledger.balance(other)) == (10, 0)


def test_the_retry_of_the_payment_that_emptied_the_account_returns_it():
    pool, other, key = books.make_pool(coins=10), books.make_pool(), uuid4()
    first = books.move(pool, other, 10, key=key)

    again = books.move(pool, other, 10, key=key)

    assert (again.pk, again.xid, again.posted_at) == (first.pk, first.xid, first.posted_at)
    assert ledger.balance(other) == 10


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 4},
        {"kind": Transfer.Kind.GRANT},
        {"source_id": 7},
        {"group": uuid4()},
        {"effective_on": books.TODAY + timedelta(days=1)},
        {"credit": "other"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_key_used_for_something_else_is_a_conflict(change):
    pool, first, second, key = books.make_pool(coins=10), books.make_pool(), books.make_pool(), uuid4()
    books.move(pool, first, 3, key=key)
    call = {"debit": pool, "credit": first, "amount": 3, "key": key, **change}
    if "credit" in change:
        call["credit"] = second

    with pytest.raises(ledger.IdempotencyConflict):
        books.move(**call)

    assert (ledger.balance(pool), ledger.balance(first), ledger.balance(second)) == (7, 3, 0)


def test_a_source_is_booked_once_per_kind_whatever_the_key():
    pool, other = books.make_pool(coins=10), books.make_pool()
    books.move(pool, other, 1, source_id=7)

    with pytest.raises(ledger.IdempotencyConflict):
        books.move(pool, other, 1, source_id=7)

    assert ledger.balance(other) == 1


@pytest.mark.parametrize("amount", [0, -1, 2**62, 2**63, 2**80])
def test_amounts_out_of_range_are_refused_in_words(amount):
    pool, other = books.make_pool(coins=10), books.make_pool()

    with pytest.raises(ledger.AmountOutOfRange):
        books.move(pool, other, amount)


def test_derived_balances_are_summed_up():
    pool, clearing = books.make_pool(coins=10), books.open_account(Kind.CLEARING)

    books.move(pool, clearing, 4, Transfer.Kind.RELEASE)
    books.move(pool, clearing, 3, Transfer.Kind.RELEASE)
    books.move(clearing, pool, 7, Transfer.Kind.LEFTOVER)

    assert (ledger.balance(pool), ledger.balance(clearing)) == (10, 0)
    assert not Balance.objects.filter(account=clearing).exists()


def test_each_transfer_is_two_signed_lines():
    pool, other = books.make_pool(coins=10), books.make_pool()
    transfer = books.move(pool, other, 4)

    lines = LedgerEntry.objects.filter(transfer=transfer).order_by("amount").values_list("account", "other", "amount")

    assert list(lines) == [(pool.pk, other.pk, -4), (other.pk, pool.pk, 4)]


# ── Holds ────────────────────────────────────────────────────────────────────────────────────────
def test_a_hold_lowers_what_can_be_spent_and_leaves_the_balance():
    pool = books.make_pool(coins=10)

    books.hold(pool, 4)

    assert (ledger.balance(pool), ledger.spendable(pool)) == (10, 6)


def test_held_coins_cannot_be_spent_or_held_again():
    pool, other = books.make_pool(coins=10), books.make_pool()
    books.hold(pool, 4)

    with pytest.raises(ledger.InsufficientBalance):
        books.move(pool, other, 7)
    with pytest.raises(ledger.InsufficientBalance):
        books.hold(pool, 7)
    books.move(pool, other, 6)


def test_a_hold_placed_again_is_the_same_hold():
    pool, key = books.make_pool(coins=10), uuid4()

    first, again = books.hold(pool, 10, key), books.hold(pool, 10, key)

    assert first.pk == again.pk
    assert ledger.spendable(pool) == 0
    with pytest.raises(ledger.IdempotencyConflict):
        books.hold(pool, 9, key)


def test_a_capture_moves_the_held_coins_once():
    pool, other, key = books.make_pool(coins=10), books.make_pool(), uuid4()
    hold = books.hold(pool, 10)

    first = books.capture(hold, other, key)
    again = books.capture(hold, other, key)

    assert first.pk == again.pk
    assert hold.end.outcome == LedgerHoldEnd.Outcome.CAPTURED
    assert hold.end.transfer_id == first.pk
    assert (ledger.balance(pool), ledger.spendable(pool), ledger.balance(other)) == (0, 0, 10)


def test_a_capture_of_less_frees_the_rest():
    pool, other = books.make_pool(coins=10), books.make_pool()

    books.capture(books.hold(pool, 10), other, amount=4)

    assert (ledger.balance(pool), ledger.spendable(pool)) == (6, 6)


def test_a_hold_ends_once():
    pool, other = books.make_pool(coins=10), books.make_pool()
    captured, cancelled = books.hold(pool, 3), books.hold(pool, 3)
    books.capture(captured, other)
    books.release(cancelled)

    for call in (
        lambda: books.capture(captured, other),
        lambda: books.capture(cancelled, other),
        lambda: books.release(captured),
        lambda: books.release(cancelled, LedgerHoldEnd.Outcome.EXPIRED),
    ):
        with pytest.raises(ledger.HoldEnded):
            call()
    books.release(cancelled)  # the same again changes nothing

    assert (ledger.balance(pool), ledger.spendable(pool)) == (7, 7)


# ── Reversals ────────────────────────────────────────────────────────────────────────────────────
def test_reversals_together_stay_within_the_original():
    pool, other = books.make_pool(coins=10), books.make_pool(coins=10)
    original = books.move(pool, other, 6)

    books.reverse(original, 4)
    with pytest.raises(ledger.NotReversible):
        books.reverse(original, 3)
    books.reverse(original, 2)
    with pytest.raises(ledger.NotReversible):
        books.reverse(original, 1)

    assert (ledger.balance(pool), ledger.balance(other)) == (10, 10)


def test_a_reversal_is_not_reversed():
    pool, other = books.make_pool(coins=10), books.make_pool()
    back = books.reverse(books.move(pool, other, 6))

    with pytest.raises(ledger.NotReversible):
        books.reverse(back)


def test_strangers_cannot_give_back():
    pool, other, stranger = (books.make_pool(coins=10) for _ in range(3))
    original = books.move(pool, other, 6)

    with pytest.raises(ledger.NotReversible):
        books.reverse(original, debit=stranger, credit=books.make_pool())


def test_giving_back_nothing_is_not_giving_back_all():
    pool, other = books.make_pool(coins=10), books.make_pool()
    original, hold = books.move(pool, other, 6), books.hold(other, 2)

    with pytest.raises(ledger.AmountOutOfRange):
        books.reverse(original, 0)
    with pytest.raises(ledger.AmountOutOfRange):
        books.capture(hold, pool, amount=0)


def test_a_reversal_tried_again_is_the_same_one():
    pool, other, key = books.make_pool(coins=10), books.make_pool(), uuid4()
    original = books.move(pool, other, 6)

    assert books.reverse(original, key=key).pk == books.reverse(original, key=key).pk
    assert ledger.balance(pool) == 10


# ── Closing ──────────────────────────────────────────────────────────────────────────────────────
def test_only_an_empty_account_closes_and_then_takes_nothing():
    pool, other = books.make_pool(coins=10), books.make_pool()

    with pytest.raises(ledger.AccountNotEmpty):
        books.close(pool)
    books.move(pool, other, 10)
    books.close(pool)
    books.close(pool)

    with pytest.raises(ledger.AccountClosed):
        books.move(other, pool, 1)
    with pytest.raises(ledger.InsufficientBalance):
        books.hold(pool, 1)
    assert LedgerAccount.objects.get(pk=pool.pk).closed_at


def test_a_derived_account_closes_too():
    pool, clearing = books.make_pool(coins=10), books.open_account(Kind.CLEARING)
    books.move(pool, clearing, 4, Transfer.Kind.RELEASE)

    with pytest.raises(ledger.AccountNotEmpty):
        books.close(clearing)
    books.move(clearing, pool, 4, Transfer.Kind.LEFTOVER)
    books.close(clearing)

    with pytest.raises(ledger.AccountClosed):
        books.move(pool, clearing, 4, Transfer.Kind.RELEASE)


# ── Many at once ─────────────────────────────────────────────────────────────────────────────────
def postings(pool, others, amount=1, **more):
    return [
        ledger.Posting(pool, other, amount, Transfer.Kind.REALLOCATION, books.TODAY, key=uuid4(), **more)
        for other in others
    ]


def test_bulk_posts_what_single_transfers_would():
    pool, others = books.make_pool(coins=100), [books.make_pool() for _ in range(20)]

    new = books.post(postings(pool, others, 5))

    assert new == 20
    assert ledger.balance(pool) == 0
    assert {ledger.balance(other) for other in others} == {5}


def test_bulk_leaves_out_what_is_booked_already():
    pool, others = books.make_pool(coins=100), [books.make_pool() for _ in range(4)]
    batch = postings(pool, others, 5)
    books.post(batch[:3])

    assert books.post(batch) == 1
    assert books.post(batch) == 0
    assert ledger.balance(pool) == 80


def test_bulk_names_a_key_that_means_something_else():
    pool, others = books.make_pool(coins=100), [books.make_pool() for _ in range(2)]
    first, second = postings(pool, others, 5)
    books.post([first])

    changed = ledger.Posting(pool, others[0], 6, first.kind, books.TODAY, key=first.key)
    with pytest.raises(ledger.IdempotencyConflict):
        books.post([changed, second])

    assert ledger.balance(others[1]) == 0


def test_bulk_is_all_or_nothing():
    pool, others = books.make_pool(coins=9), [books.make_pool() for _ in range(2)]

    with pytest.raises(ledger.InsufficientBalance):
        books.post(postings(pool, others, 5))
    books.close(others[1])
    with pytest.raises(ledger.AccountClosed):
        books.post(postings(pool, others, 1))

    assert ledger.balance(pool) == 9
    assert books.post([]) == 0
