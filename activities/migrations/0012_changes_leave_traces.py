"""Rows of what was changed, written by triggers."""

import uuid

import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0015_changes_leave_traces"),
        ("activities", "0011_dates_and_bookings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CategoryTrace",
            fields=[
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True, verbose_name="geändert am")),
                ("pgh_label", models.CharField(max_length=10, verbose_name="was geschah")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                ("slug", models.SlugField(db_index=False, verbose_name="Kürzel")),
                ("name", models.CharField(max_length=60, verbose_name="Name")),
                ("icon", models.SlugField(db_index=False, default="star", verbose_name="Symbol")),
                ("tint", models.SlugField(db_index=False, default="green", verbose_name="Farbe")),
                ("examples", models.CharField(blank=True, max_length=300, verbose_name="Beispiele")),
                ("counts", models.BooleanField(default=True, verbose_name="zählt")),
                (
                    "weekly_cap_minutes",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="Minuten je Woche"),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="Reihenfolge")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="HeldWordTrace",
            fields=[
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True, verbose_name="geändert am")),
                ("pgh_label", models.CharField(max_length=10, verbose_name="was geschah")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                ("word", models.CharField(max_length=60, verbose_name="Wort")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="HostTrace",
            fields=[
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True, verbose_name="geändert am")),
                ("pgh_label", models.CharField(max_length=10, verbose_name="was geschah")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("industry", models.CharField(blank=True, max_length=80, verbose_name="Branche")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="OpportunityTrace",
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
                        choices=[
                            ("visit", "Betriebsbesuch"),
                            ("trial", "Schnuppertag"),
                            ("workshop", "Workshop"),
                            ("training", "Bewerbungstraining"),
                            ("club", "Hausaufgaben-Club"),
                        ],
                        max_length=10,
                        verbose_name="Art",
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="Titel")),
                ("text", models.TextField(verbose_name="Beschreibung")),
                ("starts_at", models.DateTimeField(verbose_name="Anfang")),
                ("ends_at", models.DateTimeField(verbose_name="Ende")),
                ("where", models.CharField(max_length=200, verbose_name="Treffpunkt")),
                ("way", models.CharField(blank=True, max_length=120, verbose_name="Weg dorthin")),
                ("wear", models.CharField(blank=True, max_length=200, verbose_name="Kleidung")),
                ("seats", models.PositiveSmallIntegerField(verbose_name="Plätze")),
                ("minimum_age", models.PositiveSmallIntegerField(default=12, verbose_name="ab Alter")),
                ("contact_name", models.CharField(max_length=80, verbose_name="Ansprechperson")),
                (
                    "certificate_seen_on",
                    models.DateField(blank=True, null=True, verbose_name="Führungszeugnis gesehen am"),
                ),
                ("certificate_valid_until", models.DateField(blank=True, null=True, verbose_name="gültig bis")),
                ("never_alone", models.BooleanField(default=False, verbose_name="immer zwei Erwachsene dabei")),
                ("series", models.UUIDField(blank=True, editable=False, null=True, verbose_name="Reihe")),
                (
                    "sent_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="zur Freigabe geschickt"),
                ),
                ("released_at", models.DateTimeField(blank=True, null=True, verbose_name="freigegeben")),
                ("changed_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="geändert")),
                ("cancelled_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="abgesagt")),
                (
                    "cancelled_why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ill", "Jemand ist krank geworden"),
                            ("few", "Es haben sich zu wenige angemeldet"),
                            ("closed", "An dem Tag ist geschlossen"),
                            ("other", "Es geht leider nicht"),
                        ],
                        editable=False,
                        max_length=10,
                        verbose_name="weshalb abgesagt",
                    ),
                ),
                (
                    "host_told_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="an die Liste erinnert"),
                ),
                (
                    "listed_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="Anwesenheit bestätigt"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PlaceTrace",
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
                        choices=[
                            ("placement", "Praktikum"),
                            ("apprenticeship", "Ausbildung"),
                            ("dual", "Duales Studium"),
                            ("studies", "Studium"),
                        ],
                        max_length=15,
                        verbose_name="Art",
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="Titel")),
                ("text", models.TextField(max_length=2000, verbose_name="Beschreibung")),
                ("where", models.CharField(blank=True, max_length=200, verbose_name="Wo")),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="Beginn")),
                ("apply_until", models.DateField(blank=True, null=True, verbose_name="Melden bis")),
                ("minimum_age", models.PositiveSmallIntegerField(default=12, verbose_name="ab Alter")),
                ("submitted_at", models.DateTimeField(blank=True, null=True, verbose_name="zur Freigabe gegeben")),
                ("released_at", models.DateTimeField(blank=True, null=True, verbose_name="freigegeben")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="geschlossen")),
                (
                    "closed_how",
                    models.CharField(
                        blank=True,
                        choices=[("filled", "besetzt"), ("over", "nicht mehr angeboten")],
                        max_length=10,
                        verbose_name="weshalb",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TopicTrace",
            fields=[
                ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True, verbose_name="geändert am")),
                ("pgh_label", models.CharField(max_length=10, verbose_name="was geschah")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                ("slug", models.SlugField(db_index=False, verbose_name="Kürzel")),
                ("name", models.CharField(max_length=60, verbose_name="Name")),
                ("icon", models.SlugField(db_index=False, default="sparkles", verbose_name="Symbol")),
                ("tint", models.SlugField(db_index=False, default="mint", verbose_name="Farbe")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="Reihenfolge")),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="category",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "activities_categorytrace" ("counts", "examples", "icon", "id", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "slug", "tint", "weekly_cap_minutes") VALUES (NEW."counts", NEW."examples", NEW."icon", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."position", NEW."slug", NEW."tint", NEW."weekly_cap_minutes"); RETURN NULL;',
                    hash="6659af62865968115d5f8086bda899710986c39c",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_a11f3",
                    table="activities_category",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="category",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "activities_categorytrace" ("counts", "examples", "icon", "id", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "slug", "tint", "weekly_cap_minutes") VALUES (NEW."counts", NEW."examples", NEW."icon", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."position", NEW."slug", NEW."tint", NEW."weekly_cap_minutes"); RETURN NULL;',
                    hash="1dd32dfbbaa9cdc0049e7c7d7a9f3362156c4d5b",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_08317",
                    table="activities_category",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="category",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "activities_categorytrace" ("counts", "examples", "icon", "id", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "slug", "tint", "weekly_cap_minutes") VALUES (OLD."counts", OLD."examples", OLD."icon", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."position", OLD."slug", OLD."tint", OLD."weekly_cap_minutes"); RETURN NULL;',
                    hash="448e0f957a338d3bc082f2905386f8f96a9c2778",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_66c65",
                    table="activities_category",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="heldword",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "activities_heldwordtrace" ("id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "word") VALUES (NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."word"); RETURN NULL;',
                    hash="bb6f6977356e9e19f58ed37825eef45d9d5ba025",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_a0df0",
                    table="activities_heldword",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="heldword",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "activities_heldwordtrace" ("id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "word") VALUES (NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."word"); RETURN NULL;',
                    hash="a0d32e237969554a630fc9bdbdee9247cdf6bb32",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_94720",
                    table="activities_heldword",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="heldword",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "activities_heldwordtrace" ("id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "word") VALUES (OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."word"); RETURN NULL;',
                    hash="ed9ecbf0acf8086f5270ed71f7f15714c60bf161",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_e5ac6",
                    table="activities_heldword",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="host",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "activities_hosttrace" ("id", "industry", "organisation_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id") VALUES (NEW."id", NEW."industry", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."public_id"); RETURN NULL;',
                    hash="05b7e7e0e9ff9253c5a970cb84ea6a1b8dfbe60c",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_fbef3",
                    table="activities_host",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="host",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "activities_hosttrace" ("id", "industry", "organisation_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id") VALUES (NEW."id", NEW."industry", NEW."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."public_id"); RETURN NULL;',
                    hash="baffae906c986dc9f5624e24c58dca948a729594",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_b1d60",
                    table="activities_host",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="host",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "activities_hosttrace" ("id", "industry", "organisation_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id") VALUES (OLD."id", OLD."industry", OLD."organisation_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."public_id"); RETURN NULL;',
                    hash="7431f63ac946ae4cefbb870f5700d1b88abe3628",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_6355d",
                    table="activities_host",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="opportunity",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "activities_opportunitytrace" ("cancelled_at", "cancelled_by_id", "cancelled_why", "category_id", "certificate_seen_on", "certificate_valid_until", "changed_at", "code_shown_by_id", "contact_name", "drafted_by_id", "ends_at", "host_id", "host_told_at", "id", "kind", "listed_at", "listed_by_id", "minimum_age", "never_alone", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "released_at", "released_by_id", "seats", "sent_at", "series", "starts_at", "text", "title", "topic_id", "way", "wear", "where") VALUES (NEW."cancelled_at", NEW."cancelled_by_id", NEW."cancelled_why", NEW."category_id", NEW."certificate_seen_on", NEW."certificate_valid_until", NEW."changed_at", NEW."code_shown_by_id", NEW."contact_name", NEW."drafted_by_id", NEW."ends_at", NEW."host_id", NEW."host_told_at", NEW."id", NEW."kind", NEW."listed_at", NEW."listed_by_id", NEW."minimum_age", NEW."never_alone", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."public_id", NEW."released_at", NEW."released_by_id", NEW."seats", NEW."sent_at", NEW."series", NEW."starts_at", NEW."text", NEW."title", NEW."topic_id", NEW."way", NEW."wear", NEW."where"); RETURN NULL;',
                    hash="4f50ad52b88f0ff70302c192bc963393b7153462",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_2294e",
                    table="activities_opportunity",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="opportunity",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "activities_opportunitytrace" ("cancelled_at", "cancelled_by_id", "cancelled_why", "category_id", "certificate_seen_on", "certificate_valid_until", "changed_at", "code_shown_by_id", "contact_name", "drafted_by_id", "ends_at", "host_id", "host_told_at", "id", "kind", "listed_at", "listed_by_id", "minimum_age", "never_alone", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "released_at", "released_by_id", "seats", "sent_at", "series", "starts_at", "text", "title", "topic_id", "way", "wear", "where") VALUES (NEW."cancelled_at", NEW."cancelled_by_id", NEW."cancelled_why", NEW."category_id", NEW."certificate_seen_on", NEW."certificate_valid_until", NEW."changed_at", NEW."code_shown_by_id", NEW."contact_name", NEW."drafted_by_id", NEW."ends_at", NEW."host_id", NEW."host_told_at", NEW."id", NEW."kind", NEW."listed_at", NEW."listed_by_id", NEW."minimum_age", NEW."never_alone", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."public_id", NEW."released_at", NEW."released_by_id", NEW."seats", NEW."sent_at", NEW."series", NEW."starts_at", NEW."text", NEW."title", NEW."topic_id", NEW."way", NEW."wear", NEW."where"); RETURN NULL;',
                    hash="480f4bb5d6111912154c276d95d4674cc792ba31",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_55576",
                    table="activities_opportunity",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="opportunity",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "activities_opportunitytrace" ("cancelled_at", "cancelled_by_id", "cancelled_why", "category_id", "certificate_seen_on", "certificate_valid_until", "changed_at", "code_shown_by_id", "contact_name", "drafted_by_id", "ends_at", "host_id", "host_told_at", "id", "kind", "listed_at", "listed_by_id", "minimum_age", "never_alone", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "released_at", "released_by_id", "seats", "sent_at", "series", "starts_at", "text", "title", "topic_id", "way", "wear", "where") VALUES (OLD."cancelled_at", OLD."cancelled_by_id", OLD."cancelled_why", OLD."category_id", OLD."certificate_seen_on", OLD."certificate_valid_until", OLD."changed_at", OLD."code_shown_by_id", OLD."contact_name", OLD."drafted_by_id", OLD."ends_at", OLD."host_id", OLD."host_told_at", OLD."id", OLD."kind", OLD."listed_at", OLD."listed_by_id", OLD."minimum_age", OLD."never_alone", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."public_id", OLD."released_at", OLD."released_by_id", OLD."seats", OLD."sent_at", OLD."series", OLD."starts_at", OLD."text", OLD."title", OLD."topic_id", OLD."way", OLD."wear", OLD."where"); RETURN NULL;',
                    hash="319687920cf30d7aa43f5569e6aa458a9bcc2b07",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_a067f",
                    table="activities_opportunity",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="place",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "activities_placetrace" ("apply_until", "closed_at", "closed_how", "host_id", "id", "kind", "minimum_age", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "released_at", "released_by_id", "starts_on", "submitted_at", "text", "title", "topic_id", "where") VALUES (NEW."apply_until", NEW."closed_at", NEW."closed_how", NEW."host_id", NEW."id", NEW."kind", NEW."minimum_age", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."public_id", NEW."released_at", NEW."released_by_id", NEW."starts_on", NEW."submitted_at", NEW."text", NEW."title", NEW."topic_id", NEW."where"); RETURN NULL;',
                    hash="8f3927341410d5ec58036898fbbd0a8af7c7996f",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_59ac2",
                    table="activities_place",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="place",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "activities_placetrace" ("apply_until", "closed_at", "closed_how", "host_id", "id", "kind", "minimum_age", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "released_at", "released_by_id", "starts_on", "submitted_at", "text", "title", "topic_id", "where") VALUES (NEW."apply_until", NEW."closed_at", NEW."closed_how", NEW."host_id", NEW."id", NEW."kind", NEW."minimum_age", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."public_id", NEW."released_at", NEW."released_by_id", NEW."starts_on", NEW."submitted_at", NEW."text", NEW."title", NEW."topic_id", NEW."where"); RETURN NULL;',
                    hash="8258391c9ccb59ab27f98dc100070d0e0249b86d",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_e7890",
                    table="activities_place",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="place",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "activities_placetrace" ("apply_until", "closed_at", "closed_how", "host_id", "id", "kind", "minimum_age", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "released_at", "released_by_id", "starts_on", "submitted_at", "text", "title", "topic_id", "where") VALUES (OLD."apply_until", OLD."closed_at", OLD."closed_how", OLD."host_id", OLD."id", OLD."kind", OLD."minimum_age", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."public_id", OLD."released_at", OLD."released_by_id", OLD."starts_on", OLD."submitted_at", OLD."text", OLD."title", OLD."topic_id", OLD."where"); RETURN NULL;',
                    hash="ba1c534abca3f2fa49f7d2cb99c2400f888b3f07",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_fcf7a",
                    table="activities_place",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="topic",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "activities_topictrace" ("icon", "id", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "slug", "tint") VALUES (NEW."icon", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."position", NEW."slug", NEW."tint"); RETURN NULL;',
                    hash="744fae6c8f8de558c0848d978a8c27be8c21d999",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_104ab",
                    table="activities_topic",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="topic",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "activities_topictrace" ("icon", "id", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "slug", "tint") VALUES (NEW."icon", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."position", NEW."slug", NEW."tint"); RETURN NULL;',
                    hash="f8db8a32fd60a0b1d610dfad4389048e4acc200b",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_7bbe6",
                    table="activities_topic",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="topic",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "activities_topictrace" ("icon", "id", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "slug", "tint") VALUES (OLD."icon", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."position", OLD."slug", OLD."tint"); RETURN NULL;',
                    hash="e85af8c4fb188c754d11a8a50345ee8cbbde0132",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_59325",
                    table="activities_topic",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="categorytrace",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="activities.category",
            ),
        ),
        migrations.AddField(
            model_name="heldwordtrace",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="activities.heldword",
            ),
        ),
        migrations.AddField(
            model_name="hosttrace",
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
            model_name="hosttrace",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="activities.host",
            ),
        ),
        migrations.AddField(
            model_name="opportunitytrace",
            name="cancelled_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="abgesagt von",
            ),
        ),
        migrations.AddField(
            model_name="opportunitytrace",
            name="category",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="activities.category",
                verbose_name="Kategorie",
            ),
        ),
        migrations.AddField(
            model_name="opportunitytrace",
            name="code_shown_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="QR-Code gezeigt von",
            ),
        ),
        migrations.AddField(
            model_name="opportunitytrace",
            name="drafted_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="entworfen von",
            ),
        ),
        migrations.AddField(
            model_name="opportunitytrace",
            name="host",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="activities.host",
                verbose_name="Ausrichter",
            ),
        ),
        migrations.AddField(
            model_name="opportunitytrace",
            name="listed_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="Anwesenheit bestätigt von",
            ),
        ),
        migrations.AddField(
            model_name="opportunitytrace",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="activities.opportunity",
            ),
        ),
        migrations.AddField(
            model_name="opportunitytrace",
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
                verbose_name="freigegeben von",
            ),
        ),
        migrations.AddField(
            model_name="opportunitytrace",
            name="topic",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="activities.topic",
                verbose_name="Berufsfeld",
            ),
        ),
        migrations.AddField(
            model_name="placetrace",
            name="host",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="activities.host",
                verbose_name="Ausrichter",
            ),
        ),
        migrations.AddField(
            model_name="placetrace",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="activities.place",
            ),
        ),
        migrations.AddField(
            model_name="placetrace",
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
                verbose_name="freigegeben von",
            ),
        ),
        migrations.AddField(
            model_name="placetrace",
            name="topic",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="activities.topic",
                verbose_name="Berufsfeld",
            ),
        ),
        migrations.AddField(
            model_name="topictrace",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="activities.topic",
            ),
        ),
    ]
