"""Questions to the team, concerns, and who reads them."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_api_tokens"),
    ]

    operations = [
        migrations.CreateModel(
            name="Case",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("path", models.CharField(blank=True, max_length=200, verbose_name="Seite")),
                ("label", models.CharField(blank=True, max_length=160, verbose_name="Worum es geht")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "offen"), ("answered", "beantwortet"), ("closed", "erledigt")],
                        default="open",
                        max_length=10,
                        verbose_name="Stand",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="gefragt am")),
                ("since", models.DateTimeField(verbose_name="seit")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="erledigt am")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cases",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="von",
                    ),
                ),
            ],
            options={
                "verbose_name": "Frage",
                "verbose_name_plural": "Fragen",
                "ordering": ["-asked_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="CaseWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_team", models.BooleanField(default=False, verbose_name="vom Team")),
                ("text", models.TextField(max_length=2000, verbose_name="Text")),
                ("at", models.DateTimeField(verbose_name="am")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="von",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="words",
                        to="accounts.case",
                        verbose_name="Frage",
                    ),
                ),
            ],
            options={
                "verbose_name": "Nachricht zu einer Frage",
                "verbose_name_plural": "Nachrichten zu Fragen",
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Concern",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("what", models.TextField(max_length=4000, verbose_name="Was war los?")),
                ("place", models.CharField(blank=True, max_length=200, verbose_name="Wo war das?")),
                ("reach", models.CharField(blank=True, max_length=200, verbose_name="Wie wir antworten können")),
                ("page", models.CharField(blank=True, max_length=200, verbose_name="Geöffnet auf der Seite")),
                ("raised_at", models.DateTimeField(verbose_name="gemeldet am")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="abgeschlossen am")),
                ("note", models.TextField(blank=True, max_length=2000, verbose_name="Was getan ist")),
                (
                    "closed_by",
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
                    "club",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="concerns",
                        to="accounts.club",
                        verbose_name="Club",
                    ),
                ),
            ],
            options={
                "verbose_name": "Meldung",
                "verbose_name_plural": "Meldungen",
                "ordering": ["raised_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="ConcernLook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="am")),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="von",
                    ),
                ),
                (
                    "concern",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="looks",
                        to="accounts.concern",
                        verbose_name="Meldung",
                    ),
                ),
            ],
            options={
                "verbose_name": "Einblick in eine Meldung",
                "verbose_name_plural": "Einblicke in Meldungen",
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ProtectionMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("named_at", models.DateTimeField(verbose_name="benannt am")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="beendet")),
                (
                    "club",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="protection",
                        to="accounts.club",
                        verbose_name="Club",
                    ),
                ),
                (
                    "named_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="benannt von",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="protects",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="Person",
                    ),
                ),
            ],
            options={
                "verbose_name": "Schutz-Person",
                "verbose_name_plural": "Schutz-Team",
                "ordering": ["club", "named_at"],
            },
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["by", "-asked_at"], name="accounts_cases_of"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(condition=models.Q(("state", "open")), fields=["since"], name="accounts_cases_open"),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", False), ("state", "closed")),
                    models.Q(models.Q(("state", "closed"), _negated=True), ("closed_at", None)),
                    _connector="OR",
                ),
                name="accounts_case_closed_has_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="concern",
            constraint=models.CheckConstraint(
                condition=models.Q(("closed_at", None), models.Q(("note", ""), _negated=True), _connector="OR"),
                name="accounts_concern_closed_with_note",
            ),
        ),
        migrations.AddConstraint(
            model_name="protectionmember",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("club", "person"), name="accounts_protects_once"
            ),
        ),
    ]
