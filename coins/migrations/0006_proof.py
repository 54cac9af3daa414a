"""What the proof needs: exact ends of a seal's range, its leaves, alarms, and the functions beside this file."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

BACK = """
DROP FUNCTION coins_take_snapshots, coins_verify_seals, coins_seal, coins_seal_range, coins_seal_hash,
  coins_seal_content, coins_transfer_bytes;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("coins", "0005_a_run_is_started_then_planned"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="ledgerseal",
            name="from_id",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="ledgerseal",
            name="highest_id",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="ledgerseal",
            name="leaves",
            field=models.BinaryField(default=b""),
        ),
        migrations.AddField(
            model_name="ledgerseal",
            name="to_id",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="ledgerseal",
            name="transfers",
            field=models.BigIntegerField(verbose_name="Buchungen"),
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("ledger", "Die Bücher stimmen nicht"),
                            ("seal", "Ein Siegel ist gebrochen"),
                            ("proof", "Die Prüfung der Bücher ist abgebrochen"),
                            ("seal_behind", "Buchungen bleiben ohne Siegel"),
                            ("run_open", "Ein Umrechnungslauf wird nicht fertig"),
                            ("clearing", "Auf einem Verrechnungskonto ist etwas übrig"),
                        ],
                        max_length=40,
                        verbose_name="Alarm",
                    ),
                ),
                ("detail", models.TextField(verbose_name="Befund")),
                ("raised_at", models.DateTimeField(verbose_name="ausgelöst")),
                ("seen_at", models.DateTimeField(blank=True, null=True, verbose_name="gesehen")),
                ("note", models.TextField(blank=True, max_length=2000, verbose_name="Was war los, was ist getan?")),
                (
                    "seen_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="gesehen von",
                    ),
                ),
            ],
            options={
                "verbose_name": "Alarm",
                "verbose_name_plural": "Alarme",
                "ordering": ["-raised_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("seen_at", None)), fields=("kind",), name="coins_alarm_once_while_unseen"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("seen_at", None), models.Q(("note", ""), _negated=True), _connector="OR"),
                        name="coins_alarm_seen_with_a_note",
                    ),
                ],
            },
        ),
        migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), BACK),
    ]
