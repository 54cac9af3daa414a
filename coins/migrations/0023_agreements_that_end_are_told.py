"""That contacts of a sponsor heard of the end of their agreement."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coins", "0022_contacts_of_sponsors_are_invited")]

    operations = [
        migrations.CreateModel(
            name="AgreementReminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("agreement_until", models.DateField()),
                ("told_at", models.DateTimeField()),
                (
                    "sponsor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agreement_reminders",
                        to="coins.sponsor",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("sponsor", "agreement_until"), name="coins_agreement_told_once")
                ],
            },
        ),
    ]
