"""The ledger's rules as the app's own database role meets them: by ORM, in bulk, by raw SQL."""

import ast
from contextlib import closing
from datetime import date
from pathlib import Path
from uuid import uuid4

import psycopg2
import pytest
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, models, transaction

from coins import ledger
from coins.models import (
    Balance,
    LedgerAccount,
    LedgerHold,
    LedgerHoldEnd,
    LedgerSeal,
    Transfer,
)
from tests.coins import books
from tests.coins.books import Kind

pytestmark = pytest.mark.django_db(transaction=True)

MOVE = Transfer.Kind.REALLOCATION


def sql(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def insert(**columns: object) -> None:
    names = ", ".join(columns)
    sql(f"INSERT INTO coins_transfer ({names}) VALUES ({', '.join(['%s'] * len(columns))})", *columns.values())


@pytest.fixture
def pair():
    """Return the columns of a good transfer between two pools, the first of which has 10 coins."""
    pool, other = books.make_pool(coins=10), books.make_pool()
    return {"debit_id": pool.pk, "credit_id": other.pk, "amount": 3, "asset": 1, "kind": MOVE,
            "effective_on": books.TODAY}  # fmt: skip


def test_the_app_runs_as_a_role_that_owns_nothing():
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False, False)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND has_table_privilege(oid, 'TRUNCATE')"
        )
        assert cursor.fetchone() == (0,)


def test_a_good_transfer_by_raw_sql_moves_the_balances(pair):
    insert(**pair)

    assert Balance.objects.get(account=pair["credit_id"]).posted == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount": 0}, "coins_transfer_positive"),
        ({"amount": -3}, "coins_transfer_positive"),
        ({"amount": 11}, "coins_balance_no_overdraft"),
        ({"amount": 2**63}, "out of range"),
        ({"credit_id": None}, "coins_transfer_two_accounts"),
        ({"credit_id": 10**9}, "do not both hold asset"),
        ({"debit_id": 10**9}, "do not both hold asset"),
        ({"asset": 2}, "do not both hold asset"),
        ({"id": 10**9}, "permission denied"),
        ({"xid": 1}, "permission denied"),
        ({"posted_at": "2020-01-01"}, "permission denied"),
        ({"reverses_id": 10**9}, "cannot be reversed"),
        ({"hold_id": 10**9}, "does not cover"),
    ],
    ids=lambda value: str(value),
)
def test_a_bad_transfer_by_raw_sql_is_refused(pair, change, reason):
    columns = {**pair, **change}
    if "credit_id" in change and change["credit_id"] is None:
        columns["credit_id"] = columns["debit_id"]

    with pytest.raises(DatabaseError, match=reason):
        insert(**columns)

    assert Balance.objects.get(account=pair["debit_id"]).posted == 10


def test_accounts_of_two_assets_never_meet(pair):
    world = LedgerAccount.objects.get(kind=Kind.WORLD)

    for asset in (1, 2):
        with pytest.raises(DatabaseError, match="do not both hold asset"):
            insert(**{**pair, "credit_id": world.pk, "asset": asset})


def test_a_closed_account_takes_nothing(pair):
    books.close(LedgerAccount.objects.get(pk=pair["credit_id"]))

    with pytest.raises(DatabaseError, match="is closed"):
        insert(**pair)


def test_coins_never_go_from_youth_to_youth(pair):
    first, second = books.make_youth(coins=5), books.make_youth()

    with pytest.raises(DatabaseError, match="never go from youth to youth"):
        insert(**{**pair, "debit_id": first.pk, "credit_id": second.pk})
    with pytest.raises(ledger.AccountClosed):
        books.post([ledger.Posting(first, second, 1, MOVE, books.TODAY, key=uuid4())])


def test_a_setting_of_the_session_does_not_switch_the_trigger_off(pair):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL coins.bulk = 'on'")
        Transfer.objects.create(**pair)

    assert Balance.objects.get(account=pair["debit_id"]).posted == 7
    for setting in ("session_replication_role = replica", "pgtrigger.ignore = 'coins_transfer:coins_transfer_posted'"):
        with pytest.raises(DatabaseError, match=r"permission denied|no_overdraft"):
            sql(f"SET LOCAL {setting}; INSERT INTO coins_transfer (debit_id, credit_id, amount, asset, kind,"
                " effective_on) VALUES (%s, %s, 100, 1, 10, now())", pair["debit_id"], pair["credit_id"])  # fmt: skip


