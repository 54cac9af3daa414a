"""Triggers and functions that keep the ledger's rules; the text stands beside this file."""

from pathlib import Path

from django.db import migrations

BACK = """
DROP VIEW ledger_entry;
DROP TRIGGER coins_hold_released ON coins_ledgerholdend;
DROP TRIGGER coins_hold_placed ON coins_ledgerhold;
DROP TRIGGER coins_transfer_posted ON coins_transfer;
DROP TRIGGER coins_account_only_closes ON coins_ledgeraccount;
DROP TRIGGER coins_account_never_deleted ON coins_ledgeraccount;
DROP TRIGGER coins_account_opened ON coins_ledgeraccount;
DROP TRIGGER coins_append_only ON coins_ledgerseal;
DROP TRIGGER coins_append_only ON coins_ledgerholdend;
DROP TRIGGER coins_append_only ON coins_ledgerhold;
DROP TRIGGER coins_append_only ON coins_transfer;
DROP FUNCTION coins_post_transfers, coins_hold_released, coins_hold_placed, coins_transfer_posted, coins_close_account,
  coins_lock_balances, coins_derived_balance, coins_account_opened, coins_append_only;
DROP INDEX coins_transfer_xid;
ALTER TABLE coins_balance RESET (fillfactor);
"""


class Migration(migrations.Migration):
    dependencies = [("coins", "0001_initial")]

    operations = [migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), BACK)]
