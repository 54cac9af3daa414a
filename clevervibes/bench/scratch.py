"""Databases of our own on the server at hand: made by the owner, measured as the app's role, dropped at the end.

No other database is touched. What a killed run has left is known by its name and its comment, and goes first.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from django.core.management import call_command
from django.db import connections
from psycopg2.sql import SQL, Identifier

from clevervibes.bench.machine import CannotMeasure
from clevervibes.settings import env

_MARK = "Scratch of manage.py bench. It may be dropped at any time."
_PATIENCE_SECONDS = 20


class Scratch:
    """The databases of one run; all their names begin with `prefix`. Use it as a context."""

    def __init__(self, prefix: str = "club_bench") -> None:
        if "owner" not in connections:
            raise CannotMeasure(
                "DATABASE_OWNER_URL is not set. The owner makes the scratch databases; ./club manage bench knows it."
            )
        self.prefix = prefix
        self._made: list[str] = []
        self._session: Any = None

    # ── Beginning and end ────────────────────────────────────────────────────────────────────────
    def __enter__(self) -> "Scratch":
        self._session = self.connect("owner", connections["owner"].settings_dict["NAME"])
        try:
            self._be_alone()
            for name in self._left_over():
                self.drop(name)
        except BaseException:
            self._session.close()
            raise
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            for name in list(self._made):
                self.drop(name)
        finally:
            self._session.close()

    def _be_alone(self) -> None:
        # Held by the session, so it ends with us, however we end.
        allowed, alone = self._ask(
            "SELECT rolcreatedb OR rolsuper, pg_try_advisory_lock(hashtext(%s)) FROM pg_roles"
            " WHERE rolname = current_user",
            self.prefix,
        )[0]
        if not allowed:
            raise CannotMeasure(
                "The owner may not make databases. As a superuser, for as long as it takes: ALTER ROLE … CREATEDB."
            )
        if not alone:
            raise CannotMeasure("Another bench is measuring on this server. Two at once would measure each other.")

    def _left_over(self) -> list[str]:
        rows = self._ask(
            "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database WHERE starts_with(datname, %s)",
            self.prefix,
        )
        for name, comment in rows:
            if comment != _MARK:
                raise CannotMeasure(f"The database {name} is in the way, and it is none of ours.")
        return [name for name, _comment in rows]

    # ── Databases ────────────────────────────────────────────────────────────────────────────────
    def name(self, what: str) -> str:
        return f"{self.prefix}_{what}"

    def has(self, name: str) -> bool:
        return name in self._made

    def make(self, what: str, *, like: str = "") -> str:
        """Make an empty database, or a copy of the database `like`, and return its name."""
        name = self.name(what)
        self.drop(name)
        connections.close_all()  # nobody may be in the database that is copied
        self._made.append(name)
        # Copied as files: a million rows through the log would take ten times as long.
        source = SQL(" TEMPLATE {} STRATEGY file_copy").format(Identifier(like)) if like else SQL("")
        self._patiently(SQL("CREATE DATABASE {}").format(Identifier(name)) + source)
        self._execute(SQL("COMMENT ON DATABASE {} IS %s").format(Identifier(name)), _MARK)
        return name

    def drop(self, name: str) -> None:
        """Drop one of our databases, if it is there."""
        if name not in self._made and name not in self._left_over():
            return
        connections.close_all()
        self._patiently(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))
        if name in self._made:
            self._made.remove(name)

    def empty_club(self) -> str:
        """Return the name of a migrated database without people, to be copied."""
        name = self.name("empty")
        if not self.has(name):
            self.make("empty")
            with self.opened(name):
                call_command("migrate", database="owner", verbosity=0, interactive=False)
        return name

    @contextmanager
    def opened(self, name: str) -> Iterator[None]:
        """Let Django's connections, the app's and the owner's, lead to the database `name` meanwhile."""
        connections.close_all()
        before = {}
        for alias in ("default", "owner"):
            known = connections[alias].settings_dict
            before[alias] = known["NAME"], known["OPTIONS"]
            # As long as a worker may take: a plan of a million entries is one statement.
            options = re.sub(r"statement_timeout=\S+", "statement_timeout=10min", known["OPTIONS"].get("options", ""))
            known["NAME"], known["OPTIONS"] = name, {**known["OPTIONS"], "options": options}
        try:
            yield
        finally:
            connections.close_all()
            for alias, (old, options) in before.items():
                connections[alias].settings_dict["NAME"] = old
                connections[alias].settings_dict["OPTIONS"] = options

    def vacuum(self, name: str) -> None:
        """Tidy up after filling, so that no measurement does it on the way."""
        session = self.connect("owner", name)
        try:
            session.cursor().execute("VACUUM (ANALYZE)")
        finally:
            session.close()

    # ── Ways in ──────────────────────────────────────────────────────────────────────────────────
    def connect(self, alias: str, name: str) -> Any:
        """Return a psycopg2 connection in autocommit as the app ("default") or the owner."""
        session = psycopg2.connect(**{**connections[alias].get_connection_params(), "dbname": name})
        session.autocommit = True
        return session

    def address(self, name: str) -> str:
        """Return the address of the database `name` for the app's role, as DATABASE_URL takes it."""
        return urlsplit(env("DATABASE_URL"))._replace(path=f"/{name}").geturl()

    def libpq(self, alias: str, name: str) -> dict[str, str]:
        """Return the variables with which PostgreSQL's own programs find the database `name`."""
        known = connections[alias].settings_dict
        ways = {"PGHOST": known["HOST"], "PGPORT": known["PORT"], "PGUSER": known["USER"]}
        ways |= {"PGPASSWORD": known["PASSWORD"], "PGDATABASE": name}
        return {variable: str(value) for variable, value in ways.items() if value}

    # ── The owner's own session ──────────────────────────────────────────────────────────────────
    def _ask(self, statement: str, *values: object) -> list[tuple]:
        with self._session.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())

    def _execute(self, statement: Any, *values: object) -> None:
        with self._session.cursor() as cursor:
            cursor.execute(statement, values or None)

    def _patiently(self, statement: Any) -> None:
        """Wait for the last session to be gone: a process that has ended is in the server for a moment longer."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return self._execute(statement)
            except psycopg2.errors.ObjectInUse:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