def test_a_trigger_function_cannot_be_put_on_a_table_of_one_s_own():
    with pytest.raises(DatabaseError, match="permission denied for function"):
        sql(
            "CREATE TEMP TABLE forged (LIKE coins_transfer);"
            "CREATE TRIGGER forged AFTER INSERT ON forged FOR EACH ROW EXECUTE FUNCTION coins_transfer_posted()"
        )


def test_a_temporary_table_does_not_take_the_place_of_the_real_one(pair):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE coins_balance (account_id bigint, posted bigint, held bigint)")
        with pytest.raises(DatabaseError, match="no_overdraft"):
            insert(**{**pair, "amount": 11})
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE coins_balance SET posted = posted + 1",
        "INSERT INTO coins_balance (account_id, posted, held, floor) VALUES (1, 1, 0, 0)",
        "DELETE FROM coins_balance",
        "SELECT * FROM coins_balance FOR UPDATE",
        "UPDATE coins_ledgeraccount SET closed_at = NULL",
        "UPDATE coins_ledgeraccount SET stored = false",
        "INSERT INTO coins_ledgerhold (account_id, amount, idempotency_key, placed_at)"
        " VALUES (1, 1, gen_random_uuid(), now())",
        "INSERT INTO coins_ledgerholdend (hold_id, outcome, transfer_id) VALUES (1, 1, 1)",
        "INSERT INTO coins_ledgerholdend (hold_id, outcome) VALUES (1, 1)",
        "INSERT INTO coins_ledgerseal (seq, from_xid, to_xid, transfers, previous, hash) VALUES (1, 1, 2, 0, '', '')",
        "INSERT INTO coins_balancesnapshot (account_id, upto_id, balance) VALUES (1, 1, 1)",
        "ALTER TABLE coins_transfer DISABLE TRIGGER ALL",
        "DROP TRIGGER coins_transfer_posted ON coins_transfer",
    ],
)
def test_what_only_triggers_write_is_refused_to_the_app(pair, statement):
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner|coins_hold_captured_by_transfer"):
        sql(statement)


# ── Append-only, on every path ───────────────────────────────────────────────────────────────────
def a_row_of(model: type[models.Model]) -> models.Model:
    pool, other = books.make_pool(coins=10), books.make_pool()
    if model is Transfer:
        return books.move(pool, other, 3)
    hold = books.hold(pool, 3)
    return hold if model is LedgerHold else books.release(hold)


def save(row: models.Model) -> None:
    row.save()


def force_save(row: models.Model) -> None:
    row.save(force_update=True)


def some_field(row: models.Model) -> str:
    return next(f.attname for f in row._meta.concrete_fields if not f.primary_key and not f.generated)


def queryset_update(row: models.Model) -> None:
    type(row).objects.filter(pk=row.pk).update(**{some_field(row): getattr(row, some_field(row))})


def bulk_update(row: models.Model) -> None:
    type(row).objects.bulk_update([row], [some_field(row)])


def delete(row: models.Model) -> None:
    row.delete()


def queryset_delete(row: models.Model) -> None:
    type(row).objects.filter(pk=row.pk)._raw_delete("default")


def raw_update(row: models.Model) -> None:
    sql(f"UPDATE {row._meta.db_table} SET {row._meta.pk.column} = {row._meta.pk.column}")


def raw_delete(row: models.Model) -> None:
    sql(f"DELETE FROM {row._meta.db_table} WHERE {row._meta.pk.column} = %s", row.pk)


def raw_truncate(row: models.Model) -> None:
    sql(f"TRUNCATE {row._meta.db_table} CASCADE")


PATHS = [save, force_save, queryset_update, bulk_update, delete, queryset_delete, raw_update, raw_delete, raw_truncate]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
@pytest.mark.parametrize("model", [Transfer, LedgerHold, LedgerHoldEnd], ids=lambda model: model.__name__)
def test_what_is_written_stays_written(model, path):
    row = a_row_of(model)
    before = list(model.objects.values().order_by("pk"))

    with pytest.raises((DatabaseError, models.ProtectedError)), transaction.atomic():
        path(row)

    assert list(model.objects.values().order_by("pk")) == before


@pytest.mark.parametrize("table", [m._meta.db_table for m in (Transfer, LedgerHold, LedgerHoldEnd, LedgerSeal)])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_the_owner_is_refused_as_well(table, statement, superuser_sql):
    superuser_sql.execute(f"SET ROLE {settings.DATABASES['owner']['USER']}")
    column = "seq" if table == "coins_ledgerseal" else "hold_id" if table == "coins_ledgerholdend" else "id"

    with pytest.raises(psycopg2.Error, match="append-only"):
        superuser_sql.execute(statement.format(table, column, column))


