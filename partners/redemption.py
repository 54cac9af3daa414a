"""From setting an offer aside to handing it over, and back.

Locks are taken in one order everywhere: hold, offer, balance. A youth is a ledger account in here; who it is stays
with coins.
"""

import uuid
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import Guardianship, User, YouthProfile
from clevervibes.lib import db, periods
from clevervibes.lib.errors import DomainError
from coins import backflow, endings, expiry, ledger, lots
from coins import selectors as coin_selectors
from coins.models import LedgerAccount, LedgerHoldEnd, Transfer
from partners import codes, limits
from partners.codes import Code
from partners.models import (
    CategoryCap,
    Clerk,
    Device,
    Hold,
    Offer,
    Partner,
    Redemption,
    RewardGoal,
    SettlementLine,
)

HOLD_FOR = timedelta(days=14)
AFTER_EVENT = timedelta(hours=48)
NO_CANCEL_AFTER_LOOK_UP = timedelta(minutes=30)
UNDO_WITHIN = timedelta(minutes=15)
AGAIN_WITHIN = timedelta(hours=24)
# A counter without a connection books what it scanned when it is back.
OFFLINE_FOR = timedelta(hours=24)

# Keys of the ledger are derived from the business row, never from a client's header.
_KEYS = uuid.UUID("6a1f6f0e-5d0c-4a43-9a55-3f6a2f6f6b11")


class NotReleased(DomainError):
    code = "not_released"
    message = _("Dieses Angebot gibt es gerade nicht.")


class PriceChanged(DomainError):
    code = "price_changed"
    message = _("Der Preis hat sich geändert: Jetzt sind es {price_coins} Coins. Schau es Dir noch einmal an.")


class OutOfStock(DomainError):
    code = "out_of_stock"
    message = _("Leider schon alles weg. Vielleicht kommt Nachschub, schau später wieder vorbei.")


class TooYoung(DomainError):
    code = "too_young"
    message = _("Dieses Angebot ist ab {minimum_age} Jahren.")


class LimitReached(DomainError):
    code = "limit_reached"
    message = _("Davon gibt es höchstens {limit} im Monat. Ab dem 1. geht es wieder.")


class CategoryLimitReached(DomainError):
    code = "category_limit_reached"
    message = _(
        "Für {category} gibt es im Monat höchstens {limit} Coins. Diesen Monat sind noch {left} übrig, ab dem 1. geht"
        " es wieder."
    )


class OfferStopped(DomainError):
    code = "offer_stopped"
    message = _("Das ist gerade angehalten. {why}")


class YouthPaused(DomainError):
    code = "youth_paused"
    message = _("Dein Konto ist gerade angehalten. {why} Frag das Club-Team, es hilft Dir weiter.")


class SpendingOver(DomainError):
    code = "spending_over"
    message = _("Deine Coins konntest Du bis zum {day:%d.%m.%Y} ausgeben. Jetzt gehen sie zurück in die Fördertöpfe.")


class TooLateForAnother(DomainError):
    code = "too_late"
    message = _("Zum alten Preis ging es nur 24 Stunden lang. Im Katalog findest Du das Angebot, wenn es noch läuft.")


class UnknownCode(DomainError):
    """No such code at this partner. Another shop's code answers exactly the same."""

    code = "not_found"
    status = 404
    message = _("Diesen Code kennen wir hier nicht. Bitte vergleichen Sie ihn noch einmal mit dem Handy.")


class CodeExpired(DomainError):
    code = "code_expired"
    message = _("Dieser Code ist am {at:%d.%m.%Y um %H:%M} Uhr abgelaufen. Die Coins sind zurück auf dem Konto.")


class CodeCancelled(DomainError):
    code = "code_cancelled"
    message = _("Diese Vormerkung wurde am {at:%d.%m.%Y um %H:%M} Uhr storniert.")


