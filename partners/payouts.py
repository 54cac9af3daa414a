"""Paying partners: put up by one person, released by another, given to the bank, and noted what became of it.

Coins cease to exist when a statement is released: partner → issuance, and their euros go trust → payable. What the bank
pays leaves payable for the world. What it refuses stays there, and what it sends back returns there: both stand in the
partner's next statement, under ids of their own.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4, uuid5

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Club, User
from accounts.notices.telling import tell
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError
from coins import ledger
from coins.models import LedgerAccount, Transfer
from partners import bank_accounts, sepa
from partners.bank_accounts import ReasonMissing
from partners.models import Partner, Payout, PayoutBatch, PayoutFile, Settlement, SettlementLine
from partners.settlement import cents

logger = logging.getLogger(__name__)

TOPIC = "settlement_released"
Kind, Status, Line = LedgerAccount.Kind, Settlement.Status, SettlementLine.Kind


class PayoutRefused(DomainError):
    code = "payout_refused"


class NothingToPay(PayoutRefused):
    code = "nothing_to_pay"
    message = _("Es gibt nichts auszuzahlen.")


class NoDraft(PayoutRefused):
    code = "no_draft"
    message = _("„{number}“ ist kein Entwurf mehr: {status}.")


class InABatch(PayoutRefused):
    code = "in_a_batch"
    message = _("„{number}“ liegt schon zur Freigabe vor.")


class OwnBatch(PayoutRefused):
    code = "own_batch"
    message = _("Was Sie selbst vorgelegt haben, gibt eine zweite Person frei.")


class BatchClosed(PayoutRefused):
    code = "batch_closed"
    message = _("Über diese Auszahlung ist schon entschieden.")


class NotReleased(PayoutRefused):
    code = "not_released"
    message = _("Diese Auszahlung ist noch nicht freigegeben.")


class WrongState(PayoutRefused):
    code = "wrong_state"
    message = _("Das geht nicht: Die Abrechnung {number} ist „{status}“.")


@dataclass
class Report:
    """What came of releasing a batch: whatever failed stays a draft and is tried again."""

    posted: list[Settlement] = field(default_factory=list)
    failed: list[Settlement] = field(default_factory=list)


# ── Before the release ───────────────────────────────────────────────────────────────────────────
@db.service
def take_out(*, settlement: Settlement, why: str, by: User, now: datetime) -> Settlement:
    """Take a draft out of the month's payment until somebody puts it back. A reason is kept.

    :raises ReasonMissing: without one.
    :raises NoDraft, InABatch: if it was released, or is put up for it.
    """
    if not why.strip():
        raise ReasonMissing
    settlement = _draft(settlement)
    settlement.held_at, settlement.held_by, settlement.held_why = now, by, why.strip()
    settlement.save(update_fields=["held_at", "held_by", "held_why"])
    return settlement


@db.service
def put_back(*, settlement: Settlement, by: User) -> Settlement:
    """Have a draft paid with the others again. Doing it again changes nothing.

    :raises NoDraft, InABatch: if it was released, or is put up for it.
    """
    settlement = _draft(settlement)
    settlement.held_at, settlement.held_by, settlement.held_why = None, None, ""
    settlement.save(update_fields=["held_at", "held_by", "held_why"])
    logger.info("statement %s is paid with the others again, says user %s", settlement.pk, by.pk)
    return settlement


@db.service
def propose(*, club: Club, by: User, key: UUID | None = None, now: datetime) -> PayoutBatch:
    """Put up every draft of a club that nobody took out. With the same `key` it is the same batch.

    :raises NothingToPay: if there is none.
    """
    key = key or uuid4()
    db.lock_name(f"payouts of {club.pk}")
    if (before := PayoutBatch.objects.filter(public_id=key).first()) is not None:
        return before
    waiting = list(_locked().filter(run__club=club, status=Status.DRAFT, held_at=None, batch=None).order_by("pk"))
    if not waiting:
        raise NothingToPay
    batch = PayoutBatch.objects.create(public_id=key, club=club, proposed_by=by, proposed_at=now)
    Settlement.objects.filter(pk__in=[settlement.pk for settlement in waiting]).update(batch=batch)
    return batch


@db.service
def refuse(*, batch: PayoutBatch, by: User, why: str, now: datetime) -> PayoutBatch:
    """Refuse a batch, or take one's own back: its statements are drafts as before.

    :raises ReasonMissing: without a reason.
    :raises BatchClosed: if it was decided about.
    """
    if not why.strip():
        raise ReasonMissing
    batch = _open(batch)
    Settlement.objects.filter(batch=batch).update(batch=None)
    batch.refused_at, batch.refused_by, batch.refused_why = now, by, why.strip()
    batch.save(update_fields=["refused_at", "refused_by", "refused_why"])
    return batch


# ── The release ──────────────────────────────────────────────────────────────────────────────────
def approve(*, batch: PayoutBatch, by: User, now: datetime) -> Report:
    """Release somebody else's batch and book it, each statement in a transaction of its own.

    Whatever could not be booked stays a draft of the batch; `post_released` tries it again. Releasing again what the
    same person released books what is missing and nothing twice.

    :raises OwnBatch: if `by` put it up.
    :raises BatchClosed: if it was decided about by somebody else.
    """
    _release(batch=batch, by=by, now=now)
    return _post_all(Settlement.objects.filter(batch=batch, status=Status.DRAFT), now)


def post_released(*, now: datetime) -> Report:
    """Book what was released and is not booked yet, of any batch. Run twice or late, it does the same once."""
    return _post_all(Settlement.objects.filter(batch__approved_at__isnull=False, status=Status.DRAFT), now)


@db.service
def _release(*, batch: PayoutBatch, by: User, now: datetime) -> None:
    batch = _locked_batch(batch)
    if batch.proposed_by_id == by.pk:
        raise OwnBatch
    if batch.approved_at is not None and batch.approved_by_id == by.pk:
        return
    if not batch.is_open:
        raise BatchClosed
    batch.approved_by, batch.approved_at = by, now
    batch.save(update_fields=["approved_by", "approved_at"])


def _post_all(waiting: QuerySet[Settlement], now: datetime) -> Report:
    report = Report()
    for settlement in waiting.order_by("pk"):
        try:
            report.posted.append(_post(settlement=settlement, now=now))
        except Exception:
            # Whatever is wrong with one shop, the others are waiting for their money.
            logger.exception("statement %s could not be booked", settlement.pk)
            report.failed.append(settlement)
    return report


@db.service
def _post(*, settlement: Settlement, now: datetime) -> Settlement:
    settlement = _locked().select_related("partner").get(pk=settlement.pk)
    if settlement.status != Status.DRAFT:
        return settlement
    ledger.post_transfers(list(_postings(settlement, periods.berlin_date(now))))
    settlement.status = Status.APPROVED
    settlement.save(update_fields=["status"])
    for manager in bank_accounts.managers_of(settlement.partner):
        tell(TOPIC, to=manager, settlement=settlement.public_id, now=now)
    return settlement


def _postings(settlement: Settlement, on: date) -> Iterator[ledger.Posting]:
    """Yield what a statement and those rolled into it book, euros in before euros out."""
    partner = settlement.partner
    if partner.account is None:
        raise ValueError(f"partner {partner.pk} has redemptions, and no account")  # a CHECK refuses that
    lines = list(SettlementLine.objects.filter(settlement__in=_with_rolled(settlement)).order_by("pk"))
    taken_back = {line.redemption_id for line in lines if line.kind == Line.REFUND}
    settled = [line for line in lines if line.kind == Line.REDEMPTION and line.redemption_id not in taken_back]
    issuance, trust = ledger.open_account(kind=Kind.ISSUANCE), ledger.open_account(kind=Kind.TRUST)
    own, payable = ledger.open_account(kind=Kind.OWN), payable_of(partner)

    def posting(line: SettlementLine, debit: LedgerAccount, credit: LedgerAccount, amount: int,
                kind: Transfer.Kind) -> ledger.Posting:  # fmt: skip
        return ledger.Posting(
            debit, credit, amount, kind, on, key=uuid5(settlement.public_id, f"{kind.name} {line.pk}"),
            source_id=line.pk, group=settlement.public_id,
        )  # fmt: skip

    for line in settled:
        coins = line.amount_coins
        yield posting(line, partner.account, issuance, coins, Transfer.Kind.SETTLEMENT)
        yield posting(line, trust, payable, cents(coins), Transfer.Kind.SETTLEMENT_EUR)
    for line in lines:
        if line.kind == Line.GOODWILL:
            yield posting(line, own, payable, cents(line.amount_coins), Transfer.Kind.GOODWILL)
    for line in lines:
        if line.kind == Line.CORRECTION:
            yield posting(line, payable, own, cents(-line.amount_coins), Transfer.Kind.CORRECTION_REPAID)


def _with_rolled(settlement: Settlement) -> list[int]:
    """Return the ids of a statement and of all that were rolled into it, one after the other."""
    found, last = [settlement.pk], [settlement.pk]
    while last := list(Settlement.objects.filter(rolled_into__in=last).values_list("pk", flat=True)):
        found += last
    return found


def payable_of(partner: Partner) -> LedgerAccount:
    return ledger.open_account(kind=Kind.PAYABLE, owner=partner.public_id)


# ── The bank ─────────────────────────────────────────────────────────────────────────────────────
@db.service
def export(*, batch: PayoutBatch, executes_on: date, by: User, now: datetime) -> PayoutFile:
    """Write the bank's file for every released statement of a batch whose partner can be paid; once for each.

    Who has no confirmed bank account is left out, and comes into the next file of this batch.

    :raises NotReleased: if the batch is not.
    :raises NothingToPay: if nothing is left for a file.
    """
    batch = _locked_batch(batch)
    if batch.approved_at is None:
        raise NotReleased
    waiting = _locked().filter(batch=batch, status=Status.APPROVED).select_related("partner").order_by("pk")
    accounts = bank_accounts.usable_of([settlement.partner for settlement in waiting], at=now)
    payable = [settlement for settlement in waiting if settlement.partner_id in accounts]
    if not payable:
        raise NothingToPay
    made = PayoutFile(batch=batch, message_id=sepa.new_id("M"), executes_on=executes_on, created_at=now, created_by=by)
    payouts = [
        Payout(
            settlement=settlement, file=made, end_to_end_id=sepa.new_id("E"), amount_cents=cents(settlement.due_coins),
            bank_account=accounts[settlement.partner_id],
        )
        for settlement in payable
    ]  # fmt: skip
    made.content = sepa.file(made, payouts)
    made.save(force_insert=True)
    Payout.objects.bulk_create(payouts)
    Settlement.objects.filter(pk__in=[settlement.pk for settlement in payable]).update(status=Status.EXPORTED)
    return made


@db.service
def note_paid(*, payout: Payout, on: date, by: User | None) -> Payout:
    """Note that the bank has paid: the money leaves the club. Noting it again changes nothing.

    :raises WrongState: if the bank has refused it, or sent it back.
    """
    payout, settlement = _payout(payout)
    if settlement.status == Status.PAID:
        return payout
    _require(settlement, Status.EXPORTED)
    world = ledger.open_account(kind=Kind.WORLD)
    _move(payout, payable_of(settlement.partner), world, Transfer.Kind.PAYOUT, on)
    return _note(payout, settlement, Status.PAID, by, paid_on=on)


@db.service
def note_rejected(*, payout: Payout, on: date, why: str, by: User | None) -> Payout:
    """Note that the bank did not pay: the money stays due, and comes into the partner's next statement.

    :raises ReasonMissing: without a word why.
    :raises WrongState: if it was paid.
    """
    if not why.strip():
        raise ReasonMissing
    payout, settlement = _payout(payout)
    if settlement.status == Status.REJECTED:
        return payout
    _require(settlement, Status.EXPORTED)
    return _note(payout, settlement, Status.REJECTED, by, failed_on=on, failed_why=why.strip())


@db.service
def note_returned(*, payout: Payout, on: date, why: str, by: User | None) -> Payout:
    """Note that paid money came back to the club's account: it is due again, in the partner's next statement.

    :raises ReasonMissing: without a word why.
    :raises WrongState: if it never was paid.
    """
    if not why.strip():
        raise ReasonMissing
    payout, settlement = _payout(payout)
    if settlement.status == Status.RETURNED:
        return payout
    _require(settlement, Status.PAID)
    world = ledger.open_account(kind=Kind.WORLD)
    _move(payout, world, payable_of(settlement.partner), Transfer.Kind.PAYOUT_RETURNED, on)
    return _note(payout, settlement, Status.RETURNED, by, failed_on=on, failed_why=why.strip())


def _payout(payout: Payout) -> tuple[Payout, Settlement]:
    """Lock a payment by its statement, and read both again."""
    settlement = _locked().select_related("partner").get(payout=payout)
    return Payout.objects.get(pk=payout.pk), settlement


def _require(settlement: Settlement, status: Settlement.Status) -> None:
    if settlement.status != status:
        raise WrongState(number=settlement.number, status=settlement.get_status_display())


def _move(payout: Payout, debit: LedgerAccount, credit: LedgerAccount, kind: Transfer.Kind, on: date) -> None:
    ledger.require_open(on)
    ledger.post_transfer(
        debit=debit, credit=credit, amount=payout.amount_cents, kind=kind, source_id=payout.pk, effective_on=on
    )


def _note(payout: Payout, settlement: Settlement, status: Settlement.Status, by: User | None,
          **result: object) -> Payout:  # fmt: skip
    for name, value in result.items():
        setattr(payout, name, value)
    payout.noted_by = by
    payout.save(update_fields=[*result, "noted_by"])
    settlement.status = status
    settlement.save(update_fields=["status"])
    return payout


# ── Shared parts ─────────────────────────────────────────────────────────────────────────────────
def _locked() -> QuerySet[Settlement]:
    """Statements read again under their locks: two people may decide about one at the same moment."""
    db.require_transaction()
    return Settlement.objects.select_for_update(of=("self",), no_key=True)


def _draft(settlement: Settlement) -> Settlement:
    settlement = _locked().get(pk=settlement.pk)
    if settlement.status != Status.DRAFT:
        raise NoDraft(number=settlement.number, status=settlement.get_status_display())
    if settlement.batch_id is not None:
        raise InABatch(number=settlement.number)
    return settlement


def _locked_batch(batch: PayoutBatch) -> PayoutBatch:
    return PayoutBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)


def _open(batch: PayoutBatch) -> PayoutBatch:
    batch = _locked_batch(batch)
    if not batch.is_open:
        raise BatchClosed
    return batch


def left_out(batch: PayoutBatch, *, at: datetime) -> Sequence[Settlement]:
    """Return the released statements of a batch that no file can pay: their partner has no confirmed account."""
    waiting = Settlement.objects.filter(batch=batch, status=Status.APPROVED).select_related("partner__organisation")
    accounts = bank_accounts.usable_of([settlement.partner for settlement in waiting], at=at)
    return [settlement for settlement in waiting if settlement.partner_id not in accounts]
