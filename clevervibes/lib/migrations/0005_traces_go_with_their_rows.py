"""What deletes the traces of a row about people with the row, whoever deletes it. The app's role may not."""

from django.db import migrations

FUNCTION = """
    -- Named by the trigger: the table of the traces. SECURITY DEFINER: the app's role only adds to it.
    CREATE FUNCTION lib_traces_go() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    BEGIN
      EXECUTE format('DELETE FROM %I WHERE pgh_obj_id = $1', TG_ARGV[0]) USING OLD.id;
      RETURN NULL;
    END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("lib", "0004_heartbeats")]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION lib_traces_go;")]
