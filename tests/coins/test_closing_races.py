"""An account or a year closes while somebody posts: one of them comes first, and nothing lies where it is closed."""

import random
import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.db import transaction

from clevervibes.lib import db
from coins import closing, ledger, year
from coins.models import LedgerAccount, Transfer, YearClosing
from tests.coins import books
from tests.concurrency import control, in_parallel, rounds
from tests.factories import NOON, make_user

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


# ── A year ───────────────────────────────────────────────────────────────────────────────────────
ROUNDS = 5
YEAR_LOCK = "PERFORM pg_advisory_xact_lock_shared(hashtext('coins year'), 0);"


def year_end(closing_first: bool, patience_seconds: float = MOMENT_SECONDS) -> Callable[[random.Random], bool]:
    """Close a year while a posting of it is not committed, or the other way round; a later year each time."""
    asks, decides = make_user("Anna"), make_user("Bert")
    own, world = (books.open_account(kind) for kind in (books.Kind.OWN, books.Kind.WORLD))
    years = iter(range(2001, 2025))

    def play(source: random.Random) -> bool:
        on = next(years)
        asked = closing.ask(on=on, why="Es gab noch kein Konto.", by=asks, now=NOON)

        def close():
            return closing.approve(closing=asked, by=decides, now=NOON)

        def post():
            return books.move(world, own, 5, Transfer.Kind.OWN_IN, effective_on=date(on, 12, 31))

        first, second = (close, post) if closing_first else (post, close)
        done = one_after_the_other(inner(first), second, patience_seconds)
        assert {type(one) for one in done} <= {YearClosing, Transfer, closing.BooksChanged, ledger.YearClosed}, done
        shut = YearClosing.objects.get(year=on)
        return bool(shut.approved_at) and year.of(on, now=NOON).closing_cents != shut.books_cents

    return play


@pytest.mark.parametrize("closing_first", [False, True])
def test_nothing_is_booked_into_a_year_that_is_closing(closing_first):
    assert rounds(ROUNDS, year_end(closing_first)).bad == 0


@pytest.mark.corrupts_ledger
@pytest.mark.parametrize("closing_first", [False, True])
def test_control_a_booking_lands_in_a_closed_year_without_the_lock(closing_first, superuser_sql):
    superuser_sql.execute("SELECT pg_get_functiondef('coins_year_open'::regproc)")
    body = superuser_sql.fetchone()[0]
    assert YEAR_LOCK in body
    superuser_sql.execute(body.replace(YEAR_LOCK, ""))

    assert control(ROUNDS, year_end(closing_first, LONG_SECONDS)).broken
