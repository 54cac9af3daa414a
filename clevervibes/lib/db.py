"""Transactions, the database's clock and locks by name."""

import functools
import hashlib
import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

# serialization_failure, deadlock_detected: the loser did nothing wrong and may simply try again.
_TRY_AGAIN = {"40001", "40P01"}
_ATTEMPTS = 6

# Set by lib.idempotency: its block is the durable one, a service inside is a part of it.
inside_keyed_block: ContextVar[bool] = ContextVar("inside_keyed_block", default=False)


_one_statement: ContextVar[bool] = ContextVar("one_statement", default=False)


class TransactionNeeded(RuntimeError):
    """A part of a service was called without the transaction its caller must open."""


def service(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` as one transaction of its own: all of it is committed, or nothing.

    A deadlock or serialization failure is tried again up to five times with jitter, the whole call each
    time. Under an idempotency key the key's block is the transaction and does the retrying.

    :raises RuntimeError: if a transaction is already open (Django's durable check).
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if inside_keyed_block.get():
            return function(*args, **kwargs)
        return retrying(lambda: _durably(function, *args, **kwargs))

    return call


def _durably(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    with transaction.atomic(durable=True):
        return function(*args, **kwargs)


def one_statement(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function`, a service whose only change is one statement: that is a transaction by itself in PostgreSQL.

    BEGIN and COMMIT, two round trips, are left out; what is read before or after stands outside. Everything else is
    as with `service`, and inside a keyed block (or the block of a test) it is one.
    """
    in_a_block = service(function)

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            return in_a_block(*args, **kwargs)
        token = _one_statement.set(True)
        try:
            return retrying(lambda: function(*args, **kwargs))
        finally:
            _one_statement.reset(token)

    return call


def retrying(call: Callable[[], R]) -> R:
    """Return `call()`, repeated while PostgreSQL names it the loser of a race (40001, 40P01)."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return call()
        except OperationalError as error:
            # Inside somebody else's transaction there is nothing left to repeat: it is already broken.
            if sqlstate(error) not in _TRY_AGAIN or attempt == _ATTEMPTS or _blocks():
                raise
            logger.info("retry after %s, attempt %s", sqlstate(error), attempt)
            time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 (jitter, not a secret)
    raise AssertionError("unreachable")


def require_transaction() -> None:
    """Refuse to go on unless a service has opened a transaction, or is one statement and needs none.

    The block that a test opens around itself does not count, or the guard could never fail in tests.

    :raises TransactionNeeded: if no transaction of a service is open.
    """
    if not _blocks() and not _one_statement.get():
        raise TransactionNeeded("Call this from inside a service; see clevervibes.lib.db.service.")


def _blocks() -> int:
    return sum(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)


def now() -> datetime:
    """Return the database's time, in UTC. Edges ask it where a deadline is decided; web clocks may differ."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment.astimezone(UTC)


def lock_name(name: str) -> None:
    """Wait for the lock called `name`; the transaction that holds it keeps it to its end."""
    require_transaction()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_lock_id(name)])


def try_lock_name(name: str) -> bool:
    """Take the lock called `name` for this transaction, or return False at once."""
    require_transaction()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_lock_id(name)])
        return bool(cursor.fetchone()[0])


@contextmanager
def one_of(name: str, places: int) -> Iterator[bool]:
    """Take one of the `places` called `name` until the end of the block, or of the process; False if all are taken.

    Outside of transactions: for work that is long because it waits for others.
    """
    ids = [_lock_id(f"{name} {number}") for number in range(places)]
    with connection.cursor() as cursor:
        taken = next((lock for lock in ids if _try_lock_session(cursor, lock)), None)
    try:
        yield taken is not None
    finally:
        # With the connection its locks are gone.
        if taken is not None:
            with suppress(DatabaseError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [taken])


def _try_lock_session(cursor: CursorWrapper, lock: int) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
    return bool(cursor.fetchone()[0])


def is_locked(name: str) -> bool:
    """Say whether somebody else holds the lock called `name`, without taking it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks"
            " WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid <> pg_backend_pid()"
            "   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            "   AND (classid::bigint << 32) | objid::bigint = %s)",
            [_lock_id(name)],
        )
        return bool(cursor.fetchone()[0])


def be_patient(*, lock_seconds: int = 60, statement_seconds: int = 600) -> None:
    """Let this transaction wait longer for locks and statements than a page may: for big work in one piece."""
    require_transaction()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true)",
            [f"{lock_seconds}s", f"{statement_seconds}s"],
        )


def _lock_id(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def sqlstate(error: Exception) -> str:
    """Return PostgreSQL's five-character code behind a Django database error, or an empty string."""
    return getattr(error.__cause__, "pgcode", None) or ""


def constraint(error: Exception) -> str:
    """Return the name of the constraint behind a Django database error, or an empty string."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""
