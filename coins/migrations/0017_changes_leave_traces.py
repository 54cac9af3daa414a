"""Rows of what was changed, written by triggers."""

import uuid

import django.core.validators
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0015_changes_leave_traces"),
        ("coins", "0016_public_seals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ConversionPolicyTrace",
            fields=[
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True, verbose_name="geändert am")),
                ("pgh_label", models.CharField(max_length=10, verbose_name="was geschah")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                ("valid_from", models.DateField(help_text="Ein Montag in der Zukunft.", verbose_name="gilt ab")),
                (
                    "minutes_per_coin",
                    models.PositiveSmallIntegerField(
                        default=6,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(210),
                        ],
                        verbose_name="Minuten je Coin",
                    ),
                ),
                (
                    "host_weight_percent",
                    models.PositiveSmallIntegerField(
                        default=150,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="Zeit mit einem Betrieb zählt (%)",
                    ),
                ),
                (
                    "day_cap_minutes",
                    models.PositiveSmallIntegerField(
                        default=240,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="Minuten am Tag höchstens",
                    ),
                ),
                (
                    "host_day_cap_minutes",
                    models.PositiveSmallIntegerField(
                        default=480,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                        verbose_name="… mit einem Betrieb",
                    ),
                ),
                (
                    "week_cap_minutes",
                    models.PositiveSmallIntegerField(
                        default=720,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10080),
                        ],
                        verbose_name="Minuten in der Woche höchstens",
                    ),
                ),
                (
                    "year_cap_coins",
                    models.PositiveIntegerField(
                        default=600,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(1000000),
                        ],
                        verbose_name="Coins im Jahr höchstens",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="FundingPoolTrace",
            fields=[
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True, verbose_name="geändert am")),
                ("pgh_label", models.CharField(max_length=10, verbose_name="was geschah")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("name", models.CharField(max_length=120, verbose_name="Name")),
                (
                    "weekly_limit_coins",
                    models.PositiveBigIntegerField(
                        blank=True, help_text="Leer: ohne Grenze.", null=True, verbose_name="Coins je Woche höchstens"
                    ),
                ),
                ("paused_at", models.DateTimeField(blank=True, null=True, verbose_name="angehalten")),
                ("paused_why", models.CharField(blank=True, max_length=300, verbose_name="Satz für den Förderer")),
                ("paused_reason", models.CharField(blank=True, max_length=300, verbose_name="Grund, nur für das Team")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="beendet")),
                (
                    "rest_goes",
                    models.CharField(
                        choices=[("common", "in den Gemeinschaftstopf"), ("sponsor", "zurück an den Förderer")],
                        default="common",
                        help_text="Wie es in der Vereinbarung mit dem Förderer steht.",
                        max_length=7,
                        verbose_name="Was am Ende übrig ist, geht",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SponsorTrace",
            fields=[
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True, verbose_name="geändert am")),
                ("pgh_label", models.CharField(max_length=10, verbose_name="was geschah")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("donation", "Spende"), ("sponsoring", "Werbevertrag")],
                        max_length=10,
                        verbose_name="Art",
                    ),
                ),
                ("agreement_from", models.DateField(blank=True, null=True, verbose_name="Vereinbarung ab")),
                ("agreement_until", models.DateField(blank=True, null=True, verbose_name="Vereinbarung bis")),
                ("suspended_at", models.DateTimeField(blank=True, null=True, verbose_name="ausgesetzt")),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="conversionpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "coins_conversionpolicytrace" ("day_cap_minutes", "host_day_cap_minutes", "host_weight_percent", "id", "minutes_per_coin", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "week_cap_minutes", "year_cap_coins") VALUES (NEW."day_cap_minutes", NEW."host_day_cap_minutes", NEW."host_weight_percent", NEW."id", NEW."minutes_per_coin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."valid_from", NEW."week_cap_minutes", NEW."year_cap_coins"); RETURN NULL;',
                    hash="535504cd9fbbc3724c8c4c5f23bc192ef731fe1c",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_83c10",
                    table="coins_conversionpolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="conversionpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "coins_conversionpolicytrace" ("day_cap_minutes", "host_day_cap_minutes", "host_weight_percent", "id", "minutes_per_coin", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "week_cap_minutes", "year_cap_coins") VALUES (NEW."day_cap_minutes", NEW."host_day_cap_minutes", NEW."host_weight_percent", NEW."id", NEW."minutes_per_coin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."valid_from", NEW."week_cap_minutes", NEW."year_cap_coins"); RETURN NULL;',
                    hash="a308ff3d7295264d09d65f1dd15b9f1c6b8540d7",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_ae459",
                    table="coins_conversionpolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="conversionpolicy",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "coins_conversionpolicytrace" ("day_cap_minutes", "host_day_cap_minutes", "host_weight_percent", "id", "minutes_per_coin", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "week_cap_minutes", "year_cap_coins") VALUES (OLD."day_cap_minutes", OLD."host_day_cap_minutes", OLD."host_weight_percent", OLD."id", OLD."minutes_per_coin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."valid_from", OLD."week_cap_minutes", OLD."year_cap_coins"); RETURN NULL;',
                    hash="989a9442c1fc8128f7cc5d8676db64f983a04c93",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_830ff",
                    table="coins_conversionpolicy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="fundingpool",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "coins_fundingpooltrace" ("club_id", "ended_at", "id", "name", "paused_at", "paused_by_id", "paused_reason", "paused_why", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "rest_goes", "sponsor_id", "weekly_limit_coins") VALUES (NEW."club_id", NEW."ended_at", NEW."id", NEW."name", NEW."paused_at", NEW."paused_by_id", NEW."paused_reason", NEW."paused_why", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."public_id", NEW."rest_goes", NEW."sponsor_id", NEW."weekly_limit_coins"); RETURN NULL;',
                    hash="a80316f9f0887daf5f1f66ac5dcf10bd90a1f01a",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_cabbf",
                    table="coins_fundingpool",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="fundingpool",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "coins_fundingpooltrace" ("club_id", "ended_at", "id", "name", "paused_at", "paused_by_id", "paused_reason", "paused_why", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "rest_goes", "sponsor_id", "weekly_limit_coins") VALUES (NEW."club_id", NEW."ended_at", NEW."id", NEW."name", NEW."paused_at", NEW."paused_by_id", NEW."paused_reason", NEW."paused_why", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."public_id", NEW."rest_goes", NEW."sponsor_id", NEW."weekly_limit_coins"); RETURN NULL;',
                    hash="f52f6c120d0a4b6ecec96c09b8412f6772f2527c",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_9e1f7",
                    table="coins_fundingpool",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="fundingpool",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "coins_fundingpooltrace" ("club_id", "ended_at", "id", "name", "paused_at", "paused_by_id", "paused_reason", "paused_why", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "rest_goes", "sponsor_id", "weekly_limit_coins") VALUES (OLD."club_id", OLD."ended_at", OLD."id", OLD."name", OLD."paused_at", OLD."paused_by_id", OLD."paused_reason", OLD."paused_why", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."public_id", OLD."rest_goes", OLD."sponsor_id", OLD."weekly_limit_coins"); RETURN NULL;',
                    hash="983667e5adb0dd5ba5ec9e4ac3b02a287ee1ef99",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_952f8",
                    table="coins_fundingpool",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sponsor",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "coins_sponsortrace" ("agreement_from", "agreement_until", "id", "kind", "organisation_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "suspended_at") VALUES (NEW."agreement_from", NEW."agreement_until", NEW."id", NEW."kind", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."public_id", NEW."suspended_at"); RETURN NULL;',
                    hash="1388ab9a1e7f6149a01edf4f734da1f6164c2de0",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_d4d9f",
                    table="coins_sponsor",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sponsor",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."agreement_from" IS DISTINCT FROM (NEW."agreement_from") OR OLD."agreement_until" IS DISTINCT FROM (NEW."agreement_until") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."organisation_id" IS DISTINCT FROM (NEW."organisation_id") OR OLD."public_id" IS DISTINCT FROM (NEW."public_id") OR OLD."suspended_at" IS DISTINCT FROM (NEW."suspended_at"))',
                    func='INSERT INTO "coins_sponsortrace" ("agreement_from", "agreement_until", "id", "kind", "organisation_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "suspended_at") VALUES (NEW."agreement_from", NEW."agreement_until", NEW."id", NEW."kind", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."public_id", NEW."suspended_at"); RETURN NULL;',
                    hash="cb0ae45f4ad70d9957bbb39daefdadbec9f6de0e",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_c622a",
                    table="coins_sponsor",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sponsor",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "coins_sponsortrace" ("agreement_from", "agreement_until", "id", "kind", "organisation_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "suspended_at") VALUES (OLD."agreement_from", OLD."agreement_until", OLD."id", OLD."kind", OLD."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."public_id", OLD."suspended_at"); RETURN NULL;',
                    hash="cdfc40cc6654004ab9f9c8491ce6ebce459384a0",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_bb725",
                    table="coins_sponsor",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="conversionpolicytrace",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="coins.conversionpolicy",
            ),
        ),
        migrations.AddField(
            model_name="fundingpooltrace",
            name="club",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                help_text="Leer: für alle Clubs.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="accounts.club",
                verbose_name="Club",
            ),
        ),
        migrations.AddField(
            model_name="fundingpooltrace",
            name="paused_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="angehalten von",
            ),
        ),
        migrations.AddField(
            model_name="fundingpooltrace",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="coins.fundingpool",
            ),
        ),
        migrations.AddField(
            model_name="fundingpooltrace",
            name="sponsor",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                help_text="Leer beim Gemeinschaftstopf eines Clubs.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="coins.sponsor",
                verbose_name="Förderer",
            ),
        ),
        migrations.AddField(
            model_name="sponsortrace",
            name="organisation",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="accounts.organisation",
                verbose_name="Organisation",
            ),
        ),
        migrations.AddField(
            model_name="sponsortrace",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="coins.sponsor",
            ),
        ),
    ]