class AlreadyRedeemed(DomainError):
    code = "already_redeemed"
    message = _("Schon eingelöst am {at:%d.%m.%Y um %H:%M} Uhr.")


class RedemptionUndone(DomainError):
    code = "redemption_undone"
    message = _("Diese Einlösung wurde am {at:%d.%m.%Y um %H:%M} Uhr zurückgenommen. Es braucht einen neuen Code.")


class CounterPaused(DomainError):
    code = "counter_paused"
    message = _("Einlösen ist hier gerade angehalten. {why}")


class HoldPaused(DomainError):
    """The youth is stopped. The counter need not know whom it concerns."""

    code = "hold_paused"
    message = _("Diese Vormerkung ist gerade angehalten. Das Club-Team hilft weiter, der Code bleibt gültig.")


class OwnFamily(DomainError):
    """Whoever redeems and whoever is served are two people who share no purse."""

    code = "own_family"
    message = _("Das ist ein Code aus Ihrer eigenen Familie. Bitte lassen Sie ihn jemand anderen einlösen.")


class AtTheCounter(DomainError):
    code = "at_the_counter"
    message = _("Dein Code wurde gerade an der Theke gezeigt. Stornieren geht wieder ab {at:%H:%M} Uhr.")


class TooLateToUndo(DomainError):
    code = "too_late_to_undo"
    message = _("Zurücknehmen geht nur 15 Minuten lang. Das Club-Team kann weiterhelfen.")


class AlreadySettled(DomainError):
    code = "already_settled"
    message = _("Diese Einlösung ist schon abgerechnet. Das Club-Team kann sie korrigieren.")


class ScanTooOld(DomainError):
    code = "scan_too_old"
    status = 400
    message = _("Der Scan liegt mehr als 24 Stunden zurück oder in der Zukunft.")


# ── The youth's side ─────────────────────────────────────────────────────────────────────────────


@db.service
def hold(*, offer: Offer, youth: YouthProfile, price_coins: int | None = None, now: datetime) -> Hold:
    """Set `offer` aside: stock and coins at once, the price frozen, a code made.

    It lives for 14 days; what happens at one time, until 48 hours after its end.

    `price_coins` is the price the youth agreed to, if a page showed one.

    :raises NotReleased: if the offer is not in the catalog right now.
    :raises PriceChanged: if it costs something else by now.
    :raises YouthPaused: if the team stopped the youth.
    :raises SpendingOver: if the 90 days after a withdrawal or the 21st birthday have passed.
    :raises TooYoung: if the youth is younger than the offer's minimum age, today in Berlin.
    :raises OutOfStock: if nothing is left.
    :raises LimitReached: if the youth had as many as allowed this Berlin month.
    :raises CategoryLimitReached: if the youth's club allows no more coins for its category this Berlin month.
    :raises ledger.InsufficientBalance: if the spendable coins do not reach.
    """
    cap = CategoryCap.objects.filter(club__users__youth=youth.pk, category=OuterRef("category"))
    current = (
        Offer.objects.on_sale(now)
        .filter(pk=offer.pk)
        .annotate(month_cap_coins=Subquery(cap.values("coins_per_month")))
        .first()
    )
    if current is None:
        raise NotReleased
    if price_coins is not None and price_coins != current.price_coins:
        raise PriceChanged(price_coins=current.price_coins)
    account = _entitled_account(current, youth, now)
    made = _place(
        offer=current, account=account, title=current.title, price_coins=current.price_coins, now=now,
        month_cap_coins=current.month_cap_coins,
    )  # fmt: skip
    # What was saved for is set aside now.
    RewardGoal.objects.filter(account=account, offer=current).delete()
    return made


