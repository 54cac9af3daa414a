"""Entries that the team looks at, and the secret that draws them."""

import secrets
import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def make_seed(apps, schema_editor):
    """One secret, made here and nowhere else: the app may not write it."""
    seeds = apps.get_model("activities", "SampleSeed").objects.using(schema_editor.connection.alias)
    seeds.create(pk=1, secret=secrets.token_bytes(32))


class Migration(migrations.Migration):
    dependencies = [
        ("activities", "0005_topics_and_interests"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SampleSeed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("secret", models.BinaryField()),
                ("made_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name": "Geheimnis der Stichprobe",
                "verbose_name_plural": "Geheimnisse der Stichprobe",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="activities_one_sample_seed")
                ],
            },
        ),
        migrations.CreateModel(
            name="Sample",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("paper", "Wochenzettel auf Papier"),
                            ("marked", "vom Team vorgemerkt"),
                            ("weeks", "drei Wochen in Folge an der Wochengrenze"),
                            ("again", "neu eingetragen nach einer Stichprobe"),
                            ("drawn", "gezogen"),
                        ],
                        max_length=10,
                        verbose_name="Anlass",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="Vermerk")),
                ("raised_at", models.DateTimeField(verbose_name="wartet seit")),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[("fits", "passt"), ("family", "zurück an die Familie"), ("rejected", "abgelehnt")],
                        max_length=10,
                        verbose_name="Entscheidung",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="Grund")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="entschieden am")),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entschieden von",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="samples",
                        to="activities.sharedtimeentry",
                        verbose_name="Eintrag",
                    ),
                ),
                (
                    "raised_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="vorgemerkt von",
                    ),
                ),
            ],
            options={
                "verbose_name": "Stichprobe",
                "verbose_name_plural": "Stichproben",
                "ordering": ["raised_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("decided_at", None)), fields=("entry",), name="activities_one_open_sample"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decision", ""), ("reason", "")),
                            models.Q(
                                ("decided_at__isnull", False),
                                models.Q(("decision", ""), _negated=True),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="activities_sample_decided_with_reason",
                    ),
                ],
            },
        ),
        migrations.RunPython(make_seed, migrations.RunPython.noop, elidable=False),
    ]
