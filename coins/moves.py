"""What each kind of money order does, and why it is not possible. All parts of coins.orders.

Each `_possible_…` locks what it decides about, so that what it found is still so when the coins move.
"""

from datetime import date
from typing import TypeVar
from uuid import UUID, uuid5

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from clevervibes.lib import db
from clevervibes.lib.errors import DomainError
from coins import backflow, funding, ledger, lots, pools
from coins.models import FundingPool, LedgerAccount, Lot, MoneyOrder, Payment, Transfer
from coins.numbers import euros, said

Kind = LedgerAccount.Kind
Part = TypeVar("Part")


class OrderRefused(DomainError):
    """A rule about money orders; `field` is the form field that people look at."""

    code = "order_refused"
    field = "coins"


class PoolHasLess(OrderRefused):
    code = "pool_has_less"
    message = _("Im Topf „{pool}“ sind nur noch {left} Coins ({euros}).")


class PoolEnded(OrderRefused):
    code = "pool_ended"
    field = "pool"
    message = _("Der Topf „{pool}“ ist schon beendet.")


class TargetNotOpen(OrderRefused):
    code = "target_not_open"
    field = "to_pool"
    message = _("Der Topf „{pool}“ ist angehalten oder beendet. Bitte wählen Sie einen anderen.")


class SamePool(OrderRefused):
    code = "same_pool"
    field = "to_pool"
    message = _("Bitte wählen Sie zwei verschiedene Töpfe.")


class ForeignPool(OrderRefused):
    """Money that one sponsor gave would count as another's."""

    code = "foreign_pool"
    field = "to_pool"
    message = _(
        "Umschichten geht nur in einen anderen Topf desselben Förderers oder in einen Gemeinschaftstopf. Sonst stünde "
        "das Geld in der Übersicht eines anderen."
    )


class NobodyToPay(OrderRefused):
    code = "nobody_to_pay"
    field = "pool"
    message = _("Ein Gemeinschaftstopf gehört keinem Förderer, dem etwas zurückgezahlt werden könnte.")


class DepositSpent(OrderRefused):
    code = "deposit_spent"
    field = "deposit"
    message = _(
        "Von dieser Einzahlung ({coins} Coins) sind im Topf „{pool}“ nur noch {left} Coins, also {euros}. Sie lässt "
        "sich nur ganz zurücknehmen; den Rest kann der Förderer als Entnahme zurückbekommen."
    )


class NothingLeft(OrderRefused):
    code = "nothing_left"
    message = _("Davon ist nichts mehr da, was zurückgenommen werden könnte: ausgegeben, vorgemerkt oder verfallen.")


class MoreThanPaid(OrderRefused):
    code = "more_than_paid"
    message = _("In dieser Umrechnung wurden {paid} Coins gezahlt, davon sind {back} schon zurückgenommen.")


class HasLeft(OrderRefused):
    code = "has_left"
    field = "username"
    message = _("Das Konto ist geschlossen: Die Person hat den Club verlassen.")


class PoolBusy(OrderRefused):
    code = "pool_busy"
    field = "pool"
    message = _("Der Topf „{pool}“ kann noch nicht enden. Es gibt noch: {what}.")


class MoneyMeanwhile(OrderRefused):
    code = "money_meanwhile"
    field = "pool"
    message = _("In den Topf „{pool}“ ist inzwischen Geld gekommen. Bitte beantragen Sie das Ende noch einmal.")


class CommonPoolNotEmpty(OrderRefused):
    code = "common_pool_not_empty"
    field = "pool"
    message = _("Ein Gemeinschaftstopf kann erst leer enden. Bitte schichten Sie das Geld vorher um.")


def carry_out(order: MoneyOrder, *, on: date, only_look: bool = False) -> None:
    """Do what `order` says, booked on the Berlin day `on`, and note on it what it came to.

    `only_look` stops before the first booking: all that can be said against it is said, nothing is moved.

    :raises OrderRefused: if it is not possible (any more).
    """
    db.require_transaction()
    _DO[MoneyOrder.Kind(order.kind)](order, on, only_look)