@db.service
def hold_again(*, hold: Hold, youth: YouthProfile, now: datetime) -> Hold:
    """Set the same thing aside once more at its old price, after the shop took the redemption back.

    Asking twice returns the same new hold.

    :raises TooLateForAnother: if the redemption was not undone, or more than 24 hours ago.
    :raises OfferStopped: if the team stopped the offer or its shop meanwhile.
    """
    old = (
        Hold.objects.select_for_update(of=("self",), no_key=True)
        .select_related("offer__partner", "redemption")
        .get(pk=hold.pk)
    )
    again = Hold.objects.filter(instead_of=old).first()
    if again is not None:
        return again
    redemption = getattr(old, "redemption", None)
    if redemption is None or redemption.undone_at is None or now >= redemption.undone_at + AGAIN_WITHIN:
        raise TooLateForAnother
    for stopped in (old.offer.partner, old.offer):
        if stopped.paused_at is not None:
            raise OfferStopped(why=stopped.paused_why)
    if old.offer.event_ends_at is not None and old.offer.event_ends_at + AFTER_EVENT <= now:
        raise TooLateForAnother
    account = _entitled_account(old.offer, youth, now)
    return _place(
        offer=old.offer, account=account, title=old.title, price_coins=old.price_coins, instead_of=old, now=now
    )


def _entitled_account(offer: Offer, youth: YouthProfile, now: datetime) -> LedgerAccount:
    if youth.paused_at is not None:
        raise YouthPaused(why=youth.paused_why)
    # To the second, also while the tick has not taken the coins back yet.
    until = endings.spend_until(youth)
    if until is not None and now >= until:
        raise SpendingOver(day=until.astimezone(periods.BERLIN) - timedelta(days=1))
    if youth.age_at(now) < offer.minimum_age:
        raise TooYoung(minimum_age=offer.minimum_age)
    account = coin_selectors.account_of(youth)
    if account is None:
        # Nothing was ever paid to this youth.
        raise ledger.InsufficientBalance
    return account


def _lives_until(offer: Offer, now: datetime) -> datetime:
    # A counter that saw a ticket in time books it after all that, too.
    return max(offer.event_ends_at, now) + AFTER_EVENT if offer.event_ends_at else now + HOLD_FOR


def _place(*, offer: Offer, account: LedgerAccount, title: str, price_coins: int, now: datetime,
           month_cap_coins: int | None = None, instead_of: Hold | None = None) -> Hold:  # fmt: skip
    db.require_transaction()
    if offer.stock is not None:
        _take_one(offer)
    public_id = uuid.uuid4()
    # Locks the youth's balance until the end: two tabs of one youth are counted one after the other below.
    today = periods.berlin_date(now)
    # Past midnight the tick may not have come yet: coins that were good until yesterday are not set aside any more.
    expiry.expire_account(account=account, today=today)
    ledger_hold = ledger.place_hold(account=account, amount=price_coins, key=_key("hold", public_id), placed_on=today)
    times = offer.per_youth_per_month
    if times is not None and instead_of is None and times_in_month(offer, account, today) >= times:
        raise LimitReached(limit=times)
    if month_cap_coins is not None:
        had = coins_in_category(offer.category, account, today)
        if had + price_coins > month_cap_coins:
            raise CategoryLimitReached(
                category=offer.get_category_display(), limit=month_cap_coins, left=max(month_cap_coins - had, 0)
            )
    code, token = _unused_code(), codes.new_token()
    return Hold.objects.create(
        public_id=public_id,
        offer=offer,
        account=account,
        ledger_hold=ledger_hold,
        title=title,
        price_coins=price_coins,
        placed_at=now,
        expires_at=_lives_until(offer, now),
        instead_of=instead_of,
        code_hmac=codes.code_hmac(code),
        token_hash=codes.token_hash(token),
        sealed_code=codes.seal(code, token),
    )


def _take_one(offer: Offer) -> None:
    # One statement decides who gets the last one; no row changed means nothing is left.
    if not Offer.objects.filter(pk=offer.pk, stock__gt=0).update(stock=F("stock") - 1):
        raise OutOfStock


def times_in_month(offer: Offer, account: LedgerAccount, today: date) -> int:
    """Return how often a youth had an offer in the Berlin month of `today`."""
    return _had_in(periods.month(today), account).filter(offer=offer).count()


