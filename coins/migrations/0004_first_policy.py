"""The rule a twelve-year-old can say, in force from the start: 6 minutes are a coin."""

from datetime import date

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

FIRST_MONDAY = date(2026, 1, 5)


def add(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    policies = apps.get_model("coins", "ConversionPolicy").objects.using(schema_editor.connection.alias)
    policies.create(valid_from=FIRST_MONDAY)


def remove(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    policies = apps.get_model("coins", "ConversionPolicy").objects.using(schema_editor.connection.alias)
    policies.filter(valid_from=FIRST_MONDAY).delete()


class Migration(migrations.Migration):
    dependencies = [("coins", "0003_conversion_functions")]

    operations = [migrations.RunPython(add, remove)]
