"""Years that are closed, and the triggers beside this file that refuse to book into them."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

BACK = """
DROP TRIGGER coins_transfer_year_open ON coins_transfer;
DROP TRIGGER coins_year_closed ON coins_yearclosing;
DROP FUNCTION coins_year_open, coins_year_closed;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("coins", "0019_alarms_of_operation"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="YearClosing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField(unique=True, verbose_name="Jahr")),
                ("bank_cents", models.BigIntegerField(blank=True, null=True, verbose_name="Endsaldo der Bank in Cent")),
                ("books_cents", models.BigIntegerField(verbose_name="in den Büchern in Cent")),
                ("why_without_bank", models.CharField(blank=True, max_length=300, verbose_name="Warum ohne Abgleich")),
                ("asked_at", models.DateTimeField(verbose_name="beantragt")),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="abgeschlossen")),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="abgeschlossen von",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="beantragt von",
                    ),
                ),
            ],
            options={
                "verbose_name": "Jahresabschluss",
                "verbose_name_plural": "Jahresabschlüsse",
                "ordering": ["-year"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("approved_by", models.F("asked_by")), _negated=True),
                        name="coins_year_closed_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("bank_cents__isnull", False), ("bank_cents", models.F("books_cents"))),
                            models.Q(("why_without_bank", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="coins_year_compared_or_said_why",
                    ),
                ],
            },
        ),
        migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), BACK),
    ]