def coins_in_category(category: str, account: LedgerAccount, today: date) -> int:
    """Return how many coins a youth has set aside or spent on a category in the Berlin month of `today`."""
    had = _had_in(periods.month(today), account).filter(offer__category=category)
    return int(had.aggregate(coins=Sum("price_coins", default=0))["coins"])


def _had_in(month: periods.Period, account: LedgerAccount) -> QuerySet[Hold]:
    """Return what the youth had in a month; what was cancelled, ran out or was taken back is not had."""
    return (
        Hold.objects.filter(account=account, placed_at__gte=month.start, placed_at__lt=month.end)
        .filter(status__in=[Hold.Status.LIVE, Hold.Status.REDEEMED])
        .exclude(redemption__undone_at__isnull=False)
    )


def _unused_code() -> str:
    # At 500 live codes a collision comes once in half a million; the unique index has the last word.
    for _attempt in range(3):
        code = codes.new_code()
        if not Hold.objects.filter(code_hmac__in=codes.code_hmacs(code), status=Hold.Status.LIVE).exists():
            break
    return code


@db.service
def cancel(*, hold: Hold, now: datetime) -> Hold:
    """Give coins and stock back. Cancelling what is cancelled changes nothing.

    :raises AtTheCounter: within 30 minutes after a counter looked the code up.
    :raises AlreadyRedeemed: if it went over the counter meanwhile.
    :raises CodeExpired: if it ran out meanwhile.
    """
    hold = _locked(hold)
    if hold.status == Hold.Status.CANCELLED:
        return hold
    _require_live(hold)
    if hold.looked_up_at is not None and now < (free_at := hold.looked_up_at + NO_CANCEL_AFTER_LOOK_UP):
        raise AtTheCounter(at=free_at.astimezone(periods.BERLIN))
    return _give_up(hold, Hold.Status.CANCELLED, LedgerHoldEnd.Outcome.CANCELLED, now)


def give_up_all(*, account: LedgerAccount, now: datetime) -> int:
    """Cancel every live hold of somebody who is being erased, forget their goal, and return how many. A part.

    :raises AtTheCounter: within 30 minutes after a counter looked one of the codes up.
    """
    db.require_transaction()
    RewardGoal.objects.filter(account=account).delete()
    live = Hold.objects.filter(account=account, status=Hold.Status.LIVE).order_by("pk")
    for found in live:
        hold = _locked(found)
        if hold.status != Hold.Status.LIVE:
            continue  # it went over the counter meanwhile
        if hold.looked_up_at is not None and now < (free_at := hold.looked_up_at + NO_CANCEL_AFTER_LOOK_UP):
            raise AtTheCounter(at=free_at.astimezone(periods.BERLIN))
        _give_up(hold, Hold.Status.CANCELLED, LedgerHoldEnd.Outcome.CANCELLED, now)
    return len(live)


def show_code(*, hold: Hold) -> Code:
    """Return the code of a live hold for its own youth.

    :raises DomainError: the way the hold ended, if it did.
    """
    _require_live(hold)
    return codes.unseal(hold.sealed_code, expires_at=hold.expires_at)


@db.service
def renew_code(*, hold: Hold) -> Code:
    """Make a new code for a live hold; the old one is unknown from now on.

    :raises DomainError: the way the hold ended, if it did.
    """
    hold = _locked(hold)
    _require_live(hold)
    code, token = _unused_code(), codes.new_token()
    hold.code_hmac, hold.token_hash = codes.code_hmac(code), codes.token_hash(token)
    hold.sealed_code = codes.seal(code, token)
    hold.save(update_fields=["code_hmac", "token_hash", "sealed_code"])
    return codes.unseal(hold.sealed_code, expires_at=hold.expires_at)


