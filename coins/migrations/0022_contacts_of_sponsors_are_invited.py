"""Invitations for people who speak for a sponsor."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coins", "0021_pledges_of_sponsors"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ContactInvitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(blank=True, max_length=80, verbose_name="Name")),
                ("sent_to", models.EmailField(blank=True, max_length=254, verbose_name="geschickt an")),
                ("token_sha256", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField(verbose_name="erstellt")),
                ("expires_at", models.DateTimeField(verbose_name="gilt bis")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="benutzt")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="zurückgezogen")),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="von",
                    ),
                ),
                (
                    "sponsor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="coins.sponsor",
                        verbose_name="Förderer",
                    ),
                ),
                (
                    "used_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="benutzt von",
                    ),
                ),
            ],
            options={
                "verbose_name": "Einladung eines Förderers",
                "verbose_name_plural": "Einladungen von Förderern",
                "ordering": ["-made_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("used_at", None), ("revoked_at", None), _connector="OR"),
                        name="coins_contact_invitation_used_or_revoked",
                    )
                ],
            },
        ),
    ]
