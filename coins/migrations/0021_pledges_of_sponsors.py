"""What sponsors promise, with its traces, and what they were reminded of."""

import uuid

import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coins", "0020_years_are_closed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Pledge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("amount_cents", models.BigIntegerField(verbose_name="Betrag in Cent")),
                ("due_on", models.DateField(verbose_name="fällig am")),
                ("promised_on", models.DateField(verbose_name="zugesagt am")),
                ("created_at", models.DateTimeField(verbose_name="eingetragen")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="zurückgezogen")),
                ("withdrawn_why", models.CharField(blank=True, max_length=300, verbose_name="Warum zurückgezogen")),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="eingetragen von",
                    ),
                ),
                (
                    "pool",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pledges",
                        to="coins.fundingpool",
                        verbose_name="Fördertopf",
                    ),
                ),
                (
                    "sponsor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pledges",
                        to="coins.sponsor",
                        verbose_name="Förderer",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="zurückgezogen von",
                    ),
                ),
            ],
            options={
                "verbose_name": "Zusage",
                "verbose_name_plural": "Zusagen",
                "ordering": ["due_on", "id"],
            },
        ),
        migrations.CreateModel(
            name="PledgeReminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("step_days", models.SmallIntegerField(choices=[(-14, "Before"), (7, "Late"), (21, "Last")])),
                ("told_at", models.DateTimeField()),
                (
                    "pledge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reminders", to="coins.pledge"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PledgeTrace",
            fields=[
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True, verbose_name="geändert am")),
                ("pgh_label", models.CharField(max_length=10, verbose_name="was geschah")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("amount_cents", models.BigIntegerField(verbose_name="Betrag in Cent")),
                ("due_on", models.DateField(verbose_name="fällig am")),
                ("promised_on", models.DateField(verbose_name="zugesagt am")),
                ("created_at", models.DateTimeField(verbose_name="eingetragen")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="zurückgezogen")),
                ("withdrawn_why", models.CharField(blank=True, max_length=300, verbose_name="Warum zurückgezogen")),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="eingetragen von",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="coins.pledge",
                    ),
                ),
                (
                    "pool",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="coins.fundingpool",
                        verbose_name="Fördertopf",
                    ),
                ),
                (
                    "sponsor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="coins.sponsor",
                        verbose_name="Förderer",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="zurückgezogen von",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="pledge",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_cents__gt", 0)), name="coins_pledge_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="pledge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at", None), ("withdrawn_by", None), ("withdrawn_why", "")),
                    models.Q(("withdrawn_at__isnull", False), models.Q(("withdrawn_why", ""), _negated=True)),
                    _connector="OR",
                ),
                name="coins_pledge_withdrawn_with_a_reason",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pledge",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "coins_pledgetrace" ("amount_cents", "created_at", "created_by_id", "due_on", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "pool_id", "promised_on", "public_id", "sponsor_id", "withdrawn_at", "withdrawn_by_id", "withdrawn_why") VALUES (NEW."amount_cents", NEW."created_at", NEW."created_by_id", NEW."due_on", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."pool_id", NEW."promised_on", NEW."public_id", NEW."sponsor_id", NEW."withdrawn_at", NEW."withdrawn_by_id", NEW."withdrawn_why"); RETURN NULL;',
                    hash="c7946aff635860211894c5295c6c5aaefdfdb194",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_1f511",
                    table="coins_pledge",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pledge",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "coins_pledgetrace" ("amount_cents", "created_at", "created_by_id", "due_on", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "pool_id", "promised_on", "public_id", "sponsor_id", "withdrawn_at", "withdrawn_by_id", "withdrawn_why") VALUES (NEW."amount_cents", NEW."created_at", NEW."created_by_id", NEW."due_on", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."pool_id", NEW."promised_on", NEW."public_id", NEW."sponsor_id", NEW."withdrawn_at", NEW."withdrawn_by_id", NEW."withdrawn_why"); RETURN NULL;',
                    hash="a04ec8f3cf13bf87fc03fad601e8fa6650b072a0",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_8c7ae",
                    table="coins_pledge",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pledge",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "coins_pledgetrace" ("amount_cents", "created_at", "created_by_id", "due_on", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "pool_id", "promised_on", "public_id", "sponsor_id", "withdrawn_at", "withdrawn_by_id", "withdrawn_why") VALUES (OLD."amount_cents", OLD."created_at", OLD."created_by_id", OLD."due_on", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."pool_id", OLD."promised_on", OLD."public_id", OLD."sponsor_id", OLD."withdrawn_at", OLD."withdrawn_by_id", OLD."withdrawn_why"); RETURN NULL;',
                    hash="408bd146b0187755afcab39a5154785639ca85cb",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_c695a",
                    table="coins_pledge",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="pledgereminder",
            constraint=models.UniqueConstraint(fields=("pledge", "step_days"), name="coins_pledge_step_once"),
        ),
    ]
