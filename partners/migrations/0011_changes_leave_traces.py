"""Rows of what was changed, written by triggers."""

import uuid

import django.core.validators
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import clevervibes.lib.pictures
import partners.models.catalog


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0015_changes_leave_traces"),
        ("coins", "0017_changes_leave_traces"),
        ("partners", "0010_late_scans_paid_by_the_club"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CategoryCapTrace",
            fields=[
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True, verbose_name="geändert am")),
                ("pgh_label", models.CharField(max_length=10, verbose_name="was geschah")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("food", "Essen & Trinken"),
                            ("cinema", "Kino & Kultur"),
                            ("sport", "Sport & Bewegung"),
                            ("learning", "Bücher & Lernen"),
                            ("tech", "Technik & Spiele"),
                            ("style", "Mode & Pflege"),
                            ("outing", "Ausflug & Erlebnis"),
                        ],
                        max_length=12,
                        verbose_name="Kategorie",
                    ),
                ),
                (
                    "coins_per_month",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10000),
                        ],
                        verbose_name="Coins je Jugendliche/n und Monat",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DeviceTrace",
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
                        choices=[("screen", "Tablet oder Handy"), ("till", "Kasse")], max_length=6, verbose_name="Art"
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="Name")),
                ("made_at", models.DateTimeField(verbose_name="angelegt")),
                ("connected_at", models.DateTimeField(blank=True, null=True, verbose_name="verbunden")),
                ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="verbunden bis")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="getrennt")),
                ("paused_at", models.DateTimeField(blank=True, null=True, verbose_name="angehalten")),
                ("paused_why", models.CharField(blank=True, max_length=300, verbose_name="Satz für die Theke")),
                ("paused_reason", models.CharField(blank=True, max_length=300, verbose_name="Grund")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OfferTrace",
            fields=[
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True, verbose_name="geändert am")),
                ("pgh_label", models.CharField(max_length=10, verbose_name="was geschah")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                ("title", models.CharField(max_length=80, verbose_name="Titel")),
                ("text", models.TextField(blank=True, max_length=1000, verbose_name="Text")),
                (
                    "picture",
                    clevervibes.lib.pictures.PictureField(
                        blank=True,
                        upload_to=partners.models.catalog.picture_path,
                        validators=[django.core.validators.FileExtensionValidator(["webp", "png", "jpg", "jpeg"])],
                        verbose_name="Bild",
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("food", "Essen & Trinken"),
                            ("cinema", "Kino & Kultur"),
                            ("sport", "Sport & Bewegung"),
                            ("learning", "Bücher & Lernen"),
                            ("tech", "Technik & Spiele"),
                            ("style", "Mode & Pflege"),
                            ("outing", "Ausflug & Erlebnis"),
                        ],
                        max_length=12,
                        verbose_name="Kategorie",
                    ),
                ),
                (
                    "price_coins",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10000),
                        ],
                        verbose_name="Preis in Coins",
                    ),
                ),
                (
                    "minimum_age",
                    models.PositiveSmallIntegerField(
                        default=12,
                        validators=[
                            django.core.validators.MinValueValidator(12),
                            django.core.validators.MaxValueValidator(20),
                        ],
                        verbose_name="ab Jahren",
                    ),
                ),
                (
                    "vat_percent",
                    models.PositiveSmallIntegerField(
                        choices=[(19, "19 %"), (7, "7 %"), (0, "0 %")], default=19, verbose_name="Umsatzsteuer"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                (
                    "per_youth_per_month",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="je Jugendliche/n und Monat",
                    ),
                ),
                ("valid_from", models.DateTimeField(verbose_name="gültig ab")),
                ("valid_until", models.DateTimeField(blank=True, null=True, verbose_name="gültig bis")),
                ("released_at", models.DateTimeField(blank=True, null=True, verbose_name="freigegeben")),
                ("paused_at", models.DateTimeField(blank=True, null=True, verbose_name="angehalten")),
                ("paused_why", models.CharField(blank=True, max_length=300, verbose_name="Satz für die Jugendlichen")),
                ("paused_reason", models.CharField(blank=True, max_length=300, verbose_name="Grund, nur für das Team")),
                ("shop_paused_at", models.DateTimeField(blank=True, null=True, verbose_name="pausiert vom Laden")),
                ("event_ends_at", models.DateTimeField(blank=True, null=True, verbose_name="Ende der Veranstaltung")),
                ("is_draft", models.BooleanField(db_default=False, default=False, verbose_name="Entwurf")),
                (
                    "refused_why",
                    models.CharField(blank=True, db_default="", max_length=300, verbose_name="nicht freigegeben, weil"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PartnerTrace",
            fields=[
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True, verbose_name="geändert am")),
                ("pgh_label", models.CharField(max_length=10, verbose_name="was geschah")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("released_at", models.DateTimeField(blank=True, null=True, verbose_name="freigegeben")),
                ("paused_at", models.DateTimeField(blank=True, null=True, verbose_name="angehalten")),
                ("paused_why", models.CharField(blank=True, max_length=300, verbose_name="Satz für die Theke")),
                ("paused_reason", models.CharField(blank=True, max_length=300, verbose_name="Grund, nur für das Team")),
                (
                    "paused_with_all",
                    models.BooleanField(db_default=False, default=False, verbose_name="mit allen angehalten"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="categorycap",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "partners_categorycaptrace" ("category", "club_id", "coins_per_month", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."category", NEW."club_id", NEW."coins_per_month", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="9cb07930ca710184b7dcb238e51c9bea728351e4",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_cd5e1",
                    table="partners_categorycap",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="categorycap",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "partners_categorycaptrace" ("category", "club_id", "coins_per_month", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."category", NEW."club_id", NEW."coins_per_month", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id"); RETURN NULL;',
                    hash="b4e572367545f88b265a34647403ef87616cd299",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_66ab5",
                    table="partners_categorycap",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="categorycap",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "partners_categorycaptrace" ("category", "club_id", "coins_per_month", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."category", OLD."club_id", OLD."coins_per_month", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="9352d57b7a7965a8de32e7e0a5d8f06afe750838",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_44e9c",
                    table="partners_categorycap",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="device",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "partners_devicetrace" ("connected_at", "expires_at", "id", "kind", "made_at", "made_by_id", "name", "partner_id", "paused_at", "paused_by_id", "paused_reason", "paused_why", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "revoked_at", "revoked_by_id") VALUES (NEW."connected_at", NEW."expires_at", NEW."id", NEW."kind", NEW."made_at", NEW."made_by_id", NEW."name", NEW."partner_id", NEW."paused_at", NEW."paused_by_id", NEW."paused_reason", NEW."paused_why", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."public_id", NEW."revoked_at", NEW."revoked_by_id"); RETURN NULL;',
                    hash="a051b0af3b7775631eab508b65027efdf00204a8",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_3c95d",
                    table="partners_device",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="device",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."connected_at" IS DISTINCT FROM (NEW."connected_at") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."made_at" IS DISTINCT FROM (NEW."made_at") OR OLD."made_by_id" IS DISTINCT FROM (NEW."made_by_id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."partner_id" IS DISTINCT FROM (NEW."partner_id") OR OLD."paused_at" IS DISTINCT FROM (NEW."paused_at") OR OLD."paused_by_id" IS DISTINCT FROM (NEW."paused_by_id") OR OLD."paused_reason" IS DISTINCT FROM (NEW."paused_reason") OR OLD."paused_why" IS DISTINCT FROM (NEW."paused_why") OR OLD."public_id" IS DISTINCT FROM (NEW."public_id") OR OLD."revoked_at" IS DISTINCT FROM (NEW."revoked_at") OR OLD."revoked_by_id" IS DISTINCT FROM (NEW."revoked_by_id"))',
                    func='INSERT INTO "partners_devicetrace" ("connected_at", "expires_at", "id", "kind", "made_at", "made_by_id", "name", "partner_id", "paused_at", "paused_by_id", "paused_reason", "paused_why", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "revoked_at", "revoked_by_id") VALUES (NEW."connected_at", NEW."expires_at", NEW."id", NEW."kind", NEW."made_at", NEW."made_by_id", NEW."name", NEW."partner_id", NEW."paused_at", NEW."paused_by_id", NEW."paused_reason", NEW."paused_why", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."public_id", NEW."revoked_at", NEW."revoked_by_id"); RETURN NULL;',
                    hash="8d6f0d3edb1c5d376c6bf4a2ead0f92e74dd8c27",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_ca182",
                    table="partners_device",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="device",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "partners_devicetrace" ("connected_at", "expires_at", "id", "kind", "made_at", "made_by_id", "name", "partner_id", "paused_at", "paused_by_id", "paused_reason", "paused_why", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "revoked_at", "revoked_by_id") VALUES (OLD."connected_at", OLD."expires_at", OLD."id", OLD."kind", OLD."made_at", OLD."made_by_id", OLD."name", OLD."partner_id", OLD."paused_at", OLD."paused_by_id", OLD."paused_reason", OLD."paused_why", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."public_id", OLD."revoked_at", OLD."revoked_by_id"); RETURN NULL;',
                    hash="4c59590498d47c146d58c13095f6fbf4f1058f93",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_9b320",
                    table="partners_device",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="offer",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "partners_offertrace" ("category", "event_ends_at", "id", "is_draft", "minimum_age", "partner_id", "paused_at", "paused_by_id", "paused_reason", "paused_why", "per_youth_per_month", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "picture", "price_coins", "public_id", "refused_why", "released_at", "released_by_id", "shop_paused_at", "text", "title", "valid_from", "valid_until", "vat_percent") VALUES (NEW."category", NEW."event_ends_at", NEW."id", NEW."is_draft", NEW."minimum_age", NEW."partner_id", NEW."paused_at", NEW."paused_by_id", NEW."paused_reason", NEW."paused_why", NEW."per_youth_per_month", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."picture", NEW."price_coins", NEW."public_id", NEW."refused_why", NEW."released_at", NEW."released_by_id", NEW."shop_paused_at", NEW."text", NEW."title", NEW."valid_from", NEW."valid_until", NEW."vat_percent"); RETURN NULL;',
                    hash="b0c301c49ba5a32ee9a2d235b4e56681453e80dc",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_ab3a3",
                    table="partners_offer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="offer",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."category" IS DISTINCT FROM (NEW."category") OR OLD."event_ends_at" IS DISTINCT FROM (NEW."event_ends_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_draft" IS DISTINCT FROM (NEW."is_draft") OR OLD."minimum_age" IS DISTINCT FROM (NEW."minimum_age") OR OLD."partner_id" IS DISTINCT FROM (NEW."partner_id") OR OLD."paused_at" IS DISTINCT FROM (NEW."paused_at") OR OLD."paused_by_id" IS DISTINCT FROM (NEW."paused_by_id") OR OLD."paused_reason" IS DISTINCT FROM (NEW."paused_reason") OR OLD."paused_why" IS DISTINCT FROM (NEW."paused_why") OR OLD."per_youth_per_month" IS DISTINCT FROM (NEW."per_youth_per_month") OR OLD."picture" IS DISTINCT FROM (NEW."picture") OR OLD."price_coins" IS DISTINCT FROM (NEW."price_coins") OR OLD."public_id" IS DISTINCT FROM (NEW."public_id") OR OLD."refused_why" IS DISTINCT FROM (NEW."refused_why") OR OLD."released_at" IS DISTINCT FROM (NEW."released_at") OR OLD."released_by_id" IS DISTINCT FROM (NEW."released_by_id") OR OLD."shop_paused_at" IS DISTINCT FROM (NEW."shop_paused_at") OR OLD."text" IS DISTINCT FROM (NEW."text") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."valid_from" IS DISTINCT FROM (NEW."valid_from") OR OLD."valid_until" IS DISTINCT FROM (NEW."valid_until") OR OLD."vat_percent" IS DISTINCT FROM (NEW."vat_percent"))',
                    func='INSERT INTO "partners_offertrace" ("category", "event_ends_at", "id", "is_draft", "minimum_age", "partner_id", "paused_at", "paused_by_id", "paused_reason", "paused_why", "per_youth_per_month", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "picture", "price_coins", "public_id", "refused_why", "released_at", "released_by_id", "shop_paused_at", "text", "title", "valid_from", "valid_until", "vat_percent") VALUES (NEW."category", NEW."event_ends_at", NEW."id", NEW."is_draft", NEW."minimum_age", NEW."partner_id", NEW."paused_at", NEW."paused_by_id", NEW."paused_reason", NEW."paused_why", NEW."per_youth_per_month", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."picture", NEW."price_coins", NEW."public_id", NEW."refused_why", NEW."released_at", NEW."released_by_id", NEW."shop_paused_at", NEW."text", NEW."title", NEW."valid_from", NEW."valid_until", NEW."vat_percent"); RETURN NULL;',
                    hash="4ec46cc149f4e29c67176ddafe975fe1adae292f",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_22487",
                    table="partners_offer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="offer",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "partners_offertrace" ("category", "event_ends_at", "id", "is_draft", "minimum_age", "partner_id", "paused_at", "paused_by_id", "paused_reason", "paused_why", "per_youth_per_month", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "picture", "price_coins", "public_id", "refused_why", "released_at", "released_by_id", "shop_paused_at", "text", "title", "valid_from", "valid_until", "vat_percent") VALUES (OLD."category", OLD."event_ends_at", OLD."id", OLD."is_draft", OLD."minimum_age", OLD."partner_id", OLD."paused_at", OLD."paused_by_id", OLD."paused_reason", OLD."paused_why", OLD."per_youth_per_month", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."picture", OLD."price_coins", OLD."public_id", OLD."refused_why", OLD."released_at", OLD."released_by_id", OLD."shop_paused_at", OLD."text", OLD."title", OLD."valid_from", OLD."valid_until", OLD."vat_percent"); RETURN NULL;',
                    hash="2c827a6d0bc2fff40f2d9486e0742a0d397411b6",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_c8055",
                    table="partners_offer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="partner",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "partners_partnertrace" ("account_id", "id", "organisation_id", "paused_at", "paused_by_id", "paused_reason", "paused_why", "paused_with_all", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "released_at", "released_by_id") VALUES (NEW."account_id", NEW."id", NEW."organisation_id", NEW."paused_at", NEW."paused_by_id", NEW."paused_reason", NEW."paused_why", NEW."paused_with_all", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."public_id", NEW."released_at", NEW."released_by_id"); RETURN NULL;',
                    hash="e944a15df8d89b2d286164008f0ec00af79a1dbb",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_71860",
                    table="partners_partner",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="partner",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "partners_partnertrace" ("account_id", "id", "organisation_id", "paused_at", "paused_by_id", "paused_reason", "paused_why", "paused_with_all", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "released_at", "released_by_id") VALUES (NEW."account_id", NEW."id", NEW."organisation_id", NEW."paused_at", NEW."paused_by_id", NEW."paused_reason", NEW."paused_why", NEW."paused_with_all", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."public_id", NEW."released_at", NEW."released_by_id"); RETURN NULL;',
                    hash="ca84036b3f07ff41f6fb795b90c6ad91ceb05a9e",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_17ece",
                    table="partners_partner",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="partner",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "partners_partnertrace" ("account_id", "id", "organisation_id", "paused_at", "paused_by_id", "paused_reason", "paused_why", "paused_with_all", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "released_at", "released_by_id") VALUES (OLD."account_id", OLD."id", OLD."organisation_id", OLD."paused_at", OLD."paused_by_id", OLD."paused_reason", OLD."paused_why", OLD."paused_with_all", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."public_id", OLD."released_at", OLD."released_by_id"); RETURN NULL;',
                    hash="0682c1134192a919fcd27da741ff6d59161a57b1",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_e7dd8",
                    table="partners_partner",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="categorycaptrace",
            name="club",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="accounts.club",
                verbose_name="Club",
            ),
        ),
        migrations.AddField(
            model_name="categorycaptrace",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="partners.categorycap",
            ),
        ),
        migrations.AddField(
            model_name="devicetrace",
            name="made_by",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="angelegt von",
            ),
        ),
        migrations.AddField(
            model_name="devicetrace",
            name="partner",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="partners.partner",
                verbose_name="Partner",
            ),
        ),
        migrations.AddField(
            model_name="devicetrace",
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
            model_name="devicetrace",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="partners.device",
            ),
        ),
        migrations.AddField(
            model_name="devicetrace",
            name="revoked_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="getrennt von",
            ),
        ),
        migrations.AddField(
            model_name="offertrace",
            name="partner",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="partners.partner",
                verbose_name="Partner",
            ),
        ),
        migrations.AddField(
            model_name="offertrace",
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
            model_name="offertrace",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="partners.offer",
            ),
        ),
        migrations.AddField(
            model_name="offertrace",
            name="released_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="von",
            ),
        ),
        migrations.AddField(
            model_name="partnertrace",
            name="account",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="coins.ledgeraccount",
                verbose_name="Konto",
            ),
        ),
        migrations.AddField(
            model_name="partnertrace",
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
            model_name="partnertrace",
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
            model_name="partnertrace",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="partners.partner",
            ),
        ),
        migrations.AddField(
            model_name="partnertrace",
            name="released_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="von",
            ),
        ),
    ]
