"""Dates are booked: seats with numbers, answers of guardians, who was there. And the words the team reads first."""

import uuid

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from activities.chances.held_words import TO_START_WITH

# A seat's number is given once (a unique constraint); that there is such a seat, only the date's row knows.
SEATS = """
CREATE FUNCTION activities_seat_exists() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.seat > (SELECT seats FROM activities_opportunity WHERE id = NEW.opportunity_id) THEN
    RAISE EXCEPTION 'date % has no seat %', NEW.opportunity_id, NEW.seat
      USING ERRCODE = '23514', CONSTRAINT = 'activities_no_such_seat';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER activities_seat_exists BEFORE INSERT OR UPDATE OF seat, opportunity_id ON activities_booking
  FOR EACH ROW WHEN (NEW.seat IS NOT NULL) EXECUTE FUNCTION activities_seat_exists();
"""
NO_SEATS = """
DROP TRIGGER activities_seat_exists ON activities_booking;
DROP FUNCTION activities_seat_exists;
"""


def add(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    found = apps.get_model("activities", "HeldWord").objects.using(schema_editor.connection.alias)
    found.bulk_create([found.model(word=word) for word in TO_START_WITH])


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_api_tokens"),
        ("activities", "0010_asking_whoever_confirms"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HeldWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=60, unique=True, verbose_name="Wort")),
            ],
            options={
                "verbose_name": "Wort, das warten lässt",
                "verbose_name_plural": "Wörter, die warten lassen",
                "ordering": ["word"],
            },
        ),
        migrations.AddField(
            model_name="opportunity",
            name="cancelled_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="abgesagt"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="cancelled_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="abgesagt von",
            ),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="cancelled_why",
            field=models.CharField(
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
        migrations.AddField(
            model_name="opportunity",
            name="changed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="geändert"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="code_shown_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="QR-Code gezeigt von",
            ),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="drafted_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="entworfen von",
            ),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="host_told_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="an die Liste erinnert"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="listed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="Anwesenheit bestätigt"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="listed_by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="Anwesenheit bestätigt von",
            ),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="never_alone",
            field=models.BooleanField(default=False, verbose_name="immer zwei Erwachsene dabei"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="sent_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="zur Freigabe geschickt"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="series",
            field=models.UUIDField(blank=True, db_index=True, editable=False, null=True, verbose_name="Reihe"),
        ),
        migrations.AddField(
            model_name="opportunity",
            name="way",
            field=models.CharField(blank=True, max_length=120, verbose_name="Weg dorthin"),
        ),
        migrations.CreateModel(
            name="Booking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("asked", "wartet auf das Ja der Eltern"),
                            ("booked", "gebucht"),
                            ("waiting", "auf der Warteliste"),
                            ("cancelled", "abgesagt"),
                            ("attended", "dabei gewesen"),
                            ("missed", "nicht dabei gewesen"),
                        ],
                        max_length=10,
                        verbose_name="Stand",
                    ),
                ),
                ("seat", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="Platz")),
                ("starts_at", models.DateTimeField(verbose_name="Anfang")),
                ("ends_at", models.DateTimeField(verbose_name="Ende")),
                ("made_at", models.DateTimeField(verbose_name="gebucht am")),
                ("answer_by", models.DateTimeField(blank=True, null=True, verbose_name="Antwort der Eltern bis")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="Antwort der Eltern am")),
                ("reminded_at", models.DateTimeField(blank=True, null=True, verbose_name="erinnert")),
                ("checked_in_at", models.DateTimeField(blank=True, null=True, verbose_name="eingecheckt")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="abgesagt am")),
                (
                    "ended_why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("youth", "selbst abgesagt"),
                            ("guardian", "Eltern haben Nein gesagt"),
                            ("silence", "Eltern haben nicht geantwortet"),
                            ("date", "Termin abgesagt"),
                            ("clash", "Termin verschoben, überschneidet sich"),
                            ("member", "Mitgliedschaft ruht"),
                        ],
                        max_length=10,
                        verbose_name="weshalb",
                    ),
                ),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="Antwort von",
                    ),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="booking",
                        to="activities.sharedtimeentry",
                        verbose_name="Zeiteintrag",
                    ),
                ),
                (
                    "opportunity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bookings",
                        to="activities.opportunity",
                        verbose_name="Chance",
                    ),
                ),
                (
                    "youth",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bookings",
                        to="accounts.youthprofile",
                        verbose_name="Jugendliche/r",
                    ),
                ),
            ],
            options={
                "verbose_name": "Buchung",
                "verbose_name_plural": "Buchungen",
                "ordering": ["starts_at", "made_at"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "asked")), fields=["answer_by"], name="activities_answers_due"
                    ),
                    models.Index(
                        condition=models.Q(("status", "booked")), fields=["starts_at"], name="activities_bookings_ahead"
                    ),
                    models.Index(
                        condition=models.Q(("status", "waiting")),
                        fields=["opportunity", "made_at"],
                        name="activities_wait_list",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("seat__isnull", False)),
                        fields=("opportunity", "seat"),
                        name="activities_one_per_seat",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "cancelled"), _negated=True),
                        fields=("opportunity", "youth"),
                        name="activities_booked_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("seat__isnull", True), ("status__in", ["waiting", "cancelled"])),
                            models.Q(("seat__gte", 1), ("status__in", ["asked", "booked", "attended", "missed"])),
                            _connector="OR",
                        ),
                        name="activities_seat_by_status",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "asked"), _negated=True), ("answer_by__isnull", False), _connector="OR"
                        ),
                        name="activities_asked_until",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at", None), ("ended_why", ""), models.Q(("status", "cancelled"), _negated=True)
                            ),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("status", "cancelled"),
                                models.Q(("ended_why", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="activities_booking_ended_why",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("status__in", ["asked", "booked", "attended"])),
                        expressions=[
                            ("youth", "="),
                            (
                                models.Func(
                                    models.F("starts_at"),
                                    models.F("ends_at"),
                                    django.contrib.postgres.fields.ranges.RangeBoundary(),
                                    function="TSTZRANGE",
                                    output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="activities_one_date_at_a_time",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SEATS, NO_SEATS),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