def expire_due(*, now: datetime) -> int:
    """End every live hold whose time is over, each in a transaction of its own; return how many."""
    ended = 0
    while expire_next(now=now):
        ended += 1
    return ended


@db.service
def expire_next(*, now: datetime) -> bool:
    """End the next hold whose time is over. Two ticks at once share the work."""
    due = (
        Hold.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("offer", "ledger_hold__account")
        .filter(status=Hold.Status.LIVE, expires_at__lte=now)
        .order_by("expires_at", "pk")
        .first()
    )
    if due is None:
        return False
    _give_up(due, Hold.Status.EXPIRED, LedgerHoldEnd.Outcome.EXPIRED, now)
    return True


def _give_up(hold: Hold, status: Hold.Status, outcome: LedgerHoldEnd.Outcome, now: datetime) -> Hold:
    _end(hold, status, now)
    _restock(hold.offer)
    ledger.release_hold(hold=hold.ledger_hold, outcome=outcome)
    return hold


def _end(hold: Hold, status: Hold.Status, now: datetime) -> None:
    # The clear code dies with the hold; its hash stays, so that the counter can say what became of it.
    hold.status, hold.ended_at, hold.sealed_code = status, now, ""
    hold.save(update_fields=["status", "ended_at", "sealed_code"])


def _restock(offer: Offer) -> None:
    # Nothing to give back where nothing is counted: NULL + 1 stays NULL, but the row would be locked for it.
    if offer.stock is not None:
        Offer.objects.filter(pk=offer.pk).update(stock=F("stock") + 1)


# ── The counter's side ───────────────────────────────────────────────────────────────────────────


def look_up(*, partner: Partner, text: str, device: str, now: datetime) -> Hold:
    """Return the live hold behind a typed code or scanned token and note that the counter saw it.

    `device` names the counter for the limit on guesses.

    :raises codes.Typo: if `text` cannot be a code of ours.
    :raises limits.TypingPaused: if too many unknown codes were typed.
    :raises UnknownCode: if there is none at this partner; another shop's looks exactly the same.
    :raises CodeExpired, CodeCancelled, AlreadyRedeemed, RedemptionUndone: how it ended.
    :raises CounterPaused: if the partner or the offer is stopped.
    """
    return _seen_at_counter(hold=find(partner=partner, text=text, device=device, now=now), now=now)


def find(*, partner: Partner, text: str, device: str, now: datetime) -> Hold:
    """Return the hold behind a typed code or scanned token at this partner, live or ended. Guesses are counted.

    :raises codes.Typo: if `text` cannot be a code of ours.
    :raises limits.TypingPaused: if too many unknown codes were typed.
    :raises UnknownCode: if there is none at this partner; another shop's looks exactly the same.
    """
    entered = codes.read(text)
    typed = isinstance(entered, codes.Typed)
    if typed:
        limits.take_try(device=device, partner_id=partner.pk, now=now)
    found = _find(Hold.objects.filter(offer__partner=partner), entered)
    if found is None:
        if typed:
            limits.watch(now=now)
        raise UnknownCode
    if typed:
        limits.give_back(device=device, partner_id=partner.pk, now=now)
    return found


def find_anywhere(text: str) -> Hold | None:
    """Return the hold behind a code, whichever shop's it is. For the team's eyes: no counter may be told."""
    try:
        return _find(Hold.objects.all(), codes.read(text))
    except codes.Typo:
        return None


def _find(among: QuerySet[Hold], entered: codes.Typed | codes.Scanned) -> Hold | None:
    if isinstance(entered, codes.Scanned):
        return among.filter(token_hash=codes.token_hash(entered.token)).first()
    # A live one wins over an ended one that happened to have the same code.
    found = among.filter(code_hmac__in=codes.code_hmacs(entered.code))
    return found.order_by(F("ended_at").desc(nulls_first=True)).first()


@db.service
def _seen_at_counter(*, hold: Hold, now: datetime) -> Hold:
    hold = _locked(hold)
    _require_open(hold, at=now)
    hold.looked_up_at = now
    hold.save(update_fields=["looked_up_at"])
    return hold


