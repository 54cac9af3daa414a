"""What it takes to repeat a draw stays with it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0006_samples"),
    ]

    operations = [
        migrations.AddField(
            model_name="sample",
            name="drawn_percent",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="gezogener Anteil in Prozent"),
        ),
        migrations.AddField(
            model_name="sample",
            name="drawn_version",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="gezogene Fassung"),
        ),
    ]
