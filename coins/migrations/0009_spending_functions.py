"""Functions that post and spend in one call; the text stands beside this file."""

from pathlib import Path

from django.db import migrations

BACK = "DROP FUNCTION coins_capture, coins_spend_lots, coins_post;"


class Migration(migrations.Migration):
    dependencies = [("coins", "0008_policy_within_reason")]

    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), BACK)]
