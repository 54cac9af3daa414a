"""What lay on the club's account before its first statement."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coins", "0023_agreements_that_end_are_told"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OpeningMoney",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("amount_cents", models.BigIntegerField(verbose_name="Betrag in Cent")),
                ("held_on", models.DateField(verbose_name="lag auf dem Konto am")),
                ("reason", models.CharField(max_length=300, verbose_name="Woher man das weiß")),
                ("asked_at", models.DateTimeField(verbose_name="beantragt")),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="freigegeben")),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="freigegeben von",
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
                "verbose_name": "Anfangsbestand",
                "verbose_name_plural": "Anfangsbestand",
                "ordering": ["-asked_at"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount_cents__gt", 0)), name="coins_opening_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("approved_by", models.F("asked_by")), _negated=True),
                        name="coins_opening_by_another",
                    ),
                    models.UniqueConstraint(models.Value(1), name="coins_one_opening"),
                ],
            },
        ),
    ]
