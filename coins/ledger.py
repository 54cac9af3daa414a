"""The only writer of transfers and holds. Balances move by trigger, so nothing here computes one.

Everything in this module is a part: a service opens the transaction and calls it. A refusal that comes from
PostgreSQL leaves that transaction unusable, so let it pass and roll back.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.db import IntegrityError, connection
from django.utils.translation import gettext_lazy as _

from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from coins.models import Balance, LedgerAccount, LedgerHold, LedgerHoldEnd, Transfer, YearClosing

Kind = LedgerAccount.Kind
Row = TypeVar("Row", Transfer, LedgerHold, Balance)
Outcome = LedgerHoldEnd.Outcome

LARGEST_AMOUNT = 2**62  # far beyond all coins there will ever be, and two of them still fit a bigint


class InsufficientBalance(DomainError):
    code = "insufficient_balance"
    message = _("Dafür reicht das Guthaben nicht.")


class IdempotencyConflict(DomainError):
    """The key, or the row the transfer was written for, belongs to a transfer that says something else."""

    code = "idempotency_conflict"
    message = _("Dieser Vorgang wurde schon anders gebucht.")


class AccountClosed(DomainError):
    code = "account_closed"
    message = _("Dieses Konto ist geschlossen.")


class AccountNotEmpty(DomainError):
    code = "account_not_empty"
    message = _("Auf diesem Konto ist noch etwas. Es kann erst leer geschlossen werden.")


class YearClosed(DomainError):
    """The day of the booking lies in a year that is closed."""

    code = "year_closed"
    message = _("Dieses Jahr ist abgeschlossen und nimmt keine Buchungen mehr an. Bitte buchen Sie im neuen Jahr.")
    field = "received_on"


class HoldEnded(DomainError):
    code = "hold_ended"
    message = _("Diese Vormerkung ist schon beendet.")


class NotReversible(DomainError):
    """More than the original moved, a reversal itself, or accounts that had no part in the original."""

    code = "not_reversible"
    message = _("Diese Buchung kann so nicht (noch einmal) zurückgenommen werden.")


class AmountOutOfRange(DomainError):
    code = "amount_out_of_range"
    message = _("Dieser Betrag liegt außerhalb dessen, was gebucht werden kann.")
    status = 400


@dataclass(frozen=True, slots=True)
class Posting:
    """One transfer to be. `key` may be missing where `source_id` already makes the transfer unique."""

    debit: LedgerAccount
    credit: LedgerAccount
    amount: int
    kind: int
    effective_on: date
    key: UUID | None = None
    source_id: int | None = None
    group: UUID | None = None


def open_account(*, kind: int, owner: UUID | None = None) -> LedgerAccount:
    """Return the account of `kind` that `owner` has, opened if need be. The club's single accounts have no owner."""
    db.require_transaction()
    account = LedgerAccount.objects.filter(kind=kind, owner=owner).first()
    if account is None:
        # Two at once: the second insert is left out, and the account of the first is read.
        LedgerAccount.objects.bulk_create([_account(kind, owner)], ignore_conflicts=True)
        account = LedgerAccount.objects.get(kind=kind, owner=owner)
    return account


def open_accounts(*, kind: int, owners: Sequence[UUID]) -> dict[UUID, LedgerAccount]:
    """Return the accounts of `kind` that `owners` have, opened if need be, in three statements at most."""
    db.require_transaction()
    found = _accounts(kind, owners)
    if missing := [owner for owner in owners if owner not in found]:
        LedgerAccount.objects.bulk_create([_account(kind, owner) for owner in missing], ignore_conflicts=True)
        found = _accounts(kind, owners)
    return found


def _accounts(kind: int, owners: Sequence[UUID]) -> dict[UUID, LedgerAccount]:
    return {account.owner: account for account in LedgerAccount.objects.filter(kind=kind, owner__in=owners)}  # type: ignore[misc]


def _account(kind: int, owner: UUID | None) -> LedgerAccount:
    asset = LedgerAccount.Asset.COIN if kind < LedgerAccount.FIRST_EUR else LedgerAccount.Asset.EUR
    return LedgerAccount(kind=kind, owner=owner, asset=asset, stored=kind in LedgerAccount.STORED)


def random_owner() -> UUID:
    """Return a fresh id for an account that must not lead back to its person."""
    return uuid4()


def close_account(account: LedgerAccount) -> None:
    """Close an empty account for good; closing it again changes nothing.

    :raises AccountNotEmpty: if something is posted or held on it.
    """
    db.require_transaction()
    with refusals(), connection.cursor() as cursor:
        cursor.execute("SELECT coins_close_account(%s)", [account.pk])


