"""Who stood at the counter goes into the one statement that redeems; the text stands beside this file."""

from pathlib import Path

from django.db import migrations

BEFORE = (
    (Path(__file__).parent / "0002_counter_functions.sql")
    .read_text()
    .replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
)
BACK = f"{BEFORE} DROP FUNCTION partners_redeem(bigint, bigint, timestamptz, timestamptz, date, uuid, bigint, bigint);"


class Migration(migrations.Migration):
    dependencies = [("partners", "0006_who_stands_at_a_counter"), ("accounts", "0003_families")]

    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), BACK)]
