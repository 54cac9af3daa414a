"""A timer may run, and be stopped without an end; when a time may have been is a rule of the table too."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields.ranges import DateTimeRangeField, RangeBoundary
from django.db import migrations, models
from django.db.models import F, Q

# What the row alone cannot say: when it was first written down, by whom, and since when the youth is in the club.
# The refusals carry the names of the rules in activities.entries.
WINDOW = """
CREATE FUNCTION activities_time_window() RETURNS trigger
  LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  written_at timestamptz := NEW.claimed_at;
  days_back integer;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    -- Correcting it later is no reason to lose it.
    SELECT coalesce(min(at), written_at) INTO written_at FROM activities_review WHERE entry_id = NEW.id;
  END IF;
  SELECT CASE WHEN u.is_staff THEN 28 ELSE 14 END INTO days_back FROM accounts_user u WHERE u.id = NEW.claimed_by_id;
  IF (NEW.starts_at AT TIME ZONE 'Europe/Berlin')::date
     < (written_at AT TIME ZONE 'Europe/Berlin')::date - coalesce(days_back, 14) THEN
    RAISE EXCEPTION 'entry % starts too long before it was written down', NEW.public_id
      USING ERRCODE = '23514', CONSTRAINT = 'activities_too_long_ago';
  END IF;
  -- Clocks are read in minutes.
  IF NEW.starts_at < (SELECT date_trunc('minute', y.joined_at) FROM accounts_youthprofile y WHERE y.id = NEW.youth_id) THEN
    RAISE EXCEPTION 'entry % starts before its youth joined', NEW.public_id
      USING ERRCODE = '23514', CONSTRAINT = 'activities_before_joining';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER activities_time_window_new BEFORE INSERT ON activities_sharedtimeentry
  FOR EACH ROW EXECUTE FUNCTION activities_time_window();
-- Only where a time moves: what the team changes years later stays possible.
CREATE TRIGGER activities_time_window_moved BEFORE UPDATE OF starts_at, youth_id ON activities_sharedtimeentry
  FOR EACH ROW WHEN (OLD.starts_at <> NEW.starts_at OR OLD.youth_id <> NEW.youth_id)
  EXECUTE FUNCTION activities_time_window();
"""
NO_WINDOW = """
DROP TRIGGER activities_time_window_new ON activities_sharedtimeentry;
DROP TRIGGER activities_time_window_moved ON activities_sharedtimeentry;
DROP FUNCTION activities_time_window;
"""


class Migration(migrations.Migration):
    dependencies = [("activities", "0003_runs_read_an_index"), ("accounts", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="review",
            name="step",
            field=models.CharField(
                choices=[
                    ("start", "Timer gestartet"),
                    ("stop", "Timer gestoppt"),
                    ("log", "eingetragen"),
                    ("submit", "eingereicht"),
                    ("approve", "bestätigt"),
                    ("return", "zurückgegeben"),
                    ("undo", "Bestätigung zurückgenommen"),
                    ("withdraw", "zurückgezogen"),
                    ("reject", "abgelehnt"),
                ],
                max_length=10,
                verbose_name="Schritt",
            ),
        ),
        # A time without an end would last for ever, and be in the way of all that comes.
        migrations.RemoveConstraint(model_name="sharedtimeentry", name="activities_no_overlap"),
        migrations.AddConstraint(
            model_name="sharedtimeentry",
            constraint=ExclusionConstraint(
                name="activities_no_overlap",
                expressions=[
                    ("youth", "="),
                    (
                        models.Func(
                            F("starts_at"),
                            F("ends_at"),
                            RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                condition=Q(
                    ("ends_at__isnull", False), Q(status__in=["running", "withdrawn", "rejected"], _negated=True)
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="sharedtimeentry",
            constraint=models.UniqueConstraint(
                fields=("youth",), condition=Q(status="running"), name="activities_one_timer"
            ),
        ),
        migrations.RemoveConstraint(model_name="sharedtimeentry", name="activities_ends_after_start"),
        migrations.AddConstraint(
            model_name="sharedtimeentry",
            constraint=models.CheckConstraint(
                condition=Q(ends_at=None, status__in=["running", "draft", "withdrawn"])
                | Q(ends_at__isnull=False, ends_at__gt=F("starts_at")),
                name="activities_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="sharedtimeentry",
            constraint=models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__lte=F("claimed_at")), name="activities_not_in_future"
            ),
        ),
        migrations.AddConstraint(
            model_name="sharedtimeentry",
            constraint=models.CheckConstraint(
                condition=Q(
                    ("status__in", ["running", "draft", "withdrawn", "rejected"]),
                    Q(("did", ""), ("companion_relation", ""), _connector="OR", _negated=True),
                    _connector="OR",
                ),
                name="activities_told",
            ),
        ),
        migrations.RunSQL(WINDOW, NO_WINDOW),
    ]
