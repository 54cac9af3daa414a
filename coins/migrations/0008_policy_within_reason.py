"""Ranges of a policy's numbers. Nothing changes in the database: forms and services read them here."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coins", "0007_money_moves"),
    ]

    operations = [
        migrations.AlterField(
            model_name="conversionpolicy",
            name="day_cap_minutes",
            field=models.PositiveSmallIntegerField(
                default=240,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(1440),
                ],
                verbose_name="Minuten am Tag höchstens",
            ),
        ),
        migrations.AlterField(
            model_name="conversionpolicy",
            name="host_day_cap_minutes",
            field=models.PositiveSmallIntegerField(
                default=480,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(1440),
                ],
                verbose_name="… mit einem Betrieb",
            ),
        ),
        migrations.AlterField(
            model_name="conversionpolicy",
            name="host_weight_percent",
            field=models.PositiveSmallIntegerField(
                default=150,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(1000),
                ],
                verbose_name="Zeit mit einem Betrieb zählt (%)",
            ),
        ),
        migrations.AlterField(
            model_name="conversionpolicy",
            name="minutes_per_coin",
            field=models.PositiveSmallIntegerField(
                default=6,
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(210)],
                verbose_name="Minuten je Coin",
            ),
        ),
        migrations.AlterField(
            model_name="conversionpolicy",
            name="week_cap_minutes",
            field=models.PositiveSmallIntegerField(
                default=720,
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(10080),
                ],
                verbose_name="Minuten in der Woche höchstens",
            ),
        ),
        migrations.AlterField(
            model_name="conversionpolicy",
            name="year_cap_coins",
            field=models.PositiveIntegerField(
                default=600,
                validators=[
                    django.core.validators.MinValueValidator(0),
                    django.core.validators.MaxValueValidator(1000000),
                ],
                verbose_name="Coins im Jahr höchstens",
            ),
        ),
    ]