def _grant(order: MoneyOrder, on: date, only_look: bool) -> None:
    pool = _locked(_there(order.pool))[0]
    if pool.paused_at or pool.ended_at:
        raise funding.PoolNotOpen(pool=pool.name)
    if pool.sponsor and pool.sponsor.suspended_at:
        raise funding.SponsorSuspended(sponsor=pool.sponsor)
    source, account = funding.account_of(pool), _there(order.account)
    left = ledger.lock([source, account])[source.pk].spendable
    _require_open(account)
    _require_enough(pool, left, order.coins)
    if only_look:
        return
    lots.give(
        pool=pool, account=account, coins=order.coins, kind=Transfer.Kind.GRANT, key=_key(order, "grant"),
        source_id=order.pk, group=order.public_id, effective_on=on,
    )  # fmt: skip
    order.moved_coins = order.coins


def _take_back(order: MoneyOrder, on: date, only_look: bool) -> None:
    account, line = _there(order.account), _there(order.line)
    balance = backflow.lock([account], Lot.objects.filter(account=account, left__gt=0))[account.pk]
    _require_open(account)
    # Counted under the lock: two clerks correct the same line.
    back = (
        MoneyOrder.objects.filter(line=line, state=MoneyOrder.State.DONE)
        .exclude(pk=order.pk)
        .aggregate(coins=Sum("moved_coins", default=0))["coins"]
    )
    if order.coins > line.paid_coins - back:
        raise MoreThanPaid(paid=said(line.paid_coins), back=said(back))
    coins = min(order.coins, balance.spendable)
    if not coins:
        raise NothingLeft
    if only_look:
        return
    payments = Payment.objects.filter(run_id=line.run_id, account=account).values("pk")
    wrong = set(
        Transfer.objects.filter(kind=Transfer.Kind.CONVERSION, source_id__in=payments).values_list("pk", flat=True)
    )
    taken, wanted = [], coins
    # First the very coins that should not be there, then the youngest.
    candidates = sorted(
        backflow.live_lots([account.pk]), key=lambda lot: (lot.transfer_id in wrong, lot.valid_until, lot.pk)
    )
    for lot in reversed(candidates):
        if part := min(lot.left, wanted):
            taken.append((lot, part))
            wanted -= part
    order.moved_coins = backflow.to_pools(taken, kind=Transfer.Kind.TAKE_BACK, effective_on=on, order=order)


def _reallocate(order: MoneyOrder, on: date, only_look: bool) -> None:
    pool, target = _locked(_there(order.pool), _there(order.to_pool))
    if target.paused_at or target.ended_at:
        raise TargetNotOpen(pool=target.name)
    if target.sponsor_id not in (None, pool.sponsor_id):
        raise ForeignPool
    source = funding.account_of(pool)
    left = ledger.lock([source, funding.account_of(target)])[source.pk].spendable
    _require_enough(pool, left, order.coins)
    if not only_look:
        _to_pool(order, pool, target, order.coins, on)


def _withdraw(order: MoneyOrder, on: date, only_look: bool) -> None:
    pool = _locked(_there(order.pool))[0]
    if pool.sponsor is None:
        raise NobodyToPay
    source = funding.account_of(pool)
    left = ledger.lock([source, ledger.open_account(kind=Kind.TRUST)])[source.pk].spendable
    _require_enough(pool, left, order.coins)
    if not only_look:
        _to_sponsor(order, pool, order.coins, on)


