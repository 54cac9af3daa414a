"""An account's book: its two-signed lines, and what it held on any day or after any transfer.

Accountants ask by the day a move belongs to (`effective_on`, Berlin), auditors by the transfer's number: numbers only
grow, while a day may still get a late booking. When a row was written (`posted_at`) decides nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import QuerySet, Sum

from coins import ledger
from coins.models import LedgerAccount, LedgerEntry


@dataclass(frozen=True)
class Row:
    """One line of the book, and what the account held after it."""

    entry: LedgerEntry
    balance: int


def entries(account: LedgerAccount, *, until: date | None = None) -> QuerySet[LedgerEntry]:
    """Return the lines of `account`, the latest first, with `until` those that belong to that day or an earlier one."""
    lines = LedgerEntry.objects.filter(account=account).order_by("-transfer_id")
    return lines.filter(effective_on__lte=until) if until else lines


def balance_on(account: LedgerAccount, day: date) -> int:
    """Return what `account` held at the end of the Berlin day `day`, in minor units."""
    return int(entries(account, until=day).order_by().aggregate(sum=Sum("amount", default=0))["sum"])


def balance_after(account: LedgerAccount, transfer_id: int) -> int:
    """Return what `account` held after the transfer `transfer_id`, its own or another's: from the last snapshot on."""
    with connection.cursor() as cursor:
        cursor.execute(_BALANCE_AFTER, {"account": account.pk, "upto": transfer_id})
        return int(cursor.fetchone()[0])


def rows(account: LedgerAccount, page: Iterable[LedgerEntry], *, newer: int, until: date | None = None) -> list[Row]:
    """Return `page`, a stretch of `entries`, with running balances; `newer` lines stand before it."""
    held = balance_on(account, until) if until else ledger.balance(account)
    if newer:
        held -= int(entries(account, until=until)[:newer].aggregate(sum=Sum("amount", default=0))["sum"])
    found = []
    for entry in page:
        found.append(Row(entry, held))
        held -= entry.amount
    return found


def from_the_start(account: LedgerAccount, *, until: date | None = None) -> Iterator[Row]:
    """Yield the whole book, the oldest line first."""
    held = 0
    for entry in entries(account, until=until).select_related("other").order_by("transfer_id").iterator():
        held += entry.amount
        yield Row(entry, held)


_BALANCE_AFTER = """
    SELECT coalesce(s.balance, 0)
         + coalesce((SELECT sum(amount) FROM coins_transfer
                      WHERE credit_id = %(account)s AND id > coalesce(s.upto_id, 0) AND id <= %(upto)s), 0)
         - coalesce((SELECT sum(amount) FROM coins_transfer
                      WHERE debit_id = %(account)s AND id > coalesce(s.upto_id, 0) AND id <= %(upto)s), 0)
      FROM (SELECT 1) one
      LEFT JOIN LATERAL (SELECT balance, upto_id FROM coins_balancesnapshot
                          WHERE account_id = %(account)s AND upto_id <= %(upto)s
                          ORDER BY upto_id DESC LIMIT 1) s ON true
"""
