"""A week on paper, and which entries it confirmed."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("activities", "0008_portfolios_and_answers_to_places"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Sheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("code", models.CharField(editable=False, max_length=9, unique=True, verbose_name="Code")),
                ("monday", models.DateField(verbose_name="Woche ab")),
                ("made_at", models.DateTimeField(verbose_name="gedruckt am")),
                ("entered_at", models.DateTimeField(blank=True, null=True, verbose_name="eingetragen am")),
                (
                    "contact_point",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+",
                        to="accounts.contactpoint", verbose_name="Anlaufstelle",
                    ),
                ),
                (
                    "entered_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+",
                        to=settings.AUTH_USER_MODEL, verbose_name="gesehen von",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+",
                        to=settings.AUTH_USER_MODEL, verbose_name="gedruckt von",
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+",
                        to=settings.AUTH_USER_MODEL, verbose_name="unterschrieben von",
                    ),
                ),
                (
                    "youth",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sheets", to="accounts.youthprofile",
                        verbose_name="Jugendliche/r",
                    ),
                ),
            ],
            options={
                "verbose_name": "Wochenzettel",
                "verbose_name_plural": "Wochenzettel",
                "ordering": ["-monday", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(entered_at=None), fields=["youth", "monday"],
                        name="activities_one_open_sheet_a_week",
                    ),
                    models.CheckConstraint(
                        condition=~Q(signed_by=F("entered_by")), name="activities_sheet_seen_by_another"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="sharedtimeentry",
            name="sheet",
            field=models.ForeignKey(
                blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL,
                related_name="entries", to="activities.sheet", verbose_name="Wochenzettel",
            ),
        ),
        migrations.AddIndex(
            model_name="sharedtimeentry",
            index=models.Index(condition=Q(sheet__isnull=False), fields=["sheet"], name="activities_on_paper"),
        ),
    ]  # fmt: skip