def _give_deposit_back(order: MoneyOrder, on: date, only_look: bool) -> None:
    deposit = _there(order.deposit)
    pool = _locked(deposit.pool)[0]
    source = funding.account_of(pool)
    trust, world = ledger.open_account(kind=Kind.TRUST), ledger.open_account(kind=Kind.WORLD)
    unallotted = ledger.open_account(kind=Kind.UNALLOTTED, owner=deposit.sponsor.public_id)
    balances = ledger.lock([source, trust, unallotted])
    # Cents of it may have made a coin of a later deposit. Rounded up: what is over waits for the next one again.
    missing_cents = max(deposit.amount_cents - balances[unallotted.pk].posted, 0)
    coins = -(-missing_cents // settings.COIN_VALUE_CENTS)
    left = balances[source.pk].spendable
    if left < coins:
        raise DepositSpent(
            coins=said(coins), pool=pool.name, left=said(left), euros=euros(left * settings.COIN_VALUE_CENTS)
        )
    if only_look:
        return
    if coins:
        issuance = ledger.open_account(kind=Kind.ISSUANCE)
        _post(order, source, issuance, coins, Transfer.Kind.WITHDRAWAL, on)
        cents = coins * settings.COIN_VALUE_CENTS
        _post(order, trust, unallotted, cents, Transfer.Kind.WITHDRAWAL_EUR, on)
    _post(order, unallotted, world, deposit.amount_cents, Transfer.Kind.BANK_BACK, on)
    order.moved_coins, order.paid_cents = coins, deposit.amount_cents


def _end(order: MoneyOrder, on: date, only_look: bool) -> None:
    pool = _locked(_there(order.pool))[0]
    if pool.ended_at:
        raise PoolEnded(pool=pool.name)
    source = funding.account_of(pool)
    coins = ledger.lock([source, ledger.open_account(kind=Kind.TRUST)])[source.pk].posted
    # Asked under the lock: a run that takes from this pool has committed, or will find the pool ended.
    if what := pools.still_on_their_way(pool):
        raise PoolBusy(pool=pool.name, what=", ".join(what))
    if coins and pool.sponsor is None:
        raise CommonPoolNotEmpty
    if coins and not order.two_people:
        raise MoneyMeanwhile(pool=pool.name)
    if only_look:
        return
    # As it was asked for, whatever the pool's form says by now: that is what the second person has read.
    to_common = order.to_pool is not None
    pool.rest_goes = FundingPool.Rest.COMMON if to_common or pool.sponsor is None else FundingPool.Rest.SPONSOR
    pool.ended_at = order.done_at
    pool.save(update_fields=["ended_at", "rest_goes"])
    common = backflow.common_pool_for(pool) if to_common else None
    if coins and common is not None:
        _to_pool(order, pool, common, coins, on)
    elif coins:
        _to_sponsor(order, pool, coins, on)


_DO = {
    MoneyOrder.Kind.GRANT: _grant,
    MoneyOrder.Kind.TAKE_BACK: _take_back,
    MoneyOrder.Kind.REALLOCATION: _reallocate,
    MoneyOrder.Kind.WITHDRAWAL: _withdraw,
    MoneyOrder.Kind.DEPOSIT_BACK: _give_deposit_back,
    MoneyOrder.Kind.END_POOL: _end,
}


def _there(part: Part | None) -> Part:
    """Return a part that the order's kind cannot be without: a CHECK sees to it (coins_order_names_its_parts)."""
    if part is None:
        raise ValueError("This order lacks a part of its kind.")
    return part


def _locked(*wanted: FundingPool) -> list[FundingPool]:
    """Read pools again under their locks, in the order asked for: somebody may be ending one right now."""
    rows = FundingPool.objects.select_for_update(of=("self",), no_key=True).select_related("sponsor__organisation")
    found = {pool.pk: pool for pool in rows.filter(pk__in=[pool.pk for pool in wanted]).order_by("pk")}
    return [found[pool.pk] for pool in wanted]


def _require_open(account: LedgerAccount) -> None:
    if not LedgerAccount.objects.filter(pk=account.pk, closed_at=None).exists():
        raise HasLeft


def _require_enough(pool: FundingPool, left: int, coins: int) -> None:
    if left < coins:
        raise PoolHasLess(pool=pool.name, left=said(left), euros=euros(left * settings.COIN_VALUE_CENTS))


def _to_pool(order: MoneyOrder, pool: FundingPool, target: FundingPool, coins: int, on: date) -> None:
    _post(order, funding.account_of(pool), funding.account_of(target), coins, Transfer.Kind.REALLOCATION, on)
    order.moved_coins = coins


def _to_sponsor(order: MoneyOrder, pool: FundingPool, coins: int, on: date) -> None:
    issuance, world = ledger.open_account(kind=Kind.ISSUANCE), ledger.open_account(kind=Kind.WORLD)
    cents = coins * settings.COIN_VALUE_CENTS
    _post(order, funding.account_of(pool), issuance, coins, Transfer.Kind.WITHDRAWAL, on)
    _post(order, ledger.open_account(kind=Kind.TRUST), world, cents, Transfer.Kind.WITHDRAWAL_EUR, on)
    order.moved_coins, order.paid_cents = coins, cents


def _post(order: MoneyOrder, debit: LedgerAccount, credit: LedgerAccount, amount: int, kind: Transfer.Kind,
          on: date) -> None:  # fmt: skip
    ledger.post_transfer(
        debit=debit, credit=credit, amount=amount, kind=kind, key=_key(order, kind.name), source_id=order.pk,
        group=order.public_id, effective_on=on,
    )  # fmt: skip


def _key(order: MoneyOrder, what: str) -> UUID:
    return uuid5(order.public_id, what)