@db.one_statement
def redeem(
    *, hold: Hold, by: User | None, clerk: Clerk | None = None, device: Device | None = None, now: datetime,
    scanned_at: datetime | None = None,
) -> Redemption:  # fmt: skip
    """Hand the thing over: capture the coins for the partner and spend the youth's oldest lots.

    One hold, one redemption, however many counters ask at once. Who stands there is somebody signed in (`by`) or the
    `clerk` of a paired `device`. `scanned_at` is the moment a counter without a connection scanned the code, at most
    24 hours ago; the hold must have been good then.

    :raises AlreadyRedeemed, CodeCancelled, CodeExpired, RedemptionUndone: how the hold ended.
    :raises CounterPaused: if the partner or the offer is stopped.
    :raises OwnFamily: if `by` is the youth, or a guardian of theirs.
    :raises ScanTooOld: if `scanned_at` is out of its range.
    """
    at = scanned_at or now
    if not now - OFFLINE_FOR <= at <= now:
        raise ScanTooOld
    for _look in range(2):
        if made := _handed_over(hold=hold, by=by, clerk=clerk, device=device, at=at, now=now):
            return made
        _require_open(_with_all_that_may_stop_it().get(pk=hold.pk), at=at)
        _require_no_family(hold, by)
        # Nothing to refuse: what stood in the way was lifted between the two looks.
    raise RuntimeError(f"hold {hold.pk} is refused, and no rule says why")


def _handed_over(
    *, hold: Hold, by: User | None, clerk: Clerk | None, device: Device | None, at: datetime, now: datetime
) -> Redemption | None:
    """Return the receipt, or None if something stands in the way: one statement decides and does it."""
    who, whose, where = (row.pk if row else None for row in (by, clerk, device))
    with lots.refusals(), connection.cursor() as cursor:
        cursor.execute(_REDEEM, [hold.pk, who, at, now, periods.berlin_date(at), uuid.uuid4(), whose, where])
        receipt = cursor.fetchone()
    return None if receipt[0] is None else Redemption.from_db(connection.alias, _RECEIPT, receipt)


_RECEIPT = [field.attname for field in Redemption._meta.concrete_fields]
_REDEEM = f"SELECT {', '.join(_RECEIPT)} FROM partners_redeem(%s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608 (our own names)


@db.service
def set_aside_once_more(*, hold: Hold, now: datetime) -> Hold:
    """Set a hold that ran out aside again for a counter that saw it in time, price and rules as they were.

    :raises OutOfStock: if nothing is left on paper.
    :raises ledger.InsufficientBalance: if the youth has spent the coins since.
    """
    old = _locked(hold)
    again = Hold.objects.filter(instead_of=old).first()
    if again is not None:
        return again  # another counter had seen it, too
    return _place(
        offer=old.offer, account=old.account, title=old.title, price_coins=old.price_coins, instead_of=old, now=now
    )


@db.service
def undo(*, redemption: Redemption, by: User | None, clerk: Clerk | None = None, reason: str,
         now: datetime, by_team: bool = False) -> Redemption:  # fmt: skip
    """Take a redemption back: coins to the same lots, stock to the offer.

    The shop may within 15 minutes of its booking, the team (`by_team`) until it stands in a settlement.

    If the youth has left meanwhile, the coins go back to the pools they came from.
    Taking it back again changes nothing. The hold stays ended.

    :raises AlreadySettled: if it stands in a settlement.
    :raises TooLateToUndo: for the shop, after 15 minutes.
    """
    hold = _locked(redemption.hold)
    redemption = Redemption.objects.select_for_update(of=("self",), no_key=True).get(pk=redemption.pk)
    if redemption.undone_at is not None:
        return redemption
    # Asked after the lock: the settlement binds its lines under the same one.
    if SettlementLine.objects.filter(redemption=redemption).exists():
        raise AlreadySettled
    if not by_team and now >= redemption.booked_at + UNDO_WITHIN:
        raise TooLateToUndo
    _restock(hold.offer)
    redemption.refund = _refund(hold, redemption.transfer, periods.berlin_date(now))
    redemption.undone_at, redemption.undo_reason = now, reason
    redemption.undone_by, redemption.undone_clerk = by, clerk
    redemption.save(update_fields=["undone_at", "undone_by", "undone_clerk", "undo_reason", "refund"])
    return redemption


