"""Orders about money: asked for with a reason, released by a second person, carried out in the same transaction.

An order reserves nothing. What is not possible any more when it is released is refused with a sentence, and the
order stays open. Grants up to 500 coins and take-backs are decided by one person and carried out at once.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import User, YouthProfile
from clevervibes.lib import db, periods
from coins import backflow, funding, lots, moves, pools
from coins.models import ConversionLine, Deposit, FundingPool, MoneyOrder
from coins.models.orders import ALONE_COINS
from coins.moves import OrderRefused
from coins.numbers import euros, said

Kind, State = MoneyOrder.Kind, MoneyOrder.State

MAX_COINS = funding.MAX_CENTS // settings.COIN_VALUE_CENTS
# What one person gives the same youth in this time counts together: ten small grants are a big one.
TOGETHER_WITHIN = timedelta(days=30)


class ReasonMissing(OrderRefused):
    code = "reason_missing"
    field = "reason"
    status = 400
    message = _("Bitte schreiben Sie in einem Satz, warum.")


class AmountRefused(OrderRefused):
    code = "amount_refused"
    status = 400
    message = _("Bitte geben Sie eine Zahl zwischen 1 und {most} ein.")


class NotInTens(OrderRefused):
    code = "not_in_tens"
    field = "amount_cents"
    status = 400
    message = _("Ein Coin sind 10 Cent, darum geht es nur in vollen 10 Cent: zum Beispiel {near}.")


class DepositAlreadyBack(OrderRefused):
    code = "deposit_already_back"
    field = "deposit"
    message = _("Für diese Einzahlung gibt es schon einen Auftrag: {state}.")


class AlreadyEnding(OrderRefused):
    code = "already_ending"
    field = "pool"
    message = _("Das Ende dieses Topfes ist schon beantragt.")


class KeyReused(OrderRefused):
    code = "order_key_reused"
    message = _("Dieser Auftrag ist schon mit anderen Angaben gestellt. Bitte laden Sie die Seite neu.")


class OwnOrder(OrderRefused):
    code = "own_order"
    message = _("Was Sie selbst beantragt haben, gibt eine zweite Person frei.")


class OrderClosed(OrderRefused):
    code = "order_closed"
    message = _("Dieser Auftrag ist schon erledigt: {state}.")


# ── Asking ───────────────────────────────────────────────────────────────────────────────────────
@db.service
def grant(*, pool: FundingPool, youth: YouthProfile, coins: int, reason: str, by: User, key: UUID | None = None,
          now: datetime) -> MoneyOrder:  # fmt: skip
    """Give coins of `pool` to a youth: at once up to 500, with what the same person gave within 30 days; more by two.

    :raises AmountRefused, ReasonMissing: if the form is not filled in.
    :raises coins.moves.PoolHasLess: if the pool has less.
    :raises coins.funding.PoolNotOpen, coins.funding.SponsorSuspended: if nothing may be taken from it.
    :raises KeyReused: if `key` belongs to another order.
    """
    _require_coins(coins)
    key = key or uuid4()
    account = lots.account_for(youth)
    db.lock_name(f"grants of {account.pk}")
    given = (
        MoneyOrder.objects.filter(
            kind=Kind.GRANT, account=account, requested_by=by, two_people=False, requested_at__gt=now - TOGETHER_WITHIN
        )
        .exclude(public_id=key)
        .aggregate(coins=Sum("coins", default=0))["coins"]
    )
    order = MoneyOrder(kind=Kind.GRANT, pool=pool, account=account, coins=coins, two_people=given + coins > ALONE_COINS)
    return _put(order, reason, by, key, now)


@db.service
def take_back(*, line: ConversionLine, coins: int, reason: str, by: User, key: UUID | None = None,
              now: datetime) -> MoneyOrder:  # fmt: skip
    """Take back up to `coins` that a run paid wrongly, as far as they are still spendable; nobody owes the rest.

    :raises coins.moves.MoreThanPaid: if the line paid less, or part of it was taken back already.
    :raises coins.moves.NothingLeft: if nothing of it can be spent any more.
    :raises AmountRefused, ReasonMissing, KeyReused: see `grant`.
    """
    _require_coins(coins)
    order = MoneyOrder(kind=Kind.TAKE_BACK, account=line.account, line=line, coins=coins, two_people=False)
    return _put(order, reason, by, key, now)


@db.service
def reallocate(*, pool: FundingPool, to_pool: FundingPool, coins: int, reason: str, by: User,
               key: UUID | None = None, now: datetime) -> MoneyOrder:  # fmt: skip
    """Ask for coins to move to another pool of the same sponsor, or to a common pool.

    :raises coins.moves.OrderRefused: if the pools do not allow it, or there are fewer coins.
    :raises AmountRefused, ReasonMissing, KeyReused: see `grant`.
    """
    _require_coins(coins)
    if pool == to_pool:
        raise moves.SamePool
    order = MoneyOrder(kind=Kind.REALLOCATION, pool=pool, to_pool=to_pool, coins=coins, two_people=True)
    return _put(order, reason, by, key, now)


@db.service
def withdraw(*, pool: FundingPool, amount_cents: int, reason: str, by: User, key: UUID | None = None,
             now: datetime) -> MoneyOrder:  # fmt: skip
    """Ask for money of a sponsor to be paid back: its coins cease to exist.

    :raises NotInTens: if the amount is no whole number of coins.
    :raises coins.moves.NobodyToPay, coins.moves.PoolHasLess: if the pool cannot pay it.
    :raises AmountRefused, ReasonMissing, KeyReused: see `grant`.
    """
    if not 0 < amount_cents <= funding.MAX_CENTS:
        raise AmountRefused(most=euros(funding.MAX_CENTS))
    coins, rest = divmod(amount_cents, settings.COIN_VALUE_CENTS)
    if rest:
        raise NotInTens(near=euros(coins * settings.COIN_VALUE_CENTS or settings.COIN_VALUE_CENTS))
    return _put(MoneyOrder(kind=Kind.WITHDRAWAL, pool=pool, coins=coins, two_people=True), reason, by, key, now)


@db.service
def give_deposit_back(*, deposit: Deposit, reason: str, by: User, key: UUID | None = None,
                      now: datetime) -> MoneyOrder:  # fmt: skip
    """Ask for a deposit to be undone or returned, all of it, as far as its coins are still in the pool.

    :raises DepositAlreadyBack: if there is an order for it.
    :raises coins.moves.DepositSpent: if fewer coins are left.
    :raises ReasonMissing, KeyReused: see `grant`.
    """
    key = key or uuid4()
    deposit = Deposit.objects.select_for_update(of=("self",), no_key=True).get(pk=deposit.pk)
    before = MoneyOrder.objects.filter(deposit=deposit, state__lte=State.DONE).exclude(public_id=key).first()
    if before is not None:
        raise DepositAlreadyBack(state=before.get_state_display())
    # Of a few cents there may be no coin at all; the order then names the one they were a part of.
    order = MoneyOrder(
        kind=Kind.DEPOSIT_BACK, pool=deposit.pool, deposit=deposit, coins=max(deposit.coins, 1), two_people=True
    )
    return _put(order, reason, by, key, now)


@db.service
def end_pool(*, pool: FundingPool, reason: str, by: User, key: UUID | None = None, now: datetime) -> MoneyOrder:
    """Ask for a pool to end; an empty one ends at once. Its rest goes where its agreement says.

    :raises coins.moves.PoolEnded: if it has ended.
    :raises coins.moves.PoolBusy: if coins of it are with youths, redeemed but not settled, or in a run.
    :raises AlreadyEnding, ReasonMissing, KeyReused: see above.
    """
    key = key or uuid4()
    pool = FundingPool.objects.select_for_update(of=("self",), no_key=True).get(pk=pool.pk)
    if MoneyOrder.objects.filter(kind=Kind.END_POOL, pool=pool, state=State.OPEN).exclude(public_id=key).exists():
        raise AlreadyEnding
    coins = pools.coins_in(pool)
    to_common = pool.sponsor is not None and pool.rest_goes == FundingPool.Rest.COMMON
    order = MoneyOrder(
        kind=Kind.END_POOL, pool=pool, to_pool=backflow.common_pool_for(pool) if to_common else None, coins=coins,
        two_people=coins > 0,
    )  # fmt: skip
    return _put(order, reason, by, key, now)


def _put(order: MoneyOrder, reason: str, by: User, key: UUID | None, now: datetime) -> MoneyOrder:
    order.public_id = key or uuid4()
    # The form's own id: of a double click the second finds what the first has done.
    db.lock_name(f"order {order.public_id}")
    if (before := MoneyOrder.objects.filter(public_id=order.public_id).first()) is not None:
        if _meaning(before) != _meaning(order):
            raise KeyReused
        return before
    order.reason, order.requested_by, order.requested_at = reason.strip(), by, now
    if not order.reason:
        raise ReasonMissing
    order.save(force_insert=True)
    # Also what waits for release is looked at now: better refused here than tomorrow.
    if order.two_people:
        moves.carry_out(order, on=periods.berlin_date(now), only_look=True)
    else:
        _carry_out(order, now)
    return order


def _meaning(order: MoneyOrder) -> tuple[object, ...]:
    # What is in a pool that ends may have changed between two clicks, and with it where it goes.
    ends = order.kind == Kind.END_POOL
    amount = () if ends else (order.to_pool_id, order.coins)
    return (order.kind, order.pool_id, order.account_id, order.line_id, order.deposit_id, *amount)


def _require_coins(coins: int) -> None:
    if not 0 < coins <= MAX_COINS:
        raise AmountRefused(most=said(MAX_COINS))


def _carry_out(order: MoneyOrder, now: datetime) -> None:
    order.state, order.done_at = State.DONE, now
    moves.carry_out(order, on=periods.berlin_date(now))
    order.save(update_fields=["state", "done_at", "approved_by", "approved_at", "moved_coins", "paid_cents"])


# ── Deciding ─────────────────────────────────────────────────────────────────────────────────────
@db.service
def approve(*, order: MoneyOrder, by: User, now: datetime) -> MoneyOrder:
    """Release somebody else's order and carry it out. Releasing again what the same person released changes nothing.

    :raises OwnOrder: if `by` asked for it.
    :raises OrderClosed: if it was released by another or refused meanwhile.
    :raises OrderRefused: if it is not possible any more; it stays open.
    """
    order = _locked(order)
    if order.requested_by_id == by.pk:
        raise OwnOrder
    if order.state == State.DONE and order.approved_by_id == by.pk:
        return order
    if order.state != State.OPEN:
        raise OrderClosed(state=order.get_state_display())
    order.approved_by, order.approved_at = by, now
    _carry_out(order, now)
    return order


@db.service
def refuse(*, order: MoneyOrder, by: User, why: str = "", now: datetime) -> MoneyOrder:
    """Refuse an order, or take one's own back. Refusing what is refused changes nothing.

    :raises ReasonMissing: if somebody else's is refused without a word.
    :raises OrderClosed: if it is done.
    """
    order = _locked(order)
    if order.state == State.REFUSED:
        return order
    if order.state != State.OPEN:
        raise OrderClosed(state=order.get_state_display())
    if not why.strip() and order.requested_by_id != by.pk:
        raise ReasonMissing
    order.state, order.refused_by, order.refused_at, order.refused_why = State.REFUSED, by, now, why.strip()
    order.save(update_fields=["state", "refused_by", "refused_at", "refused_why"])
    return order


def _locked(order: MoneyOrder) -> MoneyOrder:
    return MoneyOrder.objects.select_for_update(of=("self",), no_key=True).get(pk=order.pk)
