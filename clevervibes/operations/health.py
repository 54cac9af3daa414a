"""Which parts of the house work, each with its age. Answers within a second, whatever hangs.

Every store is asked in a thread over a connection of its own: a page's connection would wait as long as the page may.
"""

import pkgutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connections
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader
from redis.backoff import NoBackoff
from redis.retry import Retry

from clevervibes.lib import heartbeats

PATIENCE_SECONDS = 0.8

# Beat sends something every 20 s. A task may take five minutes, and all workers may be at such a one.
BEAT_SILENT_AT_MOST = 180
WORKER_BEHIND_AT_MOST = 360
WATCH_SILENT_AT_MOST = 300
# A letter leaves within 20 s; a Saturday's digests take some minutes.
OUTBOX_AT_MOST = 420
BACKUP_AT_MOST = 26 * 3600
# Messages tried in vain at once: one wrong address is no sign, twenty are.
MANY_FAILING = 20

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Part:
    """A part of the house: whether it works (None: nobody could say), the seconds since it last did, and why not."""

    name: str
    ok: bool | None
    age_seconds: int | None = None
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        about = {"ok": self.ok, "age_seconds": self.age_seconds, "why": self.why}
        return {name: value for name, value in about.items() if value not in (None, "") or name == "ok"}


def look() -> list[Part]:
    """Return all parts. Nobody waits longer than `PATIENCE_SECONDS`."""
    until = time.monotonic() + PATIENCE_SECONDS
    asked = [(_begin("database", _of_database), _DATABASE_PARTS), (_begin("cache", _of_cache), ["cache"])]
    return [part for future, names in asked for part in _answer(future, names, until)]


_DATABASE_PARTS = ["database", "migrations", "worker", "beat", "outbox", "backup", "watch"]

_begun: dict[str, "Future[list[Part]]"] = {}
_lock = threading.Lock()


def _begin(name: str, ask: Callable[[], list[Part]]) -> "Future[list[Part]]":
    """Ask in a thread, unless somebody already does: a store that hangs must not gather threads."""
    with _lock:
        future = _begun.get(name)
        if future is None or future.done():
            future = _begun[name] = Future()
            threading.Thread(target=_fill, args=(future, ask), name=f"health {name}", daemon=True).start()
        return future


def _fill(future: "Future[list[Part]]", ask: Callable[[], list[Part]]) -> None:
    try:
        future.set_result(ask())
    except Exception as error:  # of whatever kind: `_answer` says it
        future.set_exception(error)


def _answer(future: "Future[list[Part]]", names: list[str], until: float) -> list[Part]:
    try:
        return future.result(timeout=max(until - time.monotonic(), 0))
    except TimeoutError:
        why = "no answer in time"
    except Exception as error:  # a part that fails in any way is a part that fails, not a page that breaks
        why = f"no answer ({type(error).__name__})"
    # What is only known through the first is not known now.
    first, *others = names
    return [Part(first, ok=False, why=why), *(Part(name, ok=None, why=UNKNOWN) for name in others)]


# ── Valkey ───────────────────────────────────────────────────────────────────────────────────────
def _of_cache() -> list[Part]:
    limits = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
    with redis.Redis.from_url(f"{settings.REDIS_URL}/1", retry=Retry(NoBackoff(), 0), **limits) as server:
        server.ping()
    return [Part("cache", ok=True)]


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────
_OWNS_TABLES = """
    SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
        OR EXISTS (SELECT FROM pg_class
                    WHERE relnamespace = 'public'::regnamespace AND pg_get_userbyid(relowner) = current_user)
"""
_AGES = "SELECT name, floor(extract(epoch FROM clock_timestamp() - at))::int FROM lib_heartbeat"
# A server that does not answer puts off the next try, and costs a letter none.
_OUTBOX = """
    SELECT coalesce(floor(extract(epoch FROM clock_timestamp() - min(since) FILTER (WHERE attempts = 0))), 0)::int,
           count(*) FILTER (WHERE attempts > 0 AND created_at > clock_timestamp() - interval '1 day')
      FROM (SELECT attempts, created_at, CASE WHEN last_error = '' THEN due_at ELSE created_at END AS since
              FROM lib_outboxmessage WHERE delivered_at IS NULL) waiting
"""
_ARCHIVE = """
    SELECT current_setting('archive_mode') <> 'off'
       AND coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false)
      FROM pg_stat_archiver
"""


