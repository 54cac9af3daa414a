"""A new club can log time at once: the categories to start with, for the team to change."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from activities import categories


def add(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    found = apps.get_model("activities", "Category").objects.using(schema_editor.connection.alias)
    for row in categories.rows():
        found.get_or_create(slug=row["slug"], defaults=row)


def remove(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    found = apps.get_model("activities", "Category").objects.using(schema_editor.connection.alias)
    found.filter(slug__in=[row["slug"] for row in categories.rows()], entries=None, opportunities=None).delete()


class Migration(migrations.Migration):
    dependencies = [("activities", "0001_initial")]

    operations = [migrations.RunPython(add, remove)]
