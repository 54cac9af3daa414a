"""One intent at the counter, one booking: tapped there and then, or sent later by a counter that had no connection.

The page makes a key with the scan and keeps it until an answer has come. Both ways look under the same key, so a tap
whose answer was lost and the late booking of the same scan are one redemption.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from clevervibes.lib import idempotency
from clevervibes.lib.errors import DomainError
from partners import redemption
from partners.models import Clerk, Device, Hold, LateScan, Partner, Redemption

# The key alone says what is meant: at the first look a late scan does not know its hold.
_FINGERPRINT = idempotency.fingerprint("POST", "counter/booking", None)
# Far beyond what anybody waits; a device that says more has lost its clock.
_LONGEST = timedelta(days=400)


class WithTheTeam(DomainError):
    code = "with_the_team"
    message = _("Das klärt das Club-Team. Sie müssen nichts weiter tun.")


class AlreadyDecided(DomainError):
    code = "already_decided"
    message = _("Das hat schon jemand entschieden.")


class NotThisShops(DomainError):
    code = "not_this_shops"
    message = _("Zu diesem Scan gibt es hier keine Vormerkung, die sich buchen ließe.")


def hand_over(
    *, hold: Hold, device: str, by: User | None, clerk: Clerk | None = None, paired: Device | None = None, key: UUID,
    now: datetime,
) -> Redemption:  # fmt: skip
    """Redeem `hold` for the tap that carries `key`. The same tap again returns the same redemption.

    :raises DomainError: whatever `redemption.redeem` refuses.
    :raises WithTheTeam: if the same scan was booked late meanwhile and a person decides.
    :raises idempotency.KeyReused: if the key belongs to another hold.
    """

    def call() -> idempotency.Answer:
        return _booked(redemption.redeem(hold=hold, by=by, clerk=clerk, device=paired, now=now))

    answer = idempotency.once(scope=device, key=key, fingerprint=_FINGERPRINT, call=call, wait=True)
    made = _redemption_in(answer)
    if made is None:
        raise WithTheTeam
    if made.hold_id != hold.pk:
        raise idempotency.KeyReused
    return made


def book_late(
    *, partner: Partner, text: str, device: str, by: User | None, clerk: Clerk | None = None,
    paired: Device | None = None, key: UUID, elapsed: timedelta, now: datetime,
) -> Redemption | None:  # fmt: skip
    """Book what was scanned `elapsed` ago, as of then; None if a person of the team has to decide.

    Nothing about a code is refused to the shop's face: the thing was handed out already. The same key again gives
    the same answer, also if the tap it belongs to had been booked before the connection went.

    :raises limits.TypingPaused: if too many unknown codes were typed; the scan keeps and comes again.
    """
    scanned_at = now - min(max(elapsed, timedelta(0)), _LONGEST)

    def call() -> idempotency.Answer:
        try:
            return _booked(_redeem_as_of(scanned_at, partner=partner, text=text, device=device, by=by, clerk=clerk,
                                         paired=paired, now=now))  # fmt: skip
        except DomainError as refusal:
            if refusal.status == 429:
                raise
            # In the transaction of the key: what is with the team stays there, and is never booked as well.
            _leave_to_the_team(refusal, partner=partner, text=text, device=device, by=by, key=key,
                               scanned_at=scanned_at, now=now)  # fmt: skip
            return idempotency.Answer(202, None)

    return _redemption_in(idempotency.once(scope=device, key=key, fingerprint=_FINGERPRINT, call=call, wait=True))


def _redeem_as_of(
    scanned_at: datetime, *, partner: Partner, text: str, device: str, by: User | None, clerk: Clerk | None,
    paired: Device | None, now: datetime,
) -> Redemption:  # fmt: skip
    # Asked first: who comes that late is not told whether the code was there, so it is no guess to count.
    if scanned_at < now - redemption.OFFLINE_FOR:
        raise redemption.ScanTooOld
    hold = redemption.find(partner=partner, text=text, device=device, now=now)
    with transaction.atomic():
        if hold.status == Hold.Status.EXPIRED and scanned_at < hold.expires_at:
            # Good when it was shown; the tick has let go of the coins since.
            hold = redemption.set_aside_once_more(hold=hold, now=now)
        return redemption.redeem(hold=hold, by=by, clerk=clerk, device=paired, now=now, scanned_at=scanned_at)


def _leave_to_the_team(
    refusal: DomainError, *, partner: Partner, text: str, device: str, by: User | None, key: UUID,
    scanned_at: datetime, now: datetime,
) -> None:  # fmt: skip
    LateScan.objects.create(
        partner=partner,
        hold=redemption.find_anywhere(text),
        device=device,
        key=key,
        by=by,
        scanned_at=scanned_at,
        received_at=now,
        refusal=refusal.code,
        why=str(refusal)[:300],
    )


def _booked(made: Redemption) -> idempotency.Answer:
    return idempotency.Answer(201, str(made.public_id))


def _redemption_in(answer: idempotency.Answer) -> Redemption | None:
    if answer.body is None:
        return None
    return Redemption.objects.select_related("hold__offer").get(public_id=str(answer.body))


def decide(*, late_scan: LateScan, by: User, note: str, book: bool = False, now: datetime) -> LateScan:
    """Write down what a person decided about a late scan; with `book`, redeem the hold now if it still lives.

    :raises AlreadyDecided: if somebody did before, also by having the shop paid for it.
    :raises NotThisShops: if there is nothing of this shop to book.
    :raises DomainError: whatever `redemption.redeem` refuses.
    """

    def call() -> idempotency.Answer:
        # Locked and read again: somebody may be asking to have it paid (`goodwill.request`).
        if LateScan.objects.select_for_update(of=("self",), no_key=True).get(pk=late_scan.pk).decided_at is not None:
            raise AlreadyDecided
        if book:
            hold = late_scan.hold
            if hold is None or hold.offer.partner_id != late_scan.partner_id:
                raise NotThisShops
            late_scan.redemption = redemption.redeem(hold=hold, by=by, now=now)
        late_scan.decided_at, late_scan.decided_by, late_scan.note = now, by, note
        late_scan.save(update_fields=["decided_at", "decided_by", "note", "redemption"])
        return idempotency.Answer(200, None)

    # One decision for one scan, and the booking in the same transaction: its key is the scan's own.
    if late_scan.decided_at is not None:
        raise AlreadyDecided
    answer = idempotency.once(
        scope="late scan", key=late_scan.public_id, fingerprint=_FINGERPRINT, call=call, wait=True
    )
    if answer.replayed:
        raise AlreadyDecided
    return late_scan