def test_truncate_passes_for_the_owner_in_a_test_database_alone(superuser_sql):
    url, name = settings.DATABASES["owner"], connection.settings_dict["NAME"]
    copy = f"copy_of_{name}"
    connection.close()
    with closing(_connect(url, "postgres")) as server, server.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{copy}"')
        cursor.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}_empty"')
        try:
            with closing(_connect(url, copy)) as session, pytest.raises(psycopg2.Error, match="append-only"):
                session.cursor().execute("TRUNCATE coins_transfer CASCADE")
        finally:
            cursor.execute(f'DROP DATABASE "{copy}"')
    with closing(_connect(url, name)) as session:
        session.cursor().execute("TRUNCATE coins_transfer CASCADE")


def _connect(settings_dict: dict, database: str):
    session = psycopg2.connect(
        dbname=database, user=settings_dict["USER"], password=settings_dict["PASSWORD"] or None,
        host=settings_dict["HOST"], port=settings_dict["PORT"] or None,
    )  # fmt: skip
    session.autocommit = True
    return session


def test_an_account_is_never_deleted_or_changed(superuser_sql):
    account = books.make_pool()

    for statement in (
        "DELETE FROM coins_ledgeraccount WHERE id = %s",
        "UPDATE coins_ledgeraccount SET kind = 4 WHERE id = %s",
        "UPDATE coins_ledgeraccount SET owner = gen_random_uuid() WHERE id = %s",
    ):
        with pytest.raises(psycopg2.Error, match="append-only"):
            superuser_sql.execute(statement, [account.pk])
    with pytest.raises(models.ProtectedError):
        account.delete()


@pytest.mark.parametrize(
    "columns",
    [
        {"asset": 2, "kind": Kind.POOL, "stored": True},
        {"asset": 1, "kind": Kind.TRUST, "stored": True},
        {"asset": 1, "kind": Kind.POOL, "stored": False},
        {"asset": 1, "kind": Kind.PARTNER, "stored": True},
    ],
)
def test_an_account_fits_the_chart(columns):
    with pytest.raises(DatabaseError, match="coins_account_"):
        LedgerAccount.objects.create(owner=uuid4(), **columns)


def test_the_club_s_single_accounts_exist_once():
    first = books.make_pool(coins=1) and LedgerAccount.objects.get(kind=Kind.TRUST)

    with pytest.raises(DatabaseError, match="coins_account_once_per_owner"):
        LedgerAccount.objects.create(kind=first.kind, asset=first.asset, stored=True, owner=None)


# ── Types ────────────────────────────────────────────────────────────────────────────────────────
def test_money_and_minutes_are_whole_numbers_end_to_end():
    for model in apps.get_app_config("coins").get_models():
        for field in model._meta.concrete_fields:
            assert not isinstance(field, models.FloatField | models.DecimalField), field
    for path in Path("coins").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node, "id", None) or getattr(node, "attr", None)
            assert name not in {"Decimal", "float", "FloatField", "DecimalField"}, (path, node.lineno)
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), (path, node.lineno)
            assert not isinstance(node, ast.Div), path
            assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)), (path, node.lineno)


def test_the_transaction_id_is_given_before_the_row_id():
    # A horizon of finished transactions is then one of finished ids; snapshots rest on it.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'coins_transfer'::regclass"
            " AND attname IN ('xid', 'id') ORDER BY attnum"
        )
        assert [row[0] for row in cursor.fetchall()] == ["xid", "id"]


def test_snapshots_carry_on_a_derived_balance(superuser_sql):
    pool, clearing = books.make_pool(coins=10), books.open_account(Kind.CLEARING)
    books.move(pool, clearing, 4, Transfer.Kind.RELEASE)
    last = books.move(pool, clearing, 2, Transfer.Kind.RELEASE)
    superuser_sql.execute(
        "INSERT INTO coins_balancesnapshot (account_id, upto_id, balance) VALUES (%s, %s, 6)", [clearing.pk, last.pk]
    )

    books.move(clearing, pool, 1, Transfer.Kind.LEFTOVER)

    assert ledger.balance(clearing) == 5
    books.move(clearing, pool, 5, Transfer.Kind.LEFTOVER)
    assert ledger.balance(clearing) == 0


def test_effective_days_are_dates(pair):
    insert(**{**pair, "effective_on": date(2020, 2, 29)})
