"""A late scan that no coins can pay for, paid by the club: the shop handed the thing out in good faith.

Two people decide. No coins move and no youth is charged: own → payable, posted with the shop's next statement. From
its booking on the sum is promised, so that nothing else takes that part of the club's own money; where it does not
suffice, the payment waits.
"""

import logging
from datetime import datetime

from django.db.models import Exists, OuterRef, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from coins import ledger
from coins.models import LedgerAccount, Transfer
from partners.bank_accounts import ReasonMissing
from partners.models import Goodwill, Hold, LateScan
from partners.settlement import cents

logger = logging.getLogger(__name__)

Kind = LedgerAccount.Kind


class GoodwillRefused(DomainError):
    code = "goodwill_refused"


class NotThisShopsHold(GoodwillRefused):
    code = "not_this_shops"
    message = _("Bezahlt wird nur, was zu einer Vormerkung dieses Ladens gehört.")


class HoldLives(GoodwillRefused):
    code = "hold_lives"
    message = _("Die Vormerkung lebt noch: Lösen Sie sie ein, dann wird sie ganz normal bezahlt.")


class AlreadyBooked(GoodwillRefused):
    code = "already_booked"
    message = _("Dieser Scan ist eingelöst, der Laden wird dafür schon bezahlt.")


class AmountOutside(GoodwillRefused):
    code = "amount_outside"
    field = "amount_coins"
    message = _("Bezahlt wird höchstens der Preis der Vormerkung: {price} Coins.")


class OwnGoodwill(GoodwillRefused):
    code = "own_goodwill"
    message = _("Was Sie selbst beantragt haben, gibt eine zweite Person frei.")


@db.service
def request(*, late_scan: LateScan, amount_coins: int, reason: str, by: User, now: datetime) -> Goodwill:
    """Ask for a late scan to be paid. Asking again returns what was asked for before.

    A scan that waits for its decision is decided with it: the reason is the note.

    :raises ReasonMissing: without a word what happened.
    :raises NotThisShopsHold, HoldLives, AlreadyBooked: if it is not to be paid, or not this way.
    :raises AmountOutside: if `amount_coins` is not between one and the price of the hold.
    """
    reason = reason.strip()
    if not reason:
        raise ReasonMissing
    # The row that `booking.decide` locks, too: a scan is booked or paid, never both.
    late_scan = LateScan.objects.select_for_update(of=("self",), no_key=True).get(pk=late_scan.pk)
    if (before := Goodwill.objects.filter(late_scan=late_scan).first()) is not None:
        return before
    hold = late_scan.hold
    if hold is None or hold.offer.partner_id != late_scan.partner_id:
        raise NotThisShopsHold
    if late_scan.redemption_id is not None:
        raise AlreadyBooked
    if hold.status == Hold.Status.LIVE:
        raise HoldLives
    if not 1 <= amount_coins <= hold.price_coins:
        raise AmountOutside(price=hold.price_coins)
    if late_scan.decided_at is None:
        late_scan.decided_at, late_scan.decided_by, late_scan.note = now, by, reason
        late_scan.save(update_fields=["decided_at", "decided_by", "note"])
    return Goodwill.objects.create(
        late_scan=late_scan, amount_coins=amount_coins, vat_percent=hold.offer.vat_percent, reason=reason,
        requested_by=by, requested_at=now,
    )  # fmt: skip


def approve(*, goodwill: Goodwill, by: User, now: datetime) -> Goodwill:
    """Release somebody else's request; it is booked at once, if the club's own money covers it, and later if not.

    :raises OwnGoodwill: if `by` asked for it.
    """
    goodwill = _release(goodwill=goodwill, by=by, now=now)
    book_waiting(now=now)
    goodwill.refresh_from_db()
    return goodwill


@db.service
def _release(*, goodwill: Goodwill, by: User, now: datetime) -> Goodwill:
    goodwill = Goodwill.objects.select_for_update(of=("self",), no_key=True).get(pk=goodwill.pk)
    if goodwill.requested_by_id == by.pk:
        raise OwnGoodwill
    if goodwill.approved_at is None:
        goodwill.approved_by, goodwill.approved_at = by, now
        goodwill.save(update_fields=["approved_by", "approved_at"])
    return goodwill


def book_waiting(*, now: datetime) -> int:
    """Promise what was released and the club's own money suffices for, oldest first; return how many."""
    waiting = Goodwill.objects.filter(approved_at__isnull=False, booked_at=None).order_by("approved_at", "pk")
    booked = sum(_book(goodwill=goodwill, now=now) for goodwill in waiting)
    if booked < len(waiting):
        logger.warning("%s payments to shops wait: the club's own money does not cover them", len(waiting) - booked)
    return booked


@db.service
def _book(*, goodwill: Goodwill, now: datetime) -> bool:
    goodwill = Goodwill.objects.select_for_update(of=("self",), no_key=True).get(pk=goodwill.pk)
    if goodwill.booked_at is not None or own_left_cents() < cents(goodwill.amount_coins):
        return False
    goodwill.booked_at = now
    goodwill.save(update_fields=["booked_at"])
    return True


def own_left_cents() -> int:
    """Return what of the club's own money is promised to no shop yet; nobody moves it until the transaction ends."""
    own, trust = ledger.open_account(kind=Kind.OWN), ledger.open_account(kind=Kind.TRUST)
    # Trust, too: a correction moves own → trust next, and the two are locked in one order everywhere.
    balances = ledger.lock([own, trust])
    paid = Transfer.objects.filter(kind=Transfer.Kind.GOODWILL, source_id=OuterRef("settlement_line"))
    promised = Goodwill.objects.filter(~Exists(paid), booked_at__isnull=False).aggregate(sum=Sum("amount_coins"))
    return balances[own.pk].posted - cents(promised["sum"] or 0)
