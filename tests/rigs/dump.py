"""All that a run leaves behind, as sorted text in which nothing has a number or a time of its own.

Two databases in which the same happened give the same text, byte for byte, whatever was tried twice on the way.
"""

import difflib
import itertools
from contextlib import closing
from pathlib import Path

from coins.models import LedgerAccount
from tests.rigs.cluster import Server

# Accounts by what they belong to: the name of a youth, a pool, an organisation.
_NAMES = """
    CREATE TEMPORARY TABLE name AS
    SELECT a.id AS account_id,
           concat_ws(' ', CASE a.kind {kinds} END,
                     coalesce(u.username, p.name, partner.name, sponsor.name,
                              CASE WHEN a.owner IS NOT NULL THEN 'of nobody' END)) AS name
      FROM coins_ledgeraccount a
      LEFT JOIN coins_youthaccount link ON link.account_id = a.id
      LEFT JOIN accounts_youthprofile y ON y.id = link.youth_id
      LEFT JOIN accounts_user u ON u.id = y.user_id
      LEFT JOIN coins_fundingpool p ON p.public_id = a.owner
      LEFT JOIN partners_partner pp ON pp.account_id = a.id
      LEFT JOIN accounts_organisation partner ON partner.id = pp.organisation_id
      LEFT JOIN coins_sponsor s ON s.public_id = a.owner
      LEFT JOIN accounts_organisation sponsor ON sponsor.id = s.organisation_id
""".format(kinds=" ".join(f"WHEN {kind.value} THEN '{kind.name.lower()}'" for kind in LedgerAccount.Kind))

_SECTIONS = {
    "accounts": """
        SELECT n.name, a.asset, a.kind, a.stored, a.closed_at IS NOT NULL
          FROM coins_ledgeraccount a JOIN name n ON n.account_id = a.id""",
    "balances": """
        SELECT n.name, b.posted, b.held, b.floor FROM coins_balance b JOIN name n USING (account_id)""",
    "transfers": """
        SELECT d.name, c.name, t.amount, t.asset, t.kind, t.effective_on, t.source_id IS NOT NULL,
               t.idempotency_key IS NOT NULL, t.group_id IS NOT NULL, t.hold_id IS NOT NULL, o.amount, o.kind
          FROM coins_transfer t
          JOIN name d ON d.account_id = t.debit_id
          JOIN name c ON c.account_id = t.credit_id
          LEFT JOIN coins_transfer o ON o.id = t.reverses_id""",
    "lots": """
        SELECT n.name, p.name, l.coins, l."left", l.valid_until, t.kind, t.amount, d.name
          FROM coins_lot l
          JOIN name n USING (account_id)
          JOIN coins_fundingpool p ON p.id = l.pool_id
          JOIN coins_transfer t ON t.id = l.transfer_id
          JOIN name d ON d.account_id = t.debit_id""",
    "moves of lots": """
        SELECT n.name, p.name, m.coins, t.kind, t.amount
          FROM coins_lotmove m
          JOIN coins_lot l ON l.id = m.lot_id
          JOIN name n USING (account_id)
          JOIN coins_fundingpool p ON p.id = l.pool_id
          JOIN coins_transfer t ON t.id = m.transfer_id""",
    "runs": """
        SELECT c.slug, r.cutoff, r.effective_on, r.state, r.youths, r.entries, r.minutes, r.counted_minutes,
               r.earned_coins, r.due_coins, r.released_coins, r.leftover_coins
          FROM coins_conversionrun r JOIN accounts_club c ON c.id = r.club_id""",
    "pools of runs": """
        SELECT r.cutoff, p.name, rp.line_from, rp.coins, rp.leftover_coins
          FROM coins_runpool rp
          JOIN coins_conversionrun r ON r.id = rp.run_id
          JOIN coins_fundingpool p ON p.id = rp.pool_id""",
    "lines": """
        SELECT r.cutoff, n.name, l.minutes, l.counted_minutes, l.units, l.carry_in_units, l.carry_out_units,
               l.earned_coins, l.open_in_coins, l.due_coins, l.paid_coins, l.open_out_coins
          FROM coins_conversionline l
          JOIN coins_conversionrun r ON r.id = l.run_id
          JOIN name n USING (account_id)""",
    "items": """
        SELECT r.cutoff, n.name, e.public_id, c.slug, p.valid_from, i.from_units, i.to_units, i.done_on, i.minutes,
               i.counted_minutes, i.cut_by, i.with_host
          FROM coins_conversionitem i
          JOIN coins_conversionrun r ON r.id = i.run_id
          JOIN name n USING (account_id)
          JOIN coins_conversionpolicy p ON p.id = i.policy_id
          JOIN activities_category c ON c.id = i.category_id
          LEFT JOIN activities_sharedtimeentry e ON e.id = i.entry_id""",
    "payments": """
        SELECT r.cutoff, n.name, f.name, p.coins, p.from_units, p.to_units, t.amount
          FROM coins_payment p
          JOIN coins_conversionrun r ON r.id = p.run_id
          JOIN name n USING (account_id)
          JOIN coins_fundingpool f ON f.id = p.pool_id
          LEFT JOIN coins_transfer t ON t.kind = 3 AND t.source_id = p.id""",
    "axes": """
        SELECT n.name, x.end_units, x.covered_units, x.paid_year, x.paid_year_coins
          FROM coins_axis x JOIN name n USING (account_id)""",
    "chunks": """
        SELECT r.cutoff, c.number, f.name, l.name, c.payments, c.paid_at IS NOT NULL
          FROM coins_runchunk c
          JOIN coins_conversionrun r ON r.id = c.run_id
          JOIN name f ON f.account_id = c.first_account
          JOIN name l ON l.account_id = c.last_account""",
    "messages": """
        SELECT m.topic, u.username, m.payload - 'run'
          FROM lib_outboxmessage m LEFT JOIN accounts_user u ON u.id = m.to_id""",
}


def write(server: Server, database: str, to: Path) -> Path:
    """Write the dump of `database` into the file `to` and return it."""
    with closing(server.session(database)) as session, session.cursor() as cursor, to.open("w") as file:
        cursor.execute(_NAMES)
        cursor.execute("ANALYZE name")
        for title, query in _SECTIONS.items():
            file.write(f"── {title}\n")
            rows = f'SELECT line::text AS line FROM ({query}) AS line ORDER BY line::text COLLATE "C"'
            cursor.copy_expert(f"COPY ({rows}) TO STDOUT", file)
    return to


def differences(one: Path, other: Path, *, at_most: int = 20) -> list[str]:
    """Return the first lines by which two dumps differ; none if they are the same, byte for byte."""
    if one.read_bytes() == other.read_bytes():
        return []
    with one.open() as before, other.open() as after:
        lines = difflib.unified_diff(before.readlines(), after.readlines(), one.name, other.name, n=0)
        return list(itertools.islice(lines, at_most)) or ["the same lines, but not the same bytes"]