def post_transfer(*, debit: LedgerAccount, credit: LedgerAccount, amount: int, kind: int, key: UUID | None = None,
                  source_id: int | None = None, group: UUID | None = None, reverses: Transfer | None = None,
                  effective_on: date) -> Transfer:  # fmt: skip
    """Move `amount` (minor units) from `debit` to `credit`, once per `key`: a repeated call returns the first transfer.

    Where a row is written for exactly this transfer, its `source_id` is enough: once per `(kind, source_id)`.

    :raises InsufficientBalance: if `debit` has less to spend.
    :raises IdempotencyConflict: if `key` or `(kind, source_id)` belongs to another transfer.
    :raises AccountClosed: if one of the accounts is closed.
    :raises NotReversible: if `reverses` cannot give back this much.
    """
    posting = Posting(debit, credit, amount, kind, effective_on, key, source_id, group)
    return _post(posting, reverses=reverses, hold=None)


def reverse(*, original: Transfer, amount: int | None = None, kind: int, key: UUID, source_id: int | None = None,
            group: UUID | None = None, debit: LedgerAccount | None = None, credit: LedgerAccount | None = None,
            effective_on: date) -> Transfer:  # fmt: skip
    """Move back `amount` of `original` (all of it by default), the way it came unless told otherwise.

    :raises NotReversible: if all reversals together would exceed the original, or it is a reversal itself.
    :raises InsufficientBalance: if the receiver has spent it.
    """
    posting = Posting(
        debit or original.credit, credit or original.debit, original.amount if amount is None else amount, kind,
        effective_on, key, source_id, group,
    )  # fmt: skip
    return _post(posting, reverses=original, hold=None)


