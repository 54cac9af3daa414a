"""The app's role owns nothing and cannot empty anything."""

import pytest
from django.db import ProgrammingError, connection

pytestmark = pytest.mark.django_db


def run(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone() if cursor.description else None


def test_the_app_is_neither_owner_nor_superuser():
    rights = run("SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user")
    assert rights == (False, False, False, False)
    assert run("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user") == (0,)


@pytest.mark.parametrize(
    "sql",
    [
        "TRUNCATE accounts_club",
        "DROP TABLE accounts_club",
        "ALTER TABLE accounts_club ADD COLUMN x int",
        "CREATE TABLE x (y int)",
        "DELETE FROM django_migrations",
    ],
)
def test_the_app_cannot_change_the_shape_of_the_house(sql):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        run(sql)
