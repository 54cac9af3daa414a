"""An account closes while somebody posts to it: one of them comes first, and nothing lies on a closed account."""

import random
import threading
from collections.abc import Callable

import pytest
from django.db import transaction

from clevervibes.lib import db
from coins import ledger
from coins.models import LedgerAccount, Transfer
from tests.coins import books
from tests.concurrency import control, in_parallel, rounds

pytestmark = pytest.mark.django_db(transaction=True)

Post = Callable[[], Transfer]
MOMENT_SECONDS, LONG_SECONDS = 0.05, 10


def a_pool() -> tuple[LedgerAccount, Post]:
    """An empty account with a balance of its own, and a transfer to it."""
    pool, other = books.make_pool(coins=5), books.make_pool()
    return other, lambda: books.move(pool, other, 1)


def a_bank() -> tuple[LedgerAccount, Post]:
    """An empty account whose balance is summed up, and a transfer to it."""
    own, bank = books.open_account(books.Kind.OWN), books.open_account(books.Kind.WORLD)
    books.move(books.open_account(books.Kind.WORLD), own, 5, Transfer.Kind.OWN_IN)
    return bank, lambda: books.move(own, bank, 1, Transfer.Kind.OWN_OUT)


KINDS = [a_pool, a_bank]
# What each of them meets the other at.
GUARDS = {a_pool: "FOR UPDATE", a_bank: "LOCK TABLE coins_transfer IN SHARE MODE;"}


def one_after_the_other(first: Callable, second: Callable, patience_seconds: float) -> list:
    """Begin `second` while `first` is done but not committed; it commits when `second` is through, or after a while."""
    done, through = threading.Event(), threading.Event()

    def slowly():
        with transaction.atomic():
            try:
                return first()
            finally:
                done.set()
                through.wait(patience_seconds)

    def then():
        assert done.wait(30)
        try:
            return second()
        finally:
            through.set()

    return in_parallel(slowly, then)


def post_then_close(make, patience_seconds: float = MOMENT_SECONDS) -> Callable[[random.Random], bool]:
    def play(source: random.Random) -> bool:
        account, post = make()
        posted, closed = one_after_the_other(inner(post), lambda: books.close(account), patience_seconds)
        return is_bad(account, posted, closed)

    return play


def close_then_post(make) -> Callable[[random.Random], bool]:
    def play(source: random.Random) -> bool:
        account, post = make()
        closed, posted = one_after_the_other(lambda: ledger.close_account(account), post, MOMENT_SECONDS)
        return is_bad(account, posted, closed)

    return play


def inner(post: Post) -> Post:
    """Run what `post` does as a part of the transaction that is open."""

    def call():
        token = db.inside_keyed_block.set(True)
        try:
            return post()
        finally:
            db.inside_keyed_block.reset(token)

    return call


def is_bad(account: LedgerAccount, posted: object, closed: object) -> bool:
    account.refresh_from_db()
    if account.closed_at and ledger.balance(account):
        return True
    if isinstance(posted, Transfer):
        assert isinstance(closed, ledger.AccountNotEmpty), closed
    else:
        assert isinstance(posted, ledger.AccountClosed), posted
        assert closed is None
    return False


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("order", [post_then_close, close_then_post])
def test_nothing_lands_on_an_account_that_is_closing(make, order):
    assert rounds(10, order(make)).bad == 0


@pytest.mark.corrupts_ledger
@pytest.mark.parametrize("make", KINDS)
def test_control_coins_lie_on_a_closed_account_without_the_lock(make, superuser_sql):
    superuser_sql.execute("SELECT pg_get_functiondef('coins_close_account'::regproc)")
    body = superuser_sql.fetchone()[0]
    assert GUARDS[make] in body
    superuser_sql.execute(body.replace(GUARDS[make], ""))

    # Without the lock nobody waits for anybody: the second is through at once, whenever it begins.
    assert control(10, post_then_close(make, LONG_SECONDS)).broken
