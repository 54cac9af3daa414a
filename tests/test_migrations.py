"""Every migration can be taken back, and forward again to the same database."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
OURS = ["partners", "coins", "activities", "accounts"]  # from the top down

# All that a migration can make: tables with their columns, and what hangs on them.
_SHAPE = {
    "columns": "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns"
    " WHERE table_schema = 'public'",
    "constraints": "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace AND contype <> 'n'",
    "indexes": "SELECT tablename, regexp_replace(indexdef, 'INDEX \\S+', 'INDEX') FROM pg_indexes"
    " WHERE schemaname = 'public'",
    "triggers": "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT p.oid::regprocedure::text, p.prosrc FROM pg_proc p"
    " WHERE p.pronamespace = 'public'::regnamespace AND NOT EXISTS"
    " (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')",
    "views": "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'",
    "options": "SELECT relname, reloptions::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    " AND reloptions IS NOT NULL",
}


@pytest.fixture
def copy(transactional_db):
    """A copy of the migrated database that may be taken apart; yields its owner's address."""
    name = f"{connection.settings_dict['NAME']}_taken_back"
    connection.close()
    owner = os.environ["DATABASE_OWNER_URL"]
    execute(owner, f'DROP DATABASE IF EXISTS "{name}"')
    execute(owner, f'CREATE DATABASE "{name}" TEMPLATE "{connection.settings_dict["NAME"]}_empty"')
    yield f"{owner.rpartition('/')[0]}/{name}"
    execute(owner, f'DROP DATABASE "{name}"')


def execute(url: str, statement: str) -> None:
    with closing(psycopg2.connect(f"{url.rpartition('/')[0]}/postgres")) as session:
        session.autocommit = True
        session.cursor().execute(statement)


def shape(url: str) -> dict[str, list[tuple]]:
    with closing(psycopg2.connect(url)) as session, session.cursor() as cursor:
        found = {}
        for what, query in _SHAPE.items():
            cursor.execute(query)
            found[what] = sorted(cursor.fetchall(), key=str)
        return found


def migrate(url: str, *where: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--database", "owner", "--no-input", "--verbosity", "0", *where],
        cwd=ROOT, env={**os.environ, "DATABASE_OWNER_URL": url}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_back_to_nothing_and_forward_again(copy):
    before = shape(copy)

    for app in OURS:
        migrate(copy, app, "zero")
    left = shape(copy)
    migrate(copy)

    ours = tuple(f"{app}_" for app in OURS)
    assert [row for what in left for row in left[what] if str(row[0]).startswith(ours)] == []
    assert left["views"] == []
    after = shape(copy)
    for what in _SHAPE:
        assert after[what] == before[what], what