def _refund(hold: Hold, original: Transfer, today: date) -> Transfer:
    key = _key("refund", hold.public_id)
    # Locked before it is read: the youth may be leaving right now.
    ledger.lock([hold.ledger_hold.account])
    if LedgerAccount.objects.filter(pk=hold.ledger_hold.account_id, closed_at=None).exists():
        refund = ledger.reverse(
            original=original, kind=Transfer.Kind.REFUND, key=key, source_id=hold.pk, group=hold.public_id,
            effective_on=today,
        )  # fmt: skip
        lots.give_back(original=original, refund=refund)
        return refund
    return backflow.refund(original=original, key=key, group=hold.public_id, effective_on=today)


# ── Shared parts ─────────────────────────────────────────────────────────────────────────────────


def _locked(hold: Hold) -> Hold:
    """Read a hold again under its lock: the youth, two counters or the tick may be moving it right now."""
    db.require_transaction()
    return _with_all_that_may_stop_it().select_for_update(of=("self",)).get(pk=hold.pk)


def _with_all_that_may_stop_it() -> QuerySet[Hold]:
    # Few joins: this one is planned anew each time, and that takes longer than to carry it out.
    return Hold.objects.select_related("offer__partner", "ledger_hold").annotate(
        youth_paused_at=F("account__youth_link__youth__paused_at")
    )


def _require_open(hold: Hold, *, at: datetime) -> None:
    """Refuse unless the hold may be redeemed as of the moment `at`: the rules of `partners_redeem`, in words."""
    _require_live(hold)
    if at >= hold.expires_at:
        # The tick that ends it comes every five minutes; its time is over all the same.
        raise CodeExpired(at=_local(hold.expires_at))
    partner = hold.offer.partner
    for stopped in (partner, hold.offer):
        if stopped.paused_at is not None:
            raise CounterPaused(why=stopped.paused_why)
    if partner.account_id is None:
        raise CounterPaused(why="")  # never released; such a partner's offers cannot be held either
    # Empty also once a youth's data is erased: the account belongs to nobody any more.
    if hold.youth_paused_at is not None:  # type: ignore[attr-defined]
        raise HoldPaused


def _require_no_family(hold: Hold, by: User | None) -> None:
    if by is None:
        return
    youth = YouthProfile.objects.filter(account_link__account_id=hold.account_id).first()
    if youth is None:
        return
    if youth.user_id == by.pk or Guardianship.objects.filter(youth=youth, guardian=by, ended_at=None).exists():
        raise OwnFamily


def _require_live(hold: Hold) -> None:
    if hold.status == Hold.Status.CANCELLED:
        raise CodeCancelled(at=_local(hold.ended_at or hold.expires_at))
    if hold.status == Hold.Status.EXPIRED:
        raise CodeExpired(at=_local(hold.expires_at))
    if hold.status == Hold.Status.REDEEMED:
        redemption = Redemption.objects.get(pk=hold.pk)
        if redemption.undone_at is not None:
            raise RedemptionUndone(at=_local(redemption.undone_at))
        raise AlreadyRedeemed(at=_local(redemption.redeemed_at), redemption=redemption)


def _local(moment: datetime) -> datetime:
    return moment.astimezone(periods.BERLIN)


def _key(what: str, public_id: UUID) -> UUID:
    return uuid.uuid5(_KEYS, f"{what}:{public_id}")