def post_transfers(postings: Sequence[Posting]) -> int:
    """Post many transfers in one statement and return how many are new; the others were booked before, the same way.

    :raises InsufficientBalance: if an account would end below its floor.
    :raises IdempotencyConflict: if a key or source belongs to another transfer.
    :raises AccountClosed: if any of the accounts is closed, unknown, or of another asset than its counterpart.
    """
    db.require_transaction()
    if not postings:
        return 0
    for posting in postings:
        _require_sane(posting)
    rows = [
        (p.debit.pk, p.credit.pk, p.amount, p.kind, p.source_id, p.group, p.key, p.effective_on) for p in postings
    ]  # fmt: skip
    columns = [list(column) for column in zip(*rows, strict=True)]
    with refusals(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT coins_post_transfers(%s::bigint[], %s::bigint[], %s::bigint[], %s::smallint[], %s::bigint[],"
            " %s::uuid[], %s::uuid[], %s::date[])",
            columns,
        )
        new: int = cursor.fetchone()[0]
        if new < len(rows):
            # Left out by the unique indexes: fine only if what is there says the same.
            cursor.execute(_SAME, columns)
            if cursor.fetchone()[0] < len(rows):
                raise IdempotencyConflict
    return new


def require_open(day: date) -> None:
    """Refuse a day of a closed year before anything is written. PostgreSQL refuses the booking itself in any case.

    :raises YearClosed: if its year is closed.
    """
    if YearClosing.objects.filter(year__gte=day.year, approved_at__isnull=False).exists():
        raise YearClosed


def place_hold(*, account: LedgerAccount, amount: int, key: UUID, placed_on: date | None = None) -> LedgerHold:
    """Set `amount` aside on `account`, once per `key`: a repeated call returns the first hold.

    `placed_on` is the Berlin day by the service's clock, otherwise by the database's.

    :raises InsufficientBalance: if less is spendable.
    :raises IdempotencyConflict: if `key` belongs to another hold.
    :raises AccountClosed: if the account is closed.
    """
    db.require_transaction()
    if not 0 < amount < LARGEST_AMOUNT:
        raise AmountOutOfRange
    with refusals(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO coins_ledgerhold (account_id, amount, idempotency_key, placed_on)"
            " VALUES (%s, %s, %s, coalesce(%s, (now() AT TIME ZONE 'Europe/Berlin')::date))"
            " ON CONFLICT DO NOTHING RETURNING id, placed_at, placed_on",
            [account.pk, amount, key, placed_on],
        )
        if row := cursor.fetchone():
            hold = LedgerHold(id=row[0], account=account, amount=amount, idempotency_key=key, placed_on=row[2])
            hold.placed_at = row[1]
            return _stored(hold)
    hold = LedgerHold.objects.get(idempotency_key=key)
    if (hold.account_id, hold.amount) != (account.pk, amount):
        raise IdempotencyConflict
    return hold


def capture_hold(*, hold: LedgerHold, credit: LedgerAccount, amount: int | None = None, kind: int,
                 key: UUID | None = None, source_id: int | None = None, group: UUID | None = None,
                 effective_on: date) -> Transfer:  # fmt: skip
    """End `hold` by moving its coins (or fewer) to `credit`, once per `key` or source. What is not taken is free again.

    :raises HoldEnded: if it was captured under another key, cancelled or expired.
    :raises IdempotencyConflict: if `key` or `(kind, source_id)` belongs to another transfer.
    :raises AccountClosed: if one of the accounts is closed.
    """
    coins = hold.amount if amount is None else amount
    posting = Posting(hold.account, credit, coins, kind, effective_on, key, source_id, group)
    return _post(posting, reverses=None, hold=hold)


def release_hold(*, hold: LedgerHold, outcome: int = Outcome.CANCELLED) -> LedgerHoldEnd:
    """End `hold` without moving anything: cancelled or expired. Ending it the same way again changes nothing.

    :raises HoldEnded: if it ended another way.
    """
    db.require_transaction()
    with refusals(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO coins_ledgerholdend (hold_id, outcome) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [hold.pk, outcome],
        )
    end = LedgerHoldEnd.objects.get(hold=hold)
    if end.outcome != outcome:
        raise HoldEnded
    return end


def balance(account: LedgerAccount) -> int:
    """Return what `account` has (credits minus debits), in its asset's minor units."""
    # Asked on every page: the ORM would take longer to write the statement than PostgreSQL to answer it.
    with connection.cursor() as cursor:
        cursor.execute(_POSTED if account.stored else "SELECT coins_derived_balance(%s)", [account.pk])
        return int(cursor.fetchone()[0])


_POSTED = "SELECT posted FROM coins_balance WHERE account_id = %s"


def spendable(account: LedgerAccount) -> int:
    """Return what a stored `account` has and has not set aside."""
    posted, held = Balance.objects.values_list("posted", "held").get(account=account)
    return posted - held


def lock(accounts: Iterable[LedgerAccount]) -> dict[int, Balance]:
    """Lock the stored balances of `accounts` until the transaction ends and return them by account id.

    For whoever has to look before it decides how much to move; in the order in which the triggers lock, too.
    """
    db.require_transaction()
    ids = sorted({account.pk for account in accounts})
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id, posted, held FROM coins_lock_balances(%s::bigint[])", [ids])
        return {row[0]: _stored(Balance(account_id=row[0], posted=row[1], held=row[2])) for row in cursor.fetchall()}


_SAME = """
    SELECT count(*)
      FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::smallint[], %s::bigint[], %s::uuid[], %s::uuid[],
                  %s::date[])
           AS g (debit_id, credit_id, amount, kind, source_id, group_id, idempotency_key, effective_on)
     WHERE EXISTS (
       SELECT FROM coins_transfer t
        WHERE (t.idempotency_key = g.idempotency_key OR (t.kind = g.kind AND t.source_id = g.source_id))
          AND (t.debit_id, t.credit_id, t.amount, t.kind, t.effective_on)
            = (g.debit_id, g.credit_id, g.amount, g.kind, g.effective_on)
          AND (t.source_id, t.group_id, t.idempotency_key)
              IS NOT DISTINCT FROM (g.source_id, g.group_id, g.idempotency_key))
"""


def _post(posting: Posting, *, reverses: Transfer | None, hold: LedgerHold | None) -> Transfer:
    db.require_transaction()
    _require_sane(posting)
    transfer = Transfer(
        debit=posting.debit, credit=posting.credit, amount=posting.amount, effective_on=posting.effective_on,
        asset=posting.debit.asset, kind=posting.kind, source_id=posting.source_id, reverses=reverses, hold=hold,
        group=posting.group, idempotency_key=posting.key,
    )  # fmt: skip
    values: list[Any] = [
        transfer.debit_id, transfer.credit_id, transfer.amount, transfer.effective_on, int(transfer.asset),
        int(transfer.kind), transfer.source_id, transfer.reverses_id, transfer.hold_id, transfer.group,
        transfer.idempotency_key,
    ]  # fmt: skip
    with refusals(), connection.cursor() as cursor:
        cursor.execute("SELECT coins_post(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", values)
        transfer.id = cursor.fetchone()[0]
    return _stored(transfer)  # what the database sets is read when it is asked for


def _stored(row: Row) -> Row:
    row._state.adding, row._state.db = False, connection.alias
    return row


def _require_sane(posting: Posting) -> None:
    if not 0 < posting.amount < LARGEST_AMOUNT:
        raise AmountOutOfRange
    if posting.key is None and posting.source_id is None:
        raise ValueError("A posting needs a key or a source, or a repeated call would book it twice.")


_REFUSALS: dict[str, type[DomainError]] = {
    "coins_balance_no_overdraft": InsufficientBalance,
    "coins_transfer_accounts_open": AccountClosed,
    "coins_account_closed_empty": AccountNotEmpty,
    "coins_transfer_said_otherwise": IdempotencyConflict,
    "coins_transfer_reversible": NotReversible,
    "coins_ledgerholdend_pkey": HoldEnded,
    "coins_transfer_year_open": YearClosed,
}


@contextmanager
def refusals() -> Iterator[None]:
    """Say in the club's words what a constraint said in PostgreSQL's. Anything else is a bug and stays one."""
    try:
        yield
    except IntegrityError as error:
        refusal = _REFUSALS.get(db.constraint(error))
        if refusal is None:
            raise
        raise refusal from error
