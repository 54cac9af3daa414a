"""Servers and databases of a rig's own, beside those of the other tests."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote, urlsplit

import psycopg2
from django.conf import settings
from django.db import connection, connections

ROOT = Path(__file__).resolve().parent.parent.parent


@cache
def club() -> ModuleType:
    """Return the script `./club` as a module: it knows how PostgreSQL and Valkey out of wheels are started."""
    loader = SourceFileLoader("club", str(ROOT / "club"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("club", loader))
    loader.exec_module(module)
    return module


@contextmanager
def house(*, durable: bool = False) -> Iterator:
    """Yield a state folder whose processes end with it; `durable` servers sync their files, as in life.

    What a killed run leaves is removed by the next `./club test`, which knows the name.
    """
    folder = tempfile.mkdtemp(prefix=f"club-test-{os.geteuid()}-", dir=club().OUTSIDE)
    made = club().House(Path(folder), throw_away=not durable)
    made.claim()
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


# ── Databases ────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Server:
    """A PostgreSQL server, by the addresses of its roles."""

    urls: dict[str, str]

    def url(self, role: str, database: str) -> str:
        """Return an address for the role "DATABASE_URL", "DATABASE_OWNER_URL" or "DATABASE_SUPERUSER_URL"."""
        return f"{self.urls[role].rpartition('/')[0]}/{database}"

    def session(self, database: str, role: str = "DATABASE_SUPERUSER_URL"):
        """Return a psycopg2 connection that commits each statement."""
        session = psycopg2.connect(self.url(role, database))
        session.autocommit = True
        return session

    def run(self, database: str, *statements: str, role: str = "DATABASE_SUPERUSER_URL") -> None:
        with closing(self.session(database, role)) as session, session.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def copy(self, name: str, *, like: str) -> None:
        """Make the database `name` anew as a copy of `like`, whoever is at work in either."""
        connections.close_all()
        self.drop(name)
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'"
        # Copied as files: a million rows through the log would take ten times as long.
        make = f'CREATE DATABASE "{name}" OWNER club_owner TEMPLATE "{like}" STRATEGY file_copy'
        self.run("postgres", end.format(like), make)

    def drop(self, name: str) -> None:
        self.run("postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @contextmanager
    def opened(self, name: str) -> Iterator[None]:
        """Let Django's connections, the app's and the owner's, lead to the database `name` meanwhile."""
        connections.close_all()
        before = {}
        for alias, role in (("default", "DATABASE_URL"), ("owner", "DATABASE_OWNER_URL")):
            known, parts = connections[alias].settings_dict, urlsplit(self.urls[role])
            before[alias] = dict(known)
            known.update(NAME=name, HOST=unquote(parts.hostname or ""), PORT=parts.port or "")
            known.update(USER=parts.username, PASSWORD=parts.password)
        try:
            yield
        finally:
            connections.close_all()
            for alias, known in before.items():
                connections[alias].settings_dict.update(known)


def ambient() -> Server:
    """Return the server that `./club test` has started; it is quick, and would lose data with the machine."""
    return Server({name: os.environ[name] for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_SUPERUSER_URL")})


class DurableServer(Server):
    """A PostgreSQL of a rig's own that keeps what it has acknowledged, and can be torn down at any moment."""

    def __init__(self, house) -> None:
        self.house = house
        self.postgres = club().Postgres(house)
        super().__init__(self.postgres.start())

    def stop_immediately(self) -> None:
        """End it as `pg_ctl stop -m immediate` does: nothing is written out, the next start recovers from the log."""
        ((name, child, _stop),) = [row for row in self.house.children if row[0] == "postgres"]
        child.send_signal(signal.SIGQUIT)
        child.wait()
        self.house.children = [row for row in self.house.children if row[0] != name]

    def start_again(self) -> None:
        self.postgres.start()


def load(server: DurableServer) -> None:
    """Copy the tables as all migrations left them from the server of the other tests."""
    binaries = server.postgres.bin
    source = ambient().url("DATABASE_SUPERUSER_URL", f"{connection.settings_dict['NAME']}_empty")
    into = server.url("DATABASE_SUPERUSER_URL", "club")
    restore = [binaries / "pg_restore", "--clean", "--if-exists", "--exit-on-error", f"--dbname={into}"]
    with subprocess.Popen([binaries / "pg_dump", "--format=custom", source], stdout=subprocess.PIPE) as dump:
        subprocess.run(restore, stdin=dump.stdout, check=True)
    assert dump.returncode == 0
    # What a database lets a role do is no part of a dump of it; `migrate` grants this.
    server.run("club", f"GRANT TEMPORARY ON DATABASE club TO {settings.DATABASE_APP_ROLE}")
