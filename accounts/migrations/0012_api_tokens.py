import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_notices")]

    operations = [
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=60, verbose_name="App")),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("youth", "Zeiten, Coins und Belohnungen"),
                                ("guardian", "Bestätigen und Coins ansehen"),
                                ("manager", "Abrechnungen ansehen"),
                            ],
                            max_length=10,
                        ),
                        size=None,
                        verbose_name="darf",
                    ),
                ),
                ("token_sha256", models.CharField(max_length=64, unique=True)),
                ("password_mark", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(verbose_name="angemeldet")),
                ("expires_at", models.DateTimeField(verbose_name="gilt bis")),
                ("last_used_at", models.DateTimeField(blank=True, null=True, verbose_name="zuletzt benutzt")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="abgemeldet")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "Zugang einer App",
                "verbose_name_plural": "Zugänge von Apps",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("scopes__contained_by", ["youth", "guardian", "manager"]), ("scopes__len__gt", 0)
                        ),
                        name="accounts_token_for_known_scopes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("created_at"))), name="accounts_token_expires"
                    ),
                ],
            },
        ),
    ]
