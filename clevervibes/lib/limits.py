"""How often something may be tried. Counted in PostgreSQL and committed before the try, so parallel tries cannot slip
through, and a flushed cache forgets nothing.

A limit looks back: at most `most` tries `within` the time before now. What is counted is a keyed hash of whoever tries,
never an address or a name.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import OperationalError, connection
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from clevervibes.lib import db
from clevervibes.lib.errors import DomainError

# One row per scope is lock, counter and rule at once; no row comes back when the limit is reached.
_TAKE = """
    INSERT INTO lib_trycount AS c (scope, tries, over_at) VALUES (%(scope)s, ARRAY[%(now)s], %(over)s)
    ON CONFLICT (scope) DO UPDATE SET
        tries = ARRAY(SELECT t FROM unnest(c.tries) AS t WHERE t > %(since)s) || ARRAY[%(now)s], over_at = %(over)s
    WHERE (SELECT count(*) FROM unnest(c.tries) AS t WHERE t > %(since)s) < %(most)s
    RETURNING 1
"""
# One of them: two tries of the same microsecond are still two.
_GIVE_BACK = """
    UPDATE lib_trycount
       SET tries = tries[:array_position(tries, %(at)s) - 1] || tries[array_position(tries, %(at)s) + 1:]
     WHERE scope = ANY(%(scopes)s) AND %(at)s = ANY(tries)
"""
_FREE_AGAIN = (
    "SELECT t FROM lib_trycount, unnest(tries) AS t WHERE scope = %s AND t > %s ORDER BY t DESC OFFSET %s LIMIT 1"
)


@dataclass(frozen=True)
class Limit:
    """At most `most` tries within `within`; `name` keeps the counts of several limits apart."""

    name: str
    most: int
    within: timedelta

    def scope(self, key: str) -> str:
        return f"{self.name}:{salted_hmac('clevervibes.lib.limits', key, algorithm='sha256').hexdigest()[:40]}"


@dataclass(frozen=True)
class Try:
    """Counted tries that can be given back."""

    scopes: list[str]
    at: datetime


class TooOften(DomainError):
    code = "too_often"
    message = _("Das waren zu viele Versuche. Bitte in {minutes} Minuten noch einmal versuchen.")
    status = 429

    def __init__(self, seconds: int) -> None:
        self.retry_after_seconds = max(seconds, 1)
        super().__init__(minutes=-(-self.retry_after_seconds // 60))


class CannotCount(DomainError):
    """The database does not answer in time. Nothing is tried that could not be counted."""

    code = "cannot_count"
    message = _("Das geht gerade nicht, unser System ist überlastet. Bitte in einer Minute noch einmal versuchen.")
    status = 503
    retry_after_seconds = 60


def take(*counted: tuple[Limit, str], now: datetime) -> Try:
    """Count a try under every given limit and key, or under none of them.

    :raises TooOften: if one of the limits is reached.
    :raises CannotCount: if the database cannot be asked.
    """
    try:
        return _take(counted, now)
    except OperationalError as error:
        raise CannotCount from error


@db.service
def _take(counted: tuple[tuple[Limit, str], ...], now: datetime) -> Try:
    # In one order, so that tries under the same limits wait for each other instead of deadlocking.
    rows = sorted((limit.scope(key), limit) for limit, key in counted)
    with connection.cursor() as cursor:
        for scope, limit in rows:
            since = now - limit.within
            over = now + limit.within
            cursor.execute(_TAKE, {"scope": scope, "now": now, "since": since, "over": over, "most": limit.most})
            if cursor.fetchone() is None:
                cursor.execute(_FREE_AGAIN, [scope, since, limit.most - 1])
                oldest = cursor.fetchone()
                raise TooOften(ceil((oldest[0] - since).total_seconds()) if oldest else 1)
    return Try([scope for scope, _limit in rows], now)


@db.service
def give_back(counted: Try) -> None:
    """Take a try off again: it was none."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, {"at": counted.at, "scopes": counted.scopes})


@contextmanager
def counting(*counted: tuple[Limit, str], now: datetime) -> Iterator[None]:
    """Count what is done within, unless it is refused; raises as `take`."""
    taken = take(*counted, now=now)
    try:
        yield
    except DomainError:
        give_back(taken)
        raise


def drop(limit: Limit, key: str) -> None:
    """Forget all tries under one limit, as a part of a service; see `clear`."""
    db.require_transaction()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM lib_trycount WHERE scope = %s", [limit.scope(key)])


@db.service
def clear(limit: Limit, key: str) -> None:
    """Forget all tries under one limit: whom they were aimed at has proven who they are."""
    drop(limit, key)


def forget(now: datetime) -> int:
    """Delete the counts that no limit asks for any more and return how many they were."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM lib_trycount WHERE over_at <= %s", [now])
        deleted: int = cursor.rowcount
    return deleted
