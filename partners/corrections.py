"""A redemption put right after it was settled: the youth has the coins back at once, the shop pays in its next month.

The club's own money stands in between: own → trust covers the coins, and payable → own pays it back with the shop's
next statement. Two people decide. If the club's own money does not suffice, a correction waits for it.
"""

import logging
from datetime import datetime
from uuid import uuid5

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError
from coins import backflow, ledger, lots
from coins.models import LedgerAccount, Transfer
from partners import goodwill
from partners.models import Correction, Redemption, SettlementLine
from partners.settlement import cents

logger = logging.getLogger(__name__)

Kind = LedgerAccount.Kind


class CorrectionRefused(DomainError):
    code = "correction_refused"


class ReasonMissing(CorrectionRefused):
    code = "reason_missing"
    status = 400
    message = _("Bitte schreiben Sie in einem Satz, was war.")


class NotSettled(CorrectionRefused):
    code = "not_settled"
    message = _("Diese Einlösung steht noch in keiner Abrechnung. Sie lässt sich noch einfach zurücknehmen.")


class AlreadyUndone(CorrectionRefused):
    code = "already_undone"
    message = _("Diese Einlösung ist schon zurückgenommen.")


class OwnCorrection(CorrectionRefused):
    code = "own_correction"
    message = _("Was Sie selbst beantragt haben, gibt eine zweite Person frei.")


@db.service
def request(*, redemption: Redemption, incident: Correction.Incident, reason: str, by: User,
            now: datetime) -> Correction:  # fmt: skip
    """Ask for a settled redemption to be put right. Asking again returns what was asked for before.

    :raises ReasonMissing: without a word what happened.
    :raises NotSettled: while it stands in no statement.
    :raises AlreadyUndone: if it was taken back in time.
    """
    if not reason.strip():
        raise ReasonMissing
    redemption = Redemption.objects.select_for_update(of=("self",), no_key=True).get(pk=redemption.pk)
    if (before := Correction.objects.filter(redemption=redemption).first()) is not None:
        return before
    if redemption.undone_at is not None:
        raise AlreadyUndone
    if not SettlementLine.objects.filter(redemption=redemption).exists():
        raise NotSettled
    return Correction.objects.create(
        redemption=redemption, incident=incident, reason=reason.strip(), requested_by=by, requested_at=now
    )


def approve(*, correction: Correction, by: User, now: datetime) -> Correction:
    """Release somebody else's correction; it is booked at once, if the club's own money covers it, and later if not.

    :raises OwnCorrection: if `by` asked for it.
    """
    correction = _release(correction=correction, by=by, now=now)
    book_waiting(now=now)
    correction.refresh_from_db()
    return correction


@db.service
def _release(*, correction: Correction, by: User, now: datetime) -> Correction:
    correction = Correction.objects.select_for_update(of=("self",), no_key=True).get(pk=correction.pk)
    if correction.requested_by_id == by.pk:
        raise OwnCorrection
    if correction.approved_at is None:
        correction.approved_by, correction.approved_at = by, now
        correction.save(update_fields=["approved_by", "approved_at"])
    return correction


def book_waiting(*, now: datetime) -> int:
    """Book the released corrections the club's own money suffices for, oldest first; return how many."""
    booked = 0
    waiting = Correction.objects.filter(approved_at__isnull=False, booked_at=None).order_by("approved_at", "pk")
    for correction in waiting:
        try:
            booked += _book(correction=correction, now=now)
        except ledger.InsufficientBalance:
            logger.warning("correction %s waits: the club's own money does not cover it", correction.pk)
    return booked


@db.service
def _book(*, correction: Correction, now: datetime) -> bool:
    correction = (
        Correction.objects.select_for_update(of=("self",), no_key=True)
        .select_related("redemption__hold__ledger_hold__account", "redemption__transfer")
        .get(pk=correction.pk)
    )
    if correction.booked_at is not None:
        return False
    redemption, today = correction.redemption, periods.berlin_date(now)
    account, original = redemption.hold.ledger_hold.account, redemption.transfer
    if goodwill.own_left_cents() < cents(redemption.price_coins):
        raise ledger.InsufficientBalance
    ledger.post_transfer(
        debit=ledger.open_account(kind=Kind.OWN), credit=ledger.open_account(kind=Kind.TRUST),
        amount=cents(redemption.price_coins), kind=Transfer.Kind.CORRECTION_COVER, source_id=correction.pk,
        group=correction.public_id, effective_on=today,
    )  # fmt: skip
    issuance, key = ledger.open_account(kind=Kind.ISSUANCE), uuid5(correction.public_id, "back")
    # Locked before it is read: the youth may be leaving right now.
    ledger.lock([account])
    if LedgerAccount.objects.filter(pk=account.pk, closed_at=None).exists():
        back = ledger.reverse(
            original=original, kind=Transfer.Kind.CORRECTION, key=key, debit=issuance, source_id=correction.pk,
            group=correction.public_id, effective_on=today,
        )  # fmt: skip
        lots.give_back(original=original, refund=back)
    else:
        back = backflow.refund(
            original=original, key=key, group=correction.public_id, effective_on=today,
            kind=Transfer.Kind.CORRECTION, debit=issuance,
        )  # fmt: skip
    correction.booked_at, correction.transfer = now, back
    correction.save(update_fields=["booked_at", "transfer"])
    return True
