"""Functions of the counter; the text stands beside this file."""

from pathlib import Path

from django.db import migrations

BACK = "DROP FUNCTION partners_redeem;"


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_initial"), ("coins", "0009_spending_functions")]

    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), BACK)]