def _of_database() -> list[Part]:
    connection = connections["default"].copy()
    # Nobody answers on a line that is cut: then the system says so, instead of waiting two hours.
    connection.settings_dict["OPTIONS"] = {
        **connection.settings_dict["OPTIONS"],
        "connect_timeout": 2,
        "tcp_user_timeout": 2000,
        "options": "-c statement_timeout=700ms -c lock_timeout=500ms -c default_transaction_read_only=on",
    }
    try:
        with connection.cursor() as cursor:
            return _ask(cursor)
    finally:
        connection.close()


def _ask(cursor: CursorWrapper) -> list[Part]:
    (owns,) = _row(cursor, _OWNS_TABLES)
    database = Part("database", ok=not owns, why="the role owns the tables" if owns else "")
    missing = _missing_migrations(cursor)
    migrations = Part("migrations", ok=not missing, why="some are not applied" if missing else "")
    try:
        cursor.execute(_AGES)
        ages = dict(cursor.fetchall())
        return [database, migrations, _worker(ages), _beat(ages), _outbox(cursor), _backup(cursor, ages), _watch(ages)]
    except DatabaseError:
        if not missing:
            raise
        # Tables that are still to come.
        return [database, migrations, *(Part(name, ok=None, why=UNKNOWN) for name in _DATABASE_PARTS[2:])]


def _row(cursor: CursorWrapper, query: str) -> tuple[Any, ...]:
    cursor.execute(query)
    row: tuple[Any, ...] = cursor.fetchone()
    return row


def _missing_migrations(cursor: CursorWrapper) -> bool:
    (known,) = _row(cursor, "SELECT to_regclass('django_migrations') IS NOT NULL")
    if not known:
        return True
    cursor.execute("SELECT app, name FROM django_migrations")
    return not _migrations() <= set(cursor.fetchall())


@cache
def _migrations() -> set[tuple[str, str]]:
    """Return the app and name of each migration of this code, without importing them all."""
    found = set()
    for app in apps.get_app_configs():
        module, _explicit = MigrationLoader.migrations_module(app.label)
        try:
            package = import_module(module or "")
        except (ImportError, ValueError):
            continue
        files = pkgutil.iter_modules(getattr(package, "__path__", []))
        found |= {(app.label, file.name) for file in files if file.name[0] not in "_~"}
    return found


def _beat(ages: dict[str, int]) -> Part:
    age = ages.get(heartbeats.BEAT)
    if age is None:
        return Part("beat", ok=False, why="never ticked")
    late = age > BEAT_SILENT_AT_MOST
    return Part("beat", ok=not late, age_seconds=age, why="does not tick" if late else "")


def _worker(ages: dict[str, int]) -> Part:
    """Judge the worker by the last tick: where none is sent, none can be carried out."""
    age = ages.get(heartbeats.WORKER)
    if age is None:
        return Part("worker", ok=False, why="never worked")
    behind = age - ages.get(heartbeats.BEAT, 0) > WORKER_BEHIND_AT_MOST
    return Part("worker", ok=not behind, age_seconds=age, why="carries nothing out" if behind else "")


def _watch(ages: dict[str, int]) -> Part:
    age = ages.get(heartbeats.WATCH)
    if age is None:
        return Part("watch", ok=None if settings.DEMO else False, why="nobody watches")
    late = age > WATCH_SILENT_AT_MOST
    return Part("watch", ok=not late, age_seconds=age, why="does not look" if late else "")


def _outbox(cursor: CursorWrapper) -> Part:
    age, failing = _row(cursor, _OUTBOX)
    if age > OUTBOX_AT_MOST:
        return Part("outbox", ok=False, age_seconds=age, why="letters wait")
    if failing >= MANY_FAILING:
        return Part("outbox", ok=False, age_seconds=age, why=f"{failing} letters are not taken")
    return Part("outbox", ok=True, age_seconds=max(age, 0))


def _backup(cursor: CursorWrapper, ages: dict[str, int]) -> Part:
    age, failed = ages.get(heartbeats.BACKUP), ages.get(heartbeats.BACKUP_FAILED)
    (unarchived,) = _row(cursor, _ARCHIVE)
    if failed is not None and (age is None or failed < age):
        return Part("backup", ok=False, age_seconds=age, why="the last one failed")
    if unarchived:
        return Part("backup", ok=False, age_seconds=age, why="the log is not archived")
    if age is None:
        # The demo's data are thrown away as easily as they are made.
        return Part("backup", ok=None if settings.DEMO else False, why="never made")
    late = age > BACKUP_AT_MOST
    return Part("backup", ok=not late, age_seconds=age, why="too old" if late else "")
