"""Fields of work, and which of them a youth is curious about."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from activities import topics


def add(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    found = apps.get_model("activities", "Topic").objects.using(schema_editor.connection.alias)
    for row in topics.rows():
        found.get_or_create(slug=row["slug"], defaults=row)


class Migration(migrations.Migration):
    dependencies = [("activities", "0004_the_timer_and_its_rules"), ("accounts", "0012_api_tokens")]

    operations = [
        migrations.CreateModel(
            name="Topic",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(unique=True, verbose_name="Kürzel")),
                ("name", models.CharField(max_length=60, verbose_name="Name")),
                ("icon", models.SlugField(default="sparkles", verbose_name="Symbol")),
                ("tint", models.SlugField(default="mint", verbose_name="Farbe")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="Reihenfolge")),
            ],
            options={
                "verbose_name": "Berufsfeld",
                "verbose_name_plural": "Berufsfelder",
                "ordering": ["position", "name"],
            },
        ),
        migrations.CreateModel(
            name="Interest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField(verbose_name="seit")),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="interests",
                        to="activities.topic",
                        verbose_name="Berufsfeld",
                    ),
                ),
                (
                    "youth",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="interests",
                        to="accounts.youthprofile",
                        verbose_name="Jugendliche/r",
                    ),
                ),
            ],
            options={
                "verbose_name": "Interesse",
                "verbose_name_plural": "Interessen",
                "constraints": [models.UniqueConstraint(fields=("youth", "topic"), name="activities_interested_once")],
            },
        ),
        migrations.AddField(
            model_name="opportunity",
            name="topic",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="opportunities",
                to="activities.topic",
                verbose_name="Berufsfeld",
            ),
        ),
        # Without a way back of its own: the tables go with it.
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
