"""What the app's database role may do, read off the models.

The role that runs the app owns nothing: it may change ordinary rows, only insert into append-only tables
(and there only into the columns that are not the database's own), and never TRUNCATE. A model says so with
`app_role = APPEND_ONLY`; there is no second list. A function that writes may be called by the app's role
alone, one that belongs to a trigger by nobody: put on a table of one's own it would book what never happened.
"""

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import connections, models

# Functions of extensions are left as they are.
_OWN_FUNCTIONS = """
    SELECT p.oid::regprocedure::text, p.prorettype = 'trigger'::regtype FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace AND pg_get_userbyid(p.proowner) = current_user
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""

FULL = "full"
APPEND_ONLY = "append-only"  # SELECT, and INSERT on the columns that are not set by the database
READ_ONLY = "read-only"  # written by the ledger's own functions and triggers alone


def grant_after_migrate(sender: AppConfig, using: str, **kwargs: object) -> None:
    """Grant once per `migrate`, after the last app. Nothing to do where owner and app are one role."""
    if sender.name != "clevervibes.lib":
        return
    connection = connections[using]
    role = settings.DATABASE_APP_ROLE
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user <> %s AND EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role, role])
        if cursor.fetchone()[0]:
            for statement in grants(connection.ops.quote_name(role), connection):
                cursor.execute(statement)
            cursor.execute(_OWN_FUNCTIONS)
            for function, for_trigger in cursor.fetchall():
                cursor.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
                if not for_trigger:
                    cursor.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {connection.ops.quote_name(role)}")


def grants(role: str, connection: object) -> list[str]:
    """Return the statements that give `role` (quoted) exactly its rights."""
    quote = connection.ops.quote_name  # type: ignore[attr-defined]
    existing = set(connection.introspection.table_names(include_views=True))  # type: ignore[attr-defined]
    statements = [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT ON django_migrations TO {role}",
        # The plan of a run gathers what it counts in tables of its transaction.
        f"GRANT TEMPORARY ON DATABASE {quote(connection.settings_dict['NAME'])} TO {role}",  # type: ignore[attr-defined]
    ]
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table in existing and not model._meta.proxy:
            statements += _grants_on(model, quote(model._meta.db_table), role, quote)
    return statements


def _grants_on(model: type[models.Model], table: str, role: str, quote: object) -> list[str]:
    right = getattr(model, "app_role", FULL)
    if right == FULL:
        return [f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {role}"]
    statements = [f"GRANT SELECT ON {table} TO {role}"]
    if right == APPEND_ONLY:
        columns = ", ".join(
            quote(field.column)  # type: ignore[operator]
            for field in model._meta.local_concrete_fields
            if not field.generated and not (field.primary_key and isinstance(field, models.AutoField))
        )
        statements.append(f"GRANT INSERT ({columns}) ON {table} TO {role}")
    return statements
