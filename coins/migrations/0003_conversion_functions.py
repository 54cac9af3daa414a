"""Functions of the conversion run, and the guard of counted entries; the text stands beside this file."""

from pathlib import Path

from django.db import migrations

BACK = """
DROP TRIGGER coins_entry_taken ON activities_sharedtimeentry;
DROP FUNCTION coins_entry_taken, coins_pay_chunk, coins_count_minutes;
ALTER TABLE coins_axis RESET (fillfactor);
"""


class Migration(migrations.Migration):
    dependencies = [("activities", "0001_initial"), ("coins", "0002_ledger_guards")]

    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), BACK)]
