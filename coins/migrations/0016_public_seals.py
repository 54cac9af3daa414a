"""What is published day by day, and the functions beside this file."""

from pathlib import Path

from django.db import migrations, models

import clevervibes.lib.fields

BACK = """
DROP FUNCTION coins_prove_days, coins_publish, coins_publish_one, coins_day_text, coins_day_lines, coins_day_salt;
DROP TRIGGER coins_append_only ON coins_dayseal;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("coins", "0015_own_money_to_a_shop"),
    ]

    operations = [
        migrations.CreateModel(
            name="DayProof",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("proved_on", models.DateField(unique=True, verbose_name="geprüft am")),
                ("upto", models.BigIntegerField()),
                ("findings", models.JSONField(default=list, verbose_name="Befund")),
            ],
            options={
                "verbose_name": "Prüfung der Tagessiegel",
                "verbose_name_plural": "Prüfungen der Tagessiegel",
                "ordering": ["-proved_on"],
            },
        ),
        migrations.CreateModel(
            name="PublicFigures",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("taken_on", models.DateField(unique=True, verbose_name="Stand")),
                ("taken_at", models.DateTimeField(verbose_name="gezählt")),
                ("figures", models.JSONField(verbose_name="Zahlen")),
            ],
            options={
                "verbose_name": "Öffentliche Zahlen",
                "verbose_name_plural": "Öffentliche Zahlen",
                "ordering": ["-taken_on"],
            },
        ),
        migrations.CreateModel(
            name="DaySeal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="Nummer")),
                ("day", models.DateField(verbose_name="Tag")),
                ("from_seq", models.BigIntegerField()),
                ("to_seq", models.BigIntegerField()),
                ("head", models.BinaryField()),
                ("epoch", models.PositiveSmallIntegerField()),
                ("first_id", models.BigIntegerField()),
                ("from_xid", models.BigIntegerField()),
                ("from_id", models.BigIntegerField()),
                ("to_xid", models.BigIntegerField()),
                ("to_id", models.BigIntegerField()),
                ("transfers", models.BigIntegerField(verbose_name="Buchungen")),
                ("secret", models.BinaryField()),
                ("lines", models.BinaryField()),
                ("previous", models.BinaryField()),
                ("hash", models.BinaryField()),
                (
                    "published_at",
                    clevervibes.lib.fields.SetByDatabaseDateTimeField(editable=False, verbose_name="veröffentlicht"),
                ),
            ],
            options={
                "verbose_name": "Tagessiegel",
                "verbose_name_plural": "Tagessiegel",
                "ordering": ["number"],
                "indexes": [models.Index(fields=["day"], name="coins_dayseal_day")],
            },
        ),
        migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), BACK),
    ]
